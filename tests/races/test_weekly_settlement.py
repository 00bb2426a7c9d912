"""The weekly jobs repeated, at once, killed, late, in other zones, across clock changes: everything exactly once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date, timedelta
from decimal import Decimal
from threading import Barrier
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection

from batconnect.core.database.tenancy import company_context
from batconnect.core.jobs.running import OF_COMPANY
from batconnect.core.kernel.actors import Actor
from batconnect.core.models import CompanySettings
from batconnect.directory.models import Driver, Lease
from ledger import weekly
from ledger.models import Dtr, DtrLine, LeaseEarning, Obligation
from ledger.repayment.services.posting import post_due
from ledger.settlement.errors import RunHeld
from ledger.settlement.services.dtrs import generate_dtrs
from ledger.settlement.services.earnings import EarningRow, import_earnings
from ledger.settlement.services.lease_fees import post_due_lease_fees
from ledger.settlement.services.payouts import pay_dtrs
from ledger.settlement.services.runs import job_actor, latest_week, run_job, settle_week
from ledger.tests.settlement.builders import WEEK, assert_books_agree, at, make_driver, settle_from
from loans.kind import LOANS
from loans.services import make_loan, plan_loan
from tests.cast import NORTH, SOUTH, acting

pytestmark = pytest.mark.django_db(transaction=True)
FIRST = date(2026, 1, 4)
DRIVERS = 9


class Killed(BaseException):
    """The worker is gone."""


@pytest.fixture
def job() -> Actor:
    """Nine drivers of north with a loan and earnings of the first week each; north's job."""
    job = settle_from(FIRST + WEEK)
    with at("2026-01-07"), acting("manager") as manager:
        for number in range(1, DRIVERS + 1):
            debtor = make_driver(manager, number=number, name=f"Driver {number}")
            plan = plan_loan(
                actor=manager,
                driver_id=debtor.driver.pk,
                lease=debtor.lease.pk,
                amount=Decimal("300.00"),
                start_week=FIRST + WEEK,
            )
            make_loan(actor=manager, plan=plan)
    with at("2026-01-11"), acting("manager") as manager:
        pairs = zip(
            Driver.objects.order_by("id").values_list("id", flat=True),
            Lease.objects.order_by("id").values_list("id", flat=True),
            strict=True,
        )
        import_earnings(
            actor=manager,
            rows=[EarningRow(driver, lease, FIRST, Decimal("650.00")) for driver, lease in pairs],
        )
    return job


def at_once(jobs: list[Callable[[], Any]]) -> list[Any]:
    """Run the jobs in threads that start together; their results, or that another worker had the run."""
    barrier = Barrier(len(jobs))

    def run(work: Callable[[], Any]) -> Any:
        try:
            barrier.wait(timeout=20)
            return work()
        except RunHeld as held:
            return held
        finally:
            connection.close()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(run, jobs))


@contextmanager
def looking() -> Iterator[Actor]:
    with acting("manager") as manager:
        yield manager


def assert_settled_once(weeks: int = 1) -> None:
    """Every fee, installment and DTR is there once, and the books agree."""
    with looking() as manager:
        assert Obligation.objects.filter(category="LEASE").count() == DRIVERS * weeks
        assert Obligation.objects.filter(category="LOANS").count() == DRIVERS * min(weeks, 3)
        assert Dtr.objects.count() == DRIVERS * weeks
        numbers = list(Dtr.objects.order_by("number_order").values_list("number", flat=True))
        assert numbers == [f"DTR-2026-{place:06d}" for place in range(1, DRIVERS * weeks + 1)]
        assert LeaseEarning.objects.filter(dtr__isnull=True).count() == 0
        assert DtrLine.objects.filter(kind="earnings").count() == DRIVERS
        assert_books_agree(manager)


def test_run_twice(job: Actor) -> None:
    with at("2026-01-11"):
        settle_week(actor=job, week=FIRST)
        settle_week(actor=job, week=FIRST)

    assert_settled_once()


def test_two_workers_at_once(job: Actor) -> None:
    with at("2026-01-11"):
        at_once([lambda: settle_week(actor=job, week=FIRST)] * 2)
        settle_week(actor=job, week=FIRST)

    assert_settled_once()


def test_two_runs_of_each_job_that_do_not_know_of_one_another(job: Actor) -> None:
    """Past the claim, which a slow worker may have lost: the jobs themselves do no harm to one another."""
    with at("2026-01-11"):
        at_once([lambda: post_due_lease_fees(actor=job, week=FIRST, rows=2)] * 3)
        at_once([lambda: post_due(actor=job, kind=LOANS, up_to=FIRST + WEEK)] * 3)
        at_once([lambda: generate_dtrs(actor=job, week=FIRST, leases=2)] * 3)

    assert_settled_once()


