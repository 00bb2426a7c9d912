"""Opening a case."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import NotAllowed
from cases import services
from cases.errors import UnknownCaseType
from cases.models import Case, CaseEvent
from tests.cast import acting


def test_opens_a_case_at_its_first_step(cashier: Actor) -> None:
    with time_machine.travel(datetime(2026, 3, 2, 15, 0, tzinfo=UTC), tick=False):
        opened = services.create_case(actor=cashier, case_type="TSTINS")

    case = Case.objects.get(id=opened.case.id)
    assert re.fullmatch(r"TSTINS\d{6}", case.case_no)
    assert (case.state, case.current_step, case.draft) == ("Open", "TSTINS-001", {})
    assert (case.created_by_id, case.created_by_name) == (cashier.user_id, "Merly")
    assert case.created_on == datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
    assert case.action_due_on == case.created_on + timedelta(hours=4)
    (event,) = CaseEvent.objects.filter(case=case)
    assert (event.kind, event.to_state, event.actor, event.request_id) == (
        "created",
        "Open",
        "Merly",
        "test-request",
    )


def test_numbers_follow_one_another_per_company_without_gaps(cashier: Actor) -> None:
    numbers = [services.create_case(actor=cashier, case_type="TSTINS").case.case_no for _ in range(3)]

    assert numbers == ["TSTINS000001", "TSTINS000002", "TSTINS000003"]


def test_every_company_counts_for_itself(cashier: Actor, outsider: Actor) -> None:
    with acting("cashier") as north:
        first = services.create_case(actor=north, case_type="TSTINS").case.case_no
    with acting("outsider") as south:
        second = services.create_case(actor=south, case_type="TSTINS").case.case_no

    assert first == second == "TSTINS000001"


@pytest.mark.parametrize("code", ["NOPE", "", "tstins", "x" * 500])
def test_refuses_an_unknown_type_and_lists_the_types(
    cashier: Actor, snapshot: Callable[[], Any], code: str
) -> None:
    before = snapshot()

    with pytest.raises(UnknownCaseType, match=r"Case types: .*TSTINS"):
        services.create_case(actor=cashier, case_type=code)

    assert snapshot() == before


def test_refuses_a_type_whose_cases_come_by_import(cashier: Actor, snapshot: Callable[[], Any]) -> None:
    before = snapshot()

    with pytest.raises(UnknownCaseType, match="comes from imports"):
        services.create_case(actor=cashier, case_type="TSTIMP")

    assert snapshot() == before


def test_refuses_who_may_not_work_on_cases(auditor: Actor, snapshot: Callable[[], Any]) -> None:
    before = snapshot()

    with pytest.raises(NotAllowed, match=r"cases\.work"):
        services.create_case(actor=auditor, case_type="TSTINS")

    assert snapshot() == before


def test_an_app_opens_an_imported_case_with_subject_and_draft(manager: Actor) -> None:
    opened = services.open_case(actor=manager, case_type="TSTIMP", subject="Policy 7", draft={"premium": 3})

    case = Case.objects.get(id=opened.case.id)
    assert (case.case_no, case.subject, case.draft) == ("TSTIMP000001", "Policy 7", {"premium": 3})
