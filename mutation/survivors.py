"""What survived and why that is right, kept in `survivors.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from mutation.trying import NOT_TRIED, SURVIVED, UNREACHED, Outcome

EXPLAINED: Final = Path(__file__).with_name("survivors.toml")
LEAST_KILLED: Final = 90
"""Percent of what was tried."""


def reasons(path: Path = EXPLAINED) -> dict[str, str]:
    """The reason of each explained survivor, by the mutant's key."""
    listed = tomllib.loads(path.read_text(encoding="utf-8"))["survivor"] if path.exists() else []
    return {each["mutant"]: each["reason"] for each in listed}


def unexplained(outcomes: Iterable[Outcome], explained: Mapping[str, str]) -> list[Outcome]:
    """Survivors without a reason; what no test comes to is one."""
    return [
        each
        for each in outcomes
        if each.became in {SURVIVED, UNREACHED} and not explained.get(each.mutant.key, "").strip()
    ]


def killed_percent(outcomes: Iterable[Outcome]) -> int:
    """How many of the tried mutants were killed, in whole percent, rounded down; 100 of none."""
    tried = [each for each in outcomes if each.became != NOT_TRIED]
    killed = [each for each in tried if each.became not in {SURVIVED, UNREACHED}]
    return 100 * len(killed) // len(tried) if tried else 100
