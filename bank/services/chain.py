"""The booked statements of an account, one after the other: where a statement joins on, and which are proven.

Rule: docs/domain.md#statements, docs/domain.md#bank-proof.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db import connection

from bank.models import Statement, StatementFeed
from bank.postings import OPENED_BY
from bank.rules.balances import BEFORE, Chain, Fault, Figures, Place, follows, link
from batconnect.core.database.transactions import joins_transaction, reads
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.money import ZERO
from ledger import chart
from ledger.treasury.models import BankAccount

_ALONE: Final = "select pg_advisory_xact_lock(hashtextextended(%s, 15))"
_CHAIN: Final = """
select s.id, s.chain_no, s.sequence_no, s.has_gap, s.opening, s.closing,
  least(s.period_from, min(l.booked_on)), greatest(s.period_to, max(l.booked_on)), s.closing
from bank_statements s
left join bank_statement_lines l on l.company_id = s.company_id and l.statement_id = s.id and l.kind = 'booked'
  and l.state <> 'withdrawn'
where s.company_id = %s::uuid and s.id = any(%s::uuid[])
group by s.company_id, s.id
order by s.chain_no
"""
_ENDS: Final = """
select s.id from bank_statements s
where s.company_id = %(company)s::uuid and s.bank_account_id = %(account)s::uuid and s.status in ('booking', 'booked')
  and (s.chain_no in (select min(chain_no) from {booked} union select max(chain_no) from {booked})
    or s.has_gap
    or s.chain_no = any(array(select max(b.chain_no) from bank_statements g
      join bank_statements b on b.company_id = g.company_id and b.bank_account_id = g.bank_account_id
        and b.chain_no < g.chain_no and b.status in ('booking', 'booked')
      where g.company_id = %(company)s::uuid and g.bank_account_id = %(account)s::uuid and g.has_gap
        and g.status in ('booking', 'booked')
      group by g.id)))
""".replace(
    "{booked}",
    "bank_statements where company_id = %(company)s::uuid and bank_account_id = %(account)s::uuid"
    " and status in ('booking', 'booked') and chain_no is not null",
)
# A line counts where the first statement of the chain has it, whichever booked it.
_PLACES: Final = """
places as (
  select case l.state when 'known' then l.same_as_id else l.id end as line_id, min(s.chain_no) as chain_no
  from bank_statements s
  join bank_statement_lines l on l.company_id = s.company_id and l.statement_id = s.id
    and l.state in ('new', 'booked', 'waiting', 'known')
  where s.company_id = %(company)s::uuid and s.bank_account_id = %(account)s::uuid and s.chain_no is not null
  group by 1
), moved as (
  select p.chain_no, sum(case l.direction when 'in' then l.amount else -l.amount end)
      filter (where l.state = 'booked') as booked,
    sum(case l.direction when 'in' then l.amount else -l.amount end) as said
  from places p
  join bank_statement_lines l on l.company_id = %(company)s::uuid and l.id = p.line_id
    and l.state in ('new', 'booked', 'waiting')
  group by p.chain_no
)
"""
# From the last statement up to a place that says a balance: that one's, and the lines that came behind it.
_BALANCE: Final = f"""
with {_PLACES}, anchor as (
  select s.chain_no, s.closing, s.opening, coalesce((
    select sum(case l.direction when 'in' then l.amount else -l.amount end) from bank_statement_lines l
    where l.company_id = s.company_id and l.statement_id = s.id and l.kind = 'booked' and l.state <> 'withdrawn'
  ), 0.00) as net
  from bank_statements s
  where s.company_id = %(company)s::uuid and s.bank_account_id = %(account)s::uuid and s.chain_no <= %(place)s::int
    and s.status in ('booking', 'booked') and s.opening is not null
  order by s.closing is not null or s.opening_source <> 'chain' desc,
    case when s.closing is not null or s.opening_source <> 'chain' then s.chain_no else -s.chain_no end desc
  limit 1
)
select coalesce(a.closing, a.opening + a.net) + coalesce((
  select sum(m.said) from moved m where m.chain_no > a.chain_no and m.chain_no <= %(place)s::int), 0.00)
from anchor a
"""  # noqa: S608 - fixed text
_LATER: Final = """
select coalesce(sum(case l.direction when 'in' then l.amount else -l.amount end), 0.00)
from bank_statement_lines l
where l.company_id = %s::uuid and l.bank_account_id = %s::uuid and l.booked_on > %s::date
  and l.state in ('new', 'booked', 'waiting') and l.statement_id <> %s::uuid and not l.id = any(%s::uuid[])
"""
_FIRST_LATER: Final = """
select min(s.chain_no) from bank_statements s
where s.company_id = %s::uuid and s.bank_account_id = %s::uuid and s.status in ('booking', 'booked')
  and s.chain_no is not null and (s.period_to > %s::date or exists (select from bank_statement_lines l
    where l.company_id = s.company_id and l.statement_id = s.id and l.kind = 'booked' and l.booked_on > %s::date))
