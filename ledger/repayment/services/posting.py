"""Installments that fall due become obligations: sets in bounded chunks, each a transaction.

Rule: docs/domain.md#schedules.

A chunk locks the rows that wait (SKIP LOCKED), so several workers share the work and none waits; a killed one
leaves whole chunks behind and the next run goes on. An installment and the obligation that it becomes have the
same id and reference, so that posting it twice is impossible.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

import structlog
from django.db import IntegrityError, connection

from batconnect.core.database.tenancy import actor_transaction
from batconnect.core.database.transactions import commits_by_chunks, joins_transaction, reads
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.errors import InvalidInput
from batconnect.core.kernel.money import ZERO
from ledger.errors import DATE_IN_FUTURE
from ledger.repayment.kinds import RepaidKind
from ledger.services.dates import require_book_date
from ledger.services.journal import post_rows
from ledger.services.sets import RowPosting, compose, raised_rows

CHUNK_ROWS: Final = 5_000
_EARLIEST: Final = date(1, 1, 1)
_ZERO_ID: Final = UUID(int=0)
_log = structlog.stdlib.get_logger("ledger.repayment")

# What waits is found by its index alone and joined to its documents afterwards.
_WAITING: Final = """
waiting as materialized (
  select i.id, i.installment_id as reference_id, i.due_date, i.{parent}, {columns}
  from {installments} i
  where i.company_id = %(company)s::uuid and i.status = 'Scheduled' and not i.is_suspended
    and i.due_date <= %(up_to)s::date and (i.due_date, i.id) > (%(after_day)s::date, %(after_id)s::uuid)
    and i.id <> all(%(without)s::uuid[]){only}
  order by i.due_date, i.id
  limit %(rows)s::int
  for no key update of i skip locked
)
"""
_CHARGED: Final = """
select i.*, {total} as amount, row_number() over () as place, d.customer_id, d.lease_id, d.currency, d.case_no
from waiting i
join {documents} d on d.company_id = %(company)s::uuid and d.id = i.{parent}
"""
_MARK: Final = """
update {installments} i set status = 'Posted', posted_on = %(today)s::date
from charged c where i.company_id = %(company)s::uuid and i.id = c.id
"""
_ANSWER: Final = """
select (select count(*) from charged), due_date, id, (select sum(amount) from charged)
from charged order by due_date desc, id desc limit 1
"""

_LEFT: Final = """
select count(*) from {installments} i join {documents} d on d.company_id = i.company_id and d.id = i.{parent}
where i.company_id = %(company)s::uuid and i.status = 'Scheduled' and i.due_date <= %(up_to)s::date
  and i.due_date >= %(since)s::date and d.status <> 'Cancelled' and i.id <> all(%(without)s::uuid[])
"""

_TAKEN: Final = """
select i.id, i.installment_id from (
  select id, installment_id from {installments}
  where company_id = %(company)s::uuid and status = 'Scheduled' and not is_suspended
    and due_date <= %(up_to)s::date and (due_date, id) > (%(after_day)s::date, %(after_id)s::uuid)
    and id <> all(%(without)s::uuid[])
) i join ledger_obligations o
  on o.company_id = %(company)s::uuid and o.category = '{category}' and o.reference_id = i.installment_id
"""

_PREVIEW: Final = """
select count(*), coalesce(sum({total}), 0.00), min(i.due_date), max(i.due_date)
from {installments} i
where i.company_id = %(company)s::uuid and i.status = 'Scheduled' and not i.is_suspended
  and i.due_date <= %(up_to)s::date and i.due_date >= %(since)s::date
