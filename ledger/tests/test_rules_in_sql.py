"""Rules that Python and SQL both say: random cases, answered by one statement each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any, Final, NamedTuple

import orjson
import pytest
from django.db import connection

from batconnect.core.kernel.money import from_cents
from ledger.rules.aging import BUCKETS, FIRST_DAYS
from ledger.rules.settlement import Held, Rate, last_day, week_fee
from ledger.settlement.services.lease_fees import REFERENCE, SHARES
from tests.cast import NORTH

DRIVERS: Final = ("DRV-1", "DRV-2", "DRV-3")
CASES: Final = 4_000
WEEKS: Final = (date(2026, 1, 4), date(2024, 2, 25), date(2025, 10, 26))

pytestmark = pytest.mark.django_db


def ask(statement: str, **values: Any) -> Sequence[tuple[Any, ...]]:
    """What the database answers."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()


class Case(NamedTuple):
    """A lease with its rates, and the times of its primary drivers."""

    started_on: date
    ended_on: date | None
    rates: list[Rate]
    times: list[Held]


def a_case(random: Random, week: date) -> Case:
    """A lease around the week: it may begin, end, change hands, stand empty and cost something else within it."""
    start = week + timedelta(random.randint(-10, 6))
    end = random.choice((None, start + timedelta(random.choice((0, 1, 6, random.randint(0, 20))))))
    days = [start + timedelta(offset) for offset in sorted(random.sample(range(18), random.randint(1, 5)))]
    rates = [Rate(start, from_cents(random.choice((0, 1, 3, 50_000, random.randint(1, 500_000)))))]
    rates += [
        Rate(day, from_cents(random.randint(0, 90_000)))
        for day in days
        if random.random() < 0.3 and day > start
    ]
    times = []
    for place, day in enumerate(days):
        following = days[place + 1] if place + 1 < len(days) else None
        # Sometimes replaced on the first day, sometimes gone before the next one comes.
        last = day - timedelta(1) if random.random() < 0.1 else following and following - timedelta(1)
        if last and last > day and random.random() < 0.2:
            last -= timedelta(1)
        times.append(Held(random.choice(DRIVERS), day, last))
    return Case(start, end, rates, times)


def shares_in_sql(week: date, cases: Sequence[Case]) -> list[tuple[int, str, Decimal]]:
    """What the fee job's statement makes of the leases; its tables are given by name."""
    places = list(enumerate(cases, start=1))
    documents: dict[str, list[dict[str, Any]]] = {
        "leases": [
            {"id": place, "lease_id": f"LS-{place}", "started_on": case.started_on, "ended_on": case.ended_on}
            for place, case in places
        ],
        "rates": [
            {"lease_id": place, "from_on": rate.from_on, "weekly_amount": str(rate.weekly_amount)}
            for place, case in places
            for rate in case.rates
        ],
        "times": [
            {
                "lease_id": place,
                "driver_id": DRIVERS.index(held.driver),
                "from_on": held.from_on,
                "until_on": held.until_on,
            }
            for place, case in places
            for held in case.times
        ],
        "drivers": [{"id": place, "driver_id": driver} for place, driver in enumerate(DRIVERS)],
    }
    return list(
        ask(
            f"""
with charged as (
  select * from json_to_recordset(%(leases)s::json) as l(id bigint, lease_id text, started_on date, ended_on date)
), lease_rates as (
  select %(company)s::uuid as company_id, r.*
  from json_to_recordset(%(rates)s::json) as r(lease_id bigint, from_on date, weekly_amount numeric)
), lease_drivers as (
  select %(company)s::uuid as company_id, 'Primary' as role, t.*
  from json_to_recordset(%(times)s::json) as t(lease_id bigint, driver_id bigint, from_on date, until_on date)
), drivers as (
  select %(company)s::uuid as company_id, null::uuid as customer_id, d.*
  from json_to_recordset(%(drivers)s::json) as d(id bigint, driver_id text)
), {SHARES.format(leases="charged", reference=REFERENCE)}
select lease_id, reference, amount from shares where amount > 0 order by lease_id, turn
""",
            week=week,
            last=last_day(week),
            company=NORTH,
            **{name: orjson.dumps(rows).decode() for name, rows in documents.items()},
        )
    )


@pytest.mark.parametrize("week", WEEKS)
def test_a_weeks_fee_and_its_shares_are_the_same_in_both(week: date) -> None:
    random = Random(week.toordinal())  # noqa: S311 - cases of a test
    cases = [a_case(random, week) for _ in range(CASES)]

    rows = shares_in_sql(week, cases)

    expected = []
    for place, case in enumerate(cases, start=1):
        made = week_fee(
            week=week,
            lease_number=f"LS-{place}",
            started_on=case.started_on,
            ended_on=case.ended_on,
            times=case.times,
            rates=case.rates,
        )
        assert sum(share.amount for share in made.shares) == made.fee
        expected += [(place, share.reference, share.amount) for share in made.shares]
    assert rows == expected
    shared = Counter(place for place, _, _ in rows)
    assert CASES / 3 < len(shared) < CASES
    assert sum(count > 1 for count in shared.values()) > CASES / 20


@pytest.mark.parametrize(
    ("rates", "days", "fee", "shares"),
    [
        ({0: "500.00"}, "...AAAA", "285.71", ["285.71"]),
        ({0: "600.00"}, "AAAAAAB", "600.00", ["514.29", "85.71"]),
        ({0: "500.00", 3: "600.00"}, "AAAAABB", "557.14", ["385.71", "171.43"]),
        ({0: "100.00"}, "ABCCCCC", "100.00", ["14.29", "14.29", "71.42"]),
        ({0: "700.00"}, "AA.BBBB", "600.00", ["200.00", "400.00"]),
        ({0: "100.00"}, "ABBAAAA", "100.00", ["28.57", "71.43"]),
        ({0: "333.33"}, "....AAA", "142.86", ["142.86"]),
        ({0: "333.33", 4: "400.00"}, "AAAAAAA", "361.90", ["361.90"]),
        ({0: "0.01"}, "ABCDEFG", "0.01", ["0.01"]),
        ({0: "0.35"}, "AAAAAAA", "0.35", ["0.35"]),
        ({0: "0.00"}, "AAAAAAA", "0.00", []),
    ],
)
def test_shares_of_a_fee(rates: dict[int, str], days: str, fee: str, shares: list[str]) -> None:
    """The examples of docs/worked-weeks.md#shares-of-a-fee and docs/domain.md#lease-rates."""
    week = date(2026, 1, 4)
    times = [
        Held(driver, week + timedelta(place), week + timedelta(place))
        for place, driver in enumerate(days)
        if driver != "."
    ]

    made = week_fee(
        week=week,
        lease_number="LS-1",
        started_on=week,
        ended_on=None,
        times=times,
        rates=[Rate(week + timedelta(day), Decimal(amount)) for day, amount in rates.items()],
    )

    assert (str(made.fee), [str(share.amount) for share in made.shares]) == (fee, shares)
    assert made.undriven == [week + timedelta(place) for place, day in enumerate(days) if day == "."]


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
