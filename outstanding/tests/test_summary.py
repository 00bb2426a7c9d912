"""`GET …/summary/`: figures, rows, days, and one statement however many rows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.db.models import Sum
from django.test.utils import CaptureQueriesContext

from batconnect.core.kernel.actors import Actor
from cases.services import create_case
from ledger.models import Obligation
from outstanding.models import RenewalCase
from outstanding.querysets import read_summary
from outstanding.services import pay_installments
from outstanding.tests.builders import ids_of, make_renewal, path
from payments.models import Payment
from payments.services.choosing import AllocationRequest, allocate_payment
from payments.services.recording import record_payment
from payments.services.voids import void_payment
from tests.cast import StaffClient


def test_answers_as_the_seed_prints_it(api: StaffClient, renewal: RenewalCase) -> None:
    first, second, *_ = ids_of(renewal)

    answer = api.get(path(renewal, "summary"))

    assert answer.status_code == 200
    body = answer.json()
    rows = body["data"].pop("installments")
    assert body == {
        "success": True,
        "data": {
            "total_outstanding": Decimal("240500.00"),
            "oldest_due_date": "2024-03-31",
            "latest_due_date": "2025-03-31",
            "average_amount": Decimal("48100.00"),
            "pending_count": 5,
            "overdue_count": 3,
            "currency": "USD",
        },
    }
    assert b'"total_outstanding":240500.00' in answer.content
    assert [(row["id"], row["status"], row["days_overdue"]) for row in rows[:2]] == [
        (first, "overdue", 229),
        (second, "overdue", 138),
    ]
    assert [row["status"] for row in rows] == ["overdue", "overdue", "overdue", "pending", "pending"]
    assert (
        rows[0].items()
        >= {
            "period": "Q1 2024 (Jan-Mar)",
            "amount": Decimal("46250.00"),
            "due_date": "2024-03-31",
            "type": "installment",
            "original_amount": Decimal("46250.00"),
        }.items()
    )


@pytest.mark.parametrize("spelling", ["{id}", "{no}"])
@pytest.mark.parametrize("slash", ["", "/"])
def test_takes_id_or_number_with_and_without_slash(
    api: StaffClient, renewal: RenewalCase, spelling: str, slash: str
) -> None:
    key = spelling.format(id=renewal.pk, no=renewal.case.case_no)

    answer = api.get(f"/api/case-tracking/cases/{key}/outstanding-amounts/summary{slash}")

    assert answer.status_code == 200
    assert answer.json()["data"]["pending_count"] == 5


@pytest.mark.parametrize("key", ["0", "999999999", "9" * 30, "RENEWAL999999", "x", "-1", "1.5"])
def test_knows_no_other_case(api: StaffClient, key: str) -> None:
    answer = api.get(f"/api/case-tracking/cases/{key}/outstanding-amounts/summary/")

    assert answer.status_code == 404
    assert answer.json().items() >= {"success": False, "code": "renewal_case_not_found"}.items()
    assert {"error", "message"} <= answer.json().keys()


def test_case_of_another_type_is_not_found(api: StaffClient, manager: Actor) -> None:
    case = create_case(actor=manager, case_type="INTPAY").case

    answer = api.get(f"/api/case-tracking/cases/{case.pk}/outstanding-amounts/summary/")

    assert answer.status_code == 404


def test_outsider_and_stranger_see_nothing(
    renewal: RenewalCase, client_of: Callable[..., StaffClient]
) -> None:
    stranger = client_of("cashier")
    stranger.credentials()

    for what, method in (
        ("summary", "get"),
        ("pay", "post"),
        ("setup-payment-plan", "post"),
        ("payment-plan", "get"),
    ):
        body = {"payment_mode": "cash"} if what == "pay" else PLAN if method == "post" else None
        outside = getattr(client_of("outsider"), method)(path(renewal, what), body)
        unknown = getattr(stranger, method)(path(renewal, what), body)

        assert (outside.status_code, outside.json()["code"]) == (404, "renewal_case_not_found"), what
        assert unknown.status_code == 401, what
        assert unknown.json()["success"] is False
    assert client_of("outsider").delete(path(renewal, "payment-plan")).status_code == 404


PLAN = {
    "installment_count": 3,
    "start_date": "2024-12-01",
    "payment_frequency": "monthly",
    "payment_method": "upi",
}


def test_auditor_reads_and_changes_nothing(
    renewal: RenewalCase, client_of: Callable[..., StaffClient]
) -> None:
    auditor = client_of("auditor")

    assert auditor.get(path(renewal, "summary")).status_code == 200
    assert auditor.post(path(renewal, "pay"), {"payment_mode": "cash"}).status_code == 403
    assert auditor.post(path(renewal, "setup-payment-plan"), PLAN).status_code == 403
    assert auditor.delete(path(renewal, "payment-plan")).status_code == 403
    assert client_of("administrator").get(path(renewal, "summary")).status_code == 403


def test_zero_state(api: StaffClient, manager: Actor) -> None:
    empty = make_renewal(manager, (), policy="EMPTY")

    answer = api.get(path(empty, "summary"))

    assert answer.json()["data"] == {
        "total_outstanding": Decimal("0.00"),
        "oldest_due_date": None,
        "latest_due_date": None,
        "average_amount": Decimal("0.00"),
        "pending_count": 0,
        "overdue_count": 0,
        "installments": [],
        "currency": "USD",
    }
    assert b'"total_outstanding":0.00' in answer.content


@pytest.mark.parametrize(
    ("due", "instant", "status", "days"),
    [
        # In New York it is still the 30th of September, in UTC the 1st of October.
        (date(2024, 9, 30), datetime(2024, 10, 1, 3, 59, tzinfo=UTC), "pending", 0),
        (date(2024, 9, 30), datetime(2024, 10, 1, 4, 0, tzinfo=UTC), "overdue", 1),
        # Each daylight-saving Sunday counts as one day, though it has 23 or 25 hours.
        (date(2024, 3, 10), datetime(2024, 3, 11, 4, 30, tzinfo=UTC), "overdue", 1),
        (date(2024, 11, 3), datetime(2024, 11, 4, 4, 30, tzinfo=UTC), "pending", 0),
        (date(2024, 11, 3), datetime(2024, 11, 4, 5, 30, tzinfo=UTC), "overdue", 1),
        # Leap day.
        (date(2024, 2, 28), datetime(2024, 2, 29, 17, tzinfo=UTC), "overdue", 1),
        (date(2024, 2, 29), datetime(2024, 3, 1, 17, tzinfo=UTC), "overdue", 1),
        (date(2023, 2, 28), datetime(2024, 2, 29, 17, tzinfo=UTC), "overdue", 366),
    ],
)
def test_days_are_the_companys(
    travel: Any,
    manager: Actor,
    client_of: Callable[..., StaffClient],
    due: date,
    instant: datetime,
    status: str,
    days: int,
) -> None:
    travel.move_to(instant)
    renewal = make_renewal(manager, [("P", "10.00", due)])

    (row,) = client_of("cashier").get(path(renewal, "summary")).json()["data"]["installments"]

    assert (row["status"], row["days_overdue"]) == (status, days)


def test_partly_paid(api: StaffClient, renewal: RenewalCase, manager: Actor) -> None:
    *_, fourth, _ = ids_of(renewal)
    obligation = Obligation.objects.get(source_id=str(fourth))
    recorded = record_payment(
        actor=manager,
        customer_id=renewal.customer_id,
        amount=Decimal("875.00"),
        method="upi",
        payment_date=date(2024, 11, 15),
    )
    allocate_payment(
        actor=manager,
        payment_id=recorded.payment.id,
        requests=[AllocationRequest(amount=Decimal("875.00"), obligation_id=obligation.id)],
    )

    rows = api.get(path(renewal, "summary")).json()["data"]["installments"]

    assert (
        rows[3].items()
        >= {
            "amount": Decimal("50000.00"),
            "original_amount": Decimal("50875.00"),
            "status": "partially_paid",
        }.items()
    )


def test_average_is_rounded_half_up(
    travel: Any, manager: Actor, client_of: Callable[..., StaffClient]
) -> None:
    rows = [(f"P{place}", amount, date(2025, 1, 1)) for place, amount in enumerate(("0.01", "0.02"))]
    renewal = make_renewal(manager, rows)

    data = client_of("cashier").get(path(renewal, "summary")).json()["data"]

    assert data["average_amount"] == Decimal("0.02")


def test_as_of_before_and_after_a_payment(
    api: StaffClient, renewal: RenewalCase, manager: Actor, travel: Any, client_of: Callable[..., StaffClient]
) -> None:
    first, *_ = ids_of(renewal)
    travel.shift(timedelta(days=5))
    pay_installments(actor=manager, case=renewal.pk, mode="cash", row_ids=[first])
    travel.shift(timedelta(days=5))
    payment = Payment.objects.get()
    void_payment(actor=manager, payment_id=payment.id, reason="The notes were counterfeit.")
    client = client_of("cashier")

    def total(day: str) -> float:
        return float(client.get(path(renewal, "summary"), {"as_of": day}).json()["data"]["total_outstanding"])

    assert [total(day) for day in ("2024-11-14", "2024-11-15", "2024-11-19")] == [
        Decimal("0.00"),
        Decimal("240500.00"),
        Decimal("240500.00"),
    ]
    assert [total(day) for day in ("2024-11-20", "2024-11-24")] == [
        Decimal("194250.00"),
        Decimal("194250.00"),
    ]
    assert [total(day) for day in ("2024-11-25", "2025-12-31")] == [
        Decimal("240500.00"),
        Decimal("240500.00"),
    ]
    then = client.get(path(renewal, "summary"), {"as_of": "2024-12-31"}).json()["data"]
    assert then["overdue_count"] == 3
    assert then["installments"][3]["status"] == "pending"


@pytest.mark.parametrize("day", ["", "yesterday", "2024-02-30", "20241115"])
def test_refuses_a_wrong_day(api: StaffClient, renewal: RenewalCase, day: str) -> None:
    answer = api.get(path(renewal, "summary"), {"as_of": day})

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "as_of"


def test_takes_the_same_statements_for_one_and_for_two_thousand(
    travel: Any, manager: Actor, client_of: Callable[..., StaffClient]
) -> None:
    first = date(2024, 1, 1)
    one = make_renewal(manager, [("P", "1.00", first)], policy="ONE")
    rows = [(f"P{place}", "1.00", first + timedelta(days=place % 700)) for place in range(2_000)]
    many = make_renewal(manager, rows, policy="MANY")
    client = client_of("cashier")
    client.get(path(one, "summary"))

    for as_of in ("", "?as_of=2024-11-15"):
        counts = []
        for renewal in (one, many):
            with CaptureQueriesContext(connection) as captured:
                answer = client.get(path(renewal, "summary") + as_of)
            counts.append(len(captured))
            assert answer.status_code == 200

        assert counts[0] == counts[1]
        assert answer.json()["data"]["total_outstanding"] == Decimal("2000.00")


def test_sum_is_the_ledgers(api: StaffClient, renewal: RenewalCase, manager: Actor) -> None:
    pay_installments(actor=manager, case=renewal.pk, mode="cheque", row_ids=ids_of(renewal)[1:3])

    listed = sum(row.amount for row in read_summary(actor=manager, case=renewal.pk).rows)

    owed = Obligation.objects.filter(category="PREMIUM").aggregate(total=Sum("outstanding"))["total"]
    assert listed == owed == Decimal("148000.00")
