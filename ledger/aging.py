"""What is outstanding by age: the one definition that dashboard, lists and reports share.

Rule: docs/domain.md#payment-plans.

Ages count from effective due dates: an obligation's own, unless its document moved it (`ledger.due_dates`).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet

from batconnect.core.database.rows import one_of_ids
from batconnect.core.kernel.actors import Actor
from ledger.due_dates import all_moved_due_dates
from ledger.models import Obligation
from ledger.rules.aging import BUCKETS, FIRST_DAYS, Bucket

_BY_AGE: Final = """
select o.currency, width_bucket(%(day)s::date - coalesce(m.due_date, o.due_date), %(firsts)s::int[]) as bucket,
       count(*), sum(o.outstanding)
from ledger_obligations o
left join unnest(%(ids)s::uuid[], %(dates)s::date[]) m(id, due_date) on m.id = o.id
where o.company_id = %(company)s::uuid and o.status = 'open'
group by 1, 2 order by 1, 2
"""


@dataclass(frozen=True, slots=True)
class AgeTotal:
    """The open items of one currency and age: how many, and what is outstanding on them."""

    currency: str
    bucket: Bucket
    items: int
    amount: Decimal


def outstanding_by_age(*, actor: Actor, day: date) -> list[AgeTotal]:
    """What the company's debtors owe now, by currency and by age on the day; buckets without items are left out.

    One statement, and one for each category whose due dates can be moved.
    """
    moved = all_moved_due_dates(actor=actor)
    with connection.cursor() as cursor:
        cursor.execute(
            _BY_AGE,
            {
                "company": actor.company_id,
                "day": day,
                "firsts": list(FIRST_DAYS),
                "ids": list(moved.keys()),
                "dates": list(moved.values()),
            },
        )
        return [
            AgeTotal(currency, BUCKETS[place], items, amount)
            for currency, place, items, amount in cursor.fetchall()
        ]


def of_age(rows: QuerySet[Obligation], *, actor: Actor, bucket: Bucket, day: date) -> QuerySet[Obligation]:
    """Select the open rows whose age on the day falls in the bucket."""
    earliest, latest = bucket.due_dates(day)
    moved = all_moved_due_dates(actor=actor)
    here = [
        key
        for key, due in moved.items()
        if (earliest is None or due >= earliest) and (latest is None or due <= latest)
    ]
    by_age = Q()
    if earliest is not None:
        by_age &= Q(due_date__gte=earliest)
    if latest is not None:
        by_age &= Q(due_date__lte=latest)
    if moved:
        by_age = by_age & ~_among(moved) | _among(here)
    return rows.filter(by_age, status=Obligation.Status.OPEN)


def _among(ids: Collection[UUID]) -> Q:
    """A single parameter, however many ids there are."""
    return Q(id__in=one_of_ids(list(ids)))
