"""Payment plans: figures, covers, what the summary says meanwhile, and how they end."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from batconnect.core.kernel.actors import Actor
from cases.models import Case
from ledger.due_dates import moved_due_dates
from ledger.models import Obligation
from outstanding.models import PaymentPlan, PaymentSchedule, PaymentScheduleItem, RenewalCase
from outstanding.querysets import read_summary
from outstanding.services import PlanRequest, pay_installments, setup_plan
from outstanding.tests.builders import ids_of, make_renewal, path
from payments.models import Payment
from payments.services.auto import AutoOptions
from payments.services.comparing import compare_strategies
from payments.services.recording import record_payment
from payments.services.voids import void_payment
from tests.cast import StaffClient
from tests.digest import assert_nothing_written

SEED = {
    "installment_count": 3,
    "start_date": "2024-01-01",
    "payment_frequency": "monthly",
    "payment_method": "auto_debit",
    "auto_payment_enabled": True,
}
FUTURE = {**SEED, "start_date": "2024-12-01", "payment_method": "upi", "auto_payment_enabled": False}


def setup(api: StaffClient, renewal: RenewalCase, **changes: Any) -> Any:
    return api.post(path(renewal, "setup-payment-plan"), {**FUTURE, **changes})


def listed(api: StaffClient, renewal: RenewalCase) -> list[dict[str, Any]]:
    installments: list[dict[str, Any]] = api.get(path(renewal, "summary")).json()["data"]["installments"]
    return installments


def test_answers_as_the_seed_prints_it(api: StaffClient, renewal: RenewalCase) -> None:
    answer = api.post(path(renewal, "setup-payment-plan"), {**SEED, "plan_notes": "Plan notes"})

    assert answer.status_code == 200
    data = answer.json()["data"]
    assert answer.json()["success"] is True
    assert (
        data.items()
        >= {
            "success": True,
            "message": "Payment plan created with 3 installments",
            "total_amount": Decimal("240500.00"),
            "installment_amount": Decimal("80166.67"),
            "installment_count": 3,
            "payment_frequency": "monthly",
            "schedules_created": 3,
        }.items()
    )
    assert data["warnings"] == [
        "The start date 2024-01-01 is in the past: 3 installments are already overdue."
    ]
    assert [(row["due_date"], row["amount"]) for row in data["schedules"]] == [
        ("2024-01-01", Decimal("80166.67")),
        ("2024-02-01", Decimal("80166.67")),
        ("2024-03-01", Decimal("80166.66")),
    ]
    assert Case.objects.get(pk=renewal.pk).state == "In Progress"


def test_the_summary_lists_the_plans_rows_instead(api: StaffClient, renewal: RenewalCase) -> None:
    before = api.get(path(renewal, "summary")).json()["data"]

    made = setup(api, renewal).json()["data"]

    after = api.get(path(renewal, "summary")).json()["data"]
    assert made["warnings"] == []
    assert after["total_outstanding"] == before["total_outstanding"] == Decimal("240500.00")
    assert (after["pending_count"], after["overdue_count"]) == (3, 0)
    assert (after["oldest_due_date"], after["latest_due_date"]) == ("2024-12-01", "2025-02-01")
    assert [(row["type"], row["id"]) for row in after["installments"]] == [
        ("schedule", row["id"]) for row in made["schedules"]
    ]
    assert min(row["id"] for row in after["installments"]) > max(ids_of(renewal))


def test_covers_are_stored_oldest_debt_first(api: StaffClient, renewal: RenewalCase) -> None:
    setup(api, renewal)

    covers = [
        [str(item.amount) for item in row.items.order_by("obligation__due_date")]
        for row in PaymentSchedule.objects.order_by("number")
    ]
    assert covers == [
        ["46250.00", "33916.67"],
        ["12333.33", "46250.00", "21583.34"],
        ["29291.66", "50875.00"],
    ]


def test_a_row_is_paid_by_its_obligations(api: StaffClient, renewal: RenewalCase) -> None:
    first, second, third = (row["id"] for row in setup(api, renewal).json()["data"]["schedules"])

    paid = api.post(path(renewal, "pay"), {"installment_ids": [first], "payment_mode": "cash"})

    assert paid.json()["data"]["total_amount"] == Decimal("80166.67")
    assert [(row["id"], row["amount"]) for row in listed(api, renewal)] == [
        (second, Decimal("80166.67")),
        (third, Decimal("80166.66")),
    ]
    again = api.post(path(renewal, "pay"), {"installment_ids": [first], "payment_mode": "cash"})
    covered = api.post(path(renewal, "pay"), {"installment_ids": ids_of(renewal)[4:], "payment_mode": "cash"})
    assert (again.status_code, again.json()["code"]) == (400, "installment_paid")
    assert (covered.status_code, covered.json()["code"]) == (400, "installment_in_plan")


def test_a_void_is_taken_from_the_latest_row(api: StaffClient, renewal: RenewalCase, manager: Actor) -> None:
    """A payment from before the plan is voided: no row covers it, so its installment is listed beside them."""
    first, *_ = ids_of(renewal)
    pay_installments(actor=manager, case=renewal.pk, mode="cheque", row_ids=[first])
    setup(api, renewal)
    pay_installments(actor=manager, case=renewal.pk, mode="cash")
    check, cash = Payment.objects.order_by("number")
    assert Case.objects.get(pk=renewal.pk).state == "Closed"

    void_payment(actor=manager, payment_id=cash.id, reason="The notes were counterfeit.")
    planned = [(row["type"], row["amount"]) for row in listed(api, renewal)]
    void_payment(actor=manager, payment_id=check.id, reason="The check was returned unpaid.")

    assert planned == [("schedule", Decimal("64750.00"))] * 3
    assert [(row["type"], row["amount"]) for row in listed(api, renewal)] == [
        ("installment", Decimal("46250.00")),
        *planned,
    ]
    assert PaymentPlan.objects.get().status == "active"


def test_part_of_a_shared_debt_counts_to_its_earliest_row(api: StaffClient, renewal: RenewalCase) -> None:
    *_, third = (row["id"] for row in setup(api, renewal).json()["data"]["schedules"])

    api.post(path(renewal, "pay"), {"installment_ids": [third], "payment_mode": "cash"})

    # The last row's 29,291.66 of the fourth quarter count to the second row, which covers 21,583.34 of it.
    assert [row["amount"] for row in listed(api, renewal)] == [
        Decimal("80166.67"),
        Decimal("58583.33"),
        Decimal("21583.34"),
    ]


def test_moves_the_effective_due_dates(api: StaffClient, renewal: RenewalCase, manager: Actor) -> None:
    obligations = list(Obligation.objects.order_by("due_date"))
    keys = [each.id for each in obligations]
    assert moved_due_dates(actor=manager, obligations=obligations) == {}

    first = setup(api, renewal).json()["data"]["schedules"][0]["id"]

    december, january, february = date(2024, 12, 1), date(2025, 1, 1), date(2025, 2, 1)
    moved = moved_due_dates(actor=manager, obligations=obligations)
    assert [moved[key] for key in keys] == [december, december, january, january, february]
    pay_installments(actor=manager, case=renewal.pk, mode="cash", row_ids=[first])
    moved = moved_due_dates(actor=manager, obligations=obligations)
    assert moved == dict(zip(keys[1:], [january, january, january, february], strict=True))
    assert [each.due_date for each in Obligation.objects.order_by("due_date")] == [
        each.due_date for each in obligations
    ]


def test_preview_stores_nothing(api: StaffClient, renewal: RenewalCase) -> None:
    with assert_nothing_written():
        answer = setup(api, renewal, preview=True)

    data = answer.json()["data"]
    assert (data["schedules_created"], data["plan_id"], data["installment_amount"]) == (
        0,
        None,
        Decimal("80166.67"),
    )
    assert [row["id"] for row in data["schedules"]] == [None] * 3
    assert not PaymentPlan.objects.exists()


def test_refuses_a_second_plan_unless_it_replaces(api: StaffClient, renewal: RenewalCase) -> None:
    setup(api, renewal)

    with assert_nothing_written():
        second = setup(api, renewal, installment_count=4)
    replaced = setup(api, renewal, installment_count=4, replace=True)

    assert (second.status_code, second.json()["code"]) == (409, "payment_plan_active")
    assert replaced.json()["data"]["installment_amount"] == Decimal("60125.00")
    assert [row["amount"] for row in listed(api, renewal)] == [Decimal("60125.00")] * 4
    assert list(PaymentPlan.objects.order_by("id").values_list("status", flat=True)) == ["replaced", "active"]


def test_after_a_cancel_the_installments_are_listed_again(api: StaffClient, renewal: RenewalCase) -> None:
    before = listed(api, renewal)
    setup(api, renewal)

    cancelled = api.delete(path(renewal, "payment-plan"))
    again = api.delete(path(renewal, "payment-plan"))

    assert (
        cancelled.json()["data"].items()
        >= {"success": True, "total_outstanding": Decimal("240500.00")}.items()
    )
    assert listed(api, renewal) == before
    assert (again.status_code, again.json()["code"]) == (404, "no_payment_plan")
    assert PaymentScheduleItem.objects.count() == 7


def test_shows_the_plan(api: StaffClient, renewal: RenewalCase) -> None:
    assert api.get(path(renewal, "payment-plan")).status_code == 404
    first, second, third = (row["id"] for row in setup(api, renewal).json()["data"]["schedules"])
    api.post(path(renewal, "pay"), {"installment_ids": [first], "payment_mode": "cash"})
    api.post(path(renewal, "pay"), {"installment_ids": [second], "payment_mode": "upi"})

    data = api.get(path(renewal, "payment-plan")).json()["data"]

    assert (
        data.items()
        >= {
            "status": "active",
            "installment_count": 3,
            "payment_frequency": "monthly",
            "payment_method": "upi",
            "total_amount": Decimal("240500.00"),
            "outstanding_amount": Decimal("160333.33"),
        }.items()
    )
    assert [(row["id"], row["outstanding"], row["status"]) for row in data["schedules"]] == [
        (first, Decimal("0.00"), "paid"),
        (second, Decimal("80166.67"), "processing"),
        (third, Decimal("80166.66"), "pending"),
    ]


def test_refuses_a_plan_while_a_payment_is_on_its_way(api: StaffClient, renewal: RenewalCase) -> None:
    setup(api, renewal)
    api.post(path(renewal, "pay"), {"payment_mode": "upi"})

    with assert_nothing_written():
        replace = setup(api, renewal, replace=True)
        cancel = api.delete(path(renewal, "payment-plan"))

    assert {replace.json()["code"], cancel.json()["code"]} == {"installment_processing"}
    assert {replace.status_code, cancel.status_code} == {409}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"installment_count": 1}, "installment_count"),
        ({"installment_count": 13}, "installment_count"),
        ({"installment_count": "3"}, "installment_count"),
        ({"installment_count": Decimal("3.00")}, "installment_count"),
        ({"payment_frequency": "daily"}, "payment_frequency"),
        ({"payment_method": "barter"}, "payment_method"),
        ({"start_date": "2024-02-30"}, "start_date"),
        ({"start_date": "9999-12-31"}, "start_date"),
        ({"auto_payment_enabled": "yes"}, "auto_payment_enabled"),
        ({"auto_payment_enabled": True, "payment_method": "cash"}, "auto_payment_enabled"),
        ({"color": "red"}, "color"),
    ],
)
def test_refuses_wrong_fields_by_name(
    api: StaffClient, renewal: RenewalCase, changes: dict[str, Any], field: str
) -> None:
    with assert_nothing_written():
        answer = setup(api, renewal, **changes)

    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_names_all_wrong_fields_together(api: StaffClient, renewal: RenewalCase) -> None:
    answer = setup(api, renewal, installment_count=13, payment_frequency="daily", payment_method="barter")

    assert {error["field"] for error in answer.json()["errors"]} == {
        "installment_count",
        "payment_frequency",
        "payment_method",
    }


def test_refuses_a_share_of_nothing(
    travel: Any, manager: Actor, client_of: Callable[..., StaffClient]
) -> None:
    poor = make_renewal(manager, [("P", "0.05", date(2024, 1, 1))])

    with assert_nothing_written():
        answer = setup(client_of("cashier"), poor, installment_count=12)

    assert (answer.status_code, answer.json()["code"]) == (400, "share_of_zero")


def test_refuses_when_nothing_is_outstanding(api: StaffClient, renewal: RenewalCase) -> None:
    api.post(path(renewal, "pay"), {"payment_mode": "cash"})

    answer = setup(api, renewal)

    assert (answer.status_code, answer.json()["code"]) == (409, "nothing_outstanding")


def test_a_plan_divides_what_is_left(api: StaffClient, renewal: RenewalCase) -> None:
    api.post(path(renewal, "pay"), {"installment_ids": ids_of(renewal)[:3], "payment_mode": "cash"})

    data = setup(api, renewal, installment_count=4).json()["data"]

    assert (data["total_amount"], data["installment_amount"]) == (Decimal("101750.00"), Decimal("25437.50"))


def test_a_plan_is_completed_when_all_is_paid(api: StaffClient, renewal: RenewalCase) -> None:
    setup(api, renewal)

    api.post(path(renewal, "pay"), {"payment_mode": "cash"})

    plan = PaymentPlan.objects.get()
    assert (plan.status, plan.ended_on) == ("completed", date(2024, 11, 15))


def test_as_of_a_day_before_the_plan(
    api: StaffClient, renewal: RenewalCase, manager: Actor, travel: Any, client_of: Callable[..., StaffClient]
) -> None:
    travel.shift(timedelta(days=5))
    plan = PlanRequest(3, date(2024, 12, 1), "monthly", "upi")
    setup_plan(actor=manager, case=renewal.pk, wanted=plan)
    row = read_summary(actor=manager, case=renewal.pk).rows[0]
    travel.shift(timedelta(days=5))
    pay_installments(actor=manager, case=renewal.pk, mode="cash", row_ids=[row.id])
    client = client_of("cashier")

    def rows(day: str) -> list[tuple[str, float]]:
        data = client.get(path(renewal, "summary"), {"as_of": day}).json()["data"]
        return [(row["type"], row["amount"]) for row in data["installments"]]

    assert [kind for kind, _ in rows("2024-11-19")] == ["installment"] * 5
    assert rows("2024-11-20") == [
        ("schedule", Decimal("80166.67")),
        ("schedule", Decimal("80166.67")),
        ("schedule", Decimal("80166.66")),
    ]
    assert rows("2024-11-25") == [("schedule", Decimal("80166.67")), ("schedule", Decimal("80166.66"))]


def test_strategies_go_by_the_plans_dates(api: StaffClient, renewal: RenewalCase, manager: Actor) -> None:
    """Three installments were overdue; with a plan from December on none is, so no row comes before the others."""
    recorded = record_payment(
        actor=manager,
        customer_id=renewal.customer_id,
        amount=Decimal("100.00"),
        method="ach",
        payment_date=date(2024, 11, 15),
    )
    options = AutoOptions(strategy="overdue_first")
    before = compare_strategies(actor=manager, payment_id=recorded.payment.id, options=options)
    setup(api, renewal)

    after = compare_strategies(actor=manager, payment_id=recorded.payment.id, options=options)

    assert {each.overdue_items_left for each in before if not each.refusal} == {3}
    assert {each.overdue_items_left for each in after if not each.refusal} == {0}
