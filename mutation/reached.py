"""The map from blocks to the tests that come there, kept in var/mutation and made anew for what changed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from mutation.changes import Mutant
from mutation.modules import GROUPS, ROOT
from mutation.reach import state_of

KEPT: Final = ROOT / "var" / "mutation" / "reached.json"
TESTS: Final = (
    "bank",
    "ledger",
    "payments",
    "loans",
    "repairs",
    "outstanding",
    "agencies",
    "tests/access/test_every_service.py",
    "tests/approvals",
    "tests/cases",
    "tests/entry_points",
    "tests/journeys",
    "tests/repayment",
)


@dataclass(frozen=True, slots=True)
class Reaching:
    """A test that comes into a block, and how long it takes."""

    test: str
    seconds: float


class Reached:
    """Which tests come into a mutant's block, the nearest first."""

    def __init__(self, files: dict[str, Any]) -> None:
        self.by_block: dict[str, list[Reaching]] = defaultdict(list)
        for tests in files.values():
            for name, test in tests["tests"].items():
                if test["passed"]:
                    for block in test["blocks"]:
                        self.by_block[block].append(Reaching(name, test["seconds"]))

    def of(self, mutant: Mutant, *, seconds: float) -> list[Reaching]:
        """Tests of the mutant's own app, then others, the quickest first: up to so many seconds of work of each."""
        reaching = sorted(
            self.by_block.get(f"{mutant.path}:{mutant.block}", []), key=lambda each: (each.seconds, each.test)
        )
        near = [each for each in reaching if _is_near(each.test, mutant.path)]
        others = [each for each in reaching if not _is_near(each.test, mutant.path)]
        return [*_within(near, seconds), *_within(others, seconds)]


def _within(tests: Sequence[Reaching], seconds: float) -> list[Reaching]:
    """As many of them as take so long together; one at least."""
    chosen: list[Reaching] = []
    spent = 0.0
    for each in tests:
        spent += each.seconds
        if chosen and spent > seconds:
            break
        chosen.append(each)
    return chosen


def _is_near(test: str, path: str) -> bool:
    return test.split("/", 1)[0] == path.split("/", 1)[0]


def load(*, workers: int, tests: Sequence[str] = TESTS) -> Reached:
    """The map, after running the tests of files that changed since; all of them where a module changed."""
    modules = state_of([path for group in GROUPS for path in group.paths()])
    kept = json.loads(KEPT.read_text(encoding="utf-8")) if KEPT.exists() else {}
    files: dict[str, Any] = kept["files"] if kept.get("modules") == modules else {}
    there = {path: state_of([path]) for path in _test_files(tests)}
    files = {path: each for path, each in files.items() if there.get(path, each["state"]) == each["state"]}
    stale = sorted(set(there) - set(files))
    if stale:
        for path in stale:
            files[path] = {"state": there[path], "tests": {}}
        for name, test in _run(stale, workers=workers).items():
            files[name.split("::", 1)[0]]["tests"][name] = test
        KEPT.parent.mkdir(parents=True, exist_ok=True)
        KEPT.write_text(json.dumps({"modules": modules, "files": files}), encoding="utf-8")
    return Reached(files)


def _test_files(tests: Sequence[str]) -> list[str]:
    listed = (
        path
        for each in tests
        for path in ([ROOT / each] if each.endswith(".py") else (ROOT / each).glob("**/test_*.py"))
    )
    return sorted(str(path.relative_to(ROOT)) for path in listed)


def _run(files: Sequence[str], *, workers: int) -> dict[str, Any]:
    folder = KEPT.parent / "running"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    pytest = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "--no-header",
        "-p",
        "mutation.reach",
        "-p",
        "no:cacheprovider",
    ]
    spread = ["-n", str(workers), "--dist", "loadgroup"] if workers > 1 and len(files) > 1 else []
    chosen = ["-m", "not system", "--hypothesis-seed=0", "--tb=line", "--show-capture=no", *files]
    subprocess.run(
        [*pytest, *spread, *chosen], cwd=ROOT, env=os.environ | {"MUTATION_REACH": str(folder)}, check=False
    )
    tests: dict[str, Any] = {}
    for path in sorted(Path(folder).glob("*.json")):
        tests |= json.loads(path.read_text(encoding="utf-8"))
    return {
        name.rsplit("@", 1)[0] if spread and test.pop("grouped") else name: test
        for name, test in tests.items()
    }
