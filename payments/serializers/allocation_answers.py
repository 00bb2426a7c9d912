"""The answers of allocations, refunds and plans (docs/api.md#payments, docs/seeds.md#payment-allocation)."""

from __future__ import annotations

from batconnect.core.api.answers import (
    Answer,
    Anything,
    Choice,
    Day,
    Id,
    Instant,
    Listed,
    Money,
    Rate,
    Text,
    Whole,
)
from batconnect.core.models import Approval
from payments.models import Allocation, Payment
from payments.rules.invoices import INVOICE_STATUSES


class _InvoiceHead(Answer):
    """The invoice behind an obligation, as it is now."""

    id = Id("d1")
    number = Text("INV-2025-001")
    issue_date = Day("2025-09-01")
    due_date = Day("2025-10-01")
    currency = Text("USD")
    total = Money("1000.00")
    outstanding = Money()
    status = Choice(INVOICE_STATUSES, "paid")


class PlannedAllocation(Answer):
    """What an allocation settles, or would settle; without an invoice for other obligations."""

    invoice_id = Id("d1", null=True)
    invoice_number = Text("INV-2025-001", null=True)
    invoice = _InvoiceHead(null=True)
    obligation_id = Id("b1")
    category = Text("Invoice")
    category_code = Text("INVOICE")
    reference_id = Text("INV-2025-001")
    amount = Money("1000.00", help_text="What is settled: cash and discount.")
    allocated_amount = Money("980.00", help_text="Its cash.")
    discount_amount = Money("20.00")
    discount_percent = Rate("2")
    outstanding_after = Money()
    strategy = Text("chosen")
    decision = Anything(
        {"line": 1, "outstanding_before": "1000.00"}, help_text="Rank, and the values that decided."
    )


class AllocationRow(PlannedAllocation):
    """An allocation."""

    id = Id("b4")
    operation_id = Id("b5")
    payment_id = Id(null=True, help_text="Null for what a credit memo was applied to.")
    credit_memo_id = Id("c7", optional=True, help_text="There when a credit memo was applied.")
    discount_reason = Text()
    refunded_amount = Money()
    refunded_discount = Money()
    status = Choice(Allocation.Status)
    allocation_date = Day()
    notes = Text("Payment with early payment discount")
    created_at = Instant()
    updated_at = Instant()
    created_by = Text("Merly")
    voided_at = Instant(null=True)
    reason = Text()


class SkippedItem(Answer):
    """An item that gets nothing."""

    invoice_id = Id("d2", null=True)
    invoice_number = Text("INV-2025-002", null=True)
    obligation_id = Id("b2")
    category_code = Text("INVOICE")
    reference_id = Text("INV-2025-002")
    outstanding = Money("1000.00")
    reason = Text("no_cash_left")


class AutoPreview(Answer):
    """What an auto-allocation would do."""

    payment_id = Id()
    strategy = Text("overdue_first")
    operation_id = Id(null=True)
    allocations = Listed(PlannedAllocation)
    skipped = Listed(SkippedItem)
    total_allocated = Money("980.00")
    total_discount = Money("20.00")
    unallocated_amount = Money("20.00")
    plan_hash = Text("9f2c4c1d0f7a4c2e9f2c4c1d0f7a4c2e9f2c4c1d0f7a4c2e9f2c4c1d0f7a4c2e")


class AutoAllocated(AutoPreview):
    """What an auto-allocation did."""

    operation_id = Id("b5", null=True, help_text="Null when nothing was open.")
    allocations = Listed(AllocationRow)


class Allocated(Answer):
    """What was applied."""

    payment_id = Id()
    operation_id = Id("b5")
    allocations = Listed(AllocationRow)
    total_allocated = Money("980.00")
    unallocated_amount = Money("20.00")


class PaymentAllocations(Answer):
    """The allocations of a payment, in the order they were made."""

    payment_id = Id()
    payment_amount = Money("1000.00")
    total_allocated = Money("980.00")
    total_refunded = Money()
    unallocated_amount = Money("20.00")
    reserved_amount = Money()
    allocations = Listed(AllocationRow)


