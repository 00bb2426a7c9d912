"""Make repairs from a CSV file."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import partial

from batconnect.core.kernel.actors import Actor
from ledger.repayment.imports import ImportCommand, driver_of, read_cell
from ledger.rules.tables import cell_amount, cell_date, cell_text
from repairs.services import make_repair, plan_repair

REQUIRED = ("lease_id", "invoice_number", "invoice_date", "workshop_type", "total_amount", "start_week")
COLUMNS = (*REQUIRED, "driver_id", "tlc_license", "notes")


def make(actor: Actor, cells: Mapping[str, str]) -> Decimal:
    """The repair of one row."""
    plan = plan_repair(
        actor=actor,
        driver_id=driver_of(cells),
        lease=read_cell(cells, "lease_id", lambda text: cell_text(text, limit=20, required=True)),
        invoice_number=cells["invoice_number"],
        invoice_date=read_cell(cells, "invoice_date", cell_date),
        workshop_type=cells["workshop_type"],
        amount=read_cell(cells, "total_amount", partial(cell_amount, currency=actor.company.base_currency)),
        start_week=read_cell(cells, "start_week", cell_date),
    )
    notes = read_cell(cells, "notes", lambda text: cell_text(text, limit=500), default="")
    return make_repair(actor=actor, plan=plan, notes=notes).repair.amount


class Command(ImportCommand):
    help = f"Make vehicle repairs from a CSV with the headings {', '.join(COLUMNS)}."
    job = "import_repairs"
    noun = "repairs"
    required_columns = REQUIRED
    columns = COLUMNS
    make = staticmethod(make)
