"""Weekly earnings from a file: each row is checked like an API call."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from batconnect.core.files import cells
from batconnect.core.files.imports import Column, Import, ImportReport, Progress, Row
from batconnect.core.kernel.actors import Actor
from ledger.settlement.errors import EARNINGS_TAKEN
from ledger.settlement.models import LeaseEarning
from ledger.settlement.services.earnings import (
    EarningRow,
    check_earnings,
    existing_earnings,
    import_earnings,
    why_taken,
)


def _parse_name(cell: str, actor: Actor) -> int | str:
    """A key, or a number or license: a license is digits with a leading zero."""
    name = cells.cell_text(cell, limit=20, required=True)
    return int(name) if name.isascii() and name.isdecimal() and not name.startswith("0") else name.upper()


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
        Column(
            "gross",
            cells.signed_amount,
            required=True,
            help="of an adjustment also below zero, of a card fee always",
            examples=("612.50",),
        ),
        Column(
            "kind",
            cells.choice(LeaseEarning.Kind),
            default=LeaseEarning.Kind.GROSS.value,
            help="gross, adjustment or card_fee",
            examples=("gross",),
        ),
        Column("reference", cells.text(60), default="", help="of an adjustment or card fee: unique"),
    )

    def check(
        self, *, actor: Actor, rows: Sequence[Row], report: ImportReport, progress: Progress
    ) -> list[EarningRow]:
        asked = [
            EarningRow(
                row["driver_id"], row["lease_id"], row["week"], row["gross"], row["kind"], row["reference"]
            )
            for row in rows
        ]
        checked, wrong = check_earnings(actor=actor, rows=asked) if asked else ([], [])
        for error in wrong:
            _, position, field = error.field.split(".")
            report.refuse(rows[int(position)].line, field, error.message, code=error.code)
        existing = existing_earnings(actor=actor, checked=checked)
        good: list[EarningRow] = []
        for each in checked:
            there = existing.get(each.key)
            if there is None:
                report.created += 1
                report.total += each.gross
            elif there == each.content:
                report.existing += 1
            else:
                report.refuse(rows[each.position].line, "gross", why_taken(each, there), code=EARNINGS_TAKEN)
                continue
            good.append(asked[each.position])
        progress(len(rows))
        return good

    def carry_out(self, *, actor: Actor, good: Sequence[Any], report: ImportReport) -> None:
        if good:
            import_earnings(actor=actor, rows=good)


EARNINGS: Final = EarningsImport()
