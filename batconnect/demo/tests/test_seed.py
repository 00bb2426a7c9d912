"""Seed 1 as a reader follows it on a freshly loaded demo: every call gives the seed's answer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from django.core.management import call_command
from rest_framework.test import APIClient

from batconnect.demo.tests.conftest import PASSWORD


def test_the_whole_document(load_on: Callable[[date], bool]) -> None:
    load_on(date(2026, 11, 18))
    client = APIClient(raise_request_exception=False)
    token = client.post("/api/token/", {"username": "cashier", "password": PASSWORD}, format="json").json()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token['access']}")

    opened = client.post("/bpm/case", {"case_type": "INTPAY"}, format="json")
    found = client.get("/bpm/case/INTPAY000123/INTPAY-001?tlc_license_no=00504124")
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
    assert found.json()["driver"].items() >= DRIVER.items()
    assert [lease | LEASE for lease in found.json()["leases"]] == found.json()["leases"]
    assert len(found.json()["leases"]) == 1
    assert owed.json()["total_outstanding"] == 2156.5
    for debt in DEBTS:
        assert [row for row in owed.json()["obligations"] if row.items() >= debt.items()]
    assert paid.status_code == 200
    assert paid.json()["message"] == "Interim payment successfully created and allocated."
    assert owed_then.json()["total_outstanding"] == 1556.5
    assert [(row["reference_id"], row["amount"]) for row in _by_reference(listed.json()["items"])] == [
        ("INV-2457", 335.0),
        ("MED-102-LS-08", 265.0),
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
        "outstanding": 265.0,
        "due_date": "2024-10-20",
    },
    {
        "category": "Repairs",
        "reference_id": "INV-2457",
        "description": "Repairs obligation from 2024-10-15",
        "outstanding": 450.0,
        "due_date": "2024-10-15",
    },
)
SUBMISSION = {
    "step_id": "INTPAY-002",
    "data": {
        "driver_id": 101,
        "lease_id": 2054,
        "total_amount": 600.00,
        "payment_method": "ACH",
        "payment_date": "2025-10-20T00:00:00Z",
        "notes": "Partial payment for repairs and lease.",
        "allocations": [
            {"category": "Lease", "reference_id": "MED-102-LS-08", "amount": 265.00},
            {"category": "Repairs", "reference_id": "INV-2457", "amount": 335.00},
        ],
    },
}
