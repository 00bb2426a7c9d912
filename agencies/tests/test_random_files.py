"""Files that overlap, come twice and in any order bring every row once (docs/domain.md#agency-rows)."""

from __future__ import annotations

import random
from decimal import Decimal

import pytest
from django.db.models import Sum

from agencies.models import AgencyImport, AgencyRow
from agencies.tests.builders import EZPASS, TRIPS, csv_of, found_wrong, take, toll, trip
from batconnect.core.kernel.actors import Actor
from ledger.models import Obligation
from ledger.settlement.models import LeaseEarning
from ledger.tests.settlement.builders import make_driver


@pytest.mark.parametrize("seed", range(4))
def test_any_files_of_the_same_tolls_charge_each_once(manager: Actor, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - an example, not a secret
    make_driver(manager)
    tolls = [
        toll(
            f"T{n}",
            f"11/{chance.randint(2, 20):02}/2025",
            chance.choice(["1SAM401", "NOBODY1"]),
            f"-{n + 1}.25",
        )
        for n in range(12)
    ]

    seen: set[str] = set()
    for _ in range(5):
        chosen = chance.choices(tolls, k=chance.randint(1, 12))
        seen |= {each[0] for each in chosen}
        received = take(manager, csv_of(EZPASS, *chosen), force=True)
        assert received.read_lines == received.new_lines + received.repeated_lines == len(chosen)

    expected = {each[0]: each for each in tolls if each[0] in seen}
    assert set(AgencyRow.objects.values_list("reference", flat=True)) == set(expected)
    charged = Obligation.objects.filter(category="EZPASS").aggregate(total=Sum("original"))["total"]
    assert (charged or Decimal("0.00")) == sum(
        (-Decimal(each[-1]) for each in expected.values() if each[2] == "1SAM401"), Decimal("0.00")
    )
    assert found_wrong(manager) == []


@pytest.mark.parametrize("seed", range(4))
def test_any_files_of_the_same_trips_credit_each_once(manager: Actor, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - an example, not a secret
    make_driver(manager)
    trips = [
        trip(
            str(n),
            "1P43",
            "504124",
            f"11/{chance.randint(2, 15):02}/2025 08:{n:02}",
            way=chance.choice(["Card", "Cash"]),
        )
        for n in range(12)
    ]

    for _ in range(4):
        take(manager, csv_of(TRIPS, *chance.sample(trips, k=chance.randint(1, 12))), force=True)

    by_card = AgencyRow.objects.aggregate(total=Sum("amount"))["total"]
    earned = LeaseEarning.objects.exclude(kind="card_fee").aggregate(total=Sum("gross"))["total"]
    assert earned == by_card or (earned is None and by_card == 0)
    assert not AgencyRow.objects.exclude(state="done").exists()
    assert found_wrong(manager) == []


def test_rows_without_a_number_are_told_apart_by_how_often_they_stand_there(manager: Actor) -> None:
    make_driver(manager)
    same = toll("", "11/02/2025", "1SAM401", clock="01:30:00")

    first = take(manager, csv_of(EZPASS, same, same))
    again = take(manager, csv_of(EZPASS, same, same, same))

    assert (first.new_lines, again.new_lines, again.repeated_lines) == (2, 1, 2)
    assert AgencyImport.objects.count() == 2
    assert Obligation.objects.filter(category="EZPASS").count() == 3
    assert found_wrong(manager) == []
