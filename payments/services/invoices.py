"""Invoices: issued once, not changed afterwards; they can be voided while nothing is applied to them.

Rule: docs/domain.md#bookings, docs/domain.md#payments.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db import IntegrityError, models, transaction

from batconnect.core.audit import audit_event
from batconnect.core.companies.currencies import OFFERED
from batconnect.core.database.faults import broken_constraint
from batconnect.core.database.numbers import take
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.errors import FieldError, InvalidInput
from batconnect.core.kernel.ids import uuid7
from batconnect.core.kernel.money import LARGEST, format_amount, sum_of
from batconnect.directory.models import Customer
from ledger import chart
from ledger.chart import Category
from ledger.models import Obligation
from ledger.postings import EntryDraft, obligation_raised
from ledger.rules.reasons import checked_reason
from ledger.services import ObligationDraft, post_entries, void_obligation
from ledger.services.dates import book_date_error
from ledger.services.locks import lock_obligations
from ledger.services.obligations import planned_row
from payments.errors import (
    DATE_TOO_EARLY,
    DISCOUNT_TERMS,
    INVOICE_AMOUNTS,
    UNKNOWN_CURRENCY,
    CustomerNotFound,
    InvoiceNotFound,
    InvoiceNumberTaken,
)
from payments.models import Invoice, InvoiceLine, InvoiceTax
from payments.rules.invoices import LineAmounts, line_amounts, tax_per_rate, wrong_terms
from payments.subjects import INVOICE, INVOICE_NUMBERS

MAX_ITEMS: Final = 200
MAX_TAXES_PER_ITEM: Final = 10
# Each rate is a posting of its own, and an entry has 200 at most.
MAX_RATES: Final = 100
_NUMBER_CONSTRAINTS: Final = frozenset({"invoice_number", "ledger_obligation_reference"})
Check = Callable[[Obligation], None]


@dataclass(frozen=True, slots=True)
class ItemTax:
    """A tax on an item; `rate` in percent, up to four decimals."""

    name: str
    rate: Decimal


@dataclass(frozen=True, slots=True)
class InvoiceItem:
    """What is billed; quantity and unit price with up to four decimals, in the invoice's currency."""

    description: str
    quantity: Decimal
    unit_price: Decimal
    taxes: tuple[ItemTax, ...] = ()


@transaction.atomic
def issue_invoice(
    *,
    actor: Actor,
    customer_id: UUID,
    issue_date: date,
    due_date: date,
    items: Sequence[InvoiceItem],
    currency: str = "",
    number: str = "",
    early_payment_discount_percent: Decimal | None = None,
    early_payment_discount_days: int | None = None,
    notes: str = "",
) -> Invoice:
    """Issue an invoice: the document, its obligation and their entry, receivable gross against invoice income net
    and tax payable per rate, in one statement (docs/domain.md#bookings).

    `currency` is the company's own when empty, `number` the next free `INV-YYYY-NNN`; a discount of 0 percent for 0
    days is none. Needs `invoices.issue`.
    Raises CustomerNotFound (404), InvoiceNumberTaken (409), InvalidInput naming the field: dates, currency, terms
    for early payment, amounts.
    """
    actor.require("invoices.issue")
    terms = _terms(early_payment_discount_percent, early_payment_discount_days)
    amounts = _checked_amounts(items)
    code = currency or actor.company.base_currency
    _refuse(_wrong_head(actor, code, issue_date, due_date, *terms))
    if not Customer.objects.filter(company_id=actor.company_id, id=customer_id).exists():
        raise CustomerNotFound(f"There is no customer {customer_id}.", field="customer_id")
    invoice = Invoice(
        company_id=actor.company_id,
        customer_id=customer_id,
        number=_free_number(actor, number.strip()),
        issue_date=issue_date,
        due_date=due_date,
        currency=code,
        early_payment_discount_percent=terms[0],
        early_payment_discount_days=terms[1],
        net_total=sum_of(each.net for each in amounts),
        tax_total=sum_of(each.tax for each in amounts),
        total=sum_of(each.net + each.tax for each in amounts),
        notes=notes,
        created_by_id=actor.user_id,
    )
    obligation, entry = _raising(actor, invoice, amounts)
    invoice.obligation = obligation
    _post(actor, invoice, obligation, entry, _line_rows(actor, invoice, items, amounts))
    return invoice


