"""What the page of a payment batch shows first; the figures that keep themselves up to date have their own template."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any, Final

from batconnect.core.console.faces import (
    Card,
    Face,
    Kept,
    Money,
    Part,
    Section,
    TimelineEvent,
    adds_to_timeline,
)
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.words import format_count
from payments.batches.models import PaymentBatch

_TONES: Final = {"completed": "good", "completed_with_errors": "warn", "failed": "bad", "cancelled": "bad"}


def _card(actor: Actor, row: PaymentBatch) -> Card:
    amounts = [Money(Decimal(str(each["amount"])), str(each["currency"])) for each in row.totals]
    waits = row.held_rows + row.unmatched_rows
    return Card(
        kind="Payment batch",
        number=row.number,
        person=Kept(row.created_by_name, row.created_by_id),
        person_is="Sent by",
        amount=amounts[0] if len(amounts) == 1 else None,
        amount_is="In the file",
        status="Undone" if row.undone_at else str(row.get_status_display()),
        tone="bad" if row.undone_at else _TONES.get(row.status, ""),  # type: ignore[arg-type]  # tones
        since=row.undone_at or row.finished_at or row.created_at,
        sentence=row.notes,
        facts=(
            ("From", str(row.get_source_type_display())),
            ("File", row.file_name),
            *((f"In {each.currency}", each) for each in amounts if len(amounts) > 1),
            ("Rows", row.total_rows),
            ("Paid", row.succeeded_rows),
            ("Failed", row.failed_rows or None),
            ("Waits for a decision", waits or None),
            ("Received", row.created_at),
            ("Warnings", " ".join(map(_warning, row.warnings))),
        ),
        next_step=_next_step(row, waits),
        next_action="pay_held" if row.held_rows else "retry" if row.failed_rows else "",
    )


def _warning(warning: Any) -> str:
    return str(warning.get("message", "")) if isinstance(warning, dict) else str(warning)


def _next_step(row: PaymentBatch, waits: int) -> str:
    if row.undone_at or not row.is_finished:
        return ""
    if waits:
        return f"{waits:,} row{'' if waits == 1 else 's'} wait until somebody decides."
    if row.failed_rows:
        return f"{row.failed_rows:,} failed row{'' if row.failed_rows == 1 else 's'} may be repaired and tried again."
    return ""


def _sections(actor: Actor, row: PaymentBatch) -> Iterator[Section]:
    yield Part(template="admin/faces/batch.html")


BATCH_FACE: Final = Face(card=_card, sections=_sections)


@adds_to_timeline(PaymentBatch)
def _came_and_ended(actor: Actor, row: PaymentBatch) -> Iterable[TimelineEvent]:
    yield TimelineEvent(
        at=row.created_at,
        what=f"Received with {format_count(row.total_rows, 'row')}",
        user_id=row.created_by_id,
        who=row.created_by_name,
    )
    if row.finished_at is not None:
        yield TimelineEvent(
            at=row.finished_at,
            what=f"Done: {row.succeeded_rows:,} paid, {row.failed_rows:,} failed",
            who="In the background",
        )
    if row.undone_at is not None:
        yield TimelineEvent(at=row.undone_at, what="Undone with everything it paid", is_trail=True)
