"""What must be reached at least, and what is aimed at: one table, which `make bench-check` holds the figures against.

A figure is a line of a benchmark's section; `*` in its name stands for anything, and then every such line must hold.
"""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase

from benchmarks.results import Line, Section


@dataclass(frozen=True, slots=True)
class Floor:
    """`floor` must be reached, `goal` is aimed at; `is_least` says that more is better."""

    benchmark: str
    what: str
    floor: float
    goal: float
    is_least: bool

    def holds(self, figure: float, bound: float) -> bool:
        """Whether the figure is on the right side of the bound."""
        return figure >= bound if self.is_least else figure <= bound


def _least(benchmark: str, what: str, floor: float, goal: float) -> Floor:
    return Floor(benchmark, what, floor, goal, is_least=True)


def _most(benchmark: str, what: str, floor: float, goal: float) -> Floor:
    return Floor(benchmark, what, floor, goal, is_least=False)


FLOORS = (
    _least("peers", "ours ÷ django-hordak", 1.8, 2.2),
    _least("posting", "entries ÷ TPC-B at 4", 0.6, 0.75),
    _least("settlement", "DTRs ÷ set-based SQL", 0.3, 0.5),
    _least("allocate", "allocation ÷ empty", 0.32, 0.45),
    _least("allocate", "service ÷ function", 0.6, 0.75),
    _least("submit", "submit ÷ empty", 0.24, 0.32),
    _least("empty", "empty authenticated endpoint ÷ health", 0.35, 0.5),
    _least("installments", "one statement ÷ bare", 1.0, 1.3),
    _most("batches", "batch ÷ set-based insert*", 3.0, 1.8),
    _most("lists", "*1,000,000 ÷ 10,000", 1.5, 1.1),
    _most("loans", "*1,000,000 ÷ 10,000", 1.5, 1.1),
    _most("outstanding", "summary p95, 1,000,000 ÷ 10,000", 1.5, 1.1),
    _most("scale", "list *, large ÷ small", 1.5, 1.1),
    _most("scale", "report *, ms", 500, 150),
    _most("scale", "deep page by cursor ÷ first page, *", 3, 1.2),
    _most("scale", "bytes on disk per payment", 6_000, 4_000),
    _most("scale", "verify_ledger, s", 40, 15),
    _most("scale", "verify_ledger, peak MB", 300, 150),
    _most("files", "Excel of 100,000 rows ÷ bare xlsxwriter", 1.2, 1.1),
    _most("files", "Excel of 100,000 rows, peak MB", 150, 80),
    _most("files", "list PDF of 2,000 rows, s", 8, 5),
    _most("receipts", "PDF over HTTP ÷ WeasyPrint on the same HTML", 1.0, 0.9),
    _most("restart", "started again until it is ready, s", 8, 4),
)


def names() -> list[str]:
    """The benchmarks that the table asks for, each once."""
    return list(dict.fromkeys(each.benchmark for each in FLOORS))


def held_against(benchmark: str, section: Section) -> Section:
    """The figures of a benchmark's section that the table asks for, each with whether it holds; one that the section
    does not have is named, and does not."""
    checked = Section(f"{section.title}: floors", section.note)
    for floor in FLOORS:
        if floor.benchmark != benchmark:
            continue
        lines = [line for line in section.lines if fnmatchcase(line.what, floor.what)]
        sign = "≥" if floor.is_least else "≤"
        target = f"{sign} {floor.floor:g}, goal {floor.goal:g}"
        checked.lines += [_checked(line, floor, target) for line in lines] or [
            Line(floor.what, "not measured", target, met=False)
        ]
    return checked


def _checked(line: Line, floor: Floor, target: str) -> Line:
    figure = float(line.figure.replace(",", ""))
    reached = " (goal)" if floor.holds(figure, floor.goal) else ""
    return Line(line.what, f"{line.figure}{reached}", target, floor.holds(figure, floor.floor))
