"""Invoices as JSON, and the body that issues one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from django.db.models import F
from rest_framework import serializers

from batconnect.core.api.answers import Answer, Choice, Day, Id, Instant, Listed, Money, Rate, Text, Whole
from batconnect.core.api.etags import etag
from batconnect.core.api.fields import DayInput, RateInput, StrictSerializer
from batconnect.core.companies.currencies import currency_id
from batconnect.core.kernel.money import ZERO
from ledger.models import Obligation
from ledger.serializers import ExplainedEvent
from payments.models import InvoiceLine
from payments.rules.invoices import INVOICE_STATUSES, invoice_status
from payments.serializers.money import CurrencyFields
from payments.services.invoices import MAX_ITEMS, MAX_TAXES_PER_ITEM, InvoiceItem, ItemTax

# Names that the model's own fields do not have, as annotations must.
INVOICE_ROW: Final = {
    "key": F("id"),
    "invoice_number": F("number"),
    "customer_key": F("customer_id"),
    "customer_name": F("customer__name"),
    "issued_on": F("issue_date"),
    "due_on": F("due_date"),
    "code": F("currency"),
    "percent": F("early_payment_discount_percent"),
    "days": F("early_payment_discount_days"),
    "net": F("net_total"),
    "tax": F("tax_total"),
    "gross": F("total"),
    "remarks": F("notes"),
    "made_at": F("created_at"),
    "made_by_first_name": F("created_by__first_name"),
    "made_by_username": F("created_by__username"),
    "obligation_key": F("obligation_id"),
    "outstanding": F("obligation__outstanding"),
    "written_off": F("obligation__written_off"),
    "obligation_status": F("obligation__status"),
}


class TaxRequest(StrictSerializer):
    """A tax on an item; the rate is a percentage: 8.875."""

    name = serializers.CharField(max_length=60)
    rate = RateInput(at_most=Decimal(100))


class ItemRequest(StrictSerializer):
    """What is billed."""

    description = serializers.CharField(max_length=200)
    quantity = RateInput(above=Decimal(0), at_most=Decimal("999999999.9999"))
    unit_price = RateInput(at_most=Decimal("999999999.9999"))
    taxes = TaxRequest(  # type: ignore[call-arg]  # with many=True it is the list's
        many=True, required=False, default=list, max_length=MAX_TAXES_PER_ITEM
    )


class InvoiceRequest(CurrencyFields):
    """An invoice to issue."""

    customer_id = serializers.UUIDField()
    number = serializers.CharField(
        required=False, allow_blank=True, max_length=60, help_text="Defaults to the next INV-YYYY-NNN."
    )
    issue_date = DayInput()
    due_date = DayInput()
    early_payment_discount_percent = RateInput(required=False, allow_null=True, at_most=Decimal(100))
    early_payment_discount_days = serializers.IntegerField(
        required=False, allow_null=True, min_value=0, max_value=10_000
    )
    notes = serializers.CharField(required=False, allow_blank=True, max_length=500)
    items = ItemRequest(  # type: ignore[call-arg]  # with many=True it is the list's
        many=True, allow_empty=False, max_length=MAX_ITEMS
    )

    def values(self) -> dict[str, Any]:
        """What `issue_invoice` takes, from the validated body."""
        values = dict(self.validated_data)
        values["items"] = [
            InvoiceItem(
                description=item["description"],
                quantity=item["quantity"],
                unit_price=item["unit_price"],
                taxes=tuple(ItemTax(tax["name"], tax["rate"]) for tax in item["taxes"]),
            )
            for item in values["items"]
        ]
        return values


class InvoiceRow(Answer):
    """An invoice with what is left of it."""

    id = Id("d1")
    number = Text("INV-2025-001")
    status = Choice(INVOICE_STATUSES)
    customer_id = Id("c1")
    customer_name = Text("Acme Dispatch")
    issue_date = Day("2025-09-01")
    due_date = Day("2025-10-01")
    currency = Text("USD")
    currency_id = Id("aa")
    early_payment_discount_percent = Rate("2", null=True)
    early_payment_discount_days = Whole(10, null=True)
    early_payment_discount_until = Day("2025-09-21", null=True)
    net_total = Money("1000.00")
    tax_total = Money("88.75")
    total = Money("1088.75")
    outstanding = Money("1088.75")
    settled = Money()
    written_off = Money()
    obligation_id = Id("b1")
    notes = Text()
    created_by = Text("Mara")
    created_at = Instant()


class _ItemTax(Answer):
    """A tax on an item."""

    name = Text("NY sales tax")
    rate = Rate("8.875")
    amount = Money("88.75")


class _InvoiceItem(Answer):
    """What was billed."""

    description = Text("Dispatch service")
    quantity = Rate("1")
    unit_price = Rate("1000.00")
    net = Money("1000.00")
    taxes = Listed(_ItemTax)
    total = Money("1088.75")


class _InvoiceTax(_ItemTax):
    """A tax of the whole invoice, and what it was charged on."""

    net = Money("1000.00")


class InvoiceDocument(InvoiceRow):
    """An invoice with its items."""

    items = Listed(_InvoiceItem)
    taxes = Listed(_InvoiceTax)


class IssuedInvoice(InvoiceDocument):
    """An invoice that was just issued."""

    warnings = Listed(Text("October 2025 has been reported: …"))


class _InvoiceSummary(Answer):
    """What moved the balance, summed by kind."""

    issued = Money("1088.75")
    voided = Money()
    applied = Money()
    allocations_voided = Money()
    refunded = Money()
    credits_applied = Money(help_text="By credit memos.")
    credits_undone = Money()
    written_off = Money()
    write_offs_undone = Money()
    recovered = Money()
    recoveries_undone = Money()
    other = Money()
    outstanding = Money("1088.75")


class InvoiceExplanation(Answer):
    """Why an invoice's balance is what it is."""

    invoice = InvoiceRow()
    explanation = Text("INV-2025-001 is at 1,088.75: issued 1,088.75.")
    summary = _InvoiceSummary()
    events = Listed(ExplainedEvent)


