"""Taking a payment in the console: the step INTPAY-002, to the cent and once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse
from django.utils.timezone import localtime

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.words import format_day
from batconnect.core.models import CompanySettings
from batconnect.directory.models import Customer
from cases.models import Case, CaseEvent
from console.addresses import page_of
from console.counter.tests.conftest import Counter, line, payment, words
from ledger.models import Entry
from payments.models import Allocation, Payment
from payments.services import interim
from payments.tests.builders import Debtor, make_jane_roe, make_john_doe, outstanding, owe, pay
from tests.console import browser, seen_on
from tests.digest import assert_nothing_written

Wizard = Callable[..., Counter]


def test_takes_the_seeds_payment_by_the_case_engine(john: Debtor, wizard: Wizard, manager: Actor) -> None:
    counter = wizard("take_payment")

    page = counter.check(**payment(manager))
    done = counter.confirm(page)
    receipt = counter.client.get(done["Location"])

    taken = Payment.objects.get()
    case = Case.objects.get()
    assert "Lease MED-102-LS-08" in words(page)
    assert "Left open" in words(page)
    assert done["Location"] == reverse("admin:payment_taken", args=[taken.number])
    assert (taken.amount, taken.unallocated, taken.method) == (Decimal("600.00"), Decimal("0.00"), "ach")
    assert (taken.reference_number, taken.cashier, taken.case_no) == ("ACH-1", "Merly", case.case_no)
    assert (outstanding("MED-102-LS-08"), outstanding("INV-2457")) == (Decimal("0.00"), Decimal("115.00"))
    assert [case.state, *CaseEvent.objects.order_by("id").values_list("kind", "step_id")] == [
        "Closed",
        ("created", ""),
        ("step", "INTPAY-002"),
    ]
    assert f"R-{taken.number}" in words(receipt)
    assert f"/payments/interim-payments/{taken.number}/receipt?format=pdf" in receipt.content.decode()
    assert reverse("admin:cases_case_change", args=[case.pk]) in receipt.content.decode()


def test_locks_the_lines_of_the_form_by_their_ids(
    john: Debtor, wizard: Wizard, manager: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed = payment(manager)
    locked: list[dict[str, Any]] = []
    lock = interim.lock_open_debts

    def spy(**values: Any) -> Any:
        locked.append(values)
        return lock(**values)

    monkeypatch.setattr(interim, "lock_open_debts", spy)
    wizard("take_payment").check(**typed)

    ids = [name.removeprefix("pay-") for name in typed if name.startswith("pay-")]
    assert [([str(each) for each in values["ids"]], values["named"]) for values in locked] == [(ids, [])]


def test_shows_what_will_happen_and_writes_nothing_before(
    john: Debtor, wizard: Wizard, manager: Actor
) -> None:
    counter = wizard("take_payment")
    typed = payment(manager, amount="1500.00")

    with assert_nothing_written():
        page = counter.check(**typed)
    text = words(page)
    counter.confirm(page)

    # 900.00 is more than both lines: 265.00 goes to the other lease fee, 635.00 stays.
    assert "Lease MED-102-LS-09 excess to Lease Oct. 27, 2024 265.00 0.00" in text
    assert "Unallocated cash, kept for later 635.00" in text
    assert "Total received 1,500.00 USD" in text
    assert Payment.objects.get().unallocated == Decimal("635.00")
    assert outstanding("MED-102-LS-09") == Decimal("0.00")
    bookings = text.split("Ledger effect")[1]
    assert "Cash, ACH 1,500.00" in bookings


def test_counts_two_clicks_of_confirm_as_one(john: Debtor, wizard: Wizard, manager: Actor) -> None:
    counter = wizard("take_payment")
    page = counter.check(**payment(manager))

    first = counter.confirm(page)
    with assert_nothing_written():
        second = counter.confirm(page)

    assert (first.status_code, second.status_code) == (302, 302)
    assert second["Location"] == first["Location"]
    assert "has already been taken" in words(counter.client.get(second["Location"]))
    assert Payment.objects.count() == 1


def test_goes_from_back_to_the_receipt(john: Debtor, wizard: Wizard, manager: Actor) -> None:
    counter = wizard("take_payment")
    page = counter.check(**payment(manager))
    key = seen_on(page)["draft"]
    done = counter.confirm(page)

    with assert_nothing_written():
        back = counter.client.get(f"{counter.path}&draft={key}&check=1")
        further_back = counter.client.post(counter.path, {"draft": key, **payment(manager, amount="700.00")})

    assert [back["Location"], further_back["Location"]] == [done["Location"]] * 2
    assert Payment.objects.count() == 1


def test_opens_each_form_with_a_key_of_its_own(john: Debtor, wizard: Wizard) -> None:
    counter = wizard("take_payment")

    assert seen_on(counter.open())["draft"] != seen_on(counter.open())["draft"]


def test_tells_of_a_payment_in_between_and_keeps_what_was_typed(
    john: Debtor, wizard: Wizard, manager: Actor
) -> None:
    counter = wizard("take_payment")
    page = counter.check(**payment(manager))
    pay(manager, "300.00", ("REPAIRS", "INV-2457", "300.00"), payment_date=today(manager.company))

    with assert_nothing_written():
        refused = counter.confirm(page)
        again = counter.client.get(refused["Location"])

    text = words(again)
    assert "nothing has been written" in text
    assert "335.00 is above the 150.00 outstanding on Repairs INV-2457." in text
    assert 'value="335.00"' in again.content.decode()
    assert 'value="ACH-1"' in again.content.decode()
    assert Payment.objects.count() == 1


def test_asks_again_when_only_the_figures_moved(john: Debtor, wizard: Wizard, manager: Actor) -> None:
    counter = wizard("take_payment")
    page = counter.check(**payment(manager))
    pay(manager, "15.00", ("REPAIRS", "INV-2457", "15.00"), payment_date=today(manager.company))

    with assert_nothing_written():
        refused = counter.confirm(page)
        again = counter.client.get(refused["Location"])
    done = counter.confirm(again)

    assert "Something has changed since you looked" in words(again)
    assert "Repairs INV-2457 Oct. 15, 2024 335.00 100.00" in words(again)
    assert "/admin/counter/payment/INTPAY-" in done["Location"]
    assert outstanding("INV-2457") == Decimal("100.00")


def test_lists_a_typed_line_that_was_settled_in_between(john: Debtor, wizard: Wizard, manager: Actor) -> None:
    counter = wizard("take_payment")
    typed = payment(manager)
    pay(manager, "450.00", ("REPAIRS", "INV-2457", "450.00"), payment_date=today(manager.company))

    page = counter.check(**typed)

    assert "Repairs INV-2457 is settled: nothing is outstanding on it." in words(page)
    assert 'value="335.00"' in page.content.decode()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"amount": "12.345"}, "Enter an amount above zero with at most two decimals"),
        ({"amount": "100.00"}, "The allocations sum to 600.00, above the total_amount of 100.00."),
        ({"method": "barter"}, "is not accepted; choose one of Cash, Check, ACH."),
        ({"payment_date": "2999-01-01"}, "today"),
        ({"lease": ""}, "Choose the lease that the payment is for."),
        ({"lease": "9999"}, "There is no lease 9999."),
    ],
)
def test_keeps_what_was_typed_when_refused(
    john: Debtor, wizard: Wizard, manager: Actor, changes: dict[str, str], message: str
) -> None:
    typed = payment(manager, **changes)

    with assert_nothing_written():
        page = wizard("take_payment").check(**typed)

    html = page.content.decode()
    assert message in words(page)
    assert "Partial payment for repairs and lease." in html
    assert 'value="265.00"' in html
    assert f'value="{typed["amount"]}"' in html or typed["amount"] == ""


def test_puts_errors_beside_the_lines(john: Debtor, wizard: Wizard, manager: Actor) -> None:
    with assert_nothing_written():
        page = wizard("take_payment").check(
            **payment(manager, **{line("INV-2457"): "1e2", line("TAX-2024-10"): "10.00"})
        )

    html = page.content.decode()
    place = html.index(f'id="error-{line("INV-2457")}"')
    assert "Enter an amount above zero with at most two decimals" in html[place : place + 300]
    assert f'aria-describedby="error-{line("INV-2457")}"' in html


def test_asks_for_a_line(john: Debtor, wizard: Wizard, manager: Actor) -> None:
    typed = {name: value for name, value in payment(manager).items() if not name.startswith("pay-")}

    with assert_nothing_written():
        page = wizard("take_payment").check(**typed)

    assert "Enter on at least one line what is paid" in words(page)


def test_keeps_a_payment_without_a_lease_as_unallocated_cash_of_the_only_one_that_fits(
    john: Debtor, wizard: Wizard, manager: Actor
) -> None:
    counter = wizard("take_payment")
    typed = payment(manager, lease="none", **{line("TAX-2024-10"): "61.50"})
    del typed[line("INV-2457")]

    done = counter.confirm(counter.check(**typed))
    receipt = words(counter.client.get(done["Location"]))

    taken = Payment.objects.get()
    assert taken.number.startswith("PAY-")
    assert (taken.lease_id, taken.unallocated) == (john.lease.pk, Decimal("273.50"))
    assert outstanding("TAX-2024-10") == Decimal("0.00")
    assert "Unallocated cash, kept for later 273.50" in receipt
    assert not Case.objects.exists()


def test_takes_a_former_customers_payment_and_warns_of_a_duplicate(wizard: Wizard, manager: Actor) -> None:
    ann = Customer.objects.create(company_id=manager.company_id, name="Ann")
    counter = wizard("take_payment", payer=f"customer={ann.pk}")
    typed = {
        "lease": "none",
        "amount": "50.00",
        "method": "card",
        "payment_date": today(manager.company).isoformat(),
    }
    counter.confirm(counter.check(**typed))

    page = counter.check(**typed)
    counter.confirm(page)

    first = Payment.objects.get(duplicate_of__isnull=True)
    assert f"This looks like {first.number} , 50.00 USD of {format_day(first.payment_date)}" in words(page)
    second = Payment.objects.order_by("number_order").last()
    assert second is not None
    assert second.duplicate_of is not None
    assert second.duplicate_acknowledged_at is not None


@pytest.mark.parametrize(
    ("changes", "by"),
    [
        ({"amount": "30.00", "reference_number": "ACH-2"}, "amount"),
        ({"amount": "40.00", "reference_number": " ach-1 "}, "reference"),
    ],
)
def test_warns_of_a_payment_for_the_same_lease_that_looks_like_an_earlier_one(
    john: Debtor, wizard: Wizard, manager: Actor, changes: dict[str, str], by: str
) -> None:
    counter = wizard("take_payment")
    again = {"amount": "30.00", line("MED-102-LS-08"): "10.00", line("INV-2457"): "20.00"}
    counter.confirm(counter.check(**payment(manager, **again)))
    first = Payment.objects.get()

    page = counter.check(**payment(manager, **{**again, **changes}))
    counter.confirm(page)

    said = words(page)
    assert f"This looks like {first.number}" in said
    assert (
        f"taken by {first.cashier} on {format_day(localtime(first.created_at, ZoneInfo(manager.company.time_zone)))}"
        in said
    )
    assert f"the same payer and {by}" in said
    assert f'href="{page_of(Payment, first.pk)}"' in page.content.decode()
    second = Payment.objects.exclude(pk=first.pk).get()
    assert (second.duplicate_of, second.duplicate_acknowledged_at is None) == (first, False)


def test_says_nothing_of_a_payment_that_looks_like_no_other(
    john: Debtor, wizard: Wizard, manager: Actor
) -> None:
    counter = wizard("take_payment")
    again = {"amount": "30.00", line("MED-102-LS-08"): "10.00", line("INV-2457"): "20.00"}
    counter.confirm(counter.check(**payment(manager, **again)))

    page = counter.check(**payment(manager, **{**again, "amount": "50.00", "reference_number": "ACH-3"}))

    assert "looks like" not in words(page)


def test_asks_again_when_a_payment_like_it_came_meanwhile(
    john: Debtor, wizard: Wizard, manager: Actor
) -> None:
    counter, other = wizard("take_payment"), wizard("take_payment", client=browser("manager"))
    again = payment(manager, amount="30.00", **{line("MED-102-LS-08"): "10.00", line("INV-2457"): "20.00"})
    page = counter.check(**again)
    other.confirm(other.check(**again))

    done = counter.confirm(page)

    assert Payment.objects.count() == 1
    assert "looks like" in words(counter.client.get(done["Location"]))


def test_warns_of_a_month_that_has_been_reported(wizard: Wizard, manager: Actor) -> None:
    ann = Customer.objects.create(company_id=manager.company_id, name="Ann")
    counter = wizard("take_payment", payer=f"customer={ann.pk}")
    last_month = today(manager.company).replace(day=1) - timedelta(days=1)
    typed = {"lease": "none", "amount": "50.00", "method": "card", "payment_date": last_month.isoformat()}

    page = counter.check(**typed)
    counter.confirm(page)

    assert f"{last_month:%B %Y} has been reported" in words(page)
    assert Payment.objects.get().payment_date == last_month


@pytest.mark.parametrize("text", ["JOHN do", "504124", "1p43", "4TALWRZV6YW122447"])
def test_finds_the_driver(john: Debtor, wizard: Wizard, manager: Actor, text: str) -> None:
    make_jane_roe(manager)

    answer = wizard("take_payment").client.get(reverse("admin:take_payment"), {"q": text})

    assert (answer.status_code, answer["Location"]) == (302, f"{reverse('admin:take_payment')}?driver=101")


def test_lists_the_drivers_found_with_leases_and_debts(john: Debtor, wizard: Wizard, manager: Actor) -> None:
    make_jane_roe(manager)

    page = wizard("take_payment").client.get(reverse("admin:take_payment"), {"q": "50412", "part": "found"})

    assert "<html" not in page.content.decode()
    assert words(page) == (
        "Jane Roe DRV-102 · TLC 00504125 LS-2055: 2Q44, 8SAM402 0.00 open "
        "John Doe DRV-101 · TLC 00504124 LS-2054: 1P43, 8SAM401 2,156.50 open"
    )


def test_answers_for_another_companys_driver_as_for_none(
    outsider: Actor, manager: Actor, wizard: Wizard
) -> None:
    john = make_john_doe(manager, owing=False)
    client = browser("outsider")
    path = reverse("admin:take_payment")

    theirs = [
        client.get(f"{path}?driver={john.driver.pk}"),
        client.get(f"{path}?customer={john.customer.pk}"),
        client.get(f"{path}?q=00504124"),
    ]
    none = client.get(f"{path}?driver=999")

    assert [each.status_code for each in (*theirs, none)] == [404, 404, 200, 404]
    assert "There is no driver 101." in words(theirs[0])
    assert all("John Doe" not in words(each) for each in theirs)


def test_auditor_takes_nothing(john: Debtor, wizard: Wizard, manager: Actor) -> None:
    client = browser("auditor")
    path = f"{reverse('admin:take_payment')}?driver=101"

    with assert_nothing_written():
        answers = [
            client.get(path),
            client.post(path, {"draft": str(uuid4()), **payment(manager)}),
            client.post(path, {"draft": str(uuid4()), "seen": "x"}),
        ]

    assert [each.status_code for each in answers] == [403] * 3


def test_writes_nothing_when_the_session_was_lost_before_confirming(
    john: Debtor, wizard: Wizard, manager: Actor
) -> None:
    counter = wizard("take_payment")
    page = counter.check(**payment(manager))
    counter.client = browser("cashier")

    with assert_nothing_written():
        answer = counter.confirm(page)

    assert answer["Location"] == f"{reverse('admin:take_payment')}?driver=101"
    assert "Nothing has been written yet." in words(counter.client.get(answer["Location"]))


def test_needs_few_statements_for_500_debts(
    john: Debtor, wizard: Wizard, manager: Actor, django_assert_max_num_queries: Any
) -> None:
    day = today(manager.company) - timedelta(days=7)
    owe(manager, john, *[("EZPass", f"EZ-{number:04}", "1.50", day.isoformat()) for number in range(500)])
    counter = wizard("take_payment")
    counter.open()

    with django_assert_max_num_queries(25):
        page = counter.open()

    html = page.content.decode()
    assert html.count("data-line") - html.count("data-lines") == 500
    assert "The oldest 500 are listed." in words(page)
    assert len(html) < 2_000_000


def test_can_be_used_by_keyboard_alone(john: Debtor, wizard: Wizard, manager: Actor) -> None:
    counter = wizard("take_payment")

    search = counter.client.get(reverse("admin:take_payment")).content.decode()
    form = counter.open().content.decode()
    confirmation = counter.check(**payment(manager)).content.decode()

    # Each page begins where the next key belongs, in the order of the page: nothing is lifted out of it.
    assert [html.count("autofocus") for html in (search, form, confirmation)] == [1, 1, 1]
    assert 'tabindex="1' not in search + form + confirmation
    assert form.index('name="lease"') < form.index('name="amount"') < form.index("data-pays")
    assert all(f'<label for="id_{name}"' in form for name in ("amount", "payment_date", "notes"))
    assert form.count("<legend") == 2
    assert 'aria-label="Repairs INV-2457 pays"' in form
    # From the menu: the page, the driver, the method, "Fill oldest first", "Check", "Confirm". Six clicks.
    assert [form.count("data-fill"), form.count("data-go"), confirmation.count("data-go")] == [1, 1, 1]


def test_leaves_the_key_unused_when_the_period_was_closed_in_between(
    john: Debtor, wizard: Wizard, manager: Actor
) -> None:
    counter = wizard("take_payment")
    page = counter.check(**payment(manager))
    CompanySettings.objects.filter(company_id=manager.company_id).update(closed_until=today(manager.company))

    with assert_nothing_written():
        refused = counter.confirm(page)
    CompanySettings.objects.filter(company_id=manager.company_id).update(closed_until=None)
    done = counter.confirm(counter.client.get(refused["Location"]))

    assert "draft=" in refused["Location"]
    assert "/admin/counter/payment/INTPAY-" in done["Location"]
    assert Allocation.objects.count() == 2
    assert Entry.objects.filter(event="payment_received").count() == 1
