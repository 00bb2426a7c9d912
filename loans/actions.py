"""What is done to a loan."""

from __future__ import annotations

from typing import Any, Final

from batconnect.core.kernel.actors import Actor
from ledger.repayment import actions
from ledger.repayment.actions import Asked, DocumentAction, Done, Sort, Why
from ledger.repayment.kinds import RepaidKind
from ledger.repayment.models import RepaidDocument
from ledger.treasury.services.paying import PaidFrom
from loans.services.handing_over import (
    GIVEN_FROM,
    NOT_GIVEN_FROM,
    close_as_not_given,
    hand_over_loan,
    stop_hand_over,
)
from loans.services.paying import PAID_OFF_FROM, pay_off_loan, prepay_loan, undo_pay_off

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
UNDO_PAYOFF: Final = DocumentAction(
    name="undo-payoff",
    title="Undo the early payoff",
    icon="undo",
    summary="Undo the early payoff of a {noun}, as long as nothing has come after it",
    effect="what the payoff posted is void, and is scheduled again for its own weeks.",
    done="is back on its schedule",
    service=lambda *, actor, kind, number, reason: undo_pay_off(actor=actor, loan_id=number, reason=reason),
    why=Why.FULLY,
    allowed=PAID_OFF_FROM,
    becomes=RepaidDocument.Status.OPEN,
    errors=("reason_length", "not_paid_off", "installment_used", "date_closed"),
)
PREPAY: Final = DocumentAction(
    name="prepay",
    title="Prepay principal",
    icon="fast_forward",
    summary="Let a part of a {noun}'s principal fall due today; it goes off the last installments",
    effect="the amount falls due today and goes off the last installments; interest not yet posted is made anew.",
    done="is prepaid in part: the amount falls due today",
    service=lambda *, actor, kind, number, amount: prepay_loan(actor=actor, loan_id=number, amount=amount)[0],
    why=Why.NEVER,
    allowed=PAID_OFF_FROM,
    becomes=RepaidDocument.Status.OPEN,
    errors=("nothing_scheduled", "above_scheduled", "date_closed"),
    asked=(Asked("amount", "Principal", Sort.MONEY, help="Less than what is not yet due."),),
    example={"amount": "300.00"},
    adds=True,
)


def _hand_over(*, actor: Actor, kind: RepaidKind, number: str, **values: Any) -> Done:
    paid_from = PaidFrom(
        method=values["method"],
        reference=values.get("reference") or "",
        paid_on=values.get("handed_on"),
        bank_account_id=values.get("bank_account_id") or None,
        drawer_id=values.get("drawer_id") or None,
    )
    return Done(*hand_over_loan(actor=actor, loan_id=number, paid_from=paid_from))


HAND_OVER: Final = DocumentAction(
    name="hand-over",
    title="Hand over",
    icon="payments",
    summary="Record that the principal of a {noun} has been given to the driver",
    effect="the principal is given to the driver.",
    done="handed over",
    service=_hand_over,
    why=Why.NEVER,
    allowed=GIVEN_FROM,
    becomes=RepaidDocument.Status.OPEN,
    errors=(
        *(
            "handed_over",
            "nothing_to_give",
            "conflict",
            "drawer_short",
            "no_bank_account",
            "wrong_place",
            "bank_account_not_found",
        ),
        *("drawer_not_found", "date_in_future", "date_closed", "date_too_old"),
    ),
    asked=(
        Asked("method", "Method", Sort.METHOD),
        Asked(
            "reference",
            "Reference",
            Sort.TEXT,
            required=False,
            help="The number of the check or the transfer.",
        ),
        Asked("handed_on", "Handed over on", Sort.DAY, required=False, help="Today if empty."),
        Asked("bank_account_id", "Bank account", Sort.BANK_ACCOUNT, required=False),
        Asked("drawer_id", "Drawer", Sort.DRAWER, required=False, help="For cash alone."),
    ),
    example={"method": "check", "reference": "1042"},
    fits=lambda loan: not loan.is_given,
)
STOP: Final = DocumentAction(
    name="stop-hand-over",
    title="Stop the hand-over",
    icon="credit_card_off",
    summary="Take back the hand-over of a {noun} whose check is stopped or stale",
    effect="its principal is payable again, to be handed over anew.",
    done="is to be handed over again",
    service=lambda *, actor, kind, number, reason: stop_hand_over(actor=actor, loan_id=number, reason=reason),
    why=Why.FULLY,
    allowed=frozenset(RepaidDocument.Status),
    becomes=RepaidDocument.Status.OPEN,
    errors=("reason_length", "not_handed_over", "not_in_transit", "date_closed"),
    fits=lambda loan: loan.handed_over_id is not None,
)
NOT_GIVEN: Final = DocumentAction(
    name="not-given",
    title="Close as not given",
    icon="do_not_disturb_on",
    summary="Close a {noun} that was never given to the driver",
    effect="the {noun} was never given: what is posted and unpaid is void, what has been repaid is credited to the "
    "driver, and nothing more falls due.",
    done="closed as not given",
    service=lambda *, actor, kind, number, reason: close_as_not_given(
        actor=actor, loan_id=number, reason=reason
    ),
    why=Why.FULLY,
    allowed=NOT_GIVEN_FROM,
    becomes=RepaidDocument.Status.CANCELLED,
    errors=("reason_length", "handed_over", "loan_written_off", "not_creditable", "conflict", "date_closed"),
    fits=lambda loan: not loan.is_given,
)
ACTIONS: Final = (*actions.ACTIONS, PAYOFF, UNDO_PAYOFF, PREPAY, HAND_OVER, STOP, NOT_GIVEN)
