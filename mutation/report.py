"""The table, on the screen and in docs/mutation.md."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Final

from rich.table import Table

from mutation.modules import ROOT
from mutation.survivors import killed_percent, reasons
from mutation.trying import KILLED, NOT_TRIED, OUT_OF_TIME, SURVIVED, UNREACHED, Outcome

PAGE: Final = ROOT / "docs" / "mutation.md"
BEGIN: Final = "<!-- begin: written by python -m mutation --write -->"
END: Final = "<!-- end -->"
COLUMNS: Final = ("mutants", "killed", "by time", "survived", "not reached", "killed %")


def counted(outcomes: Sequence[Outcome]) -> list[str]:
    """The figures of COLUMNS."""
    became = [each.became for each in outcomes]
    killed, late = became.count(KILLED), became.count(OUT_OF_TIME)
    tried = len(became) - became.count(NOT_TRIED)
    figures = (tried, killed + late, late, became.count(SURVIVED), became.count(UNREACHED))
    return [*(str(figure) for figure in figures), str(killed_percent(outcomes))]


def table(by_group: Mapping[str, Sequence[Outcome]]) -> Table:
    """By group and module, for the screen."""
    made = Table("module", *COLUMNS)
    for name, outcomes in by_group.items():
        for path, of_module in _by_module(outcomes):
            made.add_row(path, *counted(of_module))
        made.add_row(name, *counted(outcomes), style="bold", end_section=True)
    return made


def markdown(by_group: Mapping[str, Sequence[Outcome]]) -> str:
    """By group, then by module, then each survivor with its reason."""
    head = f"| | {' | '.join(COLUMNS)} |\n|---|{'---:|' * len(COLUMNS)}\n"
    every = [each for outcomes in by_group.values() for each in outcomes]
    groups = "".join(_line(name, outcomes) for name, outcomes in by_group.items())
    modules = "".join(_line(f"`{path}`", of_module) for path, of_module in _by_module(every))
    explained = reasons()
    left = [
        f"- `{each.mutant.path}`, `{each.mutant.function}`: `{each.mutant.before}` became `{each.mutant.after}`"
        f" ({each.became}). {explained.get(each.mutant.key, 'Not explained yet.')}\n"
        for each in every
        if each.became in {SURVIVED, UNREACHED}
    ]
    return f"{head}{groups}{_line('all', every)}\n### By module\n\n{head}{modules}\n### Survivors\n\n{''.join(left)}"


def write(by_group: Mapping[str, Sequence[Outcome]], *, seed: int, minutes: float, page: Path = PAGE) -> None:
    """Put the table between the marks of the page."""
    said = (
        f"Seed: {seed}, {datetime.now(UTC).date().isoformat()}, {minutes:.0f} minutes,"
        f" Python {platform.python_version()}.\n"
    )
    text = page.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    page.write_text(f"{before}{BEGIN}\n\n{said}\n{markdown(by_group)}\n{END}{after}", encoding="utf-8")


def _line(name: str, outcomes: Sequence[Outcome]) -> str:
    return f"| {name} | {' | '.join(counted(outcomes))} |\n"


def _by_module(outcomes: Iterable[Outcome]) -> list[tuple[str, list[Outcome]]]:
    ordered = sorted(outcomes, key=lambda each: each.mutant.path)
    return [(path, list(each)) for path, each in groupby(ordered, key=lambda each: each.mutant.path)]