def invoice_row(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of INVOICE_ROW with the API's names."""
    return {
        "id": row["key"],
        "number": row["invoice_number"],
        "status": _status(row),
        "customer_id": row["customer_key"],
        "customer_name": row["customer_name"],
        "issue_date": row["issued_on"],
        "due_date": row["due_on"],
        "currency": row["code"],
        "currency_id": currency_id(row["code"]),
        "early_payment_discount_percent": row["percent"],
        "early_payment_discount_days": row["days"],
        "early_payment_discount_until": _until(row["due_on"], row["days"]),
        "net_total": row["net"],
        "tax_total": row["tax"],
        "total": row["gross"],
        "outstanding": row["outstanding"],
        "settled": _settled(row),
        "written_off": row["written_off"],
        "obligation_id": row["obligation_key"],
        "notes": row["remarks"],
        "created_by": row["made_by_first_name"] or row["made_by_username"] or "",
        "created_at": row["made_at"],
    }


def invoice_document(row: Mapping[str, Any], lines: Sequence[InvoiceLine]) -> dict[str, Any]:
    """One invoice with its items, whose taxes are loaded."""
    return {**invoice_row(row), "items": [_item(line) for line in lines], "taxes": _tax_summary(lines)}


def invoice_etag(row: Mapping[str, Any]) -> str:
    """The version of an invoice's row: the document never changes, what is owed on it does."""
    return _etag(row["key"], row["obligation_status"], row["outstanding"], row["written_off"])


def locked_invoice_etag(invoice_id: Any, obligation: Obligation) -> str:
    """The same from its locked obligation."""
    return _etag(invoice_id, obligation.status, obligation.outstanding, obligation.written_off)


def _etag(key: Any, status: str, outstanding: Decimal, written_off: Decimal) -> str:
    return etag("invoice", key, str(status), f"{outstanding:.2f}", f"{written_off:.2f}")


def _status(row: Mapping[str, Any]) -> str:
    return invoice_status(
        status=row["obligation_status"],
        original=row["gross"],
        outstanding=row["outstanding"],
        written_off=row["written_off"],
    )


def _settled(row: Mapping[str, Any]) -> Decimal:
    """What payments and their discounts have settled."""
    if row["obligation_status"] == Obligation.Status.VOIDED:
        return ZERO
    settled: Decimal = row["gross"] - row["outstanding"] - row["written_off"]
    return settled


def _until(due_date: date, days: int | None) -> date | None:
    """The last payment date that earns the discount."""
    return None if days is None else due_date - timedelta(days=days)


def _item(line: InvoiceLine) -> dict[str, Any]:
    taxes = sorted(line.taxes.all(), key=lambda each: each.place)
    return {
        "description": line.description,
        "quantity": line.quantity,
        "unit_price": line.unit_price,
        "net": line.net,
        "taxes": [{"name": each.name, "rate": each.rate, "amount": each.amount} for each in taxes],
        "total": line.net + sum((each.amount for each in taxes), ZERO),
    }


def _tax_summary(lines: Sequence[InvoiceLine]) -> list[dict[str, Any]]:
    """Each tax of the invoice, by name and rate: what it was charged on, and how much."""
    summary: dict[tuple[str, Decimal], dict[str, Any]] = {}
    for line in lines:
        for each in line.taxes.all():
            entry = summary.setdefault(
                (each.name, each.rate), {"name": each.name, "rate": each.rate, "net": ZERO, "amount": ZERO}
            )
            entry["net"] += line.net
            entry["amount"] += each.amount
    return [summary[key] for key in sorted(summary)]
