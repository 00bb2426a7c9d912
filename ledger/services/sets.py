"""The SQL of posting: how obligations follow their postings, and one statement for the events of whole sets.

Rule: docs/adr/0045-one-poster.md.

A set is what a SELECT of the caller finds and locks, such as the installments that fell due. `compose` makes the
statement that posts an event for every row of it, from the models' columns and defaults; `journal.post_rows` runs it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from batconnect.core.database.rows import insert_select, numbered_id
from ledger import chart
from ledger.chart import Category, subledger
from ledger.models import Entry, Obligation, Posting
from ledger.postings import OBLIGATION

# Obligations follow their postings: what was outstanding before tells settled from reopened.
_ADJUST: Final = """
update ledger_obligations o
set outstanding = o.outstanding + d.delta,
    written_off = o.written_off + d.written_off,
    status = case when o.outstanding + d.delta > 0 then 'open' else d.closes_as end
from {deltas} as d(id, delta, written_off, closes_as)
where o.company_id = {company}::uuid and o.id = d.id
returning o.id, o.outstanding, o.outstanding - d.delta, o.source_type, o.source_id, statement_timestamp()
"""
ADJUST: Final = _ADJUST.format(
    deltas="unnest(%s::uuid[], %s::numeric[], %s::numeric[], %s::text[])", company="%s"
)
_ADJUST_ROWS: Final = _ADJUST.format(
    deltas="(select obligation_id, -sum(amount), 0.00, 'settled' from {rows} group by obligation_id)",
    company="%(company)s",
)
# What credit memos of obligations say was wrong: beside the postings, for a memo need not be applied to its item.
CREDITED: Final = """
update ledger_obligations o set credited = o.credited + d.amount
from unnest(%s::uuid[], %s::numeric[]) as d(id, amount) where o.company_id = %s::uuid and o.id = d.id
"""
# The parts of a statement's numbered ids that a caller of `compose` may use; those of its entries begin at 0.
CALLERS_PARTS: Final = (4, 5, 6, 7)
# What obligations and entries have alike.
_COMMON: Final = {
    "company_id": "%(company)s::uuid",
    "currency": "currency",
    "customer_id": "customer_id",
    "lease_id": "lease_id",
}


@dataclass(frozen=True, slots=True)
class RowLeg:
    """One line of the entry that every row of a set gets; SQL over the row's columns.

    `account` is a code of the chart, whose account in the company's own currency is meant; an account that differs by
    row is given by `account_id` and `subledger`. The last line of an entry is left out where it is `optional` and its
    amount 0.
    """

    amount: str
    account: str = ""
    account_id: str = ""
    subledger: str = "''"
    obligation_id: str = "null::uuid"
    payment_id: str = "null::uuid"
    optional: bool = False


@dataclass(frozen=True, slots=True)
class RowEvents:
    """An event for every row of a set: its entry and, if `raises`, the obligation that comes with it.

    `rows` selects the set, which the rest of the statement knows by `name`. Its columns: `place` (1, 2, … in the order
    of writing), `currency`, `customer_id`, `lease_id`, and whatever the expressions use. `entry` and `raises` give
    columns of the entry and of the obligation by SQL; what is neither there nor said by the row has its default. With
    `skips_taken` a row whose reference exists already is left out of the set.
    """

    name: str
    rows: str
    entry: Mapping[str, str]
    legs: tuple[RowLeg, ...]
    raises: Mapping[str, str] = field(default_factory=dict)
    skips_taken: bool = False


@dataclass(frozen=True, slots=True)
class RowPosting:
    """A statement of `compose`, and the accounts that its parameters are: (parameter, code)."""

    text: str
    accounts: tuple[tuple[str, str], ...]
    settles: bool


def raised_rows(
    *,
    name: str,
    rows: str,
    category: Category,
    source_type: str,
    source_id: str,
    credits: Sequence[tuple[str, str]],
    own_day: str,
    skips_taken: bool = False,
) -> RowEvents:
    """What `ledger.postings.obligation_raised` makes, for every row of a set.

    It is issued, and effective, on its `own_day` (SQL), or on the first open day when that is closed.

    The rows also have `id` (the obligation's), `reference_id`, `due_date`, `amount` and `case_no`; `source_id` is SQL.
    `credits` are accounts with the columns that sum to the amount; the first is never 0, only the last of more may be.
    """
    first, *more = credits
    issued = f"greatest({own_day}, %(first_open)s::date)"
    return RowEvents(
        name=name,
        rows=rows,
        entry={
            "effective_on": issued,
            "event": "'obligation_raised'",
            "source_type": f"'{OBLIGATION}'",
            "source_id": "id::text",
            "case_no": "case_no",
        },
        legs=(
            RowLeg("amount", chart.receivable(category), obligation_id="id"),
            RowLeg(f"-{first[1]}", first[0]),
            *(RowLeg(f"-{column}", account, optional=True) for account, column in more),
        ),
        raises={
            "id": "id",
            "category": f"'{category.value}'",
            "reference_id": "reference_id",
            "description": f"'{category.label} obligation from ' || due_date::text",
            "original": "amount",
            "outstanding": "amount",
            "issue_date": issued,
            "due_date": "due_date",
            "source_type": f"'{source_type}'",
            "source_id": source_id,
        },
        skips_taken=skips_taken,
    )


def compose(
    *events: RowEvents,
    before: str = "",
    along: Mapping[str, str] | None = None,
    settles: str = "",
    answer: str = "",
) -> RowPosting:
    """The statement that posts the events of one or more sets, in this order; make it once, run it by `post_rows`.

    `before` are the caller's own parts (`name as (…), …`) that find and lock what the sets are made of; `along` its
    inserts and updates, by name. `answer` is the last SELECT; or `settles` names a set whose `obligation_id` each owe
    `amount` less. Ids are numbered by `numbered_id`: the caller may use CALLERS_PARTS. Parameters that `post_rows`
    fills by itself: company, head, today, first_open, user, actor, request.
    """
    assert bool(settles) != bool(answer), "the last part either answers or settles"
    assert len(events) <= CALLERS_PARTS[0], "the other parts of the ids are the caller's"
    parts = [before] if before else []
    for part, event in enumerate(events):
        parts += _set(event, part) + _books(event, part)
    parts += [f"{name} as ({text})" for name, text in (along or {}).items()]
    last = _ADJUST_ROWS.format(rows=settles) if settles else answer
    accounts = tuple(
        (_parameter(event, line), leg.account)
        for event in events
        for line, leg in enumerate(event.legs, start=1)
        if leg.account
    )
    return RowPosting(f"with {', '.join(parts)} {last}", accounts, bool(settles))


def _set(event: RowEvents, part: int) -> list[str]:
    """The set with the ids of its entries, and its obligations."""
    name = event.name
    numbered = f"select s.*, {numbered_id(part, 's.place')} as entry_id from ({event.rows}) s"  # noqa: S608 - fixed text
    if not event.raises:
        return [f"{name} as materialized ({numbered})"]
    values = {**_COMMON, **event.raises}
    if not event.skips_taken:
        raised = insert_select(Obligation, values, name)
        return [f"{name} as materialized ({numbered})", f"{name}_raised as ({raised})"]
    # In the order of their unique columns, so that two callers with the same references never deadlock.
    raised = insert_select(Obligation, values, f"{name}_found order by reference_id")
    return [
        f"{name}_found as materialized ({numbered})",
        f"{name}_raised as ({raised} on conflict (company_id, category, reference_id) do nothing returning id)",
        f"{name} as materialized (select s.* from {name}_found s join {name}_raised using (id) order by place)",  # noqa: S608 - fixed text
    ]


def _books(event: RowEvents, part: int) -> list[str]:
    """The set's entries and postings."""
    assert not any(leg.optional for leg in event.legs[:-1]), "lines are numbered without gaps"
    lines = str(len(event.legs))
    if event.legs[-1].optional:
        lines = f"case when {event.legs[-1].amount} = 0 then {len(event.legs) - 1} else {lines} end"
    entered = {
        **_COMMON,
        "id": "entry_id",
        "line_count": lines,
        "created_by_id": "%(user)s::bigint",
        "actor": "%(actor)s::text",
        "request_id": "%(request)s::text",
        **event.entry,
    }
    of_leg = [_of_leg(event, line, leg) for line, leg in enumerate(event.legs, start=1)]
    posted = {
        "company_id": _COMMON["company_id"],
        "id": numbered_id(part, f"{len(event.legs)} * place + posting_line"),
        "entry_id": "entry_id",
        "line": "posting_line",
        "line_count": "posting_lines",
        "currency": "currency",
        **{column: _by_line([each[column] for each in of_leg]) for column in of_leg[0]},
    }
    # A row becomes its lines by a set-returning function: VALUES beside each row cost more.
    by_line = (
        f"(select s.*, n.posting_lines, generate_series(1, n.posting_lines) as posting_line from {event.name} s "  # noqa: S608 - fixed text
        f"cross join lateral (select {lines} as posting_lines) n) s"
    )
    return [
        f"{event.name}_entered as ({insert_select(Entry, entered, event.name)})",
        f"{event.name}_posted as ({insert_select(Posting, posted, by_line)})",
    ]


def _of_leg(event: RowEvents, line: int, leg: RowLeg) -> dict[str, str]:
    own = {"account_id": leg.account_id, "subledger": leg.subledger}
    if leg.account:
        own = {
            "account_id": f"%({_parameter(event, line)})s::uuid",
            "subledger": f"'{subledger(leg.account)}'",
        }
    return {**own, "amount": leg.amount, "obligation_id": leg.obligation_id, "payment_id": leg.payment_id}


def _by_line(expressions: Sequence[str]) -> str:
    """SQL: the expression of the posting's line."""
    if len(set(expressions)) == 1:
        return expressions[0]
    last = expressions[-1]
    cases = " ".join(
        f"when {line} then {each}" for line, each in enumerate(expressions, start=1) if each != last
    )
    return f"case posting_line {cases} else {last} end"


def _parameter(event: RowEvents, line: int) -> str:
    return f"{event.name}_account_{line}"
