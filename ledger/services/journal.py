"""Posting: the one place that writes entries with their postings and changes what obligations owe.

Rule: docs/domain.md#journal, docs/adr/0045-one-poster.md.

`post_entries` takes drafts; `post_rows` posts an event for every row of a set that the database finds, by a statement
of `ledger.services.sets`. Both write the same columns, adjust obligations by the same text, and tell the same sources.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection

from batconnect.core.database.rows import Change, Group, RowBatch, execute_batch, id_head
from batconnect.core.database.transactions import joins_transaction, reads
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.ids import uuid7
from batconnect.core.kernel.money import ZERO
from ledger import sources
from ledger.chart import account_id, subledger
from ledger.models import Entry, Posting
from ledger.postings import WRITE_OFF, EntryDraft
from ledger.services.dates import first_open_day
from ledger.services.sets import ADJUST, CREDITED, RowPosting


@dataclass(frozen=True, slots=True)
class Posted:
    """What a posting did: the entries' ids, what each touched obligation owes now, and the instant that the rows
    carry (None when no obligation was touched)."""

    entry_ids: tuple[UUID, ...]
    outstanding: dict[UUID, Decimal]
    at: datetime | None = None


@joins_transaction
def post_entries(
    *,
    actor: Actor,
    drafts: Sequence[EntryDraft],
    rows: Sequence[Group] = (),
    changes: Sequence[Change] = (),
    raises: frozenset[UUID] = frozenset(),
    closes_as: str = "settled",
) -> Posted:
    """Post entries with all their postings, the caller's own rows and updates, and the obligations' new figures,
    in one statement (docs/domain.md#journal).

    `rows` are groups of unsaved instances to insert with them, `changes` are updates of other tables; `raises` are the
    obligations that `rows` inserts with these very entries, which therefore carry their figure already;
    `closes_as` is the status of an obligation left with nothing outstanding (`settled` or `voided`).
    The caller holds the locks on every obligation it touches. Afterwards the sources are told what was
    settled or reopened. Raises IntegrityError where the database refuses: over-allocation, an event posted twice.
    """
    entries, postings = row_batches(actor=actor, drafts=drafts)
    deltas = _deltas(drafts, raises)
    if not deltas:
        execute_batch(*rows, entries, postings, changes=changes)
        return Posted(tuple(draft.id for draft in drafts), {})
    ordered = sorted(deltas)
    adjust = Change(
        ADJUST,
        [
            ordered,
            [deltas[key][0] for key in ordered],
            [deltas[key][1] for key in ordered],
            [closes_as] * len(ordered),
            actor.company_id,
        ],
    )
    changed = execute_batch(*rows, entries, postings, changes=[*changes, adjust])
    assert len(changed) == len(ordered), "a posting names an obligation that does not exist in this company"
    _notify(actor, changed, settles=closes_as == "settled")
    return Posted(tuple(draft.id for draft in drafts), {row[0]: row[1] for row in changed}, changed[0][5])


@reads
def row_batches(*, actor: Actor, drafts: Sequence[EntryDraft]) -> tuple[RowBatch, RowBatch]:
    """The entries and postings that the drafts become."""
    entries: list[dict[str, Any]] = []
    postings: list[dict[str, Any]] = []
    company_id = actor.company_id
    for draft in drafts:
        currency = draft.currency
        entries.append(
            {
                "id": draft.id,
                "company_id": company_id,
                "currency": currency,
                "effective_on": draft.effective_on,
                "event": draft.event,
                "source_type": draft.source_type,
                "source_id": draft.source_id,
                "customer_id": draft.customer_id,
                "lease_id": draft.lease_id,
                "reverses_id": draft.reverses,
                "is_full_reversal": draft.is_full_reversal,
                "line_count": len(draft.legs),
                "case_no": draft.case_no,
                "reason": draft.reason,
                "operation_id": draft.operation_id,
                "approval_id": actor.approval_id,
                "created_by_id": actor.user_id,
                "actor": actor.name,
                "request_id": actor.request_id,
            }
        )
        postings += [
            {
                "id": uuid7(),
                "company_id": company_id,
                "entry_id": draft.id,
                "line": line,
                "line_count": len(draft.legs),
                "account_id": account_id(company_id, currency, leg.account),
                "currency": currency,
                "subledger": subledger(leg.account),
                "amount": leg.amount,
                "obligation_id": leg.obligation_id,
                "payment_id": leg.payment_id,
                "item_id": leg.item_id,
            }
            for line, leg in enumerate(draft.legs, start=1)
        ]
    return RowBatch(Entry, entries), RowBatch(Posting, postings)


def _deltas(drafts: Sequence[EntryDraft], raises: frozenset[UUID]) -> dict[UUID, tuple[Any, Any]]:
    """For each obligation: the change in what is outstanding, and how much of it is written off."""
    deltas: dict[UUID, tuple[Decimal, Decimal]] = {}
    for draft in drafts:
        # By what posted it: the accounts of a write-off differ by category.
        written_off = draft.source_type == WRITE_OFF
        for leg in draft.legs:
            if leg.obligation_id is None or leg.obligation_id in raises:
                continue
            delta, off = deltas.get(leg.obligation_id, (ZERO, ZERO))
            deltas[leg.obligation_id] = (delta + leg.amount, off - leg.amount if written_off else off)
    return deltas


@joins_transaction
def note_credited(*, actor: Actor, amounts: Mapping[UUID, Decimal]) -> None:
    """Add to what credit memos say was wrong of obligations, by their ids; the caller holds their locks.

    Raises IntegrityError above what an obligation was raised with less what is written off.
    """
    ids = sorted(amounts)
    execute_batch(changes=[Change(CREDITED, [ids, [amounts[key] for key in ids], actor.company_id])])


@joins_transaction
def post_rows(*, actor: Actor, posting: RowPosting, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """Run the statement with the caller's parameters in the running transaction; what it answers.

    One that settles obligations answers with (id, outstanding, outstanding before, …) of each; the sources are told.
    The caller's statement takes the locks, or the caller has them. Raises IntegrityError where the database refuses.
    """
    company, currency = actor.company_id, actor.company.base_currency
    own = {
        "company": company,
        "head": id_head(),
        "today": today(actor.company),
        "first_open": first_open_day(actor),
        "user": actor.user_id,
        "actor": actor.name,
        "request": actor.request_id,
        **{name: account_id(company, currency, code) for name, code in posting.accounts},
    }
    with connection.cursor() as cursor:
        cursor.execute(posting.text, {**own, **values})
        rows = cursor.fetchall()
    if posting.settles:
        _notify(actor, rows, settles=True)
    return rows


def _notify(actor: Actor, changed: Sequence[tuple[Any, ...]], *, settles: bool) -> None:
    """Tell the sources which of the adjusted obligations were settled and which reopened."""
    settled = [
        (kind, key) for _, left, before, kind, key, _ in changed if settles and left == 0 and before > 0
    ]
    reopened = [(kind, key) for _, left, before, kind, key, _ in changed if before == 0 and left > 0]
    if settled or reopened:
        sources.notify(actor, settled=settled, reopened=reopened)
