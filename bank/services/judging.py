"""What the lines of a statement are to the account: new, known, or for a person (docs/domain.md#identity-of-a-line)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

from django.db import connection

from bank.models import Statement, StatementLine
from bank.rules.identity import Alike
from bank.rules.knowing import NewLine, Stored, StoredLine, Verdict, judge
from bank.services.chain import Repeated
from batconnect.core.database.transactions import joins_transaction, reads
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.money import ZERO

# A line that is known stands for the one that it repeats.
_STATE: Final = """case l.state when 'known' then (select r.state from bank_statement_lines r
  where r.company_id = l.company_id and r.id = l.same_as_id) else l.state end"""
_COLUMNS: Final = f"""
l.id, case l.state when 'known' then l.same_as_id else l.id end, {_STATE}, l.booked_on, l.amount, l.direction,
l.bank_reference, l.mark
"""
_BY_IDENTITY: Final = f"""
select l.identity, {_COLUMNS} from bank_statement_lines l
where l.company_id = %s::uuid and l.bank_account_id = %s::uuid and l.booked_on between %s::date and %s::date
  and l.statement_id is distinct from %s::uuid and l.state <> 'shown' and l.identity = any(%s::text[])
order by array_position(array['booked', 'new', 'waiting', 'held', 'withdrawn'], ({_STATE})::text), l.id
"""  # noqa: S608 - fixed text
_BY_REFERENCE: Final = f"""
select l.bank_reference, {_COLUMNS} from bank_statement_lines l
where l.company_id = %s::uuid and l.bank_account_id = %s::uuid and l.bank_reference = any(%s::text[])
  and l.bank_reference <> '' and l.statement_id is distinct from %s::uuid
  and l.state in ('new', 'booked', 'waiting', 'held')
order by l.id
"""  # noqa: S608 - fixed text
# Lines of files of other formats that no line of this format stands for.
_BY_ALIKE: Final = f"""
select {_COLUMNS} from bank_statement_lines l
join bank_statements s on s.company_id = l.company_id and s.id = l.statement_id and s.format <> %s
where l.company_id = %s::uuid and l.bank_account_id = %s::uuid and l.booked_on = any(%s::date[])
  and l.statement_id is distinct from %s::uuid and l.state in ('new', 'booked', 'waiting')
  and not exists (select from bank_statement_lines k
    join bank_statements f on f.company_id = k.company_id and f.id = k.statement_id and f.format = %s
    where k.company_id = l.company_id and k.same_as_id = l.id and k.state in ('known', 'held')
      and k.statement_id is distinct from %s::uuid)
order by l.id
"""  # noqa: S608 - fixed text
_MARK: Final = """
update bank_statement_lines l set state = d.state, same_as_id = d.same_as,
  note = case when d.note <> '' then d.note else l.note end
from unnest(%s::uuid[], %s::text[], %s::uuid[], %s::text[]) as d(id, state, same_as, note)
where l.company_id = %s::uuid and l.id = d.id and l.statement_id = %s::uuid
"""


@reads
def lines_of(*, actor: Actor, statement: Statement) -> list[NewLine]:
    """The statement's lines as they are looked at, in its order."""
    rows = StatementLine.objects.filter(company_id=actor.company_id, statement=statement).order_by("line_no")
    return [
        NewLine(*row)
        for row in rows.values_list(
            *(
                "id",
                "kind",
                "booked_on",
                "amount",
                "direction",
                "bank_reference",
                "mark",
                "identity",
                "occurrence",
            )
        )
    ]


@reads
def judge_lines(
    *,
    actor: Actor,
    bank_account_id: UUID,
    format: str,
    lines: Sequence[NewLine],
    statement_id: UUID | None = None,
    both_counted: bool = False,
) -> list[Verdict]:
    """What becomes of each line of a statement of this format, by what the account has: three statements.

    `statement_id` is the statement's own, whose lines make nothing known.
    """
    booked = [each for each in lines if each.kind == "booked"]
    stored = Stored({}, {}, {})
    if booked:
        stored = _stored(actor, bank_account_id, format, booked, statement_id)
    return judge(lines, stored, today=today(actor.company), both_counted=both_counted)


@joins_transaction
def mark_lines(*, actor: Actor, statement: Statement, verdicts: Sequence[Verdict]) -> None:
    """Write what became of the lines, and count them on the statement (which the caller stores)."""
    with connection.cursor() as cursor:
        cursor.execute(
            _MARK,
            [
                [each.line.id for each in verdicts],
                [each.state for each in verdicts],
                [each.same_as for each in verdicts],
                [each.note for each in verdicts],
                actor.company_id,
                statement.id,
            ],
        )
    counted = counts(verdicts)
    statement.new_lines = counted["new"] + counted["waiting"]
    statement.known_lines = counted["known"]
    statement.held_lines = counted["held"]
    statement.shown_lines = counted["shown"]


def counts(verdicts: Sequence[Verdict]) -> dict[str, int]:
    """How many lines are in each state."""
    counted: dict[str, int] = defaultdict(int)
    for each in verdicts:
        counted[each.state] += 1
    return counted


def repeated(verdicts: Sequence[Verdict]) -> Repeated:
    """What of the account's lines the statement repeats."""
    known = likely = ZERO
    lines: list[UUID] = []
    for each in verdicts:
        if each.state == "known":
            known += each.line.signed
        elif each.is_likely:
            likely += each.line.signed
        else:
            continue
        assert each.same_as is not None
        lines.append(each.same_as)
    return Repeated(known, likely, lines)


def _stored(
    actor: Actor, bank_account_id: UUID, format: str, lines: Sequence[NewLine], statement_id: UUID | None
) -> Stored:
    account: tuple[UUID, UUID] = (actor.company_id, bank_account_id)
    days = sorted({each.booked_on for each in lines})
    references = sorted({each.reference for each in lines if each.reference})
    identities = [each.identity for each in lines]
    by_identity: dict[str, StoredLine] = {}
    by_reference: dict[str, list[StoredLine]] = defaultdict(list)
    by_alike: dict[Alike, list[StoredLine]] = defaultdict(list)
    for identity, *row in _rows(_BY_IDENTITY, [*account, days[0], days[-1], statement_id, identities]):
        by_identity.setdefault(identity, StoredLine(*row))
    if references:
        for reference, *row in _rows(_BY_REFERENCE, [*account, references, statement_id]):
            by_reference[reference].append(StoredLine(*row))
    values: list[Any] = [format, *account, days, statement_id, format, statement_id]
    wanted = {each.alike for each in lines}
    for found in _rows(_BY_ALIKE, values):
        line = StoredLine(*found)
        alike = (line.booked_on, line.amount, line.direction)
        if alike in wanted:
            by_alike[alike].append(line)
    return Stored(by_identity, by_reference, by_alike)


def _rows(statement: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())


def last_day(lines: Sequence[NewLine], period_to: date | None) -> date | None:
    """The last day that a statement speaks of."""
    days = [each.booked_on for each in lines if each.kind == "booked"]
    return max([*days, *([period_to] if period_to else [])], default=None)


def first_day(lines: Sequence[NewLine], period_from: date | None) -> date | None:
    """The first day that a statement speaks of."""
    days = [each.booked_on for each in lines if each.kind == "booked"]
    return min([*days, *([period_from] if period_from else [])], default=None)
