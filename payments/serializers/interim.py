"""Interim payments as JSON, and what their bodies hold."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from batconnect.core.api.answers import Answer, Anything, Choice, Day, Id, Instant, Listed, Money, Text, Whole
from batconnect.core.api.fields import StrictSerializer
from batconnect.core.api.printed import PdfLink
from batconnect.directory.shapes import OnLease
from ledger.chart import Category
from payments.models import INTERIM_PATH, INTERIM_STATUSES, Allocation, Payment
from payments.rules.methods import method_label
from payments.services.receipts import allocation_note


class VoidRequest(StrictSerializer):
    """A reason; its length is the service's business, which trims it first."""

    reason = serializers.CharField(allow_blank=True, trim_whitespace=True, max_length=10_000)


class InterimRow(OnLease):
    """One allocation of an interim payment."""

    payment_id = Text("INTPAY-2025-00012")
    driver_name = Text("John Doe")
    tlc_license = Text("00504124")
    category = Text("Lease")
    reference_id = Text("MED-102-LS-08")
    amount = Money("265.00")
    payment_date = Day()
    payment_method = Text("ACH")
    status = Choice(INTERIM_STATUSES.values())
    receipt_url = Text(f"{INTERIM_PATH}/INTPAY-2025-00012/receipt")
    receipt_pdf_url = PdfLink()


class _InterimAllocation(Answer):
    """One allocation with how it was decided."""

    allocation_id = Id("b4")
    operation_id = Id("b5")
    obligation_id = Id("b1")
    category = Text("Lease")
    reference_id = Text("MED-102-LS-08")
    description = Text("Lease obligation from 2024-10-20")
    amount = Money("600.00")
    outstanding_after = Money()
    note = Text()
    strategy = Text("chosen")
    decision = Anything({"line": 1, "outstanding_before": "600.00"}, help_text="The values that decided.")
    status = Choice(INTERIM_STATUSES.values())
    allocation_date = Day()
    voided_at = Instant(null=True)
    reason = Text()


class InterimDetail(OnLease):
    """An interim payment with its allocations."""

    payment_id = Text("INTPAY-2025-00012")
    receipt_number = Text("R-INTPAY-2025-00012")
    receipt_url = Text(f"{INTERIM_PATH}/INTPAY-2025-00012/receipt")
    receipt_pdf_url = PdfLink()
    case_no = Text("INTPAY000123")
    status = Choice(Payment.Status.labels, "Posted")
    driver_id = Whole(101)
    driver_no = Text("DRV-101")
    driver_name = Text("John Doe")
    tlc_license = Text("00504124")
    total_amount = Money("600.00")
    unallocated_amount = Money()
    currency = Text("USD")
    payment_method = Text("ACH")
    payment_date = Day()
    reference_number = Text()
    notes = Text("Partial payment for repairs and lease.")
    created_by = Text("Merly")
    created_at = Instant()
    voided_at = Instant(null=True)
    void_reason = Text()
    allocations = Listed(_InterimAllocation)


class InterimVoided(InterimDetail):
    """The payment after it was voided."""

    message = Text("Interim payment INTPAY-2025-00012 voided.")


def interim_row(row: dict[str, Any]) -> dict[str, Any]:
    """A row of the list (`querysets.INTERIM_ROW`) with the API's names."""
    return {
        "payment_id": row["payment_number"],
        "driver_name": row["driver_name"],
        "tlc_license": row["tlc_license"],
        "lease_id": row["lease_number"],
        "lease_id_pk": row["lease_pk"],
        "medallion_no": row["medallion_no"],
        "category": Category(row["category"]).label,
        "reference_id": row["reference_id"],
        "amount": row["allocated"],
        "payment_date": row["payment_date"],
        "payment_method": method_label(row["payment_method"]),
        "status": INTERIM_STATUSES[row["allocation_status"]],
        "receipt_url": f"{INTERIM_PATH}/{row['payment_number']}/receipt",
    }


def interim_detail(payment: Payment, allocations: list[Allocation]) -> dict[str, Any]:
    """An interim payment with its allocations, in the order they were made."""
    assert payment.driver is not None
    assert payment.lease is not None
    return {
        "payment_id": payment.number,
        "receipt_number": payment.receipt_number,
        "receipt_url": f"{payment.url}/receipt",
        "case_no": payment.case_no,
        "status": payment.get_status_display(),
        "driver_id": payment.driver.pk,
        "driver_no": payment.driver.driver_id,
        "driver_name": payment.customer.name,
        "tlc_license": payment.driver.tlc_license,
        "lease_id": payment.lease.lease_id,
        "lease_id_pk": payment.lease.pk,
        "medallion_no": payment.lease.medallion.medallion_no,
        "total_amount": payment.amount,
        "unallocated_amount": payment.unallocated,
        "currency": payment.currency,
        "payment_method": method_label(payment.method),
        "payment_date": payment.payment_date,
        "reference_number": payment.reference_number,
        "notes": payment.notes,
        "created_by": payment.cashier,
        "created_at": payment.created_at,
        "voided_at": payment.voided_at,
        "void_reason": payment.void_reason,
        "allocations": [_allocation(each) for each in allocations],
    }


def _allocation(allocation: Allocation) -> dict[str, Any]:
    return {
        "allocation_id": allocation.id,
        "operation_id": allocation.operation_id,
        "obligation_id": allocation.obligation_id,
        "category": allocation.obligation.get_category_display(),
        "reference_id": allocation.obligation.reference_id,
        "description": allocation.obligation.description,
        "amount": allocation.amount,
        "outstanding_after": allocation.outstanding_after,
        "note": allocation_note(allocation.strategy),
        "strategy": allocation.strategy,
        "decision": allocation.decision,
        "status": INTERIM_STATUSES[allocation.status],
        "allocation_date": allocation.allocation_date,
        "voided_at": allocation.voided_at,
        "reason": allocation.reason,
    }
