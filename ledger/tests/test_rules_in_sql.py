"""Rules that Python and SQL both say: random cases, answered by one statement each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any, Final

import pytest
from django.db import connection

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.money import from_cents
from batconnect.directory.models import LeaseDriver
from ledger.rules.aging import BUCKETS, FIRST_DAYS
from ledger.rules.settlement import active_days, fee_reference, last_day, lease_fee
from ledger.settlement.querysets import IS_ACTIVE, PRIMARY_DRIVER, find_primaries
from ledger.settlement.services.lease_fees import ACTIVE_DAYS, FEE, REFERENCE
from ledger.tests.settlement.builders import make_driver

CASES: Final = 4_000
WEEKS: Final = (date(2026, 1, 4), date(2024, 2, 25), date(2025, 10, 26))

pytestmark = pytest.mark.django_db


def ask(statement: str, **values: Any) -> Sequence[tuple[Any, ...]]:
    """What the database answers."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()


@pytest.mark.parametrize("week", WEEKS)
def test_a_lease_fee_is_the_same_in_both(week: date) -> None:
    random = Random(week.toordinal())  # noqa: S311 - cases of a test
    amounts = [from_cents(random.choice((1, 3, 50_000, random.randint(1, 500_000)))) for _ in range(CASES)]
    started = [week + timedelta(random.randint(-10, 10)) for _ in range(CASES)]
    ended = [
        random.choice((None, start + timedelta(random.choice((0, 1, 6, 7, random.randint(0, 20))))))
        for start in started
    ]

    rows = ask(
        f"select {IS_ACTIVE}, {ACTIVE_DAYS}, {FEE}, {REFERENCE}"
        " from unnest(%(amounts)s::numeric[], %(started)s::date[], %(ended)s::date[]) with ordinality"
        " as x(weekly_amount, started_on, ended_on, place)"
        " cross join lateral (select 'LS-' || place as lease_id, weekly_amount, started_on, ended_on) l order by place",
        week=week,
        last=last_day(week),
        amounts=amounts,
        started=started,
        ended=ended,
    )

    active = 0
    for place, (is_active, days, fee, reference) in enumerate(rows):
        counted = active_days(week=week, started_on=started[place], ended_on=ended[place])
        assert is_active == (counted > 0)
        if is_active:
            active += 1
            assert (days, fee) == (counted, lease_fee(weekly_amount=amounts[place], days=counted))
        assert reference == fee_reference(lease_number=f"LS-{place + 1}", week=week)
    assert CASES / 3 < active < CASES


def test_a_fee_is_rounded_half_up_once() -> None:
    assert lease_fee(weekly_amount=Decimal("500.00"), days=4) == Decimal("285.71")
    assert lease_fee(weekly_amount=Decimal("0.07"), days=1) == Decimal("0.01")
    assert lease_fee(weekly_amount=Decimal("0.03"), days=1) == Decimal("0.00")
    assert lease_fee(weekly_amount=Decimal("0.35"), days=7) == Decimal("0.35")
    assert lease_fee(weekly_amount=Decimal("123.45"), days=0) == Decimal("0.00")


def test_the_primary_driver_is_the_same_in_both(manager: Actor) -> None:
    john = make_driver(manager, since="2026-01-01")
    jane = make_driver(manager, number=2, name="Jane Roe")
    random = Random(7)  # noqa: S311 - cases of a test
    first = john.lease.started_on
    starts = [first + timedelta(day) for day in sorted(random.sample(range(1, 60), 12))]
    LeaseDriver.objects.filter(lease=john.lease).update(until_on=starts[0] - timedelta(1))
    LeaseDriver.objects.bulk_create(
        LeaseDriver(
            company_id=manager.company_id,
            lease=john.lease,
            driver=random.choice((john.driver, jane.driver)),
            role=random.choice(LeaseDriver.Role.values),
            from_on=start,
            until_on=start,
        )
        for start in starts
    )
    known = find_primaries(actor=manager, drivers=(), leases={john.lease.pk})

    for offset in range(-2, 65):
        last = first + timedelta(offset)
        rows = ask(
            f"select d.* from leases l join lateral ({PRIMARY_DRIVER}) d on true"
            " where l.company_id = %(company)s::uuid and l.id = %(lease)s",
            company=manager.company_id,
            lease=john.lease.pk,
            last=last,
        )

        primary = known.primary_on(john.lease.pk, last)
        assert rows == ([] if primary is None else [(primary.driver_id, primary.customer_id)])


def test_an_age_is_the_same_in_both() -> None:
    today = date(2026, 3, 1)
    due_dates = [today - timedelta(days) for days in range(-400, 400)]

    rows = ask(
        "select due, width_bucket(%(day)s::date - due, %(firsts)s::int[]) from unnest(%(dues)s::date[]) due",
        day=today,
        firsts=list(FIRST_DAYS),
        dues=due_dates,
    )

    assert len(rows) == len(due_dates)
    for due, place in rows:
        within = [
            bucket
            for bucket in BUCKETS
            for earliest, latest in (bucket.due_dates(today),)
            if (earliest is None or due >= earliest) and (latest is None or due <= latest)
        ]
        assert within == [BUCKETS[place]]
