"""The first guide from the first call to the export, with its figures."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from payments.tests.builders import Debtor, outstanding
from payments.tests.conftest import SEED_DATA
from tests.cast import StaffClient


def test_opens_a_case(john: Debtor, api: StaffClient) -> None:
    answer = api.post("/bpm/case", {"case_type": "INTPAY"})

    assert answer.status_code == 200
    body = answer.json()
    assert body["case_no"] == "INTPAY000001"
    assert body["created_by"] == "Merly"
    assert body["case_status"] == "Open"
    assert body["steps"][0]["step_name"] == "Search Driver & Enter Payment Details"
    first = body["steps"][0]["sub_steps"][0]
    assert first["step_name"] == "Fetch - Search Driver & Enter Payment Details"
    assert first["step_id"] == "INTPAY-001"


def test_finds_driver_and_leases(john: Debtor, api: StaffClient, case_no: str) -> None:
    answer = api.get(f"/bpm/case/{case_no}/INTPAY-001?tlc_license_no=00504124")

    assert answer.status_code == 200
    assert answer.json() == {
        "driver": {
            "id": 101,
            "driver_id": "DRV-101",
            "full_name": "John Doe",
            "status": "Active",
            "tlc_license": "00504124",
            "phone": "(212) 555-8000",
            "email": "joedoe@ifsd.com",
        },
        "leases": [
            {
                "lease_id_pk": 2054,
                "lease_id": "LS-2054",
                "medallion_no": "1P43",
                "plate_no": "8SAM401",
                "vin": "4TALWRZV6YW122447",
            }
        ],
        "draft": None,
    }


def test_lists_what_the_driver_owes(john: Debtor, api: StaffClient, case_no: str) -> None:
    answer = api.get(f"/bpm/case/{case_no}/INTPAY-002?driver_id=101")

    body = answer.json()
    assert b'"total_outstanding":2156.50' in answer.content
    assert [each["category"] for each in body["obligations"]] == [
        *("Taxes", "EZPass", "Lease", "Lease", "PVB", "Repairs", "Loans")
    ]
    assert [each["payable"] for each in body["obligations"]] == [False, *[True] * 6]
    lease = body["obligations"][2]
    assert lease.pop("obligation_id")
    assert lease == {
        "category": "Lease",
        "reference_id": "MED-102-LS-08",
        "description": "Lease obligation from 2024-10-20",
        "outstanding": Decimal("265.00"),
        "due_date": "2024-10-20",
        "lease_id": "LS-2054",
        "lease_id_pk": 2054,
        "payable": True,
        "not_payable_reason": None,
        "not_payable_hint": None,
    }
    assert body["obligations"][5]["description"] == "Repairs obligation from 2024-10-15"


def test_submits_payment_and_allocation(john: Debtor, api: StaffClient, case_no: str) -> None:
    answer = api.post(f"/bpm/case/{case_no}", {"step_id": "INTPAY-002", "data": SEED_DATA})

    assert answer.status_code == 200, answer.content
    body = answer.json()
    assert body["message"] == "Interim payment successfully created and allocated."
    assert body["payment_id"].startswith("INTPAY-")
    assert body["payment_id"].endswith("-00001")
    assert body["receipt_number"] == f"R-{body['payment_id']}"
    assert (body["total_allocated"], body["unallocated_amount"]) == (Decimal("600.00"), Decimal("0.00"))
    assert outstanding("MED-102-LS-08") == 0
    assert outstanding("INV-2457") == 115
    case = api.get(f"/bpm/case/{case_no}").json()
    assert case["case_info"]["case_status"] == "Closed"
    assert case["entities"][0]["entity"] == "interim_payment"
    assert case["entities"][0]["id"] == body["payment_id"]


def test_lists_the_payment(john: Debtor, api: StaffClient, submit: Any) -> None:
    number = submit().json()["payment_id"]

    page = api.get("/payments/interim-payments?page=1&per_page=10&sort_by=payment_id&sort_order=asc").json()

    assert page["total_items"] == 2
    assert page["items"][0].pop("receipt_pdf_url").startswith("/api/receipts/pdf?link=")
    assert page["items"][0] == {
        "payment_id": number,
        "driver_name": "John Doe",
        "tlc_license": "00504124",
        "lease_id": "LS-2054",
        "lease_id_pk": 2054,
        "medallion_no": "1P43",
        "category": "Lease",
        "reference_id": "MED-102-LS-08",
        "amount": Decimal("265.00"),
        "payment_date": "2025-10-20",
        "payment_method": "ACH",
        "status": "Posted",
        "receipt_url": f"/payments/interim-payments/{number}/receipt",
    }
    assert page["items"][1]["amount"] == Decimal("335.00")


def test_exports_the_list(john: Debtor, api: StaffClient, submit: Any) -> None:
    submit()

    excel = api.get("/payments/interim-payments/export?format=excel&driver_name=doe")
    csv = api.get("/payments/interim-payments/export?format=csv&sort_by=amount&sort_order=asc")

    assert excel.status_code == 200
    assert ".xlsx" in excel["Content-Disposition"]
    lines = b"".join(csv.streaming_content).decode().splitlines()
    assert lines[0].startswith("Payment,Date,Driver")
    assert [line.split(",")[8] for line in lines[1:]] == ["265.00", "335.00"]
