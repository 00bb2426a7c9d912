"""Customers as JSON."""

from __future__ import annotations

from typing import Any, Final

from django.db.models import F
from rest_framework import serializers

from batconnect.core.api.answers import Answer, Day, Id, Instant, Listed, Money, Text, Whole
from batconnect.core.api.fields import StrictSerializer

CUSTOMER_ROW: Final = {
    "key": F("id"),
    "customer_name": F("name"),
    "customer_email": F("email"),
    "customer_phone": F("phone"),
    "customer_address": F("address"),
    "reference": F("external_reference"),
    "driver_pk": F("drivers__id"),
    "driver_no": F("drivers__driver_id"),
    "license": F("drivers__tlc_license"),
    "since": F("created_at"),
}


class CustomerRequest(StrictSerializer):
    """A new customer."""

    name = serializers.CharField(max_length=200)
    email = serializers.EmailField(required=False, allow_blank=True)
    phone = serializers.CharField(required=False, allow_blank=True, max_length=40)
    address = serializers.CharField(required=False, allow_blank=True, max_length=2_000)
    external_reference = serializers.CharField(
        required=False, allow_blank=True, allow_null=True, max_length=60
    )


class CustomerRow(Answer):
    """A customer; what is about a driver is null for one who does not drive."""

    id = Id("c1")
    name = Text("Acme Dispatch")
    email = Text("accounts@acme.example")
    phone = Text("(212) 555-0100")
    address = Text("10 Hudson Yards\nNew York, NY 10001")
    external_reference = Text("ACME-1", null=True)
    driver_id = Whole(null=True)
    driver_no = Text(null=True)
    tlc_license = Text(null=True)
    created_at = Instant()


class _OwedTotals(Answer):
    """What is owed in one currency."""

    currency = Text("USD")
    total_outstanding = Money("500.00")
    total_overdue = Money()
    total_unallocated = Money()


class _OwedItem(Answer):
    """Something that is owed."""

    obligation_id = Id("b1")
    invoice_id = Id("d1", null=True)
    invoice_number = Text("INV-2025-001", null=True)
    category = Text("Invoice")
    reference_id = Text("INV-2025-001")
    description = Text("Invoice obligation from 2025-10-01")
    issue_date = Day("2025-09-01")
    due_date = Day("2025-10-01")
    days_overdue = Whole(0)
    currency = Text("USD")
    original_amount = Money("1000.00")
    outstanding = Money("500.00")


class CustomerOutstanding(_OwedTotals):
    """What a customer owed; the totals at the top are the base currency's."""

    customer_id = Id("c1")
    customer_name = Text("Acme Dispatch")
    as_of = Day("2025-09-30")
    known_at = Instant(null=True)
    by_currency = Listed(_OwedTotals)
    items = Listed(_OwedItem)


class _StatementEvent(Answer):
    """One event of a statement, and the balance just after it."""

    entry_id = Id("e1")
    date = Day("2025-09-01")
    posted_at = Instant()
    event = Text("obligation_raised")
    text = Text("Invoice INV-2025-001")
    category = Text("Invoice")
    reference_id = Text("INV-2025-001")
    payment_number = Text()
    case_no = Text()
    user = Text("Mara")
    reason = Text()
    charge = Money("1000.00")
    credit = Money()
    applied = Money()
    balance = Money("1000.00")


class CustomerStatement(Answer):
    """A statement of account."""

    customer_id = Id("c1")
    customer_name = Text("Acme Dispatch")
    currency = Text("USD")
    from_ = Day("2025-09-01", null=True)
    to = Day("2025-09-30")
    opening_balance = Money()
    total_charges = Money("1000.00")
    total_credits = Money()
    closing_balance = Money("1000.00")
    events = Listed(_StatementEvent)


def customer_row(row: dict[str, Any]) -> dict[str, Any]:
    """A row of CUSTOMER_ROW with the API's names; those about a driver are null for a customer who does not drive."""
    return {
        "id": row["key"],
        "name": row["customer_name"],
        "email": row["customer_email"],
        "phone": row["customer_phone"],
        "address": row["customer_address"],
        "external_reference": row["reference"],
        "driver_id": row["driver_pk"],
        "driver_no": row["driver_no"],
        "tlc_license": row["license"],
        "created_at": row["since"],
    }
