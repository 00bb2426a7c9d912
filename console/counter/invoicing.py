"""Issuing an invoice in the console: its head and up to twenty lines, by the service of the API's call.

Rule: docs/domain.md#bookings.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from django.urls import reverse

from batconnect.core.api.problems import check_body
from batconnect.core.companies.currencies import OFFERED
from batconnect.core.console.counter_forms import (
    LONGEST_VALUE,
    CounterForm,
    TypedAmounts,
    choice_field,
    day_field,
    notes_field,
    text_field,
)
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import FieldError, InvalidInput
from batconnect.core.kernel.ids import uuid7
from batconnect.core.kernel.money import format_amount
from batconnect.core.kernel.words import format_day
from console.counter.payers import Payer
from console.counter.results import Result
from ledger.previews import bookings_since
from ledger.services import reported_month_warnings
from payments.models import Invoice, InvoiceLine
from payments.serializers.invoices import InvoiceRequest
from payments.services.invoices import issue_invoice

MAX_LINES: Final = 20
SHOWN_LINES: Final = 4
PARTS: Final = ("description", "quantity", "unit_price", "tax_name", "tax_rate")
HEADINGS: Final = ("What", "Quantity", "Unit price", "Net", "Taxes")
_LINE: Final = re.compile(r"line-([0-9]{1,2})-(description|quantity|unit_price|tax_name|tax_rate)")
_LINE_ERROR: Final = re.compile(r"items\.([0-9]+)(?:\.(.+))?")
# By which of a line's fields an error of the call's is shown.
_PART_OF: Final = {"taxes.0.name": "tax_name", "taxes.0.rate": "tax_rate", "taxes": "tax_rate"}
_DISCOUNT: Final = ("early_payment_discount_percent", "early_payment_discount_days")


@dataclass(slots=True)
class TypedLine:
    """A row of the form: what was typed, by part, and what is wrong with it."""

    number: int
    values: dict[str, str] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """Its number, in the names of its fields."""
        return str(self.number)

    @property
    def is_filled(self) -> bool:
        """Whether it bills something: more than the quantity that every line begins with."""
        return any(text for part, text in self.values.items() if part != "quantity")

    @property
    def cells(self) -> Iterator[tuple[str, str, str]]:
        """The name, value and error of each part."""
        for part in PARTS:
            value = self.values.get(part, "1" if part == "quantity" and not self.is_filled else "")
            yield part, value, self.errors.get(part, "")


class InvoiceForm(CounterForm):
    """The head of an invoice; its lines are `line-<number>-<part>`."""

    issue_date = day_field("Issued on")
    due_date = day_field("Due on")
    currency = choice_field("Currency", [(code, f"{code}, {name}") for code, name in OFFERED.items()])
    number = text_field("Number", help_text="Empty: the next free one.", maxlength=60)
    early_payment_discount_percent = text_field(
        "Discount, percent", help_text="For early payment.", inputmode="decimal", maxlength=20
    )
    early_payment_discount_days = text_field("Within so many days", inputmode="numeric", maxlength=5)
    notes = notes_field()

    def __init__(self, data: dict[str, str] | None = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.lines = typed_lines(data or {})
        self.lines_error = ""

    @classmethod
    def typed(cls, sent: Any) -> dict[str, str]:
        """The head, and the parts of lines that hold anything."""
        lines = {
            name: str(sent[name]).strip()[: LONGEST_VALUE + 1]
            for name in sent
            if (named := _LINE.fullmatch(name)) and int(named[1]) < MAX_LINES and str(sent[name]).strip()
        }
        return {**super().typed(sent), **lines}

    @property
    def first_lines(self) -> list[TypedLine]:
        """The rows that are open at once: those that are filled in, and some more."""
        filled = [each.number for each in self.lines if each.is_filled or each.errors]
        return self.lines[: max(SHOWN_LINES, *(number + 2 for number in filled), 0)]

    @property
    def more_lines(self) -> list[TypedLine]:
        """The others."""
        return self.lines[len(self.first_lines) :]

    def place_error(self, error: FieldError) -> bool:
        """Show errors of items beside their lines."""
        if error.field == "items":
            self.lines_error = error.message
            return True
        if (named := _LINE_ERROR.fullmatch(error.field)) is None:
            return False
        filled = [each for each in self.lines if each.is_filled]
        place, part = int(named[1]), named[2] or "unit_price"
        if place >= len(filled):
            return False
        filled[place].errors.setdefault(_PART_OF.get(part, part), error.message)
        return True


def typed_lines(data: Mapping[str, str]) -> list[TypedLine]:
    """Every row of the form, with what was typed into it."""
    lines = [TypedLine(number) for number in range(MAX_LINES)]
    for name, text in data.items():
        if (named := _LINE.fullmatch(name)) is not None and int(named[1]) < MAX_LINES:
            lines[int(named[1])].values[named[2]] = text.strip()
    return lines


def issue(*, actor: Actor, payer: Payer, data: Mapping[str, str]) -> Result:
    """Issue the invoice by `issue_invoice`. Raises what it refuses, each error under the call's name of the field."""
    began = uuid7()
    amounts = TypedAmounts(data.get("currency", ""))
    body = InvoiceRequest(data=_body(payer, data, amounts))
    try:
        check_body(body)
    except InvalidInput as refusal:
        raise amounts.explained(refusal) from refusal
    invoice = issue_invoice(actor=actor, **body.values())
    lines = tuple(_shown(each) for each in _lines_of(invoice))
    facts = _facts(invoice, is_numbered=bool(data.get("number", "").strip()))
    return Result(
        address=reverse("admin:invoice_made", args=[invoice.pk]),
        seen=(payer.customer.pk, facts, lines, invoice.notes),
        facts=facts,
        lines=lines,
        bookings=bookings_since(actor=actor, began=began),
        warnings=tuple(reported_month_warnings(actor=actor, days=[invoice.issue_date])),
    )


