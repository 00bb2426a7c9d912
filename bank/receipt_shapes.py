"""What comes in and goes out of unidentified receipts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from rest_framework import serializers

from bank.models import Explanation, LinePart
from bank.services.customers import Likely
from bank.services.receipts import MATCHING, explanations_of, status_of
from batconnect.core.api.answers import Answer, Choice, Day, Id, Instant, Listed, Money, Text, Whole
from batconnect.core.api.fields import MoneyInput, StrictSerializer
from batconnect.core.api.filters import LabelFilter, ListFilters
from payments.models import Payment

STATUSES: Final = {"open": "Open", "matched": "Matched", "explained": "Explained", "voided": "Voided"}


class _StatusFilter(LabelFilter):
    """Those whose money is a customer's are matched, others that are not open are explained."""

    def condition(self, rows: QuerySet[Any, Any], values: list[Any]) -> Q:
        matching = Exists(
            Explanation.objects.filter(
                company_id=OuterRef("company_id"), part=OuterRef("id"), status="live", kind__in=MATCHING
            )
        )
        explained = Q(status=LinePart.Status.EXPLAINED)
        wanted = Q(status__in=[each for each in values if each not in ("matched", "explained")])
        if "matched" in values:
            wanted |= explained & Q(matching)
        if "explained" in values:
            wanted |= explained & ~Q(matching)
        return wanted


class ReceiptFilters(ListFilters):
    """`status`."""

    status = _StatusFilter(choices=tuple(STATUSES.items()))


class MatchInput(StrictSerializer):
    """`{customer_id}`."""

    customer_id = serializers.UUIDField()


class ProcessorInput(StrictSerializer):
    """`{processor, fee, report?, gross?}`: the fee is that of the processor's report, or a person's figure."""

    processor = serializers.CharField(max_length=60)
    fee = MoneyInput(allow_zero=True)
    report = serializers.CharField(max_length=60, required=False, allow_blank=True, default="")
    gross = MoneyInput(required=False, help_text="Of the report; deposit and fee have to be exactly that.")


class VendorRefundInput(StrictSerializer):
    """`{credit_id}`: the vendor's prepaid account or credit note that was paid back."""

    credit_id = serializers.UUIDField()


class _Suggestion(Answer):
    """Whose money it may be, and why."""

    rank = Whole()
    customer_id = Id("c1")
    customer_name = Text("Acme Insurance")
    points = Whole(80)
    because = Listed(Text("its text names invoice INV-2025-004"))


class ReceiptRow(Answer):
    """A bank's line without a customer; one that came by no payment batch has neither batch nor row."""

    id = Id("d3")
    batch_id = Id("d1", null=True)
    row = Whole(3, null=True)
    amount = Money("120.00")
    currency = Text("USD")
    payment_date = Day("2025-01-15")
    reference_number = Text("E2E-4711")
    payer_name = Text("ACME INSURANCE CO")
    payer_account = Text("DE89370400440532013000")
    text = Text("Invoice INV-2025-004 and 005")
    status = Choice(list(STATUSES))
    payment_id = Id(null=True)
    explained_as = Text(help_text="What it is when it is not a customer's payment.")
    explained_id = Id(null=True)
    matched_by = Text()
    matched_at = Instant(null=True)
    created_at = Instant()
    suggestions = Listed(_Suggestion)


class ReceiptMatched(ReceiptRow):
    """The line with the payment that it became."""

    payment_number = Text("PAY-2025-017")
    customer_id = Id("c1")
    unallocated_amount = Money("120.00")


def receipt_rows(
    receipts: Sequence[LinePart], *, suggested: Mapping[UUID, Sequence[Likely]] | None = None
) -> list[dict[str, Any]]:
    """Bank lines without a customer, with those whose money each may be; two statements however many."""
    if not receipts:
        return []
    there = {each.id: each for each in receipts}
    company_id = receipts[0].company_id
    explained = explanations_of(company_id=company_id, receipts=there)
    return [_row(each, explained.get(each.id), (suggested or {}).get(each.id, ())) for each in receipts]


def receipt_row(receipt: LinePart) -> dict[str, Any]:
    """One of them."""
    return receipt_rows([receipt])[0]


def matched_document(receipt: LinePart, payment: Payment) -> dict[str, Any]:
    """The receipt with the payment that it became."""
    return {
        **receipt_row(receipt),
        "payment_number": payment.number,
        "customer_id": payment.customer_id,
        "unallocated_amount": payment.unallocated,
    }


def _row(
    receipt: LinePart,
    explanation: Explanation | None,
    suggestions: Sequence[Likely],
) -> dict[str, Any]:
    status = status_of(receipt, explanation)
    known = explanation if status in ("matched", "explained") else None
    other = known if status == "explained" else None
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
        "status": status,
        "payment_id": known.payment_id if known and not other else None,
        "explained_as": (other.source_type or other.kind) if other else "",
        "explained_id": (UUID(other.source_id) if other.source_type else other.id) if other else None,
        "matched_by": known.made_by if known else "",
        "matched_at": known.created_at if known else None,
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
