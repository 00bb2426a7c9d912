"""Payments as JSON, and the body that records one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.db.models import F
from rest_framework import serializers

from batconnect.core.api.answers import Answer, Choice, Day, Id, Instant, Listed, Money, Text
from batconnect.core.api.fields import DayInput, MoneyInput
from batconnect.core.api.printed import PdfLink
from batconnect.core.companies.currencies import currency_id
from batconnect.core.kernel.money import ZERO, format_amount
from ledger.serializers import ExplainedEvent
from payments.models import Payment
from payments.rules.duplicates import SAME_AMOUNT, SAME_REFERENCE, Seen, duplicate_reason
from payments.rules.methods import method_label
from payments.serializers.allocation_answers import AutoAllocated, PaymentFigures
from payments.serializers.money import CurrencyFields
from payments.subjects import RECEIPT_PREFIX

PATH: Final = "/api/payments"
# Names that the model's own fields do not have, as annotations must.
PAYMENT_ROW: Final = {
    "key": F("id"),
    "payment_number": F("number"),
    "payment_kind": F("kind"),
    "payment_status": F("status"),
    "customer_key": F("customer_id"),
    "customer_name": F("customer__name"),
    "total": F("amount"),
    "left": F("unallocated"),
    "paid_back": F("refunded"),
    "taken_back": F("returned"),
    "represented": F("represents__number"),
    "code": F("currency"),
    "payment_method": F("method"),
    "paid_on": F("payment_date"),
    "reference": F("reference_number"),
    "remarks": F("notes"),
    "case": F("case_no"),
    "taken_by": F("cashier"),
    "recorded_at": F("created_at"),
    "undone_at": F("voided_at"),
    "why_undone": F("void_reason"),
    "counter": F("version"),
    "order": F("number_order"),
    "acknowledged_at": F("duplicate_acknowledged_at"),
    "duplicate_key": F("duplicate_of_id"),
    "duplicate_number": F("duplicate_of__number"),
    "duplicate_date": F("duplicate_of__payment_date"),
    "duplicate_reference": F("duplicate_of__reference_number"),
    "duplicate_order": F("duplicate_of__number_order"),
    "duplicate_total": F("duplicate_of__amount"),
    "duplicate_code": F("duplicate_of__currency"),
}


class PaymentRequest(CurrencyFields):
    """A payment received."""

    customer_id = serializers.UUIDField()
    amount = MoneyInput()
    payment_method = serializers.CharField(
        max_length=40, help_text="A code or label that GET /api/reference lists, in any case."
    )
    payment_date = DayInput(help_text="Not after the company's today.")
    reference_number = serializers.CharField(required=False, allow_blank=True, max_length=60)
    notes = serializers.CharField(required=False, allow_blank=True, max_length=500)
    auto_allocate = serializers.BooleanField(
        required=False, default=False, help_text="Apply it at once by allocation_strategy."
    )
    allocation_strategy = serializers.CharField(required=False, default="fifo", max_length=40)
    acknowledge_duplicate = serializers.BooleanField(
        required=False,
        default=False,
        help_text="It is known not to be a duplicate of the payment that it looks like.",
    )
    represents = serializers.UUIDField(
        required=False, allow_null=True, help_text="The returned payment whose check is presented again."
    )


class DuplicateWarning(Answer):
    """The payment that it looks like."""

    payment_id = Id("a0")
    payment_number = Text("PAY-2025-000")
    payment_date = Day("2025-09-14")
    reference_number = Text("WIRE-4471")
    amount = Money("1000.00")
    reason = Choice([SAME_REFERENCE, SAME_AMOUNT])
    message = Text(
        "PAY-2025-000 of 2025-09-14 is from the same customer, for the same 1,000.00 USD, and has the same "
        "reference. Void this payment if it is the same money."
    )


class PaymentRow(Answer):
    """A payment."""

    id = Id()
    payment_id = Id()
    payment_number = Text("PAY-2025-001")
    receipt_number = Text("R-PAY-2025-001")
    receipt_url = Text(f"{PATH}/{Id.usual}/receipt")
    receipt_pdf_url = PdfLink()
    kind = Choice(Payment.Kind, "other")
    status = Choice(Payment.Status, "posted")
    customer_id = Id("c1")
    customer_name = Text("Acme Dispatch")
    amount = Money("1000.00")
    currency = Text("USD")
    currency_id = Id("aa")
    payment_method = Text("bank_transfer")
    payment_method_label = Text("Bank transfer")
    payment_date = Day()
    reference_number = Text("WIRE-4471")
    notes = Text("September")
    allocation_status = Choice(["unallocated", "partial", "full"])
    total_allocated = Money()
    total_refunded = Money()
    total_returned = Money()
    represents = Text(null=True)
    unallocated_amount = Money("1000.00")
    case_no = Text()
    duplicate_warning = DuplicateWarning(null=True)
    created_by = Text("Merly")
    created_at = Instant()
    voided_at = Instant(null=True)
    void_reason = Text()


class RecordedPayment(PaymentRow):
    """A payment that was just recorded, and how it was applied if that was asked for."""

    auto_allocation = AutoAllocated(null=True)
    warnings = Listed(Text("October 2025 has been reported: …"))


class _CashSummary(Answer):
    """What moved the unallocated cash, summed by kind."""

    received = Money("1000.00")
    applied = Money("-980.00")
    allocations_voided = Money()
    refunded = Money()
    voided = Money()
    returned = Money()
    unmatched = Money()
    other = Money()
    unallocated = Money("20.00")


class PaymentExplanation(Answer):
    """Why a payment's unallocated cash is what it is."""

    payment = PaymentFigures()
    explanation = Text("PAY-2025-001 has 20.00 unallocated: received 1,000.00, applied -980.00.")
    summary = _CashSummary()
    events = Listed(ExplainedEvent)


