"""What uploads say, and how batches, their rows and unidentified receipts are printed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from itertools import chain, islice
from typing import Any, Final

from django.db import connection
from rest_framework import serializers

from batconnect.core.api.fields import BoundedList, LabeledChoice, StrictSerializer
from batconnect.core.files.uploads import MAX_ROWS
from batconnect.core.kernel.clock import now
from batconnect.core.kernel.money import ZERO
from payments.batches.models import PaymentBatch, PaymentBatchRow, UnidentifiedReceipt
from payments.batches.services.following import rows_of_payments
from payments.batches.services.receiving import DryRun, HeldRow
from payments.batches.services.undo import UndoneBatch
from payments.batches.services.unidentified import Suggestion
from payments.models import Payment

MAX_ERRORS: Final = 1_000
_BY_STATUS: Final = """
select currency, status, count(*), coalesce(sum(amount), 0.00), count(*) filter (where amount is null)
from payment_batch_rows where company_id = %s::uuid and batch_id = %s::uuid group by currency, status
"""
_NAMES: Final = {
    "succeeded": "succeeded",
    "failed": "failed",
    "unmatched": "unmatched",
    "cancelled": "cancelled",
    "held": "held",
    "pending": "pending",
}


class EntriesField(serializers.Field):
    """The entries as they came: each is judged as a row of the batch, not here."""

    def to_internal_value(self, data: Any) -> Any:
        return data

    def to_representation(self, value: Any) -> Any:
        return value


class BatchInput(StrictSerializer):
    """The body of `POST /api/accounting/payment-batches`: JSON, or the fields beside a file."""

    source_type = LabeledChoice(PaymentBatch.Source.choices)
    file = serializers.FileField(required=False, allow_empty_file=True)
    entries = EntriesField(required=False, help_text="For manual: 1 to 10,000 payments.")
    notes = serializers.CharField(required=False, allow_blank=True, max_length=500)
    force = serializers.BooleanField(required=False, help_text="Take the same file again.")
    mapping = serializers.CharField(
        required=False, allow_blank=True, max_length=60, help_text="For a bank's CSV: whose columns."
    )
    allocation_strategy = serializers.CharField(
        required=False, allow_blank=True, max_length=30, help_text="For a bank feed: how to allocate."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        manual = attrs["source_type"] == PaymentBatch.Source.MANUAL
        needed, foreign = ("entries", "file") if manual else ("file", "entries")
        wrong: dict[str, str] = {}
        if needed not in attrs:
            wrong[needed] = f"{attrs['source_type']} needs {needed}."
        if foreign in attrs:
            wrong[foreign] = f"{attrs['source_type']} takes no {foreign}."
        if attrs["source_type"] != PaymentBatch.Source.BANK_FEED:
            wrong |= {
                name: "Only for bank_feed." for name in ("mapping", "allocation_strategy") if attrs.get(name)
            }
        if wrong:
            raise serializers.ValidationError(wrong)
        return attrs


class MatchInput(StrictSerializer):
    """`{customer_id}`."""

    customer_id = serializers.UUIDField()


class HeldRowsInput(StrictSerializer):
    """`{rows?, pay, reason}`; without `rows` all that are held."""

    rows = BoundedList(
        child=serializers.IntegerField(min_value=1, max_value=MAX_ROWS),
        required=False,
        allow_empty=False,
        max_length=MAX_ROWS,
        help_text="Numbers of held rows; all of them if left out.",
    )
    pay = serializers.BooleanField(help_text="true pays them anyway, false drops them.")
    reason = serializers.CharField(max_length=500)


def batch_row(batch: PaymentBatch) -> dict[str, Any]:
    """A batch as lists and answers print it."""
    return {
        "batch_id": batch.id,
        "batch_number": batch.number,
        "status": batch.status,
        "source_type": batch.source_type,
        "total_rows": batch.total_rows,
        "processed_rows": batch.processed_rows,
        "succeeded_rows": batch.succeeded_rows,
        "failed_rows": batch.failed_rows,
        "unmatched_rows": batch.unmatched_rows,
        "cancelled_rows": batch.cancelled_rows,
        "held_rows": batch.held_rows,
        "pending_rows": batch.total_rows - batch.processed_rows,
        "progress_percentage": batch.processed_rows * 100 // batch.total_rows,
        "totals": [{**each, "amount": Decimal(each["amount"])} for each in batch.totals],
        "operation_id": batch.operation_id,
        "file_name": batch.file_name,
        "notes": batch.notes,
        "warnings": batch.warnings,
        "created_by": batch.created_by_name,
        "created_at": batch.created_at,
        "started_at": batch.started_at,
        "finished_at": batch.finished_at,
        "undone_at": batch.undone_at,
    }


def batch_document(
    batch: PaymentBatch, errors: Sequence[PaymentBatchRow], held: Sequence[PaymentBatchRow] = ()
) -> dict[str, Any]:
    """One batch with its errors, what became of its money, when it will be done, and the rows that are held."""
    listed = list(islice(chain.from_iterable(map(error_lines, errors)), MAX_ERRORS))
    return {
        **batch_row(batch),
        "estimated_completion_at": _estimate(batch),
        "amounts": _amounts(batch),
        "errors": listed,
        "errors_listed": len(listed),
        "errors_url": f"/api/accounting/payment-batches/{batch.id}/errors.csv",
        "held": held_lines(batch, held[:MAX_ERRORS]),
    }


def faults_of(row: PaymentBatchRow) -> list[dict[str, str]]:
    """Everything that is wrong with a failed row."""
    first = {
        "field": row.error_field,
        "code": row.error_code,
        "message": row.error_message,
        "hint": row.error_hint,
    }
    return [first, *row.further_errors]


def error_lines(row: PaymentBatchRow) -> list[dict[str, Any]]:
    """What is wrong with a row, and what to do about it: a line for each fault."""
    return [{"row": row.row_no, **each} for each in faults_of(row)]


def held_lines(batch: PaymentBatch, rows: Sequence[PaymentBatchRow]) -> list[dict[str, Any]]:
    """The held rows, each with the payment that it repeats and where that came from."""
    repeated = [each.repeats for each in rows]
    places = rows_of_payments(company_id=batch.company_id, payments=[each.id for each in repeated])
    return [
        {
            "row": row.row_no,
            "amount": row.amount,
            "currency": row.currency,
            "payment_date": payment.payment_date,
            "customer_id": row.customer_id,
            "customer_name": row.customer.name,
            "repeats": {
                **_place(places.get(payment.id)),
                "payment_id": payment.id,
                "payment_number": payment.number,
                "payment_status": payment.status,
            },
        }
        for row, payment in zip(rows, repeated, strict=True)
    ]


def _place(place: tuple[Any, str, int] | None) -> dict[str, Any]:
    """The batch and the row; none for a receipt whose match was taken back."""
    batch_id, number, row_no = place or (None, "", None)
    return {"batch_id": batch_id, "batch_number": number, "row": row_no}


def dry_run_document(outcome: DryRun) -> dict[str, Any]:
    """What an upload would become."""
    errors = (
        {"row": row_no, **problem.as_kept()}
        for row_no, problems in sorted(outcome.problems, key=lambda each: each[0])
        for problem in problems
    )
    return {
        "dry_run": True,
        "total_rows": outcome.total_rows,
        "good_rows": outcome.good_rows,
        "failed_rows": len(outcome.problems),
        "unmatched_rows": outcome.unmatched_rows,
        "held_rows": len(outcome.held),
        "good_amounts": [
            {"currency": currency, "amount": amount}
            for currency, amount in sorted(outcome.good_amount.items())
        ],
        "totals": [{**each, "amount": Decimal(each["amount"])} for each in outcome.totals],
        "warnings": outcome.warnings,
        "errors": list(islice(errors, MAX_ERRORS)),
        "held": [_would_hold(each) for each in outcome.held[:MAX_ERRORS]],
    }


def _would_hold(held: HeldRow) -> dict[str, Any]:
    return {
        "row": held.row_no,
        "amount": held.values.amount,
        "currency": held.values.currency,
        "payment_date": held.values.payment_date,
        "customer_id": held.customer_id,
        "repeats": {
            "batch_id": held.repeat.batch_id,
            "batch_number": held.repeat.batch_number,
            "row": held.repeat.row_no,
            "payment_id": held.repeat.payment_id,
            "payment_number": held.repeat.payment_number,
        },
    }


def undone_document(undone: UndoneBatch) -> dict[str, Any]:
    """What undoing a batch took back."""
    return {
        "operation_id": undone.operation_id,
        "undo_of": undone.batch.operation_id,
        "status": "undone",
        "batch_id": undone.batch.id,
        "batch_number": undone.batch.number,
        "payments_voided": undone.payments,
        "allocations_voided": undone.allocations,
        "receipts_voided": undone.receipts,
        "amount": undone.amount,
    }


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


def _amounts(batch: PaymentBatch) -> list[dict[str, Any]]:
    """Per currency: the file's total, and what of it became what; the parts add up to the total."""
    with connection.cursor() as cursor:
        cursor.execute(_BY_STATUS, [batch.company_id, batch.id])
        rows = cursor.fetchall()
    by_currency: dict[str, dict[str, Any]] = {}
    for currency, status, _, amount, unreadable in rows:
        held = by_currency.setdefault(
            currency,
            {"currency": currency or None, "total": ZERO, "unreadable_rows": 0}
            | dict.fromkeys(_NAMES.values(), ZERO),
        )
        held["total"] += amount
        held["unreadable_rows"] += unreadable
        held[_NAMES[status]] += amount
    return [by_currency[currency] for currency in sorted(by_currency)]


def _estimate(batch: PaymentBatch) -> Any:
    """When it will be done at the present pace; None when it is, or before anything is."""
    if batch.is_finished or batch.started_at is None or not batch.processed_rows:
        return None
    current = now()
    left = batch.total_rows - batch.processed_rows
    return current + timedelta(
        seconds=(current - batch.started_at).total_seconds() * left / batch.processed_rows
    )
