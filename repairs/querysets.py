"""Reads of repairs that have a name."""

from __future__ import annotations

from typing import Any

from django.db.models import F, QuerySet

from batconnect.core.kernel.actors import Actor
from ledger.repayment.errors import not_found
from ledger.repayment.querysets import ScheduleRow, schedule_of, with_document_columns
from repairs.kind import REPAIRS
from repairs.models import RepairInvoice


def repairs(*, actor: Actor) -> QuerySet[Any, Any]:
    """Every repair of the company, to be filtered and counted."""
    return RepairInvoice.objects.filter(company_id=actor.company_id)


def with_repair_columns(rows: QuerySet[Any, Any]) -> QuerySet[Any, dict[str, Any]]:
    """The repairs as rows; see `ledger.repayment.querysets.with_document_columns`."""
    return with_document_columns(
        rows,
        kind=REPAIRS,
        fields=("invoice_number", "invoice_date", "workshop_type", "document_path", "document_name"),
        vin=F("vehicle__vin"),
        plate_no=F("vehicle__plate_no"),
        matrix_version=F("matrix__version"),
    )


def find_repair(*, actor: Actor, repair_id: str) -> tuple[dict[str, Any], list[ScheduleRow]]:
    """One repair's row and its schedule, in two statements. Raises NotFound, also for a repair of another company."""
    matching = repairs(actor=actor).filter(number=repair_id.strip().upper())
    row = with_repair_columns(matching).first()
    if row is None:
        raise not_found(REPAIRS.noun, repair_id)
    return row, schedule_of(actor=actor, kind=REPAIRS, document_id=row["document_id"], amount=row["amount"])
