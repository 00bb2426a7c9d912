"""The terms of a lease as they stand: who drove when, at which rate, until when; and how they are put back.

Rule: docs/domain.md#lease-corrections.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from batconnect.core.database.transactions import joins_transaction, reads
from batconnect.core.kernel.actors import Actor
from batconnect.directory.models import Lease, LeaseDriver, LeaseRate
from batconnect.directory.services.writing import PERMISSION, lock_row, save_row

Terms = Mapping[str, Any]


@joins_transaction
def lock_lease(*, actor: Actor, lease_pk: int) -> Lease:
    """The lease, running or ended, locked until the transaction ends. Needs `directory.change`. Raises UnknownEntry."""
    actor.require(PERMISSION)
    return lock_row(Lease, key=lease_pk)


@reads
def read_terms(lease: Lease) -> dict[str, Any]:
    """The terms as JSON: dates and amounts as text, rows in the order of their ids."""
    times = LeaseDriver.objects.filter(lease=lease).order_by("id")
    rates = LeaseRate.objects.filter(lease=lease).order_by("id")
    return {
        "status": lease.status,
        "ended_on": _text(lease.ended_on),
        "weekly_amount": str(lease.weekly_amount),
        "times": [
            [key, driver, role, _text(from_on), _text(until_on)]
            for key, driver, role, from_on, until_on in times.values_list(
                "id", "driver_id", "role", "from_on", "until_on"
            )
        ],
        "rates": [
            [key, _text(from_on), str(amount)]
            for key, from_on, amount in rates.values_list("id", "from_on", "weekly_amount")
        ],
    }


@joins_transaction
def restore_terms(*, actor: Actor, lease: Lease, terms: Terms) -> None:
    """Put the terms of the locked lease back to what they were. What was entered since holds no day, or costs what it
    cost before. Needs `directory.change`."""
    actor.require(PERMISSION)
    _restore_times(lease, {key: until for key, *_, until in terms["times"]})
    _restore_rates(lease, {key: Decimal(amount) for key, _, amount in terms["rates"]}, actor)
    lease.status = terms["status"]
    lease.ended_on = _day(terms["ended_on"])
    lease.weekly_amount = Decimal(terms["weekly_amount"])
    save_row(lease, fields=["status", "ended_on", "weekly_amount"])


def _restore_times(lease: Lease, kept: Mapping[int, str | None]) -> None:
    """Those that were entered since end first: a lease has one primary driver at a time."""
    for time in sorted(LeaseDriver.objects.filter(lease=lease), key=lambda each: (each.pk in kept, each.pk)):
        until = _day(kept[time.pk]) if time.pk in kept else time.from_on - timedelta(days=1)
        if time.until_on != until:
            time.until_on = until
            save_row(time, fields=["until_on"])


def _restore_rates(lease: Lease, kept: Mapping[int, Decimal], actor: Actor) -> None:
    amount: Decimal | None = None
    for rate in LeaseRate.objects.filter(lease=lease).order_by("from_on"):
        amount = kept.get(rate.pk, amount)
        if amount is not None and rate.weekly_amount != amount:
            rate.weekly_amount, rate.entered_by = amount, actor.name
            save_row(rate, fields=["weekly_amount", "entered_by"])


def _text(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
