"""The work basket: the open cases that a user may act on, oldest time limit first."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from batconnect.core.kernel.actors import Actor
from cases import services
from cases.models import Case, CaseStepConfig, CaseStepOverride
from cases.tests.conftest import WHOLE

START = datetime(2031, 5, 5, 12, 0, tzinfo=UTC)


@pytest.fixture
def four_cases(manager: Actor) -> list[Case]:
    """An hour apart: open, in progress, on hold, closed."""
    cases = []
    with time_machine.travel(START, tick=False) as clock:
        for _ in range(4):
            cases.append(services.create_case(actor=manager, case_type="TSTINS").case)
            clock.shift(timedelta(hours=1))
        services.submit_step(
            actor=manager, case_no=cases[1].case_no, step_id="TSTINS-001", data={"vehicle": "A"}
        )
        services.hold_case(actor=manager, case_no=cases[2].case_no, reason="waiting")
        services.submit_step(actor=manager, case_no=cases[3].case_no, step_id="TSTINS-002", data=dict(WHOLE))
    return cases


def _numbers(client: Any, **query: Any) -> list[str]:
    response = client.get("/bpm/cases", query)
    assert response.status_code == 200, response.content
    return [item["case_no"] for item in response.json()["items"]]


def test_mine_are_the_open_cases_whose_step_is_for_my_groups(
    client_of: Callable[..., Any], four_cases: list[Case]
) -> None:
    first, second, third, _ = (case.case_no for case in four_cases)

    # The second waits for a finance managers' step, with a limit of a day instead of four hours.
    assert _numbers(client_of("manager"), mine="true") == [first, third, second]
    assert _numbers(client_of("cashier"), mine="true") == [first, third]
    assert _numbers(client_of("auditor"), mine="true") == []


def test_a_case_assigned_to_somebody_else_is_not_mine(
    client_of: Callable[..., Any], manager: Actor, four_cases: list[Case]
) -> None:
    services.reassign_case(actor=manager, case_no=four_cases[0].case_no, reason="hers", username="cashier")

    assert four_cases[0].case_no not in _numbers(client_of("manager"), mine="true")
    assert four_cases[0].case_no in _numbers(client_of("cashier"), mine="true")


def test_a_company_gives_a_step_to_groups_of_its_own(
    client_of: Callable[..., Any], manager: Actor, four_cases: list[Case]
) -> None:
    step = CaseStepConfig.objects.get(step_id="TSTINS-002")
    CaseStepOverride.objects.create(company_id=manager.company_id, case_step_config=step, groups=["Cashier"])

    assert four_cases[1].case_no in _numbers(client_of("cashier"), mine="true")
    assert four_cases[1].case_no not in _numbers(client_of("manager"), mine="true")
    done = client_of("cashier").post(
        f"/bpm/case/{four_cases[1].case_no}", {"step_id": "TSTINS-002", "data": WHOLE}
    )
    assert done.status_code == 200


def test_lists_everything_narrowed_and_sorted(client_of: Callable[..., Any], four_cases: list[Case]) -> None:
    client = client_of("auditor")
    numbers = [case.case_no for case in four_cases]

    assert _numbers(client, sort_by="case_no") == numbers
    assert _numbers(client, sort_by="case_no", sort_order="desc") == numbers[::-1]
    assert _numbers(client, status="closed") == [numbers[3]]
    assert _numbers(client, status="In Progress") == [numbers[1]]
    assert _numbers(client, case_type="TSTIMP") == []
    assert _numbers(client, search="vehicle a") == [numbers[1]]
    assert _numbers(client, search=numbers[2].lower()) == [numbers[2]]
    assert _numbers(client, search="tins0", sort_by="case_no") == numbers
    assert _numbers(client, sort_by="case_status", sort_order="asc")[0] == numbers[3]
    assert _numbers(client, per_page=1, page=2, sort_by="case_no") == [numbers[1]]


def test_overdue_are_those_that_wait_and_not_those_on_hold(
    client_of: Callable[..., Any], four_cases: list[Case]
) -> None:
    client = client_of("auditor")
    with time_machine.travel(START + timedelta(hours=10), tick=False):
        late = _numbers(client_of("auditor"), overdue="true")
        calm = _numbers(client_of("auditor"), overdue="false", sort_by="case_no")

    assert late == [four_cases[0].case_no]
    assert calm == [case.case_no for case in four_cases[1:]]
    assert _numbers(client, overdue="0") != []


def test_a_row_has_the_case_in_short(client_of: Callable[..., Any], four_cases: list[Case]) -> None:
    response = client_of("cashier").get("/cases", {"status": "In Progress"})

    body = response.json()
    assert {name: body[name] for name in ("total_items", "page", "per_page", "total_pages")} == {
        "total_items": 1,
        "page": 1,
        "per_page": 50,
        "total_pages": 1,
    }
    (row,) = body["items"]
    assert row["case_status"] == "In Progress"
    assert row["current_step"] == {"step_id": "TSTINS-002", "step_name": "Decide"}
    assert (row["created_by"], row["assigned_to"], row["subject"]) == ("Mara", None, "Vehicle A")


@pytest.mark.parametrize(
    "query", [{"mine": "maybe"}, {"status": "Lost"}, {"sort_by": "color"}, {"per_page": 201}, {"page": 0}]
)
def test_refuses_filters_it_cannot_read(
    client_of: Callable[..., Any], in_north: Any, query: dict[str, Any]
) -> None:
    response = client_of("cashier").get("/bpm/cases", query)

    assert response.status_code == 400
