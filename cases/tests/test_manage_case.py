"""Hold, release, cancel, reassign; and what other apps report."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import InvalidInput, NotAllowed
from batconnect.core.models import Membership
from cases import services
from cases.errors import CannotTakeCase, CaseNotFound, IllegalTransition, NotGivenBack
from cases.flow import CreatedEntity
from cases.models import Case, CaseEntity, CaseEvent
from cases.tests.conftest import WHOLE

ACTIONS = [
    services.hold_case,
    services.release_case,
    services.cancel_case,
    services.reassign_case,
    services.give_back_case,
]


def _last_event(case: Case) -> CaseEvent:
    event = CaseEvent.objects.filter(case=case).last()
    assert event is not None
    return event


@pytest.mark.parametrize("in_progress", [False, True])
def test_release_returns_to_the_state_before_the_hold(
    manager: Actor, inspection: Case, in_progress: bool
) -> None:
    if in_progress:
        services.submit_step(
            actor=manager, case_no=inspection.case_no, step_id="TSTINS-001", data={"vehicle": "A"}
        )
    before = Case.objects.get(id=inspection.id)

    held = services.hold_case(actor=manager, case_no=inspection.case_no, reason="  waiting for the owner ")
    assert (held.state, held.state_before_hold) == ("On Hold", before.state)
    assert _last_event(inspection).reason == "waiting for the owner"
    services.release_case(actor=manager, case_no=inspection.case_no, reason="owner came")

    after = Case.objects.get(id=inspection.id)
    assert (after.state, after.state_before_hold, after.current_step) == (
        before.state,
        "",
        before.current_step,
    )
    event = _last_event(inspection)
    assert (event.kind, event.from_state, event.to_state) == ("release", "On Hold", before.state)


def test_time_on_hold_does_not_count_against_the_limit(manager: Actor, inspection: Case) -> None:
    due = inspection.action_due_on
    assert due is not None
    with time_machine.travel(datetime(2031, 1, 1, tzinfo=UTC), tick=False) as clock:
        services.hold_case(actor=manager, case_no=inspection.case_no, reason="waiting")
        clock.shift(timedelta(hours=3))
        services.release_case(actor=manager, case_no=inspection.case_no, reason="goes on")

    assert Case.objects.get(id=inspection.id).action_due_on == due + timedelta(hours=3)


def test_a_cancelled_case_takes_nothing_more(
    manager: Actor, inspection: Case, snapshot: Callable[[], Any]
) -> None:
    services.cancel_case(actor=manager, case_no=inspection.case_no, reason="opened twice")
    case = Case.objects.get(id=inspection.id)
    assert (case.state, case.current_step) == ("Cancelled", "")
    assert case.closed_at is not None
    before = snapshot()

    for action in ACTIONS:
        with pytest.raises(IllegalTransition, match="is Cancelled"):
            action(actor=manager, case_no=inspection.case_no, reason="again")
    with pytest.raises(IllegalTransition):
        services.submit_step(
            actor=manager, case_no=inspection.case_no, step_id="TSTINS-001", data={"vehicle": "A"}
        )

    assert snapshot() == before


def test_steps_wait_while_the_case_is_on_hold(
    manager: Actor, inspection: Case, snapshot: Callable[[], Any]
) -> None:
    services.hold_case(actor=manager, case_no=inspection.case_no, reason="waiting")
    before = snapshot()

    with pytest.raises(IllegalTransition, match="is On Hold"):
        services.submit_step(
            actor=manager, case_no=inspection.case_no, step_id="TSTINS-001", data={"vehicle": "A"}
        )

    assert snapshot() == before


@pytest.mark.parametrize("reason", ["", "  ", "no", " no ", "x" * 501])
@pytest.mark.parametrize("action", ACTIONS)
def test_refuses_a_reason_that_says_too_little_or_too_much(
    manager: Actor, inspection: Case, snapshot: Callable[[], Any], action: Any, reason: str
) -> None:
    before = snapshot()

    with pytest.raises(InvalidInput, match="3 to 500"):
        action(actor=manager, case_no=inspection.case_no, reason=reason)

    assert snapshot() == before


@pytest.mark.parametrize("action", ACTIONS)
def test_refuses_a_cashier(
    cashier: Actor, inspection: Case, snapshot: Callable[[], Any], action: Any
) -> None:
    services.submit_step(
        actor=cashier, case_no=inspection.case_no, step_id="TSTINS-001", data={"vehicle": "A"}
    )
    before = snapshot()

    with pytest.raises(NotAllowed, match=r"cases\.manage"):
        action(actor=cashier, case_no=inspection.case_no, reason="because")

    assert snapshot() == before


def test_a_cashier_cancels_the_own_case_in_which_nothing_was_done(cashier: Actor, inspection: Case) -> None:
    services.cancel_case(actor=cashier, case_no=inspection.case_no, reason="opened by mistake")

    event = _last_event(inspection)
    assert (event.kind, event.to_state, event.reason) == ("cancel", "Cancelled", "opened by mistake")


@pytest.mark.parametrize("how", ["another's", "held and released", "held"])
def test_a_cashier_cancels_no_other_case(
    cashier: Actor, manager: Actor, inspection: Case, snapshot: Callable[[], Any], how: str
) -> None:
    case_no = inspection.case_no
    if how == "another's":
        case_no = services.create_case(actor=manager, case_type="TSTINS").case.case_no
    else:
        services.hold_case(actor=manager, case_no=case_no, reason="waiting")
    if how == "held and released":
        services.release_case(actor=manager, case_no=case_no, reason="goes on")
    before = snapshot()

    with pytest.raises(NotAllowed, match=case_no):
        services.cancel_case(actor=cashier, case_no=case_no, reason="opened by mistake")

    assert snapshot() == before


def test_a_reason_is_asked_of_the_cashier_too(
    cashier: Actor, inspection: Case, snapshot: Callable[[], Any]
) -> None:
    before = snapshot()

    with pytest.raises(InvalidInput):
        services.cancel_case(actor=cashier, case_no=inspection.case_no, reason=" x ")

    assert snapshot() == before


@pytest.mark.parametrize("action", ACTIONS)
def test_another_company_does_not_find_the_case(inspection: Case, outsider: Actor, action: Any) -> None:
    with pytest.raises(CaseNotFound):
        action(actor=outsider, case_no=inspection.case_no, reason="because")


def test_reassigns_to_a_member_who_may_take_the_step(manager: Actor, inspection: Case) -> None:
    services.reassign_case(actor=manager, case_no=inspection.case_no, reason="her driver", username="cashier")

    case = Case.objects.get(id=inspection.id)
    assert (case.assigned_to_id, case.state) == (1, "Open")
    event = _last_event(inspection)
    assert (event.kind, event.reason) == ("reassign", "her driver")
    assert event.payload == {"assigned_to": "Merly", "assigned_to_id": 1, "assigned_from_id": None}


def test_without_a_name_the_case_comes_to_who_asks(manager: Actor, inspection: Case) -> None:
    services.reassign_case(actor=manager, case_no=inspection.case_no, reason="I take it")

    assert Case.objects.get(id=inspection.id).assigned_to_id == manager.user_id


@pytest.mark.parametrize("username", ["auditor", "outsider", "nobody", "administrator"])
def test_refuses_to_give_a_case_to_who_may_not_take_it(
    manager: Actor, inspection: Case, snapshot: Callable[[], Any], username: str
) -> None:
    before = snapshot()

    with pytest.raises(CannotTakeCase):
        services.reassign_case(actor=manager, case_no=inspection.case_no, reason="please", username=username)

    assert snapshot() == before


def test_another_app_reopens_a_closed_case_and_moves_by_name(manager: Actor, inspection: Case) -> None:
    services.submit_step(actor=manager, case_no=inspection.case_no, step_id="TSTINS-002", data=dict(WHOLE))

    services.move_case(actor=manager, case=inspection.id, trigger="reopened", reason="void", payload={"n": 1})

    case = Case.objects.get(id=inspection.id)
    assert (case.state, case.closed_at, case.current_step) == ("In Progress", None, "TSTINS-001")
    event = _last_event(inspection)
    assert (event.kind, event.trigger, event.from_state) == ("move", "reopened", "Closed")


def test_refuses_a_named_move_that_is_not_in_the_table(
    manager: Actor, inspection: Case, snapshot: Callable[[], Any]
) -> None:
    before = snapshot()

    with pytest.raises(IllegalTransition):
        services.move_case(actor=manager, case=inspection.case_no, trigger="reopened")

    assert snapshot() == before


def test_an_event_is_added_to_a_closed_case_without_moving_it(manager: Actor, inspection: Case) -> None:
    services.submit_step(actor=manager, case_no=inspection.case_no, step_id="TSTINS-002", data=dict(WHOLE))
    closed = Case.objects.filter(id=inspection.id).values().get()

    services.note_on_case(
        actor=manager,
        case=inspection.case_no,
        trigger="certificate_voided",
        reason="wrong vehicle",
        entities=[CreatedEntity("correction", "C-1", "/corrections/C-1")],
    )

    assert Case.objects.filter(id=inspection.id).values().get() == closed
    event = _last_event(inspection)
    assert (event.kind, event.trigger, event.reason, event.to_state) == (
        "note",
        "certificate_voided",
        "wrong vehicle",
        "Closed",
    )
    assert CaseEntity.objects.filter(case=inspection, entity="correction").exists()


def _who_has(case: Case) -> str | None:
    return Case.objects.values_list("assigned_to__username", flat=True).get(id=case.id)


def test_a_case_is_given_back_to_whom_it_was_assigned(manager: Actor, inspection: Case) -> None:
    case_no = inspection.case_no
    services.reassign_case(actor=manager, case_no=case_no, reason="her driver", username="cashier")
    services.reassign_case(actor=manager, case_no=case_no, reason="I take it")
    services.hold_case(actor=manager, case_no=case_no, reason="waiting")
    services.release_case(actor=manager, case_no=case_no, reason="goes on")
    taken = CaseEvent.objects.filter(case=inspection, kind="reassign").latest("id")

    services.give_back_case(actor=manager, case_no=case_no, reason="wrong one", event_id=taken.id)

    event = _last_event(inspection)
    assert _who_has(inspection) == "cashier"
    assert (event.kind, event.reason, event.payload["takes_back"]) == ("reassign", "wrong one", str(taken.id))
    assert (event.payload["assigned_to_id"], event.payload["assigned_from_id"]) == (
        Case.objects.get(id=inspection.id).assigned_to_id,
        manager.user_id,
    )
    services.give_back_case(actor=manager, case_no=case_no, reason="right after all")
    assert _who_has(inspection) == "manager", "what was taken back is taken back"


def test_a_case_that_nobody_had_goes_back_to_all_who_may_take_its_step(
    manager: Actor, inspection: Case
) -> None:
    services.reassign_case(actor=manager, case_no=inspection.case_no, reason="I take it")

    services.give_back_case(actor=manager, case_no=inspection.case_no, reason="no time")

    assert _who_has(inspection) is None
    assert _last_event(inspection).payload["assigned_to_id"] is None


@pytest.mark.parametrize("how", ["never", "step", "again", "other event", "gone", "cancelled"])
def test_a_case_that_was_moved_since_is_not_given_back(
    manager: Actor, cashier: Actor, inspection: Case, snapshot: Callable[[], Any], how: str
) -> None:
    case_no, named = inspection.case_no, None
    if how != "never":
        services.reassign_case(actor=manager, case_no=case_no, reason="her driver", username="cashier")
        named = _last_event(inspection).id if how != "step" else None
        services.reassign_case(actor=manager, case_no=case_no, reason="I take it")
    if how == "step":
        services.submit_step(actor=manager, case_no=case_no, step_id="TSTINS-001", data={"vehicle": "A"})
    if how == "other event":
        named = uuid4()
    if how == "gone":
        named = None
        Membership.objects.filter(user_id=cashier.user_id).update(is_active=False)
    if how == "cancelled":
        services.cancel_case(actor=manager, case_no=case_no, reason="opened twice")
    before = snapshot()
    refused = {"gone": CannotTakeCase, "cancelled": IllegalTransition}.get(how, NotGivenBack)

    with pytest.raises(refused):
        services.give_back_case(actor=manager, case_no=case_no, reason="wrong one", event_id=named)

    assert snapshot() == before
