"""The table, on the screen and as docs/proof.md."""

from __future__ import annotations

import os
import platform
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table

from proof.tally import FORBIDDEN, Row, Tally

PAGE: Final = Path(__file__).resolve().parent.parent / "docs" / "proof.md"
_BEGIN, _END = "<!-- begin: written by python -m proof --write -->", "<!-- end -->"
_COLUMNS: Final = (
    ("tried", "tried"),
    ("acknowledged", "acknowledged"),
    ("refused", "refused"),
    ("cut off", "cut_off"),
    ("lost", "lost"),
    ("doubled", "doubled"),
    ("leaked", "leaked"),
    ("half-done", "half_done"),
    ("wrong", "wrong"),
    ("5xx", "server_errors"),
)


def _cells(row: Row) -> list[str]:
    return [str(getattr(row, name)) for _, name in _COLUMNS]


def show(tally: Tally, *, console: Console) -> None:
    """Print the table, and every finding below it."""
    table = Table()
    table.add_column("what")
    for heading, _ in _COLUMNS:
        table.add_column(heading, justify="right")
    table.add_column("recovery s", justify="right")
    for row in tally.rows.values():
        table.add_row(row.name, *_cells(row), row.recovery, style="" if row.is_clean else "bold red")
    table.add_section()
    total = _sum(tally)
    table.add_row("sum", *_cells(total), "", style="bold" if total.is_clean else "bold red")
    console.print(table)
    for finding in tally.findings:
        console.print(f"• {finding}", markup=False)


def _sum(tally: Tally) -> Row:
    total = Row("sum")
    for row in tally.rows.values():
        for _, name in _COLUMNS:
            setattr(total, name, getattr(total, name) + getattr(row, name))
    return total


def write(tally: Tally, *, seed: int, minutes: float) -> None:
    """Put the table into docs/proof.md, in the place of the last one."""
    headings = ["what", *(heading for heading, _ in _COLUMNS), "recovery s (median / longest)"]
    lines = [
        f"Seed: {seed}, {datetime.now(UTC):%Y-%m-%d}, {minutes:.0f} minutes, {os.cpu_count()} cores,"
        f" {platform.system()} {platform.machine()}, Python {platform.python_version()}.",
        "",
        f"| {' | '.join(headings)} |",
        f"|---|{'---:|' * (len(headings) - 1)}",
        *(
            f"| {row.name} | {' | '.join(_cells(row))} | {row.recovery} |"
            for row in (*tally.rows.values(), _sum(tally))
        ),
    ]
    text = PAGE.read_text(encoding="utf-8")
    pattern = re.compile(f"{re.escape(_BEGIN)}.*?{re.escape(_END)}", re.DOTALL)
    made = "\n".join([_BEGIN, "", *lines, "", _END])
    PAGE.write_text(pattern.sub(lambda _: made, text), encoding="utf-8")


__all__ = ["FORBIDDEN", "PAGE", "show", "write"]
