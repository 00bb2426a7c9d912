"""Loans from a file."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from batconnect.core.files import cells
from batconnect.core.files.cells import BadCell
from batconnect.core.files.imports import Column, Row
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import InvalidInput
from batconnect.core.kernel.money import ZERO
from ledger.repayment.imports import DocumentImport
from loans.inputs import read_rate
from loans.services import make_loan, plan_loan


def _rate(cell: str, actor: Actor) -> Decimal:
    try:
        return read_rate(cell)
    except InvalidInput as refusal:
        raise BadCell(refusal.message) from refusal


class LoanImport(DocumentImport):
    """A row is a loan with its schedule; its date defaults to today."""

    name = "loans"
    noun = "loans"
    told = (
        "Make driver loans. For a loan that is partly repaid elsewhere, enter the rest as loan_amount; installments in "
        "the past fall due with the next run."
    )
    permission = "loans.open"
    columns = (
        DocumentImport.lease_column,
        Column("loan_amount", cells.amount, required=True, examples=("1200.00",)),
        Column("start_week", cells.day, required=True, help="a Sunday", examples=("2026-01-11",)),
        *DocumentImport.other_columns,
        Column("interest_rate", _rate, default=ZERO, help="percent a year", examples=("10",)),
        Column(
            "interest_reason", cells.text(500), default="", help="why the rate is above the company's highest"
        ),
        Column("loan_date", cells.day, help="today if empty"),
    )

    def make_document(self, *, actor: Actor, row: Row, driver_id: int) -> Decimal:
        plan = plan_loan(
            actor=actor,
            driver_id=driver_id,
            lease=row["lease_id"],
            amount=row["loan_amount"],
            start_week=row["start_week"],
            interest_rate=row["interest_rate"],
            interest_reason=row["interest_reason"],
            loan_date=row["loan_date"],
        )
        return make_loan(actor=actor, plan=plan, notes=row["notes"]).loan.amount


LOAN_FILES: Final = LoanImport()