def _body(payer: Payer, data: Mapping[str, str], amounts: TypedAmounts) -> dict[str, Any]:
    """What the API's call would be sent. Raises InvalidInput while no line bills anything."""
    filled = [each for each in typed_lines(data) if each.is_filled]
    items = [_item(each, f"items.{place}.unit_price", amounts) for place, each in enumerate(filled)]
    if not items:
        raise InvalidInput("Say on at least one line what is billed.", field="items")
    body: dict[str, Any] = {
        "customer_id": str(payer.customer.pk),
        "items": items,
        **{
            name: data.get(name, "").strip()
            for name in ("issue_date", "due_date", "currency", "number", "notes")
        },
    }
    for name in _DISCOUNT:
        if text := data.get(name, "").strip():
            body[name] = text
    return body


def _item(line: TypedLine, price: str, amounts: TypedAmounts) -> dict[str, Any]:
    values = line.values
    item: dict[str, Any] = {
        "description": values.get("description", ""),
        "quantity": values.get("quantity", ""),
        "unit_price": amounts.plain(price, values.get("unit_price", "")),
    }
    if values.get("tax_name") or values.get("tax_rate"):
        item["taxes"] = [{"name": values.get("tax_name", ""), "rate": values.get("tax_rate", "")}]
    return item


def _lines_of(invoice: Invoice) -> list[InvoiceLine]:
    rows = InvoiceLine.objects.filter(company_id=invoice.company_id, invoice_id=invoice.pk)
    return list(rows.order_by("line").prefetch_related("taxes"))


def _shown(line: InvoiceLine) -> tuple[str, ...]:
    taxes = ", ".join(
        f"{tax.name} {_plain(tax.rate)} %: {format_amount(tax.amount)}" for tax in line.taxes.all()
    )
    return (line.description, _plain(line.quantity), _price(line.unit_price), format_amount(line.net), taxes)


def _price(value: Decimal) -> str:
    """The price with at least two decimals: `1,200.50`, `12.3456`."""
    whole, _, rest = f"{value:,.4f}".partition(".")
    return f"{whole}.{rest.rstrip('0'):0<2}"


def _plain(value: Decimal) -> str:
    """The number without needless zeros: `8.875`, `1`."""
    return f"{value.normalize():f}"


def _facts(invoice: Invoice, *, is_numbered: bool) -> tuple[tuple[str, str], ...]:
    """What a person looks at; the next free number is left out, as another invoice may take it meanwhile."""
    terms = (
        f"{_plain(invoice.early_payment_discount_percent)} % within {invoice.early_payment_discount_days} days"
        if invoice.early_payment_discount_percent is not None
        else ""
    )
    facts = (
        ("Total", f"{format_amount(invoice.total)} {invoice.currency}"),
        ("Of that net", format_amount(invoice.net_total)),
        ("Of that taxes", format_amount(invoice.tax_total)),
        ("Number", invoice.number if is_numbered else "the next free one"),
        ("Issued on", format_day(invoice.issue_date)),
        ("Due on", format_day(invoice.due_date)),
        ("Early payment discount", terms),
    )
    return tuple(each for each in facts if each[1])
