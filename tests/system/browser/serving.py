"""What the browser meets: the demo in a database of its own, behind gunicorn and a worker as a deployment runs them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import psycopg
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import connection
from django.db.models import Value
from django.db.models.functions import Concat
from django.test import override_settings

from batconnect.core.database.tenancy import company_context
from batconnect.core.kernel.clock import today, week_start
from batconnect.core.kernel.permissions import Group
from batconnect.core.models import Membership, User
from batconnect.embedded.broker import ensure_broker, stop_broker
from batconnect.embedded.paths import PROJECT_ROOT, DataDir
from batconnect.embedded.ports import find_free_port
from demo.companies import BIG_APPLE, HUDSON
from demo.loading import load_demo
from ledger.tests.settlement.builders import WEEK, earn, last_settling_sunday, make_driver, settle_from
from loans.tests.builders import lend
from tests.cast import NORTH, STAFF, acting
from tests.databases import clone, ensure_template, owners_hand, remove

PASSWORD: Final = "correct-horse-battery"
START_SECONDS: Final = 60
PROCFILE: Final = PROJECT_ROOT / "Procfile"


@dataclass(frozen=True)
class Served:
    """The running system: where it answers, where its logs are, and what its database is called."""

    url: str
    folder: Path
    database: str

    def rows(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """What the database holds, of every company: the browser's tests do not ask the application twice."""
        url = urlsplit(settings.DATABASE_SUPERUSER_URL or settings.DATABASE_OWNER_URL)
        with psycopg.connect(url._replace(path=f"/{self.database}").geturl(), autocommit=True) as direct:
            cursor = direct.execute(statement, values)
            return cursor.fetchall() if cursor.description else []

    def value(self, statement: str, *values: object) -> Any:
        """The one value of the one row."""
        ((single,),) = self.rows(statement, *values)
        return single

    def faults(self) -> str:
        """What the web server logged of its own faults, for whoever reads a failed journey."""
        lines = (self.folder / "web.log").read_text().splitlines()
        return "\n".join(line.replace("\\n", "\n") for line in lines if "request_failed" in line)[-4_000:]

    def manage(self, *words: str) -> str:
        """What a management command prints."""
        done = subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=PROJECT_ROOT,
            env=_environ(self.folder, self.database),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@contextmanager
def demo_database(folder: Path) -> Iterator[str]:
    """A database with the demo of today; beside it, north with a week that waits to be settled."""
    kept = str(connection.settings_dict["NAME"])
    name = f"test_batconnect_{os.getpid()}_browser"
    clone(template=ensure_template(), name=name)
    try:
        with override_settings(DATA_DIR=folder, DEMO_PASSWORD=PASSWORD):
            # The suite's own cast has the same names.
            with owners_hand():
                User.objects.update(username=Concat(Value("north-"), "username"))
            load_demo()
            _add_people()
            _prepare_north()
        connection.close()
        connection.settings_dict["NAME"] = kept
        yield name
    finally:
        remove(name=name)
        connection.settings_dict["NAME"] = kept


PEOPLE: Final = {
    # People who change their own account in a journey, or need a place that the demo does not give: groups by company.
    "second": {BIG_APPLE: Group.FINANCE_MANAGER},
    "forgetful": {BIG_APPLE: Group.CASHIER},
    "careful": {BIG_APPLE: Group.FINANCE_MANAGER},
    "interrupted": {BIG_APPLE: Group.FINANCE_MANAGER},
    "traveler": {BIG_APPLE: Group.AUDITOR, HUDSON: Group.FINANCE_MANAGER},
}


def _add_people() -> None:
    """The PEOPLE, each with the one password."""
    hashed = make_password(PASSWORD)
    for username, places in PEOPLE.items():
        user = User.objects.create(
            username=username, first_name=username.capitalize(), is_staff=True, password=hashed
        )
        for company_id, group in places.items():
            with company_context(company_id, job="test"):
                Membership.objects.create(company_id=company_id, user=user, groups=[group.value])


def _prepare_north() -> None:
    """Three drivers of North Taxi who earned last week, which nobody has settled; one of them repays a loan since."""
    user = User.objects.get(pk=STAFF["manager"][0])
    user.set_password(PASSWORD)
    user.save()
    with company_context(NORTH, job="test") as job:
        sunday = last_settling_sunday(job.company)
    settle_from(sunday)
    with acting("manager") as manager:
        debtors = [make_driver(manager, number=number, name=f"Driver {number}") for number in (1, 2, 3)]
        for debtor in debtors:
            earn(manager, debtor, sunday - WEEK, "640.00")
        lend(manager, debtors[0], loan_date=sunday - WEEK, start_week=week_start(today(manager.company)))


@contextmanager
def running(folder: Path, database: str, **settings: str) -> Iterator[Served]:
    """Web and worker of the Procfile on that database and a broker of their own."""
    data = DataDir(path=folder / "var", state_root=folder / "state")
    data.make()
    environ = _environ(folder, database)
    port = find_free_port()
    environ |= {"PORT": str(port), "WORKER_CONCURRENCY": "1", "PATH": _path(), **settings}
    environ["CELERY_BROKER_URL"] = ensure_broker(data=data, environ=os.environ).url()
    served = Served(f"http://127.0.0.1:{port}", folder, database)
    served.manage("prepare")
    lines = dict(line.split(": ", 1) for line in PROCFILE.read_text().splitlines() if ": " in line)
    started = [_start(name, lines[name], environ, folder) for name in ("web", "worker")]
    try:
        wait_until("the web server", lambda: _answers(f"{served.url}/health/"), alive=started)
        yield served
    finally:
        for process in started:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(timeout=30)
        stop_broker(data=data)


def wait_until(
    what: str, is_so: Callable[[], bool], *, alive: list[subprocess.Popen[bytes]] | None = None
) -> None:
    """Until it is so, and no longer than a start may take."""
    deadline = time.monotonic() + START_SECONDS
    while not is_so():
        assert all(process.poll() is None for process in alive or []), f"{what}: a process has ended"
        assert time.monotonic() < deadline, f"{what} took longer than {START_SECONDS} s"
        time.sleep(0.05)


def _environ(folder: Path, database: str) -> dict[str, str]:
    """The environment of a process of this system; nothing of it is the project's own."""

    def on(name: str) -> str:
        return urlsplit(os.environ[name])._replace(path=f"/{database}").geturl()

    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "THROTTLE_"))
    }
    return kept | {
        "DATABASE_URL": on("DATABASE_URL"),
        "DATABASE_OWNER_URL": on("DATABASE_OWNER_URL"),
        "BATCONNECT_DATA_DIR": str(folder / "var"),
        "CELERY_BROKER_URL": "memory://",
        "BATCONNECT_EMBEDDED": "1",
    }


def _start(name: str, command: str, environ: dict[str, str], folder: Path) -> subprocess.Popen[bytes]:
    log = (folder / f"{name}.log").open("wb")
    return subprocess.Popen(
        ["/bin/sh", "-c", command],
        cwd=PROJECT_ROOT,
        env=environ,
        stdout=log,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )


def _path() -> str:
    """The Procfile names programs of this virtual environment."""
    return f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5):  # noqa: S310 - our own server
            return True
    except OSError:
        return False
