"""Reads of batches that have a name; they write nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.db.models import QuerySet

from batconnect.core import clock
from batconnect.core.actors import Actor
from payments.batches.models import PaymentBatch

RECENT_DAYS: Final = 30


def with_failed_rows(rows: QuerySet[PaymentBatch], *, actor: Actor) -> QuerySet[PaymentBatch]:
    """The batches of today and the 30 days before at the company's place that have failed rows and stand."""
    since = clock.end_of_day(actor.company, clock.today(actor.company) - timedelta(days=RECENT_DAYS + 1))
    return rows.filter(
        company_id=actor.company_id, created_at__gte=since, failed_rows__gt=0, undone_at__isnull=True
    )


def with_held_rows(rows: QuerySet[PaymentBatch], *, actor: Actor) -> QuerySet[PaymentBatch]:
    """The batches with rows that are held as likely repeats, however old: each waits for somebody's yes or no."""
    return rows.filter(company_id=actor.company_id, held_rows__gt=0)