@transaction.atomic
def void_invoice(*, actor: Actor, invoice_id: UUID, reason: str, check: Check | None = None) -> Invoice:
    """Void an invoice to which nothing is applied; it keeps its number (docs/domain.md#bookings).

    `check` is called with the locked obligation (`If-Match`). Needs `ledger.void` and a reason of 10 to 500
    characters. Raises InvoiceNotFound (404), Conflict 409 `already_voided`, `obligation_in_use`.
    """
    actor.require("ledger.void")
    reason = checked_reason(reason)
    invoice = Invoice.objects.filter(company_id=actor.company_id, id=invoice_id).first()
    if invoice is None:
        raise InvoiceNotFound(f"There is no invoice {invoice_id}.")
    if check:
        locked = lock_obligations(actor=actor, ids=[invoice.obligation_id])
        check(locked[invoice.obligation_id])
    invoice.obligation = void_obligation(actor=actor, obligation_id=invoice.obligation_id, reason=reason)
    return invoice


def _checked_amounts(items: Sequence[InvoiceItem]) -> list[LineAmounts]:
    """What each item comes to; the total is above zero and nothing exceeds the largest amount."""
    if not 1 <= len(items) <= MAX_ITEMS:
        raise InvalidInput(f"Give 1 to {MAX_ITEMS} items; you sent {len(items)}.", field="items")
    amounts = [
        line_amounts(
            quantity=item.quantity,
            unit_price=item.unit_price,
            taxes=[(tax.name, tax.rate) for tax in item.taxes],
        )
        for item in items
    ]
    wrong = [
        FieldError(
            f"items.{place}",
            f"The line comes to {format_amount(each.net + each.tax)}; at most {format_amount(LARGEST)} is accepted.",
            INVOICE_AMOUNTS,
        )
        for place, each in enumerate(amounts)
        if each.net + each.tax > LARGEST
    ]
    total = sum_of(each.net + each.tax for each in amounts)
    if not wrong and not 0 < total <= LARGEST:
        message = (
            f"The invoice comes to {format_amount(total)}; the total must be above 0.00 and at most "
            f"{format_amount(LARGEST)}."
        )
        wrong.append(FieldError("items", message, INVOICE_AMOUNTS))
    if (rates := len(tax_per_rate(amounts))) > MAX_RATES:
        wrong.append(
            FieldError(
                "items",
                f"The invoice has {rates} tax rates; at most {MAX_RATES} are accepted.",
                INVOICE_AMOUNTS,
            )
        )
    _refuse(wrong)
    return amounts


def _terms(percent: Decimal | None, days: int | None) -> tuple[Decimal | None, int | None]:
    """The terms for early payment; 0 percent for 0 days is how clients write that there are none."""
    return (None, None) if (percent, days) == (0, 0) else (percent, days)


def _wrong_head(
    actor: Actor, currency: str, issue_date: date, due_date: date, percent: Decimal | None, days: int | None
) -> list[FieldError]:
    wrong: list[FieldError] = []
    if currency not in OFFERED:
        message = f"{currency[:10]!r} is not offered; choose one of {', '.join(sorted(OFFERED))}."
        wrong.append(FieldError("currency", message, UNKNOWN_CURRENCY))
    if date_error := book_date_error(actor=actor, day=issue_date, field="issue_date"):
        wrong.append(date_error)
    if due_date < issue_date:
        message = f"{due_date} is before the issue date, {issue_date}."
        wrong.append(FieldError("due_date", message, DATE_TOO_EARLY))
    elif terms := wrong_terms(percent=percent, days=days, issue_date=issue_date, due_date=due_date):
        name, message = terms
        wrong.append(FieldError(f"early_payment_discount_{name}", message, DISCOUNT_TERMS))
    return wrong


