"""One installation as `make run` starts it, for the system tests."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg

from batconnect.embedded import processes
from batconnect.embedded.announcement import answers_ready
from batconnect.embedded.environment import stop_servers
from batconnect.embedded.files import exclusive
from batconnect.embedded.paths import PROJECT_ROOT, DataDir
from batconnect.embedded.ports import find_free_port
from batconnect.embedded.postgres import OWNER_ROLE, SUPERUSER, open_cluster, recorded_address
from batconnect.embedded.run import MARKER

FIRST_START_SECONDS = 600
OURS = (
    "DATABASE_",
    "BATCONNECT_",
    "BACKUP_",
    "CELERY_",
    "SECRET_KEY",
    "ENCRYPTION_KEYS",
    "MEDIA_ROOT",
    "PYTEST_",
    "DJANGO_",
)


class Installation:
    """One data dir and port, and the supervisor that serves them."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.data = DataDir(path=folder / "var")
        self.log = folder / "run.log"
        self.port = find_free_port()
        self.supervisor: subprocess.Popen[bytes] | None = None
        kept = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
        self.environ = kept | {
            "BATCONNECT_DATA_DIR": str(self.data.path),
            "PORT": str(self.port),
            **settings,
        }

    def launch(self) -> None:
        """Start a run and do not wait for it."""
        with self.log.open("w") as log:
            self.supervisor = subprocess.Popen(
                [sys.executable, "-m", "batconnect.embedded", "run"],
                cwd=PROJECT_ROOT,
                env=self.environ,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def is_running(self) -> bool:
        """Whether a run that was started here is alive."""
        return self.supervisor is not None and self.supervisor.poll() is None

    def start(self) -> float:
        """Start a run and return the seconds until it served."""
        began = time.monotonic()
        self.launch()
        while not answers_ready(port=self.port):
            assert self.supervisor is not None
            assert self.supervisor.poll() is None, self.log.read_text()
            assert time.monotonic() - began < FIRST_START_SECONDS, self.log.read_text()
            time.sleep(0.05)
        return time.monotonic() - began

    def stop(self, number: signal.Signals) -> int:
        """Send the signal and return the exit code."""
        assert self.supervisor is not None
        self.supervisor.send_signal(number)
        return self.supervisor.wait(timeout=90)

    def manage(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a management command in this installation."""
        return subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=PROJECT_ROOT,
            env=self.environ,
            capture_output=True,
            text=True,
            check=False,
        )

    def demo_password(self) -> str:
        """The password of the demo's people, who are there once it has started."""
        return self.data.demo_logins.read_text().split("Password", 1)[1].split()[0]

    def supervised(self) -> list[int]:
        """The programs of the Procfile and their children."""
        return processes.with_environment(name=MARKER, value=str(self.data.path))

    def alive(self) -> list[int]:
        """Every process of this installation: supervised ones, database, broker."""
        everything = [*self.supervised(), *open_cluster(data=self.data).backends(), *self.broker()]
        return [pid for pid in everything if processes.is_alive(pid=pid)]

    def broker(self) -> list[int]:
        """The broker's process, by its pid file; none while it is only beginning to write that."""
        try:
            return [int(pid) for pid in (self.data.broker / "redis.pid").read_text().split()]
        except FileNotFoundError:
            return []

    def kill_everything(self) -> None:
        """End every process on the spot: the supervisor first, which would start again what is killed before it."""
        assert self.supervisor is not None
        self.supervisor.kill()
        self.supervisor.wait(timeout=30)
        while alive := self.alive():
            for pid in alive:
                with suppress(ProcessLookupError):  # one may end by itself when another is gone
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.1)

    def rows(self, statement: str, *, role: str = OWNER_ROLE) -> list[tuple[Any, ...]]:
        """What the database answers the owner, who is under row-level security, or another role."""
        url = self.environ.get("DATABASE_SUPERUSER_URL" if role == SUPERUSER else "DATABASE_OWNER_URL")
        if url is None:
            address = recorded_address(data=self.data)
            assert address is not None
            url = address.url(role=role)
        with psycopg.connect(url) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def rows_of_all(self, statement: str) -> list[tuple[Any, ...]]:
        """What the database holds, of every company."""
        return self.rows(statement, role=SUPERUSER)


@contextmanager
def installed(**settings: str) -> Iterator[Installation]:
    """A new installation, with nothing left of it afterwards; not started yet."""
    folder = Path(tempfile.mkdtemp(prefix="batconnect-run-"))
    folder.chmod(0o755)
    installation = Installation(folder, **settings)
    try:
        yield installation
    finally:
        if installation.supervisor is not None:
            installation.kill_everything()
            with exclusive(path=installation.data.lock):
                stop_servers(data=installation.data)
        shutil.rmtree(folder)
