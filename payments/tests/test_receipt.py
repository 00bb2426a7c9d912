"""The receipt of an interim payment, JSON and PDF."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import NotAllowed
from batconnect.core.models import CompanySettings
from ledger.services.locks import lock_obligations
from payments.serializers.receipts import interim_receipt_document
from payments.services.allocation import AllocationLine, apply_allocations, lock_payment
from payments.services.receipts import read_interim_receipt
from payments.services.voids import void_payment
from payments.tests.builders import Debtor, owe, pay
from tests.cast import StaffClient


def test_says_who_what_and_how_much_is_left(john: Debtor, submit: Any, api: StaffClient) -> None:
    CompanySettings.objects.update(address="43-15 Vernon Boulevard\nLong Island City, NY 11101")
    number = submit(total_amount="700.00").json()["payment_id"]

    receipt = api.get(f"/payments/interim-payments/{number}/receipt").json()

    assert receipt["receipt_number"] == f"R-{number}"
    assert receipt["company"]["name"] == "North Taxi"
    assert receipt["company"]["address"].startswith("43-15 Vernon")
    assert receipt["driver"] == {
        "id": 101,
        "driver_id": "DRV-101",
        "full_name": "John Doe",
        "tlc_license": "00504124",
    }
    assert (receipt["lease_id"], receipt["medallion_no"], receipt["cashier"]) == ("LS-2054", "1P43", "Merly")
    assert (receipt["payment_date"], receipt["payment_method"]) == ("2025-10-20", "ACH")
    assert [
        (line["category"], line["reference_id"], line["amount"], line["balance_after"], line["note"])
        for line in receipt["allocations"]
    ] == [
        ("Lease", "MED-102-LS-08", Decimal("265.00"), Decimal("0.00"), ""),
        ("Repairs", "INV-2457", Decimal("335.00"), Decimal("115.00"), ""),
        ("Lease", "MED-102-LS-09", Decimal("100.00"), Decimal("165.00"), "excess to Lease"),
    ]
    assert (receipt["total_allocated"], receipt["unallocated_amount"], receipt["total_amount"]) == (
        *(Decimal("700.00"), Decimal("0.00"), Decimal("700.00")),
    )
    assert receipt["voided"] is False


def test_adds_up_with_a_rest(john: Debtor, cashier: Actor) -> None:
    paid = pay(cashier, "1000.00", ("PVB", "PVB-4471", "115.00"))

    receipt = read_interim_receipt(actor=cashier, number=paid.payment.number)

    assert receipt.unallocated == Decimal("355.00")
    assert receipt.allocated + receipt.unallocated == receipt.payment.amount


def test_is_for_those_who_see_payments(john: Debtor, cashier: Actor) -> None:
    paid = pay(cashier, "1000.00", ("PVB", "PVB-4471", "115.00"))
    stranger = replace(cashier, permissions=cashier.permissions - {"payments.view"})

    with pytest.raises(NotAllowed):
        read_interim_receipt(actor=stranger, number=paid.payment.number)


def test_stays_as_it_was_handed_out(john: Debtor, manager: Actor) -> None:
    paid = pay(manager, "1000.00", ("PVB", "PVB-4471", "115.00"))
    (later,) = owe(manager, john, ("Lease", "MED-102-LS-10", "265.00", "2024-11-03"))
    apply_allocations(
        actor=manager,
        payment=lock_payment(actor=manager, payment_id=paid.payment.id),
        obligations=lock_obligations(actor=manager, ids=[later.id]),
        lines=[AllocationLine(obligation_id=later.id, amount=Decimal("265.00"), strategy="hierarchy")],
    )

    document = interim_receipt_document(
        actor=manager, receipt=read_interim_receipt(actor=manager, number=paid.payment.number)
    )

    assert (document["total_allocated"], document["unallocated_amount"]) == (
        Decimal("645.00"),
        Decimal("355.00"),
    )
    assert [line["reference_id"] for line in document["applied_later"]] == ["MED-102-LS-10"]
    assert document["unallocated_now"] == Decimal("90.00")


def test_says_that_it_was_voided(john: Debtor, manager: Actor) -> None:
    paid = pay(manager, "115.00", ("PVB", "PVB-4471", "115.00"))
    void_payment(actor=manager, payment_id=paid.payment.id, reason="The check was returned.")

    document = interim_receipt_document(
        actor=manager, receipt=read_interim_receipt(actor=manager, number=paid.payment.number)
    )

    assert (document["voided"], document["status"], document["void_reason"]) == (
        *(True, "Voided", "The check was returned."),
    )
    assert document["total_allocated"] + document["unallocated_amount"] == document["total_amount"]
    assert document["allocations"][0]["status"] == "Voided"


def test_refuses_an_unknown_format(john: Debtor, submit: Any, api: StaffClient) -> None:
    number = submit().json()["payment_id"]

    answer = api.get(f"/payments/interim-payments/{number}/receipt?format=docx")

    assert (answer.status_code, answer.json()["code"]) == (400, "unknown_format")


@pytest.mark.system
def test_prints_one_page(john: Debtor, submit: Any, api: StaffClient) -> None:
    CompanySettings.objects.update(brand_colour="#b45309", address="<b>Vernon</b> & Sons")
    number = submit(total_amount="1240.50", notes="<script>alert(1)</script>").json()["payment_id"]

    answer = api.get(f"/payments/interim-payments/{number}/receipt?format=pdf")

    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"] == f'inline; filename="R-{number}.pdf"'
    assert answer.content.startswith(b"%PDF-")
