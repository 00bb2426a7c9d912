"""The day's figures, on the screen and in docs/scale.md with the picture."""

from __future__ import annotations

import dataclasses
import os
import platform
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.load import figures
from benchmarks.load.figures import Call, Step
from benchmarks.load.picture import draw

PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "scale.md"
PICTURE = PAGE.with_name("load.svg")
_BEGIN, _END = "<!-- begin: written by make load ARGS=--write -->", "<!-- end: make load -->"


@dataclass
class Kept:
    """What is known when the day is over; `faults` says what is not as it must be."""

    calls: list[Call]
    people: tuple[int, ...]
    seconds: float
    statements: list[float]
    memory: list[tuple[str, float, float, bool]]
    settled: float
    leases: int
    faults: list[str] = field(default_factory=list)
    steps: list[Step] = field(init=False)

    def __post_init__(self) -> None:
        steps = figures.by_step(self.calls, people=self.people, seconds=self.seconds)
        self.steps = [
            dataclasses.replace(step, statements=count)
            for step, count in zip(steps, self.statements, strict=True)
        ]
        self.faults += [f"{count} × {error}" for error, count in figures.errors(self.calls)]
        self.faults += [
            f"the memory of {name} grew from {before:.0f} to {after:.0f} MB"
            for name, before, after, is_flat in self.memory
            if not is_flat
        ]

    @property
    def knee(self) -> Step:
        return figures.knee(self.steps)

    def until_knee(self) -> list[Call]:
        """The calls up to the knee's step: what people get whose machine is not overrun."""
        end = (self.people.index(self.knee.people) + 1) * self.seconds
        return [call for call in self.calls if call.begun < end]


def _tables(kept: Kept) -> list[tuple[tuple[str, ...], list[tuple[str, ...]]]]:
    steps = [
        (
            str(step.people) + (" (knee)" if step.people == kept.knee.people else ""),
            f"{step.per_second:.0f}",
            *(f"{value:.0f}" for value in (step.p50, step.p95, step.p99)),
            f"{step.statements:.1f}",
        )
        for step in kept.steps
    ]
    kinds = [
        (kind, str(count), *(f"{value:.0f}" for value in times))
        for kind, count, *times in figures.by_kind(kept.until_knee())
    ]
    memory = [
        (name, f"{before:.0f}", f"{after:.0f}", "✓" if is_flat else "✗")
        for name, before, after, is_flat in kept.memory
    ]
    return [
        (("people at once", "requests/s", "p50 ms", "p95 ms", "p99 ms", "statements per request"), steps),
        (("kind of call, up to the knee", "calls", "p50 ms", "p95 ms", "p99 ms"), kinds),
        (("process, its own memory", "middle of the day, MB", "end, MB", "flat"), memory),
    ]


def _summary(kept: Kept) -> str:
    wrong = sum(1 for call in kept.calls if call.error)
    return (
        f"{len(kept.calls):,} calls, {wrong} errors; {kept.leases} leases' weeks settled meanwhile in "
        f"{kept.settled:.0f} s."
    )


def show(kept: Kept, *, console: Console) -> None:
    """Print the tables, and every fault below them."""
    for headings, rows in _tables(kept):
        table = Table()
        for place, heading in enumerate(headings):
            table.add_column(heading, justify="right" if place else "left")
        for row in rows:
            table.add_row(*row)
        console.print(table)
    console.print(_summary(kept))
    for fault in kept.faults:
        console.print(f"• {fault}", markup=False)


def write(kept: Kept, *, minutes: float) -> None:
    """Put the tables into docs/scale.md, in the place of the last ones, and draw the picture beside it."""
    caption = (
        f"{minutes:g} minutes, {os.cpu_count()} cores for servers, workers, database and locust alike, "
        f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"
    )
    PICTURE.write_text(draw(kept.steps, knee=kept.knee, caption=caption), encoding="utf-8")
    lines = [
        f"{datetime.now(UTC):%Y-%m-%d}, {caption}. {_summary(kept)}",
        "",
        "![The curve of the load](load.svg)",
    ]
    for headings, rows in _tables(kept):
        lines += ["", f"| {' | '.join(headings)} |", f"|---|{'---:|' * (len(headings) - 1)}"]
        lines += [f"| {' | '.join(row)} |" for row in rows]
    text = PAGE.read_text(encoding="utf-8")
    pattern = re.compile(f"{re.escape(_BEGIN)}.*?{re.escape(_END)}", re.DOTALL)
    made = "\n".join([_BEGIN, "", *lines, "", _END])
    PAGE.write_text(pattern.sub(lambda _: made, text), encoding="utf-8")
