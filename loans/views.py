"""The HTTP endpoints of driver loans (docs/seeds.md#driver-loans, docs/api.md#loans-and-repairs)."""

from __future__ import annotations

from typing import Final

from batconnect.core.files.exports import Column
from batconnect.core.kernel.actors import Actor
from ledger.repayment.inputs import checked_form
from ledger.repayment.lists import PROGRESS, WHOSE, sorting
from ledger.repayment.services.opening import DocumentPlan
from ledger.repayment.views import DocumentApi
from loans.actions import ACTIONS
from loans.filters import LoanFilters
from loans.inputs import FORM, read_loan
from loans.printed import LOAN_STATEMENT, STATEMENT
from loans.services import plan_loan
from loans.shapes import ANSWERS

TAGS: Final = ("Driver Loans",)
_TERMS: Final = {
    "driver_id": 101,
    "lease_id": 2054,
    "loan_amount": "1200.00",
    "interest_rate": "10.00",
    "start_week": "2025-10-05",
    "notes": "Deposit for the apartment.",
}
SORTING: Final = sorting(
    number="loan_id",
    loan_amount=("amount", "id"),
    loan_date=("loan_date", "number_order"),
    interest_rate=("interest_rate", "number_order"),
)
COLUMNS: Final = (
    Column("loan_id", "Loan"),
    Column("loan_date", "Date", "date"),
    *WHOSE,
    Column("loan_amount", "Principal", "money"),
    Column("interest_rate", "Rate %", "rate"),
    *PROGRESS,
)


def plan_sent_loan(actor: Actor, data: object) -> DocumentPlan:
    """The loan that the body asks for. Raises InvalidInput, and what `plan_loan` refuses."""
    return plan_loan(actor=actor, **read_loan(checked_form(FORM, data)).terms)


API: Final = DocumentApi(
    statement=STATEMENT,
    link=LOAN_STATEMENT,
    tags=TAGS,
    answers=ANSWERS,
    form=FORM,
    terms=_TERMS,
    filters=LoanFilters,
    sorting=SORTING,
    columns=COLUMNS,
    plan=plan_sent_loan,
    plan_errors=("date_closed",),
    actions=ACTIONS,
)
