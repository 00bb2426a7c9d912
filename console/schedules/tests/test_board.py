"""The board of schedules, and the button that runs one now."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.urls import reverse
from django_celery_beat.models import PeriodicTask

from batconnect.core.jobs.schedules import declared_schedules
from batconnect.core.kernel.actors import Actor
from batconnect.core.models import JobRun
from console.schedules.queries import board
from console.tests.conftest import ConsoleClient
from tests.cast import NORTH

BOARD = reverse("admin:schedules")
RUN = reverse("admin:run_schedule", args=["Escalate overdue cases"])


def _run(**values: Any) -> JobRun:
    return JobRun.objects.create(company_id=NORTH, task="cases.escalate_overdue", **values)


def test_shows_every_schedule_with_its_zone_and_its_next_run(manager: Actor) -> None:
    # The Saturday before the clocks go back in New York: Sunday 05:00 is then 10:00 in UTC.
    with time_machine.travel(datetime(2026, 10, 31, 16, tzinfo=UTC), tick=False):
        rows = {row.name: row for row in board(actor=manager)}

    assert set(rows) == {schedule.name for schedule in declared_schedules()}
    assert rows["generate-weekly-dtrs"].zone == "America/New_York"
    assert rows["generate-weekly-dtrs"].next_at == datetime(2026, 11, 1, 10, tzinfo=UTC)
    assert rows["Escalate overdue cases"].next_at == datetime(2026, 10, 31, 16, 15, tzinfo=UTC)
    assert not any(row.runs for row in rows.values())


def test_shows_duration_result_and_who_asked(
    manager: Actor, console_of: Callable[[str], ConsoleClient]
) -> None:
    began = datetime(2026, 1, 1, 12, tzinfo=UTC)
    _run(state="done", started_at=began, finished_at=began + timedelta(seconds=65), counts={"escalated": 4})
    _run(state="running", started_at=began)
    PeriodicTask.objects.filter(name="Escalate overdue cases").update(enabled=False)

    (row,) = [row for row in board(actor=manager) if row.name == "Escalate overdue cases"]
    page = console_of("auditor").get(BOARD).content.decode()

    assert [(run.state, run.duration, run.detail) for run in row.runs] == [
        ("Lost", "", ""),
        ("Done", "1 min 5 s", "escalated: 4"),
    ]
    assert row.last is not None
    assert row.last.is_trouble
    assert row.next_at is None
    assert "switched off" in page
    assert "Thu 2026-01-01 07:00:00" in page
    assert "Run now" not in page


def test_a_second_click_runs_nothing(manager: Actor, console_of: Callable[[str], ConsoleClient]) -> None:
    client = console_of("manager")
    seen = client.get(RUN).context["preview"].digest

    first = client.post(RUN, {"seen": seen}, follow=True)
    second = client.post(RUN, {"seen": seen}, follow=True)
    JobRun.objects.update(state="done")
    after_it_ran = client.post(RUN, {"seen": seen}, follow=True)

    assert "is sent to a worker" in first.content.decode()
    assert "on its way" in first.content.decode()
    assert "is already waiting for a worker" in second.content.decode()
    assert "so nothing was done" in after_it_ran.content.decode()
    assert JobRun.objects.count() == 1


@pytest.mark.parametrize("username", ["cashier", "auditor", "administrator"])
def test_refuses_who_may_not_run_it(
    manager: Actor, console_of: Callable[[str], ConsoleClient], username: str
) -> None:
    answer = console_of(username).post(RUN, {"seen": "x"})
    unknown = console_of(username).post(reverse("admin:run_schedule", args=["os.system"]), {"seen": "x"})

    assert (answer.status_code, unknown.status_code) == (403, 404)
    assert not JobRun.objects.exists()


def test_another_companys_runs_are_not_shown(
    manager: Actor, console_of: Callable[[str], ConsoleClient]
) -> None:
    _run(state="done", started_at=datetime(2026, 1, 1, tzinfo=UTC), counts={"escalated": 77})

    shown = {
        name: "escalated: 77" in console_of(name).get(BOARD).content.decode()
        for name in ("cashier", "outsider")
    }

    assert shown == {"cashier": True, "outsider": False}
