"""Cash that is carried between a drawer and a bank account, until the bank shows it (docs/domain.md#in-transit)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Final
from uuid import UUID

from batconnect.core.audit import audit_event
from batconnect.core.database.transactions import joins_transaction, reads
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Conflict
from batconnect.core.kernel.ids import uuid7
from batconnect.core.kernel.money import ZERO, format_amount
from ledger import chart, sources
from ledger.errors import NOT_VOIDABLE
from ledger.models import Entry, Posting
from ledger.postings import EntryDraft, Leg
from ledger.services.corrections import reverse_entry
from ledger.services.dates import require_book_date
from ledger.services.journal import post_entries
from ledger.sources import Description
from ledger.treasury.errors import DrawerShort
from ledger.treasury.services.paying import CASH, find_drawer, locked_balance

TRANSFER: Final = "ledger.transfer"
OUT_OF_DRAWER: Final = "cash_taken_to_bank"
INTO_DRAWER: Final = "cash_fetched_from_bank"
VOIDED: Final = "cash_transfer_voided"
MOVE: Final = "ledger.manage_bank_accounts"


@joins_transaction
def move_cash(
    *,
    actor: Actor,
    amount: Decimal,
    currency: str,
    to_bank: bool,
    moved_on: date,
    drawer_id: UUID | None = None,
    office: bool = False,
    note: str = "",
    transfer_id: str = "",
) -> UUID:
    """Post the drawer's side of a transfer; the id of the entry. Cash taken to the bank: Dr transfers in transit
    / Cr the drawer; cash fetched from it: Dr the drawer / Cr transfers in transit.

    The drawer is the one that is named, that of the `office`, or the actor's own, else the office's. `transfer_id` is
    that of the transfer whose other side was there first; without one this begins a transfer. Needs
    `ledger.manage_bank_accounts`. Raises DrawerShort (409) naming what is there, DrawerNotFound (404), InvalidInput for
    the day and for a drawer that does not fit.
    """
    actor.require(MOVE)
    assert amount > 0, "the entry point refuses amounts that are not above zero"
    require_book_date(actor=actor, day=moved_on, field="moved_on")
    drawer = None if office else find_drawer(actor=actor, currency=currency, drawer_id=drawer_id)
    code = chart.drawer(drawer.code) if drawer else chart.cash(CASH)
    if to_bank:
        _require_there(actor, currency, code, amount)
    signed, own_id = (amount if to_bank else -amount), uuid7()
    draft = EntryDraft(
        event=OUT_OF_DRAWER if to_bank else INTO_DRAWER,
        source_type=TRANSFER,
        source_id=str(own_id),
        currency=currency,
        effective_on=moved_on,
        reason=note,
        operation_id=UUID(transfer_id) if transfer_id else own_id,
        legs=(Leg(chart.TRANSFERS_IN_TRANSIT, signed), Leg(code, -signed)),
    )
    trail = audit_event(
        actor=actor,
        action="ledger.move_cash",
        subject_type=TRANSFER,
        subject_id=draft.source_id,
        reason=note,
        details={"amount": str(amount), "currency": currency, "account": code, "to_bank": to_bank},
    )
    post_entries(actor=actor, drafts=[draft], rows=[[trail]])
    return draft.id


@joins_transaction
def void_cash_moved(*, actor: Actor, source_id: str, event: str, reason: str) -> None:
    """Take the drawer's side of a transfer back, today. Raises Conflict 409 `not_voidable`, DrawerShort (409) where the
    drawer has less by now."""
    entry = Entry.objects.filter(
        company_id=actor.company_id,
        source_type=TRANSFER,
        source_id=source_id,
        event=event,
        reverses__isnull=True,
    ).first()
    if entry is None or event not in (OUT_OF_DRAWER, INTO_DRAWER):
        raise Conflict("There is no such transfer of cash.", code=NOT_VOIDABLE)
    if event == INTO_DRAWER:
        code, amount = _drawer_line(entry)
        _require_there(actor, entry.currency, code, amount)
    reverse_entry(actor=actor, entry=entry, event=VOIDED, reason=reason)


@reads
def describe_transfers(actor: Actor, ids: Sequence[str]) -> Mapping[str, Description]:
    """Cash that was taken to the bank or fetched from it, in words; one statement."""
    entries = Entry.objects.filter(
        company_id=actor.company_id, source_type=TRANSFER, source_id__in=ids, reverses__isnull=True
    )
    words = {OUT_OF_DRAWER: "Cash taken to the bank", INTO_DRAWER: "Cash fetched from the bank"}
    return {
        key: Description(f"{words.get(event, event)} on {day}", "")
        for key, event, day in entries.values_list("source_id", "event", "effective_on")
    }


def register_transfers() -> None:
    """What such transfers are to the ledger; once, when the app is ready."""
    sources.register(TRANSFER, void=void_cash_moved, describe=describe_transfers)


@reads
def _drawer_line(entry: Entry) -> tuple[str, Decimal]:
    lines = Posting.objects.filter(company_id=entry.company_id, entry=entry.id).exclude(
        account__code=chart.TRANSFERS_IN_TRANSIT
    )
    return lines.values_list("account__code", "amount")[0]


@joins_transaction
def _require_there(actor: Actor, currency: str, code: str, amount: Decimal) -> None:
    there = locked_balance(actor=actor, currency=currency, code=code)
    if there < amount:
        raise DrawerShort(
            f"{format_amount(amount)} {currency} cannot be taken from {code}: "
            f"it holds {format_amount(max(there, ZERO))}."
        )
