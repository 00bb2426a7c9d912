"""The receipt of a payment: what was received, what it paid, what is left; also as it once stood.

Every figure comes from the journal's entries, so that `known_at` and now are the same arithmetic. An interim payment's
receipt shows what was applied when it was handed out apart from what was applied later
(docs/domain.md#interim-payments).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db import connection

from batconnect.core.database.transactions import reads
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.money import ZERO, sum_of
from ledger.chart import Category
from ledger.treasury.services.returning import CAME_BACK, STAYED_PAID
from payments import postings
from payments.errors import PaymentNotFound
from payments.models import Allocation, Payment
from payments.querysets import interim_payment
from payments.services.interim import EXCESS_TO_LEASE

_EXCESS_NOTE: Final = "excess to Lease"
# Every entry of the payment: those on its unallocated cash, and the refunds of what it applied.
_ENTRIES: Final = r"""
with mine as (
  select p.entry_id from ledger_postings p where p.company_id = %(company)s::uuid and p.payment_id = %(payment)s::uuid
  union
  select e.id from payment_refunds r
  join ledger_entries e
    on e.company_id = r.company_id and e.source_type = 'payments.refund' and e.source_id = r.id::text
  where r.company_id = %(company)s::uuid and r.payment_id = %(payment)s::uuid
)
select e.event, e.posted_at, e.effective_on, e.reason, coalesce(r.allocation_id, case
    when e.source_type = 'payments.allocation' then e.source_id::uuid end),
  coalesce(sum(p.amount) filter (where p.payment_id is not null), 0.00),
  coalesce(sum(p.amount) filter (where p.obligation_id is not null), 0.00),
  coalesce(-sum(p.amount) filter (where a.code like 'cash:%%' or a.code like 'payments\_in\_transit:%%'), 0.00)
from mine m
join ledger_entries e on e.company_id = %(company)s::uuid and e.id = m.entry_id
join ledger_postings p on p.company_id = e.company_id and p.entry_id = e.id
join ledger_accounts a on a.company_id = p.company_id and a.id = p.account_id
left join payment_refunds r on r.company_id = e.company_id and r.payment_id = %(payment)s::uuid
  and r.id = case when e.source_type = 'payments.refund' then e.source_id::uuid end
where %(known_at)s::timestamptz is null or e.posted_at <= %(known_at)s::timestamptz
group by e.company_id, e.id, r.company_id, r.id
order by e.posted_at, e.id
"""
_ALLOCATIONS: Final = """
select a.id, a.operation_id, a.allocation_date, a.amount, a.discount_amount, a.discount_percent, a.notes,
  a.strategy, a.outstanding_after,
  o.id, o.category, o.reference_id, o.description, o.due_date, o.original, i.id, i.number
from payment_allocations a
join ledger_obligations o on o.company_id = a.company_id and o.id = a.obligation_id
left join invoices i on i.company_id = a.company_id and i.obligation_id = o.id
where a.company_id = %(company)s::uuid and a.payment_id = %(payment)s::uuid
order by a.id
"""


@dataclass(slots=True)
class ReceiptLine:
    """One allocation: the cash it took and the discount it gave, and what of both went back since.

    `balance_after` is what the debt still owed just after it.
    """

    id: UUID
    operation_id: UUID
    allocation_date: date
    amount: Decimal
    discount: Decimal
    percent: Decimal
    notes: str
    strategy: str
    balance_after: Decimal
    obligation_id: UUID
    category_code: str
    reference_id: str
    description: str
    due_date: date
    original: Decimal
    invoice_id: UUID | None
    invoice_number: str | None
    is_posted: bool = False
    refunded: Decimal = ZERO
    refunded_discount: Decimal = ZERO
    voided_at: datetime | None = None
    reason: str = ""

    @property
    def category(self) -> str:
        """The category's label."""
        return Category(self.category_code).label

    @property
    def note(self) -> str:
        """What distinguishes it; "" for most."""
        return allocation_note(self.strategy)

    @property
    def cash(self) -> Decimal:
        """What it took of the payment."""
        return self.amount - self.discount

    @property
    def live_cash(self) -> Decimal:
        """What of its cash still pays the debt."""
        return ZERO if self.voided_at else self.cash - self.refunded

    @property
    def live_discount(self) -> Decimal:
        """The part of its discount that still counts."""
        return ZERO if self.voided_at else self.discount - self.refunded_discount

    @property
    def status(self) -> Allocation.Status:
        """Its status at the instant of the receipt."""
        if self.voided_at:
            return Allocation.Status.VOIDED
        if self.refunded == 0:
            return Allocation.Status.ACTIVE
        if self.refunded == self.cash:
            return Allocation.Status.REFUNDED
        return Allocation.Status.PARTIALLY_REFUNDED

    @property
    def is_live(self) -> bool:
        """Whether anything of it still counts."""
        return self.status not in (Allocation.Status.VOIDED, Allocation.Status.REFUNDED)


