"""The oldest bookable day, and the warning on a reported month, at every entry point (docs/domain.md#dates)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import uuid4

import pytest
import time_machine

from batconnect.core.kernel.actors import Actor
from batconnect.core.models import CompanySettings
from batconnect.directory.models import Customer
from ledger.services.dates import book_date_error, reported_month_warnings
from ledger.services.imports import CHARGES
from ledger.tests.builders import Debtor, make_debtor
from loans.tests.builders import lend
from tests.digest import assert_nothing_written

OLDEST = date(2025, 10, 21)
LATE = "2025-10-20"


@pytest.fixture(autouse=True)
def clock() -> Iterator[Any]:
    """Thirty days back is October 21."""
    with time_machine.travel("2025-11-20T16:00:00Z", tick=False) as traveler:
        yield traveler


@pytest.fixture
def debtor(manager: Actor) -> Debtor:
    CompanySettings.objects.filter(company_id=manager.company_id).update(oldest_bookable_days=30)
    return make_debtor(manager)


@pytest.fixture
def strict(manager: Actor) -> Actor:
    return replace(manager, company=replace(manager.company, oldest_bookable_days=30))


def payment(customer: Customer, day: str) -> dict[str, Any]:
    return {
        "customer_id": str(customer.id),
        "amount": 100,
        "payment_method": "check",
        "payment_date": day,
    }


def charge(debtor: Debtor, day: str) -> dict[str, Any]:
    return {
        "category": "EZPass",
        "driver_id": debtor.driver.id,
        "lease_id": debtor.lease.id,
        "reference_id": f"EZ-{day}",
        "amount": "26.50",
        "issue_date": day,
        "due_date": day,
    }


def invoice(customer: Customer, day: str) -> dict[str, Any]:
    return {
        "customer_id": str(customer.id),
        "issue_date": day,
        "due_date": day,
        "items": [{"description": "Wash", "quantity": 1, "unit_price": 10}],
    }


def calls(debtor: Debtor, day: str) -> dict[str, dict[str, Any]]:
    customer = debtor.driver.customer
    return {
        "/api/payments": payment(customer, day),
        "/ledger/obligations": charge(debtor, day),
        "/api/invoices": invoice(customer, day),
    }


def test_payments_charges_and_invoices_are_not_dated_before_it(
    client_of: Callable[..., Any], debtor: Debtor
) -> None:
    client = client_of("manager")

    for path, body in calls(debtor, LATE).items():
        with assert_nothing_written():
            refused = client.post(path, body, headers={"Idempotency-Key": str(uuid4())})
        assert (refused.status_code, refused.json()["code"]) == (400, "date_too_old"), path
        assert "2025-10-21" in refused.json()["errors"][0]["message"]


def test_what_falls_into_a_reported_month_is_posted_with_a_warning(
    client_of: Callable[..., Any], debtor: Debtor
) -> None:
    client = client_of("manager")

    late = {
        path: client.post(path, body, headers={"Idempotency-Key": str(uuid4())})
        for path, body in calls(debtor, str(OLDEST)).items()
    }
    now = {
        path: client.post(path, body, headers={"Idempotency-Key": str(uuid4())})
        for path, body in calls(debtor, "2025-11-01").items()
    }

    assert {path: answer.status_code for path, answer in (late | now).items()} == dict.fromkeys(late, 201)
    for path, answer in late.items():
        assert ["October 2025 has been reported" in each for each in answer.json()["warnings"]] == [True], (
            path
        )
    assert [answer.json()["warnings"] for answer in now.values()] == [[]] * 3


def test_a_file_of_charges_is_told_so_too(strict: Actor, debtor: Debtor) -> None:
    rows = "category,reference_id,amount,issue_date,due_date,tlc_license,lease_id\n"
    good = f"EZPASS,E1,10.00,{OLDEST},{OLDEST},{debtor.driver.tlc_license},{debtor.lease.lease_id}\n"
    bad = good.replace("E1", "E2").replace(str(OLDEST), LATE)

    report = CHARGES.run(actor=strict, content=(rows + good + bad).encode())

    assert [each.code for each in report.errors] == ["date_too_old"]
    assert ["October 2025 has been reported" in each for each in report.warnings] == [True]
    assert not report.written


def test_a_loan_is_not_dated_before_it(strict: Actor, debtor: Debtor) -> None:
    from batconnect.core.kernel.errors import InvalidInput

    with assert_nothing_written(), pytest.raises(InvalidInput) as refused:
        lend(strict, debtor, "450.00", loan_date=date(2025, 10, 20))

    assert refused.value.code == "date_too_old"


def test_without_the_setting_every_open_day_is_booked(manager: Actor) -> None:
    assert manager.company.oldest_bookable_days is None
    assert book_date_error(actor=manager, day=date(2001, 1, 1), field="day") is None


@pytest.mark.parametrize(("days", "oldest"), [(0, date(2025, 11, 20)), (30, OLDEST)])
def test_counts_days_back_from_the_companys_today(manager: Actor, days: int, oldest: date) -> None:
    actor = replace(manager, company=replace(manager.company, oldest_bookable_days=days))

    assert book_date_error(actor=actor, day=oldest, field="day") is None
    refused = book_date_error(actor=actor, day=date.fromordinal(oldest.toordinal() - 1), field="day")
    assert refused is not None
    assert (refused.code, str(oldest) in refused.message) == ("date_too_old", True)


def test_names_each_reported_month_once(manager: Actor) -> None:
    days = [date(2025, 9, 30), date(2025, 10, 1), date(2025, 10, 31), date(2025, 11, 1)]

    told = reported_month_warnings(actor=manager, days=days)

    assert [each.split(" has ")[0] for each in told] == ["September 2025", "October 2025"]
