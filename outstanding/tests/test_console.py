"""The console's pages on payment plans."""

from __future__ import annotations

from django.urls import reverse

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from outstanding.models import PaymentPlan
from outstanding.services import PlanRequest, setup_plan
from outstanding.tests.builders import make_renewal
from tests.console import browser, seen_on
from tests.digest import assert_nothing_written


def test_cancels_the_plan_that_was_seen_and_never_its_successor(manager: Actor) -> None:
    day = today(manager.company)
    renewal = make_renewal(manager, [("Q1", "300.00", day)])
    setup_plan(actor=manager, case=renewal.pk, wanted=PlanRequest(2, day, "monthly", "cash"))
    plan = PaymentPlan.objects.get()
    console, path = browser("cashier"), reverse("admin:outstanding_paymentplan_cancel", args=[plan.pk])

    with assert_nothing_written():
        refused = browser("auditor").post(path).status_code
        shown = console.post(path)
    console.post(path, seen_on(shown))
    setup_plan(actor=manager, case=renewal.pk, wanted=PlanRequest(3, day, "monthly", "cash"))
    with assert_nothing_written():
        console.post(path, seen_on(shown))

    assert refused == 403
    assert "300.00 USD ends" in shown.content.decode()
    assert list(PaymentPlan.objects.order_by("pk").values_list("status", flat=True)) == [
        "cancelled",
        "active",
    ]
