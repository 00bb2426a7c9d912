"""What takes back an operation that has to know how each row was: cases go to whom they were assigned before."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from batconnect.core.console.bulk import services
from batconnect.core.console.bulk.actions import BEFORE
from batconnect.core.kernel.actors import Actor
from batconnect.core.models import BulkOperation, BulkRow
from cases import registry
from cases.errors import NotGivenBack
from cases.models import Case, CaseEvent
from cases.services import create_case, reassign_case, submit_step
from console.tests.conftest import ConsoleClient
from console.tests.test_bulk import WHY, confirmed, declared, planned, states, worked_on
from tests.bpm_flows.inspection.flows import Inspection
from tests.cast import _actor

REASSIGN: Final = "cases.case.reassign"


@pytest.fixture(autouse=True)
def inspections() -> Iterator[None]:
    """The test workflow, known in this process while a test runs."""
    registry.register(Inspection)
    yield
    registry.unregister(Inspection.code)


def reassigned(actor: Actor) -> tuple[list[Case], BulkOperation]:
    """Four cases given to the cashier at once: nobody had the first, the manager the others."""
    opened = [create_case(actor=actor, case_type="TSTINS").case for _ in range(4)]
    for each in opened[1:]:
        reassign_case(actor=actor, case_no=each.case_no, reason=WHY)
    keys = [each.pk for each in opened]
    operation = confirmed(actor, planned(actor, REASSIGN, keys, username="cashier", reason=WHY))
    assert states(operation) == ["done"] * 4
    assert set(Case.objects.filter(pk__in=keys).values_list("assigned_to__username", flat=True)) == {
        "cashier"
    }
    return opened, operation


def who_has(cases: list[Case]) -> list[str | None]:
    found = Case.objects.filter(pk__in=[each.pk for each in cases]).order_by("pk")
    return list(found.values_list("assigned_to__username", flat=True))


@pytest.mark.parametrize("how", ["at once", "by a worker"])
def test_cases_go_back_to_who_had_them_where_nobody_moved_them(
    manager: Actor, console_of: Callable[[str], ConsoleClient], how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened, operation = reassigned(manager)
    if how == "by a worker":
        monkeypatch.setattr(services, "waits_for", lambda action, total: False)
    _, _, taken, stepped = opened
    colleague = _actor("second_manager")
    reassign_case(actor=colleague, case_no=taken.case_no, reason="I take it.")
    reassign_case(actor=colleague, case_no=taken.case_no, reason="No, she may.", username="cashier")
    submit_step(actor=_actor("cashier"), case_no=stepped.case_no, step_id="TSTINS-001", data={"vehicle": "A"})
    stepped.refresh_from_db()
    before = who_has([taken, stepped])
    client, address = console_of("manager"), reverse("admin:bulk_operation", args=[operation.id])

    begun = client.post(address, {"do": "undo"})
    client.post(begun["Location"], {"do": "plan", "reason": WHY})
    back = worked_on(BulkOperation.objects.exclude(id=operation.id).get())
    assert states(back) == ["planned", "planned", "left", "left"]
    assert who_has(opened[:2]) == ["cashier", "cashier"], "nothing that is planned has happened"
    client.post(begun["Location"], {"do": "confirm", "version": str(back.version)})
    worked_on(back)
    second = client.post(address, {"do": "undo"}, follow=True).content.decode()

    assert who_has(opened[:2]) == [None, "manager"]
    assert who_has([taken, stepped]) == before
    said = list(BulkRow.objects.filter(operation=back.id, state="left").values_list("said", flat=True))
    assert ["reassigned once more" in said[0], "was not reassigned" in said[1]] == [True, True]
    for case, count in zip(opened[:2], (2, 3), strict=True):
        events = CaseEvent.objects.filter(case=case, kind=CaseEvent.Kind.REASSIGNED).order_by("id")
        assert events.count() == count
        given, taken_back = list(events)[-2:]
        assert taken_back.payload["takes_back"] == str(given.pk)
    assert "There is nothing to take back here." in second


def test_what_it_has_to_know_is_never_changed(manager: Actor) -> None:
    _, operation = reassigned(manager)

    with pytest.raises(IntegrityError), transaction.atomic():
        BulkRow.objects.filter(operation=operation.id).update(kept={})


def test_an_operation_that_kept_nothing_gives_nothing_back(manager: Actor) -> None:
    """As those that were confirmed before operations kept anything."""
    case = create_case(actor=manager, case_type="TSTINS").case
    reassign_case(actor=manager, case_no=case.case_no, reason=WHY, username="cashier")
    give_back = declared("cases.case.give_back").action

    with pytest.raises(NotGivenBack, match="not known any more"):
        give_back.of.run(manager, case, {"reason": WHY, BEFORE: {}})

    assert who_has([case]) == ["cashier"]
