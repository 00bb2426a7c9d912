"""Every document that is JSON or PDF: by `?format=`, by `Accept`, and where there is a receipt by a signed link."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, Final

import pytest
from django.test import Client

from bank.models import DepositSlip
from batconnect.core.api.endpoints.documents import describe_api
from batconnect.core.database.tenancy import set_company
from batconnect.core.kernel.actors import Actor
from batconnect.core.models import AuditEvent
from batconnect.directory.models import Customer
from ledger.models import Dtr
from tests.access.conftest import world
from tests.cast import NORTH, StaffClient

__all__ = ["world"]

# The lists whose rows have a receipt, with the member that holds the rows.
LISTS: Final = {
    "/payments/interim-payments": "items",
    "/payments/driver-loans": "items",
    "/payments/vehicle-repairs": "items",
    "/api/payments": "results",
}
OTHERS: Final = {
    "/ledger/dtrs/{number}",
    "/api/customers/{customer_id}/statement",
    "/api/accounting/deposit-slips/{slip_id}",
}


def read(client: StaffClient, path: str, accept: str) -> Any:
    return client.get(path, headers={"Accept": accept})


def objects(value: Any) -> Iterator[dict[str, Any]]:
    """Every object in a document."""
    if isinstance(value, dict):
        yield value
        for held in value.values():
            yield from objects(held)
    elif isinstance(value, list):
        for held in value:
            yield from objects(held)


def test_every_receipt_has_its_link_wherever_it_is_named() -> None:
    receipts = [each for each in objects(describe_api()["paths"]) if isinstance(each.get("receipt_url"), str)]

    assert len(receipts) >= 8
    assert [
        each for each in receipts if not str(each.get("receipt_pdf_url")).startswith("/api/receipts/pdf")
    ] == []


def test_no_printed_document_is_left_out_here() -> None:
    printed = {
        path
        for path, methods in describe_api()["paths"].items()
        if {"application/json", "application/pdf"}
        <= methods.get("get", {}).get("responses", {}).get("200", {}).get("content", {}).keys()
    }
    of_one_document = {path for path in printed if "{" in path}

    of_one_document -= {
        "/ledger/accounts/{account_id}/detail",
        "/api/accounting/bank-statements/{statement_id}/reconciliation",
    }
    assert of_one_document == OTHERS | {f"{path}/{{{name}}}/receipt" for path, name in _names().items()}


def _names() -> dict[str, str]:
    return {
        "/payments/interim-payments": "payment_id",
        "/payments/driver-loans": "loan_id",
        "/payments/vehicle-repairs": "repair_id",
        "/api/payments": "payment_id",
    }


@pytest.mark.parametrize("path", LISTS)
def test_a_receipt_opens_by_accept_and_by_its_link(
    world: Actor, client_of: Callable[..., StaffClient], path: str
) -> None:
    cashier = client_of("cashier")
    row = cashier.get(path).json()[LISTS[path]][0]

    shown = read(cashier, row["receipt_url"], "application/pdf")
    accepted = read(cashier, row["receipt_url"], "application/pdf, application/json;q=0.5")
    browser = read(cashier, row["receipt_url"], "text/html,application/xhtml+xml,*/*;q=0.8")
    as_json = read(cashier, f"{row['receipt_url']}?format=json", "application/pdf")
    linked = Client().get(row["receipt_pdf_url"])
    set_company(NORTH, metadata={"job": "test"})

    for answer in (shown, accepted, linked):
        assert (answer.status_code, answer.content[:5]) == (200, b"%PDF-")
        assert "no-store" in answer["Cache-Control"]
    for answer in (browser, as_json):
        assert answer["Content-Type"] == "application/json"
    assert AuditEvent.objects.filter(action="core.open_receipt_link").count() == 1
    whole = cashier.get(re.sub("/receipt$", "", row["receipt_url"])).json()
    assert whole["receipt_pdf_url"].startswith("/api/receipts/pdf?link=")


def test_the_other_documents_follow_accept(world: Actor, client_of: Callable[..., StaffClient]) -> None:
    manager = client_of("manager")
    paths = [
        f"/api/accounting/deposit-slips/{DepositSlip.objects.values_list('id', flat=True)[0]}",
        f"/ledger/dtrs/{Dtr.objects.values_list('number', flat=True)[0]}",
        f"/api/customers/{Customer.objects.values_list('id', flat=True)[0]}/statement",
    ]

    for path in paths:
        assert read(manager, path, "application/pdf").content[:5] == b"%PDF-", path
        assert read(manager, path, "*/*")["Content-Type"] == "application/json", path


def test_a_refusal_stays_json(in_north: Any, client_of: Callable[..., StaffClient]) -> None:
    answer = read(client_of("cashier"), "/payments/interim-payments/NONE/receipt", "application/pdf")

    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")
