"""beat outlives a database that goes away, and sends what was due once it is back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from unittest.mock import Mock

import pytest
from django.db import InterfaceError, OperationalError
from django_celery_beat.models import PeriodicTask
from django_celery_beat.schedulers import DatabaseScheduler

from batconnect.celery import app
from batconnect.core.jobs import running as jobs
from batconnect.core.jobs.beat import RETRY_SECONDS, PatientScheduler
from batconnect.core.jobs.holds import LEASE_SECONDS

# beat commits, and closes connections that have broken.
pytestmark = pytest.mark.django_db(transaction=True)
# beat keeps in mind what is due within a few hours: this one always is.
QUARTER_HOURLY = "Escalate overdue cases"


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The tasks that beat has sent."""
    names: list[str] = []
    monkeypatch.setattr(
        PatientScheduler, "apply_async", lambda self, entry, **options: names.append(entry.task)
    )
    return names


@pytest.fixture
def scheduler(sent: list[str]) -> Iterator[PatientScheduler]:
    scheduler = PatientScheduler(app=app)
    yield scheduler
    # It would write its rows at the end of the process, when this database is gone.
    scheduler._finalize.cancel()


@pytest.mark.parametrize("fault", [OperationalError, InterfaceError])
def test_waits_for_the_database(
    scheduler: PatientScheduler, monkeypatch: pytest.MonkeyPatch, fault: type[Exception]
) -> None:
    def fail(self: Any) -> Any:
        raise fault("the connection is lost")

    scheduler.tick()
    monkeypatch.setattr(DatabaseScheduler, "enabled_models_qs", fail)
    # A row has changed, so the next look reads.
    monkeypatch.setattr(scheduler, "schedule_changed", lambda: True)

    assert scheduler.tick() == RETRY_SECONDS


def test_reads_what_changed_while_the_database_was_away(
    scheduler: PatientScheduler, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(self: Any) -> Any:
        raise OperationalError("the connection is lost")

    scheduler.tick()
    with monkeypatch.context() as away:
        away.setattr(DatabaseScheduler, "enabled_models_qs", fail)
        away.setattr(scheduler, "schedule_changed", lambda: True)
        scheduler.tick()
    PeriodicTask.objects.filter(name=QUARTER_HOURLY).update(enabled=False)
    # The change was noted while it could not be read.
    monkeypatch.setattr(scheduler, "schedule_changed", lambda: False)

    assert QUARTER_HOURLY in scheduler._schedule
    scheduler.tick()
    assert QUARTER_HOURLY not in scheduler._schedule


def test_the_commands_name_this_scheduler() -> None:
    assert app.conf.beat_scheduler == "batconnect.core.jobs.beat:PatientScheduler"


class TestSweepsOfANewWorker:
    @pytest.fixture
    def sent(self, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, float]]:
        names: list[tuple[str, float]] = []
        monkeypatch.setattr(jobs, "_send", lambda name, delay=0: names.append((name, delay)))
        # Only the worker's own connection is closed, never the test's.
        monkeypatch.setattr(jobs, "connection", Mock())
        return names

    def test_what_waits_is_woken_at_once_and_when_the_leases_of_the_dead_are_over(
        self, sent: list[tuple[str, float]]
    ) -> None:
        jobs.send_sweeps()

        sweeps = {each.sweep for each in jobs.declared_wake_ups()}
        assert {"core.resume_runs", "gateways.send_charges", "payments.resume_batches"} < sweeps
        assert "ledger.sweep_dtr_exports" in sweeps
        assert sorted(sent) == sorted((each, delay) for each in sweeps for delay in (0, LEASE_SECONDS + 1))

    def test_what_operators_switched_off_stays_off(self, sent: list[tuple[str, float]]) -> None:
        PeriodicTask.objects.filter(task="payments.resume_batches").update(enabled=False)

        jobs.send_sweeps()

        assert sent
        assert "payments.resume_batches" not in {name for name, _ in sent}
