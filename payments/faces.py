"""What the pages of payments and invoices show first, and what obligations' pages add of both."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final

from batconnect.core.console.faces import MAX_ROWS, Card, Face, Figure, Kept, Money, Named, Section, Table
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.money import ZERO, format_amount
from batconnect.core.kernel.words import format_day
from ledger.faces import NAMED_IN
from ledger.models import Obligation
from payments.models import Allocation, CreditMemo, Invoice, InvoiceLine, InvoiceTax, Payment, Refund
from payments.querysets import how_applied
from payments.rules.invoices import INVOICE_STATUSES, invoice_status
from payments.rules.methods import method_label

NAMED_IN[Payment] = ("payment_id", "pk")
NAMED_IN[CreditMemo] = ("item_id", "pk")
NAMED_IN[Invoice] = ("obligation", "obligation_id")
_TONES: Final = {"posted": "good", "voided": "bad", "returned": "bad"}


def _payment_card(actor: Actor, row: Payment) -> Card:
    is_waiting = row.status == Payment.Status.POSTED and row.available > 0
    rest = f"{format_amount(row.available)} {row.currency}"
    return Card(
        kind=str(row.get_kind_display()),
        number=row.number,
        person=row.customer,
        amount=Money(row.amount, row.currency),
        status=f"{row.get_status_display()}, not all allocated" if is_waiting else row.get_status_display(),
        tone="warn" if is_waiting else _TONES.get(row.status, ""),  # type: ignore[arg-type]  # tones
        since=row.voided_at or row.payment_date,
        since_is="since" if row.voided_at else "received",
        sentence=row.void_reason or row.notes,
        facts=(
            ("Method", method_label(row.method)),
            ("Reference", row.reference_number),
            ("Taken by", Kept(row.cashier, row.created_by_id)),
            ("Lease", row.lease),
            ("Looks like", row.duplicate_of),
            ("Presented again for", row.represents),
        ),
        next_step=f"{rest} wait to be allocated to what the customer owes." if is_waiting else "",
        next_action="allocate",
    )


def _payment_sections(actor: Actor, row: Payment) -> Iterator[Section]:
    lines = list(
        Allocation.objects.filter(company_id=row.company_id, payment=row.id)
        .select_related("obligation")
        .order_by("id")[: MAX_ROWS + 1]
    )
    yield _adds_up(row)
    yield Table(
        title="Where the money went",
        columns=("Obligation", "On", "How", "Applied", "Discount", "Paid back", "Owed after", "Status"),
        rows=[
            (
                each.obligation,
                Named(each, format_day(each.allocation_date)),
                how_applied(each.strategy),
                each.amount,
                each.discount_amount,
                each.refunded_amount,
                each.outstanding_after,
                each.get_status_display(),
            )
            for each in lines
        ],
        empty="Nothing of it is applied to anything.",
        rest="The list Applied payments has all of them.",
    )
    refunds = Refund.objects.filter(company_id=row.company_id, payment=row.id).select_related("refunded_by")
    if paid_back := list(refunds.order_by("id")[: MAX_ROWS + 1]):
        yield Table(
            title="Paid back",
            columns=("On", "Amount", "By", "Why"),
            rows=[
                (each.refunded_at, each.amount, Kept("", each.refunded_by_id), each.reason)
                for each in paid_back
            ],
        )


def _adds_up(row: Payment) -> Table:
    """From what was received to what is left."""
    applied = row.amount - row.unallocated - row.refunded - row.returned - row.deposited
    lines: list[tuple[Any, ...]] = [("Received", method_label(row.method), row.amount)]
    if row.status == Payment.Status.VOIDED:
        lines.append(("− Voided", row.void_reason, row.amount))
        left = ZERO
    else:
        parts = (
            ("− Applied", "Listed below", applied),
            ("− Paid back", "Listed below", row.refunded),
            ("− Taken back by the bank", "", row.returned),
            ("− Kept as security deposit", "", row.deposited),
        )
        lines.extend(each for each in parts if each[2])
        left = row.unallocated
    lines.append(("= Left to allocate", "", left))
    if row.reserved:
        lines.append(("Of it held for refunds", "A second person decides", row.reserved))
    return Table(
        title="What is left of it",
        columns=("What", "Why", f"Amount, {row.currency}"),
        rows=lines,
        strong=frozenset({len(lines) - (2 if row.reserved else 1)}),
        has_heading=False,
    )


PAYMENT_FACE: Final = Face(card=_payment_card, sections=_payment_sections)


def allocations_to(actor: Actor, row: Obligation) -> Iterator[Section]:
    """What payments and credit memos were applied to an obligation, for those who may see payments."""
    if not actor.can("payments.view"):
        return
    lines = Allocation.objects.filter(company_id=row.company_id, obligation=row.id)
    yield Table(
        title="What was applied to it",
        columns=("From", "On", "How", "Applied", "Discount", "Paid back", "Owed after", "Status"),
        rows=[
            (
                each.payment or each.memo,
                Named(each, format_day(each.allocation_date)),
                how_applied(each.strategy),
                each.amount,
                each.discount_amount,
                each.refunded_amount,
                each.outstanding_after,
                each.get_status_display(),
            )
            for each in lines.select_related("payment", "memo").order_by("id")[: MAX_ROWS + 1]
        ],
        empty="Nothing was applied to it yet.",
        rest="The list Applied payments has all of them.",
    )


def standing_of(row: Invoice) -> str:
    """How far an invoice is paid: a key of INVOICE_STATUSES."""
    debt = row.obligation
    return invoice_status(
        status=debt.status,
        original=debt.original,
        outstanding=debt.outstanding,
        written_off=debt.written_off,
    )


def _invoice_card(actor: Actor, row: Invoice) -> Card:
    debt, standing = row.obligation, standing_of(row)
    late = (today(actor.company) - row.due_date).days
    is_late = debt.outstanding > 0 and late > 0
    return Card(
        kind="Invoice",
        number=row.number,
        person=row.customer,
        amount=Money(row.total, row.currency),
        amount_is="Total",
        status=f"Overdue by {late} day{'' if late == 1 else 's'}" if is_late else INVOICE_STATUSES[standing],
        tone="warn" if is_late else "good" if standing == "paid" else "bad" if standing == "voided" else "",
        since=row.due_date if debt.outstanding else row.issue_date,
        since_is="due" if debt.outstanding else "issued",
        sentence=row.notes,
        facts=(
            ("Issued", row.issue_date),
            ("Due", row.due_date),
            ("Still owed", Money(debt.outstanding, row.currency)),
            ("Early payment", _terms(row)),
            ("Written by", Kept("", row.created_by_id)),
            ("Obligation", debt),
        ),
        next_step=f"{format_amount(debt.outstanding)} {row.currency} are to be collected."
        if debt.outstanding
        else "",
    )


def _terms(row: Invoice) -> str:
    if row.early_payment_discount_percent is None:
        return ""
    return (
        f"{row.early_payment_discount_percent.normalize():f} % within {row.early_payment_discount_days} days"
    )


def _price(price: Decimal) -> str:
    """With two decimals, and as many more as it has."""
    return f"{price:,.4f}".removesuffix("0").removesuffix("0")


def _taxed(tax: InvoiceTax) -> str:
    """`NY sales tax 8.875 %: 88.75`."""
    return f"{tax.name} {tax.rate.normalize():f} %: {format_amount(tax.amount)}"


def _invoice_sections(actor: Actor, row: Invoice) -> Iterator[Section]:
    lines = InvoiceLine.objects.filter(company_id=row.company_id, invoice=row.id).prefetch_related("taxes")
    rows = list(lines.order_by("line")[: MAX_ROWS + 1])
    yield Table(
        title="What it charges",
        columns=("Description", "Quantity", "Price", "Tax", f"Net, {row.currency}"),
        rows=[
            (
                each.description,
                Figure(f"{each.quantity.normalize():,f}"),
                Figure(_price(each.unit_price)),
                ", ".join(
                    f"{tax.name} {tax.rate.normalize():f} %: {format_amount(tax.amount)}"
                    for tax in each.taxes.all()
                ),
                each.net,
            )
            for each in rows
        ],
        total=("Net", "", "", "", row.net_total),
        rest="The invoice's own document has all lines.",
    )
    debt = row.obligation
    paid = row.total - debt.outstanding - debt.written_off
    sums: list[tuple[Any, ...]] = [("Net", row.net_total), ("+ Tax", row.tax_total), ("= Total", row.total)]
    if paid:
        sums.append(("− Paid, credited or withdrawn", paid))
    if debt.written_off:
        sums.append(("− Written off", debt.written_off))
    sums.append(("= Still owed", debt.outstanding))
    yield Table(
        title="How it adds up",
        columns=("What", f"Amount, {row.currency}"),
        rows=sums,
        strong=frozenset({2, len(sums) - 1}),
        has_heading=False,
    )
    yield from allocations_to(actor, debt)


INVOICE_FACE: Final = Face(card=_invoice_card, sections=_invoice_sections)


def _allocation_card(actor: Actor, row: Allocation) -> Card:
    source = row.payment or row.memo
    is_live = row.status in (Allocation.Status.ACTIVE, Allocation.Status.PARTIALLY_REFUNDED)
    return Card(
        kind="Applied payment" if row.payment_id else "Applied credit",
        number=f"{source} to {row.obligation}",
        person=row.obligation.customer,
        amount=Money(row.amount, row.obligation.currency),
        amount_is="Applied",
        status=str(row.get_status_display()),
        tone="good" if is_live else "bad",
        since=row.voided_at or row.allocation_date,
        since_is="since" if row.voided_at else "on",
        sentence=row.reason or row.notes,
        facts=(
            ("From", source),
            ("To", row.obligation),
            ("How", how_applied(row.strategy)),
            ("Discount", row.discount_amount or None),
            ("Paid back", row.refunded_amount or None),
            ("Owed after it", row.outstanding_after),
            ("Applied by", Kept("", row.created_by_id)),
        ),
    )


ALLOCATION_FACE: Final = Face(card=_allocation_card)


def _refund_card(actor: Actor, row: Refund) -> Card:
    return Card(
        kind="Refund",
        number=f"Of {row.payment}",
        person=row.payment.customer,
        amount=Money(row.amount, row.payment.currency),
        status="Paid back",
        tone="good",
        since=row.refunded_at,
        since_is="on",
        sentence=row.reason,
        facts=(
            ("Payment", row.payment),
            ("Was applied as", row.allocation),
            ("By", Kept("", row.refunded_by_id)),
            ("Approval", row.approval),
        ),
    )


REFUND_FACE: Final = Face(card=_refund_card)
