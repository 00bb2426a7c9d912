"""docs/accounts.md is the chart: every account with its kind and side, and every account that the code names."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from batconnect.embedded.paths import PROJECT_ROOT
from ledger import chart
from ledger.chart import AccountLine, Kind
from tests.tree import PACKAGES

PAGE: Final = Path(PROJECT_ROOT) / "docs" / "accounts.md"
_ROW: Final = re.compile(
    r"^\| [^|`]*`([^`|]+)`[^|]*\|([^|]+)\|([^|]+)\|([^|]+)\|([^|]+)\|([^|]+)\|$", re.MULTILINE
)
_PLACE: Final = re.compile(r"\{\w+\}")
# Functions of the chart that make the code of an account, each with a name to try.
_MAKERS: Final = {
    "cash": "check",
    "drawer": "till",
    "bank": "operating",
    "payments_in_transit": "operating",
    "deposits_in_transit": "operating",
    "receivable": "LEASE",
    "recovered": "EZPASS",
    "taxes_held": "nys",
    "deductions_payable": "qfc",
}


class Row:
    """A line of the page: the account's code, of which a part in braces stands for any name."""

    def __init__(self, cells: tuple[str, ...]) -> None:
        self.code, self.kind, self.side, *self.told = (cell.strip() for cell in cells)

    def is_of(self, code: str) -> bool:
        pattern = "[^:]+".join(re.escape(part) for part in _PLACE.split(self.code))
        return re.fullmatch(pattern, code) is not None


def rows() -> list[Row]:
    return [Row(cells) for cells in _ROW.findall(PAGE.read_text(encoding="utf-8"))]


def row_of(code: str) -> Row:
    """The account's own line, else the one that stands for it."""
    fitting = sorted(
        (row for row in rows() if row.is_of(code)), key=lambda row: len(_PLACE.findall(row.code))
    )
    assert fitting, f"docs/accounts.md has no line for {code}"
    return fitting[0]


def every_account() -> list[AccountLine]:
    return [
        *chart.chart(),
        *chart.bank_lines("operating", "Operating"),
        chart.drawer_line("till", "Till"),
        chart.authority_line("nys", "New York State"),
        chart.creditor_line("qfc", "Queens Family Court"),
    ]


def named_by_the_code() -> Iterator[tuple[str, str]]:
    """(file, code) of every account that a module of the product takes from the chart."""
    for package in PACKAGES:
        for path in sorted((Path(PROJECT_ROOT) / package).rglob("*.py")):
            parts = path.relative_to(PROJECT_ROOT).parts
            if {"tests", "migrations"} & set(parts) or parts == ("ledger", "chart.py"):
                continue
            for name in _names_of_chart(ast.parse(path.read_text(encoding="utf-8"))):
                if name in _MAKERS:
                    yield "/".join(parts), getattr(chart, name)(_MAKERS[name])
                elif name.isupper() and _is_account(getattr(chart, name, None)):
                    yield "/".join(parts), getattr(chart, name)


def _names_of_chart(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "chart":
            yield node.attr
        if isinstance(node, ast.ImportFrom) and node.module == "ledger.chart":
            yield from (each.name for each in node.names)


def _is_account(value: object) -> bool:
    return isinstance(value, str) and value in {line.code for line in chart.chart()}


@pytest.mark.parametrize("line", every_account(), ids=lambda line: line.code)
def test_every_account_has_its_line_with_kind_and_side(line: AccountLine) -> None:
    row = row_of(line.code)

    assert row.kind == line.kind.value.replace("_", " ")
    sides = {"debit", "either"} if line.kind in chart.DEBIT_KINDS else {"credit", "either"}
    # It is a deduction from cash: an asset that stands on the credit side.
    assert row.side in (sides if not line.code.startswith(chart.payments_in_transit("")) else {"credit"})
    assert all(row.told), f"{line.code}: say what opens it, what clears it and what it is held against"


def test_every_line_is_an_account() -> None:
    codes = [line.code for line in every_account()]
    page = PAGE.read_text(encoding="utf-8")
    to_come = page[page.index('<a id="accounts-to-come"></a>') :]

    idle = [row.code for row in rows() if f"`{row.code}`" not in to_come and not any(map(row.is_of, codes))]

    assert idle == []


def test_every_account_that_the_code_names_has_its_line() -> None:
    named = set(named_by_the_code())

    assert len({code for _, code in named}) > 15
    for _, code in sorted(named):
        row_of(code)


def test_what_a_manual_entry_may_not_touch_has_items_or_is_cash() -> None:
    for line in every_account():
        row = row_of(line.code)
        if chart.subledger(line.code):
            assert line.operation, f"{line.code} is made up of items: say what posts to it"
        if row.told[2] == "without items":
            assert not line.operation, f"{line.code} is without items, and a manual entry may not touch it?"


def test_kinds_are_the_pages() -> None:
    assert {row.kind for row in rows()} == {kind.value.replace("_", " ") for kind in Kind}
