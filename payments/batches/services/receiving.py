"""A batch is received: one row for it, one for each row of the file, and a worker is woken.

Rule: docs/domain.md#batches.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import islice
from typing import Any, Final, TypeVar
from uuid import UUID

from django.db import connection

from batconnect.core.audit import audit_event
from batconnect.core.database.numbers import take
from batconnect.core.database.rows import execute_batch
from batconnect.core.database.transactions import joins_transaction, reads
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.ids import uuid7
from batconnect.core.kernel.money import ZERO
from payments.batches.errors import SameFile
from payments.batches.feeds import FeedFile, bank_feed
from payments.batches.models import PaymentBatch
from payments.batches.rules.columns import RowValues
from payments.batches.services.checking import (
    Checked,
    Problem,
    StoredRow,
    check_rows,
    paid_references,
    reference_paid,
)
from payments.batches.services.intake import Intake, RawRow, Totals
from payments.batches.services.origins import claim_origins, find_origins
from payments.batches.services.repeats import Repeat, Repeats
from payments.batches.subjects import BATCH, BATCH_NUMBERS

_STORED_AT_ONCE: Final = 2_500
_CHECKED_AT_ONCE: Final = 2_000
_ONE_AT_A_TIME: Final = "select pg_advisory_xact_lock(hashtextextended(%s, 6))"
_STORE: Final = """
insert into payment_batch_rows (company_id, batch_id, row_no, raw, amount, currency, same_as_row, origin_id, origin_row,
  status, error_code, error_field, error_message, error_hint, further_errors, decided_by)
select %s::uuid, %s::uuid, r.*, 'pending', '', '', '', '', '[]', ''
from unnest(%s::int[], %s::text[], %s::numeric[], %s::text[], %s::int[], %s::uuid[], %s::int[]) as r
"""
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class HeldRow:
    """A row that would be held, and what it repeats."""

    row_no: int
    customer_id: UUID
    values: RowValues
    repeat: Repeat


@dataclass(slots=True)
class DryRun:
    """What a batch would become; nothing of it was written."""

    total_rows: int = 0
    good_rows: int = 0
    unmatched_rows: int = 0
    known_rows: int = 0
    money_out_rows: int = 0
    held_lines: int = 0
    good_amount: dict[str, Decimal] = field(default_factory=dict)
    problems: list[tuple[int, tuple[Problem, ...]]] = field(default_factory=list)
    held: list[HeldRow] = field(default_factory=list)
    totals: list[dict[str, Any]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


@joins_transaction
def receive_batch(*, actor: Actor, intake: Intake, notes: str = "", force: bool = False) -> PaymentBatch:
    """Store the batch and its rows as they came, in one transaction; the caller wakes a worker after the commit.

    Rows of an errors file that came back take over from the failed rows that they correct (ADR 58).

    Needs `payments.import_batches`. Raises SameFile (409, with the earlier batch) unless `force`.
    """
    actor.require("payments.import_batches")
    with connection.cursor() as cursor:
        # Two uploads of one file at once: the second sees the first.
        cursor.execute(_ONE_AT_A_TIME, [f"{actor.company_id}{intake.checksum}"])
    earlier = _earlier(actor, intake)
    if earlier is not None and not force:
        raise SameFile(
            f"{earlier.number} of {earlier.created_at:%Y-%m-%d} has the same content; "
            "send force=true to take it again.",
            field="file" if intake.file_name else "entries",
            extra={"batch_id": earlier.id, "batch_number": earlier.number, "batch_status": earlier.status},
        )
    batch = PaymentBatch(
        id=uuid7(),
        company_id=actor.company_id,
        source_type=intake.source_type,
        file_name=intake.file_name[:200],
        checksum=intake.checksum,
        is_forced=earlier is not None,
        notes=notes,
        layout=intake.layout,
        warnings=intake.warnings,
        total_rows=intake.total_rows,
        created_by_id=actor.user_id,
        created_by_name=actor.name,
        request_id=actor.request_id,
    )
    totals = Totals()
    groups = list(_grouped(_counted(intake.rows(), totals), _STORED_AT_ONCE))
    batch.totals = totals.as_list()
    origins = claim_origins(
        actor=actor, rows=[(each.row_no, each.origin) for group in groups for each in group]
    )
    # The number last of all locks and right before the inserts (docs/domain.md#numbers).
    (number,) = take(BATCH_NUMBERS, company_id=actor.company_id, day=today(actor.company))
    batch.number = number.text
    execute_batch([batch], [_event(actor, batch, "payments.batch_received")])
    for group in groups:
        _store(actor, batch, group, origins.free)
    if intake.feed is not None:
        bank_feed().receive(actor=actor, batch=batch, feed=intake.feed, force=force)
    batch.refresh_from_db()
    return batch


@reads
def dry_run(*, actor: Actor, intake: Intake, progress: Callable[[int], Any] = lambda rows: None) -> DryRun:
    """Check everything that processing would check; writes nothing. Needs `payments.import_batches`.

    References that an earlier row of the same file pays count as paid; likely repeats are reported as held.
    """
    actor.require("payments.import_batches")
    outcome = DryRun(warnings=list(intake.warnings))
    if (earlier := _earlier(actor, intake)) is not None:
        outcome.warnings.append(
            f"The same content was taken before as {earlier.number}; send force=true to take it again."
        )
    if intake.feed is not None:
        return _check_feed(actor, intake, intake.feed, outcome)
    totals, seen, repeats = Totals(), dict[tuple[UUID, str], int](), Repeats()
    for group in _grouped(intake.rows(), _CHECKED_AT_ONCE):
        for row in group:
            totals.count(row)
        free = find_origins(actor=actor, rows=[(each.row_no, each.origin) for each in group]).free
        checked = check_rows(
            actor=actor,
            layout=intake.layout,
            rows=[
                StoredRow(each.row_no, each.raw, each.same_as, has_origin=each.row_no in free)
                for each in group
            ],
        )
        _count_group(actor, outcome, checked, seen, repeats)
        progress(len(group))
    outcome.total_rows = intake.total_rows
    outcome.totals = totals.as_list()
    return outcome


def _check_feed(actor: Actor, intake: Intake, feed: FeedFile, outcome: DryRun) -> DryRun:
    """What the bank's app says would become of a statement."""
    check = bank_feed().check(actor=actor, feed=feed)
    totals = Totals()
    for row in intake.rows():
        totals.count(row)
    outcome.total_rows = intake.total_rows
    outcome.totals = totals.as_list()
    outcome.good_rows, outcome.good_amount = check.identified_rows, check.identified
    outcome.unmatched_rows, outcome.known_rows = check.unmatched_rows, check.known_rows
    outcome.money_out_rows, outcome.held_lines = check.money_out_rows, check.held_rows
    outcome.problems = [
        (each.row_no, (Problem(each.code, each.field, each.message),)) for each in check.faults
    ]
    outcome.warnings += check.warnings
    return outcome


