"""Overlapping rows at once: each is done once, the other operation says why not, and nobody waits in a circle."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.http import QueryDict

from batconnect.core.console.bulk import services, working
from batconnect.core.console.bulk.actions import find_bulk_action
from batconnect.core.console.bulk.services import begin_operation, confirm_operation, plan_operation
from batconnect.core.database.tenancy import job_actor
from batconnect.core.kernel.actors import Actor
from batconnect.core.models import Approval, BulkOperation, BulkRow, CompanySettings
from ledger.models import Obligation
from ledger.services import write_off
from ledger.tests.builders import charge, make_debtor
from ledger.verification import verify
from tests.cast import NORTH, acting
from tests.races.test_recording import at_once

pytestmark = pytest.mark.django_db(transaction=True)
ROWS = 12
WHY = "They were raised for the wrong week."
PEOPLE = ("manager", "second_manager")


def plan(actor: Actor, code: str, keys: list[Any], **texts: str) -> BulkOperation:
    """An operation on these rows, previewed."""
    action = find_bulk_action(code)
    assert action is not None
    typed = QueryDict(mutable=True)
    typed.update(texts)
    begun = begin_operation(actor=actor, declared=action, rows=action.rows(actor).filter(pk__in=keys))
    assert plan_operation(actor=actor, operation_id=begun.id, answers=typed) is None
    working_on(begun.id)
    begun.refresh_from_db()
    return begun


def working_on(operation_id: UUID) -> None:
    working.work_on(actor=job_actor(company_id=NORTH, job="test"), operation_id=operation_id)


def confirm_at_once(*operations: tuple[str, BulkOperation]) -> list[str]:
    """Both are confirmed together; how each of their rows ended, without those that were left out before."""

    def confirm(number: int) -> None:
        name, operation = operations[number]
        with acting(name) as actor:
            confirm_operation(actor=actor, operation_id=operation.id, version=operation.version)

    at_once(confirm, times=len(operations))
    with acting("manager") as actor:
        waiting = services.unfinished_operations(actor)
    if waiting:
        at_once(lambda number: working_on(waiting[number]), times=len(waiting))
    with acting("manager"):
        assert set(BulkOperation.objects.values_list("state", flat=True)) == {BulkOperation.State.DONE}
        rows = BulkRow.objects.exclude(state=BulkRow.State.LEFT).order_by("operation", "place")
        return [f"{subject}: {state}" for subject, state in rows.values_list("subject_id", "state")]


@pytest.fixture(params=["waited for", "by workers"])
def carried_out(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "by workers":
        monkeypatch.setattr(services, "waits_for", lambda action, total: False)


def test_each_obligation_is_voided_once(carried_out: None) -> None:
    with acting("manager") as manager:
        debtor = make_debtor(manager)
        keys = [charge(manager, debtor, reference_id=f"EZ-{place}").id for place in range(ROWS)]
    operations = []
    for name, chosen in zip(PEOPLE, (keys[:9], keys[3:]), strict=True):
        with acting(name) as actor:
            operations.append((name, plan(actor, "ledger.obligation.void", chosen, reason=WHY)))

    ended = confirm_at_once(*operations)

    done = [each for each in ended if each.endswith(": done")]
    assert sorted(done) == sorted({f"{key}: done" for key in keys})
    assert len(ended) - len(done) == 6
    with acting("manager") as actor:
        assert set(Obligation.objects.values_list("outstanding", flat=True)) == {Decimal(0)}
        assert [each.check for each in verify(actor=actor)] == []


def test_each_request_is_decided_once_from_two_tabs(carried_out: None) -> None:
    with acting("administrator"):
        CompanySettings.objects.update(write_off_approval_limit=Decimal("10.00"))
    with acting("manager") as manager:
        debtor = make_debtor(manager)
        for place in range(ROWS):
            owed = charge(manager, debtor, reference_id=f"EZ-{place}")
            write_off(actor=manager, obligation_id=owed.id, amount=owed.outstanding, reason=WHY)
        keys = list(Approval.objects.values_list("id", flat=True))
    with acting("second_manager") as actor:
        approves = plan(actor, "core.approval.approve", keys)
        rejects = plan(actor, "core.approval.reject", keys, note=WHY, reason=WHY)

    confirm_at_once(("second_manager", approves), ("second_manager", rejects))

    with acting("auditor") as actor:
        decided = list(Approval.objects.values_list("status", flat=True))
        assert Approval.Status.PENDING not in decided
        owed = Obligation.objects.filter(outstanding=0).count()
        assert decided.count(Approval.Status.APPROVED) == owed
        assert [each.check for each in verify(actor=actor)] == []
