"""Following a payment of a renewal case by the ids that `pay/` returned."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from batconnect.core.database.tenancy import set_company
from cases.models import CaseEntity
from outstanding.models import RenewalCase
from outstanding.tests.builders import ids_of, path
from payments.gateways.services import send_charges
from payments.models import Payment
from tests.cast import NORTH, StaffClient

Deliver = Callable[..., Any]


def start(api: StaffClient, renewal: RenewalCase, **body: Any) -> dict[str, Any]:
    started: dict[str, Any] = api.post(path(renewal, "pay"), body).json()["data"]
    return started


@pytest.mark.parametrize("name", ["payment_id", "transaction_id"])
def test_follows_a_payment_to_its_receipt(
    api: StaffClient, renewal: RenewalCase, deliver: Deliver, name: str
) -> None:
    begun = start(api, renewal, installment_ids=ids_of(renewal)[:3], payment_mode="upi", payment_notes=None)
    follow = f"/api/case-tracking/payments/{begun[name]}/"

    before = api.get(follow).json()
    send_charges(company_id=NORTH)
    deliver(begun["transaction_id"], "settled", amount="138750.00")
    answer = api.get(follow)
    after = answer.json()["data"]

    assert before["success"] is True
    assert (before["data"]["status"], before["data"]["receipt_url"]) == ("initiated", None)
    assert [each["period"] for each in before["data"]["installments"]] == [
        *("Q1 2024 (Jan-Mar)", "Q2 2024 (Apr-Jun)", "Q3 2024 (Jul-Sep)")
    ]
    payment = Payment.objects.get()
    assert (after["status"], after["payment_number"]) == ("completed", payment.number)
    assert b'"settled_amount":138750.00' in answer.content
    assert after["receipt_url"] == f"/api/payments/{payment.id}/receipt"
    assert Client().get(after["receipt_pdf_url"]).content[:5] == b"%PDF-"
    set_company(NORTH, metadata={"job": "test"})


def test_the_case_leads_to_the_payment(api: StaffClient, renewal: RenewalCase) -> None:
    begun = start(api, renewal, payment_mode="cash")

    entity = CaseEntity.objects.get(entity="customer_payment")

    assert entity.url == begun["url"] == f"/api/case-tracking/payments/{begun['payment_id']}/"
    assert api.get(entity.url).json()["data"]["status"] == "completed"


def test_lists_the_payments_of_the_case(api: StaffClient, renewal: RenewalCase) -> None:
    first, second, *_ = ids_of(renewal)
    start(api, renewal, installment_ids=[first], payment_mode="cash")
    start(api, renewal, installment_ids=[second], payment_mode="wallet")

    page = api.get(path(renewal, "payments")).json()["data"]

    assert page["total"] == 2
    assert [each["payment_mode"] for each in page["results"]] == ["wallet", "cash"]


@pytest.mark.parametrize("key", ["0", "9999999999999999999999", "TXN_000000000000", "x", "%F0%9F%92%A5"])
def test_a_payment_that_is_not_there(api: StaffClient, renewal: RenewalCase, key: str) -> None:
    answer = api.get(f"/api/case-tracking/payments/{key}/")

    assert (answer.status_code, answer.json()["code"]) == (404, "customer_payment_not_found")


def test_another_companys_payment_is_not_there(
    api: StaffClient, renewal: RenewalCase, client_of: Callable[..., StaffClient]
) -> None:
    begun = start(api, renewal, payment_mode="cash")

    answer = client_of("outsider").get(begun["url"])

    assert answer.status_code == 404


def test_null_means_not_given(api: StaffClient, renewal: RenewalCase) -> None:
    begun = start(api, renewal, installment_ids=None, payment_mode="upi", payment_notes=None)

    assert begun["message"] == "Payment initiated for 5 installments"
    assert api.get(begun["url"]).json()["data"]["payment_notes"] == ""


def test_an_empty_selection_says_how_to_pay_everything(api: StaffClient, renewal: RenewalCase) -> None:
    answer = api.post(path(renewal, "pay"), {"installment_ids": [], "payment_mode": "upi"})

    assert answer.status_code == 400
    assert "leave installment_ids out" in answer.json()["errors"][0]["message"]
