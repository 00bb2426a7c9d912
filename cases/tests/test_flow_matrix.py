"""Each state with each trigger: what the declared table allows happens, everything else is refused.

The test workflow is walked through the services; for every registered flow the whole matrix is compared with
the rows in the database, so that neither has a transition that the other lacks.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from batconnect.core.kernel.actors import Actor
from cases import registry, services
from cases.errors import IllegalTransition
from cases.flow import Flow
from cases.models import Case, CaseTransition
from cases.querysets import find_case_context
from cases.states import CANCEL, HOLD, MANAGING_TRIGGERS, REASSIGN, RELEASE, State
from cases.tests.conftest import WHOLE
from tests.bpm_flows.inspection.flows import Imported, Inspection

_DATA: dict[str, dict[str, Any]] = {"TSTINS-001": {"vehicle": "A"}, "TSTINS-002": WHOLE, "TSTINS-003": {}}
_TRIGGERS = ["TSTINS-001", "TSTINS-002", "TSTINS-003", "reopened", *MANAGING_TRIGGERS]


def _bring_to(actor: Actor, case: Case, state: State) -> None:
    """Walk a new case to the state."""
    match state:
        case State.IN_PROGRESS:
            _fire(actor, case, "TSTINS-001")
        case State.ON_HOLD:
            _fire(actor, case, HOLD)
        case State.CLOSED:
            _fire(actor, case, "TSTINS-002")
        case State.CANCELLED:
            _fire(actor, case, CANCEL)
        case State.OPEN:
            pass


def _fire(actor: Actor, case: Case, trigger: str) -> None:
    actions: dict[str, Callable[..., Any]] = {
        HOLD: services.hold_case,
        RELEASE: services.release_case,
        CANCEL: services.cancel_case,
        REASSIGN: services.reassign_case,
    }
    if trigger in actions:
        actions[trigger](actor=actor, case_no=case.case_no, reason="the matrix")
    elif trigger == "reopened":
        services.move_case(actor=actor, case=case.case_no, trigger=trigger)
    else:
        services.submit_step(actor=actor, case_no=case.case_no, step_id=trigger, data=dict(_DATA[trigger]))


@pytest.mark.parametrize("trigger", _TRIGGERS)
@pytest.mark.parametrize("state", list(State))
def test_a_trigger_does_what_the_table_says_and_nothing_else(
    manager: Actor, snapshot: Callable[[], Any], state: State, trigger: str
) -> None:
    case = services.create_case(actor=manager, case_type="TSTINS").case
    _bring_to(manager, case, state)
    leads_to = {
        row.to_state for row in Inspection.transitions if (row.from_state, row.trigger) == (state, trigger)
    }
    before = snapshot()

    if not leads_to:
        with pytest.raises(IllegalTransition):
            _fire(manager, case, trigger)
        assert snapshot() == before
    else:
        _fire(manager, case, trigger)
        # The case was open when it was put on hold: its release leads back there.
        expected = {State.OPEN} if trigger == RELEASE else leads_to
        assert {Case.objects.get(id=case.id).state} == {target.value for target in expected}


def _every_flow() -> list[Flow]:
    return [*registry.flows(), Inspection(), Imported()]


@pytest.mark.parametrize("flow", _every_flow(), ids=lambda flow: flow.code)
def test_the_rows_are_the_declared_table(manager: Actor, flow: Flow) -> None:
    declared = {(row.from_state.value, row.trigger, row.to_state.value) for row in flow.transitions}

    rows = set(
        CaseTransition.objects.filter(case_type__code=flow.code, is_active=True).values_list(
            "from_state_id", "trigger", "to_state_id"
        )
    )

    assert rows == declared


@pytest.mark.parametrize("flow", _every_flow(), ids=lambda flow: flow.code)
def test_a_new_case_of_every_flow_can_be_moved_only_as_declared(manager: Actor, flow: Flow) -> None:
    case = services.open_case(actor=manager, case_type=flow.code).case
    triggers = {row.trigger for row in flow.transitions} | set(flow.step_ids) | set(MANAGING_TRIGGERS)

    for trigger in sorted(triggers):
        declared = {
            row.to_state.value
            for row in flow.transitions
            if (row.from_state, row.trigger) == (State.OPEN, trigger)
        }
        target = find_case_context(
            actor=manager, case=case.case_no, trigger=trigger, step_id=trigger
        ).to_state
        assert ({target} if target else set()) == declared