@pytest.mark.parametrize("chunks", [0, 1, 2, 3, 4])
def test_killed_after_any_chunk(job: Actor, chunks: int) -> None:
    seen: list[int] = []

    def die(count: int) -> None:
        seen.append(count)
        if len(seen) > chunks:
            raise Killed

    with at("2026-01-11"):
        for work in (
            lambda: post_due_lease_fees(actor=job, week=FIRST, rows=2, progress=die),
            lambda: generate_dtrs(actor=job, week=FIRST, leases=2, progress=die),
        ):
            seen.clear()
            with pytest.raises(Killed):
                work()
        with company_context(NORTH, job="test"):
            assert 0 < Dtr.objects.count() <= DRIVERS
        late = settle_week(actor=job, week=FIRST)

    assert late.jobs[weekly.DTR]["week"] == FIRST
    with looking() as manager:
        assert Dtr.objects.count() == DRIVERS
        assert Obligation.objects.filter(category="LEASE").count() == DRIVERS
        assert_books_agree(manager)


def test_killed_worker_is_replaced_at_once(job: Actor) -> None:
    with at("2026-01-11"):
        with company_context(NORTH, job="test"), connection.cursor() as cursor:
            cursor.execute(
                "insert into weekly_runs (id, company_id, week, job, status, attempts, figures, error, actor)"
                " values (gen_random_uuid(), %s::uuid, %s::date, 'dtr', 'running', 1, '{}', '', '')",
                [NORTH, FIRST],
            )
            # Left by a process that is gone: nobody renews it.
            cursor.execute(
                "insert into work_holds (id, company_id, kind, subject, share, held_by, since, until)"
                " values (gen_random_uuid(), %s::uuid, 'ledger.weekly_run', %s, '', 'a dead worker',"
                " clock_timestamp(), clock_timestamp() + interval '2 seconds')",
                [NORTH, f"{FIRST} dtr"],
            )
        settle_week(actor=job, week=FIRST)

    assert_settled_once()


def test_delivered_three_times(job: Actor) -> None:
    from ledger import tasks
    from loans import tasks as loan_tasks
    from repairs import tasks as repair_tasks

    with at("2026-01-11", "05:00"):
        for task in (
            tasks.post_due_lease_fees,
            repair_tasks.post_due_installments,
            loan_tasks.post_due_installments,
            tasks.generate_weekly_dtrs,
        ):
            of_company = task.app.tasks[f"{task.name}{OF_COMPANY}"]
            for _ in range(3):
                of_company.apply(args=[str(NORTH)], throw=True)

    assert_settled_once()


def test_three_missed_sundays_heal_in_order(job: Actor) -> None:
    with at("2026-01-27"):
        reports = run_job(actor=job, job=weekly.DTR)

    assert [report.week for report in reports] == [FIRST, FIRST + WEEK, FIRST + 2 * WEEK]
    assert_settled_once(weeks=3)


def test_a_company_in_another_zone_waits_for_its_own_slot() -> None:
    settle_from("2026-01-11", company_id=SOUTH)
    south = job_actor(company_id=SOUTH, job="test")

    with at("2026-01-11", "05:30", zone=ZoneInfo("America/New_York")):
        before = latest_week(actor=south, slot=weekly.DTR_SLOT)
    with at("2026-01-11", "06:10", zone=ZoneInfo("America/New_York")):
        after = latest_week(actor=south, slot=weekly.DTR_SLOT)

    assert (before, after) == (date(2025, 12, 28), date(2026, 1, 4))


@pytest.mark.parametrize(
    "sunday", ["2026-03-08", "2026-11-01", "2027-01-03"], ids=["spring", "autumn", "New Year"]
)
def test_weeks_around_clock_changes_and_new_year(sunday: str) -> None:
    first = date.fromisoformat(sunday) - 2 * WEEK
    job = settle_from(first + WEEK)
    with acting("manager") as manager:
        make_driver(manager, since="2025-01-05")

    for place in range(3):
        day = first + (place + 1) * WEEK
        with at(day, "04:59"):
            assert run_job(actor=job, job=weekly.DTR) == []
        with at(day, "05:00"):
            (report,) = run_job(actor=job, job=weekly.DTR)
            assert (report.week, report.jobs[weekly.LEASE_FEES]["amount"]) == (day - WEEK, Decimal("500.00"))
        with at(day + timedelta(days=6), "23:59"):
            assert run_job(actor=job, job=weekly.DTR) == []

    with looking() as manager:
        assert [str(each) for each in Dtr.objects.order_by("week").values_list("charges", flat=True)] == [
            "500.00"
        ] * 3
        assert_books_agree(manager)


def test_nothing_for_a_company_that_is_not_settled(job: Actor) -> None:
    with company_context(NORTH, job="test"):
        CompanySettings.objects.update(settles_from=None)

    with at("2026-01-27"):
        reports = run_job(actor=job_actor(company_id=NORTH, job="test"), job=weekly.DTR)

    assert reports == []
    with looking():
        assert not Dtr.objects.exists()


def test_a_dtr_is_paid_by_one_of_two(job: Actor) -> None:
    from batconnect.core.kernel.errors import Conflict

    with at("2026-01-11"):
        settle_week(actor=job, week=FIRST)
    with looking():
        number = Dtr.objects.order_by("number_order").values_list("number", flat=True)[0]

    def pay() -> Any:
        try:
            with acting("manager") as manager:
                return pay_dtrs(actor=manager, numbers=[number], method="ach")
        except Conflict as refused:
            return refused.code

    with at("2026-01-12"):
        answers = at_once([pay] * 4)

    assert sorted(str(answer) for answer in answers if isinstance(answer, str)) == ["dtr_paid"] * 3
    with looking() as manager:
        assert_books_agree(manager)
