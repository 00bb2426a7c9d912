"""Showing a step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import NotFound
from cases import services
from cases.errors import CaseNotFound, NoStepAccess, StepNotFound
from cases.models import Case
from cases.tests.conftest import WHOLE


def test_shows_what_is_asked_for_and_changes_nothing(
    cashier: Actor, inspection: Case, snapshot: Callable[[], Any]
) -> None:
    before = snapshot()

    shown = services.fetch_step(
        actor=cashier, case_no=inspection.case_no, step_id="TSTINS-001", params={"vehicle": "8SAM401"}
    )

    assert shown == {"vehicle": "8SAM401", "noted": {}}
    assert snapshot() == before


@pytest.mark.parametrize("action", ["hold", "cancel", "close", "nothing"])
def test_every_step_is_shown_in_every_state(manager: Actor, inspection: Case, action: str) -> None:
    match action:
        case "hold":
            services.hold_case(actor=manager, case_no=inspection.case_no, reason="waiting")
        case "cancel":
            services.cancel_case(actor=manager, case_no=inspection.case_no, reason="mistake")
        case "close":
            services.submit_step(
                actor=manager, case_no=inspection.case_no, step_id="TSTINS-002", data=dict(WHOLE)
            )

    shown = services.fetch_step(actor=manager, case_no=inspection.case_no, step_id="TSTINS-004", params={})

    assert shown["vehicle"] is None


def test_a_step_that_shows_nothing_answers_empty(manager: Actor, inspection: Case) -> None:
    shown = services.fetch_step(actor=manager, case_no=inspection.case_no, step_id="TSTINS-002", params={})

    assert shown == {}


def test_no_access_is_said_and_not_hidden(cashier: Actor, inspection: Case) -> None:
    with pytest.raises(NoStepAccess, match="Finance manager"):
        services.fetch_step(actor=cashier, case_no=inspection.case_no, step_id="TSTINS-002", params={})


@pytest.mark.parametrize("step_id", ["TSTIMP_LOOK", "NOPE"])
def test_a_step_of_another_type_is_not_found(cashier: Actor, inspection: Case, step_id: str) -> None:
    with pytest.raises(StepNotFound, match="TSTINS-001"):
        services.fetch_step(actor=cashier, case_no=inspection.case_no, step_id=step_id, params={})


def test_what_the_step_refuses_is_refused(cashier: Actor, inspection: Case) -> None:
    with pytest.raises(NotFound, match="no such vehicle"):
        services.fetch_step(
            actor=cashier, case_no=inspection.case_no, step_id="TSTINS-001", params={"vehicle": "unknown"}
        )


def test_another_company_does_not_find_the_case(inspection: Case, outsider: Actor) -> None:
    with pytest.raises(CaseNotFound):
        services.fetch_step(actor=outsider, case_no=inspection.case_no, step_id="TSTINS-001", params={})
