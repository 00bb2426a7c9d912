"""Receipts as JSON, whose documents `services` makes for the printed ones too."""

from __future__ import annotations

from batconnect.core.api.answers import (
    Answer,
    Choice,
    Day,
    Flag,
    Id,
    Instant,
    Listed,
    Money,
    Rate,
    Text,
    Whole,
)
from payments.models import Allocation, Payment


class Letterhead(Answer):
    """The company on a receipt."""

    name = Text("Big Apple Taxi")
    address = Text()
    phone = Text()
    email = Text()


class _ReceiptCustomer(Answer):
    """Who paid."""

    id = Id("c1")
    name = Text("Acme Dispatch")
    email = Text("accounts@acme.example")
    phone = Text()
    address = Text()
    external_reference = Text(null=True)


class _ReceiptPayment(Answer):
    """What was paid, when and how."""

    payment_id = Id()
    payment_number = Text("PAY-2025-001")
    payment_date = Day()
    payment_method = Text("bank_transfer")
    payment_method_label = Text("Bank transfer")
    reference_number = Text("WIRE-4471")
    currency = Text("USD")
    notes = Text("September")
    case_no = Text()
    received_by = Text("Merly")
    recorded_at = Instant()


class _ReceiptSummary(Answer):
    """`total_allocated + total_refunded + remaining_amount = payment_amount`."""

    payment_amount = Money("1000.00")
    total_allocated = Money("980.00")
    total_discount_applied = Money("20.00")
    total_refunded = Money()
    remaining_amount = Money("20.00")


class _ReceiptLine(Answer):
    """One allocation."""

    allocation_id = Id("b4")
    operation_id = Id("b5")
    invoice_id = Id("d1", null=True)
    invoice_number = Text("INV-2025-001", null=True)
    obligation_id = Id("b1")
    category = Text("Invoice")
    reference_id = Text("INV-2025-001")
    description = Text("Invoice obligation from 2025-10-01")
    due_date = Day("2025-10-01")
    allocation_date = Day()
    original_amount = Money("1000.00")
    amount = Money("1000.00")
    discount_amount = Money("20.00")
    discount_percent = Rate("2")
    allocated_amount = Money("980.00")
    refunded_amount = Money()
    status = Choice(Allocation.Status)
    voided_at = Instant(null=True)
    reason = Text()
    notes = Text()


class PaymentReceipt(Answer):
    """The receipt of a payment in its guide's structure."""

    receipt_number = Text("R-PAY-2025-001")
    status = Choice(Payment.Status, "posted")
    voided = Flag()
    voided_at = Instant(null=True)
    void_reason = Text()
    known_at = Instant(null=True)
    company_details = Letterhead()
    customer_details = _ReceiptCustomer()
    payment_details = _ReceiptPayment()
    amount_summary = _ReceiptSummary()
    allocations = Listed(_ReceiptLine)


class ReceiptDriver(Answer):
    """The driver on a receipt."""

    id = Whole(101)
    driver_id = Text("DRV-101")
    full_name = Text("John Doe")
    tlc_license = Text("00504124")


class _InterimReceiptLine(Answer):
    """One allocation."""

    category = Text("Lease")
    reference_id = Text("MED-102-LS-08")
    description = Text("Lease obligation from 2024-10-20")
    due_date = Day("2024-10-20")
    amount = Money("600.00")
    balance_after = Money()
    note = Text()
    status = Choice(Allocation.Status.labels)
    allocation_date = Day()


class InterimReceipt(Answer):
    """The receipt of an interim payment."""

    receipt_number = Text("R-INTPAY-2025-00012")
    payment_id = Text("INTPAY-2025-00012")
    status = Choice(Payment.Status.labels, "Posted")
    voided = Flag()
    voided_at = Instant(null=True)
    void_reason = Text()
    company = Letterhead()
    driver = ReceiptDriver()
    lease_id = Text("LS-2054")
    lease_id_pk = Whole(2054)
    medallion_no = Text("1P43")
    case_no = Text("INTPAY000123")
    payment_date = Day()
    issued_at = Instant()
    cashier = Text("Merly")
    payment_method = Text("ACH")
    reference_number = Text()
    notes = Text("Partial payment for repairs and lease.")
    currency = Text("USD")
    allocations = Listed(_InterimReceiptLine)
    total_allocated = Money("600.00")
    unallocated_amount = Money()
    total_amount = Money("600.00")
    applied_later = Listed(_InterimReceiptLine, [])
    unallocated_now = Money()