def _free_number(actor: Actor, given: str) -> str:
    """The given number, or the year's next one that is still free. Raises InvoiceNumberTaken."""
    if given:
        if _is_taken(actor, given):
            raise _taken(given)
        return given
    day = today(actor.company)
    while True:
        (number,) = take(INVOICE_NUMBERS, company_id=actor.company_id, day=day)
        if not _is_taken(actor, number.text):
            return number.text


def _is_taken(actor: Actor, number: str) -> bool:
    return Obligation.objects.filter(
        company_id=actor.company_id, category=Category.INVOICE.value, reference_id=number
    ).exists()


def _taken(number: str) -> InvoiceNumberTaken:
    return InvoiceNumberTaken(f"There already is an invoice {number}.", field="number")


def _raising(actor: Actor, invoice: Invoice, amounts: Sequence[LineAmounts]) -> tuple[Obligation, EntryDraft]:
    """The invoice's obligation, unsaved, and the entry that raises it."""
    credits = (
        (chart.INVOICE_INCOME, invoice.net_total),
        *((chart.TAX_PAYABLE, tax) for tax in tax_per_rate(amounts).values()),
    )
    draft = ObligationDraft(
        category=Category.INVOICE,
        reference_id=invoice.number,
        amount=invoice.total,
        issue_date=invoice.issue_date,
        due_date=invoice.due_date,
        customer_id=invoice.customer_id,
        credits=credits,
        currency=invoice.currency,
        source_type=INVOICE,
        source_id=str(invoice.id),
    )
    entry = obligation_raised(
        obligation_id=draft.id,
        category=draft.category.value,
        amount=draft.amount,
        currency=invoice.currency,
        issue_date=draft.issue_date,
        credits=draft.credits,
        customer_id=draft.customer_id,
        lease_id=None,
    )
    return planned_row(actor=actor, draft=draft), entry


def _post(
    actor: Actor,
    invoice: Invoice,
    obligation: Obligation,
    entry: EntryDraft,
    rows: tuple[list[InvoiceLine], list[InvoiceTax]],
) -> None:
    """Write all of it in one statement; somebody may have taken the number meanwhile."""
    try:
        post_entries(
            actor=actor,
            drafts=[entry],
            rows=[[obligation], [invoice], *rows, [_audit(actor, "invoice_issued", invoice)]],
            raises=frozenset({obligation.id}),
        )
    except IntegrityError as error:
        if broken_constraint(error) in _NUMBER_CONSTRAINTS:
            raise _taken(invoice.number) from error
        raise


def _line_rows(
    actor: Actor, invoice: Invoice, items: Sequence[InvoiceItem], amounts: Sequence[LineAmounts]
) -> tuple[list[InvoiceLine], list[InvoiceTax]]:
    lines: list[InvoiceLine] = []
    taxes: list[InvoiceTax] = []
    for place, (item, each) in enumerate(zip(items, amounts, strict=True), start=1):
        line = InvoiceLine(
            id=uuid7(),
            company_id=actor.company_id,
            invoice=invoice,
            line=place,
            description=item.description,
            quantity=item.quantity,
            unit_price=item.unit_price,
            net=each.net,
        )
        lines.append(line)
        taxes += [
            InvoiceTax(
                company_id=actor.company_id,
                line=line,
                place=number,
                name=tax.name,
                rate=tax.rate,
                amount=tax.amount,
            )
            for number, tax in enumerate(each.taxes, start=1)
        ]
    return lines, taxes


def _audit(actor: Actor, event: str, invoice: Invoice) -> models.Model:
    details: dict[str, Any] = {
        "number": invoice.number,
        "total": str(invoice.total),
        "currency": invoice.currency,
    }
    return audit_event(
        actor=actor,
        action=f"invoices.{event}",
        subject_type=INVOICE,
        subject_id=invoice.id,
        details=details,
    )


def _refuse(wrong: Sequence[FieldError]) -> None:
    """Raise InvalidInput naming all of it; nothing for an empty list."""
    if not wrong:
        return
    message = " ".join(f"{each.field}: {each.message}" for each in wrong[:5])
    raise InvalidInput(message, code=wrong[0].code, errors=wrong)
