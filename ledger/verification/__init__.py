"""Recomputing the ledger: every stored figure checked against the postings (docs/domain.md#verification).

Each check is one statement over sets, run in the company's context; other apps register theirs. Some have an
incremental form besides, which reads what is new and what it touches.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection

from batconnect.core.kernel.actors import Actor
from ledger.verification import scope


@dataclass(frozen=True, slots=True)
class Difference:
    """A difference: what it is about, and what is wrong with it."""

    subject: str
    message: str


MAX_DIFFERENCES: Final = 100_000
_WORK_MEMORY: Final = "64MB"
Check = Callable[[Actor], Iterator[Difference]]
_checks: dict[str, Check] = {}
_incremental: dict[str, str] = {}


@dataclass(frozen=True, slots=True)
class Span:
    """The seals that an incremental verification covers: those after one, up to another."""

    after: int
    upto: int


def register(name: str, check: Check) -> None:
    """Add a check under a name that people read; from an app's `ready()`."""
    assert name not in _checks, f"the check {name!r} is registered already"
    _checks[name] = check


def register_both(name: str, statement: str, *, only_new: Mapping[str, str]) -> None:
    """Add a check whose statement has places, and its incremental form, in which `only_new` fills them.

    In the whole form they are empty.
    """
    register(name, by_statement(statement.format(**dict.fromkeys(only_new, ""))))
    _incremental[name] = statement.format(**only_new)


def register_incremental(name: str, statement: str) -> None:
    """Add a check that only incremental verifications make: of what the whole form computes from postings."""
    assert name not in _incremental, f"the check {name!r} is registered already"
    _incremental[name] = statement


def checks() -> dict[str, Check]:
    """Every registered check by name, in the order of registration."""
    return dict(_checks)


def incremental_checks() -> dict[str, str]:
    """The statement of every check that has an incremental form, by name."""
    return dict(_incremental)


def differences(statement: str, actor: Actor, **values: Any) -> Iterator[Difference]:
    """The rows (subject, message) of a statement with `%(company)s`: one Difference each, MAX_DIFFERENCES of them.

    They are read at once: over a cursor's rows the database would let no second process work.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            # All are found first, so that a plan for the first of them is not made.
            f"with found as materialized ({statement}) select * from found limit {MAX_DIFFERENCES + 1}",  # noqa: S608 - texts of ours
            {"company": actor.company_id, **values},
        )
        rows = cursor.fetchall()
    for subject, message in rows[:MAX_DIFFERENCES]:
        yield Difference(str(subject), str(message))
    if len(rows) > MAX_DIFFERENCES:
        yield Difference("more", f"than {MAX_DIFFERENCES:,} differences: the others are not listed")


def by_statement(statement: str) -> Check:
    """A check that is one statement: see `differences`."""

    def check(actor: Actor) -> Iterator[Difference]:
        return differences(statement, actor)

    return check


_ENTRIES: Final = """
{new}
select 'entry ' || e.id, case
    when p.lines is null then e.event || ' has no postings'
    when p.lines < 2 then e.event || ' has a single posting'
    when p.total <> 0 then e.event || ' sums to ' || p.total || ' instead of 0.00'
    when p.currency <> e.currency or p.other <> e.currency then e.event || ' is in ' || e.currency
      || ', its postings in ' || case when p.currency <> e.currency then p.currency else p.other end
    else e.event || ' has lines ' || p.first || ' to ' || p.last || ' for ' || p.lines || ' postings of '
      || e.line_count end
from ledger_entries e
left join (
  select entry_id, count(*) as lines, sum(amount) as total, min(line) as first, max(line) as last,
    min(currency) as currency, max(currency) as other
  from ledger_postings where company_id = %(company)s::uuid {of_postings}
  group by entry_id
) p on p.entry_id = e.id
where e.company_id = %(company)s::uuid {of_entries}
  and (p.lines is null or p.lines < 2 or p.total <> 0 or p.first <> 1 or p.last <> p.lines
    or p.lines <> e.line_count or p.currency <> e.currency or p.other <> e.currency)
