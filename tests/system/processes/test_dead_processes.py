"""Each process of a run is killed three times while a client pays: it comes back by itself, and nothing is lost."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator

import pytest

from batconnect.embedded import processes
from batconnect.embedded.announcement import answers_ready
from tests.system.installation import Installation
from tests.system.keyed_client import KeyedClient
from tests.system.processes.finding import PROCESSES

pytestmark = pytest.mark.system

TIMES = 3
BACK_SECONDS = 20
SCHEDULE_SECONDS = 100
"""A schedule that fires every minute has fired after this."""


@pytest.fixture(scope="module")
def client(made: Installation) -> Iterator[KeyedClient]:
    installation = made
    if not installation.is_running():
        installation.start()
    password = installation.data.demo_logins.read_text().split("Password", 1)[1].split()[0]
    ((yesterday,),) = installation.rows("SELECT to_char(now() - interval '1 day', 'YYYY-MM-DD')")
    client = KeyedClient(port=installation.port, password=password, payment_date=yesterday)
    client.start()
    yield client
    client.end()


def wait_until(so: Callable[[], bool], *, seconds: float, what: str, installation: Installation) -> None:
    """Wait until it is so, and no longer than that."""
    began = time.monotonic()
    while not so():
        if time.monotonic() - began > seconds:
            log = "\n".join(installation.log.read_text().splitlines()[-60:])
            pytest.fail(f"{what} was not so within {seconds} s:\n{log}")
        time.sleep(0.05)


@pytest.mark.parametrize("name", PROCESSES)
def test_comes_back_by_itself(installation: Installation, client: KeyedClient, name: str) -> None:
    find = PROCESSES[name]

    for _ in range(TIMES):
        before = find(installation)
        assert before, f"no {name} to kill"
        os.kill(before[0], signal.SIGKILL)
        killed = time.monotonic()

        def is_back(before: list[int] = before, killed: float = killed) -> bool:
            now = find(installation)
            return (
                before[0] not in now
                and len(now) >= len(before)
                and client.last_begun > killed
                and answers_ready(port=installation.port)
            )

        wait_until(is_back, seconds=BACK_SECONDS, what=f"{name} back", installation=installation)


def test_the_schedules_go_on(installation: Installation, client: KeyedClient) -> None:
    """Beat, broker, worker and database one after the other: a schedule's run is written down."""
    newest = "SELECT coalesce(max(started_at), 'epoch') FROM job_runs"
    ((before,),) = installation.rows_of_all(newest)

    wait_until(
        lambda: installation.rows_of_all(newest)[0][0] > before,
        seconds=SCHEDULE_SECONDS,
        what="a schedule's run",
        installation=installation,
    )


def test_nothing_was_lost_or_doubled(installation: Installation, client: KeyedClient) -> None:
    client.end()

    kept = [
        reference
        for (reference,) in installation.rows_of_all(
            "SELECT reference_number FROM payments WHERE reference_number LIKE 'KEYED-%'"
        )
    ]
    verified = installation.manage("verify_ledger")

    assert client.surprises == []
    assert len(client.acknowledged) > TIMES * len(PROCESSES)
    assert sorted(kept) == sorted(client.acknowledged)
    assert verified.returncode == 0, verified.stdout + verified.stderr


def test_nothing_that_serves_knows_the_owner(installation: Installation) -> None:
    environments = {
        pid: processes._environment(pid)
        for name in ("web worker", "web master", "worker's child", "worker", "beat")
        for pid in PROCESSES[name](installation)
    }

    assert len(environments) >= 5
    for variables in environments.values():
        names = {variable.split(b"=", 1)[0] for variable in variables}
        assert b"DATABASE_URL" in names
        assert not names & {b"DATABASE_OWNER_URL", b"DATABASE_SUPERUSER_URL"}