"""


@dataclass(slots=True)
class PostingReport:
    """What a run did. `processed = posted + skipped + failed`.

    Skipped are installments of documents on hold and those that another run is working on; failed are those whose
    reference belongs to somebody else's obligation, by their ids in `failures`. `amount` is what was posted.
    """

    up_to: date
    posted: int = 0
    skipped: int = 0
    amount: Decimal = ZERO
    chunks: int = 0
    failures: list[str] = field(default_factory=list)

    @property
    def failed(self) -> int:
        """How many could not be posted."""
        return len(self.failures)

    @property
    def processed(self) -> int:
        """How many were due."""
        return self.posted + self.skipped + self.failed

    def as_dict(self) -> dict[str, Any]:
        """The report as the API and logs print it."""
        return {
            "up_to": self.up_to,
            "processed": self.processed,
            "posted": self.posted,
            "skipped": self.skipped,
            "failed": self.failed,
            "amount": self.amount,
            "failures": self.failures[:100],
        }


@dataclass(frozen=True, slots=True)
class DuePreview:
    """What a run would post."""

    up_to: date
    installments: int
    amount: Decimal
    first_due: date | None
    last_due: date | None
    on_hold: int


@commits_by_chunks
def post_due(
    *,
    actor: Actor,
    kind: RepaidKind,
    up_to: date | None = None,
    since: date | None = None,
    rows: int = CHUNK_ROWS,
    progress: Callable[[int], Any] = lambda posted: None,
) -> PostingReport:
    """Post every installment that waits and fell due by `up_to` (the company's today) and not before `since`.

    Outside a transaction every chunk of `rows` is committed by itself; inside one it is a savepoint.
    `progress` hears how many each chunk posted. Needs `{app}.post_due`. Raises InvalidInput for an `up_to` after
    today, or when today is closed.
    """
    actor.require(f"{kind.app}.post_due")
    current = today(actor.company)
    if up_to is not None and up_to > current:
        raise InvalidInput(
            f"{up_to} is after today, {current}: only what has fallen due is posted.",
            code=DATE_IN_FUTURE,
            field="up_to",
        )
    require_book_date(actor=actor, day=current, field="up_to")
    report = PostingReport(up_to=up_to or current)
    without: list[UUID] = []
    after = (since or _EARLIEST, _ZERO_ID)
    while True:
        posted = _post_chunk(actor, kind, report.up_to, after, without, rows)
        if isinstance(posted, list):
            without += [key for key, _ in posted]
            report.failures += [name for _, name in posted]
            _log.warning(
                "installments_not_posted", app=kind.app, references=[name for _, name in posted][:20]
            )
            continue
        if posted is None:
            break
        report.posted += posted.rows
        report.amount += posted.amount
        report.chunks += 1
        after = (posted.last_due, posted.last_id)
        progress(posted.rows)
        if posted.rows < rows:
            break
    report.skipped = _left(actor, kind, report.up_to, since or _EARLIEST, without)
    _log.info("installments_posted", app=kind.app, company=str(actor.company_id), **report.as_dict())
    return report


@joins_transaction
def post_of_document(*, actor: Actor, kind: RepaidKind, document_id: UUID, up_to: date) -> int:
    """Post what waits of one document, in the running transaction; how many. The caller holds its lock."""
    values = _values(actor, up_to, (_EARLIEST, _ZERO_ID), [], CHUNK_ROWS)
    rows = post_rows(
        actor=actor, posting=_posting(kind, only=True), values={**values, "document": document_id}
    )
    return int(rows[0][0]) if rows else 0


@reads
def preview_due(
    *, actor: Actor, kind: RepaidKind, up_to: date | None = None, since: date | None = None
) -> DuePreview:
    """What `post_due` would post now; writes nothing."""
    day = up_to or today(actor.company)
    values: dict[str, Any] = {"company": actor.company_id, "up_to": day, "since": since or _EARLIEST}
    ((count, amount, first, last),) = _read(actor, _text(_PREVIEW, kind), values)
    left = _left(actor, kind, day, since or _EARLIEST, [])
    return DuePreview(day, count, amount, first, last, on_hold=left - count)


@dataclass(frozen=True, slots=True)
class _Chunk:
    rows: int
    last_due: date
    last_id: UUID
    amount: Decimal


def _post_chunk(
    actor: Actor,
    kind: RepaidKind,
    up_to: date,
    after: tuple[date, UUID],
    without: Sequence[UUID],
    rows: int,
) -> _Chunk | list[tuple[UUID, str]] | None:
    """Post the next chunk. None when nothing waits; the rows whose reference is taken when those hinder it."""
    values = _values(actor, up_to, after, without, rows)
    try:
        with actor_transaction(actor):
            posted = post_rows(actor=actor, posting=_posting(kind), values=values)
    except IntegrityError:
        taken: list[tuple[UUID, str]] = _read(actor, _text(_TAKEN, kind), values)
        if not taken:
            raise
        return taken
    return _Chunk(*posted[0]) if posted else None


def _read(actor: Actor, text: str, values: dict[str, Any]) -> list[Any]:
    with actor_transaction(actor), connection.cursor() as cursor:
        cursor.execute(text, values)
        return cursor.fetchall()


def _left(actor: Actor, kind: RepaidKind, up_to: date, since: date, without: Sequence[UUID]) -> int:
    values = {"company": actor.company_id, "up_to": up_to, "since": since, "without": list(without)}
    ((count,),) = _read(actor, _text(_LEFT, kind), values)
    return int(count)


def _values(
    actor: Actor, up_to: date, after: tuple[date, UUID], without: Sequence[UUID], rows: int
) -> dict[str, Any]:
    return {
        "company": actor.company_id,
        "up_to": up_to,
        "after_day": after[0],
        "after_id": after[1],
        "without": list(without),
        "rows": rows,
    }


@lru_cache(maxsize=16)
def _posting(kind: RepaidKind, *, only: bool = False) -> RowPosting:
    """The statement that posts a chunk; with `only`, of one document."""
    return compose(
        raised_rows(
            name="charged",
            rows=_text(_CHARGED, kind),
            category=kind.category,
            source_type=kind.source_type,
            source_id="id::text",
            credits=kind.credits,
            own_day="due_date",
        ),
        before=_text(
            _WAITING, kind, only=f" and i.{kind.parent_column} = %(document)s::uuid" if only else ""
        ),
        along={"marked": _text(_MARK, kind)},
        answer=_ANSWER,
    )


def _text(template: str, kind: RepaidKind, **more: str) -> str:
    """The template for this kind; names come from model meta, values are parameters."""
    documents, installments = kind.tables
    return template.format(
        documents=documents,
        installments=installments,
        parent=kind.parent_column,
        columns=", ".join(f"i.{column}" for _, column in kind.credits),
        total=kind.total,
        category=kind.category.value,
        **more,
    )