"""
_ORPHANS: Final = """
select 'posting ' || p.id, 'its entry ' || p.entry_id || ' does not exist'
from ledger_postings p
left join ledger_entries e on e.company_id = p.company_id and e.id = p.entry_id
where p.company_id = %(company)s::uuid and e.id is null
"""
# Each posting has its entry's currency (`_ENTRIES`), so that what it points at is compared with its own.
_ACCOUNTS: Final = """
{new}
select 'posting ' || p.id, case
    when a.id is null then 'its account does not exist'
    when a.currency <> p.currency then 'posting in ' || p.currency || ', account ' || a.code || ' in ' || a.currency
    when o.currency <> p.currency then 'posting in ' || p.currency || ', obligation in ' || o.currency
    else 'account ' || a.code || ' does not fit obligation ' || coalesce(o.category || ' ' || o.reference_id, 'none')
    end
from ledger_postings p
left join ledger_accounts a on a.company_id = p.company_id and a.id = p.account_id
left join ledger_obligations o on o.company_id = p.company_id and o.id = p.obligation_id
where p.company_id = %(company)s::uuid {of_postings} and (
    a.id is null or a.currency <> p.currency or o.currency <> p.currency
    or (o.id is null and a.code like 'receivable:%%') or (o.id is not null and a.code <> 'receivable:' || o.category))
"""
_OBLIGATIONS: Final = """
with {new} moved as (
  select p.obligation_id as id,
         sum(p.amount) as outstanding,
         coalesce(-sum(p.amount) filter (where e.source_type = 'ledger.write_off'), 0) as written_off,
         coalesce(sum(p.amount) filter (where e.source_type = 'ledger.obligation' and e.reverses_id is null), 0)
           as original,
         bool_or(e.source_type = 'ledger.obligation' and e.reverses_id is not null) as voided
  from ledger_postings p
  join ledger_entries e on e.company_id = p.company_id and e.id = p.entry_id
  where p.company_id = %(company)s::uuid and p.obligation_id is not null {of_postings}
  group by p.obligation_id
), compared as (
  select o.category || ' ' || o.reference_id || ' (' || o.id || ')' as subject, o.*,
         coalesce(m.outstanding, 0.00) as outstanding_posted, coalesce(m.written_off, 0.00) as written_off_posted,
         coalesce(m.original, 0.00) as original_posted,
         case when m.voided then 'voided' when coalesce(m.outstanding, 0) > 0 then 'open' else 'settled' end
           as status_posted
  from ledger_obligations o left join moved m on m.id = o.id
  where o.company_id = %(company)s::uuid {of_obligations}
)
select subject, concat_ws('; ',
    case when original <> original_posted then 'original ' || original || ', postings say ' || original_posted end,
    case when outstanding <> outstanding_posted
      then 'outstanding ' || outstanding || ', postings say ' || outstanding_posted end,
    case when written_off <> written_off_posted
      then 'written off ' || written_off || ', postings say ' || written_off_posted end,
    case when status <> status_posted then 'status ' || status || ', postings say ' || status_posted end)
from compared
where original <> original_posted or outstanding <> outstanding_posted or written_off <> written_off_posted
   or status <> status_posted
