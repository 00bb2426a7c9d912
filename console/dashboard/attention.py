"""What needs somebody today: one statement a figure, each the count of a list's rows."""

from __future__ import annotations

from collections.abc import Sequence
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
select %(name_{place})s, d.currency, count(*), sum({total})
from {installments} i join {documents} d on d.company_id = i.company_id and d.id = i.{parent}
where i.company_id = %(company)s::uuid and i.status = 'Scheduled' and not i.is_suspended
  and i.due_date <= %(day)s::date
group by 2
"""
# The index of what is open, word for word.
_OPEN_PARTS: Final = """
select currency, count(*) filter (where direction = 'in'),
  coalesce(sum(amount - explained) filter (where direction = 'in'), 0.00), count(*),
  count(*) filter (where payment_date < %(day)s::date - 7), count(*) filter (where payment_date < %(day)s::date - 30)
from bank_line_parts where company_id = %(company)s::uuid and status = 'open' group by 1 order by 1
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


class OpenParts(NamedTuple):
    """What is not explained of the bank's lines: receipts by currency, and how many lines of either direction."""

    unmatched: list[Held]
    to_explain: ToExplain


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


def due_installments(*, actor: Actor, kinds: Sequence[RepaidKind], day: date) -> dict[str, list[Held]]:
    """What posting would take, by the kind's app, in one statement: due on the day, scheduled, its document not on
    hold.

    Rule: docs/domain.md#schedules.
    """
    due: dict[str, list[Held]] = {kind.app: [] for kind in kinds}
    if not due:
        return due
    parts = []
    values: dict[str, Any] = {"company": actor.company_id, "day": day}
    for place, kind in enumerate(kinds):
        documents, installments = kind.tables
        parts.append(
            _DUE.format(
                place=place,
                total=kind.total,
                installments=installments,
                documents=documents,
                parent=kind.parent_column,
            )
        )
        values[f"name_{place}"] = kind.app
    with connection.cursor() as cursor:
        cursor.execute(" union all ".join(parts) + " order by 1, 2", values)
        for app, *held in cursor.fetchall():
            due[app].append(Held(*held))
    return due


def open_parts(*, actor: Actor, day: date) -> OpenParts:
    """Money on the bank account whose payer is not identified yet, and what the desk of the bank's lines shows, by age;
    one statement."""
    with connection.cursor() as cursor:
        cursor.execute(_OPEN_PARTS, {"company": actor.company_id, "day": day})
        rows = cursor.fetchall()
    unmatched = [Held(currency, count, amount) for currency, count, amount, *_ in rows if count]
    return OpenParts(unmatched, ToExplain(*(sum(row[place] for row in rows) for place in (3, 4, 5))))


def count_plans_in_default(*, actor: Actor, day: date) -> int:
    """Payment plans that are not kept."""
    return len(plans_in_default(actor=actor, day=day))


def count_approvals(*, actor: Actor) -> int:
    """What waits for a second person, of the kinds on which the actor may decide."""
    return Approval.objects.filter(
        company_id=actor.company_id, status=Approval.Status.PENDING, kind__in=decidable_kinds(actor)
    ).count()
