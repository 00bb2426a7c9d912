"""Make loans from a CSV file."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import partial

from batconnect.core.kernel.actors import Actor
from ledger.repayment.imports import ImportCommand, driver_of, read_cell
from ledger.rules.tables import cell_amount, cell_date, cell_text
from loans.inputs import read_rate
from loans.services import make_loan, plan_loan

REQUIRED = ("lease_id", "loan_amount", "start_week")
COLUMNS = (*REQUIRED, "driver_id", "tlc_license", "interest_rate", "loan_date", "notes")


def make(actor: Actor, cells: Mapping[str, str]) -> Decimal:
    """The loan of one row; its date defaults to today."""
    plan = plan_loan(
        actor=actor,
        driver_id=driver_of(cells),
        lease=read_cell(cells, "lease_id", lambda text: cell_text(text, limit=20, required=True)),
        amount=read_cell(cells, "loan_amount", partial(cell_amount, currency=actor.company.base_currency)),
        start_week=read_cell(cells, "start_week", cell_date),
        interest_rate=read_rate(cells.get("interest_rate") or "0"),
        loan_date=read_cell(cells, "loan_date", cell_date) if cells.get("loan_date") else None,
    )
    notes = read_cell(cells, "notes", lambda text: cell_text(text, limit=500), default="")
    return make_loan(actor=actor, plan=plan, notes=notes).loan.amount


class Command(ImportCommand):
    help = (
        f"Make driver loans from a CSV with the headings {', '.join(COLUMNS)}. For a loan that is partly repaid "
        "elsewhere, enter the rest as loan_amount; installments in the past fall due with the next run."
    )
    job = "import_loans"
    noun = "loans"
    required_columns = REQUIRED
    columns = COLUMNS
    make = staticmethod(make)
