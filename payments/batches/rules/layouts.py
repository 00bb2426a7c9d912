"""How the raw text of a row is read again: a batch keeps its layout, a row only what the file said."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from payments.batches.rules.columns import BadRow, RowValues, read_bank_line, read_values
from payments.batches.rules.files import split_record

CSV: Final = "csv"
JSON: Final = "json"


def csv_layout(
    *, columns: list[str], delimiter: str, bank: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Rows of a CSV file; `bank` (`strategy`, `currency`) when it is a bank's statement."""
    return {"kind": CSV, "columns": columns, "delimiter": delimiter, "bank": dict(bank) if bank else None}


def json_layout(*, bank: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Rows kept as JSON objects of texts."""
    return {"kind": JSON, "bank": dict(bank) if bank else None}


def cells_of(layout: Mapping[str, Any], raw: str) -> dict[str, str]:
    """The cells of a row by name. Raises BadRow for more cells than headings."""
    if layout["kind"] == JSON:
        found: dict[str, str] = json.loads(raw)
    else:
        cells = split_record(raw, layout["delimiter"])
        columns = layout["columns"]
        if len(cells) > len(columns) and any(cells[len(columns) :]):
            raise BadRow("row", "wrong_cell_count", f"{len(cells)} cells for {len(columns)} headings.")
        found = {name: cell for name, cell in zip(columns, cells, strict=False) if name}
    if layout["bank"] and not found.get("currency"):
        found["currency"] = layout["bank"]["currency"]
    return found


def values_of(layout: Mapping[str, Any], raw: str) -> RowValues:
    """What the row asks for. Raises BadRow."""
    cells = cells_of(layout, raw)
    if layout["bank"]:
        return read_bank_line(cells, strategy=layout["bank"]["strategy"])
    return read_values(cells)
