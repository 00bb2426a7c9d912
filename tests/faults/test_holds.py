"""Who holds work is known to be gone seconds after it died; who is alive is named."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.db import connection
from structlog.testing import capture_logs

from batconnect.core.database.tenancy import company_context, job_actor
from batconnect.core.jobs import holds
from batconnect.core.jobs.asked import request_run
from batconnect.core.jobs.holds import WorkHeld, find_holder, held_subjects, hold
from batconnect.core.jobs.running import left_behind
from batconnect.core.jobs.runs import recorded
from batconnect.core.kernel.clock import now, today, week_start
from batconnect.core.kernel.errors import Conflict
from batconnect.core.models import JobRun, WorkHold
from batconnect.embedded.paths import PROJECT_ROOT
from ledger.models import Dtr, DtrExport
from ledger.settlement.errors import RunHeld
from ledger.settlement.services.exports import EXPORT_DTRS, make_export
from ledger.settlement.services.runs import settle_week
from ledger.tests.settlement.builders import WEEK, assert_books_agree, earn, make_driver, settle_from
from payments.batches.models import PaymentBatch
from payments.batches.services.processing import HELD_AS, PROCESS, process_batch
from payments.batches.tests.builders import add_customer, row, table, upload
from payments.models import Payment
from tests.cast import NORTH, SOUTH, StaffClient, acting
from tests.databases import owners_hand, superuser_connection

pytestmark = pytest.mark.django_db(transaction=True)
START_SECONDS = 120


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leases of two seconds, renewed four times within."""
    monkeypatch.setattr(holds, "LEASE_SECONDS", 2)
    monkeypatch.setattr(holds, "RENEWED_EVERY_SECONDS", 0.5)


