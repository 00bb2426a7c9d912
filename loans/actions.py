"""What is done to a loan."""

from __future__ import annotations

from typing import Final

from ledger.repayment import actions
from ledger.repayment.actions import DocumentAction, Why
from ledger.repayment.models import RepaidDocument
from loans.services.loans import PAID_OFF_FROM, pay_off_loan

PAYOFF: Final = DocumentAction(
    name="payoff",
    title="Pay off early",
    icon="speed",
    summary="Let everything of a {noun} fall due today, with interest up to today",
    effect="everything falls due today, with interest up to today.",
    done="falls due today",
    service=lambda *, actor, kind, number: pay_off_loan(actor=actor, loan_id=number),
    why=Why.NEVER,
    allowed=PAID_OFF_FROM,
    becomes=RepaidDocument.Status.OPEN,
    errors=("nothing_scheduled", "date_closed"),
)
ACTIONS: Final = (*actions.ACTIONS, PAYOFF)
