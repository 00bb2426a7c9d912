"""What needs somebody today: one statement a figure, each the count of a list's rows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final, NamedTuple

from django.db import connection
from django.db.models import Count

from batconnect.core.approvals.kinds import decidable_kinds
from batconnect.core.kernel import clock
from batconnect.core.kernel.actors import Actor
from batconnect.core.models import Approval
from cases.models import Case
from cases.querysets import in_basket, known_steps, overdue
from ledger.repayment.kinds import RepaidKind
from outstanding.querysets import plans_in_default

# The conditions of the index of what waits to be posted, word for word.
_DUE: Final = """
select d.currency, count(*), sum({total})
from {installments} i join {documents} d on d.company_id = i.company_id and d.id = i.{parent}
where i.company_id = %(company)s::uuid and i.status = 'Scheduled' and not i.is_suspended
  and i.due_date <= %(day)s::date
group by 1 order by 1
"""
_UNMATCHED: Final = """
select currency, count(*), sum(amount - explained) from bank_line_parts
where company_id = %(company)s::uuid and status = 'open' and direction = 'in' group by 1 order by 1
"""
# The index of what is open, word for word.
_TO_EXPLAIN: Final = """
select count(*), count(*) filter (where payment_date < %(day)s::date - 7),
  count(*) filter (where payment_date < %(day)s::date - 30)
from bank_line_parts where company_id = %(company)s::uuid and status = 'open'
"""


class Held(NamedTuple):
    """So many rows of one currency, and what they come to."""

    currency: str
    rows: int
    amount: Decimal


class ToExplain(NamedTuple):
    """Lines that nobody has explained: all, those older than a week, and those older than 30 days."""

    lines: int
    week: int
    month: int


class CaseCounts(NamedTuple):
    """Open cases: in the actor's basket, overdue, and both."""

    mine: int
    overdue: int
    mine_overdue: int


def count_cases(*, actor: Actor) -> CaseCounts:
    """The actor's basket and what is overdue in the company, among the open cases; two statements."""
    mine = in_basket(actor=actor, steps=known_steps(company_id=actor.company_id))
    late = overdue(now=clock.now())
    counts = Case.objects.filter(company_id=actor.company_id, closed_at__isnull=True).aggregate(
        mine=Count("id", filter=mine),
        overdue=Count("id", filter=late),
        mine_overdue=Count("id", filter=mine & late),
    )
    return CaseCounts(**counts)


def due_installments(*, actor: Actor, kind: RepaidKind, day: date) -> list[Held]:
    """What posting would take: due on the day, scheduled, its document not on hold.

    Rule: docs/domain.md#schedules.
    """
    documents, installments = kind.tables
    statement = _DUE.format(
        total=kind.total, installments=installments, documents=documents, parent=kind.parent_column
    )
    return _held(statement, {"company": actor.company_id, "day": day})


def unmatched_cash(*, actor: Actor) -> list[Held]:
    """Money on the bank account whose payer is not identified yet."""
    return _held(_UNMATCHED, {"company": actor.company_id})


def lines_to_explain(*, actor: Actor, day: date) -> ToExplain:
    """What the desk of the bank's lines shows, by age; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(_TO_EXPLAIN, {"company": actor.company_id, "day": day})
        return ToExplain(*cursor.fetchone())


def count_plans_in_default(*, actor: Actor, day: date) -> int:
    """Payment plans that are not kept."""
    return len(plans_in_default(actor=actor, day=day))


def count_approvals(*, actor: Actor) -> int:
    """What waits for a second person, of the kinds on which the actor may decide."""
    return Approval.objects.filter(
        company_id=actor.company_id, status=Approval.Status.PENDING, kind__in=decidable_kinds(actor)
    ).count()


def _held(statement: str, values: Mapping[str, Any]) -> list[Held]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return [Held(*row) for row in cursor.fetchall()]
