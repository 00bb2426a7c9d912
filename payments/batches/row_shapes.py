"""How the rows of batches are printed, and what their repair takes."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from batconnect.core.api.answers import Answer, Choice, Id, Instant, Listed, Money, Text, Whole
from batconnect.core.api.etags import etag
from batconnect.core.api.fields import StrictSerializer
from batconnect.core.kernel.json import UNSTORABLE_TEXT
from payments.batches.models import PaymentBatch, PaymentBatchRow
from payments.batches.rules.layouts import editable_cells
from payments.batches.serializers import faults_of
from payments.batches.services.origins import Superseding


class _Fault(Answer):
    """One thing that is wrong with a row."""

    field = Text("amount")
    code = Text("not_money")
    message = Text("'500,00' has a decimal comma. Write a point before the cents, for example 1,234.56.")
    hint = Text("Write the amount as 1234.56 or 1,234.56, with a point before the cents.")


class _RowPlace(Answer):
    """A row of another batch."""

    batch_id = Id("d6")
    batch_number = Text("BATCH-20250116-001")
    row = Whole(1)


class RowCells(Answer):
    """The cells of a row that hold something, by column."""

    entity_id = Text(optional=True)
    customer_reference = Text("ACME-001", optional=True)
    payment_method = Text(optional=True)
    amount = Text("500,00", optional=True)
    currency = Text("USD", optional=True)
    payment_date = Text(optional=True)
    reference_number = Text(optional=True)
    notes = Text(optional=True)
    auto_allocate = Text(optional=True)
    allocation_strategy = Text(optional=True)
    driver = Text(optional=True)
    license = Text(optional=True)
    lease = Text(optional=True)
    medallion = Text(optional=True)
    name = Text(optional=True)
    error_row = Text(optional=True)


class BatchFileRow(Answer):
    """A row of a batch: its cells, what became of it, and how it was repaired."""

    row = Whole(17)
    status = Choice(PaymentBatchRow.Status, "failed")
    cells = RowCells()
    raw = Text(
        "ACME-001;bank_transfer;500,00;USD;2025-01-15",
        help_text="As the file said it, whatever was repaired.",
    )
    amount = Money(null=True)
    currency = Text("USD", null=True)
    customer_id = Id(null=True)
    customer_name = Text()
    payment_id = Id(null=True)
    payment_number = Text()
    errors_ = Listed(_Fault)
    repairs = Whole(0)
    repaired_by = Text()
    repaired_at = Instant(null=True)
    file_amount = Money(null=True)
    file_currency = Text(null=True)
    corrects = _RowPlace(null=True)
    superseded_by = _RowPlace(null=True)


class BatchFileRowDetail(BatchFileRow):
    """A row with its batch's state."""

    batch_id = Id("d1")
    batch_number = Text("BATCH-20250115-001")
    batch_status = Choice(PaymentBatch.Status, "completed_with_errors")


@extend_schema_field({"type": ["string", "number", "boolean"], "maxLength": 1000})
class CellField(serializers.Field):
    """A cell: text, a number, yes or no; null and "" empty it."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"required": False, "allow_null": True, **options})

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, str | int | Decimal | bool):
            raise serializers.ValidationError("Enter a text, a number, true or false.")
        if isinstance(data, str) and _cannot_be_stored(data):
            raise serializers.ValidationError(
                "NUL characters and lone surrogates cannot be stored.", code=UNSTORABLE_TEXT
            )
        return data

    def to_representation(self, value: Any) -> Any:
        return value


class RowCellsInput(StrictSerializer):
    """The cells to change, by column; the others stay."""

    entity_id = CellField()
    customer_reference = CellField()
    payment_method = CellField()
    amount = CellField()
    currency = CellField()
    payment_date = CellField()
    reference_number = CellField()
    notes = CellField()
    auto_allocate = CellField()
    allocation_strategy = CellField()
    driver = CellField()
    license = CellField()
    lease = CellField()
    medallion = CellField()
    name = CellField()
    error_row = CellField()


def row_etag(row: PaymentBatchRow) -> str:
    """Names what a repair would change."""
    return etag(row.batch_id, row.row_no, row.repairs, row.status)


def row_document(
    batch: PaymentBatch, row: PaymentBatchRow, superseded: Mapping[int, Superseding]
) -> dict[str, Any]:
    """A row with its cells; its customer, payment and origin are read with it."""
    by = superseded.get(row.row_no)
    return {
        "row": row.row_no,
        "status": row.status,
        "cells": editable_cells(batch.layout, row.raw, row.cells),
        "raw": row.raw,
        "amount": row.amount,
        "currency": row.currency or None,
        "customer_id": row.customer_id,
        "customer_name": row.customer.name if row.customer is not None else "",
        "payment_id": row.payment_id,
        "payment_number": row.payment.number if row.payment is not None else "",
        "errors": faults_of(row) if row.status == PaymentBatchRow.Status.FAILED else [],
        "repairs": row.repairs,
        "repaired_by": row.repaired_by,
        "repaired_at": row.repaired_at,
        "file_amount": row.file_amount,
        "file_currency": row.file_currency or None,
        "corrects": _place(row.origin_id, row.origin.number, row.origin_row)
        if row.origin is not None
        else None,
        "superseded_by": _place(by.batch_id, by.batch_number, by.row_no) if by is not None else None,
    }


def row_detail(
    batch: PaymentBatch, row: PaymentBatchRow, superseded: Mapping[int, Superseding]
) -> dict[str, Any]:
    """The same with its batch's state."""
    return {
        **row_document(batch, row, superseded),
        "batch_id": batch.id,
        "batch_number": batch.number,
        "batch_status": batch.status,
    }


def _place(batch_id: Any, number: str, row_no: Any) -> dict[str, Any]:
    return {"batch_id": batch_id, "batch_number": number, "row": row_no}


def _cannot_be_stored(text: str) -> bool:
    return "\x00" in text or any("\ud800" <= letter <= "\udfff" for letter in text)
