"""Which modules are tried, and which of their mutants a seed chooses."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

from mutation.changes import Mutant, mutants_of

ROOT: Final = Path(__file__).resolve().parent.parent
APPS: Final = ("agencies", "bank", "ledger", "loans", "outstanding", "payments", "repairs")


@dataclass(frozen=True, slots=True)
class Group:
    """Modules of one kind: a sample takes as many of each group."""

    name: str
    patterns: tuple[str, ...]

    def paths(self) -> list[str]:
        """The modules, by their path from the root."""
        listed = {
            str(path.relative_to(ROOT))
            for pattern in self.patterns
            for path in ROOT.glob(pattern)
            if not {"tests", "errors", "migrations"} & set(path.relative_to(ROOT).parts)
        }
        return sorted(listed)


def _rooms(name: str, apps: Iterable[str]) -> tuple[str, ...]:
    return tuple(f"{app}/{where}" for app in apps for where in (f"**/{name}.py", f"**/{name}/**/*.py"))


GROUPS: Final = (
    Group("rules", _rooms("rules", APPS)),
    Group("postings", _rooms("postings", APPS)),
    Group("services of the ledger", _rooms("services", ["ledger"])),
    Group("services of allocation", ("payments/services/**/*.py",)),
    Group("services of the bank", ("bank/services/**/*.py",)),
)


def read(path: str) -> str:
    """The text of a module."""
    return (ROOT / path).read_text(encoding="utf-8")


def choose(mutants: Sequence[Mutant], *, seed: int, count: int) -> list[Mutant]:
    """So many of them, by the digest of seed and name: a change elsewhere changes no other choice."""
    drawn = sorted(mutants, key=lambda mutant: sha256(f"{seed} {mutant.key}".encode()).digest())
    return sorted(drawn[:count], key=lambda mutant: (mutant.path, mutant.index))


def sample(*, seed: int, size: int, groups: Sequence[Group] = GROUPS) -> dict[str, list[Mutant]]:
    """The chosen mutants of each group, as many of each as their shares of `size` allow."""
    chosen = {}
    for at, group in enumerate(groups):
        share = size // len(groups) + (at < size % len(groups))
        mutants = [mutant for path in group.paths() for mutant in mutants_of(path, read(path))]
        chosen[group.name] = choose(mutants, seed=seed, count=share)
    return chosen
