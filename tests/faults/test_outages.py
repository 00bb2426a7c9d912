"""The database lost, full or stopped in the middle of a request: what is said of the work is true."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import InternalError, connection, connections, transaction
from django.test import Client
from structlog.testing import capture_logs

from batconnect.core.api import base
from batconnect.core.api.endpoints import health
from batconnect.core.database import disk
from batconnect.core.database.faults import CommitInDoubt, Fault, fault_of
from batconnect.core.jobs.running import run_for_company
from batconnect.core.models import AuditEvent, Counter, IdempotencyKey
from batconnect.core.tests.probe import leave_a_trace, raise_state
from tests.cast import NORTH, StaffClient, acting
from tests.databases import superuser_connection
from tests.digest import assert_nothing_written

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.urls("batconnect.core.tests.probe"),
]
WAIT_SECONDS = 60


@contextmanager
def lost_while_committing() -> Iterator[None]:
    """The next session that waits for a standby, its commit being done, is ended before it can say so."""
    over = Event()
    ended: list[int] = []

    def end_whoever_waits() -> None:
        deadline = time.monotonic() + WAIT_SECONDS
        with superuser_connection() as watcher:
            while not over.is_set() and not ended and time.monotonic() < deadline:
                for (pid,) in watcher.execute(
                    "select pid from pg_stat_activity"
                    " where wait_event = 'SyncRep' and datname = current_database()"
                ).fetchall():
                    watcher.execute("select pg_terminate_backend(%s)", [pid])
                    ended.append(pid)
                time.sleep(0.01)

    name = connection.ops.quote_name(str(connection.settings_dict["NAME"]))
    with superuser_connection() as server:
        server.execute(f"alter database {name} set synchronous_commit = on")
        connection.close()
        server.execute("alter system set synchronous_standby_names = 'nobody'")
        server.execute("select pg_reload_conf()")
        deadline = time.monotonic() + WAIT_SECONDS
        while server.execute("show synchronous_standby_names").fetchone() != ("nobody",):
            assert time.monotonic() < deadline
            time.sleep(0.01)
        watch = Thread(target=end_whoever_waits)
        watch.start()
        try:
            yield
        finally:
            over.set()
            watch.join()
            server.execute("alter system reset synchronous_standby_names")
            server.execute("select pg_reload_conf()")
            server.execute(f"alter database {name} reset synchronous_commit")
            connection.close()
    assert len(ended) == 1


@contextmanager
def lost_before_committing(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The session ends when everything but COMMIT has been sent, and nobody has noticed."""
    store = base.store_answer

    def cut(*values: Any) -> None:
        store(*values)
        with superuser_connection() as server:
            server.execute("select pg_terminate_backend(%s)", [connection.connection.info.backend_pid])
            while server.execute(
                "select 1 from pg_stat_activity where pid = %s", [connection.connection.info.backend_pid]
            ).fetchone():
                time.sleep(0.01)

    with monkeypatch.context() as patched:
        patched.setattr(base, "store_answer", cut)
        yield


@transaction.atomic
def fail_unseen() -> None:
    connection.cursor().execute("select 1")
    connection.connection.pgconn.exec_(b"select 1/0")


def traces() -> int:
    with acting("manager"):
        return AuditEvent.objects.filter(subject_type="probe").count()


def send(path: str, key: str) -> Any:
    return StaffClient(username="manager").post(path, {}, headers={"Idempotency-Key": key})


@pytest.mark.parametrize("path", ["/probe/well", "/api/case-tracking/well/"])
def test_a_commit_in_doubt_is_said_to_be_and_the_same_key_answers_it(path: str) -> None:
    key = str(uuid4())

    with lost_while_committing(), capture_logs() as logs:
        lost = send(path, key)
    stored = traces()
    again = send(path, key)

    assert (lost.status_code, lost.json()["code"]) == (503, "maybe_stored")
    assert int(lost["Retry-After"]) > 0
    said = lost.json().get("detail") or lost.json()["message"]
    assert "may have been stored" in said
    assert "same Idempotency-Key" in said
    assert "othing was stored" not in lost.content.decode()
    assert [line["path"] for line in logs if line["event"] == "commit_in_doubt"] == [path]
    assert stored == 1
    assert (again.status_code, again["Idempotent-Replayed"]) == (200, "true")
    assert traces() == 1


