"""The tables of docs/worked-weeks.md, read from the page: its figures were worked out by hand."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from django.conf import settings

from ledger.models import Dtr

PAGE: Final = Path(settings.BASE_DIR) / "docs" / "worked-weeks.md"
HEADINGS: Final = {
    "prior balance": "prior_balance",
    "charges": "charges",
    "interim": "interim_payments",
    "credits": "credits",
    "adjustments": "adjustments",
    "owed": "owed",
    "earned": "earned",
    "gross": "gross",
    "protected": "protected",
    "recovered": "recovered",
    "credits paid": "credits_paid",
    "due": "due_to_driver",
    "carried": "carried_forward",
    "net": "net",
    "netted out": "netted_out",
    "netted in": "netted_in",
}
Rows = list[dict[str, str]]


def table_after(text: str, *, headed: str = "week") -> Rows:
    """The rows of the first table after the text whose first heading is that one, by heading; amounts as `-1234.56`."""
    lines = PAGE.read_text().partition(text)[2].splitlines()
    start = next(place for place, line in enumerate(lines) if line.startswith(f"| {headed} |"))
    headings = _cells(lines[start])
    rows = []
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            break
        rows.append(dict(zip(headings, _cells(line), strict=True)))
    assert rows, text
    return rows


def amount(cell: str) -> str:
    """The last figure of a cell: `400.00 − 300.00 = 100.00` is 100.00."""
    return re.findall(r"[−-]?[\d,]+\.\d\d", cell)[-1].replace("−", "-").replace(",", "")


def expected(row: dict[str, str]) -> dict[str, str]:
    """A row's figures by the names that a DTR has for them."""
    return {HEADINGS[heading]: amount(cell) for heading, cell in row.items() if heading in HEADINGS}


def shown(dtr: Dtr, row: dict[str, str]) -> dict[str, str]:
    """The DTR's figures that the row has."""
    return {name: f"{getattr(dtr, name):.2f}" for name in expected(row)}


def _cells(line: str) -> list[str]:
    return [cell.strip().strip("*") for cell in line.strip().strip("|").split("|")]
