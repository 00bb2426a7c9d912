"""Early-payment discounts: who earns one, on which day, and how much (docs/domain.md#discounts)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine

from batconnect.core.kernel.actors import Actor
from batconnect.core.models import CompanySettings
from batconnect.directory.models import Customer
from ledger.models import Posting
from payments.models import Allocation, Payment
from payments.rules.discounts import (
    Paid,
    Terms,
    discount_of,
    discount_on,
    discount_share,
    why_no_discount,
)
from payments.rules.strategies import largest_settled
from payments.tests.billing import allocate, assert_identities, bill, make_customer, owed, post, receive
from tests.cast import StaffClient
from tests.digest import assert_nothing_written

D = Decimal
DUE = date(2025, 10, 1)
LAST = date(2025, 9, 21)  # ten days before
NOON = datetime(2025, 9, 21, 16, tzinfo=UTC)  # noon in New York


@pytest.fixture
def acme(manager: Actor) -> Customer:
    """A customer of north."""
    return make_customer(manager)


def settle(
    actor: Actor, customer: Customer, paid_on: date, amount: str = "1000.00", cash: str = "1000.00"
) -> Allocation:
    """A payment of that day on an invoice of 1,000.00 at 2 % until ten days before 2025-10-01."""
    invoice = bill(actor, customer, "1000.00", issued=date(2025, 9, 1), due=DUE, percent="2", days=10)
    payment = receive(actor, customer, cash, on=paid_on)
    (line,) = allocate(
        actor, payment, (invoice, amount), apply_early_payment_discount=True
    ).applied.allocations
    return line


@time_machine.travel(NOON, tick=False)
def test_a_payment_of_980_settles_1000(manager: Actor, acme: Customer) -> None:
    line = settle(manager, acme, LAST, cash="980.00")

    assert (line.amount, line.discount_amount, line.discount_percent) == (D("1000.00"), D("20.00"), D(2))
    assert line.discount_reason == ""
    assert Payment.objects.get().unallocated == 0
    postings = Posting.objects.filter(entry__event="allocation_applied").order_by("line")
    assert [(each.account.code, each.amount) for each in postings] == [
        ("unallocated_cash", D("980.00")),
        ("discounts_allowed", D("20.00")),
        ("receivable:INVOICE", D("-1000.00")),
    ]
    assert_identities()


@pytest.mark.parametrize(
    ("paid_on", "discount", "reason"),
    [
        (LAST - timedelta(days=1), "20.00", ""),
        (LAST, "20.00", ""),
        (LAST + timedelta(days=1), "0.00", "outside_window"),
        (DUE, "0.00", "outside_window"),
        (DUE + timedelta(days=1), "0.00", "overdue"),
    ],
)
@time_machine.travel(datetime(2025, 10, 2, 16, tzinfo=UTC), tick=False)
def test_the_boundary_days(manager: Actor, acme: Customer, paid_on: date, discount: str, reason: str) -> None:
    """Recorded up to eleven days later: the finance manager allocates, so only the payment date decides."""
    line = settle(manager, acme, paid_on, amount="500.00")

    expected = D("0.00") if reason else D("10.00")
    assert (line.discount_amount, line.discount_reason) == (expected, reason)
    assert_identities()


@time_machine.travel(datetime(2025, 10, 1, 16, tzinfo=UTC), tick=False)
def test_dated_inside_and_entered_up_to_ten_days_later_earns_it(
    cashier: Actor, manager: Actor, acme: Customer
) -> None:
    """2025-09-21 entered on 2025-10-01 is ten days back, which is not more than ten."""
    invoice = bill(manager, acme, "100.00", issued=date(2025, 9, 1), due=DUE, percent="2", days=10)
    payment = receive(manager, acme, "100.00", on=LAST)

    line = allocate(
        cashier, payment, (invoice, "100.00"), apply_early_payment_discount=True
    ).applied.allocations[0]

    assert (line.discount_amount, line.discount_reason) == (D("2.00"), "")


@time_machine.travel(datetime(2025, 10, 2, 16, tzinfo=UTC), tick=False)
def test_eleven_days_back_needs_a_finance_manager(cashier: Actor, manager: Actor, acme: Customer) -> None:
    terms = {"issued": date(2025, 9, 1), "due": DUE, "percent": "2", "days": 10}
    first, second = bill(manager, acme, "100.00", **terms), bill(manager, acme, "100.00", **terms)  # type: ignore[arg-type]
    payment = receive(manager, acme, "200.00", on=LAST)

    by_cashier = allocate(cashier, payment, (first, "100.00"), apply_early_payment_discount=True)
    by_manager = allocate(manager, payment, (second, "100.00"), apply_early_payment_discount=True)

    (refused,), (earned,) = by_cashier.applied.allocations, by_manager.applied.allocations
    assert (refused.discount_amount, refused.discount_reason) == (D("0.00"), "back_dated")
    assert (earned.discount_amount, earned.discount_reason) == (D("2.00"), "")
    assert refused.decision["discount"] == {
        "payment_date": "2025-09-21",
        "recorded_on": "2025-10-02",
        "due_date": "2025-10-01",
        "last_day": "2025-09-21",
    }


@time_machine.travel(datetime(2025, 10, 2, 16, tzinfo=UTC), tick=False)
def test_the_company_says_how_far_back_is_too_far(manager: Actor, acme: Customer, client_of: Any) -> None:
    CompanySettings.objects.update(back_dating_days=11)
    invoice = bill(manager, acme, "100.00", issued=date(2025, 9, 1), due=DUE, percent="2", days=10)
    payment = receive(manager, acme, "100.00", on=LAST)

    answer = post(
        client_of("cashier"),
        f"/api/payments/{payment.id}/allocations",
        {"invoice_id": str(invoice.id), "amount": "100.00", "apply_early_payment_discount": True},
    )

    assert answer.json()["allocations"][0]["discount_reason"] == ""


@pytest.mark.parametrize(
    ("instant", "paid_on", "earned"),
    [
        # 23:59 on the last day in New York is the next day in UTC.
        (datetime(2025, 9, 22, 3, 59, tzinfo=UTC), LAST, True),
        (datetime(2025, 9, 22, 4, 0, tzinfo=UTC), date(2025, 9, 22), False),
    ],
)
def test_midnight_is_the_companys(
    manager: Actor, acme: Customer, instant: datetime, paid_on: date, earned: bool
) -> None:
    with time_machine.travel(instant, tick=False):
        invoice = bill(manager, acme, "100.00", issued=date(2025, 9, 1), due=DUE, percent="2", days=10)
        payment = receive(manager, acme, "100.00")
        (line,) = allocate(
            manager, payment, (invoice, "100.00"), apply_early_payment_discount=True
        ).applied.allocations

    assert payment.payment_date == paid_on == line.allocation_date
    assert (line.discount_amount > 0) is earned


@pytest.mark.parametrize("sunday", [date(2025, 3, 9), date(2025, 11, 2)])
@pytest.mark.parametrize(("hour_utc", "days_after"), [(4, 0), (12, 0), (28, 0), (29, 1)])
def test_both_daylight_saving_sundays_are_one_day(
    manager: Actor, acme: Customer, sunday: date, hour_utc: int, days_after: int
) -> None:
    """The Sunday of March ends at 04:00 UTC, that of November at 05:00 UTC, of the next day."""
    start = datetime(sunday.year, sunday.month, sunday.day, tzinfo=UTC)
    hours = hour_utc + (1 if sunday.month == 3 and hour_utc == 4 else 0)  # 05:00 UTC is midnight in March
    hours -= 1 if sunday.month == 3 and hour_utc >= 28 else 0
    with time_machine.travel(start + timedelta(hours=hours, minutes=0 if days_after else 30), tick=False):
        invoice = bill(
            manager,
            acme,
            "100.00",
            issued=sunday - timedelta(days=20),
            due=sunday + timedelta(days=10),
            percent="2",
            days=10,
        )
        payment = receive(manager, acme, "100.00")
        (line,) = allocate(
            manager, payment, (invoice, "100.00"), apply_early_payment_discount=True
        ).applied.allocations

    assert payment.payment_date == sunday + timedelta(days=days_after)
    assert line.discount_reason == ("outside_window" if days_after else "")


@time_machine.travel(NOON, tick=False)
def test_a_part_earns_its_part(manager: Actor, acme: Customer) -> None:
    invoice = bill(manager, acme, "1000.00", issued=date(2025, 9, 1), due=DUE, percent="2.5", days=10)
    payment = receive(manager, acme, "1000.00")

    first = allocate(manager, payment, (invoice, "333.33"), apply_early_payment_discount=True)
    second = allocate(manager, payment, (invoice, "0.19"), apply_early_payment_discount=True)

    assert first.applied.allocations[0].discount_amount == D("8.33")
    assert second.applied.allocations[0].discount_amount == D("0.00")
    assert owed(invoice) == D("666.48")
    assert Payment.objects.get().unallocated == D("674.81")
    assert_identities()


@time_machine.travel(NOON, tick=False)
def test_asked_for_only(manager: Actor, acme: Customer) -> None:
    invoice = bill(manager, acme, "100.00", issued=date(2025, 9, 1), due=DUE, percent="2", days=10)

    (line,) = allocate(manager, receive(manager, acme, "100.00"), (invoice, "100.00")).applied.allocations

    assert (line.discount_amount, line.discount_reason) == (D("0.00"), "")


@time_machine.travel(NOON, tick=False)
def test_without_terms_it_says_so(
    client_of: Callable[..., StaffClient], manager: Actor, acme: Customer
) -> None:
    api = client_of("cashier")
    invoice = bill(manager, acme, "100.00", issued=date(2025, 9, 1), due=DUE)
    payment = receive(manager, acme, "100.00")
    body = {"invoice_id": str(invoice.id), "amount": "50.00", "apply_early_payment_discount": True}

    with assert_nothing_written():
        refused = post(api, f"/api/payments/{payment.id}/allocations", {**body, "require_discount": True})
    settled = post(api, f"/api/payments/{payment.id}/allocations", body)

    assert (refused.status_code, refused.json()["code"]) == (400, "discount_not_earned")
    assert refused.json()["errors"][0]["field"] == "require_discount"
    assert settled.status_code == 201
    assert settled.json()["allocations"][0]["discount_reason"] == "no_terms"


@time_machine.travel(datetime(2025, 9, 22, 16, tzinfo=UTC), tick=False)
def test_a_required_discount_outside_the_window_is_refused_with_its_days(
    client_of: Callable[..., StaffClient], manager: Actor, acme: Customer
) -> None:
    api = client_of("cashier")
    invoice = bill(manager, acme, "100.00", issued=date(2025, 9, 1), due=DUE, percent="2", days=10)
    payment = receive(manager, acme, "100.00")
    line = {"invoice_id": str(invoice.id), "amount": "100.00", "require_discount": True}

    with assert_nothing_written():
        answer = post(api, f"/api/payments/{payment.id}/allocations", {"allocations": [line]})

    assert answer.status_code == 400
    assert "earned a discount up to 2025-09-21; the payment is of 2025-09-22" in answer.json()["detail"]
    assert answer.json()["errors"][0]["field"] == "allocations.0.require_discount"


def test_the_rule_in_order() -> None:
    terms = Terms(D(2), 10)

    def why(on: date, recorded: date, *, may: bool = False, terms: Terms | None = terms) -> str:
        return why_no_discount(terms=terms, due_date=DUE, paid=Paid(on, recorded, 10, may))

    assert why(LAST, LAST) == ""
    assert why(LAST, LAST + timedelta(days=10)) == ""
    assert why(LAST, LAST + timedelta(days=11)) == "back_dated"
    assert why(LAST, LAST + timedelta(days=11), may=True) == ""
    assert why(DUE + timedelta(days=1), DUE + timedelta(days=40)) == "overdue"
    assert why(LAST, LAST, terms=None) == "no_terms"


def test_a_discount_always_leaves_a_cent_to_pay() -> None:
    assert discount_of(D("0.01"), D(60)) == D("0.00")
    assert discount_on(1, D(60)) == 0
    assert discount_on(100, D("99.9999")) == 99
    assert largest_settled(outstanding=1, cash=0, percent=D(60)) == 0


@pytest.mark.parametrize(
    ("discount", "cash", "refunds"),
    [
        ("20.00", "980.00", ["10.00"] * 98),
        ("0.05", "9.95", ["3.00", "3.00", "3.00", "0.95"]),
        ("33.33", "66.67", ["0.01", "66.66"]),
        ("0.01", "0.99", ["0.33"] * 3),
    ],
)
def test_the_shares_of_all_refunds_sum_to_the_discount(discount: str, cash: str, refunds: list[str]) -> None:
    refunded, reversed_ = D("0.00"), D("0.00")

    for each in refunds:
        refunded += D(each)
        share = discount_share(
            discount=D(discount), cash=D(cash), refunded=refunded, reversed_before=reversed_
        )
        assert share >= 0
        reversed_ += share

    assert refunded == D(cash)
    assert reversed_ == D(discount)
