"""Drivers, rates and days around a settled week (docs/domain.md#who-drove, docs/domain.md#lease-rates)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Conflict, InvalidInput
from batconnect.core.models import CompanySettings
from batconnect.directory.errors import WeekSettled
from batconnect.directory.models import LeaseDriver
from batconnect.directory.services import (
    add_lease_driver,
    change_primary_driver,
    end_lease,
    set_lease_rate,
)
from ledger.clearing.querysets import undeposited
from ledger.models import Dtr, Entry, LeaseEarning, Obligation
from ledger.services import void_obligation
from ledger.settlement.services.earnings import EarningRow, import_earnings
from ledger.settlement.services.lease_fees import post_due_lease_fees
from ledger.tests.builders import Debtor
from ledger.tests.settlement.builders import (
    WEEK,
    assert_books_agree,
    at,
    dtr_of,
    earn,
    make_driver,
    settle,
    settle_from,
)
from ledger.tests.vendors.builders import balance
from tests.digest import assert_nothing_written

FIRST = date(2026, 1, 4)
WEDNESDAY = date(2026, 1, 7)


@pytest.fixture
def job(manager: Actor) -> Actor:
    """The job of north, settled from 2026-01-11 on."""
    return settle_from(FIRST + WEEK)


@pytest.fixture
def john(manager: Actor, job: Actor) -> Debtor:
    """John, whose first week is settled."""
    john = make_driver(manager)
    with at("2026-01-11", "05:00"):
        settle(job, FIRST)
    return john


@pytest.fixture
def jane(manager: Actor) -> Debtor:
    return make_driver(manager, number=2, name="Jane Roe", weekly="0.00", since="2030-01-06")


CHANGES: dict[str, Callable[[Actor, Debtor, Debtor], Any]] = {
    "driver": lambda actor, john, jane: change_primary_driver(
        actor=actor, lease_pk=john.lease.pk, driver=jane.driver, from_on=WEDNESDAY
    ),
    "rate": lambda actor, john, jane: set_lease_rate(
        actor=actor, lease_pk=john.lease.pk, from_on=WEDNESDAY, weekly_amount=Decimal("600.00")
    ),
    "last day": lambda actor, john, jane: end_lease(actor=actor, lease_pk=john.lease.pk, ended_on=WEDNESDAY),
}


@pytest.mark.parametrize("what", CHANGES)
def test_what_would_touch_a_settled_week_is_refused_with_its_name(
    manager: Actor, john: Debtor, jane: Debtor, what: str
) -> None:
    with at("2026-01-13"), assert_nothing_written(), pytest.raises(WeekSettled) as refused:
        CHANGES[what](manager, john, jane)

    assert (refused.value.status, refused.value.code) == (409, "week_settled")
    assert "LS-2054 is settled in the weeks of 2026-01-04" in refused.value.message


def test_a_voided_fee_keeps_its_week_settled(manager: Actor, job: Actor, jane: Debtor) -> None:
    john = make_driver(manager)
    with at("2026-01-11"):
        post_due_lease_fees(actor=job, week=FIRST)
        fee = Obligation.objects.get(category="LEASE")
        void_obligation(actor=manager, obligation_id=fee.pk, reason="Charged by mistake")

        with assert_nothing_written(), pytest.raises(WeekSettled):
            CHANGES["driver"](manager, john, jane)
        again = post_due_lease_fees(actor=job, week=FIRST)

    assert again.posted == 0


def test_days_that_are_not_settled_change(manager: Actor, job: Actor, john: Debtor, jane: Debtor) -> None:
    with at("2026-01-13"):
        change_primary_driver(
            actor=manager, lease_pk=john.lease.pk, driver=jane.driver, from_on=date(2026, 1, 11)
        )
        set_lease_rate(
            actor=manager, lease_pk=john.lease.pk, from_on=date(2026, 1, 11), weekly_amount=Decimal("700.00")
        )
        end_lease(actor=manager, lease_pk=john.lease.pk, ended_on=date(2026, 1, 14))
    with at("2026-01-18", "05:00"):
        settle(job, FIRST + WEEK)

    fee = Obligation.objects.get(lease=john.lease, due_date=date(2026, 1, 18))
    assert (fee.customer_id, str(fee.original)) == (jane.customer.pk, "400.00")


def test_a_driver_changed_on_the_day_of_the_run_drives_from_that_day_on(
    manager: Actor, job: Actor, jane: Debtor
) -> None:
    john = make_driver(manager)
    with at("2026-01-11", "03:30"):
        change_primary_driver(
            actor=manager, lease_pk=john.lease.pk, driver=jane.driver, from_on=date(2026, 1, 11)
        )
    with at("2026-01-11", "05:00"):
        settle(job, FIRST)

    assert Obligation.objects.get().customer_id == john.customer.pk
    assert str(dtr_of(john, FIRST).charges) == "500.00"
    assert not Dtr.objects.filter(lease=john.lease, customer=jane.customer).exists()


def test_a_day_belongs_to_the_last_driver_of_several(manager: Actor, job: Actor, jane: Debtor) -> None:
    john = make_driver(manager)
    joe = make_driver(manager, number=3, name="Joe", weekly="0.00", since="2030-01-06")
    for driver in (jane, joe):
        change_primary_driver(actor=manager, lease_pk=john.lease.pk, driver=driver.driver, from_on=WEDNESDAY)
    with at("2026-01-11", "05:00"):
        settle(job, FIRST)

    owed = {fee.customer_id: str(fee.original) for fee in Obligation.objects.all()}
    assert owed == {john.customer.pk: "214.29", joe.customer.pk: "285.71"}


def test_undriven_days_are_listed_and_not_charged(manager: Actor, job: Actor) -> None:
    john = make_driver(manager)
    LeaseDriver.objects.filter(lease=john.lease).update(until_on=date(2026, 1, 8))

    with at("2026-01-11"):
        report = post_due_lease_fees(actor=job, week=FIRST)

    assert (report.posted, report.undriven) == (1, {"LS-2054": "2026-01-09, 2026-01-10"})
    assert Obligation.objects.get().original == Decimal("357.14")


def test_a_fee_of_a_closed_day_counts_from_the_first_open_one(manager: Actor, job: Actor) -> None:
    john = make_driver(manager)
    CompanySettings.objects.filter(company_id=manager.company_id).update(closed_until=date(2026, 1, 10))
    job = settle_from(FIRST + WEEK)

    with at("2026-01-13"):
        earn(job, john, FIRST, "9.00")
        post_due_lease_fees(actor=job, week=FIRST)

    assert set(Obligation.objects.values_list("issue_date", flat=True)) == {date(2026, 1, 11)}
    assert set(Entry.objects.values_list("effective_on", flat=True)) == {date(2026, 1, 11)}


class TestEarnings:
    """Whose they are, and adjustments."""

    def rows(self, debtor: Debtor, *values: tuple[str, str]) -> list[EarningRow]:
        return [
            EarningRow(
                debtor.driver.pk,
                debtor.lease.pk,
                FIRST,
                Decimal(value),
                "adjustment" if key else "gross",
                key,
            )
            for value, key in values
        ]

    def test_an_additional_driver_earns_and_owes_no_fee(
        self, manager: Actor, job: Actor, jane: Debtor
    ) -> None:
        john = make_driver(manager)
        helper = Debtor(jane.customer, jane.driver, john.lease)
        add_lease_driver(
            actor=manager,
            lease_pk=john.lease.pk,
            driver=jane.driver,
            from_on=date(2026, 1, 10),
            until_on=date(2026, 1, 10),
        )
        with at("2026-01-11", "05:00"):
            earn(manager, helper, FIRST, "90.00")
            settle(job, FIRST)

        dtr = dtr_of(helper, FIRST)
        assert (str(dtr.charges), str(dtr.due_to_driver), dtr.is_former) == ("0.00", "90.00", False)
        assert str(dtr_of(john, FIRST).charges) == "500.00"
        entry = Entry.objects.get(event="earnings_credited")
        assert entry.effective_on == date(2026, 1, 10)

    def test_who_was_replaced_on_the_first_day_earns_nothing(self, manager: Actor, jane: Debtor) -> None:
        john = make_driver(manager)
        joe = make_driver(manager, number=3, name="Joe", weekly="0.00", since="2030-01-06")
        for driver in (jane, joe):
            change_primary_driver(
                actor=manager, lease_pk=john.lease.pk, driver=driver.driver, from_on=WEDNESDAY
            )

        with at("2026-01-11"), assert_nothing_written(), pytest.raises(InvalidInput) as refused:
            earn(manager, Debtor(jane.customer, jane.driver, john.lease), FIRST, "90.00")

        assert refused.value.code == "no_day_on_lease"

    def test_negative_earnings_above_the_gross_are_owed(self, manager: Actor, job: Actor) -> None:
        john = make_driver(manager, weekly="0.00")
        with at("2026-01-11", "05:00"):
            import_earnings(actor=manager, rows=self.rows(john, ("100.00", ""), ("-480.00", "CB-2")))
            settle(job, FIRST)

        dtr = dtr_of(john, FIRST)
        assert (str(dtr.earned), str(dtr.gross), str(dtr.charges), str(dtr.carried_forward)) == (
            "-380.00",
            "0.00",
            "380.00",
            "380.00",
        )
        debt = Obligation.objects.get(reference_id=f"NEG-{dtr.number}")
        with assert_nothing_written(), pytest.raises(Conflict) as refused:
            void_obligation(actor=manager, obligation_id=debt.pk, reason="Not to be owed")
        assert refused.value.code == "owned_by_document"
        assert_books_agree(manager)

    def test_the_card_fee_that_the_driver_bears_is_recovered(self, manager: Actor, job: Actor) -> None:
        john = make_driver(manager, weekly="0.00")
        fee = EarningRow(john.driver.pk, john.lease.pk, FIRST, Decimal("-32.50"), "card_fee", "FEE-1")
        with at("2026-01-11", "05:00"):
            import_earnings(actor=manager, rows=[*self.rows(john, ("650.00", "")), fee])
            again = import_earnings(actor=manager, rows=[fee])
            with assert_nothing_written(), pytest.raises(Conflict) as refused:
                import_earnings(actor=manager, rows=self.rows(john, ("-32.50", "FEE-1")))
            settle(job, FIRST)

        dtr = dtr_of(john, FIRST)
        assert (again.existing, refused.value.code) == (1, "earnings_taken")
        assert (str(dtr.earned), str(dtr.due_to_driver)) == ("617.50", "617.50")
        assert balance(manager, "card_fees_recovered") == Decimal("-32.50")
        assert [
            str(each.remains) for each in undeposited(actor=manager, as_of=dtr.settled_on, currency="")
        ] == ["650.00"]
        assert_books_agree(manager)

    def test_the_same_adjustment_again_does_nothing(self, manager: Actor, job: Actor) -> None:
        john = make_driver(manager)
        with at("2026-01-11"):
            first = import_earnings(actor=manager, rows=self.rows(john, ("-50.00", "CB-1")))
            with assert_nothing_written():
                again = import_earnings(
                    actor=manager, rows=self.rows(john, ("-50.00", "CB-1"), ("-50.00", "CB-1"))
                )
            with assert_nothing_written(), pytest.raises(Conflict) as refused:
                import_earnings(actor=manager, rows=self.rows(john, ("-60.00", "CB-1")))

        assert (first.total, again.existing) == (Decimal("-50.00"), 1)
        assert refused.value.code == "earnings_taken"
        assert LeaseEarning.objects.count() == 1

    @pytest.mark.parametrize(
        ("value", "kind", "key", "code"),
        [
            ("-1.00", "gross", "", "not_positive"),
            ("0.00", "adjustment", "CB-1", "not_positive"),
            ("1.00", "adjustment", "", "required"),
            ("1.00", "gross", "CB-1", "reference_of_gross"),
            ("1.00", "card_fee", "FEE-1", "fee_not_negative"),
            ("0.00", "card_fee", "FEE-1", "fee_not_negative"),
            ("-1.00", "card_fee", "", "required"),
        ],
    )
    def test_refuses_what_a_kind_does_not_have(
        self, manager: Actor, value: str, kind: str, key: str, code: str
    ) -> None:
        john = make_driver(manager)
        row = EarningRow(john.driver.pk, john.lease.pk, FIRST, Decimal(value), kind, key)

        with at("2026-01-11"), assert_nothing_written(), pytest.raises(InvalidInput) as refused:
            import_earnings(actor=manager, rows=[row])

        assert refused.value.errors[0].code == code
