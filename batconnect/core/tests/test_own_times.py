"""Jobs that a company times for itself: changed by its administrators, sent once by the catch-up."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from typing import Any, Final

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django_celery_beat.models import PeriodicTask

from batconnect.core.database.tenancy import company_context, set_company
from batconnect.core.jobs import own_times, running
from batconnect.core.jobs.company_jobs import company_jobs
from batconnect.core.jobs.due import send_due
from batconnect.core.jobs.own_times import change_job, companies_for, find_job_time, job_times
from batconnect.core.jobs.schedules import declared_schedules
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Conflict, InvalidInput, NotAllowed, NotFound
from batconnect.core.models import AuditEvent, CompanySchedule, JobRun
from tests.cast import NORTH, SOUTH, StaffClient

VERIFY: Final = "verify_ledger"
TASK: Final = "ledger.verify"
REASON: Final = "The auditors are in the house"
SCHEDULES: Final = "/api/schedules"


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def travel(text: str) -> Any:
    return time_machine.travel(utc(text), tick=False)


def change(actor: Actor, code: str = VERIFY, **values: Any) -> Any:
    return change_job(actor=actor, code=code, values=values)


def sent() -> int:
    return send_due(actor=_job())


def _job() -> Actor:
    with company_context(NORTH, job="test") as actor:
        return actor


def queued() -> list[str]:
    return list(JobRun.objects.filter(state="queued").order_by("id").values_list("task", flat=True))


def work_off() -> None:
    JobRun.objects.filter(state="queued").delete()


def test_every_part_of_a_company_job_is_a_declared_one() -> None:
    codes = {job.code for job in company_jobs()}

    assert codes == {each.company_job for each in declared_schedules() if each.company_job}
    assert {"weekly_run", VERIFY, "collect_due", "due_reminders"} <= codes


def test_says_the_usual_time_where_nothing_was_changed(administrator: Actor) -> None:
    with travel("2026-10-31 16:00"):
        times = {each.job.code: each for each in job_times(actor=administrator)}
        runs = times["weekly_run"].next_runs()

    assert times["weekly_run"].time.describe() == "Sundays at 05:00, New York"
    assert times[VERIFY].time.describe() == "Every day at 02:15, New York"
    assert runs == [utc("2026-11-01 10:00"), utc("2026-11-08 10:00"), utc("2026-11-15 10:00")]
    assert not CompanySchedule.objects.exists()


def test_the_usual_time_is_what_beats_row_says(administrator: Actor) -> None:
    nine = PeriodicTask.objects.get(task="outstanding.send_due_reminders").crontab
    PeriodicTask.objects.filter(task=TASK).update(crontab=nine)

    assert find_job_time(actor=administrator, code=VERIFY).time.at == time(9)


def test_a_change_is_in_the_trail_and_leaves_beats_rows_alone(administrator: Actor) -> None:
    rows = list(PeriodicTask.objects.order_by("pk").values())

    changed = change(administrator, weekday=1, at=time(6, 30), time_zone="America/Chicago")

    event = AuditEvent.objects.get()
    assert changed.time.describe() == "Mondays at 06:30, Chicago"
    assert (changed.version, changed.changed_by) == (1, "Ada")
    assert (event.action, event.subject_id, event.actor) == ("schedules.change", VERIFY, "Ada")
    assert event.details == {
        "before": "Every day at 02:15, New York",
        "after": "Mondays at 06:30, Chicago",
    }
    assert list(PeriodicTask.objects.order_by("pk").values()) == rows


def test_saying_the_same_again_changes_nothing(administrator: Actor) -> None:
    first = change(administrator, at=time(6))

    again = change(administrator, at=time(6), is_paused=False)

    assert again == first
    assert AuditEvent.objects.count() == 1


def test_runs_once_when_its_time_has_come(administrator: Actor) -> None:
    with travel("2026-06-01 20:00"):
        change(administrator, at=time(6), time_zone="America/New_York")
        assert sent() == 0
    with travel("2026-06-02 09:59"):
        assert sent() == 0
    with travel("2026-06-02 10:00"):
        assert (sent(), sent()) == (1, 0)
    assert queued() == [TASK]


def test_a_missed_run_is_caught_up_once(administrator: Actor) -> None:
    with travel("2026-06-01 20:00"):
        change(administrator, at=time(6), time_zone="America/New_York")

    with travel("2026-06-09 12:40"):
        assert (sent(), sent()) == (1, 0)
    work_off()
    with travel("2026-06-10 10:00"):
        assert sent() == 1


def test_a_clock_that_is_set_an_hour_back_or_forth_sends_nothing_twice(administrator: Actor) -> None:
    with travel("2026-06-01 20:00"):
        change(administrator, at=time(6), time_zone="America/New_York")
    with travel("2026-06-02 10:05"):
        assert sent() == 1
    work_off()

    with travel("2026-06-02 09:05"):
        assert sent() == 0
    with travel("2026-06-02 10:00"):
        assert sent() == 0
    with travel("2026-06-02 11:05"):
        assert sent() == 0


@pytest.mark.parametrize(
    ("at", "saturday", "due", "later"),
    [
        (time(2, 30), "2026-03-07 12:00", "2026-03-08 07:30", "2026-03-08 23:00"),
        (time(1, 30), "2026-10-31 12:00", "2026-11-01 05:30", "2026-11-01 06:30"),
    ],
    ids=["a time that does not exist", "a time that comes twice"],
)
def test_the_sunday_of_a_clock_change_has_one_run(
    administrator: Actor, at: time, saturday: str, due: str, later: str
) -> None:
    with travel(saturday):
        change(administrator, weekday=0, at=at, time_zone="America/New_York")
    with time_machine.travel(utc(due) - timedelta(minutes=1), tick=False):
        assert sent() == 0
    with travel(due):
        assert sent() == 1
    work_off()
    with travel(later):
        assert sent() == 0


def test_what_is_paused_while_it_is_due_is_not_sent(administrator: Actor) -> None:
    with travel("2026-06-01 20:00"):
        change(administrator, at=time(6), time_zone="America/New_York")
    with travel("2026-06-02 10:01"):
        paused = change(administrator, is_paused=True, reason=REASON)
        assert (sent(), paused.next_runs()) == (0, [])
    with travel("2026-06-03 13:00"):
        resumed = change(administrator, is_paused=False)
        assert (sent(), resumed.next_runs(1)) == (0, [utc("2026-06-04 10:00")])
    with travel("2026-06-04 10:00"):
        assert sent() == 1

    trail = AuditEvent.objects.order_by("id").values_list("action", "reason")
    assert list(trail) == [
        ("schedules.change", ""),
        ("schedules.pause", REASON),
        ("schedules.resume", ""),
    ]


def test_what_was_due_when_the_time_was_changed_is_still_sent_once(administrator: Actor) -> None:
    with travel("2026-06-01 20:00"):
        change(administrator, at=time(6), time_zone="America/New_York")
    with travel("2026-06-02 12:00"):
        change(administrator, weekday=5)

        assert (sent(), sent()) == (1, 0)


def test_a_run_that_waits_already_stands_for_it(administrator: Actor) -> None:
    with travel("2026-06-01 20:00"):
        change(administrator, at=time(6), time_zone="America/New_York")
        JobRun.objects.create(company_id=NORTH, task=TASK, state="queued", requested_by="Mara")

    with travel("2026-06-02 10:00"):
        assert sent() == 0
    assert queued() == [TASK]


def test_what_the_installation_switched_off_waits_until_it_is_switched_on(administrator: Actor) -> None:
    with travel("2026-06-01 20:00"):
        change(administrator, at=time(6), time_zone="America/New_York")
    PeriodicTask.objects.filter(task=TASK).update(enabled=False)

    with travel("2026-06-02 10:00"):
        assert sent() == 0
    PeriodicTask.objects.filter(task=TASK).update(enabled=True)
    with travel("2026-06-02 15:00"):
        assert (sent(), sent()) == (1, 0)


def test_wakes_a_worker_for_the_company_alone(
    administrator: Actor, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    woken: list[Any] = []
    monkeypatch.setattr(running, "_send", lambda *message: woken.append(message))
    with travel("2026-06-01 20:00"):
        change(administrator, at=time(6), time_zone="America/New_York")

    with travel("2026-06-02 10:00"), django_capture_on_commit_callbacks(execute=True):
        sent()

    assert woken == [(f"{TASK}.of_company", NORTH)]


def test_beats_rows_leave_out_who_has_a_time_for_the_job(administrator: Actor) -> None:
    assert companies_for(TASK) == [NORTH, SOUTH]

    change(administrator, at=time(6))
    change(administrator, "weekly_run", weekday=1)

    assert companies_for(TASK) == [SOUTH]
    weekly = {each.task for each in declared_schedules() if each.company_job == "weekly_run"}
    assert {task: companies_for(task) for task in sorted(weekly)} == {
        task: [NORTH, SOUTH] if task == "ledger.catch_up_settlement" else [SOUTH] for task in weekly
    }
    assert companies_for("ledger.number_entries") == [NORTH, SOUTH]


def test_a_paused_job_is_not_caught_up_either(administrator: Actor) -> None:
    change(administrator, "weekly_run", is_paused=True, reason=REASON)

    weekly = {each.task for each in declared_schedules() if each.company_job == "weekly_run"}
    assert {tuple(companies_for(task)) for task in weekly} == {(SOUTH,)}


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"at": time(5, 10)}, "time"),
        ({"at": time(5, 0, 1)}, "time"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"time_zone": "../../etc/passwd"}, "time_zone"),
        ({"time_zone": "america/new_york"}, "time_zone"),
        ({"time_zone": ""}, "time_zone"),
        ({"is_paused": True}, "reason"),
        ({"is_paused": True, "reason": "  short    "}, "reason"),
        ({"is_paused": True, "reason": "x" * 501}, "reason"),
    ],
)
def test_refuses_what_is_not_a_time_and_a_pause_without_reason(
    administrator: Actor, values: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        change(administrator, **values)

    assert [each.field for each in refused.value.errors] == [field]
    assert not CompanySchedule.objects.exists()
    assert not AuditEvent.objects.exists()


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"weekday": None}, "day"),
        # Both are still Saturday in New York.
        ({"time_zone": "Asia/Tokyo"}, "time"),
        ({"at": time(0), "time_zone": "America/Halifax"}, "time"),
    ],
)
def test_the_weekly_run_has_a_day_after_its_week(
    administrator: Actor, values: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        change(administrator, "weekly_run", **values)

    assert [each.field for each in refused.value.errors] == [field]
    assert change(administrator, "weekly_run", weekday=1, time_zone="Asia/Tokyo").version == 1


def test_only_administrators_change_a_schedule(administrator: Actor, manager: Actor) -> None:
    with pytest.raises(NotAllowed):
        change(manager, at=time(6))
    with pytest.raises(NotFound):
        change(administrator, "app.ledger.tasks.generate_weekly_dtrs", at=time(6))


def test_the_second_of_two_first_changes_is_refused(
    administrator: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(administrator, at=time(6))
    rows = own_times._rows
    monkeypatch.setattr(own_times, "_rows", lambda actor, job: rows(actor, job).none())

    with pytest.raises(Conflict):
        change(administrator, at=time(7))

    monkeypatch.undo()
    assert find_job_time(actor=administrator, code=VERIFY).time.at == time(6)


@pytest.mark.parametrize(
    "columns",
    [
        {"at": time(5, 7)},
        {"weekday": 7},
        {"pause_reason": REASON},
        {"paused_at": datetime(2026, 1, 1, tzinfo=UTC)},
    ],
)
def test_the_database_refuses_it_too(administrator: Actor, columns: dict[str, Any]) -> None:
    change(administrator, at=time(6))

    with pytest.raises(IntegrityError), transaction.atomic():
        CompanySchedule.objects.update(**columns)


def test_another_companys_schedule_is_neither_seen_nor_changed(
    administrator: Actor, client_of: Callable[..., StaffClient]
) -> None:
    change(administrator, at=time(6))

    theirs = client_of("outsider").get(f"{SCHEDULES}/{VERIFY}")
    refused = client_of("outsider").patch(f"{SCHEDULES}/{VERIFY}", {"time": "07:00"}, format="json")

    assert (theirs.status_code, theirs.json()["is_usual"], theirs.json()["time"]) == (200, True, "02:15")
    assert refused.status_code == 403
    set_company(SOUTH, metadata={"job": "test"})
    assert not CompanySchedule.objects.exists()
