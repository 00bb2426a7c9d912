"""The whole system as `make run` starts it: ready, stopped, killed and started again."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from batconnect.embedded import processes
from batconnect.embedded.announcement import answers_ready
from batconnect.embedded.environment import stop_servers
from batconnect.embedded.files import exclusive
from batconnect.embedded.paths import PROJECT_ROOT, DataDir
from batconnect.embedded.ports import find_free_port, is_free
from batconnect.embedded.postgres import OWNER_ROLE, open_cluster, recorded_address
from batconnect.embedded.run import MARKER

pytestmark = pytest.mark.system

FIRST_START_SECONDS = 120
RESTART_SECONDS = 8
OURS = ("DATABASE_", "BATCONNECT_", "CELERY_", "SECRET_KEY", "ENCRYPTION_KEYS", "PYTEST_", "DJANGO_")


class Installation:
    """One data dir and port, and the supervisor that serves them."""

    def __init__(self, folder):
        self.data = DataDir(path=folder / "var")
        self.log = folder / "run.log"
        self.port = find_free_port()
        self.supervisor = None

    def start(self):
        """Start a run and return the seconds until it served."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
        own = {"BATCONNECT_DATA_DIR": str(self.data.path), "PORT": str(self.port)}
        began = time.monotonic()
        with self.log.open("w") as log:
            self.supervisor = subprocess.Popen(
                [sys.executable, "-m", "batconnect.embedded", "run"],
                cwd=PROJECT_ROOT,
                env=kept | own,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        while not answers_ready(port=self.port):
            assert self.supervisor.poll() is None, self.log.read_text()
            assert time.monotonic() - began < FIRST_START_SECONDS, self.log.read_text()
            time.sleep(0.05)
        return time.monotonic() - began

    def stop(self, number):
        self.supervisor.send_signal(number)
        return self.supervisor.wait(timeout=30)

    def supervised(self):
        return processes.with_environment(name=MARKER, value=str(self.data.path))

    def alive(self):
        """Every process of this installation: supervised ones, database, broker."""
        pid_file = self.data.broker / "redis.pid"
        broker = [int(pid_file.read_text())] if pid_file.exists() else []
        everything = [*self.supervised(), *open_cluster(data=self.data).backends(), *broker]
        return [pid for pid in everything if processes.is_alive(pid=pid)]

    def kill_everything(self):
        for pid in self.alive():
            with suppress(ProcessLookupError):  # one may end by itself when another is gone
                os.kill(pid, signal.SIGKILL)
        self.supervisor.wait(timeout=30)

    def rows(self, statement):
        with psycopg.connect(recorded_address(data=self.data).url(role=OWNER_ROLE)) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []


@pytest.fixture
def installation():
    folder = Path(tempfile.mkdtemp(prefix="batconnect-run-"))
    folder.chmod(0o755)
    installation = Installation(folder)
    yield installation
    if installation.supervisor is not None:
        installation.kill_everything()
        with exclusive(path=installation.data.lock):
            stop_servers(data=installation.data)
    shutil.rmtree(folder)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_serves_and_stops_with_nothing_left(installation, number):
    installation.start()
    with urllib.request.urlopen(f"http://127.0.0.1:{installation.port}/health/", timeout=5) as answer:
        assert answer.status == 200

    code = installation.stop(number)

    assert code == 0, installation.log.read_text()
    assert installation.alive() == []
    assert is_free(port=installation.port)


def test_serves_within_8_seconds_with_all_data_after_kill_9_of_everything(installation):
    installation.start()
    installation.rows("CREATE TABLE kept AS SELECT generate_series(1, 1000) AS number")
    companies = installation.rows("SELECT count(*) FROM companies")
    installation.kill_everything()

    seconds = installation.start()

    assert seconds <= RESTART_SECONDS
    assert installation.rows("SELECT count(*), sum(number) FROM kept") == [(1000, 500_500)]
    assert installation.rows("SELECT count(*) FROM companies") == companies
    assert installation.stop(signal.SIGTERM) == 0


def test_a_killed_supervisor_leaves_no_orphan_beside_the_next_run(installation):
    installation.start()
    orphans = installation.supervised()
    installation.supervisor.kill()
    installation.supervisor.wait(timeout=30)
    # The orphaned web process still answers; wait until the new supervisor has ended all of them.
    installation.start()
    gone = processes.wait_until_gone(
        pids=lambda: [pid for pid in orphans if processes.is_alive(pid=pid)], seconds=20
    )

    deadline = time.monotonic() + 20
    while not answers_ready(port=installation.port) and time.monotonic() < deadline:
        time.sleep(0.05)

    assert gone
    assert answers_ready(port=installation.port)
    assert installation.stop(signal.SIGTERM) == 0
    assert installation.alive() == []
