"""What the pages of drivers' accounts, holds, orders on payouts, returns and our own accounts show first."""

from __future__ import annotations

from typing import Any, Final

from django.utils.timezone import localtime

from batconnect.core.console.faces import Card, Face, Kept, Money, Stamp, stamped
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.words import format_day
from ledger.paying.models import PayeeAccount, PayeeHold, PayingAccount, PayoutOrder, PayoutReturn
from ledger.paying.services.orders import kept_so_far, takes

_STATUS_TONES: Final[dict[str, Any]] = {"proposed": "warn", "confirmed": "good", "rejected": "bad"}
_OUTCOME_TONES: Final[dict[str, Any]] = {
    "returned": "bad",
    "proposed": "warn",
    "noted": "good",
    "again": "good",
    "unknown": "warn",
    "differs": "warn",
    "waiting": "warn",
}
_ANOTHER: Final = "Another person than who proposed it confirms it, or turns it down."


def _payee_card(actor: Actor, row: PayeeAccount) -> Card:
    is_proposed = row.status == PayeeAccount.Status.PROPOSED
    return Card(
        kind="Account of a driver",
        number=str(row),
        person=row.customer,
        person_is="Driver",
        status=str(row.get_status_display()),
        tone=_STATUS_TONES.get(row.status, ""),
        since=row.decided_at or row.proposed_at,
        sentence=row.note,
        facts=(
            ("Held by", row.holder_name),
            ("Routing number", row.routing_number),
            ("ACH from", row.usable_on),
            ("Came from", str(row.get_origin_display())),
            ("Proposed by", Kept(row.proposed_by, row.proposer_id)),
            ("Decided by", Kept(row.decided_by, row.decider_id)),
        ),
        next_step=_ANOTHER if is_proposed else "",
        next_action="confirm" if is_proposed else "",
    )


def _hold_card(actor: Actor, row: PayeeHold) -> Card:
    is_on = row.released_at is None
    return Card(
        kind="Hold of payouts",
        number=f"of {format_day(localtime(row.placed_at))}",
        person=row.customer,
        person_is="Driver",
        status="On hold" if is_on else "Released",
        tone="warn" if is_on else "good",
        since=row.placed_at if is_on else row.released_at,
        sentence=row.reason,
        facts=(
            ("Placed by", str(row.get_origin_display()) if not row.placed_by else Kept(row.placed_by)),
            ("Released by", Kept(row.released_by)),
            ("Released because", row.release_reason),
        ),
        next_step="The driver is not paid out until somebody releases it." if is_on else "",
        next_action="release" if is_on else "",
    )


def _order_card(actor: Actor, row: PayoutOrder) -> Card:
    is_proposed = row.status == PayoutOrder.Status.PROPOSED
    kept = kept_so_far(company_id=row.company_id, orders=[row.id])[row.id]
    return Card(
        kind=f"Order on payouts, {row.get_kind_display().lower()}",
        number=row.reference,
        person=row.customer,
        person_is="Driver",
        amount=Money(kept, row.currency),
        amount_is="Kept so far",
        status=str(row.get_status_display()),
        tone=_STATUS_TONES.get(row.status, ""),
        since=row.ended_at or row.decided_at or row.proposed_at,
        sentence=row.end_reason or row.note,
        facts=(
            ("For", row.creditor),
            ("Takes of each payout", takes(row)),
            ("Rank", row.rank),
            ("From", row.from_on),
            ("Until", row.until_on),
            ("Proposed by", Kept(row.proposed_by, row.proposer_id)),
            ("Decided by", Kept(row.decided_by, row.decider_id)),
            ("Ended by", Kept(row.ended_by)),
        ),
        next_step=_ANOTHER if is_proposed else "",
        next_action="confirm" if is_proposed else "",
    )


def _return_card(actor: Actor, row: PayoutReturn) -> Card:
    payout = row.payout
    currency = payout.batch.currency if payout is not None else actor.company.base_currency
    return Card(
        kind="What the bank said of a payout",
        number=f"{row.code} {row.trace}".strip(),
        person=payout.customer if payout is not None else None,
        person_is="Driver",
        amount=Money(row.amount, currency),
        status=str(row.get_outcome_display()),
        tone=_OUTCOME_TONES.get(row.outcome, ""),
        since=row.recorded_at,
        since_is="recorded",
        sentence=row.note,
        facts=(
            ("Payout", payout),
            ("Account proposed", row.account),
            ("File", f"{row.file_name}, line {row.line:,}" if row.file_name else ""),
            ("Recorded by", Kept(row.recorded_by)),
        ),
        next_step="Ask the bank which payout it means." if payout is None else "",
    )


def _paying_card(actor: Actor, row: PayingAccount) -> Card:
    ways = [name for name, is_there in (("ACH", row.has_ach), ("checks", row.next_check)) if is_there]
    left = row.last_check - row.next_check + 1 if row.next_check and row.last_check else None
    return Card(
        kind="How an account pays",
        number=str(row.bank_account),
        person=row.bank_account,
        person_is="Account",
        status=f"Pays by {' and '.join(ways)}" if ways else "Not set up",
        tone="good" if ways else "warn",
        since=row.changed_at,
        facts=(
            ("Files go to", row.destination_name),
            ("Company", row.company_name),
            ("Kind of entries", str(row.get_sec_code_display()) if row.has_ach else ""),
            ("Balanced by", f"••••{row.offset_last_digits}" if row.offset_last_digits else ""),
            ("Next check", str(row.next_check) if row.next_check else ""),
            ("Checks left", left),
            ("Changed by", Kept(row.changed_by)),
        ),
        next_step="" if ways else "Enter what its ACH files say, or which checks it has.",
        next_action="" if ways else "edit",
    )


PAYEE_FACE: Final = Face(card=_payee_card)
HOLD_FACE: Final = Face(card=_hold_card)
ORDER_FACE: Final = Face(card=_order_card)
RETURN_FACE: Final = Face(card=_return_card)
PAYING_FACE: Final = Face(card=_paying_card)


def _decided(row: PayeeAccount | PayoutOrder) -> str:
    return "Turned down" if row.status == type(row).Status.REJECTED else "Confirmed"


_PROPOSED: Final = Stamp("proposed_at", "Proposed", who="proposed_by", person="proposer")
_DECIDED: Final = Stamp("decided_at", _decided, who="decided_by", person="decider")
stamped(PayeeAccount, _PROPOSED, _DECIDED)
stamped(
    PayoutOrder,
    _PROPOSED,
    _DECIDED,
    Stamp("ended_at", "Ended", who="ended_by", reason="end_reason"),
)
stamped(
    PayeeHold,
    Stamp("placed_at", "Placed", who="placed_by", reason="reason"),
    Stamp("released_at", "Released", who="released_by", reason="release_reason"),
)
stamped(PayoutReturn, Stamp("recorded_at", "Recorded", who="recorded_by"))
stamped(PayingAccount, Stamp("changed_at", "Changed", who="changed_by"))
