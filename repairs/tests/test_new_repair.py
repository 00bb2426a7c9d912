"""The guide's verification, as written: open the case, take the step, find the repair and its schedule."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.errors import Conflict
from cases.models import Case
from ledger.models import Entry
from ledger.repayment.services.posting import post_due
from ledger.repayment.services.states import cancel_document, hold_document, release_document
from ledger.tests.builders import Debtor, next_sunday
from ledger.verification import verify
from repairs.kind import REPAIRS
from repairs.models import RepairInstallment, RepairInvoice
from repairs.tests.builders import repair, repair_terms
from tests.digest import assert_nothing_written


@pytest.fixture
def client(client_of: Callable[..., Any], debtor: Debtor) -> Any:
    return client_of("cashier", company_header=False)


@pytest.fixture
def case_no(client: Any) -> str:
    return str(client.post("/payments/vehicle-repairs/create-case", {}).json()["case_no"])


def test_makes_a_repair_step_by_step(client: Any, manager: Actor, debtor: Debtor, case_no: str) -> None:
    shown = client.get(f"/case/{case_no}/REPAIR_ENTER_DETAILS", {"tlc_license_no": debtor.driver.tlc_license})
    made = client.post(
        f"/case/{case_no}", {"step_id": "REPAIR_ENTER_DETAILS", "data": repair_terms(manager, debtor)}
    )

    year = today(manager.company).year
    assert case_no == "RPRINV000001"
    assert shown.json()["driver"]["id"] == debtor.driver.id
    assert (made.status_code, made.json()["repair_id"]) == (200, f"RPR-{year}-001")
    assert [row["principal_amount"] for row in made.json()["installments"]] == [
        Decimal("100.00"),
        Decimal("100.00"),
        Decimal("100.00"),
        Decimal("100.00"),
        Decimal("50.00"),
    ]
    invoice = RepairInvoice.objects.get()
    assert (invoice.status, invoice.vehicle_id, invoice.workshop_type) == (
        "Open",
        debtor.lease.vehicle_id,
        "Big Apple Workshop",
    )
    assert set(RepairInstallment.objects.values_list("status", flat=True)) == {"Scheduled"}
    assert Case.objects.get(case_no=case_no).state == "Closed"
    entry = Entry.objects.get(event="repair_opened")
    assert dict(entry.postings.values_list("account__code", "amount")) == {
        "repair_advances": Decimal("450.00"),
        "income:workshop": Decimal("-450.00"),
    }
    page = client.get("/payments/vehicle-repairs", {"invoice_number": "inv-2457"}).json()
    assert [row["repair_id"] for row in page["items"]] == [invoice.number]
    assert page["items"][0]["installments_progress"] == "0/5"


def test_refuses_an_invoice_of_tomorrow(client: Any, manager: Actor, debtor: Debtor, case_no: str) -> None:
    tomorrow = today(manager.company) + timedelta(days=1)
    body = {
        "step_id": "REPAIR_ENTER_DETAILS",
        "data": repair_terms(manager, debtor, invoice_date=tomorrow.isoformat()),
    }

    with assert_nothing_written():
        response = client.post(f"/case/{case_no}", body)

    assert (response.status_code, response.json()["code"]) == (400, "date_in_future")


def test_takes_an_invoice_once_per_vehicle_and_date(manager: Actor, debtor: Debtor) -> None:
    first = repair(manager, debtor)

    with assert_nothing_written(), pytest.raises(Conflict) as refused:
        repair(manager, debtor, invoice_number=" inv-2457 ")
    repair(manager, debtor, invoice_date=today(manager.company) - timedelta(days=1))
    cancel_document(actor=manager, kind=REPAIRS, number=first.number, reason="Entered by mistake.")
    again = repair(manager, debtor)

    assert refused.value.code == "invoice_taken"
    assert first.number in refused.value.message
    assert again.status == "Open"


def test_posts_holds_and_releases(manager: Actor, debtor: Debtor) -> None:
    earlier = today(manager.company) - timedelta(days=60)
    sunday = next_sunday(manager) - timedelta(days=21)
    invoice = repair(manager, debtor, invoice_date=earlier, start_week=sunday)
    hold_document(actor=manager, kind=REPAIRS, number=invoice.number, reason="Disputed.")
    held = post_due(actor=manager, kind=REPAIRS)
    release_document(actor=manager, kind=REPAIRS, number=invoice.number)
    released = post_due(actor=manager, kind=REPAIRS)

    assert (held.posted, held.skipped) == (0, released.posted)
    assert released.posted >= 3
    entry = Entry.objects.filter(event="obligation_raised").first()
    assert entry is not None
    assert dict(entry.postings.values_list("account__code", "amount")) == {
        "receivable:REPAIRS": Decimal("100.00"),
        "repair_advances": Decimal("-100.00"),
    }
    assert [each.difference.message for each in verify(actor=manager)] == []