@contextmanager
def process(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """`tests.faults.holder` on the test's database; killed at the end."""
    served = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}")
    started = subprocess.Popen(
        [sys.executable, "-m", "tests.faults.holder", *arguments],
        cwd=PROJECT_ROOT,
        env={**os.environ, "SERVED_DATABASE_URL": served.geturl()},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield started
    finally:
        started.kill()
        started.wait()


def kill(victim: subprocess.Popen[str]) -> None:
    victim.send_signal(signal.SIGKILL)
    victim.wait()


def wait_for(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def rows() -> int:
    with company_context(NORTH, job="test"):
        return WorkHold.objects.count()


def test_a_live_holder_is_named_and_renewed_beyond_its_lease(quick: None) -> None:
    with hold(company_id=NORTH, kind="test", subject="1", by="a job"):
        time.sleep(3)
        with pytest.raises(WorkHeld) as met, hold(company_id=NORTH, kind="test", subject="1", by="b"):
            pass
        with acting("manager") as manager:
            held = held_subjects(company_id=NORTH, kind="test")
            zone = manager.company.time_zone
    holder = met.value.holder

    assert held == {"1"}
    assert holder.name.startswith(f"a job, process {os.getpid()} on ")
    assert timedelta(seconds=2) < now() - holder.since < timedelta(seconds=60)
    assert re.search(r", since 20\d\d-\d\d-\d\d \d\d:\d\d:\d\d \(America/New_York\)$", holder.describe(zone))
    assert rows() == 0


def test_it_is_free_at_once_when_the_block_ends_however_it_ends() -> None:
    with pytest.raises(KeyError), hold(company_id=NORTH, kind="test", subject="1", by="a"):
        raise KeyError
    began = time.monotonic()
    with (
        hold(company_id=NORTH, kind="test", subject="1", by="b"),
        hold(company_id=NORTH, kind="test", subject="2", by="b"),
        hold(company_id=SOUTH, kind="test", subject="1", by="b"),
    ):
        assert time.monotonic() - began < holds.RENEWED_EVERY_SECONDS

    assert rows() == 0


def test_shared_work_is_held_beside_others() -> None:
    with (
        hold(company_id=NORTH, kind="test", subject="1", by="a", share=True),
        hold(company_id=NORTH, kind="test", subject="1", by="b", share=True),
    ):
        assert rows() == 2
        with company_context(NORTH, job="test"):
            first = find_holder(company_id=NORTH, kind="test", subject="1")
    assert first is not None
    assert first.name.startswith("a, ")
    assert rows() == 0


def test_short_work_costs_no_connection_of_its_own() -> None:
    with superuser_connection() as server:
        count = "select count(*) from pg_stat_activity where datname = current_database()"
        assert rows() == 0
        before = server.execute(count).fetchone()
        with hold(company_id=NORTH, kind="test", subject="1", by="a"):
            assert server.execute(count).fetchone() == before


def test_a_holder_that_stood_still_is_replaced_and_changes_nothing_any_more(quick: None) -> None:
    """Its lease ran out while its process was stopped; it wakes up and goes on."""
    with capture_logs() as logs, hold(company_id=NORTH, kind="test", subject="1", by="a") as first:
        with company_context(NORTH, job="test"):
            WorkHold.objects.update(until=now() - timedelta(seconds=1), held_by="stopped")
        with hold(company_id=NORTH, kind="test", subject="1", by="b") as second:
            wait_for(lambda: any(line["event"] == "hold_lost" for line in logs))
            with company_context(NORTH, job="test"), connection.cursor() as cursor:
                for key, still in ((first, False), (second, True)):
                    cursor.execute(f"select {holds.STILL_HELD}", {"company": NORTH, "hold": key})
                    assert cursor.fetchone() == (still,)


@pytest.mark.system
def test_a_killed_process_is_known_to_be_gone() -> None:
    with process("hold", str(NORTH), "test", "1") as victim:
        assert victim.stdout is not None
        assert victim.stdout.readline() == "held\n"
        with pytest.raises(WorkHeld) as met, hold(company_id=NORTH, kind="test", subject="1", by="b"):
            pass
        kill(victim)
        killed = time.monotonic()
        with hold(company_id=NORTH, kind="test", subject="1", by="b"):
            waited = time.monotonic() - killed

    assert met.value.holder.name.startswith(f"a test, process {victim.pid} on ")
    assert waited < holds.LEASE_SECONDS + 5


def test_a_stopped_server_does_not_end_the_work(quick: None) -> None:
    """The heart's own session is cut: it connects again."""
    with hold(company_id=NORTH, kind="test", subject="1", by="a"), superuser_connection() as server:
        sessions = (
            "select pid from pg_stat_activity where datname = current_database() and usename <> current_user"
        )
        wait_for(lambda: len(server.execute(sessions).fetchall()) == 2)
        for (pid,) in server.execute(sessions).fetchall():
            server.execute("select pg_terminate_backend(%s)", [pid])
        connection.close()
        time.sleep(3)
        with company_context(NORTH, job="test"):
            assert held_subjects(company_id=NORTH, kind="test") == {"1"}


def test_a_forked_child_does_not_renew_its_parents_holds() -> None:
    kept = holds._heart
    try:
        holds._begin_anew()
        assert holds._heart is not kept
        assert threading.active_count() >= 1
    finally:
        holds._heart = kept


def settled_soon() -> date:
    """Three drivers with earnings of a week that is over."""
    with acting("manager") as manager:
        sunday = week_start(today(manager.company))
    settle_from(sunday)
    with acting("manager") as manager:
        for number in (1, 2, 3):
            earn(manager, make_driver(manager, number=number, name=f"D {number}"), sunday - WEEK, "640.00")
    return sunday - WEEK


@pytest.mark.system
def test_a_killed_weekly_run_is_run_again_at_once() -> None:
    week = settled_soon()
    options = ("settle_week", "--company=North Taxi", f"--week={week}")
    job = job_actor(company_id=NORTH, job="test")
    with superuser_connection() as locker, process(*options) as victim:
        with locker.transaction():
            locker.execute("select 1 from leases for update")
            wait_for(lambda: rows() == 1)
            with pytest.raises(RunHeld) as met:
                settle_week(actor=job, week=week)
            kill(victim)
        killed = time.monotonic()
        call_command(*options)
        waited = time.monotonic() - killed

    assert f"lease_fees of the week of {week} is being run by settle_week, process {victim.pid} on " in str(
        met.value
    )
    assert ", since 20" in str(met.value)
    assert waited < holds.LEASE_SECONDS + 30
    with acting("manager") as manager:
        assert Dtr.objects.count() == 3
        assert_books_agree(manager)
    assert rows() == 0


@pytest.mark.system
def test_a_killed_batch_and_a_killed_file_are_taken_up(quick: None) -> None:
    with acting("manager") as manager:
        add_customer(manager)
    answer = upload(StaffClient(username="manager"), table(row(amount="60.00"), row(amount="70.00")))
    with company_context(NORTH, job="test"):
        batch = PaymentBatch.objects.get(id=answer.json()["batch_id"])

    def abandoned() -> list[object]:
        with company_context(NORTH, job="test") as job:
            return list(left_behind(actor=job, task=PROCESS))

    with process("hold", str(NORTH), HELD_AS, str(batch.id)) as victim:
        assert victim.stdout is not None
        victim.stdout.readline()
        while_held = abandoned()
        kill(victim)
        wait_for(lambda: abandoned() == [batch.id])
    process_batch(company_id=NORTH, batch_id=batch.id)

    assert while_held == []
    assert abandoned() == []
    with acting("manager"):
        assert Payment.objects.count() == 2

    def unmade() -> list[object]:
        with company_context(NORTH, job="test") as job:
            return list(left_behind(actor=job, task=EXPORT_DTRS))

    week = settled_soon()
    job = job_actor(company_id=NORTH, job="test")
    settle_week(actor=job, week=week)
    with acting("manager"):
        export = DtrExport.objects.create(company_id=NORTH, week=week, total=3)
        with owners_hand():
            DtrExport.objects.update(requested_at=now() - timedelta(minutes=2), status="running", attempts=1)
    with process("hold", str(NORTH), "ledger.dtr_export", str(export.id)) as victim:
        assert victim.stdout is not None
        victim.stdout.readline()
        at_work = (unmade(), make_export(actor=job, export_id=export.id))
        kill(victim)
        wait_for(lambda: unmade() == [export.id])

    assert at_work == ([], False)


def test_a_run_whose_worker_was_killed_can_be_asked_for_again() -> None:
    name, task = "Escalate overdue cases", "cases.escalate_overdue"
    with company_context(NORTH, job="test"):
        JobRun.objects.create(id=uuid4(), company_id=NORTH, task=task, state="running", started_at=now())
    with acting("manager") as manager, pytest.raises(Conflict):
        request_run(actor=manager, name=name)
    with company_context(NORTH, job="test"):
        JobRun.objects.update(started_at=now() - timedelta(seconds=holds.LEASE_SECONDS + 1))

    with acting("manager") as manager:
        request_run(actor=manager, name=name)
        states = dict(JobRun.objects.values_list("state", "detail"))
    with recorded(company_id=NORTH, task=task), acting("manager") as manager, pytest.raises(Conflict) as met:
        request_run(actor=manager, name=name)

    assert states == {"failed": "Its worker was lost.", "queued": ""}
    assert f"is already running: {task}, process {os.getpid()} on " in met.value.message
    assert rows() == 0
