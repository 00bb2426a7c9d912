"""Repairs from a file."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from batconnect.core.files import cells
from batconnect.core.files.imports import Column, Row
from batconnect.core.kernel.actors import Actor
from ledger.repayment.imports import DocumentImport
from repairs.services import make_repair, plan_repair


class RepairImport(DocumentImport):
    """A row is an invoice with its schedule."""

    name = "repairs"
    noun = "repairs"
    told = "Make vehicle repairs that drivers repay."
    permission = "repairs.open"
    columns = (
        DocumentImport.lease_column,
        Column("invoice_number", lambda cell, actor: cell, required=True, examples=("EXT-7711",)),
        Column("invoice_date", cells.day, required=True, examples=("2026-01-02",)),
        Column("workshop_type", lambda cell, actor: cell, required=True, examples=("Big Apple Workshop",)),
        Column("total_amount", cells.amount, required=True, examples=("945.00",)),
        Column("start_week", cells.day, required=True, help="a Sunday", examples=("2026-01-11",)),
        *DocumentImport.other_columns,
    )

    def make_document(self, *, actor: Actor, row: Row, driver_id: int) -> Decimal:
        plan = plan_repair(
            actor=actor,
            driver_id=driver_id,
            lease=row["lease_id"],
            invoice_number=row["invoice_number"],
            invoice_date=row["invoice_date"],
            workshop_type=row["workshop_type"],
            amount=row["total_amount"],
            start_week=row["start_week"],
        )
        return make_repair(actor=actor, plan=plan, notes=row["notes"]).repair.amount


REPAIR_FILES: Final = RepairImport()