def payment_row(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of PAYMENT_ROW with the API's names."""
    voided = row["payment_status"] == Payment.Status.VOIDED
    applied = ZERO if voided else row["total"] - row["paid_back"] - row["left"] - row["taken_back"]
    return {
        "id": row["key"],
        "payment_id": row["key"],
        "payment_number": row["payment_number"],
        "receipt_number": f"{RECEIPT_PREFIX}{row['payment_number']}",
        "receipt_url": f"{PATH}/{row['key']}/receipt",
        "kind": row["payment_kind"],
        "status": row["payment_status"],
        "customer_id": row["customer_key"],
        "customer_name": row["customer_name"],
        "amount": row["total"],
        "currency": row["code"],
        "currency_id": currency_id(row["code"]),
        "payment_method": row["payment_method"],
        "payment_method_label": method_label(row["payment_method"]),
        "payment_date": row["paid_on"],
        "reference_number": row["reference"],
        "notes": row["remarks"],
        "allocation_status": _applied_status(applied, row["left"]),
        "total_allocated": applied,
        "total_refunded": row["paid_back"],
        "total_returned": row["taken_back"],
        "represents": row["represented"],
        "unallocated_amount": row["left"],
        "case_no": row["case"],
        "duplicate_warning": _warning(row),
        "created_by": row["taken_by"],
        "created_at": row["recorded_at"],
        "voided_at": row["undone_at"],
        "void_reason": row["why_undone"],
    }


def _applied_status(applied: Any, left: Any) -> str:
    """How far the payment is applied (docs/domain.md#payments): `unallocated`, `partial`, `full`."""
    if applied == 0:
        return "unallocated"
    return "full" if left == 0 else "partial"


def _warning(row: Mapping[str, Any]) -> dict[str, Any] | None:
    """The payment that it looks like, until somebody said that it is none."""
    if row["duplicate_key"] is None or row["acknowledged_at"] is not None:
        return None
    why = duplicate_reason(
        one=Seen(row["key"], row["paid_on"], row["reference"], row["order"], row["total"], row["code"]),
        other=Seen(
            *(
                row["duplicate_key"],
                row["duplicate_date"],
                row["duplicate_reference"],
                row["duplicate_order"],
            ),
            *(row["duplicate_total"], row["duplicate_code"]),
        ),
    )
    alike = "the same reference" if why == SAME_REFERENCE else "a date within three days"
    theirs = (row["duplicate_total"], row["duplicate_code"])
    same = "the same " if theirs == (row["total"], row["code"]) else ""
    return {
        "payment_id": row["duplicate_key"],
        "payment_number": row["duplicate_number"],
        "payment_date": row["duplicate_date"],
        "reference_number": row["duplicate_reference"],
        "amount": row["duplicate_total"],
        "reason": why,
        "message": (
            f"{row['duplicate_number']} of {row['duplicate_date']} is from the same customer, for {same}"
            f"{format_amount(row['duplicate_total'])} {row['duplicate_code']}, and has {alike}. "
            "Void this payment if it is the same money."
        ),
    }
