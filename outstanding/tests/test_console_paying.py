"""Paying a premium and planning its payment on the policy's page."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from outstanding import actions
from outstanding.models import CustomerPayment, PaymentPlan, PaymentSchedule, RenewalCase
from outstanding.services import PlanRequest, cancel_plan, pay_installments, setup_plan
from outstanding.tests.builders import ids_of, make_renewal
from payments.models import Payment
from tests.console import browser, seen_on
from tests.digest import assert_nothing_written


@pytest.fixture
def renewal(manager: Actor) -> RenewalCase:
    """A policy that owes 100.00 and 250.01."""
    day = today(manager.company)
    return make_renewal(manager, [("Q1", "100.00", day - timedelta(days=9)), ("Q2", "250.01", day)])


def address(renewal: RenewalCase, action: str) -> str:
    """The page of an action on the policy."""
    return reverse(f"admin:outstanding_renewalcase_{action}", args=[renewal.pk])


def chosen_on(page: Any) -> list[str]:
    """The installments that the page's boxes, or its hidden fields, name."""
    return re.findall(
        r'name="installments"[^>]*value="([0-9]+)"|value="([0-9]+)"[^>]*name="installments"',
        page.content.decode(),
    )


def test_pays_all_that_is_open(renewal: RenewalCase, manager: Actor) -> None:
    console, path = browser("cashier"), address(renewal, "pay")
    ids = [str(each) for each in ids_of(renewal)]

    form = console.get(path)
    with assert_nothing_written():
        shown = console.post(path, {"installments": ids, "mode": "cash", "notes": "At the desk"})
    done = console.post(path, {**seen_on(shown), "installments": ids})

    assert form.content.decode().count("checked") >= len(ids)
    assert "350.01 USD by Cash pays 2 installments" in shown.content.decode()
    assert "Q1, due" in shown.content.decode()
    assert done["Location"] == reverse("admin:outstanding_renewalcase_change", args=[renewal.pk])
    paid = CustomerPayment.objects.get()
    assert (paid.amount, paid.status, paid.notes) == (Decimal("350.01"), "completed", "At the desk")
    assert Payment.objects.get().amount == Decimal("350.01")


def test_pays_only_what_was_chosen(renewal: RenewalCase, manager: Actor) -> None:
    console, path = browser("cashier"), address(renewal, "pay")
    (first, _) = ids_of(renewal)

    shown = console.post(path, {"installments": [str(first)], "mode": "cheque"})
    console.post(path, {**seen_on(shown), "installments": [str(first)]})

    assert (Payment.objects.get().amount, Payment.objects.get().method) == (Decimal("100.00"), "check")


def test_a_second_click_pays_nothing_more(renewal: RenewalCase, manager: Actor) -> None:
    console, path = browser("cashier"), address(renewal, "pay")
    ids = [str(each) for each in ids_of(renewal)]
    sent = {**seen_on(console.post(path, {"installments": ids, "mode": "cash"})), "installments": ids}
    console.post(path, sent)

    with assert_nothing_written():
        again = console.post(path, sent)

    assert "What is owed has changed" in again.content.decode()
    assert Payment.objects.count() == 1


def test_pays_nothing_when_an_installment_was_paid_meanwhile(renewal: RenewalCase, manager: Actor) -> None:
    console, path = browser("cashier"), address(renewal, "pay")
    ids = ids_of(renewal)
    shown = console.post(path, {"installments": [str(each) for each in ids], "mode": "cash"})
    pay_installments(actor=manager, case=renewal.pk, mode="cash", row_ids=ids[:1])

    with assert_nothing_written():
        refused = console.post(path, {**seen_on(shown), "installments": [str(each) for each in ids]})

    assert "What is owed has changed" in refused.content.decode()


@pytest.mark.parametrize("installments", [[], ["0"], ["x"], ["999999999999"]])
def test_refuses_what_is_not_offered(renewal: RenewalCase, manager: Actor, installments: list[str]) -> None:
    with assert_nothing_written():
        page = browser("cashier").post(
            address(renewal, "pay"), {"installments": installments, "mode": "cash"}
        )

    assert page.status_code == 200
    assert "errorlist" in page.content.decode() or "errors" in page.content.decode()


def test_goes_back_to_what_was_typed(renewal: RenewalCase, manager: Actor) -> None:
    console, path = browser("cashier"), address(renewal, "pay")
    (first, second) = ids_of(renewal)

    shown = console.post(path, {"installments": [str(second)], "mode": "cash", "notes": "Kept text"})
    back = console.post(path, {**seen_on(shown), "installments": [str(second)], "change": "1"})

    html = back.content.decode()
    assert "Kept text" in html
    assert "Show what would happen" in html
    boxes = re.findall(r'<input type="checkbox"[^>]*name="installments"[^>]*>', html)
    assert [bool(re.search(r"\schecked[\s>]", box)) for box in boxes] == [False, True]
    assert str(first) in boxes[0]


def test_compares_terms_and_makes_the_plan(renewal: RenewalCase, manager: Actor) -> None:
    console, path = browser("cashier"), address(renewal, "plan")
    start = date(2027, 1, 31)

    form = console.get(path)
    with assert_nothing_written():
        shown = console.post(
            path, {"terms": "monthly:3", "start_date": start.isoformat(), "method": "cash", "notes": ""}
        )
    console.post(path, seen_on(shown))

    assert "2 × 116.67, 1 × 116.67" not in form.content.decode()
    assert "3 × 116.67 USD" in form.content.decode()
    assert "1 × 175.01, 1 × 175.00 USD" in form.content.decode()
    assert "350.01 USD in all" in shown.content.decode()
    plan = PaymentPlan.objects.get()
    assert (plan.status, plan.installment_count, plan.frequency) == ("active", 3, "monthly")
    assert list(PaymentSchedule.objects.order_by("number").values_list("due_date", flat=True)) == [
        date(2027, 1, 31),
        date(2027, 2, 28),
        date(2027, 3, 31),
    ]


