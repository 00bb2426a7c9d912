"""What the page of a correction of settled weeks shows first: what was changed, what it charged and credited."""

from __future__ import annotations

from typing import Final

from batconnect.core.console.faces import Card, Face, Kept, Money, Stamp, stamped
from batconnect.core.kernel.actors import Actor
from payments.models import LeaseCorrection


def _card(actor: Actor, row: LeaseCorrection) -> Card:
    return Card(
        kind=f"Correction of settled weeks, {row.get_kind_display().lower()}",
        number=row.number,
        person=row.driver,
        person_is="Driver since",
        amount=Money(row.charged - row.credited, row.currency),
        amount_is="Charged less credited",
        status="Undone" if row.is_undone else "In force",
        tone="bad" if row.is_undone else "good",
        since=row.undone_at or row.created_at,
        sentence=row.undo_reason or row.reason,
        facts=(
            ("Lease", row.lease),
            ("From", row.day),
            ("A week", Money(row.weekly_amount, row.currency) if row.weekly_amount is not None else None),
            ("Charged", Money(row.charged, row.currency)),
            ("Credited", Money(row.credited, row.currency)),
            ("Entered by", Kept(row.entered_by, row.created_by_id)),
            ("Undone by", Kept(row.undone_by)),
        ),
    )


CORRECTION_FACE: Final = Face(card=_card)
stamped(
    LeaseCorrection,
    Stamp("created_at", "Corrected", who="entered_by", person="created_by", reason="reason"),
    Stamp("undone_at", "Undone", who="undone_by", reason="undo_reason"),
)
