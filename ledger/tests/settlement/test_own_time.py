"""The weekly run at a time of the company's own (docs/domain.md#schedules)."""

from __future__ import annotations

from datetime import date, time
from typing import Any

import pytest

from batconnect.core.jobs.own_times import change_job
from ledger import weekly
from ledger.settlement.models import WeeklyRun
from ledger.settlement.services.runs import run_job
from ledger.tests.settlement.builders import WEEK, at, make_driver, settle_from
from tests.cast import acting

FIRST = date(2026, 1, 4)
pytestmark = pytest.mark.django_db(transaction=True)


def change(**values: Any) -> None:
    with acting("administrator") as administrator:
        change_job(actor=administrator, code=weekly.WEEKLY_RUN, values=values)


def test_the_run_waits_as_a_whole_and_keeps_its_order() -> None:
    job = settle_from(FIRST + WEEK)
    with acting("manager") as manager:
        make_driver(manager)
    with at("2026-01-08"):
        change(weekday=1, at=time(7))

    with at("2026-01-11", "05:00"):
        assert run_job(actor=job, job=weekly.LEASE_FEES) == []
        assert run_job(actor=job, job=weekly.DTR) == []
    with at("2026-01-12", "06:59"):
        assert run_job(actor=job, job=weekly.DTR) == []
    with at("2026-01-12", "07:00"):
        (report,) = run_job(actor=job, job=weekly.DTR)
        assert run_job(actor=job, job=weekly.DTR) == []

    assert report.week == FIRST
    assert list(report.jobs) == [step.name for step in weekly.steps()]


def test_weeks_that_a_pause_left_are_settled_in_order() -> None:
    job = settle_from(FIRST + WEEK)
    with acting("manager") as manager:
        make_driver(manager)
    with at("2026-01-08"):
        change(is_paused=True, reason="The new chart is being made")
    with at("2026-01-28"):
        change(is_paused=False)
        weeks = [report.week for report in run_job(actor=job, job=weekly.DTR)]

    assert weeks == [FIRST, FIRST + WEEK, FIRST + 2 * WEEK]
    with acting("manager"):
        assert WeeklyRun.objects.filter(status=WeeklyRun.Status.COMPLETED, job=weekly.DTR).count() == 3


def test_a_later_day_never_settles_a_week_that_is_not_over() -> None:
    job = settle_from(FIRST + WEEK)
    with at("2026-01-08"):
        change(weekday=6, at=time(23, 45))

    with at("2026-01-16"):
        assert run_job(actor=job, job=weekly.DTR) == []
    with at("2026-01-17", "23:45"):
        assert [report.week for report in run_job(actor=job, job=weekly.DTR)] == [FIRST]