@dataclass(slots=True)
class Receipt:
    """A payment with its allocations, oldest first, as it stood at `known_at` (now without it)."""

    payment: Payment
    known_at: datetime | None
    lines: list[ReceiptLine] = field(default_factory=list)
    unallocated: Decimal = ZERO
    refunded: Decimal = ZERO
    returned: Decimal = ZERO
    returned_on: date | None = None
    return_reason: str = ""
    voided_at: datetime | None = None
    void_reason: str = ""

    @property
    def at_once(self) -> list[ReceiptLine]:
        """What was applied first, together: of an interim payment, when it was posted."""
        return [line for line in self.lines if line.operation_id == self.lines[0].operation_id]

    @property
    def later(self) -> list[ReceiptLine]:
        """What was applied from the rest since."""
        return [line for line in self.lines if line.operation_id != self.lines[0].operation_id]

    @property
    def applied_at_once(self) -> Decimal:
        """What was applied first."""
        return sum_of(line.amount for line in self.at_once)

    @property
    def kept(self) -> Decimal:
        """The rest of the payment then, whatever was done with it since."""
        return self.payment.amount - self.applied_at_once

    @property
    def allocated(self) -> Decimal:
        """The cash that pays debts, net of refunds."""
        return sum_of(line.live_cash for line in self.lines)

    @property
    def discount(self) -> Decimal:
        """The discount that still counts."""
        return sum_of(line.live_discount for line in self.lines)

    @property
    def is_voided(self) -> bool:
        """Whether the payment was voided by then."""
        return self.voided_at is not None

    @property
    def is_returned(self) -> bool:
        """Whether nothing of the payment was left by then, because the bank took it back."""
        return self.returned > 0 and self.returned + self.refunded == self.payment.amount

    @property
    def status(self) -> Payment.Status:
        """The payment's status at the instant of the receipt."""
        if self.is_voided:
            return Payment.Status.VOIDED
        return Payment.Status.RETURNED if self.is_returned else Payment.Status.POSTED


def allocation_note(strategy: str) -> str:
    """What receipts and lists say of an allocation made by the strategy."""
    return _EXCESS_NOTE if strategy == EXCESS_TO_LEASE else ""


@reads
def read_interim_receipt(*, actor: Actor, number: str) -> Receipt:
    """The receipt of an interim payment; three statements. Needs `payments.view`. Raises PaymentNotFound (404)."""
    actor.require("payments.view")
    payment = interim_payment(company_id=actor.company_id, number=number)
    if payment is None:
        raise PaymentNotFound(f"There is no interim payment {number[:40]}.")
    return read_receipt(actor=actor, payment=payment)


@reads
def read_payment_receipt(*, actor: Actor, payment_id: UUID, known_at: datetime | None = None) -> Receipt:
    """The receipt of a payment, with `known_at` as it stood then; three statements.

    Needs `payments.view`. Raises PaymentNotFound (404), also for an instant before the payment was recorded.
    """
    actor.require("payments.view")
    payment = (
        Payment.objects.select_related("customer", "driver", "lease__medallion")
        .filter(company_id=actor.company_id, id=payment_id)
        .first()
    )
    if payment is None:
        raise PaymentNotFound(f"There is no payment {payment_id}.")
    return read_receipt(actor=actor, payment=payment, known_at=known_at)


@reads
def read_receipt(*, actor: Actor, payment: Payment, known_at: datetime | None = None) -> Receipt:
    """The receipt of a payment that the caller has read, and whose reader it has checked; two statements.

    Raises PaymentNotFound (404) for an instant before the payment was recorded.
    """
    parameters = {"company": actor.company_id, "payment": payment.id, "known_at": known_at}
    with connection.cursor() as cursor:
        cursor.execute(_ALLOCATIONS, parameters)
        receipt = Receipt(payment, known_at, [ReceiptLine(*row) for row in cursor.fetchall()])
        cursor.execute(_ENTRIES, parameters)
        entries = cursor.fetchall()
    if not entries:
        raise PaymentNotFound(f"There was no payment {payment.id} at that instant.")
    _take_entries(receipt, entries)
    return receipt


def _take_entries(receipt: Receipt, entries: Sequence[tuple[Any, ...]]) -> None:
    """Let every entry that was known do to the receipt what it did to the payment."""
    lines = {line.id: line for line in receipt.lines}
    for event, posted_at, effective_on, reason, allocation_id, cash, receivable, paid_out in entries:
        receipt.unallocated -= cash
        if event in (postings.PAYMENT_VOIDED, postings.PAYMENT_UNMATCHED):
            receipt.voided_at, receipt.void_reason = posted_at, reason
        if event == postings.PAYMENT_RETURNED:
            receipt.returned += cash
            receipt.returned_on, receipt.return_reason = effective_on, reason
        if event in (postings.ALLOCATION_REFUNDED, postings.UNALLOCATED_REFUNDED):
            receipt.refunded += paid_out
        if event.startswith((CAME_BACK, STAYED_PAID)):
            receipt.refunded += cash
        line = lines.get(allocation_id)
        if line is None:
            continue
        if event == postings.ALLOCATION_APPLIED:
            line.is_posted, line.allocation_date = True, effective_on
        elif event == postings.ALLOCATION_VOIDED:
            line.voided_at, line.reason = posted_at, reason
        elif event == postings.ALLOCATION_REFUNDED:
            line.refunded += paid_out
            line.refunded_discount += receivable - paid_out
            line.reason = reason
    receipt.lines = [line for line in receipt.lines if line.is_posted]