def _count_group(
    actor: Actor,
    outcome: DryRun,
    checked: Sequence[Checked],
    seen: dict[tuple[UUID, str], int],
    repeats: Repeats,
) -> None:
    """Count what would become of the rows; `seen` are the references of the rows before."""
    named = [
        (each.row_no, each.customer_id, each.values)
        for each in checked
        if not each.problems and each.customer_id is not None and each.values is not None
    ]
    paid = paid_references(
        actor=actor, references=[(customer, values.reference_number) for _, customer, values in named]
    )
    outcome.problems += [(each.row_no, each.problems) for each in checked if each.problems]
    outcome.unmatched_rows += sum(each.customer_id is None for each in checked if not each.problems)
    left = []
    for row_no, customer, values in named:
        key = (customer, values.reference_number.upper())
        taken = paid.get(key) or (f"row {seen[key]}" if key in seen else "")
        if values.reference_number and taken:
            outcome.problems.append((row_no, (reference_paid(taken, values.reference_number),)))
            continue
        if values.reference_number:
            seen[key] = row_no
        left.append((row_no, customer, values))
    held = repeats.look_up(actor=actor, rows=left)
    for row_no, customer, values in left:
        if row_no in held:
            outcome.held.append(HeldRow(row_no, customer, values, held[row_no]))
            continue
        outcome.good_rows += 1
        outcome.good_amount[values.currency] = outcome.good_amount.get(values.currency, ZERO) + values.amount


def _earlier(actor: Actor, intake: Intake) -> PaymentBatch | None:
    return (
        PaymentBatch.objects.filter(company_id=actor.company_id, checksum=intake.checksum)
        .order_by("-created_at")
        .first()
    )


def _counted(rows: Iterable[RawRow], totals: Totals) -> Iterator[RawRow]:
    for row in rows:
        totals.count(row)
        yield row


def _store(
    actor: Actor, batch: PaymentBatch, rows: list[RawRow], origins: Mapping[int, tuple[UUID, int]]
) -> None:
    """The rows as they came; without an instance for each, because somebody waits for the answer."""
    taken = [origins.get(each.row_no, (None, None)) for each in rows]
    with connection.cursor() as cursor:
        cursor.execute(
            _STORE,
            [
                actor.company_id,
                batch.id,
                [each.row_no for each in rows],
                [each.raw for each in rows],
                [each.amount for each in rows],
                [each.currency for each in rows],
                [each.same_as for each in rows],
                [batch_id for batch_id, _ in taken],
                [row_no for _, row_no in taken],
            ],
        )


def _event(actor: Actor, batch: PaymentBatch, action: str, **details: Any) -> Any:
    return audit_event(
        actor=actor,
        action=action,
        subject_type=BATCH,
        subject_id=batch.id,
        details={"batch": batch.number, "rows": batch.total_rows, **details},
    )


def _grouped(rows: Iterable[_T], size: int) -> Iterator[list[_T]]:
    iterator = iter(rows)
    while group := list(islice(iterator, size)):
        yield group
