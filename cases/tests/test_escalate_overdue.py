"""Cases that waited too long are escalated, once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from batconnect.core.kernel.actors import Actor
from cases import services
from cases.models import Case, CaseEvent
from cases.services import escalation

START = datetime(2031, 5, 5, 12, 0, tzinfo=UTC)


def _escalated(actor: Actor, *, hours: int) -> int:
    with time_machine.travel(START + timedelta(hours=hours), tick=False):
        return services.escalate_overdue(actor=actor)


@pytest.fixture
def waiting(manager: Actor) -> Case:
    with time_machine.travel(START, tick=False):
        return services.create_case(actor=manager, case_type="TSTINS").case


def test_a_case_is_escalated_once_after_its_limit(manager: Actor, waiting: Case) -> None:
    assert _escalated(manager, hours=3) == 0
    assert _escalated(manager, hours=5) == 1
    assert _escalated(manager, hours=6) == 0

    case = Case.objects.get(id=waiting.id)
    assert case.escalated_at == START + timedelta(hours=5)
    (event,) = CaseEvent.objects.filter(kind="escalate")
    assert (event.case_id, event.step_id, event.from_state, event.to_state) == (
        case.id,
        "TSTINS-001",
        "Open",
        "Open",
    )


def test_a_case_on_hold_waits(manager: Actor, waiting: Case) -> None:
    services.hold_case(actor=manager, case_no=waiting.case_no, reason="waiting")

    assert _escalated(manager, hours=48) == 0


def test_a_finished_case_is_left_alone(manager: Actor, waiting: Case) -> None:
    services.cancel_case(actor=manager, case_no=waiting.case_no, reason="mistake")

    assert _escalated(manager, hours=48) == 0


def test_more_than_a_chunk_is_escalated_in_one_run(
    manager: Actor, waiting: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    with time_machine.travel(START, tick=False):
        for _ in range(4):
            services.create_case(actor=manager, case_type="TSTINS")
    monkeypatch.setattr(escalation, "CHUNK", 2)

    assert _escalated(manager, hours=5) == 5
    assert CaseEvent.objects.filter(kind="escalate").count() == 5


def test_only_the_company_asked_for_is_escalated(waiting: Case, outsider: Actor) -> None:
    assert _escalated(outsider, hours=48) == 0
