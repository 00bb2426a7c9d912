"""A fault at each statement of every service: before or after, and never between.

The tests of `callers.txt` run once more, with `tests.faults.injecting` beside them. Between them they call every
service; one that is called by none of them is named here.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest

from tests.faults.marked import marked
from tests.tree import ROOT

CALLERS: Final = Path(__file__).with_name("callers.txt")
AT_ONCE: Final = 2
ALWAYS_REFUSE: Final = frozenset(
    {
        # What the bank gives again of a payment is a new payment.
        "payments.services.refunds_back: ReturnOfPayment.come_back",
        "payments.services.refunds_back: ReturnOfPayment.take_back",
    }
)
"""Services that no call comes through."""


def test_before_or_after_and_never_between(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tests = sorted(_lines(CALLERS))

    runs = [_begin(tests[at::AT_ONCE], tmp_path / str(at)) for at in range(AT_ONCE)]
    outcomes = [run.wait() for run in runs]
    printed = [(tmp_path / str(at) / "printed").read_text(encoding="utf-8") for at in range(AT_ONCE)]
    services = _read(tmp_path)

    tried = {title: each for title, each in services.items() if each["tried"]}
    figures = {
        name: sum(each[name] for each in tried.values()) for name in ("statements", "writes", "faults")
    }
    with capsys.disabled():
        print(f"\n{len(tried)} services of {len(services)}: {figures}")  # noqa: T201 - what was tried
    assert outcomes == [0] * AT_ONCE, "\n".join(text[-3_000:] for text in printed)
    assert {title: each["wrong"] for title, each in tried.items() if each["wrong"]} == {}
    assert sorted(set(services) - set(tried) - ALWAYS_REFUSE) == [], (
        "name a test that calls it in callers.txt"
    )
    assert ALWAYS_REFUSE <= set(services) == {service.title for service in marked()}
    assert figures["faults"] > figures["statements"] > 2_000


def _lines(path: Path) -> set[str]:
    return {line for line in path.read_text(encoding="utf-8").splitlines() if line}


def _begin(tests: list[str], folder: Path) -> subprocess.Popen[bytes]:
    folder.mkdir()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "tests.faults.injecting"]
    with (folder / "printed").open("wb") as printed:
        return subprocess.Popen(
            [*command, "--show-capture=no", "--tb=short", *tests],
            cwd=ROOT,
            env={**environment, "FAULTS_REPORT": str(folder)},
            stdout=printed,
            stderr=subprocess.STDOUT,
        )


def _read(folder: Path) -> dict[str, dict[str, Any]]:
    """By its title, the trial of each service that says most."""
    services: dict[str, dict[str, Any]] = {}
    for path in sorted(folder.glob("*/*.json")):
        for each in json.loads(path.read_text(encoding="utf-8")):
            title = f"{each['module']}: {each['name']}"
            if title not in services or _said(each) > _said(services[title]):
                services[title] = each
    return services


def _said(trial: dict[str, Any]) -> tuple[bool, bool, int]:
    return bool(trial["wrong"]), trial["tried"], trial["writes"]
