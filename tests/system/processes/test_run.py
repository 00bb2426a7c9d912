"""The whole system as `make run` starts it: ready, stopped, killed and started again."""

import signal
import time
import urllib.request

import pytest

from batconnect.embedded import processes
from batconnect.embedded.announcement import answers_ready
from batconnect.embedded.ports import is_free

pytestmark = pytest.mark.system

RESTART_SECONDS = 8


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_serves_and_stops_with_nothing_left(stopped, number):
    stopped.start()
    with urllib.request.urlopen(f"http://127.0.0.1:{stopped.port}/health/", timeout=5) as answer:
        assert answer.status == 200

    code = stopped.stop(number)

    assert code == 0, stopped.log.read_text()
    assert stopped.alive() == []
    assert is_free(port=stopped.port)


@pytest.mark.alone
def test_serves_within_8_seconds_with_all_data_after_kill_9_of_everything(stopped):
    stopped.start()
    stopped.rows("CREATE TABLE kept AS SELECT generate_series(1, 1000) AS number")
    companies = stopped.rows("SELECT count(*) FROM companies")
    stopped.kill_everything()

    seconds = stopped.start()

    assert seconds <= RESTART_SECONDS
    assert stopped.rows("SELECT count(*), sum(number) FROM kept") == [(1000, 500_500)]
    assert stopped.rows("SELECT count(*) FROM companies") == companies
    assert stopped.stop(signal.SIGTERM) == 0


def test_a_killed_supervisor_leaves_no_orphan_beside_the_next_run(stopped):
    stopped.start()
    orphans = stopped.supervised()
    stopped.supervisor.kill()
    stopped.supervisor.wait(timeout=30)
    # The orphaned web process still answers; wait until the new supervisor has ended all of them.
    stopped.start()
    gone = processes.wait_until_gone(
        pids=lambda: [pid for pid in orphans if processes.is_alive(pid=pid)], seconds=20
    )

    deadline = time.monotonic() + 20
    # Each web process asks for itself whether all is ready, so one may say so before the other.
    while not (is_ready := answers_ready(port=stopped.port)) and time.monotonic() < deadline:
        time.sleep(0.05)

    assert gone
    assert is_ready
    assert stopped.stop(signal.SIGTERM) == 0
    assert stopped.alive() == []
