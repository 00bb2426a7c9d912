"""The receipts of payments as PDFs, for their readers and for links that open one without a token."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from batconnect.core.api.printed import Printed, PrintedKind, register_printed
from batconnect.core.companies.currencies import OFFERED
from batconnect.core.files.exports.letterhead import letterhead
from batconnect.core.files.exports.pdf import render_pdf
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import InvalidInput, Refusal
from batconnect.core.kernel.json import write_exact_json
from batconnect.core.kernel.money import format_amount
from batconnect.core.mailing.kinds import About, MailedKind, register_mailed
from batconnect.core.sealing.documents import PackedDocument, PackedKind, Period, register_packed
from ledger.postings import OBLIGATION
from ledger.sealed import sealed_customers, sealed_sources
from payments.errors import UNKNOWN_CURRENCY, CustomerNotFound, PaymentNotFound
from payments.models import Allocation, Invoice, InvoiceLine, Payment
from payments.postings import PAYMENT
from payments.querysets import interim_payment
from payments.rules.methods import method_label
from payments.serializers.invoices import INVOICE_ROW, invoice_document
from payments.services.outstanding import find_customer
from payments.services.receipts import Receipt, ReceiptLine, read_interim_receipt, read_payment_receipt
from payments.services.statements import read_statement, statement_pdf


class _Fact(NamedTuple):
    """Something about the payment, with smaller lines below it."""

    label: str
    value: str
    below: Sequence[str] = ()


class _Foot(NamedTuple):
    """A line below a table of allocations."""

    label: str
    amount: str
    is_total: bool = False
    below: str = ""


class _Part(NamedTuple):
    """Allocations under one heading."""

    title: str
    lines: Sequence[dict[str, Any]]
    feet: Sequence[_Foot] = ()


def printed_receipt(*, actor: Actor, receipt: Receipt) -> Printed:
    """The receipt of any payment. Raises PdfUnavailable (501)."""
    pdf = render_pdf("pdf/receipt.html", receipt_context(actor=actor, receipt=receipt), actor=actor)
    return Printed(f"{receipt.payment.receipt_number}.pdf", pdf)


def receipt_context(*, actor: Actor, receipt: Receipt) -> dict[str, Any]:
    """What `pdf/receipt.html` prints; one statement, for the letterhead."""
    payment = receipt.payment
    zone = ZoneInfo(actor.company.time_zone)
    is_interim = payment.kind == Payment.Kind.INTERIM
    facts = _facts(receipt, zone)
    return {
        **letterhead(actor=actor),
        "title": f"Receipt {payment.receipt_number}",
        "payment": payment,
        "receipt": receipt,
        "is_interim": is_interim,
        "fact_lines": [facts[place : place + 4] for place in range(0, len(facts), 4)],
        "sums": _handed_out_sums(receipt) if is_interim else _sums(receipt),
        "parts": _handed_out_parts(receipt) if is_interim else _parts(receipt),
        "has_discount": any(line.discount for line in receipt.lines),
        "refunded": _unless_zero(receipt.refunded),
        "returned": _unless_zero(receipt.returned),
        "voided_at": _local(receipt.voided_at, zone),
        "known_at": _local(receipt.known_at, zone),
    }


def _facts(receipt: Receipt, zone: ZoneInfo) -> list[_Fact]:
    """From whom, when, how and by whom."""
    payment, customer = receipt.payment, receipt.payment.customer
    address = [line.strip() for line in customer.address.splitlines() if line.strip()]
    contact = " · ".join(filter(None, (customer.email, customer.phone)))
    driver = [f"Driver {payment.driver.driver_id}"] if payment.driver else []
    facts = [_Fact("Received from", customer.name, driver or [*address, *filter(None, [contact])])]
    if payment.driver:
        facts.append(_Fact("TLC license", payment.driver.tlc_license))
    if payment.lease:
        facts.append(_Fact("Lease", payment.lease.lease_id))
        facts.append(_Fact("Medallion", payment.lease.medallion.medallion_no))
    number = [f"No. {payment.reference_number}"] if payment.reference_number else []
    facts += [
        _Fact("Payment date", f"{payment.payment_date:%B %-d, %Y}"),
        _Fact("Method", method_label(payment.method), number),
        _Fact("Received by", payment.cashier, [_local(payment.created_at, zone)]),
    ]
    if customer.external_reference:
        facts.append(_Fact("Customer no.", customer.external_reference))
    return facts


def _sums(receipt: Receipt) -> list[tuple[str, str]]:
    """As it stands, or stood."""
    sums = [("Received", receipt.payment.amount), ("Applied", receipt.allocated)]
    sums += [("Discount", receipt.discount)] if receipt.discount else []
    sums += [("Refunded", receipt.refunded)] if receipt.refunded else []
    return _formatted([*sums, ("Left for later", receipt.unallocated)])


def _parts(receipt: Receipt) -> list[_Part]:
    """Every allocation, with what of all of them counts."""
    feet = [_Foot("Applied, net of refunds", format_amount(receipt.allocated), is_total=True)]
    if receipt.discount:
        settled = format_amount(receipt.allocated + receipt.discount)
        feet.append(_Foot("Early-payment discounts on top", format_amount(receipt.discount)))
        feet.append(_Foot("Settled in all", settled))
    if receipt.refunded:
        feet.append(_Foot("Refunded", format_amount(receipt.refunded)))
    feet.append(_Foot("Left as unallocated cash", format_amount(receipt.unallocated)))
    return [_Part("How it was applied", [_line(line) for line in receipt.lines], feet)]


def _handed_out_sums(receipt: Receipt) -> list[tuple[str, str]]:
    """As they were when the driver was handed the receipt."""
    return _formatted(
        [
            ("Received", receipt.payment.amount),
            ("Applied", receipt.applied_at_once),
            ("Left for later", receipt.kept),
        ]
    )


def _handed_out_parts(receipt: Receipt) -> list[_Part]:
    """What was applied at once, which with the rest sums to the payment; then what was applied since."""
    payment = receipt.payment
    feet = []
    if receipt.kept:
        below = f"for what {payment.lease.lease_id} owes next" if payment.lease else ""
        feet.append(_Foot("Kept as unallocated cash", format_amount(receipt.kept), below=below))
    feet.append(_Foot(f"Total received, {payment.currency}", format_amount(payment.amount), is_total=True))
    parts = [_Part("How it was applied", [_line(line) for line in receipt.at_once], feet)]
    if receipt.later:
        later = [_line(line) for line in receipt.later]
        parts.append(_Part("Applied later from the unallocated cash", later))
    return parts


def _line(line: ReceiptLine) -> dict[str, Any]:
    below = []
    if line.status != Allocation.Status.ACTIVE:
        below.append(line.status.label.lower())
    if line.refunded and line.is_live:
        below.append(f"{format_amount(line.refunded)} paid back")
    state = ", ".join(below)
    return {
        "number": line.invoice_number or line.reference_id,
        "category": line.category,
        "note": line.note,
        "state": f"{state}: {line.reason}" if state and line.reason else state,
        "due_date": line.due_date,
        "allocation_date": line.allocation_date,
        "original": format_amount(line.original),
        "discount": _unless_zero(line.discount),
        "percent": f"{line.percent.normalize():f}" if line.discount else "",
        "cash": format_amount(line.cash),
        "balance": format_amount(line.balance_after),
        "undone": not line.is_live,
    }


def _formatted(sums: Iterable[tuple[str, Decimal]]) -> list[tuple[str, str]]:
    return [(label, format_amount(amount)) for label, amount in sums]


def _unless_zero(amount: Decimal) -> str:
    return format_amount(amount) if amount else ""


def _local(instant: datetime | None, zone: ZoneInfo) -> str:
    return instant.astimezone(zone).strftime("%b %-d, %Y at %-I:%M %p") if instant else ""


def _interim(actor: Actor, number: str) -> Printed:
    return printed_receipt(actor=actor, receipt=read_interim_receipt(actor=actor, number=number))


def _payment(actor: Actor, key: str) -> Printed:
    receipt = read_payment_receipt(actor=actor, payment_id=UUID(key))
    return printed_receipt(actor=actor, receipt=receipt)


INTERIM_RECEIPT = register_printed(PrintedKind("payments.interim_receipt", "payments.view", _interim))
PAYMENT_RECEIPT = register_printed(PrintedKind("payments.receipt", "payments.view", _payment))


def _about_interim(actor: Actor, number: str) -> About:
    payment = interim_payment(company_id=actor.company_id, number=number)
    if payment is None:
        raise PaymentNotFound(f"There is no interim payment {number[:40]}.")
    return _about(payment)


def _about_payment(actor: Actor, key: str) -> About:
    payment = (
        Payment.objects.select_related("customer")
        .filter(company_id=actor.company_id, id=_key(key, PaymentNotFound("There is no such payment.")))
        .first()
    )
    if payment is None:
        raise PaymentNotFound(f"There is no payment {key[:40]}.")
    return _about(payment)


def _about(payment: Payment) -> About:
    customer = payment.customer
    return About(
        title=f"Receipt {payment.receipt_number}",
        name=customer.name,
        address=customer.email,
        customer_id=customer.pk,
        case_no=payment.case_no,
    )


def statement_key(customer_id: UUID, currency: str) -> str:
    """The number of a customer's statement of account up to the day it is printed, in one currency."""
    return f"{customer_id}:{currency}"


