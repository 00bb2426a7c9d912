"""A kill -9 of the web process between two identical POSTs loses nothing and doubles nothing."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.management import call_command
from django.db import connection

from batconnect.core.kernel.json import write_exact_json
from batconnect.core.models import User
from batconnect.core.people.tokens import AccessToken
from batconnect.embedded.paths import PROJECT_ROOT
from batconnect.embedded.ports import find_free_port
from cases.models import Case, CaseEvent
from ledger.models import Entry
from payments.models import Allocation, Payment
from payments.tests.builders import make_john_doe, new_key
from payments.tests.conftest import SEED_DATA
from tests.cast import NORTH, STAFF, acting
from tests.databases import superuser_connection

pytestmark = [pytest.mark.system, pytest.mark.django_db(transaction=True)]

START_SECONDS = 60
LOCK_SECONDS = 20
BODY = {"step_id": "INTPAY-002", "data": {**SEED_DATA, "total_amount": "700.00"}}


class Web:
    """gunicorn on a free port, in a process group of its own so that all of it can be killed at once."""

    def __init__(self) -> None:
        self.port = find_free_port()
        self.process: subprocess.Popen[bytes] | None = None
        token = AccessToken.for_user(User(id=STAFF["cashier"][0]))
        self.headers = {
            "Authorization": f"Bearer {token}",
            "X-Company-Id": str(NORTH),
            "Content-Type": "application/json",
        }

    def start(self) -> None:
        served = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}")
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-m", "gunicorn", "tests.faults.served:application"),
                *("--bind", f"127.0.0.1:{self.port}", "--worker-class", "gthread", "--threads", "2"),
                "--no-control-socket",
            ],
            cwd=PROJECT_ROOT,
            env={**os.environ, "SERVED_DATABASE_URL": served.geturl()},
            start_new_session=True,
        )
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health/", timeout=5)
                return
            except OSError:
                assert self.process.poll() is None
                assert time.monotonic() < deadline
                time.sleep(0.1)

    def kill(self) -> None:
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(timeout=10)
            self.process = None

    def post(self, path: str, body: Any, **headers: str) -> tuple[int, dict[str, str], Any]:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}",
            data=write_exact_json(body),
            headers={**self.headers, **headers},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - our own server
            return answer.status, dict(answer.headers), json.loads(answer.read())


@pytest.fixture
def web() -> Iterator[Web]:
    """A web process on the test's database, not yet started; killed at the end."""
    web = Web()
    yield web
    web.kill()


def wait_for_a_lock(watcher: Any) -> None:
    """Until somebody in this database waits for a lock: the POST is in the middle of its transaction."""
    deadline = time.monotonic() + LOCK_SECONDS
    while not watcher.execute(
        "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
    ).fetchone():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_loses_nothing_and_doubles_nothing(web: Web) -> None:
    with acting("manager") as manager:
        make_john_doe(manager)
    web.start()
    case_no = web.post("/bpm/case", {"case_type": "INTPAY"})[2]["case_no"]
    key = {"Idempotency-Key": new_key()}

    with superuser_connection() as holder, superuser_connection() as watcher, ThreadPoolExecutor(1) as pool:
        with holder.transaction():
            holder.execute("select 1 from ledger_obligations where reference_id = 'INV-2457' for update")
            cut_off = pool.submit(web.post, f"/bpm/case/{case_no}", BODY, **key)
            wait_for_a_lock(watcher)
            web.kill()
            lost = cut_off.exception(timeout=10)
        with acting("manager"):
            left = (Payment.objects.count(), Case.objects.get(case_no=case_no).state)
    web.start()
    first = web.post(f"/bpm/case/{case_no}", BODY, **key)
    web.kill()
    web.start()
    again = web.post(f"/bpm/case/{case_no}", BODY, **key)

    assert isinstance(lost, OSError)
    assert left == (0, "Open")
    assert (first[0], "Idempotent-Replayed" in first[1]) == (200, False)
    assert (again[0], again[1]["Idempotent-Replayed"], again[2]) == (200, "true", first[2])
    with acting("manager"):
        payment = Payment.objects.get()
        assert payment.number.endswith("-00001")
        assert Allocation.objects.filter(payment=payment.id).count() == 3
        assert Entry.objects.filter(event="payment_received").count() == 1
        case = Case.objects.get(case_no=case_no)
        assert case.state == "Closed"
        assert CaseEvent.objects.filter(case=case.pk, step_id="INTPAY-002").count() == 1
    call_command("verify_ledger")
