"""Loans as one kind of document that is repaid (`ledger.repayment`)."""

from __future__ import annotations

from datetime import time
from typing import Final

from ledger import chart
from ledger.chart import Category
from ledger.repayment.kinds import RepaidKind
from loans.models import DriverLoan, LoanInstallment
from loans.subjects import INSTALLMENT, LOAN, LOAN_NUMBERS

ENTER_DETAILS: Final = "LOAN_ENTER_DETAILS"
"""The step of a case that makes the loan."""
LOANS: Final = RepaidKind(
    app="loans",
    noun="loan",
    label="Driver loan",
    document_label="Driver loan",
    case_type="DRLNS",
    series=LOAN_NUMBERS,
    document=DriverLoan,
    installment=LoanInstallment,
    parent="loan",
    category=Category.LOANS,
    source_type=INSTALLMENT,
    opened=LOAN,
    credits=((chart.LOAN_PRINCIPAL, "principal"), (chart.INTEREST_INCOME, "interest")),
    weekly_order=30,
    weekly_slot=time(4, 45),
    url="/payments/driver-loans",
    amount_field="loan_amount",
    own_columns=("interest_rate", "loan_date"),
    noted_columns=("interest_rate",),
    planned_columns=("interest_rate", "loan_date"),
)