def _statement(actor: Actor, key: str) -> Printed:
    customer_id, _, currency = key.partition(":")
    statement = read_statement(
        actor=actor,
        customer_id=_key(customer_id, CustomerNotFound("There is no such customer.")),
        currency=currency,
    )
    return Printed(f"statement-{statement.last}.pdf", statement_pdf(actor=actor, statement=statement))


def _about_statement(actor: Actor, key: str) -> About:
    customer_id, _, currency = key.partition(":")
    missing = CustomerNotFound("There is no such customer.")
    customer = find_customer(actor=actor, customer_id=_key(customer_id, missing))
    if currency not in OFFERED:
        raise InvalidInput(
            f"{currency[:10]!r} is not offered; choose one of {', '.join(sorted(OFFERED))}.",
            code=UNKNOWN_CURRENCY,
            field="document_number",
        )
    return About(
        title=f"Statement of account in {currency}",
        name=customer.name,
        address=customer.email,
        customer_id=customer.pk,
    )


def _key(text: str, missing: Refusal) -> UUID:
    """The UUID that was typed. Raises `missing`."""
    try:
        return UUID(text)
    except ValueError as error:
        raise missing from error


CUSTOMER_STATEMENT = register_printed(PrintedKind("payments.statement", "payments.view", _statement))
register_mailed(MailedKind(INTERIM_RECEIPT, "Receipt of an interim payment", _about_interim))
register_mailed(MailedKind(PAYMENT_RECEIPT, "Receipt of a payment", _about_payment))
register_mailed(MailedKind(CUSTOMER_STATEMENT, "Statement of account", _about_statement))