class _RefusedStrategy(Answer):
    """Why a strategy cannot be tried."""

    code = Text("option_missing")
    message = Text("by_percentage needs percentages.")


class _ComparedStrategy(Answer):
    """What a strategy would do; `error` says what it would need."""

    strategy = Text("fifo")
    invoices_closed = Whole(3)
    items_closed = Whole(3)
    overdue_left = Money("120.00")
    overdue_items_left = Whole(1)
    discount_won = Money("20.00")
    total_allocated = Money("980.00")
    cash_left = Money()
    error = _RefusedStrategy(null=True)


class ComparedStrategies(Answer):
    """Every strategy."""

    payment_id = Id()
    strategies = Listed(_ComparedStrategy)


class PaymentFigures(Answer):
    """A payment's figures."""

    payment_id = Id()
    payment_number = Text("PAY-2025-001")
    status = Choice(Payment.Status, "posted")
    currency = Text("USD")
    payment_amount = Money("1000.00")
    total_allocated = Money("980.00")
    total_refunded = Money()
    total_returned = Money()
    unallocated_amount = Money("20.00")
    reserved_amount = Money()


class AllocationVoided(AllocationRow):
    """The voided allocation, and the payment's new figures."""

    payment = PaymentFigures()
    unallocated_amount = Money("1000.00")


class PaymentVoided(PaymentFigures):
    """The voided payment with its allocations."""

    id = Id()
    voided_at = Instant()
    void_reason = Text("The check was returned")
    allocations = Listed(AllocationRow)


class CreditFigures(Answer):
    """What a credit memo has left."""

    credit_memo_id = Id("c7")
    number = Text("CRM-2026-001")
    currency = Text("USD")
    amount = Money("45.00")
    left = Money("45.00")


class OperationUndone(Answer):
    """What undoing an operation took back."""

    operation_id = Id("b8")
    undo_of = Id("b5")
    status = Choice(["undone"])
    payments = Listed(PaymentFigures)
    credit_memos = Listed(CreditFigures, optional=True, help_text="There when a credit memo was applied.")
    allocations = Listed(AllocationRow)


class RefundRow(Answer):
    """A refund in its present state."""

    refund_id = Id("b6")
    payment_id = Id()
    allocation_id = Id("b4", null=True)
    amount = Money("10.00")
    discount_amount = Money("0.20")
    status = Choice(["posted", *Approval.Status.values])
    reason = Text("Partial refund")
    decision_reason = Text()
    method = Text("bank_transfer")
    bank_account_id = Id("ba", null=True)
    drawer_id = Id(null=True)
    reference = Text()
    payee = Text("Acme Dispatch")
    paid_on = Day(null=True)
    warnings = Listed(Text(), example=[])


class CashRefunded(Answer):
    """The refund, and the payment's new figures."""

    payment = PaymentFigures()
    refund = RefundRow()
    unallocated_amount = Money("20.00")


class AllocationRefunded(AllocationRow, CashRefunded):
    """The same with the refunded allocation."""


class RefundWaits(Answer):
    """A refund that waits for a second person."""

    refund_request_id = Id("b6")
    status = Choice(Approval.Status)
    amount = Money("1500.00")
    payment = PaymentFigures()


class RefundDecided(RefundWaits):
    """What the second person decided."""

    refund = RefundRow()


class _UnallocatedEntry(Answer):
    """A payment with unallocated cash."""

    payment_id = Id()
    payment_number = Text("PAY-2025-001")
    amount = Money("500.00")
    reserved_amount = Money()
    payment_date = Day("2025-01-15")


class _UnallocatedTotal(Answer):
    """The unallocated cash of one currency."""

    total_unallocated = Money("500.00")
    currency = Text("USD")
    payments_count = Whole(1)
    unallocated_entries = Listed(_UnallocatedEntry)


class UnallocatedCash(_UnallocatedTotal):
    """A customer's unallocated cash; the figures above are the base currency's."""

    customer_id = Id("c1")
    by_currency = Listed(_UnallocatedTotal)