"""
_MAKE_ROOM: Final = """
update bank_statements set chain_no = chain_no + 1
where company_id = %s::uuid and bank_account_id = %s::uuid and chain_no >= %s::int
"""
_OPENED: Final = """
select coalesce(sum(p.amount), 0.00), count(*) filter (where not e.is_full_reversal and not exists (
  select from ledger_entries r where r.company_id = e.company_id and r.reverses_id = e.id and r.is_full_reversal))
from ledger_entries e
join ledger_postings p on p.company_id = e.company_id and p.entry_id = e.id and p.account_id = %s::uuid
where e.company_id = %s::uuid and e.source_type = any(%s::text[])
"""
# Peers of one place (a replaced statement and what replaced it) are summed together.
_PROVE: Final = f"""
with {_PLACES}, proof as (
  select s.id, s.status = 'booked' and s.opening is not null and s.closing is not null
    and not bool_or(s.has_gap) over chain
    and s.closing = %(opened)s::numeric + coalesce(sum(m.booked) over chain, 0.00) as holds
  from bank_statements s
  left join moved m on m.chain_no = s.chain_no and s.status <> 'replaced'
  where s.company_id = %(company)s::uuid and s.bank_account_id = %(account)s::uuid and s.chain_no is not null
  window chain as (order by s.chain_no)
)
update bank_statements s set is_proven = proof.holds from proof
where s.company_id = %(company)s::uuid and s.id = proof.id and s.is_proven <> proof.holds
"""  # noqa: S608 - fixed text


@dataclass(frozen=True, slots=True)
class Joined:
    """A statement of the chain with what it comes to."""

    id: UUID
    chain_no: int
    sequence_no: str
    has_gap: bool
    opening: Decimal | None
    closing: Decimal | None
    first: date | None
    last: date | None
    balance: Decimal | None
    """What the account stands at behind it, as far as anybody knows."""

    @property
    def place(self) -> Place:
        """Where it stands by its own word."""
        return Place(self.sequence_no, self.first, self.last)


@dataclass(frozen=True, slots=True)
class Repeated:
    """What a statement repeats of the account's lines: those known, those likely known, and what both sum to."""

    known: Decimal = ZERO
    likely: Decimal = ZERO
    lines: Sequence[UUID] = ()

    def balances(self, balance: Decimal | None) -> tuple[Decimal, ...]:
        """What the statement may open with where the account stands at this balance."""
        if balance is None:
            return ()
        without = balance - self.known
        return (without - self.likely, without) if self.likely else (without,)


@dataclass(frozen=True, slots=True)
class Joint:
    """Where a statement joins on, or would if it is taken with the `fault`: before which place (None: at the end), what
    the chain says it opens with, and the statement whose gap it closes, or before which it leaves one."""

    fault: Fault | None = None
    before: int | None = None
    opening: Decimal | None = None
    closes_gap_of: UUID | None = None
    opens_gap_of: UUID | None = None
    head: Joined | None = None


