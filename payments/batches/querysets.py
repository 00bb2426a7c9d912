"""Reads of batches that have a name; they write nothing."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final

from django.db.models import Q, QuerySet, Sum

from batconnect.core.kernel import clock
from batconnect.core.kernel.actors import Actor
from payments.batches.models import PaymentBatch

RECENT_DAYS: Final = 30


HELD: Final = Q(held_rows__gt=0)


def first_recent_instant(company: clock.HasTimeZone, day: date) -> datetime:
    """When the 30 days before the company's day begin."""
    return clock.end_of_day(company, day - timedelta(days=RECENT_DAYS + 1))


def failed_of_late(*, actor: Actor) -> Q:
    """Of today and the 30 days before at the company's place, with failed rows, and standing."""
    since = first_recent_instant(actor.company, clock.today(actor.company))
    return Q(created_at__gte=since, failed_rows__gt=0, undone_at__isnull=True)


def with_failed_rows(rows: QuerySet[PaymentBatch], *, actor: Actor) -> QuerySet[PaymentBatch]:
    """The recent batches that have failed rows and are not undone."""
    return rows.filter(failed_of_late(actor=actor), company_id=actor.company_id)


def with_held_rows(rows: QuerySet[PaymentBatch], *, actor: Actor) -> QuerySet[PaymentBatch]:
    """The batches with rows that are held as likely repeats, however old: each waits for somebody's yes or no."""
    return rows.filter(HELD, company_id=actor.company_id)


def count_rows_left(*, actor: Actor) -> tuple[int, int]:
    """How many rows of those batches failed, and how many are held; one statement."""
    failed = failed_of_late(actor=actor)
    sums = PaymentBatch.objects.filter(failed | HELD, company_id=actor.company_id).aggregate(
        failed=Sum("failed_rows", filter=failed), held=Sum("held_rows", filter=HELD)
    )
    return sums["failed"] or 0, sums["held"] or 0
