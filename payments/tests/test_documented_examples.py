"""The examples of /docs: each documented request is sent, and each answer has the names of the example."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from drf_spectacular.generators import SchemaGenerator

from batconnect.core.kernel.actors import Actor
from batconnect.directory.models import Customer
from payments.models import Payment
from payments.serializers.customers import CustomerStatement
from payments.serializers.invoices import InvoiceRow
from payments.serializers.receipts import PaymentReceipt
from payments.tests.billing import allocate, bill, make_customer, post, receive
from tests.cast import StaffClient

TAGS = {"Customers", "Invoices", "Payments"}
PREFIXES = ("/api/customers", "/api/invoices", "/api/payments")
# Documented with the allocations, and tried there.
ELSEWHERE = ("/void", "/refund", "/unallocated-cash", "/approve", "/reject", "/undo")


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """The OpenAPI document as it is served."""
    schema: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    return schema


@pytest.fixture
def world(manager: Actor) -> dict[str, UUID]:
    """A customer with an invoice that is paid in part, and the payment that looks like another one."""
    acme = make_customer(manager, "Acme Dispatch")
    invoice = bill(
        manager, acme, "1000.00", issued=date(2025, 9, 1), due=date(2025, 10, 1), percent="2", days=10
    )
    receive(manager, acme, "1000.00", on=date(2025, 9, 14))
    payment = receive(manager, acme, "1000.00", on=date(2025, 9, 15))
    allocate(manager, payment, (invoice, "500.00"), apply_early_payment_discount=True)
    return {"customer_id": acme.id, "invoice_id": invoice.id, "payment_id": payment.id}


def documented(document: dict[str, Any], method: str) -> dict[str, dict[str, Any]]:
    """The operations of our tags by path."""
    return {
        path: operations[method]
        for path, operations in document["paths"].items()
        if method in operations
        and TAGS & set(operations[method]["tags"])
        and not path.endswith(ELSEWHERE)
        and path.startswith(PREFIXES)
    }


def test_everything_read_has_its_documented_shape(
    document: dict[str, Any], world: dict[str, UUID], client_of: Callable[..., StaffClient]
) -> None:
    auditor = client_of("auditor")
    operations = documented(document, "get")
    assert len(operations) >= 10, sorted(operations)

    for path, operation in operations.items():
        answer = auditor.get(path.format(**world))

        assert answer.status_code == 200, (path, answer.content)
        assert same_shape(example_of(operation, "200"), answer.json()) == [], path
        assert operation["summary"]


def test_everything_sent_is_taken_as_documented(
    document: dict[str, Any], world: dict[str, UUID], client_of: Callable[..., StaffClient]
) -> None:
    manager = client_of("manager")
    operations = {
        path: operation for path, operation in documented(document, "post").items() if "{" not in path
    }
    assert sorted(operations) == ["/api/customers", "/api/invoices", "/api/payments"]

    for path, operation in operations.items():
        (example,) = operation["requestBody"]["content"]["application/json"]["examples"].values()
        body = {
            **example["value"],
            **({"customer_id": str(world["customer_id"])} if path != "/api/customers" else {}),
        }
        answer = post(manager, path, body)

        assert answer.status_code == 201, (path, answer.content)
        assert same_shape(example_of(operation, "201"), answer.json()) == [], path


def test_every_operation_names_its_errors(document: dict[str, Any]) -> None:
    for method in ("get", "post"):
        for path, operation in documented(document, method).items():
            assert {"401", "403"} <= set(operation["responses"]), path
            assert any(code.startswith("4") for code in operation["responses"]), path


def test_the_figures_of_the_examples_add_up() -> None:
    sums = PaymentReceipt.example()["amount_summary"]
    parts = [sums[name] for name in ("total_allocated", "total_refunded", "remaining_amount")]

    assert sum(parts, Decimal(0)) == sums["payment_amount"]
    invoice = InvoiceRow.example()
    assert invoice["net_total"] + invoice["tax_total"] == invoice["total"]
    statement = CustomerStatement.example()
    assert (
        statement["opening_balance"] + statement["total_charges"] - statement["total_credits"]
        == statement["closing_balance"]
    )


def test_the_seeds_names_are_all_there() -> None:
    assert {
        "receipt_number",
        "company_details",
        "customer_details",
        "payment_details",
    } <= PaymentReceipt.example().keys()
    assert {
        "payment_amount",
        "total_allocated",
        "total_discount_applied",
        "remaining_amount",
    } <= PaymentReceipt.example()["amount_summary"].keys()
    assert {
        *("invoice_number", "allocation_date", "original_amount"),
        *("discount_amount", "discount_percent", "allocated_amount"),
    } <= PaymentReceipt.example()["allocations"][0].keys()
    assert {"pending", "posted", "voided"} <= set(Payment.Status.values)
    assert Customer._meta.get_field("external_reference").null


def example_of(operation: dict[str, Any], status: str) -> Any:
    (example,) = operation["responses"][status]["content"]["application/json"]["examples"].values()
    return example["value"]


def same_shape(example: Any, actual: Any, path: str = "") -> list[str]:
    """Where the names of the two differ; null stands for anything, of lists the first elements are compared."""
    if isinstance(example, dict) and isinstance(actual, dict):
        differences = [f"{path}.{name}" for name in sorted(example.keys() ^ actual.keys())]
        for name in example.keys() & actual.keys():
            differences += same_shape(example[name], actual[name], f"{path}.{name}")
        return differences
    if isinstance(example, list) and isinstance(actual, list):
        return same_shape(example[0], actual[0], f"{path}[0]") if example and actual else []
    if example is None or actual is None:
        return []
    kinds = (bool, (int, float, Decimal), str, dict, list)
    return [] if any(isinstance(example, kind) and isinstance(actual, kind) for kind in kinds) else [path]
