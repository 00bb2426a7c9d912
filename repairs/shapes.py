"""How repairs look to clients (docs/api.md#loans-and-repairs)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from batconnect.core.api.answers import Answer, Day, Listed, Money, Text, Whole
from ledger.repayment.shapes import (
    DocumentAnswers,
    DocumentShape,
    PlannedInstallmentShape,
    RepaidDetail,
    RepaidRow,
    ScheduleTotals,
    progress,
    whose,
)
from repairs.kind import REPAIRS


class RepairRow(RepaidRow):
    """A repair in a list."""

    repair_id = Text("RPR-2025-001")
    invoice_number = Text("INV-2457")
    invoice_date = Day("2025-10-01")
    workshop_type = Text("Big Apple Workshop")
    vin = Text("4TALWRZV6YW122447")
    plate_no = Text("8SAM401")
    total_amount = Money("450.00")
    receipt_url = Text(f"{REPAIRS.url}/RPR-2025-001/receipt")
    document_url = Text(f"{REPAIRS.url}/RPR-2025-001/document", null=True)


class RepairDetail(RepairRow, RepaidDetail):
    """A repair with its schedule."""

    document_name = Text("INV-2457.pdf", null=True)


class RepairStatement(RepairDetail, ScheduleTotals):
    """The repair's statement."""


class RepairMoved(RepairDetail):
    """What an action made of a repair."""

    message = Text("Repair invoice RPR-2025-001 put on hold.")
    warnings = Listed(Text(), [])


class RepairPlan(Answer):
    """The schedule that a repair would have."""

    total_amount = Money("450.00")
    invoice_date = Day("2025-10-01")
    start_week = Day("2025-10-05")
    matrix_version = Whole()
    weekly_principal = Money("100.00")
    total_due = Money("450.00")
    installments = Listed(PlannedInstallmentShape)


class DocumentAttached(Answer):
    """The file that was attached."""

    message = Text("Document INV-2457.pdf attached to RPR-2025-001.")
    repair_id = Text("RPR-2025-001")
    document_name = Text("INV-2457.pdf")
    document_type = Text("application/pdf")
    document_url = Text(f"{REPAIRS.url}/RPR-2025-001/document")


def repair_row(row: Mapping[str, Any]) -> dict[str, Any]:
    """A repair in a list."""
    url = REPAIRS.address(row["number"])
    return {
        "repair_id": row["number"],
        "invoice_number": row["invoice_number"],
        "invoice_date": row["invoice_date"],
        "status": row["status"],
        "workshop_type": row["workshop_type"],
        **whose(row),
        "vin": row["vin"],
        "plate_no": row["plate_no"],
        "total_amount": row["amount"],
        "start_week": row["start_week"],
        **progress(row),
        "receipt_url": f"{url}/receipt",
        "document_url": f"{url}/document" if row["document_path"] else None,
    }


REPAIR: Final = DocumentShape(
    REPAIRS, repair_row, lambda row: {"document_name": row["document_name"] or None}
)
ANSWERS: Final = DocumentAnswers(RepairRow, RepairDetail, RepairStatement, RepairMoved, RepairPlan)
