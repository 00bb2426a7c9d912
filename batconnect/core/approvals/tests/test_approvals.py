"""Asking a second person, whatever the kind: who may decide, once, on exactly what was asked for."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction

from batconnect.core.approvals import kinds
from batconnect.core.approvals.errors import ApprovalNotFound
from batconnect.core.approvals.kinds import ApprovalKind, Carried, register_kind
from batconnect.core.approvals.services import About, approve, find_approval, reject, request_approval
from batconnect.core.database.tenancy import company_context, set_company
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Conflict, NotAllowed, Refusal
from batconnect.core.models import Approval, AuditEvent
from tests.cast import NORTH, _actor
from tests.databases import owners_hand
from tests.digest import assert_nothing_written

D = Decimal
done: list[dict[str, Any]] = []
turned_down: list[dict[str, Any]] = []


def _carry_out(actor: Actor, approval: Approval) -> Carried:
    if approval.parameters.get("refuse"):
        raise Conflict("It was done otherwise.")
    done.append({**approval.parameters, "by": actor.user_id})
    return Carried("Done.", {"number": "X-1"}, result=7)


def _turn_down(actor: Actor, approval: Approval) -> None:
    turned_down.append(approval.parameters)


PROBE = ApprovalKind(
    code="probe",
    label="Probe",
    permission="payments.approve_refund",
    view_permission="payments.view",
    trail="core.probe",
    carry_out=_carry_out,
    turn_down=_turn_down,
    limit="refund_approval_limit",
)
OTHER = ApprovalKind(
    code="other_probe",
    label="Other",
    permission="core.manage_users",
    view_permission="core.view",
    trail="core.other_probe",
    carry_out=_carry_out,
    limit="void_approval_limit",
)


@pytest.fixture(autouse=True)
def registered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kinds, "_kinds", dict(kinds._kinds))
    register_kind(PROBE)
    register_kind(OTHER)
    done.clear()
    turned_down.clear()


def ask(
    actor: Actor, kind: ApprovalKind = PROBE, *, holds: str = "", amount: str = "1500.00", **parameters: Any
) -> Approval:
    about = About(
        subject_type="core.probe",
        subject_id="7",
        title="Probe of 1,500.00 USD",
        parameters={"amount": amount, **parameters},
        reason="Because of that",
        amount=D(amount),
        currency="USD",
        holds=holds,
    )
    return request_approval(actor=actor, kind=kind, about=about)


def test_another_person_approves_exactly_what_was_asked_for(manager: Actor, second_manager: Actor) -> None:
    pending = ask(manager, note="to the cent")

    decision = approve(actor=second_manager, approval_id=pending.id, reason=" Agreed ")

    assert done == [{"amount": "1500.00", "note": "to the cent", "by": second_manager.user_id}]
    assert decision.carried is not None
    assert decision.carried.result == 7
    stored = Approval.objects.get()
    assert (stored.status, stored.decision_reason, stored.outcome) == (
        "approved",
        "Agreed",
        {"number": "X-1"},
    )
    assert (stored.requested_by_id, stored.decided_by_id) == (manager.user_id, second_manager.user_id)
    assert [event.action for event in AuditEvent.objects.order_by("at")] == [
        "core.probe_requested",
        "core.probe_approved",
    ]


def test_rejecting_does_nothing_and_frees_what_was_held(manager: Actor, second_manager: Actor) -> None:
    pending = ask(manager)

    decision = reject(actor=second_manager, approval_id=pending.id, reason="Not this year")

    assert (decision.carried, done, turned_down) == (None, [], [{"amount": "1500.00"}])
    assert Approval.objects.get().status == "rejected"


@pytest.mark.parametrize("decide", [approve, reject])
def test_nobody_decides_on_what_they_asked_for(manager: Actor, decide: Any) -> None:
    pending = ask(manager)

    with assert_nothing_written(), pytest.raises(NotAllowed) as refused:
        decide(actor=manager, approval_id=pending.id)

    assert refused.value.code == "second_person_required"
    assert done == turned_down == []


@pytest.mark.parametrize("again", [approve, reject])
@pytest.mark.parametrize("first", [approve, reject])
def test_a_request_is_decided_once(manager: Actor, second_manager: Actor, first: Any, again: Any) -> None:
    pending = ask(manager)
    first(actor=second_manager, approval_id=pending.id)
    before = (list(done), list(turned_down))

    with assert_nothing_written(), pytest.raises(Conflict) as refused:
        again(actor=second_manager, approval_id=pending.id)

    assert refused.value.code == "already_decided"
    assert (done, turned_down) == before


@pytest.mark.parametrize("decide", [approve, reject])
def test_a_job_neither_asks_nor_decides(manager: Actor, decide: Any) -> None:
    pending = ask(manager)
    with company_context(NORTH, job="probe") as job:
        with assert_nothing_written(), pytest.raises(NotAllowed) as refused:
            ask(job)
        assert refused.value.code == "approval_needs_person"
        with assert_nothing_written(), pytest.raises(NotAllowed) as refused:
            decide(actor=job, approval_id=pending.id)
        assert refused.value.code == "second_person_required"


@pytest.mark.parametrize("decide", [approve, reject])
def test_deciding_needs_the_kinds_right(
    manager: Actor, cashier: Actor, second_manager: Actor, decide: Any
) -> None:
    probe, other = ask(manager), ask(manager, OTHER)

    for actor, asked in ((cashier, probe), (second_manager, other)):
        with assert_nothing_written(), pytest.raises(NotAllowed) as refused:
            decide(actor=actor, approval_id=asked.id)
        assert refused.value.code == "permission_denied"


def test_another_company_or_kind_finds_nothing(manager: Actor) -> None:
    pending = ask(manager)
    second = _actor("second_manager")
    with pytest.raises(ApprovalNotFound):
        approve(actor=second, approval_id=pending.id, kind="other_probe")
    outsider = _actor("outsider")

    for decide in (approve, reject):
        with pytest.raises(ApprovalNotFound) as foreign:
            decide(actor=outsider, approval_id=pending.id)
        unknown = uuid4()
        with pytest.raises(ApprovalNotFound) as missing:
            decide(actor=outsider, approval_id=unknown)
        assert str(foreign.value).replace(str(pending.id), "") == str(missing.value).replace(str(unknown), "")
    with pytest.raises(ApprovalNotFound):
        find_approval(actor=outsider, approval_id=pending.id)
    set_company(NORTH, metadata={"job": "test"})
    assert Approval.objects.get().status == "pending_approval"


def test_what_cannot_be_carried_out_goes_on_waiting(manager: Actor, second_manager: Actor) -> None:
    pending = ask(manager, refuse=True)

    with assert_nothing_written(), pytest.raises(Refusal, match="done otherwise"):
        approve(actor=second_manager, approval_id=pending.id)

    reject(actor=second_manager, approval_id=pending.id)
    assert Approval.objects.get().status == "rejected"


def test_the_same_thing_is_not_asked_for_twice_while_it_waits(manager: Actor, second_manager: Actor) -> None:
    pending = ask(manager, holds="thing 1")

    with assert_nothing_written(), pytest.raises(Conflict) as refused:
        ask(second_manager, holds="thing 1")
    ask(second_manager, holds="thing 2")
    ask(second_manager, OTHER, holds="thing 1")
    reject(actor=second_manager, approval_id=pending.id)
    ask(second_manager, holds="thing 1")

    assert refused.value.code == "approval_pending"
    assert Approval.objects.count() == 4


REFUSED_BY_THE_DATABASE = {
    "the requester decides": "status = 'approved', decided_by_id = requested_by_id, decided_at = now()",
    "nobody decides": "status = 'approved'",
    "a decision without a status": "decided_by_id = 5, decided_at = now()",
    "another amount": "amount = 1.00",
    "other parameters": """parameters = '{"amount": "9000.00"}'""",
    "another requester": "requested_by_id = 5",
    "another kind": "kind = 'other_probe'",
    "an outcome of what waits": """outcome = '{"number": "X-2"}'""",
}


@pytest.mark.parametrize("change", REFUSED_BY_THE_DATABASE.values(), ids=list(REFUSED_BY_THE_DATABASE))
def test_the_database_refuses(manager: Actor, change: str) -> None:
    ask(manager)

    # The owner's hand: the app's role lacks most of these rights before any trigger is asked.
    with pytest.raises(DatabaseError), transaction.atomic(), owners_hand(), connection.cursor() as cursor:
        cursor.execute(f"update approvals set {change}")


@pytest.mark.parametrize(
    "statement",
    [
        "update approvals set status = 'rejected'",
        "update approvals set decided_by_id = 1",
        "update approvals set decision_reason = 'Never mind'",
        """update approvals set outcome = '{"number": "X-2"}'""",
        "update approvals set status = 'pending_approval', decided_by_id = null, decided_at = null",
        "delete from approvals",
        "insert into approvals select * from approvals",
    ],
)
def test_the_database_keeps_a_decision(manager: Actor, second_manager: Actor, statement: str) -> None:
    approve(actor=second_manager, approval_id=ask(manager).id)

    # The owner's hand: the app's role lacks most of these rights before any trigger is asked.
    with pytest.raises(DatabaseError), transaction.atomic(), owners_hand(), connection.cursor() as cursor:
        cursor.execute(statement)
