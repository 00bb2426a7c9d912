"""The list of faults of a run: everything as often as docs/proof.md says, in an order that the seed decides."""

from __future__ import annotations

import time
from collections import Counter
from typing import Any, cast

import pytest

from proof import faults
from proof.faults import COUNTS, OTHERS, Faults
from proof.worker import World
from tests.system.installation import Installation


class Only:
    """A world with a seed, whose client always finds a customer."""

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def client(self, *_: str, **__: str) -> Any:
        return self

    def get(self, _: str) -> Any:
        return type("Answer", (), {"body": {"results": [{"id": "one"}]}})


def done(monkeypatch: pytest.MonkeyPatch, *, seed: int, is_long: bool) -> list[str]:
    """What a run does until its list has come to an end."""
    names: list[str] = []
    monkeypatch.setattr(faults, "CALM_SECONDS", (0, 0))
    monkeypatch.setattr(Faults, "_do", lambda _, name: names.append(name))
    tried = Faults(cast(World, Only(seed)), cast(Installation, None), is_long=is_long)
    while not names or tried.left:
        monkeypatch.setattr(time, "monotonic", iter([0, 2]).__next__)
        tried.run(1)
    monkeypatch.undo()
    return names


def test_a_long_run_has_each_fault_as_often_as_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    counts = Counter(done(monkeypatch, seed=7, is_long=True))

    assert COUNTS.items() <= counts.items()
    assert {counts[name] for name in counts.keys() - COUNTS.keys()} == {OTHERS}
    assert counts["kill -9: web worker"] + counts["kill -9: web master"] == 50


def test_a_short_run_has_each_once_in_the_order_of_the_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    names = done(monkeypatch, seed=7, is_long=False)

    assert len(names) == len(set(names)) > 15
    assert done(monkeypatch, seed=7, is_long=False) == names
    assert done(monkeypatch, seed=8, is_long=False) != names