order by subject
"""
_REVERSALS: Final = """
with {new} pairs as (
  select id, reverses_id from ledger_entries
  where company_id = %(company)s::uuid and is_full_reversal and reverses_id is not null {of_entries}
), lines as (
  select pairs.id, p.account_id, p.obligation_id, p.payment_id, p.item_id, p.amount
  from pairs join ledger_postings p on p.company_id = %(company)s::uuid and p.entry_id = pairs.id
  union all
  select pairs.id, p.account_id, p.obligation_id, p.payment_id, p.item_id, p.amount
  from pairs join ledger_postings p on p.company_id = %(company)s::uuid and p.entry_id = pairs.reverses_id
), unequal as (
  select id, account_id from lines group by id, account_id, obligation_id, payment_id, item_id having sum(amount) <> 0
)
select distinct 'entry ' || id, 'does not undo the entry that it reverses' from unequal
"""
_CONTROL_TOTALS: Final = """
with posted as (
  select a.currency, substr(a.code, 12) as category, sum(p.amount) as total
  from ledger_accounts a join ledger_postings p on p.company_id = a.company_id and p.account_id = a.id
  where a.company_id = %(company)s::uuid and a.code like 'receivable:%%'
  group by a.currency, a.code
), open as (
  select currency, category, sum(outstanding) as total
  from ledger_obligations where company_id = %(company)s::uuid group by currency, category
)
select 'receivable:' || category || ' ' || currency,
       'the account stands at ' || coalesce(posted.total, 0.00) || ', its obligations at ' || coalesce(open.total, 0.00)
from posted full join open using (currency, category)
where coalesce(posted.total, 0) <> coalesce(open.total, 0)
order by 1
"""
_TRIAL: Final = """
select 'trial balance ' || currency, 'debits less credits are ' || sum(amount) || ' instead of 0.00'
from ledger_postings where company_id = %(company)s::uuid group by currency having sum(amount) <> 0
"""
_APPROVED: Final = """
select 'write-off request ' || r.id, 'is approved, but nothing was posted'
from approvals r
left join ledger_entries e on e.company_id = r.company_id and e.source_type = 'ledger.write_off'
     and e.source_id = r.id::text and e.event = 'written_off'
where r.company_id = %(company)s::uuid and r.kind = 'write_off' and r.status = 'approved' and e.id is null
"""

_SUMS: Final = """
select p.account_id, e.effective_on, (e.posted_at at time zone 'UTC')::date as posted_on,
  e.event = 'year_closed' as is_closing, greatest(p.amount, 0.00) as debit, greatest(-p.amount, 0.00) as credit,
  1 as postings
from ledger_entries e
join ledger_postings p on p.company_id = e.company_id and p.entry_id = e.id
where e.company_id = %(company)s::uuid
"""
_OF_DAYS: Final = """and e.posted_at >= (select first from days)::timestamp at time zone 'UTC'
  and e.posted_at < ((select last from days) + 1)::timestamp at time zone 'UTC'"""
_KEY: Final = "account_id, effective_on, posted_on, is_closing"
_FIGURES: Final = "sum(debit) as debit, sum(credit) as credit, sum(postings) as postings"
_TOTALS: Final = f"""
with {{new}} posted as (select {_KEY}, {_FIGURES} from ({_SUMS} {{of_entries}}) s group by {_KEY}),
kept as (
  select {_KEY}, {_FIGURES} from (
    select {_KEY}, debit, credit, postings from ledger_day_totals where company_id = %(company)s::uuid {{of_totals}}
    union all
    {_SUMS} {{of_entries}} and exists (
      select from ledger_new_entries n where n.company_id = e.company_id and n.id = e.id)
  ) s group by {_KEY}
)
select 'account ' || coalesce(a.code, account_id::text) || ' on ' || effective_on || ', posted on ' || posted_on,
  'kept are ' || coalesce(k.debit, 0.00) || ' and ' || coalesce(k.credit, 0.00) || ' of ' || coalesce(k.postings, 0)
    || ' postings, which sum to ' || coalesce(p.debit, 0.00) || ' and ' || coalesce(p.credit, 0.00) || ' of '
    || coalesce(p.postings, 0)
