"""What the database refuses of invoices by itself: raw SQL as the runtime role."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.ids import uuid7
from batconnect.directory.models import Customer
from payments.models import Invoice
from payments.tests.billing import bill, make_customer, receive
from tests.cast import SOUTH
from tests.databases import owners_hand

COLUMNS = (
    "id, company_id, customer_id, number, issue_date, due_date, currency, early_payment_discount_percent,"
    " early_payment_discount_days, net_total, tax_total, total, notes, obligation_id"
)


@pytest.fixture
def invoice(manager: Actor) -> Invoice:
    return bill(manager, make_customer(manager), "100.00")


def run(statement: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


@contextmanager
def refused(message: str) -> Iterator[None]:
    """The database refuses, with these words."""
    with pytest.raises(DatabaseError, match=message), transaction.atomic():
        yield


def insert(invoice: Invoice, **changes: Any) -> None:
    """Another invoice like this one, changed."""
    values = {
        "id": uuid7(),
        "company_id": invoice.company_id,
        "customer_id": invoice.customer_id,
        "number": "RAW-1",
        "issue_date": date(2025, 9, 1),
        "due_date": date(2025, 10, 1),
        "currency": "USD",
        "percent": None,
        "days": None,
        "net": Decimal("100.00"),
        "tax": Decimal("8.00"),
        "total": Decimal("108.00"),
        "notes": "",
        "obligation_id": invoice.obligation_id,
        **changes,
    }
    run(f"insert into invoices ({COLUMNS}) values ({', '.join(['%s'] * len(values))})", *values.values())


@pytest.mark.parametrize(
    ("changes", "constraint"),
    [
        ({}, "invoice_obligation"),
        ({"total": Decimal("108.01")}, "invoice_total_adds_up"),
        ({"net": Decimal(0), "tax": Decimal(0), "total": Decimal(0)}, "invoice_total_positive"),
        ({"due_date": date(2025, 8, 31)}, "invoice_due_after_issue"),
        ({"percent": Decimal(2)}, "invoice_discount_terms_fit"),
        ({"days": 10}, "invoice_discount_terms_fit"),
        ({"percent": Decimal(100), "days": 10}, "invoice_discount_terms_fit|numeric field overflow"),
        ({"percent": Decimal(2), "days": 31}, "invoice_discount_terms_fit"),
        ({"percent": Decimal(2), "days": 0}, "invoice_discount_terms_fit"),
        ({"company_id": SOUTH}, "row-level security"),
    ],
)
def test_refuses(invoice: Invoice, changes: dict[str, Any], constraint: str) -> None:
    with refused(constraint):
        insert(invoice, **changes)


def test_refuses_a_number_twice(invoice: Invoice) -> None:
    with refused("invoice_(number|obligation)"):
        insert(invoice, number=invoice.number)


@pytest.mark.parametrize("table", ["invoices", "invoice_lines", "invoice_taxes"])
@pytest.mark.parametrize(
    "statement", ["delete from {}", "update {} set company_id = company_id", "truncate {}"]
)
def test_what_was_issued_never_changes(invoice: Invoice, table: str, statement: str) -> None:
    with refused("append-only|permission denied"):
        run(statement.format(table))


def test_refuses_a_customer_of_nobody(invoice: Invoice) -> None:
    with refused("invoice_(customer_key|obligation)"):
        insert(invoice, customer_id=uuid7())


def test_an_acknowledged_payment_names_its_duplicate(manager: Actor) -> None:
    payment = receive(manager, make_customer(manager), "1.00")

    with refused("payment_acknowledged_names_twin"), owners_hand():
        run("update payments set duplicate_acknowledged_at = now() where id = %s", payment.id)


def test_the_customer_is_the_companys(invoice: Invoice) -> None:
    assert Customer.objects.get(id=invoice.customer_id).company_id == invoice.company_id
