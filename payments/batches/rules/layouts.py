"""How the raw text of a row is read again: a batch keeps its layout, a row only what the file said."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from payments.batches.rules.columns import (
    COLUMNS,
    ERROR_COLUMNS,
    BadRow,
    RowRead,
    RowValues,
    heading,
    read_values,
)
from payments.batches.rules.files import split_record
from payments.batches.rules.origins import ORIGIN
from payments.batches.rules.readings import Reading

CSV: Final = "csv"
JSON: Final = "json"


def csv_layout(
    *,
    columns: list[str],
    headings: Sequence[str],
    delimiter: str,
    bank: Mapping[str, Any] | None = None,
    reading: Reading = Reading(),  # noqa: B008 - frozen
) -> dict[str, Any]:
    """Rows of a CSV file with the headings as written; `bank` (`strategy`, `currency`) for a bank's statement.

    In a file that errors.csv was, a blank heading stands over cells that once were too many: still too many when
    something is left in them.
    """
    names = [heading(each) for each in headings]
    came_back = set(ERROR_COLUMNS) <= set(names)
    return {
        "kind": CSV,
        "columns": columns,
        "headings": list(headings),
        "unheaded": [place for place, name in enumerate(names) if came_back and not name],
        "delimiter": delimiter,
        "bank": dict(bank) if bank else None,
        **reading.as_kept(),
    }


def json_layout(
    *, bank: Mapping[str, Any] | None = None, headings: Sequence[str] = (), delimiter: str = ","
) -> dict[str, Any]:
    """Rows kept as JSON objects of texts; of a bank's table with its headings as written."""
    table = {"headings": list(headings), "delimiter": delimiter} if headings else {}
    return {"kind": JSON, "bank": dict(bank) if bank else None, **table}


def cells_of(
    layout: Mapping[str, Any], raw: str, repaired: Mapping[str, str] | None = None
) -> dict[str, str]:
    """The cells of a row by name: those of its repair, if any. Raises BadRow for more cells than headings."""
    if repaired is not None:
        return dict(repaired)
    if layout["kind"] == JSON:
        cell_by_name: dict[str, str] = json.loads(raw)
    else:
        cells = split_record(raw, layout["delimiter"])
        columns = layout["columns"]
        if len(cells) > len(columns) and any(cells[len(columns) :]):
            raise BadRow(
                "row",
                "wrong_cell_count",
                f"The row has {len(cells)} cells; there are {len(columns)} headings.",
            )
        for place in layout.get("unheaded", ()):
            if place < len(cells) and cells[place]:
                raise BadRow("row", "wrong_cell_count", f"Cell {place + 1} has no heading.")
        cell_by_name = {name: cell for name, cell in zip(columns, cells, strict=False) if name}
    if layout["bank"] and not cell_by_name.get("currency"):
        cell_by_name["currency"] = layout["bank"]["currency"]
    return cell_by_name


def editable_cells(layout: Mapping[str, Any], raw: str, repaired: Mapping[str, str] | None) -> dict[str, str]:
    """The cells by our names, to be shown and changed; of a row with too many cells as far as there are headings."""
    try:
        cells = cells_of(layout, raw, repaired)
    except BadRow:
        cells = dict(zip(layout["columns"], split_record(raw, layout["delimiter"]), strict=False))
    return {name: cells[name] for name in (*COLUMNS, ORIGIN) if cells.get(name)}


def read_row(layout: Mapping[str, Any], raw: str, repaired: Mapping[str, str] | None = None) -> RowRead:
    """What the row asks for, or everything that is wrong with it."""
    try:
        cells = cells_of(layout, raw, repaired)
    except BadRow as fault:
        return RowRead(None, (fault,))
    return read_values(cells, Reading.of(layout))


def values_of(layout: Mapping[str, Any], raw: str, repaired: Mapping[str, str] | None = None) -> RowValues:
    """What a row asks for, which must have no fault. Raises the first fault, a BadRow."""
    read = read_row(layout, raw, repaired)
    if read.values is None:
        raise read.faults[0]
    return read.values