def test_replaces_the_plan_that_was_seen_once(renewal: RenewalCase, manager: Actor) -> None:
    day = today(manager.company)
    setup_plan(actor=manager, case=renewal.pk, wanted=PlanRequest(2, day, "monthly", "cash"))
    console, path = browser("cashier"), address(renewal, "replace_plan")
    shown = console.post(
        path, {"terms": "weekly:4", "start_date": day.isoformat(), "method": "cash", "notes": ""}
    )

    console.post(path, seen_on(shown))
    with assert_nothing_written():
        console.post(path, seen_on(shown))

    assert "It replaces the plan of" in shown.content.decode()
    assert list(PaymentPlan.objects.order_by("pk").values_list("status", "installment_count")) == [
        ("replaced", 2),
        ("active", 4),
    ]


def test_says_when_a_plan_was_made_meanwhile(renewal: RenewalCase, manager: Actor) -> None:
    day = today(manager.company)
    console, path = browser("cashier"), address(renewal, "plan")
    sent = {"terms": "monthly:3", "start_date": day.isoformat(), "method": "cash", "notes": ""}
    shown = console.post(path, sent)
    setup_plan(actor=manager, case=renewal.pk, wanted=PlanRequest(2, day, "monthly", "cash"))

    with assert_nothing_written():
        refused = console.post(path, seen_on(shown), follow=True)

    assert "has a payment plan meanwhile" in refused.content.decode()


@pytest.mark.parametrize(
    "changes",
    [
        {"terms": "yearly:3"},
        {"terms": "monthly:13"},
        {"terms": ""},
        {"start_date": "soon"},
        {"start_date": "2999-01-01"},
        {"auto_payment": "on"},
    ],
)
def test_refuses_terms_that_cannot_be(renewal: RenewalCase, manager: Actor, changes: dict[str, str]) -> None:
    sent = {"terms": "monthly:3", "start_date": "2027-01-31", "method": "cash", "notes": "Kept", **changes}

    with assert_nothing_written():
        page = browser("cashier").post(address(renewal, "plan"), sent)

    assert page.status_code == 200
    assert "errors" in page.content.decode()
    assert "Kept" in page.content.decode()


def test_offers_what_the_policy_allows(renewal: RenewalCase, manager: Actor) -> None:
    page = reverse("admin:outstanding_renewalcase_change", args=[renewal.pk])
    console = browser("cashier")

    before = console.get(page).content.decode()
    setup_plan(
        actor=manager, case=renewal.pk, wanted=PlanRequest(2, today(manager.company), "monthly", "cash")
    )
    planned = console.get(page).content.decode()
    pay_installments(actor=manager, case=renewal.pk, mode="cash")
    paid = console.get(page).content.decode()

    assert [text in before for text in ("Take a premium payment", "Make a plan", "Replace the plan")] == [
        True,
        True,
        False,
    ]
    assert [text in planned for text in ("Make a plan", "Replace the plan")] == [False, True]
    assert [text in paid for text in (address(renewal, "pay"), "Make a plan", "Replace the plan")] == [
        False
    ] * 3


def test_belongs_to_those_who_may(renewal: RenewalCase, outsider: Actor) -> None:
    for action in ("pay", "plan", "replace_plan"):
        with assert_nothing_written():
            assert browser("auditor").post(address(renewal, action)).status_code == 403
            assert browser("outsider").post(address(renewal, action)).status_code in (302, 403, 404)


@pytest.mark.parametrize("shown", [100, 1])
def test_offers_a_plan_while_something_is_owed(
    renewal: RenewalCase, manager: Actor, monkeypatch: pytest.MonkeyPatch, shown: int
) -> None:
    monkeypatch.setattr(actions, "MAX_SHOWN", shown - 1)
    page, offers = reverse("admin:outstanding_renewalcase_change", args=[renewal.pk]), []
    make, replace = address(renewal, "plan"), address(renewal, "replace_plan")
    (first, second) = ids_of(renewal)

    def look() -> None:
        text = browser("cashier").get(page).content.decode()
        offers.append((make in text, replace in text))

    pay_installments(actor=manager, case=renewal.pk, mode="cash", row_ids=[first])
    look()
    wanted = PlanRequest(2, today(manager.company), "monthly", "cash")
    setup_plan(actor=manager, case=renewal.pk, wanted=wanted)
    look()
    cancel_plan(actor=manager, case=renewal.pk)
    look()
    pay_installments(actor=manager, case=renewal.pk, mode="cash", row_ids=[second])
    look()

    assert offers == [(True, False), (False, True), (True, False), (False, False)]


def test_the_page_reads_plans_and_installments_once(renewal: RenewalCase, manager: Actor) -> None:
    console = browser("cashier")
    with CaptureQueriesContext(connection) as captured:
        console.get(reverse("admin:outstanding_renewalcase_change", args=[renewal.pk]))

    began = [each["sql"].lstrip() for each in captured if each["sql"].lstrip().startswith("SELECT")]
    for table in ("payment_plans", "customer_installments"):
        assert sum(f'FROM "{table}"' in each for each in began) == 1
