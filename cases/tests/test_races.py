"""Two calls at the same moment, each on its own connection."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from cases import services
from cases.errors import IllegalTransition
from cases.models import Case, CaseEntity, CaseEvent
from cases.tests.conftest import WHOLE
from tests.cast import acting

pytestmark = pytest.mark.django_db(transaction=True)


def _all_at_once(count: int, work: Any) -> list[Any]:
    """Run `work(number)` on that many threads from one starting line; returns results or refusals."""
    line = Barrier(count)

    def one(number: int) -> Any:
        try:
            line.wait(timeout=20)
            return work(number)
        except IllegalTransition as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


def test_of_two_clicks_one_runs_the_step() -> None:
    with acting("manager") as actor:
        case_no = services.create_case(actor=actor, case_type="TSTINS").case.case_no

    def click(_: int) -> str:
        with acting("manager") as actor:
            done = services.submit_step(actor=actor, case_no=case_no, step_id="TSTINS-002", data=dict(WHOLE))
            return done.case.state

    results = _all_at_once(4, click)

    assert results.count("Closed") == 1
    assert sum(isinstance(result, IllegalTransition) for result in results) == 3
    with acting("manager"):
        assert Case.objects.get(case_no=case_no).state == "Closed"
        assert CaseEvent.objects.filter(kind="step").count() == 1
        assert CaseEntity.objects.count() == 1


def test_a_cancel_and_a_step_do_not_both_win() -> None:
    with acting("manager") as actor:
        case_no = services.create_case(actor=actor, case_type="TSTINS").case.case_no

    def act(number: int) -> str:
        with acting("manager") as actor:
            if number:
                return services.cancel_case(actor=actor, case_no=case_no, reason="mistake").state
            return services.submit_step(
                actor=actor, case_no=case_no, step_id="TSTINS-002", data=dict(WHOLE)
            ).case.state

    results = _all_at_once(2, act)

    with acting("manager"):
        final = Case.objects.get(case_no=case_no).state
    assert [result for result in results if isinstance(result, str)] == [final]


def test_cases_opened_together_are_numbered_without_gaps() -> None:
    def open_one(_: int) -> str:
        with acting("cashier") as actor:
            return services.create_case(actor=actor, case_type="TSTINS").case.case_no

    numbers = _all_at_once(6, open_one)

    assert sorted(numbers) == [f"TSTINS{number:06d}" for number in range(1, 7)]


def test_escalation_leaves_a_case_that_somebody_works_on_to_the_next_run() -> None:
    with acting("manager") as actor:
        case_no = services.create_case(actor=actor, case_type="TSTINS").case.case_no
        Case.objects.filter(case_no=case_no).update(action_due_on="2020-01-01T00:00:00Z")

    def escalate() -> int:
        try:
            with acting("manager") as actor:
                return services.escalate_overdue(actor=actor)
        finally:
            connection.close()

    with acting("manager") as actor:
        services.hold_case(actor=actor, case_no=case_no, reason="waiting")
        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(escalate).result(timeout=20) == 0
        services.release_case(actor=actor, case_no=case_no, reason="goes on")

    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(escalate).result(timeout=20) == 1
