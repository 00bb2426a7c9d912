"""Who runs what among the processes of one run, and when.

Tests of one group run in one process, one after the other: they share what is slow to make. A test marked `alone`
measures the whole machine, so no other system test runs beside it.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pytest
from django.conf import settings
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]  # it has no types

# By how their paths begin. The marks of pytest-xdist 3.8 do nothing under pytest 9.2, which names tests itself.
GROUPS: Final = (
    # Each day's demo is loaded once and copied from then on.
    "demo/tests/",
    # Commits are made to wait by a setting of the whole server.
    "tests/faults/test_outages.py",
    # One running system for all journeys, and one whose processes are stopped and killed.
    "tests/system/browser/",
    "tests/system/processes/",
    # A place that is restored, and a server that is lost.
    "tests/system/test_recovery.py",
    # A primary and a replica, each of which is lost.
    "tests/system/test_replica.py",
)


# Crawls of everything there is, random histories, races, and processes that start and die: they take half of the time
# of all tests, and are run with those of whole systems.
LONG: Final = (
    "bank/tests/readers/test_hostile.py",
    "bank/tests/test_many_lines.py",
    "bank/tests/test_random_statements.py",
    "bank/tests/test_together.py",
    "batconnect/core/tests/test_production.py",
    "batconnect/embedded/tests/",
    "console/account/tests/test_second_factor.py::test_nothing_opens_before",
    "console/tests/test_action_matrix.py",
    "console/tests/test_editable.py",
    "console/tests/test_lists.py::test_every_list_answers",
    "console/tests/test_lists.py::test_no_list_asks_more",
    "console/tests/test_lookups.py",
    "console/tests/test_matrix.py",
    "console/tests/test_no_store.py",
    "console/tests/test_pages.py::test_lets_in_whom",
    "console/tests/test_refusals.py",
    "console/tests/test_rows.py",
    "console/tests/test_subjects.py",
    "console/tests/test_vocabulary.py",
    "demo/tests/",
    "ledger/paying/tests/test_batches.py::test_thirty_six",
    "ledger/tests/settlement/test_formula.py",
    "ledger/tests/settlement/test_histories.py",
    "ledger/tests/settlement/test_random_histories.py",
    "payments/batches/tests/test_held_rows.py",
    "payments/batches/tests/test_workers.py",
    "payments/tests/test_money_machine.py",
    "tests/access/test_every_call.py",
    "tests/access/test_typed_text.py",
    # `make check` runs it by itself.
    "tests/build/test_words.py",
    "tests/entry_points/test_came_back.py",
    "tests/entry_points/test_hostile_bodies.py",
    "tests/entry_points/test_query_parameters.py",
    "tests/entry_points/test_typed_amounts.py",
    "tests/faults/",
    "tests/migrations/test_rules.py",
    "tests/mutation/",
    "tests/races/",
    "tests/serving/test_draining.py",
    "tests/system/test_worker_sunday.py",
    "tests/tenancy/test_others_rows.py",
    "tests/weight/",
)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is long, by where it stands."""
    for item in items:
        if item.nodeid.startswith(LONG):
            item.add_marker("long")


class ByGroup(LoadScopeScheduling):
    """Hands out groups as a whole, and every other test by itself."""

    def _split_scope(self, nodeid: str) -> str:
        return next((group for group in GROUPS if nodeid.startswith(group)), nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling | None:
    """In the place of `--dist loadgroup`'s own."""
    return ByGroup(config, log) if config.getvalue("dist") == "loadgroup" else None


@contextmanager
def turn(*, folder: Path, alone: bool) -> Iterator[None]:
    """Run beside others, or alone: begins when the others have ended, and none begins before it ends."""
    with (folder / "turns.queue").open("w") as queue, (folder / "turns.running").open("w") as running:
        # Whoever waits to be alone keeps the queue shut meanwhile.
        fcntl.flock(queue, fcntl.LOCK_EX)
        fcntl.flock(running, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        fcntl.flock(queue, fcntl.LOCK_UN)
        yield


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, Any, Any]:
    """Only tests of whole systems and long ones take turns: the others run beside none that measures the machine."""
    if (
        not (item.get_closest_marker("system") or item.get_closest_marker("long"))
        or "PYTEST_XDIST_WORKER" not in os.environ
    ):
        return (yield)
    with turn(folder=Path(settings.DATA_DIR), alone=item.get_closest_marker("alone") is not None):
        return (yield)