def test_a_session_that_ended_before_its_commit_is_in_doubt_too_and_the_same_key_carries_it_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nobody can tell it from the other: the server closed the connection and COMMIT was sent."""
    key = str(uuid4())

    with assert_nothing_written(), lost_before_committing(monkeypatch):
        lost = send("/probe/well", key)
    again = send("/probe/well", key)

    assert (lost.status_code, lost.json()["code"]) == (503, "maybe_stored")
    assert (again.status_code, "Idempotent-Replayed" in again) == (200, False)
    assert traces() == 1


def test_a_page_of_the_console_in_doubt_says_so_in_words() -> None:
    with lost_while_committing():
        lost = Client(raise_request_exception=False).post("/admin/write")

    text = lost.content.decode()
    assert (lost.status_code, lost["Content-Type"].split(";")[0]) == (503, "text/html")
    assert "This may have been stored" in text
    assert "Nothing was stored" not in text
    assert int(lost["Retry-After"]) > 0
    assert Session.objects.filter(session_key="probe").exists()


def test_a_job_in_doubt_is_tried_again() -> None:
    def work(actor: Any) -> int:
        return len([Counter.objects.create(company_id=actor.company_id, series="DOUBT")])

    with lost_while_committing(), pytest.raises(CommitInDoubt):
        run_for_company(company_id=NORTH, name="test.doubt", request_id="", work=work)

    with acting("manager"):
        assert Counter.objects.filter(series="DOUBT").count() == 1


def test_a_reader_whose_commit_is_lost_is_told_that_nothing_was_stored(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def lose(self: Any) -> None:
        raise CommitInDoubt

    with monkeypatch.context() as patched:
        patched.setattr(type(connections["default"]), "_commit", lose)
        answer = StaffClient(username="manager").get("/probe/echo")
    connection.close()

    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")


def test_a_fault_after_the_commit_does_not_say_that_nothing_was_stored() -> None:
    key = str(uuid4())

    failed = send("/probe/told-after", key)
    again = send("/probe/told-after", key)
    page = Client(raise_request_exception=False).post("/admin/write-and-fail")

    assert (failed.status_code, failed.json()["code"]) == (500, "stored_without_answer")
    assert "othing was stored" not in failed.content.decode()
    assert traces() == 1
    assert (again.status_code, again["Idempotent-Replayed"]) == (200, "true")
    assert page.status_code == 500
    assert "What you sent was stored" in page.content.decode()
    assert Session.objects.filter(session_key="probe").exists()


def test_work_whose_statement_failed_unseen_is_not_called_done() -> None:
    """PostgreSQL answers the COMMIT of a failed transaction by rolling back, without an error."""
    with assert_nothing_written():
        answer = send("/probe/swallow", str(uuid4()))
    with pytest.raises(InternalError):
        fail_unseen()

    assert (answer.status_code, answer.json()["code"]) == (500, "server_error")


@pytest.mark.parametrize(
    ("state", "status", "code"),
    [
        *((state, 503, "unavailable") for state in ("08000", "08003", "08006", "08P01")),
        *((state, 503, "unavailable") for state in ("57P01", "57P02", "57P03", "57P04", "57P05")),
        *((state, 503, "unavailable") for state in ("53000", "53100", "53200", "53300", "53400")),
        *((state, 409, "busy") for state in ("55P03", "40P01", "40001")),
        *((state, 500, "server_error") for state in ("23505", "23514", "42P01", "XX000", "58030", "P0001")),
    ],
)
def test_each_state_has_its_answer_and_leaves_nothing(state: str, status: int, code: str) -> None:
    with assert_nothing_written():
        answer = send(f"/probe/state-{state}", str(uuid4()))
    disk.mark_writable(str(connection.settings_dict["NAME"]))

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert ("Retry-After" in answer) == (status != 500)
    with acting("manager"):
        assert not IdempotencyKey.objects.exists()


@pytest.mark.parametrize("cut", ["by the server", "by the client"])
def test_a_connection_cut_in_the_middle_is_unavailable_and_leaves_nothing(
    cut: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lose(view: Any, action: str) -> None:
        leave_a_trace(view, action)
        if cut == "by the client":
            connection.connection.close()
        else:
            with superuser_connection() as server:
                server.execute("select pg_terminate_backend(%s)", [connection.connection.info.backend_pid])
        AuditEvent.objects.count()

    with assert_nothing_written(), monkeypatch.context() as patched:
        patched.setattr("batconnect.core.tests.probe.leave_a_trace", lose)
        answer = send("/probe/well", str(uuid4()))

    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert int(answer["Retry-After"]) > 0
    assert send("/probe/well", str(uuid4())).status_code == 200


@pytest.mark.parametrize("path", ["/probe/echo", "/probe/well", "/admin/", "/api/token/"])
def test_every_entry_point_is_unavailable_while_the_database_is_away(
    path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    client: Any = (
        StaffClient(username="manager") if "probe" in path else Client(raise_request_exception=False)
    )
    body = '{"username": "cashier", "password": "wrong"}'
    if path == "/admin/":
        client.cookies["sessionid"] = "x" * 32
    connection.close()

    with monkeypatch.context() as patched:
        patched.setitem(connection.settings_dict, "PORT", "1")
        patched.setitem(connection.settings_dict, "HOST", "127.0.0.1")
        answer = (
            client.get(path)
            if path in ("/probe/echo", "/admin/")
            else client.post(path, body, content_type="application/json")
        )
    connection.close()

    assert answer.status_code == 503
    assert int(answer["Retry-After"]) > 0
    assert (
        "Not available at the moment" if path == "/admin/" else '"unavailable"'
    ) in answer.content.decode()


def test_a_full_disk_is_told_by_readiness_until_a_write_succeeds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "READINESS_KEPT_SECONDS", 0)
    monkeypatch.setattr(health, "_broker_and_worker", lambda: {"broker": "ok", "worker": "ok"})
    client = Client()

    def ready() -> tuple[int, str]:
        answer = client.get("/health/ready/")
        return answer.status_code, answer.json()["checks"]["database"]

    before = ready()
    refused = send("/probe/state-53100", str(uuid4()))
    full = ready()
    StaffClient(username="manager").get("/probe/echo")
    after_a_read = ready()
    other = send("/probe/state-23505", str(uuid4()))
    after_another_fault = ready()
    done = send("/probe/well", str(uuid4()))

    assert before == (200, "ok")
    assert (refused.status_code, refused.json()["code"]) == (503, "unavailable")
    assert full == after_a_read == after_another_fault == (503, "has no room to write")
    assert other.status_code == 500
    assert done.status_code == 200
    assert ready() == (200, "ok")


def test_out_of_rotation_readiness_tries_a_write_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "READINESS_KEPT_SECONDS", 0)
    monkeypatch.setattr(health, "_broker_and_worker", lambda: {"broker": "ok", "worker": "ok"})
    name = str(connection.settings_dict["NAME"])
    client = Client()
    page = Client(raise_request_exception=False).get("/admin/full")
    soon = client.get("/health/ready/").status_code
    monkeypatch.setattr(health, "_TRIED_EVERY_SECONDS", -1)

    with monkeypatch.context() as patched:
        patched.setattr(Session, "delete", lambda self: raise_state("53100"))
        still_full = client.get("/health/ready/").status_code
    with_room = client.get("/health/ready/").status_code

    assert page.status_code == 503
    assert "no room to write" in page.content.decode()
    assert (soon, still_full, with_room) == (503, 503, 200)
    assert not disk.is_full(name)
    assert not Session.objects.exists()


def test_what_is_no_fault_of_the_database_has_no_meaning() -> None:
    assert [fault_of(each) for each in (None, RuntimeError(), InternalError("x"))] == [None] * 3
    assert fault_of(CommitInDoubt()) is Fault.IN_DOUBT
