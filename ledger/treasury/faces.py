"""What the pages of bank accounts, drawers and what was paid out show first: what they hold, and where it went."""

from __future__ import annotations

from typing import Any, Final

from batconnect.core.console.faces import Card, Face, Kept, Money, Stamp, stamped
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.words import describe_code, format_day
from ledger.treasury.models import BankAccount, Disbursement, Drawer
from ledger.treasury.querysets import bank_figures, drawer_figures

_TONES: Final[dict[str, Any]] = {"in_transit": "warn", "cleared": "good", "paid": "good", "stopped": "bad"}


def _account_card(actor: Actor, row: BankAccount) -> Card:
    figures = bank_figures(actor=actor, accounts=[row])[row.id]
    status = "Open, the default of its currency" if row.is_default else "Open" if row.is_active else "Closed"
    return Card(
        kind="Bank account",
        number=row.name,
        person=row.bank_name or None,
        person_is="Bank",
        amount=Money(figures.bank, row.currency),
        amount_is="At the bank, by the books",
        status=status,
        tone="good" if row.is_active else "",
        since=row.created_at,
        facts=(
            ("Number ends in", row.last_digits),
            ("On its way there", Money(figures.deposits_in_transit, row.currency)),
            ("Paid, not drawn yet", Money(figures.payments_in_transit, row.currency)),
            ("Available", Money(figures.available, row.currency)),
            ("Opened by", Kept(row.created_by)),
        ),
    )


def _drawer_card(actor: Actor, row: Drawer) -> Card:
    return Card(
        kind="Drawer",
        number=row.name,
        person=Kept("", row.holder_id) if row.holder_id is not None else None,
        person_is="Whose",
        amount=Money(drawer_figures(actor=actor, drawers=[row])[row.id], row.currency),
        amount_is="Holds, by the books",
        status="Open" if row.is_active else "Closed",
        tone="good" if row.is_active else "",
        since=row.created_at,
        facts=(("Opened by", Kept(row.created_by)),),
    )


def _disbursement_card(actor: Actor, row: Disbursement) -> Card:
    is_out = row.status == Disbursement.Status.IN_TRANSIT
    return Card(
        kind=str(row.get_kind_display()),
        number=f"of {format_day(row.paid_on)}",
        person=row.customer or row.payee or None,
        person_is="Customer" if row.customer_id else "To",
        amount=Money(row.amount, row.currency),
        status=str(row.get_status_display()),
        tone=_TONES.get(row.status, ""),
        since=row.stopped_on or row.cleared_on or row.paid_on,
        sentence=row.stop_reason,
        facts=(
            ("From", row.bank_account or row.drawer or "The drawer of the office"),
            ("Paid by", describe_code(row.method)),
            ("Reference", row.reference),
            ("Payee", row.payee if row.customer_id else ""),
            ("Entry", row.entry),
            ("Taken back by", row.stop_entry),
            ("Made by", Kept(row.made_by)),
        ),
        next_step="A line of the bank's statement clears it." if is_out else "",
    )


BANK_ACCOUNT_FACE: Final = Face(card=_account_card)
DRAWER_FACE: Final = Face(card=_drawer_card)
DISBURSEMENT_FACE: Final = Face(card=_disbursement_card)

for _table in (BankAccount, Drawer):
    stamped(_table, Stamp("created_at", "Opened", who="created_by"))
stamped(Disbursement, Stamp("created_at", "Paid out", who="made_by"))
