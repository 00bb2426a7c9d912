"""Weekly earnings from a CSV file: each row is checked like an API call."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import FieldError
from batconnect.core.kernel.money import ZERO
from ledger.rules.tables import BadCell, cell_amount, cell_date, cell_text
from ledger.services.imports import ImportReport, RowError
from ledger.services.tables import read_rows
from ledger.settlement.services.earnings import (
    EarningRow,
    check_earnings,
    existing_amounts,
    import_earnings,
)

COLUMNS: Final = ("driver_id", "lease_id", "week", "gross")


def import_earnings_file(
    *,
    actor: Actor,
    content: bytes,
    dry_run: bool = False,
    keep_good: bool = False,
    progress: Callable[[int], Any] = lambda rows: None,
) -> ImportReport:
    """Credit what the CSV file lists, in the caller's transaction; rows that already exist are left alone.

    `driver_id` is a key, number or license, `lease_id` a key or number. With any bad row nothing is written, unless
    `keep_good`; a dry run writes nothing in any case. Needs `ledger.import_earnings`. Raises InvalidInput
    `unreadable_file`, TooLarge.
    """
    actor.require("ledger.import_earnings")
    report = ImportReport()
    lines = _parse(content, report, actor.company.base_currency)
    rows = [row for _, row in lines]
    checked, wrong = check_earnings(actor=actor, rows=rows) if rows else ([], [])
    report.errors += [_row_error(lines, error) for error in wrong]
    existing = existing_amounts(actor=actor, checked=checked)
    good: list[EarningRow] = []
    for each in checked:
        there = existing.get(each.key)
        if there is not None and there != each.gross:
            report.errors.append(
                RowError(
                    lines[each.position][0],
                    "gross",
                    "earnings_taken",
                    f"{there:,.2f} already exists for this driver, lease and week.",
                )
            )
            continue
        report.existing += there is not None
        report.created += there is None
        report.total += ZERO if there is not None else each.gross
        good.append(rows[each.position])
    progress(len(lines))
    report.errors.sort(key=lambda error: error.row)
    report.written = not dry_run and bool(good) and (keep_good or not report.errors)
    if report.written:
        import_earnings(actor=actor, rows=good)
    return report


def _parse(content: bytes, report: ImportReport, currency: str) -> list[tuple[int, EarningRow]]:
    """The well-formed lines with their numbers; the errors of the others go into the report."""
    parsed: list[tuple[int, EarningRow]] = []
    for line, cells in read_rows(content=content, required=COLUMNS, known=COLUMNS):
        report.rows += 1
        values: dict[str, Any] = {}
        for name, parse in (
            ("week", cell_date),
            ("gross", partial(cell_amount, currency=currency)),
            ("driver_id", parse_name),
            ("lease_id", parse_name),
        ):
            try:
                values[name] = parse(cells.get(name, ""))
            except BadCell as error:
                report.errors.append(RowError(line, name, "invalid", str(error)))
        if len(values) == len(COLUMNS):
            row = EarningRow(values["driver_id"], values["lease_id"], values["week"], values["gross"])
            parsed.append((line, row))
    return parsed


def parse_name(text: str) -> int | str:
    """A key, or a number or license: a license is digits with a leading zero."""
    name = cell_text(text, limit=20, required=True)
    return int(name) if name.isascii() and name.isdigit() and not name.startswith("0") else name.upper()


def _row_error(lines: list[tuple[int, EarningRow]], error: FieldError) -> RowError:
    _, position, field = error.field.split(".")
    return RowError(lines[int(position)][0], field, error.code, error.message)
