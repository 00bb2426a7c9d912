"""The company's figures: cash received and unallocated, the week's DTRs, people. Sums are per currency."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Final, NamedTuple

from django.db import connection

from batconnect.core.kernel.actors import Actor
from batconnect.core.models import Membership
from ledger.models import WeeklyRun

# Both kinds are named, so that the index by kind and date is the way to the days.
_RECEIVED: Final = """
select currency, payment_date, method, count(*), sum(amount) from payments
where company_id = %(company)s::uuid and kind in ('interim', 'other') and status = 'posted'
  and payment_date between %(first)s::date and %(last)s::date
group by 1, 2, 3 order by 1, 2, 3
"""
# The condition of the index of payments with cash; the sum is read from the index alone.
_UNALLOCATED: Final = """
select currency, count(*), sum(unallocated) from payments
where company_id = %(company)s::uuid and unallocated > 0 group by 1 order by 1
"""


_WEEK: Final = """
select currency, count(*), sum(gross), sum(recovered), sum(due_to_driver), sum(carried_forward),
       count(*) filter (where status = 'Finalized' and due_to_driver > 0),
       coalesce(sum(due_to_driver) filter (where status = 'Finalized'), 0.00)
from dtrs where company_id = %(company)s::uuid and week = %(week)s::date group by 1 order by 1
"""


class Received(NamedTuple):
    """The posted payments of one currency, day and method."""

    currency: str
    day: date
    method: str
    payments: int
    amount: Decimal


class Unallocated(NamedTuple):
    """The payments of one currency with cash that is not applied, and that cash."""

    currency: str
    payments: int
    amount: Decimal


class WeekTotals(NamedTuple):
    """The DTRs of a week in one currency; `waiting` are those whose driver waits for the payout."""

    currency: str
    dtrs: int
    gross: Decimal
    recovered: Decimal
    due_to_drivers: Decimal
    carried_forward: Decimal
    waiting: int
    waiting_amount: Decimal


class RunOfWeek(NamedTuple):
    """A job of a week's run, its state, and why it stopped."""

    job: str
    status: str
    error: str


def cash_received(*, actor: Actor, first: date, last: date) -> list[Received]:
    """What came in on each day by method, as the payments are dated; voided ones are not in it."""
    with connection.cursor() as cursor:
        cursor.execute(_RECEIVED, {"company": actor.company_id, "first": first, "last": last})
        return [Received(*row) for row in cursor.fetchall()]


def unallocated_cash(*, actor: Actor) -> list[Unallocated]:
    """The cash of payments that no obligation has taken yet."""
    with connection.cursor() as cursor:
        cursor.execute(_UNALLOCATED, {"company": actor.company_id})
        return [Unallocated(*row) for row in cursor.fetchall()]


def week_totals(*, actor: Actor, week: date) -> list[WeekTotals]:
    """What the week's DTRs come to."""
    with connection.cursor() as cursor:
        cursor.execute(_WEEK, {"company": actor.company_id, "week": week})
        return [WeekTotals(*row) for row in cursor.fetchall()]


def runs_of_week(*, actor: Actor, week: date) -> list[RunOfWeek]:
    """The jobs of the week's run that have begun or are done."""
    rows = WeeklyRun.objects.filter(company_id=actor.company_id, week=week).order_by("id")
    return [RunOfWeek(run.job, run.status, run.error) for run in rows]


def count_people(*, actor: Actor) -> int:
    """Who may sign in and work in the company."""
    return Membership.objects.filter(company_id=actor.company_id, is_active=True).count()
