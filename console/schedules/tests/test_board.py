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
from batconnect.core.models import AuditEvent, CompanySchedule, JobRun
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
    assert "Thu, Jan. 1, 2026, 07:00:00" in page
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


def _change(code: str = "weekly_run") -> str:
    return reverse("admin:change_schedule", args=[code])


def _typed(page: Any, **values: str) -> dict[str, str]:
    """What the form shows, with these values typed over it."""
    shown = {name: value for name, value in page.context["form"].initial.items() if value is not False}
    return {**shown, **values}


def test_shows_the_companys_jobs_with_their_next_three_runs(
    in_north: Any, console_of: Callable[[str], ConsoleClient]
) -> None:
    with time_machine.travel(datetime(2026, 10, 31, 16, tzinfo=UTC), tick=False):
        page = console_of("administrator").get(BOARD).content.decode()
        readers = console_of("manager").get(BOARD).content.decode()

    assert "Sundays at 05:00, New York" in page
    for day in ("Sun, Nov. 1, 2026, 05:00", "Sun, Nov. 8, 2026, 05:00", "Sun, Nov. 15, 2026, 05:00"):
        assert day in page
    assert _change() in page
    assert _change() not in readers


def test_an_administrator_changes_a_time_pauses_and_resumes(
    in_north: Any, console_of: Callable[[str], ConsoleClient]
) -> None:
    client = console_of("administrator")
    reason = "The chart is being made anew."

    changed = client.post(
        _change(), _typed(client.get(_change()), day="monday", time="06:30"), follow=True
    ).content.decode()
    paused = client.post(
        _change(), _typed(client.get(_change()), is_paused="on", reason=reason), follow=True
    ).content.decode()
    client.post(_change(), {**_typed(client.get(_change())), "is_paused": ""}, follow=True)

    assert "The weekly run: Mondays at 06:30, New York. It runs next on Monday" in changed
    assert f"The weekly run is paused: {reason}" in paused
    actions = AuditEvent.objects.order_by("id").values_list("action", "actor")
    assert list(actions) == [
        ("schedules.change", "Ada"),
        ("schedules.pause", "Ada"),
        ("schedules.resume", "Ada"),
    ]


def test_two_administrators_at_once_change_it_once(
    in_north: Any, console_of: Callable[[str], ConsoleClient]
) -> None:
    client = console_of("administrator")
    seen = client.get(_change())

    client.post(_change(), _typed(seen, time="06:00"))
    second = client.post(_change(), _typed(seen, time="07:00"))

    assert "Ada changed this while the page was open: it is Sundays at 06:00, New York now." in (
        second.content.decode()
    )
    assert CompanySchedule.objects.get().at.isoformat() == "06:00:00"


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"day": "someday"}, "day"),
        ({"day": "every_day"}, "day"),
        ({"time": "half past five"}, "time"),
        ({"time": "05:07"}, "time"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"time_zone": "Asia/Tokyo"}, "time"),
        ({"is_paused": "on"}, "reason"),
    ],
)
def test_what_is_refused_is_shown_beside_its_field(
    in_north: Any, console_of: Callable[[str], ConsoleClient], typed: dict[str, str], field: str
) -> None:
    client = console_of("administrator")

    answer = client.post(_change(), _typed(client.get(_change()), **typed))

    assert answer.status_code == 200
    assert list(answer.context["form"].errors) == [field]
    assert not CompanySchedule.objects.exists()


def test_a_job_that_is_none_has_no_page(in_north: Any, console_of: Callable[[str], ConsoleClient]) -> None:
    assert console_of("administrator").get(_change("core.send_notices")).status_code == 404
