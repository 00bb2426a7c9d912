"""What was measured: a table on the screen, and a section of RESULTS.md that the next run replaces."""

from __future__ import annotations

import os
import re
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

RESULTS = Path(__file__).with_name("RESULTS.md")
_HEAD = """# Measured

Written by `make bench`; one section for each benchmark, replaced when it runs again. Machines differ and are noisy:
only the ratios count, each measured in one run with its sides taking turns, as medians.
"""


@dataclass(frozen=True, slots=True)
class Line:
    """One figure; `target` is what it has to reach, `met` whether it did (None where nothing is asked)."""

    what: str
    figure: str
    target: str = ""
    met: bool | None = None


@dataclass(slots=True)
class Section:
    """A benchmark's figures, with what has to be known to read them."""

    title: str
    note: str
    lines: list[Line] = field(default_factory=list)

    def add(self, what: str, figure: str) -> None:
        self.lines.append(Line(what, figure))

    def at_least(self, what: str, ratio: float, least: float, *, goal: float | None = None) -> None:
        target = f"≥ {least:g}" + (f", goal {goal:g}" if goal else "")
        self.lines.append(Line(what, f"{ratio:.2f}", target, ratio >= least))

    def at_most(self, what: str, ratio: float, limit: float) -> None:
        self.lines.append(Line(what, f"{ratio:.2f}", f"≤ {limit:g}", ratio <= limit))


def median(values: Sequence[float]) -> float:
    return statistics.median(values)


def percentile95(values: Sequence[float]) -> float:
    return sorted(values)[max(0, -(-len(values) * 95 // 100) - 1)]


def show(section: Section, *, console: Console) -> None:
    """Print the section as a table."""
    table = Table(title=section.title, caption=section.note, title_justify="left", caption_justify="left")
    for heading in ("what", "figure", "asked for", ""):
        table.add_column(heading, justify="right" if heading == "figure" else "left")
    for line in section.lines:
        table.add_row(line.what, line.figure, line.target, _mark(line))
    console.print(table)


def keep(section: Section) -> None:
    """Put the section into RESULTS.md, in the place of its last one."""
    text = RESULTS.read_text(encoding="utf-8") if RESULTS.exists() else _HEAD
    made = _markdown(section)
    pattern = re.compile(rf"^## {re.escape(section.title)}\n.*?(?=^## |\Z)", re.MULTILINE | re.DOTALL)
    text = pattern.sub(lambda _: made, text) if pattern.search(text) else f"{text.rstrip()}\n\n{made}"
    RESULTS.write_text(text.rstrip() + "\n", encoding="utf-8")


def _markdown(section: Section) -> str:
    day = datetime.now(UTC).date().isoformat()
    rows = [f"| {line.what} | {line.figure} | {line.target} | {_mark(line)} |" for line in section.lines]
    head = ["| what | figure | asked for | |", "|---|---:|---|---|"]
    return "\n".join(
        [
            f"## {section.title}",
            "",
            f"{day}, {os.cpu_count()} cores. {section.note}",
            "",
            *head,
            *rows,
            "",
            "",
        ]
    )


def _mark(line: Line) -> str:
    return "" if line.met is None else "✓" if line.met else "✗"
