"""Asking a second person, whatever the kind: who may decide, once, on exactly what was asked for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.db import DatabaseError, connection, transaction

from batconnect.core.actors import Actor
from batconnect.core.approvals import kinds
from batconnect.core.approvals.errors import ApprovalNotFound
from batconnect.core.approvals.kinds import ApprovalKind, Carried, register_kind
from batconnect.core.approvals.limits import Deed, deeds_done, find_excess
from batconnect.core.approvals.models import Approval, LimitedDeed
from batconnect.core.approvals.services import About, approve, find_approval, reject, request_approval
from batconnect.core.errors import Conflict, NotAllowed, Refusal
from batconnect.core.models import AuditEvent, CompanySettings
from batconnect.core.rows import insert_many
from batconnect.core.tenancy import company_context, set_company
from batconnect.directory.models import Customer
from tests.cast import NORTH, SOUTH, _actor
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
def registered(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(kinds, "_kinds", dict(kinds._kinds))
    register_kind(PROBE)
    register_kind(OTHER)
    done.clear()
    turned_down.clear()
    yield


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
    asked = ask(manager, note="to the cent")

    decision = approve(actor=second_manager, approval_id=asked.id, reason=" Agreed ")

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
    asked = ask(manager)

    decision = reject(actor=second_manager, approval_id=asked.id, reason="Not this year")

    assert (decision.carried, done, turned_down) == (None, [], [{"amount": "1500.00"}])
    assert Approval.objects.get().status == "rejected"


@pytest.mark.parametrize("decide", [approve, reject])
def test_nobody_decides_on_what_they_asked_for(manager: Actor, decide: Any) -> None:
    asked = ask(manager)

    with assert_nothing_written(), pytest.raises(NotAllowed) as refused:
        decide(actor=manager, approval_id=asked.id)

    assert refused.value.code == "second_person_required"
    assert done == turned_down == []


@pytest.mark.parametrize("again", [approve, reject])
@pytest.mark.parametrize("first", [approve, reject])
def test_a_request_is_decided_once(manager: Actor, second_manager: Actor, first: Any, again: Any) -> None:
    asked = ask(manager)
    first(actor=second_manager, approval_id=asked.id)
    before = (list(done), list(turned_down))

    with assert_nothing_written(), pytest.raises(Conflict) as refused:
        again(actor=second_manager, approval_id=asked.id)

    assert refused.value.code == "already_decided"
    assert (done, turned_down) == before


@pytest.mark.parametrize("decide", [approve, reject])
def test_a_job_neither_asks_nor_decides(manager: Actor, decide: Any) -> None:
    asked = ask(manager)
    with company_context(NORTH, job="probe") as job:
        with assert_nothing_written(), pytest.raises(NotAllowed) as refused:
            ask(job)
        assert refused.value.code == "approval_needs_person"
        with assert_nothing_written(), pytest.raises(NotAllowed) as refused:
            decide(actor=job, approval_id=asked.id)
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
    asked = ask(manager)
    second = _actor("second_manager")
    with pytest.raises(ApprovalNotFound):
        approve(actor=second, approval_id=asked.id, kind="other_probe")
    outsider = _actor("outsider")

    for decide in (approve, reject):
        with pytest.raises(ApprovalNotFound) as foreign:
            decide(actor=outsider, approval_id=asked.id)
        unknown = uuid4()
        with pytest.raises(ApprovalNotFound) as missing:
            decide(actor=outsider, approval_id=unknown)
        assert str(foreign.value).replace(str(asked.id), "") == str(missing.value).replace(str(unknown), "")
    with pytest.raises(ApprovalNotFound):
        find_approval(actor=outsider, approval_id=asked.id)
    set_company(NORTH, metadata={"job": "test"})
    assert Approval.objects.get().status == "pending_approval"


def test_what_cannot_be_carried_out_goes_on_waiting(manager: Actor, second_manager: Actor) -> None:
    asked = ask(manager, refuse=True)

    with assert_nothing_written(), pytest.raises(Refusal, match="done otherwise"):
        approve(actor=second_manager, approval_id=asked.id)

    reject(actor=second_manager, approval_id=asked.id)
    assert Approval.objects.get().status == "rejected"


def test_the_same_thing_is_not_asked_for_twice_while_it_waits(manager: Actor, second_manager: Actor) -> None:
    asked = ask(manager, holds="thing 1")

    with assert_nothing_written(), pytest.raises(Conflict) as refused:
        ask(second_manager, holds="thing 1")
    ask(second_manager, holds="thing 2")
    ask(second_manager, OTHER, holds="thing 1")
    reject(actor=second_manager, approval_id=asked.id)
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

    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
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

    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


# --- limits -----------------------------------------------------------------------------------------------------


@pytest.fixture
def customers(manager: Actor) -> tuple[Customer, Customer]:
    """Two customers of north."""
    made = [Customer(company_id=NORTH, name=name) for name in ("Acme", "Brown")]
    insert_many(made)
    return made[0], made[1]


def deed(customer: Customer, amount: str, subject: str = "P-1", currency: str = "USD") -> Deed:
    return Deed(subject_id=subject, customer_id=customer.id, amount=D(amount), currency=currency)


def count(actor: Actor, *deeds: Deed, kind: ApprovalKind = PROBE) -> None:
    insert_many(deeds_done(actor=actor, kind=kind, deeds=deeds))


def is_above(actor: Actor, *deeds: Deed, kind: ApprovalKind = PROBE) -> bool:
    return find_excess(actor=actor, kind=kind, deeds=deeds) is not None


def test_exactly_the_limit_is_within_it(manager: Actor, customers: tuple[Customer, Customer]) -> None:
    acme, _ = customers

    assert not is_above(manager, deed(acme, "1000.00"))
    assert is_above(manager, deed(acme, "1000.01"))
    count(manager, deed(acme, "400.00"))
    assert not is_above(manager, deed(acme, "600.00"))
    found = find_excess(actor=manager, kind=PROBE, deeds=[deed(acme, "600.01")])
    assert found is not None
    assert (found.limit, found.counted) == (D("1000.00"), D("400.00"))
    assert found.sentence == "600.01 with the 400.00 of the last 30 days is above the limit of 1,000.00"


def test_slices_count_whoever_did_them(
    manager: Actor, second_manager: Actor, customers: tuple[Customer, Customer]
) -> None:
    acme, brown = customers
    count(second_manager, deed(acme, "1000.00"))

    assert is_above(manager, deed(acme, "0.01"))
    # The customer's day: another payment of the same customer, and one of somebody else.
    assert is_above(manager, deed(acme, "0.01", "P-2"))
    assert not is_above(manager, deed(brown, "1000.00", "P-3"))
    # Another kind has a limit of its own, and another currency is another sum.
    CompanySettings.objects.update(void_approval_limit=D("1000.00"))
    assert not is_above(_actor("manager"), deed(acme, "1000.00"), kind=OTHER)
    assert not is_above(manager, deed(acme, "1000.00", currency="EUR"))


def test_several_at_once_are_added_up(manager: Actor, customers: tuple[Customer, Customer]) -> None:
    acme, brown = customers

    assert is_above(manager, deed(acme, "600.00", "P-1"), deed(acme, "600.00", "P-2"))
    assert not is_above(manager, deed(acme, "600.00", "P-1"), deed(brown, "600.00", "P-2"))
    assert not is_above(manager)


# North is New York's: its day ends at 04:00 UTC in summer.
MIDNIGHT = datetime(2026, 7, 2, 4, tzinfo=UTC)


def test_the_customers_day_ends_at_the_companys_midnight(
    manager: Actor, customers: tuple[Customer, Customer]
) -> None:
    acme, _ = customers
    with time_machine.travel(MIDNIGHT - timedelta(seconds=1), tick=False) as clock:
        count(manager, deed(acme, "1000.00", "P-1"))
        assert is_above(manager, deed(acme, "0.01", "P-2"))

        clock.move_to(MIDNIGHT, tick=False)
        assert not is_above(manager, deed(acme, "1000.00", "P-2"))
        # The payment itself goes on counting for thirty days.
        assert is_above(manager, deed(acme, "0.01", "P-1"))


@pytest.mark.parametrize(("later", "counts"), [(30, True), (31, False)])
def test_a_payments_month(
    manager: Actor, customers: tuple[Customer, Customer], later: int, counts: bool
) -> None:
    acme, _ = customers
    with time_machine.travel(MIDNIGHT - timedelta(seconds=1), tick=False) as clock:
        count(manager, deed(acme, "1000.00"))
        clock.move_to(MIDNIGHT - timedelta(seconds=1) + timedelta(days=later), tick=False)

        assert is_above(manager, deed(acme, "0.01")) is counts


def test_a_limit_that_is_off_asks_nobody_and_counts_all_the_same(
    manager: Actor, customers: tuple[Customer, Customer]
) -> None:
    acme, _ = customers
    assert not is_above(manager, deed(acme, "999999999.99"), kind=OTHER)
    count(manager, deed(acme, "500.00"), kind=OTHER)

    CompanySettings.objects.update(void_approval_limit=D("500.00"))

    assert is_above(_actor("manager"), deed(acme, "0.01"), kind=OTHER)


def test_what_was_counted_is_never_taken_back(manager: Actor, customers: tuple[Customer, Customer]) -> None:
    count(manager, deed(customers[0], "1.00"))

    for statement in ("delete from limited_deeds", "update limited_deeds set amount = 2"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    assert LimitedDeed.objects.count() == 1


def test_another_company_counts_nothing_of_it(manager: Actor, customers: tuple[Customer, Customer]) -> None:
    acme, _ = customers
    count(manager, deed(acme, "1000.00"))
    set_company(SOUTH, metadata={"job": "test"})

    assert LimitedDeed.objects.count() == 0
