"""How unidentified receipts are printed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from batconnect.core.api.answers import Answer, Choice, Day, Id, Instant, Listed, Money, Text, Whole
from payments.batches.models import UnidentifiedReceipt
from payments.batches.services.unidentified import Suggestion
from payments.models import Payment


class _Suggestion(Answer):
    """Whose money it may be, and why."""

    rank = Whole()
    customer_id = Id("c1")
    customer_name = Text("Acme Insurance")
    points = Whole(80)
    because = Listed(Text("its text names invoice INV-2025-004"))


class ReceiptRow(Answer):
    """A bank's line without a customer."""

    id = Id("d3")
    batch_id = Id("d1")
    row = Whole(3)
    amount = Money("120.00")
    currency = Text("USD")
    payment_date = Day("2025-01-15")
    reference_number = Text("E2E-4711")
    payer_name = Text("ACME INSURANCE CO")
    payer_account = Text("DE89370400440532013000")
    text = Text("Invoice INV-2025-004 and 005")
    status = Choice(UnidentifiedReceipt.Status)
    payment_id = Id(null=True)
    matched_by = Text()
    matched_at = Instant(null=True)
    created_at = Instant()
    suggestions = Listed(_Suggestion)


class ReceiptMatched(ReceiptRow):
    """The line with the payment that it became."""

    payment_number = Text("PAY-2025-017")
    customer_id = Id("c1")
    unallocated_amount = Money("120.00")


def receipt_row(receipt: UnidentifiedReceipt, suggestions: Sequence[Suggestion] = ()) -> dict[str, Any]:
    """A bank's line without a customer, with those whose money it may be."""
    return {
        "id": receipt.id,
        "batch_id": receipt.batch_id,
        "row": receipt.row_no,
        "amount": receipt.amount,
        "currency": receipt.currency,
        "payment_date": receipt.payment_date,
        "reference_number": receipt.reference_number,
        "payer_name": receipt.payer_name,
        "payer_account": receipt.payer_account,
        "text": receipt.text,
        "status": receipt.status,
        "payment_id": receipt.payment_id,
        "matched_by": receipt.matched_by,
        "matched_at": receipt.matched_at,
        "created_at": receipt.created_at,
        "suggestions": [
            {
                "rank": rank,
                "customer_id": each.customer_id,
                "customer_name": each.name,
                "points": each.points,
                "because": each.because,
            }
            for rank, each in enumerate(suggestions, start=1)
        ],
    }


def matched_document(receipt: UnidentifiedReceipt, payment: Payment) -> dict[str, Any]:
    """The receipt with the payment that it became."""
    return {
        **receipt_row(receipt),
        "payment_number": payment.number,
        "customer_id": payment.customer_id,
        "unallocated_amount": payment.unallocated,
    }
