"""Weekly earnings from a file: each row is checked like an API call."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from batconnect.core.files import cells
from batconnect.core.files.imports import Column, Import, ImportReport, Progress, Row
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.money import format_amount
from ledger.settlement.errors import EARNINGS_TAKEN
from ledger.settlement.services.earnings import (
    EarningRow,
    check_earnings,
    existing_amounts,
    import_earnings,
)


def _parse_name(cell: str, actor: Actor) -> int | str:
    """A key, or a number or license: a license is digits with a leading zero."""
    name = cells.cell_text(cell, limit=20, required=True)
    return int(name) if name.isascii() and name.isdigit() and not name.startswith("0") else name.upper()


class EarningsImport(Import):
    """A row is what a driver earned on a lease in a week; rows that already exist are left alone."""

    name = "earnings"
    told = "Credit drivers with what they earned on a lease in a week, which begins on a Sunday."
    permission = "ledger.import_earnings"
    done, planned = "credited", "to credit"
    columns = (
        Column(
            "driver_id", _parse_name, required=True, help="key, number or TLC license", examples=("DRV-101",)
        ),
        Column("lease_id", _parse_name, required=True, help="key or number", examples=("LS-2054",)),
        Column("week", cells.day, required=True, help="its Sunday", examples=("2026-01-04",)),
        Column("gross", cells.amount, required=True, examples=("612.50",)),
    )

    def check(
        self, *, actor: Actor, rows: Sequence[Row], report: ImportReport, progress: Progress
    ) -> list[EarningRow]:
        asked = [EarningRow(row["driver_id"], row["lease_id"], row["week"], row["gross"]) for row in rows]
        checked, wrong = check_earnings(actor=actor, rows=asked) if asked else ([], [])
        for error in wrong:
            _, position, field = error.field.split(".")
            report.refuse(rows[int(position)].line, field, error.message, code=error.code)
        existing = existing_amounts(actor=actor, checked=checked)
        good: list[EarningRow] = []
        for each in checked:
            there = existing.get(each.key)
            if there is None:
                report.created += 1
                report.total += each.gross
            elif there == each.gross:
                report.existing += 1
            else:
                message = f"{format_amount(there)} already exists for this driver, lease and week."
                report.refuse(rows[each.position].line, "gross", message, code=EARNINGS_TAKEN)
                continue
            good.append(asked[each.position])
        progress(len(rows))
        return good

    def carry_out(self, *, actor: Actor, good: Sequence[Any], report: ImportReport) -> None:
        if good:
            import_earnings(actor=actor, rows=good)


EARNINGS: Final = EarningsImport()