@joins_transaction
def lock_account(*, actor: Actor, bank_account_id: UUID) -> None:
    """Be alone with the statements of the account until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(_ALONE, [f"{actor.company_id}{bank_account_id}"])


@reads
def opened_with(*, actor: Actor, account: BankAccount) -> Decimal | None:
    """What the opening of the books says the account began with; None where it says nothing."""
    account_id = chart.account_id(actor.company_id, account.currency, chart.bank(account.code))
    with connection.cursor() as cursor:
        cursor.execute(_OPENED, [account_id, actor.company_id, list(OPENED_BY)])
        amount, postings = cursor.fetchone()
    return Decimal(amount) if postings else None


@reads
def find_joint(
    *,
    actor: Actor,
    account: BankAccount,
    statement: Statement,
    figures: Figures,
    own: Place,
    repeated: Repeated,
) -> Joint:
    """Where the statement joins on to those that are booked; with the fault where it does not.

    First into a gap that was left for it, else at the end, else among statements of later days, else before the first.
    """
    ends = _ends(actor, account)
    for index, each in enumerate(ends):
        if each.has_gap and (joint := _in_gap(ends, index, figures, own, repeated)):
            return joint
    if not ends:
        return _as_first(actor, account, figures)
    head = ends[-1]
    chain = Chain(head.place, repeated.balances(head.balance))
    fault = link(figures, own, chain)
    opening = chain.balances[0] if chain.balances else None
    is_earlier = bool(own.last and head.last and own.last < head.last)
    if fault is None and not (is_earlier and figures.implied_opening is None):
        return Joint(opening=opening, head=head)
    if is_earlier and (joint := _among(actor, account, statement, figures, own, repeated, head)):
        return joint
    return _before_first(actor, account, ends[0], figures, own) or Joint(fault=fault, opening=opening)


def _as_first(actor: Actor, account: BankAccount, figures: Figures) -> Joint:
    feed = StatementFeed.objects.filter(company_id=actor.company_id, bank_account=account).first()
    if feed is None or feed.opening_balance is None:
        return Joint(opening=opened_with(actor=actor, account=account))
    balance = feed.opening_balance
    fault = link(figures, Place("", None, None), Chain(None, (balance,)))
    return Joint(fault=fault, opening=balance)


def _in_gap(
    ends: Sequence[Joined], index: int, figures: Figures, own: Place, repeated: Repeated
) -> Joint | None:
    """The joint in front of a statement that was taken with a gap; None where the statement belongs elsewhere."""
    after = ends[index]
    numbers = (own.number, after.place.number)
    if None not in numbers:
        is_before = bool(own.number < after.place.number)  # type: ignore[operator]  # neither is None
    else:
        is_before = bool(own.last and after.first and own.last <= after.first)
    if not is_before:
        return None
    before = ends[index - 1] if index else None
    if before is None:
        return None
    chain = Chain(before.place, repeated.balances(before.balance))
    fault = link(figures, own, chain)
    opening = figures.opening if figures.opening is not None else (chain.balances or (None,))[0]
    ending = (
        figures.closing if figures.closing is not None else None if opening is None else opening + figures.net
    )
    meets = ending is not None and ending == after.opening and follows(after.place, own) is not False
    return Joint(
        fault=fault,
        before=after.chain_no,
        opening=opening,
        closes_gap_of=after.id if meets else None,
    )


def _among(
    actor: Actor,
    account: BankAccount,
    statement: Statement,
    figures: Figures,
    own: Place,
    repeated: Repeated,
    head: Joined,
) -> Joint | None:
    """The joint among statements of later days: what is dated later is not before it."""
    with connection.cursor() as cursor:
        values = [actor.company_id, account.id, own.last, statement.id, list(repeated.lines)]
        cursor.execute(_LATER, values)
        (later,) = cursor.fetchone()
        cursor.execute(_FIRST_LATER, [actor.company_id, account.id, own.last, own.last])
        (before,) = cursor.fetchone()
    balance = None if head.balance is None else head.balance - later
    chain = Chain(None, repeated.balances(balance))
    if link(figures, own, chain) is not None:
        return None
    return Joint(before=before, opening=chain.balances[0] if chain.balances else None)


def _before_first(
    actor: Actor, account: BankAccount, first: Joined, figures: Figures, own: Place
) -> Joint | None:
    if not (own.last and first.first and own.last <= first.first) or first.opening is None:
        return None
    opening = figures.implied_opening
    feed = StatementFeed.objects.filter(company_id=actor.company_id, bank_account=account).first()
    begins = feed is not None and feed.opening_balance is not None
    if opening is not None and opening + figures.net == first.opening and not begins:
        return Joint(before=first.chain_no, opening=opening)
    if own.last < first.first:
        told = f"It ends on {own.last}; the account's first statement begins on {first.first}"
        return Joint(
            fault=Fault(BEFORE, f"{told} with {first.opening:,.2f}, which this one does not end with.")
        )
    return None


def _ends(actor: Actor, account: BankAccount) -> list[Joined]:
    """The first and the last statement of the chain, and both sides of each gap."""
    with connection.cursor() as cursor:
        cursor.execute(_ENDS, {"company": actor.company_id, "account": account.id})
        ids = [key for (key,) in cursor.fetchall()]
        cursor.execute(_CHAIN, [actor.company_id, ids])
        ends = [Joined(*row) for row in cursor.fetchall() if row[1] is not None]
    return [
        each
        if each.balance is not None
        else replace(each, balance=balance_at(actor=actor, account=account, chain_no=each.chain_no))
        for each in ends
    ]


@reads
def balance_at(*, actor: Actor, account: BankAccount, chain_no: int) -> Decimal | None:
    """What the account stands at behind this place of the chain; None where no statement says a balance."""
    values: dict[str, Any] = {"company": actor.company_id, "account": account.id, "place": chain_no}
    with connection.cursor() as cursor:
        cursor.execute(_BALANCE, values)
        row = cursor.fetchone()
    return row[0] if row else None


@joins_transaction
def take_place(*, actor: Actor, bank_account_id: UUID, before: int | None) -> int:
    """A place in the chain, at its end or before another. The caller is alone with the account."""
    placed = Statement.objects.filter(
        company_id=actor.company_id, bank_account=bank_account_id, chain_no__isnull=False
    )
    if before is None:
        last = placed.order_by("-chain_no").values_list("chain_no", flat=True).first()
        return (last or 0) + 1
    with connection.cursor() as cursor:
        cursor.execute(_MAKE_ROOM, [actor.company_id, bank_account_id, before])
    return before


@joins_transaction
def prove(*, actor: Actor, account: BankAccount) -> None:
    """Say of each statement whether its closing balance is what the books have by lines, without a gap before it."""
    opened = opened_with(actor=actor, account=account) or ZERO
    with connection.cursor() as cursor:
        cursor.execute(_PROVE, {"company": actor.company_id, "account": account.id, "opened": opened})