def _receipts(actor: Actor, period: Period) -> list[PackedDocument]:
    keys = sealed_sources(actor=actor, period=period, source_type=PAYMENT)
    return [PackedDocument(key, about=key) for key in keys]


def _invoices(actor: Actor, period: Period) -> list[PackedDocument]:
    raised = sealed_sources(actor=actor, period=period, source_type=OBLIGATION)
    invoices = Invoice.objects.filter(company_id=actor.company_id, obligation_id__in=raised).order_by("id")
    return [
        PackedDocument(str(key), about=str(obligation_id))
        for key, obligation_id in invoices.values_list("id", "obligation_id")
    ]


def _invoice(actor: Actor, key: str) -> Printed:
    """As it was issued, as the API shows it: an invoice is not printed."""
    row: Any = Invoice.objects.filter(company_id=actor.company_id, id=key).values(**INVOICE_ROW).get()
    lines = InvoiceLine.objects.filter(company_id=actor.company_id, invoice_id=key).order_by("line")
    document = invoice_document(row, list(lines.prefetch_related("taxes")))
    return Printed(f"invoice-{key}.json", write_exact_json(document))


def _statements(actor: Actor, period: Period) -> list[PackedDocument]:
    return [
        PackedDocument(statement_key(UUID(customer), currency), about=customer)
        for customer, currency in sealed_customers(actor=actor, period=period)
    ]


register_packed(PackedKind("receipts", _receipts, _payment))
register_packed(PackedKind("invoices", _invoices, _invoice))
register_packed(PackedKind("statements", _statements, _statement))
