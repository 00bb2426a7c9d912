"""Automatic payments: started daily, retried after 1, 3 and 7 days, then the plan defaults."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from batconnect.core.database.tenancy import company_context
from batconnect.core.kernel.actors import Actor
from cases.models import Case, CaseEvent
from cases.services import hold_case
from outstanding.models import CustomerPayment, PaymentPlan, PaymentSchedule, RenewalCase
from outstanding.querysets import read_summary
from outstanding.services import PlanRequest, collect_due, setup_plan
from payments.gateways.services import send_charges
from tests.cast import NORTH
from tests.databases import owners_hand


@pytest.fixture
def plan(renewal: RenewalCase, manager: Actor) -> PaymentPlan:
    """Three monthly rows from today on, to be collected by a method that the sandbox settles."""
    return make_plan(renewal, manager, "auto_debit")


def make_plan(renewal: RenewalCase, manager: Actor, method: str, *, auto: bool = True) -> PaymentPlan:
    request = PlanRequest(3, date(2024, 11, 15), "monthly", method, auto_payment_enabled=auto)
    made = setup_plan(actor=manager, case=renewal.pk, wanted=request).plan
    assert made is not None
    return made


def collect() -> dict[str, int]:
    """A day's run: start what is due, and let the gateway decide."""
    with company_context(NORTH, job="collect") as actor:
        counts = collect_due(actor=actor)
    send_charges(company_id=NORTH)
    return counts


def test_collects_what_is_due_once(
    plan: PaymentPlan, renewal: RenewalCase, manager: Actor, travel: Any
) -> None:
    first, again = collect(), collect()
    travel.shift(timedelta(days=30))
    second = collect()

    assert (first["begun"], again["begun"], second["begun"]) == (1, 0, 1)
    assert [row.due_date for row in read_summary(actor=manager, case=renewal.pk).rows] == [date(2025, 1, 15)]
    assert list(
        CustomerPayment.objects.order_by().values_list("is_automatic", "mode", "status").distinct()
    ) == [(True, "auto_debit", "completed")]


def test_leaves_a_row_alone_whose_payment_is_on_its_way(
    renewal: RenewalCase, manager: Actor, travel: Any
) -> None:
    make_plan(renewal, manager, "emi")

    begun = [collect()["begun"], collect()["begun"]]
    travel.shift(timedelta(days=1))
    begun.append(collect()["begun"])

    assert begun == [1, 0, 0]


def test_tries_again_after_one_three_and_seven_days_then_defaults(
    renewal: RenewalCase, manager: Actor, travel: Any
) -> None:
    make_plan(renewal, manager, "nach")
    attempts = []

    for _ in range(20):
        if collect()["begun"]:
            attempts.append(CustomerPayment.objects.latest("id").initiated_on)
        travel.shift(timedelta(days=1))

    assert attempts == [date(2024, 11, 15), date(2024, 11, 16), date(2024, 11, 19), date(2024, 11, 26)]
    plan = PaymentPlan.objects.get()
    case = Case.objects.get(pk=renewal.pk)
    assert (plan.status, plan.ended_on) == ("defaulted", date(2024, 11, 26))
    assert case.escalated_at is not None
    assert CaseEvent.objects.filter(case=case, kind="escalate").count() == 1
    assert [row.type for row in read_summary(actor=manager, case=renewal.pk).rows] == ["installment"] * 5


def test_a_retry_that_succeeds_keeps_the_plan(renewal: RenewalCase, manager: Actor, travel: Any) -> None:
    plan = make_plan(renewal, manager, "nach")
    collect()
    with owners_hand():
        PaymentPlan.objects.update(method="enach")
    travel.shift(timedelta(days=1))

    collect()

    plan.refresh_from_db()
    row = PaymentSchedule.objects.order_by("number")[0]
    assert (plan.status, row.failed_attempts) == ("active", 1)
    assert len(read_summary(actor=manager, case=renewal.pk).rows) == 2


def test_collects_nothing_without_consent_or_on_hold(renewal: RenewalCase, manager: Actor) -> None:
    make_plan(renewal, manager, "auto_debit", auto=False)
    assert collect()["begun"] == 0
    with owners_hand():
        PaymentPlan.objects.update(auto_payment_enabled=True)
    hold_case(actor=manager, case_no=renewal.case.case_no, reason="Disputed.")

    assert collect()["begun"] == 0
