"""What the runtime role may do with the tables of repairs (core.database.rights)."""

from __future__ import annotations

from batconnect.core.database.rights import declare
from repairs.models import RepairInstallment, RepairInvoice

declare(
    RepairInvoice,
    update="status status_reason closed_at amount adjusted adjustments installment_count document_name document_type"
    " document_path document_at",
    why="Held, released, canceled, closed, its document attached; an amount that was entered wrongly is lowered.",
)
declare(RepairInstallment, update="status is_suspended posted_on", why="Suspended, posted, paid, withdrawn.")
