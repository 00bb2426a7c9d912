"""Carrying out a step."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import InvalidInput, NotAllowed
from cases import services
from cases.errors import CaseNotFound, IllegalTransition, NoStepAccess, StepNotSubmittable, UnknownStep
from cases.models import Case, CaseEntity, CaseEvent
from cases.tests.conftest import WHOLE
from tests.bpm_flows.inspection.flows import LedgerDown


def test_first_step_stores_the_draft_and_moves_on(cashier: Actor, inspection: Case) -> None:
    with time_machine.travel(datetime(2030, 1, 1, tzinfo=UTC), tick=False):
        done = services.submit_step(
            actor=cashier,
            case_no=inspection.case_no,
            step_id="TSTINS-001",
            data={"vehicle": "8SAM401", "fee": Decimal("120.50")},
        )

    case = Case.objects.get(id=inspection.id)
    assert done.result.message == "Report noted."
    assert (case.state, case.current_step) == ("In Progress", "TSTINS-002")
    assert case.draft == {"vehicle": "8SAM401", "fee": "120.50"}
    assert case.subject == "Vehicle 8SAM401"
    assert case.action_due_on == datetime(2030, 1, 1, tzinfo=UTC) + timedelta(days=1)
    assert (done.case.action_due_on, done.case.version) == (case.action_due_on, case.version)


def test_the_draft_is_replaced_by_a_second_report(cashier: Actor, inspection: Case) -> None:
    for data in ({"vehicle": "A", "fee": "1.00"}, {"vehicle": "B"}):
        services.submit_step(actor=cashier, case_no=inspection.case_no, step_id="TSTINS-001", data=data)

    case = Case.objects.get(id=inspection.id)
    assert (case.state, case.draft) == ("In Progress", {"vehicle": "B"})


def test_sent_fields_win_over_the_draft_and_the_event_shows_both(manager: Actor, inspection: Case) -> None:
    services.submit_step(
        actor=manager, case_no=inspection.case_no, step_id="TSTINS-001", data={"vehicle": "A", "fee": "1.00"}
    )

    services.submit_step(
        actor=manager,
        case_no=inspection.case_no,
        step_id="TSTINS-002",
        data={"vehicle": "B", "findings": [{"code": "lights", "amount": 5}]},
    )

    event = CaseEvent.objects.filter(case=inspection, kind="step").last()
    assert event is not None
    assert event.payload["draft"] == {"vehicle": "A", "fee": Decimal("1.00")}
    assert event.payload["data"] == {
        "vehicle": "B",
        "findings": [{"code": "lights", "amount": Decimal("5.00")}],
    }
    assert event.payload["summary"] == {"findings": 1}


def test_last_step_closes_the_case_and_records_what_it_created(manager: Actor, inspection: Case) -> None:
    done = services.submit_step(
        actor=manager, case_no=inspection.case_no, step_id="TSTINS-002", data=dict(WHOLE)
    )

    case = Case.objects.get(id=inspection.id)
    number = f"CERT-{case.case_no}"
    assert done.result.payload == {"certificate": number}
    assert (case.state, case.current_step, case.action_due_on) == ("Closed", "", None)
    assert case.closed_at is not None
    (entity,) = CaseEntity.objects.filter(case=case)
    assert (entity.entity, entity.entity_id, entity.url) == ("certificate", number, f"/certificates/{number}")
    event = CaseEvent.objects.filter(case=case).last()
    assert event is not None
    assert (event.from_state, event.trigger, event.to_state) == ("Open", "TSTINS-002", "Closed")
    assert event.created == [{"entity": "certificate", "id": number, "url": f"/certificates/{number}"}]


def test_names_what_is_missing_when_neither_sent_nor_noted(
    manager: Actor, inspection: Case, snapshot: Callable[[], Any]
) -> None:
    before = snapshot()

    with pytest.raises(InvalidInput) as refused:
        services.submit_step(actor=manager, case_no=inspection.case_no, step_id="TSTINS-002", data={"fee": 3})

    assert {error.field for error in refused.value.errors} == {"vehicle", "findings"}
    assert snapshot() == before


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"fee": Decimal("1.001")}, "fee"),
        ({"fee": 0}, "fee"),
        ({"fee": Decimal(-1)}, "fee"),
        ({"fee": "1E5"}, "fee"),
        ({"fee": Decimal("NaN")}, "fee"),
        ({"fee": True}, "fee"),
        ({"fee": "1000000000.00"}, "fee"),
        ({"fee": None}, "fee"),
        ({"vehicle": "   "}, "vehicle"),
        ({"vehicle": 7}, "vehicle"),
        ({"inspected_on": "01/02/2026"}, "inspected_on"),
        ({"inspected_on": "2026-02-30"}, "inspected_on"),
        ({"inspected_on": "2026-02-03Tlunch"}, "inspected_on"),
        ({"color": "red"}, "color"),
    ],
)
def test_refuses_what_the_form_does_not_take(
    cashier: Actor, inspection: Case, snapshot: Callable[[], Any], wrong: dict[str, Any], field: str
) -> None:
    before = snapshot()

    with pytest.raises(InvalidInput) as refused:
        services.submit_step(
            actor=cashier, case_no=inspection.case_no, step_id="TSTINS-001", data={"vehicle": "A", **wrong}
        )

    assert [error.field for error in refused.value.errors] == [field]
    assert snapshot() == before


def test_errors_carry_the_path_into_lists(
    manager: Actor, inspection: Case, snapshot: Callable[[], Any]
) -> None:
    before = snapshot()
    findings = [{"code": "brakes", "amount": "1.00"}, {"code": "horn", "amount": "1.005", "who": "me"}]

    with pytest.raises(InvalidInput) as refused:
        services.submit_step(
            actor=manager,
            case_no=inspection.case_no,
            step_id="TSTINS-002",
            data={"vehicle": "A", "fee": 1, "findings": findings},
        )

    assert {error.field for error in refused.value.errors} == {
        "findings.1.code",
        "findings.1.amount",
        "findings.1.who",
    }
    assert snapshot() == before


def test_refuses_a_fourth_finding(manager: Actor, inspection: Case, snapshot: Callable[[], Any]) -> None:
    before = snapshot()
    data = {"vehicle": "A", "fee": 1, "findings": [{"code": "brakes", "amount": 1}] * 4}

    with pytest.raises(InvalidInput, match="at most 3; there are 4"):
        services.submit_step(actor=manager, case_no=inspection.case_no, step_id="TSTINS-002", data=data)

    assert snapshot() == before


def test_cents_that_multiple_of_would_refuse_are_taken(cashier: Actor, inspection: Case) -> None:
    services.submit_step(
        actor=cashier,
        case_no=inspection.case_no,
        step_id="TSTINS-001",
        data={"vehicle": "A", "fee": Decimal("1.15"), "inspected_on": "2025-10-20T00:00:00Z"},
    )

    assert Case.objects.get(id=inspection.id).draft["fee"] == "1.15"


def test_a_step_without_a_form_takes_no_data(
    cashier: Actor, inspection: Case, snapshot: Callable[[], Any]
) -> None:
    services.submit_step(
        actor=cashier, case_no=inspection.case_no, step_id="TSTINS-001", data={"vehicle": "A"}
    )
    before = snapshot()

    with pytest.raises(InvalidInput, match="takes no data"):
        services.submit_step(actor=cashier, case_no=inspection.case_no, step_id="TSTINS-003", data={"x": 1})

    assert snapshot() == before
    services.submit_step(actor=cashier, case_no=inspection.case_no, step_id="TSTINS-003", data={})
    assert Case.objects.get(id=inspection.id).state == "Closed"


@pytest.mark.parametrize(
    ("step_id", "refusal"),
    [
        ("TSTINS-002", NoStepAccess),
        ("TSTINS-004", StepNotSubmittable),
        ("TSTINS-003", IllegalTransition),
        ("TSTIMP_LOOK", UnknownStep),
        ("NOPE", UnknownStep),
        ("", UnknownStep),
    ],
)
def test_refuses_steps_that_are_not_to_be_taken(
    cashier: Actor, inspection: Case, snapshot: Callable[[], Any], step_id: str, refusal: type[Exception]
) -> None:
    before = snapshot()

    with pytest.raises(refusal):
        services.submit_step(actor=cashier, case_no=inspection.case_no, step_id=step_id, data={})

    assert snapshot() == before


def test_refuses_an_auditor_whatever_the_groups(
    inspection: Case, auditor: Actor, snapshot: Callable[[], Any]
) -> None:
    before = snapshot()

    with pytest.raises(NotAllowed):
        services.submit_step(
            actor=auditor, case_no=inspection.case_no, step_id="TSTINS-001", data={"vehicle": "A"}
        )

    assert snapshot() == before


def test_another_company_does_not_find_the_case(inspection: Case, outsider: Actor) -> None:
    with pytest.raises(CaseNotFound):
        services.submit_step(
            actor=outsider, case_no=inspection.case_no, step_id="TSTINS-001", data={"vehicle": "A"}
        )


def test_a_fault_in_the_step_leaves_the_case_as_it_was(
    manager: Actor, inspection: Case, snapshot: Callable[[], Any]
) -> None:
    before = snapshot()

    with pytest.raises(LedgerDown):
        services.submit_step(
            actor=manager,
            case_no=inspection.case_no,
            step_id="TSTINS-002",
            data={**WHOLE, "vehicle": "explode"},
        )

    assert snapshot() == before
    services.submit_step(actor=manager, case_no=inspection.case_no, step_id="TSTINS-002", data=dict(WHOLE))
    assert Case.objects.get(id=inspection.id).state == "Closed"


def test_the_engine_takes_two_statements_for_a_step(manager: Actor, inspection: Case) -> None:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        services.submit_step(
            actor=manager, case_no=inspection.case_no, step_id="TSTINS-002", data=dict(WHOLE)
        )

    assert len(captured) == 2
