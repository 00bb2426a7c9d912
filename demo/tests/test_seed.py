"""Two guides as a reader follows them on a freshly loaded demo: every call gives the guide's answer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.management import call_command
from rest_framework.test import APIClient

from batconnect.core.models import User
from demo.companies import BIG_APPLE
from demo.tests.conftest import PASSWORD
from payments.gateways.services import send_charges


def test_the_whole_document(load_on: Callable[..., bool]) -> None:
    load_on(date(2026, 11, 18))
    client = APIClient(raise_request_exception=False)
    token = client.post("/api/token/", {"username": "cashier", "password": PASSWORD}, format="json").json()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token['access']}")

    opened = client.post("/bpm/case", {"case_type": "INTPAY"}, format="json")
    screen = client.get("/bpm/case/INTPAY000123/INTPAY-001?tlc_license_no=00504124")
    owed = client.get("/bpm/case/INTPAY000123/INTPAY-002?driver_id=101")
    paid = client.post("/bpm/case/INTPAY000123", SUBMISSION, format="json")
    owed_then = client.get("/bpm/case/INTPAY000123/INTPAY-002?driver_id=101")
    listed = client.get("/payments/interim-payments?tlc_license=00504124")

    assert opened.status_code == 200
    assert {name: opened.json()[name] for name in ("case_no", "created_by", "case_status")} == {
        "case_no": "INTPAY000123",
        "created_by": "Merly",
        "case_status": "Open",
    }
    assert screen.json()["driver"].items() >= DRIVER.items()
    assert [lease | LEASE for lease in screen.json()["leases"]] == screen.json()["leases"]
    assert len(screen.json()["leases"]) == 1
    assert owed.json()["total_outstanding"] == Decimal("2156.50")
    for debt in DEBTS:
        assert [row for row in owed.json()["obligations"] if row.items() >= debt.items()]
    assert paid.status_code == 200
    assert paid.json()["message"] == "Interim payment successfully created and allocated."
    assert owed_then.json()["total_outstanding"] == Decimal("1556.50")
    assert [(row["reference_id"], row["amount"]) for row in _by_reference(listed.json()["items"])] == [
        ("INV-2457", Decimal("335.00")),
        ("MED-102-LS-08", Decimal("265.00")),
    ]
    call_command("verify_ledger", verbosity=0)


def _by_reference(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(rows, key=lambda row: str(row["reference_id"]))


DRIVER = {
    "id": 101,
    "driver_id": "DRV-101",
    "full_name": "John Doe",
    "status": "Active",
    "tlc_license": "00504124",
    "phone": "(212) 555-8000",
    "email": "joedoe@ifsd.com",
}
LEASE = {
    "lease_id_pk": 2054,
    "lease_id": "LS-2054",
    "medallion_no": "1P43",
    "plate_no": "8SAM401",
    "vin": "4TALWRZV6YW122447",
}
DEBTS = (
    {
        "category": "Lease",
        "reference_id": "MED-102-LS-08",
        "description": "Lease obligation from 2024-10-20",
        "outstanding": Decimal("265.00"),
        "due_date": "2024-10-20",
    },
    {
        "category": "Repairs",
        "reference_id": "INV-2457",
        "description": "Repairs obligation from 2024-10-15",
        "outstanding": Decimal("450.00"),
        "due_date": "2024-10-15",
    },
)
SUBMISSION = {
    "step_id": "INTPAY-002",
    "data": {
        "driver_id": 101,
        "lease_id": 2054,
        "total_amount": Decimal("600.00"),
        "payment_method": "ACH",
        "payment_date": "2025-10-20T00:00:00Z",
        "notes": "Partial payment for repairs and lease.",
        "allocations": [
            {"category": "Lease", "reference_id": "MED-102-LS-08", "amount": Decimal("265.00")},
            {"category": "Repairs", "reference_id": "INV-2457", "amount": Decimal("335.00")},
        ],
    },
}


def _signed_in() -> APIClient:
    client = APIClient(raise_request_exception=False)
    token = client.post("/api/token/", {"username": "cashier", "password": PASSWORD}, format="json").json()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token['access']}")
    return client


_OUTSTANDING = "/api/case-tracking/cases/1/outstanding-amounts"


def test_summary_of_seed_4(load_on: Callable[..., bool]) -> None:
    load_on(date(2024, 11, 18))

    answer = _signed_in().get(f"{_OUTSTANDING}/summary/")

    assert answer.status_code == 200
    data = answer.json()["data"]
    first, second, *_ = data["installments"]
    figures = ("total_outstanding", "oldest_due_date", "latest_due_date", "average_amount")
    assert [data[name] for name in figures] == [
        Decimal("240500.00"),
        "2024-03-31",
        "2025-03-31",
        Decimal("48100.00"),
    ]
    assert (data["pending_count"], data["overdue_count"]) == (5, 3)
    assert (
        first.items()
        >= {
            "id": 1,
            "period": "Q1 2024 (Jan-Mar)",
            "amount": Decimal("46250.00"),
            "due_date": "2024-03-31",
            "days_overdue": 232,
            "status": "overdue",
            "description": "Quarterly premium for family health insurance - Q1 2024",
        }.items()
    )
    assert (second["id"], second["period"], second["amount"]) == (2, "Q2 2024 (Apr-Jun)", Decimal("46250.00"))
    assert [row["amount"] for row in data["installments"]] == [Decimal("46250.00")] * 3 + [
        Decimal("50875.00")
    ] * 2


@pytest.mark.parametrize("day", [date(2027, 1, 1), date(2028, 2, 29)], ids=str)
def test_seed_4_on_any_day(load_on: Callable[..., bool], day: date) -> None:
    load_on(day)
    # In a session: the end of a token is counted by the database's clock, which does not travel.
    client = APIClient()
    client.force_login(
        User.objects.get(username="cashier"), backend="django.contrib.auth.backends.ModelBackend"
    )

    data = client.get(f"{_OUTSTANDING}/summary/").json()["data"]

    assert (data["total_outstanding"], data["overdue_count"], data["pending_count"]) == (
        Decimal("240500.00"),
        3,
        5,
    )


def test_pay_of_seed_4(load_on: Callable[..., bool]) -> None:
    load_on(date(2026, 11, 18))
    body = {"payment_mode": "upi", "payment_notes": "Payment for outstanding installments"}

    answer = _signed_in().post(f"{_OUTSTANDING}/pay/", body, format="json")

    assert answer.status_code == 200
    data = answer.json()["data"]
    assert data["message"] == "Payment initiated for 5 installments"
    assert (data["success"], data["total_amount"]) == (True, Decimal("240500.00"))


def test_pay_of_seed_4_by_ids(load_on: Callable[..., bool]) -> None:
    load_on(date(2026, 11, 18))
    body = {"installment_ids": [1, 2, 3], "payment_mode": "upi", "payment_notes": "Payment notes"}

    data = _signed_in().post(f"{_OUTSTANDING}/pay/", body, format="json").json()["data"]

    assert data["message"] == "Payment initiated for 3 installments"
    assert data["total_amount"] == Decimal("138750.00")
    assert send_charges(company_id=BIG_APPLE) == 1
    call_command("verify_ledger", verbosity=0)
    assert _signed_in().get(f"{_OUTSTANDING}/summary/").json()["data"]["total_outstanding"] == Decimal(
        "101750.00"
    )


def test_payment_plan_of_seed_4(load_on: Callable[..., bool]) -> None:
    load_on(date(2026, 11, 18))
    body = {
        "installment_count": 3,
        "start_date": "2024-01-01",
        "payment_frequency": "monthly",
        "payment_method": "auto_debit",
        "auto_payment_enabled": True,
    }

    answer = _signed_in().post(f"{_OUTSTANDING}/setup-payment-plan/", body, format="json")

    assert answer.status_code == 200
    data = answer.json()["data"]
    assert (
        data.items()
        >= {
            "message": "Payment plan created with 3 installments",
            "total_amount": Decimal("240500.00"),
            "installment_amount": Decimal("80166.67"),
            "installment_count": 3,
            "payment_frequency": "monthly",
            "schedules_created": 3,
        }.items()
    )
    assert len(data["warnings"]) == 1
    call_command("verify_ledger", verbosity=0)