from posted p full join kept k using ({_KEY})
left join ledger_accounts a on a.company_id = %(company)s::uuid and a.id = account_id
where (k.debit, k.credit, k.postings) is distinct from (p.debit, p.credit, p.postings)
union all
select 'entry ' || n.id, 'is to be added to the totals and does not exist'
from ledger_new_entries n left join ledger_entries e on e.company_id = n.company_id and e.id = n.id
where n.company_id = %(company)s::uuid and e.id is null
order by 1
"""  # noqa: S608 - fixed texts


_KEPT_TRIAL: Final = """
select 'trial balance ' || a.currency, 'kept debits less credits are ' || sum(t.debit - t.credit) || ' instead of 0.00'
from ledger_day_totals t join ledger_accounts a on a.company_id = t.company_id and a.id = t.account_id
where t.company_id = %(company)s::uuid group by a.currency having sum(t.debit - t.credit) <> 0
"""


def register_ledger_checks() -> None:
    """The ledger's own checks, first of all."""
    new, of_entries = f"with {scope.NEW_ENTRIES}", scope.among("e.id", "new_entries")
    register_both(
        "every entry has its postings and sums to zero",
        _ENTRIES,
        only_new={
            "new": new,
            "of_entries": of_entries,
            "of_postings": scope.among("entry_id", "new_entries"),
        },
    )
    register("every posting has its entry", by_statement(_ORPHANS))
    register_both(
        "currencies and accounts fit",
        _ACCOUNTS,
        only_new={"new": new, "of_postings": scope.among("p.entry_id", "new_entries")},
    )
    register_both(
        "what obligations owe",
        _OBLIGATIONS,
        only_new={
            "new": f"{scope.OBLIGATIONS},",
            "of_postings": scope.among("p.obligation_id", "touched_obligations"),
            "of_obligations": scope.among("o.id", "touched_obligations"),
        },
    )
    register_both(
        "reversals undo their originals",
        _REVERSALS,
        only_new={"new": f"{scope.NEW_ENTRIES},", "of_entries": scope.among("id", "new_entries")},
    )
    register("receivables and obligations agree", by_statement(_CONTROL_TOTALS))
    register("the trial balance is zero", by_statement(_TRIAL))
    register_both(
        "kept totals are the sums of postings",
        _TOTALS,
        only_new={
            "new": f"{scope.DAYS},",
            "of_entries": _OF_DAYS,
            "of_totals": "and posted_on between (select first from days) and (select last from days)",
        },
    )
    register("approved write-offs are posted", by_statement(_APPROVED))
    register_incremental("the kept totals of all days sum to zero", _KEPT_TRIAL)


@dataclass(frozen=True, slots=True)
class Found:
    """A difference with the check that found it."""

    check: str
    difference: Difference


def verify(*, actor: Actor, progress: Callable[[str], Any] = lambda name: None) -> Iterator[Found]:
    """Run every check in the actor's company; `progress` is told each check's name before it runs."""
    before = _plan_for_tables("off", _WORK_MEMORY)
    for name, check in checks().items():
        progress(name)
        for difference in check(actor):
            yield Found(name, difference)
    _plan_for_tables("on", before)


def verify_new(
    *, actor: Actor, span: Span, progress: Callable[[str], Any] = lambda name: None
) -> Iterator[Found]:
    """Run the incremental form of every check that has one, over the entries of these seals and what they touch."""
    _read_tables("off")
    for name, statement in incremental_checks().items():
        progress(name)
        for difference in differences(statement, actor, after=span.after, upto=span.upto):
            yield Found(name, difference)
    _read_tables("on")


def _read_tables(allowed: str) -> None:
    """A day's entries are looked up by index, one by one: merging would read all of an index."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select set_config('enable_seqscan', %(it)s, true), set_config('enable_mergejoin', %(it)s, true)",
            {"it": allowed},
        )


def _plan_for_tables(nested_loops: str, memory: str) -> str:
    """Whole tables are joined here: row by row that is quadratic where the planner has no statistics yet, and by
    hashes that do not fit into the usual memory it is written to disk again and again. Returns the memory before."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select current_setting('work_mem'), set_config('enable_nestloop', %s, true)", [nested_loops]
        )
        before: str = cursor.fetchone()[0]
        cursor.execute("select set_config('work_mem', %s, true)", [memory])
    return before
