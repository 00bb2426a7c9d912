"""Tests that share something run in one process, and one that measures the machine by itself (tests/turns.py)."""

from __future__ import annotations

import fcntl
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

from django.conf import settings

from tests.tree import PACKAGES
from tests.turns import GROUPS, ByGroup, turn

SECONDS = 20
ROOT = Path(settings.BASE_DIR)


def test_a_group_is_handed_out_as_a_whole_and_every_other_test_by_itself() -> None:
    scope_of = ByGroup.__new__(ByGroup)._split_scope

    assert scope_of("demo/tests/test_seed.py::test_a[1]") == scope_of("demo/tests/test_load_demo.py::test_b")
    assert scope_of("tests/build/test_words.py::test_a") != scope_of("tests/build/test_words.py::test_b")
    assert all(ROOT.joinpath(group).exists() for group in GROUPS)


def test_no_test_has_the_mark_that_does_nothing() -> None:
    mark = "xdist" + "_group("
    sources = [path for package in (*PACKAGES, "tests") for path in ROOT.joinpath(package).rglob("test_*.py")]

    assert [str(path) for path in sources if mark in path.read_text()] == []


def test_a_test_alone_waits_for_the_others_and_they_for_it(tmp_path: Path) -> None:
    told: list[str] = []
    waits = Event()

    def run(name: str, *, alone: bool) -> None:
        waits.set()
        with turn(folder=tmp_path, alone=alone):
            told.append(name)

    with ThreadPoolExecutor(2) as pool:
        with turn(folder=tmp_path, alone=False):
            run("beside", alone=False)
            waits.clear()
            alone = pool.submit(run, "alone", alone=True)
            assert waits.wait(SECONDS)
            # Until it stands in the queue, where the next one waits behind it.
            while _may_begin(tmp_path):
                assert not alone.done()
            late = pool.submit(run, "late", alone=False)
            assert told == ["beside"]
        alone.result(SECONDS)
        late.result(SECONDS)

    assert told == ["beside", "alone", "late"]


def _may_begin(folder: Path) -> bool:
    with (folder / "turns.queue").open("w") as queue:
        try:
            fcntl.flock(queue, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
