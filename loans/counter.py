"""Lending at the counter."""

from __future__ import annotations

from datetime import date
from typing import Final

from batconnect.core.console.counter_forms import money_field, notes_field, text_field
from ledger.repayment.counter import AtCounter, DocumentForm, first_week_field
from loans.inputs import FORM, read_loan
from loans.kind import LOANS
from loans.services import plan_loan


class LoanForm(DocumentForm):
    """What is lent, and from when it is repaid."""

    loan_amount = money_field("Loan amount", autofocus=True)
    interest_rate = text_field(
        "Interest, percent a year", help_text="0 to 100; 0 for none.", inputmode="decimal"
    )
    interest_reason = text_field("Reason for the rate", help_text="Needed above the company's highest rate.")
    start_week = first_week_field()
    notes = notes_field()

    @classmethod
    def first_values(cls, day: date) -> dict[str, str]:
        """As every document; without interest."""
        return {"interest_rate": "0", **super().first_values(day)}


AT_COUNTER: Final = AtCounter(
    kind=LOANS,
    icon="add_card",
    action="make",
    done="made",
    form=LoanForm,
    schema=FORM,
    read=read_loan,
    plan=plan_loan,
    # The schedule is shown before the reason is typed.
    unplanned={"interest_reason": "To be typed yet."},
)
