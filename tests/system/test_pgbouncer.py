"""Behind Debian's pgbouncer in transaction mode: every list, a payment from case to receipt, a wait for a lock."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from django.db import connection

from batconnect.core.kernel.json import write_exact_json
from batconnect.core.models import User
from batconnect.core.people.tokens import AccessToken
from batconnect.embedded.paths import PROJECT_ROOT
from batconnect.embedded.ports import find_free_port
from payments.models import Payment
from payments.tests.builders import make_john_doe, new_key
from payments.tests.conftest import SEED_DATA
from tests.access.endpoints import calls
from tests.cast import NORTH, SOUTH, STAFF, acting
from tests.databases import superuser_connection

pytestmark = [pytest.mark.system, pytest.mark.django_db(transaction=True)]
START_SECONDS = 60
# Fewer than the web server has threads: they must share.
INI = """
[databases]
{database} = host={host} port={port} dbname={database} user={user} password={password}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {listens}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 2
"""


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.05)


@contextmanager
def process(words: list[str], **environ: str) -> Iterator[subprocess.Popen[bytes]]:
    started = subprocess.Popen(words, cwd=PROJECT_ROOT, env={**os.environ, **environ})
    try:
        yield started
    finally:
        started.terminate()
        started.wait(timeout=30)


@contextmanager
def pooled(folder: Path) -> Iterator[str]:
    """pgbouncer before the test's database; the database's address through it."""
    server, listens = urlsplit(os.environ["DATABASE_URL"]), find_free_port()
    database = str(connection.settings_dict["NAME"])
    ini = folder / "pgbouncer.ini"
    ini.write_text(
        INI.format(
            database=database,
            host=server.hostname,
            port=server.port,
            user=server.username,
            password=server.password,
            listens=listens,
        )
    )
    # It refuses to serve as root, and reads its configuration before it becomes somebody else.
    switch = ["--user", "nobody"] if os.geteuid() == 0 else []
    with process(["/usr/sbin/pgbouncer", "--quiet", *switch, str(ini)]) as pool:
        wait_for(listens, pool)
        yield f"postgresql://{server.username}:any@127.0.0.1:{listens}/{database}"  # pragma: allowlist secret


class Client:
    """Calls as somebody of the cast."""

    def __init__(self, port: int, username: str) -> None:
        user_id, _, company_id, _ = STAFF[username]
        self.port = port
        self.headers = {
            "Authorization": f"Bearer {AccessToken.for_user(User(id=user_id))}",
            "X-Company-Id": str(company_id),
            "Content-Type": "application/json",
        }

    def call(self, path: str, body: Any = None, **headers: str) -> tuple[int, dict[str, str], bytes]:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}",
            data=None if body is None else write_exact_json(body),
            headers={**self.headers, **headers},
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 - our own server
                return answer.status, dict(answer.headers), answer.read()
        except urllib.error.HTTPError as error:
            return error.code, dict(error.headers), error.read()


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    """The web server on the pool."""
    listens = find_free_port()
    words = [sys.executable, "-m", "gunicorn", "tests.faults.served:application", "--no-control-socket"]
    words += ["--bind", f"127.0.0.1:{listens}", "--worker-class", "gthread", "--threads", "8"]
    with (
        pooled(tmp_path) as url,
        process(words, SERVED_DATABASE_URL=url, DATABASE_PREPARE_THRESHOLD="0") as web,
    ):
        wait_for(listens, web)
        yield listens


def test_every_list_answers_whoever_shares_the_connection(port: int) -> None:
    with acting("manager") as manager:
        make_john_doe(manager)
    paths = [call.path() for call in calls() if call.method == "GET" and not call.takes_ids]
    clients = {NORTH: Client(port, "manager"), SOUTH: Client(port, "outsider")}
    requests = [(company, path) for path in paths for company in clients]

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda each: clients[each[0]].call(each[1]), requests))

    refused = [
        (path, status, content)
        for (company, path), (status, _, content) in zip(requests, answers, strict=True)
        if status not in (200, 403)
        # What must be asked for is named; nothing else is wrong with the call.
        and not (status == 400 and b'"errors":[{' in content)
        # A company that has not prepared its opening has none.
        and not (status == 404 and b'"opening_not_found"' in content)
    ]
    assert len(paths) > 20
    assert refused == []
    leaked = [
        path
        for (company, path), (_, _, content) in zip(requests, answers, strict=True)
        if company == SOUTH and b"John Doe" in content
    ]
    assert leaked == []
    assert any(b"John Doe" in content for _, _, content in answers)


def test_a_payment_from_case_to_receipt_and_its_files(port: int) -> None:
    with acting("manager") as manager:
        make_john_doe(manager)
    client = Client(port, "cashier")

    case_no = json.loads(client.call("/bpm/case", {"case_type": "INTPAY"})[2])["case_no"]
    screen = client.call(f"/bpm/case/{case_no}/INTPAY-001?tlc_license_no=00504124")
    body = {"step_id": "INTPAY-002", "data": {**SEED_DATA, "total_amount": "700.00"}}
    key = {"Idempotency-Key": new_key()}
    first, again = (client.call(f"/bpm/case/{case_no}", body, **key) for _ in range(2))
    listed = client.call("/payments/interim-payments?tlc_license=00504124")
    files = {
        format: client.call(f"/payments/interim-payments/export?format={format}")
        for format in ("excel", "pdf", "csv")
    }

    assert screen[0] == 200
    assert (first[0], again[0], again[1]["Idempotent-Replayed"], again[2]) == (200, 200, "true", first[2])
    row, *_ = json.loads(listed[2])["items"]
    assert client.call(f"{row['receipt_url']}?format=pdf")[2].startswith(b"%PDF")
    assert {format: status for format, (status, _, _) in files.items()} == dict.fromkeys(files, 200)
    with acting("manager"):
        assert Payment.objects.count() == 1


def test_a_lock_wait_ends_with_the_promised_409(port: int) -> None:
    with acting("manager") as manager:
        make_john_doe(manager)
    client = Client(port, "cashier")
    case_no = json.loads(client.call("/bpm/case", {"case_type": "INTPAY"})[2])["case_no"]
    body = {"step_id": "INTPAY-002", "data": {**SEED_DATA, "total_amount": "700.00"}}

    with superuser_connection() as holder, holder.transaction():
        holder.execute("select 1 from ledger_obligations where reference_id = 'INV-2457' for update")
        began = time.monotonic()
        status, headers, content = client.call(f"/bpm/case/{case_no}", body)
        waited = time.monotonic() - began

    assert (status, json.loads(content)["code"], headers["Retry-After"]) == (409, "busy", "1")
    assert 4 < waited < 30
    with acting("manager"):
        assert Payment.objects.count() == 0
    assert client.call(f"/bpm/case/{case_no}", body)[0] == 200


def test_the_limits_of_the_role_hold_behind_the_pool_and_raised_ones_do_not_stay(tmp_path: Path) -> None:
    names = ("statement_timeout", "idle_in_transaction_session_timeout", "lock_timeout")
    shown = "select " + ", ".join(f"current_setting('{name}')" for name in names)

    with pooled(tmp_path) as url, psycopg.connect(url, autocommit=True, prepare_threshold=None) as client:
        before = client.execute(shown).fetchone()
        with client.transaction():
            client.execute("set local statement_timeout = '1h'")
            raised = client.execute(shown).fetchone()
        after = client.execute(shown).fetchone()

    assert (before, raised, after) == (
        ("30s", "1min", "5s"),
        ("1h", "1min", "5s"),
        ("30s", "1min", "5s"),
    )
