"""What the tables of loans are to the console (`core.kernel.subject`)."""

from __future__ import annotations

from typing import Final

from batconnect.core.kernel.numbers import NumberSeries
from batconnect.core.kernel.subject import OfCase, Search, SourceType, Subject
from ledger.repayment.subjects import BY_NUMBER

LOAN_NUMBERS: Final = NumberSeries("DLN", 3)
LOAN: Final = "loans.loan"
INSTALLMENT: Final = "loans.installment"

SUBJECTS: Final = (
    Subject(
        model="loans.DriverLoan",
        title="Driver loans",
        icon="request_quote",
        permission="loans.view",
        series=(LOAN_NUMBERS,),
        sources=(SourceType(LOAN),),
        named="{t}.number",
        search=Search(kind="loan", rank=60, noun="loan", by_number=BY_NUMBER),
        of_case=OfCase(word="Loan", entity="driver_loan"),
    ),
    Subject(
        model="loans.LoanInstallment",
        title="Loan installments",
        icon="view_timeline",
        permission="loans.view",
        sources=(SourceType(INSTALLMENT),),
        named="{t}.installment_id",
    ),
)
