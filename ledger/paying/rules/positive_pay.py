"""The file by which a bank knows the checks that we wrote, and pays no other. Pure (docs/domain.md#checks)."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from batconnect.core.files.exports.csv import CsvWriter
from ledger.paying.rules.nacha import LINE_END, plain

COLUMNS: Final = ("account", "check_number", "issue_date", "amount", "payee", "void")


@dataclass(frozen=True, slots=True)
class Issued:
    """A check that was written; `amount` in dollars."""

    number: str
    dated: date
    amount: Decimal
    payee: str
    is_void: bool = False


def positive_pay(*, account: str, issued: Iterable[Issued]) -> str:
    """The checks as CSV with headings. `account` is its last digits, or our own
    code of it. A payee's name begins with no sign that a spreadsheet would carry out."""
    text = io.StringIO()
    writer = CsvWriter(text, line_end=LINE_END)
    writer.write_row(COLUMNS)
    for each in issued:
        void = "V" if each.is_void else ""
        writer.write_row(
            [
                account,
                each.number,
                each.dated.isoformat(),
                f"{each.amount:.2f}",
                plain(each.payee).lstrip("=+-@"),
                void,
            ]
        )
    return text.getvalue()
