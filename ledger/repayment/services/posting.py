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
from django.db import IntegrityError, connection, transaction

from batconnect.core.database.tenancy import company_context
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.errors import InvalidInput
from batconnect.core.kernel.ids import uuid7
from batconnect.core.kernel.money import ZERO
from ledger import chart
from ledger.chart import account_id
from ledger.errors import DATE_IN_FUTURE
from ledger.postings import OBLIGATION
from ledger.repayment.kinds import RepaidKind
from ledger.services.dates import require_book_date

CHUNK_ROWS: Final = 5_000
_EARLIEST: Final = date(1, 1, 1)
_ZERO_ID: Final = UUID(int=0)
_log = structlog.stdlib.get_logger("ledger.repayment")

# Ids of a chunk: the head of one UUIDv7 and a count in its last 48 bits, so they sort and stay together.
_HEAD_DIGITS: Final = 24

_POST: Final = """
with waiting as materialized (
  select i.id, i.installment_id, i.due_date, i.{parent}, {columns}
  from {installments} i
  where i.company_id = %(company)s::uuid and i.status = 'Scheduled' and not i.is_suspended
    and i.due_date <= %(up_to)s::date and (i.due_date, i.id) > (%(after_day)s::date, %(after_id)s::uuid)
    and i.id <> all(%(without)s::uuid[]){only}
  order by i.due_date, i.id
  limit %(rows)s::int
  for no key update of i skip locked
), numbered as materialized (
  select i.*, {total} as amount, {line_count} as line_count,
    row_number() over () as place, d.customer_id, d.lease_id, d.currency, d.case_no
  from waiting i
  join {documents} d on d.company_id = %(company)s::uuid and d.id = i.{parent}
), raised as (
  insert into ledger_obligations (id, company_id, customer_id, lease_id, currency, category, reference_id, description,
    original, outstanding, written_off, issue_date, due_date, status, is_opening, source_type, source_id)
  select id, %(company)s::uuid, customer_id, lease_id, currency, %(category)s, installment_id,
    %(label)s || due_date::text, amount, amount, 0, %(today)s::date, due_date, 'open', false, %(source_type)s, id::text
  from numbered
), entered as (
  insert into ledger_entries (id, company_id, currency, effective_on, event, source_type, source_id, customer_id,
    lease_id, is_full_reversal, line_count, case_no, reason, created_by_id, actor, request_id)
  select (%(head)s::text || lpad(to_hex(place), 12, '0'))::uuid, %(company)s::uuid, currency, %(today)s::date,
    'obligation_raised', %(entry_source)s, id::text, customer_id, lease_id, false, line_count, case_no, '',
    %(user)s::bigint, %(actor)s, %(request)s
  from numbered
), posted as (
  insert into ledger_postings (id, company_id, entry_id, line, line_count, account_id, currency, subledger, amount,
    obligation_id)
  select (%(head)s::text || lpad(to_hex({lines} * n.place + leg.line), 12, '0'))::uuid, %(company)s::uuid,
    (%(head)s::text || lpad(to_hex(n.place), 12, '0'))::uuid, leg.line, n.line_count, leg.account, n.currency,
    leg.subledger, leg.amount, leg.obligation
  from numbered n cross join lateral (values {legs}) as leg(line, account, subledger, amount, obligation)
  where leg.amount <> 0
), marked as (
  update {installments} i set status = 'Posted', posted_on = %(today)s::date
  from numbered n where i.company_id = %(company)s::uuid and i.id = n.id
)
select (select count(*) from numbered), due_date, id, (select sum(amount) from numbered)
from numbered order by due_date desc, id desc limit 1
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
  on o.company_id = %(company)s::uuid and o.category = %(category)s and o.reference_id = i.installment_id
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
        chunk = _post_chunk(actor, kind, report.up_to, after, without, rows)
        if isinstance(chunk, list):
            without += [key for key, _ in chunk]
            report.failures += [name for _, name in chunk]
            _log.warning("installments_not_posted", app=kind.app, references=[name for _, name in chunk][:20])
            continue
        if chunk is None:
            break
        report.posted += chunk.rows
        report.amount += chunk.amount
        report.chunks += 1
        after = (chunk.last_due, chunk.last_id)
        progress(chunk.rows)
        if chunk.rows < rows:
            break
    report.skipped = _left(actor, kind, report.up_to, since or _EARLIEST, without)
    _log.info("installments_posted", app=kind.app, company=str(actor.company_id), **report.as_dict())
    return report


def post_of_document(*, actor: Actor, kind: RepaidKind, document_id: UUID, up_to: date) -> int:
    """Post what waits of one document, in the running transaction; how many. The caller holds its lock."""
    values = _values(actor, kind, up_to, (_EARLIEST, _ZERO_ID), [], CHUNK_ROWS)
    with connection.cursor() as cursor:
        cursor.execute(_text(kind, "post", only=True), {**values, "document": document_id})
        row = cursor.fetchone()
    return int(row[0]) if row else 0


def preview_due(
    *, actor: Actor, kind: RepaidKind, up_to: date | None = None, since: date | None = None
) -> DuePreview:
    """What `post_due` would post now; writes nothing."""
    day = up_to or today(actor.company)
    values: dict[str, Any] = {"company": actor.company_id, "up_to": day, "since": since or _EARLIEST}
    with connection.cursor() as cursor:
        cursor.execute(_text(kind, "preview"), values)
        count, amount, first, last = cursor.fetchone()
    left = _left(actor, kind, day, since or _EARLIEST, [])
    return DuePreview(day, count, amount, first, last, on_hold=left - count)


@dataclass(frozen=True, slots=True)
class _Chunk:
    rows: int
    amount: Decimal
    last_due: date
    last_id: UUID


def _post_chunk(
    actor: Actor,
    kind: RepaidKind,
    up_to: date,
    after: tuple[date, UUID],
    without: Sequence[UUID],
    rows: int,
) -> _Chunk | list[tuple[UUID, str]] | None:
    """Post the next chunk. None when nothing waits; the rows whose reference is taken when those hinder it."""
    values = _values(actor, kind, up_to, after, without, rows)
    try:
        last = _execute(actor, _text(kind, "post"), values)
    except IntegrityError:
        taken = _execute(actor, _text(kind, "taken"), values, every=True)
        if not taken:
            raise
        return taken
    return _Chunk(last[0], last[3], last[1], last[2]) if last else None


def _execute(actor: Actor, text: str, values: dict[str, Any], *, every: bool = False) -> Any:
    """Run one statement: in its own transaction with the company's context, or in a savepoint of the running
    transaction, which has it."""
    if connection.in_atomic_block:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(text, values)
            return cursor.fetchall() if every else cursor.fetchone()
    with (
        company_context(actor.company_id, job=actor.name, request_id=actor.request_id),
        connection.cursor() as cursor,
    ):
        cursor.execute(text, values)
        return cursor.fetchall() if every else cursor.fetchone()


def _left(actor: Actor, kind: RepaidKind, up_to: date, since: date, without: Sequence[UUID]) -> int:
    values = {"company": actor.company_id, "up_to": up_to, "since": since, "without": list(without)}
    return int(_execute(actor, _text(kind, "left"), values)[0])


def _values(
    actor: Actor,
    kind: RepaidKind,
    up_to: date,
    after: tuple[date, UUID],
    without: Sequence[UUID],
    rows: int,
) -> dict[str, Any]:
    currency = actor.company.base_currency
    accounts = [chart.receivable(kind.category), *(code for code, _ in kind.credits)]
    return {
        "company": actor.company_id,
        "up_to": up_to,
        "after_day": after[0],
        "after_id": after[1],
        "without": list(without),
        "rows": rows,
        "head": str(uuid7())[:_HEAD_DIGITS],
        "category": kind.category.value,
        "label": f"{kind.category.label} obligation from ",
        "today": today(actor.company),
        "source_type": kind.source_type,
        "entry_source": OBLIGATION,
        "user": actor.user_id,
        "actor": actor.name,
        "request": actor.request_id,
        **{
            f"account{line}": account_id(actor.company_id, currency, code)
            for line, code in enumerate(accounts, start=1)
        },
    }


@lru_cache(maxsize=16)
def _text(kind: RepaidKind, which: str, *, only: bool = False) -> str:
    """The statement for this kind; names come from model meta, values are parameters."""
    documents, installments = kind.tables
    legs = ["(1, %(account1)s::uuid, %(category)s, n.amount, n.id)"] + [
        f"({line}, %(account{line})s::uuid, '', -n.{column}, null::uuid)"
        for line, (_, column) in enumerate(kind.credits, start=2)
    ]
    return {"post": _POST, "left": _LEFT, "taken": _TAKEN, "preview": _PREVIEW}[which].format(
        documents=documents,
        installments=installments,
        parent=kind.parent_column,
        columns=", ".join(f"i.{column}" for _, column in kind.credits),
        total=kind.total,
        legs=", ".join(legs),
        lines=len(legs),
        line_count=kind.line_count,
        only=f" and i.{kind.parent_column} = %(document)s::uuid" if only else "",
    )
