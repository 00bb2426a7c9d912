"""How batches and their rows are printed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from itertools import chain, islice
from typing import Any, Final

from django.db import connection

from batconnect.core.api.answers import Answer, Choice, Day, Flag, Id, Instant, Listed, Money, Text, Whole
from batconnect.core.kernel.clock import now
from batconnect.core.kernel.money import ZERO
from payments.batches.models import PaymentBatch, PaymentBatchRow
from payments.batches.rules.layouts import values_of
from payments.batches.services.following import rows_of_payments
from payments.batches.services.origins import superseded_rows
from payments.batches.services.receiving import DryRun, HeldRow
from payments.batches.services.undo import UndoneBatch
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
    "known": "known",
    "money_out": "money_out",
    "pending": "pending",
}


class _BatchTotal(Answer):
    """The rows and the money of a currency."""

    currency = Text("USD", null=True)
    rows = Whole(250)
    amount = Money("125000.00")


class BatchRow(Answer):
    """A batch with its progress."""

    batch_id = Id("d1")
    batch_number = Text("BATCH-20250115-001")
    status = Choice(PaymentBatch.Status)
    source_type = Choice(PaymentBatch.Source)
    total_rows = Whole(250)
    processed_rows = Whole(0)
    succeeded_rows = Whole(0)
    failed_rows = Whole(0)
    unmatched_rows = Whole(0)
    cancelled_rows = Whole(0)
    held_rows = Whole(0)
    known_rows = Whole(0)
    money_out_rows = Whole(0)
    pending_rows = Whole(250)
    progress_percentage = Whole(0)
    totals = Listed(_BatchTotal)
    operation_id = Id("b5")
    file_name = Text("january.csv")
    notes = Text("Monthly bank import")
    warnings = Listed(Text(), [])
    created_by = Text("Mara")
    created_at = Instant()
    started_at = Instant(null=True)
    finished_at = Instant(null=True)
    undone_at = Instant(null=True)


class _RowError(Answer):
    """What is wrong with a row, and what to do about it."""

    row = Whole(17)
    field = Text("amount")
    code = Text("not_money")
    message = Text("'500,00': Enter an amount in plain digits with at most two decimals, for example 265.00.")
    hint = Text("Write the amount as 1234.56 or 1,234.56, with a point before the cents.")


class _Repeats(Answer):
    """The payment that a row repeats, and where that came from."""

    batch_id = Id("d6", null=True)
    batch_number = Text("BATCH-20250114-002")
    row = Whole(9, null=True)
    payment_id = Id()
    payment_number = Text("PAY-2025-017")


class _StoredRepeats(_Repeats):
    """The same with its day and state."""

    payment_date = Day("2025-01-14")
    payment_status = Choice(Payment.Status, "posted")


class _WouldHold(Answer):
    """A row that would be held."""

    row = Whole(12)
    amount = Money("80.00")
    currency = Text("USD")
    payment_date = Day("2025-01-14")
    customer_id = Id("c1")
    repeats = _Repeats()


class _HeldRow(_WouldHold):
    """A row that is held."""

    customer_name = Text("Acme Insurance")
    repeats = _StoredRepeats()


class _BatchAmounts(Answer):
    """A currency's total, and what of it became what."""

    currency = Text("USD", null=True)
    total = Money("124500.00")
    unreadable_rows = Whole(1)
    succeeded = Money("124420.00")
    failed = Money()
    unmatched = Money()
    cancelled = Money()
    held = Money("80.00")
    known = Money()
    money_out = Money()
    pending = Money()


class BatchDetail(BatchRow):
    """A batch with its errors and held rows."""

    estimated_completion_at = Instant(null=True)
    amounts = Listed(_BatchAmounts)
    errors_ = Listed(_RowError)
    errors_listed = Whole()
    superseded_rows = Whole(help_text="Failed rows that came back in another file, and are corrected there.")
    errors_url = Text("/api/accounting/payment-batches/01900000-0000-7000-8000-0000000000d1/errors.csv")
    held = Listed(_HeldRow)


class _GoodAmount(Answer):
    """What would be paid of a currency."""

    currency = Text("USD")
    amount = Money("124420.00")


class BatchDryRun(Answer):
    """What an upload would become."""

    dry_run = Flag(True)
    total_rows = Whole(250)
    good_rows = Whole(248)
    failed_rows = Whole()
    unmatched_rows = Whole(0)
    held_rows = Whole()
    known_rows = Whole()
    money_out_rows = Whole()
    good_amounts = Listed(_GoodAmount)
    totals = Listed(_BatchTotal)
    warnings = Listed(Text(), [])
    errors_ = Listed(_RowError)
    held = Listed(_WouldHold)


class BatchUndone(Answer):
    """What undoing a batch took back."""

    operation_id = Id("b8")
    undo_of = Id("b5")
    status = Choice(["undone"])
    batch_id = Id("d1")
    batch_number = Text("BATCH-20250115-001")
    payments_voided = Whole(248)
    allocations_voided = Whole(310)
    receipts_voided = Whole(0)
    amount = Money("124420.00")


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
        "known_rows": batch.known_rows,
        "money_out_rows": batch.money_out_rows,
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
        "superseded_rows": len(superseded_rows(company_id=batch.company_id, batch_id=batch.id)),
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
            "payment_date": values_of(batch.layout, row.raw, row.cells).payment_date,
            "customer_id": row.customer_id,
            "customer_name": row.customer.name,
            "repeats": {
                **_place(places.get(payment.id)),
                "payment_id": payment.id,
                "payment_number": payment.number,
                "payment_date": payment.payment_date,
                "payment_status": payment.status,
            },
        }
        for row, payment in zip(rows, repeated, strict=True)
    ]


def _place(place: tuple[Any, str, int] | None) -> dict[str, Any]:
    """The batch and the row; none for a payment that came otherwise, or a receipt whose match was taken back."""
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
        "held_rows": len(outcome.held) + outcome.held_lines,
        "known_rows": outcome.known_rows,
        "money_out_rows": outcome.money_out_rows,
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
