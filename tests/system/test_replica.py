"""Reads from a real streaming replica: behind, killed, back again, and promoted when the primary is lost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from batconnect.embedded.paths import PROJECT_ROOT
from batconnect.embedded.ports import find_free_port
from batconnect.embedded.postgres import RUNTIME_ROLE
from payments.tests.builders import new_key
from tests.access.endpoints import calls
from tests.cast import NORTH, SOUTH
from tests.system.replicated import Pair, replicated
from tests.system.test_pgbouncer import Client, wait_for

pytestmark = pytest.mark.system

LAG_SECONDS = 2
SOON_SECONDS = 30
CUSTOMERS = "/api/customers"


@dataclass
class Web:
    """The web server on both, and what its log says."""

    pair: Pair
    port: int
    log: Path
    clients: dict[str, Client] = field(default_factory=dict)

    def call(self, username: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any, str]:
        """Status, content, and the server that answered."""
        client = self.clients.setdefault(username, Client(self.port, username))
        number = uuid4().hex
        status, _, content = client.call(path, body, **{"X-Request-Id": number, **headers})
        lines = [line for line in self.lines() if line.get("request_id") == number]
        (finished,) = [line for line in lines if line["event"] == "request_finished"]
        return status, content, finished.get("server", "primary")

    def names(self, username: str) -> tuple[set[str], str]:
        status, content, server = self.call(username, f"{CUSTOMERS}?limit=200")
        assert status == 200, content
        return {row["name"] for row in json.loads(content)["results"]}, server

    def add(self, username: str, name: str) -> int:
        body = {"name": name, "email": "ap@acme.example"}
        return self.call(username, CUSTOMERS, body, **{"Idempotency-Key": new_key()})[0]

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.read_text().splitlines() if line.startswith("{")]

    def reads_replica(self) -> bool:
        return self.names("auditor")[1] == "replica"


def soon(fact: Callable[[], Any]) -> None:
    deadline = time.monotonic() + SOON_SECONDS
    while not fact():
        assert time.monotonic() < deadline
        time.sleep(0.2)


@pytest.fixture(scope="module")
def web(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: Any) -> Iterator[Web]:
    port, log = find_free_port(), tmp_path_factory.mktemp("web") / "log"
    words = [sys.executable, "-m", "gunicorn", "tests.faults.served:application", "--no-control-socket"]
    words += ["--bind", f"127.0.0.1:{port}", "--worker-class", "gthread", "--threads", "4"]
    with django_db_blocker.unblock(), replicated() as pair, log.open("w") as written:
        environ = {
            "SERVED_DATABASE_URL": pair.url("read-write"),
            "DATABASE_REPLICA_URL": pair.url("standby"),
            "REPLICA_LAG_SECONDS": str(LAG_SECONDS),
        }
        server = subprocess.Popen(
            words, cwd=PROJECT_ROOT, env={**os.environ, **environ}, stdout=written, stderr=subprocess.STDOUT
        )
        try:
            wait_for(port, server)
            yield Web(pair, port, log)
        finally:
            server.terminate()
            server.wait(timeout=30)


@pytest.fixture
def streaming(web: Web) -> Web:
    """Reads are answered by the replica."""
    soon(web.reads_replica)
    return web


def test_reads_go_to_the_replica_and_who_wrote_reads_it_at_once(streaming: Web) -> None:
    streaming.pair.replica.ask("select pg_wal_replay_pause()")
    try:
        assert streaming.add("manager", "Acme of today") == 201
        own = streaming.names("manager")
        others = streaming.names("auditor")
    finally:
        streaming.pair.replica.ask("select pg_wal_replay_resume()")

    assert own[1] == "primary"
    assert "Acme of today" in own[0]
    # Two machines' clocks decide nothing: what it shows is old by less than the limit, and that is what lag is.
    assert others[1] == "replica"
    assert "Acme of today" not in others[0]
    soon(lambda: streaming.names("manager")[1] == "replica")
    assert "Acme of today" in streaming.names("manager")[0]


def test_another_companys_rows_are_not_on_the_replica_either(streaming: Web) -> None:
    assert streaming.add("manager", "Acme of the north") == 201
    soon(lambda: "Acme of the north" in streaming.names("auditor")[0])

    soon(lambda: streaming.names("outsider")[1] == "replica")
    assert streaming.names("outsider")[0] == set()
    with psycopg.connect(streaming.pair.replica.url(RUNTIME_ROLE)) as runtime:
        seen = []
        for company in ("", str(SOUTH), str(NORTH)):
            runtime.execute("select set_config('app.current_company_id', %s, true)", [company])
            seen.append(runtime.execute("select count(*) from customers").fetchone())
    assert seen[:2] == [(0,), (0,)]
    assert seen[2] is not None
    assert seen[2][0] > 0


def test_every_list_is_answered_by_the_replica_and_none_of_them_writes(streaming: Web) -> None:
    before = len(streaming.lines())
    paths = [
        call.path()
        for call in calls()
        if call.method == "GET" and not call.takes_ids and getattr(call.view, "may_lag", False)
    ]

    answers = [(path, *streaming.call("auditor", path)) for path in paths]
    files = [
        streaming.call("auditor", f"/ledger/export?export_type=postings&format={kind}")
        for kind in ("excel", "csv", "pdf")
    ]

    told = [line["path"] for line in streaming.lines()[before:] if line["event"] == "replica_refused"]
    assert told == []
    from_replica = [path for path, status, _, server in answers if (status, server) == (200, "replica")]
    assert len(from_replica) > 20
    assert [path for path, status, _, server in answers if status == 200 and server != "replica"] == []
    assert [(status, server) for status, _, server in files] == [(200, "replica")] * 3
    trail = "select count(*) from audit_events where action = 'core.export_list' and company_id = "
    assert streaming.pair.primary.ask(f"{trail}'{NORTH}'") >= 3


def test_a_replica_that_falls_behind_is_left_until_it_has_caught_up(streaming: Web) -> None:
    before = len(streaming.lines())
    streaming.pair.replica.ask("select pg_wal_replay_pause()")
    try:
        assert streaming.add("manager", "Acme of tomorrow") == 201
        wrote = time.monotonic()
        soon(lambda: not streaming.reads_replica())
        left = time.monotonic() - wrote
        seen = streaming.names("auditor")
    finally:
        streaming.pair.replica.ask("select pg_wal_replay_resume()")
    soon(streaming.reads_replica)

    assert left <= LAG_SECONDS + 3
    assert "Acme of tomorrow" in seen[0]
    assert "Acme of tomorrow" in streaming.names("auditor")[0]
    changes = [line["event"] for line in streaming.lines()[before:] if line["event"].startswith("replica_")]
    assert changes == ["replica_left", "replica_used"]


def test_a_killed_replica_is_seen_by_nobody(streaming: Web) -> None:
    before, over = len(streaming.lines()), Event()

    def read(username: str) -> set[int]:
        statuses, client = set(), Client(streaming.port, username)
        while not over.is_set():
            statuses.add(client.call(f"{CUSTOMERS}?limit=200")[0])
        return statuses

    with ThreadPoolExecutor(2) as pool:
        readers = [pool.submit(read, username) for username in ("auditor", "cashier")]
        time.sleep(0.5)
        streaming.pair.replica.kill()
        time.sleep(1)
        over.set()
        statuses = set[int]().union(*(reader.result() for reader in readers))
    assert statuses == {200}
    assert streaming.names("auditor")[1] == "primary"

    streaming.pair.replica.start()
    soon(streaming.reads_replica)

    changes = [line["event"] for line in streaming.lines()[before:] if line["event"].startswith("replica_")]
    assert changes == ["replica_left", "replica_used"]


def test_the_drill_of_a_lost_primary_loses_nothing_that_was_acknowledged(streaming: Web) -> None:
    """As docs/operations.md says: synchronous replication, the replica promoted, the application not restarted."""
    pair, over = streaming.pair, Event()
    pair.primary.ask("alter system set synchronous_standby_names = '*'")
    pair.primary.ask("select pg_reload_conf()")
    soon(lambda: pair.primary.ask("select count(*) from pg_stat_replication where sync_state = 'sync'"))
    client = Client(streaming.port, "manager")

    def write() -> list[str]:
        acknowledged = []
        while not over.is_set():
            name, key = f"Acme {uuid4().hex[:12]}", {"Idempotency-Key": new_key()}
            body = {"name": name, "email": "ap@acme.example"}
            # Repeated by its key until somebody answers, as clients do.
            while (status := client.call(CUSTOMERS, body, **key)[0]) in (409, 503):
                time.sleep(0.2)
            assert status == 201
            acknowledged.append(name)
        return acknowledged

    with ThreadPoolExecutor(1) as pool:
        writer = pool.submit(write)
        time.sleep(1)
        pair.primary.kill()
        lost = time.monotonic()
        assert pair.replica.ask("select pg_promote(wait => true)") is True
        soon(lambda: streaming.call("auditor", "/api/session")[0] == 200)
        back = time.monotonic() - lost
        time.sleep(1)
        over.set()
        acknowledged = writer.result(timeout=60)

    assert len(acknowledged) > 5
    with psycopg.connect(pair.replica.url()) as superuser:
        kept = [name for (name,) in superuser.execute("select name from customers")]
    assert set(acknowledged) <= set(kept)
    assert len(kept) == len(set(kept))
    assert back < SOON_SECONDS
    assert streaming.names("auditor")[1] == "primary"
