"""Above a limit nothing is done by one person, whichever entry point is taken; below it, and with no limit, nobody
waits."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from typing import Any

import pytest
from drf_spectacular.generators import SchemaGenerator

from batconnect.core.approvals.kinds import all_kinds
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.money import LARGEST
from batconnect.core.models import Approval, LimitedAction
from cases.models import Case
from ledger.models import Entry
from ledger.verification import verify
from tests.approvals.entry_points import ALWAYS_WAIT, COUNTED_BY_THEMSELVES, ENTRY_POINTS, Prepare, set_limits
from tests.cast import StaffClient
from tests.digest import assert_nothing_written

EVERY_ENTRY_POINT = pytest.mark.parametrize(
    ("kind", "prepare"), ENTRY_POINTS.values(), ids=list(ENTRY_POINTS)
)
_ID = re.compile(r"(approval|refund|write_off)_request_id")


@pytest.fixture
def boss(client_of: Callable[..., StaffClient], in_north: Any) -> StaffClient:
    """The finance manager's client."""
    return client_of("manager")


@pytest.fixture
def second(client_of: Callable[..., StaffClient], in_north: Any) -> StaffClient:
    """Another finance manager's client."""
    return client_of("second_manager")


def request_of(answer: Any) -> str:
    """The id under which it waits."""
    (request_id,) = [value for name, value in answer.json().items() if _ID.fullmatch(name)]
    return str(request_id)


def decide(client: StaffClient, request_id: str, action: str) -> Any:
    return client.post(f"/api/approvals/{request_id}/{action}", {"reason": "Looked at together"})


def counted(before: Collection[LimitedAction] = ()) -> list[LimitedAction]:
    """What counts toward a limit, without what was done to get ready (a credit is issued before it is refunded)."""
    return [each for each in LimitedAction.objects.order_by("id") if each not in before]


def test_the_table_has_every_call_that_may_answer_that_it_waits(db: None) -> None:
    document = SchemaGenerator().get_schema(request=None, public=True)
    paths, shapes = document["paths"], document["components"]["schemas"]
    waiting = set()
    for path, methods in paths.items():
        for operation in methods.values():
            answer = operation["responses"].get("202", {}).get("content", {}).get("application/json", {})
            shape = answer.get("schema", {}).get("$ref", "").rpartition("/")[2]
            if shape and any(map(_ID.fullmatch, shapes[shape]["properties"])):
                waiting.add(path)

    # A step's answer is its flow's own.
    named = {
        "/" + re.sub(r"<\w+:(\w+)>", r"{\1}", route)
        for route in (*ENTRY_POINTS, *ALWAYS_WAIT)
        if not route.startswith("bpm/")
    }
    assert waiting == named


def test_every_kind_with_a_limit_has_an_entry_point() -> None:
    assert {kind.code for kind in all_kinds() if kind.limit} == {kind for kind, _ in ENTRY_POINTS.values()}


@EVERY_ENTRY_POINT
def test_above_the_limit_it_waits_until_a_second_person_approves(
    boss: StaffClient, second: StaffClient, manager: Actor, kind: str, prepare: Prepare
) -> None:
    attempt = prepare(manager, boss)
    set_limits()
    entries, before = Entry.objects.count(), set(counted())

    requested = attempt.by(boss)
    request_id = request_of(requested)
    waits = Approval.objects.get()
    posted = Entry.objects.count() - entries
    with assert_nothing_written():
        by_requester = decide(boss, request_id, "approve")
    approved = decide(second, request_id, "approve")
    with assert_nothing_written():
        again = [decide(second, request_id, action) for action in ("approve", "reject")]

    assert (requested.status_code, posted) == (202, 0)
    assert (waits.kind, waits.status, str(waits.id)) == (kind, "pending_approval", request_id)
    assert (by_requester.status_code, by_requester.json()["code"]) == (403, "second_person_required")
    assert approved.status_code == 200, approved.content
    assert (approved.json()["status"], approved.json()["decision_reason"]) == (
        "approved",
        "Looked at together",
    )
    assert approved.json()["outcome"] != {}
    assert Entry.objects.count() > entries
    assert {each.json()["code"] for each in again} == {"already_decided"}
    assert set(Entry.objects.exclude(approval_id=None).values_list("approval_id", flat=True)) == {waits.id}
    if kind not in COUNTED_BY_THEMSELVES:
        assert {each.approval_id for each in counted(before)} == {waits.id}
    assert [f"{each.check}: {each.difference}" for each in verify(actor=manager)] == []


@EVERY_ENTRY_POINT
def test_rejected_it_is_as_if_nobody_had_asked_and_can_be_asked_again(
    boss: StaffClient, second: StaffClient, manager: Actor, kind: str, prepare: Prepare
) -> None:
    attempt = prepare(manager, boss)
    set_limits()
    entries, before = Entry.objects.count(), set(counted())

    requested = attempt.by(boss)
    rejected = decide(second, request_of(requested), "reject")
    again = attempt.by(boss)

    assert (rejected.status_code, rejected.json()["status"]) == (200, "rejected")
    assert (again.status_code, Entry.objects.count()) == (202, entries)
    assert counted(before) == []
    assert [f"{each.check}: {each.difference}" for each in verify(actor=manager)] == []


@EVERY_ENTRY_POINT
def test_below_the_limit_nobody_waits_and_it_counts(
    boss: StaffClient, manager: Actor, kind: str, prepare: Prepare
) -> None:
    attempt = prepare(manager, boss)
    set_limits(LARGEST)
    before = set(counted())

    answer = attempt.by(boss)

    assert answer.status_code in (200, 201), answer.content
    assert not Approval.objects.exists()
    if kind not in COUNTED_BY_THEMSELVES:
        assert [(each.approval_id, each.amount > 0) for each in counted(before)] == [(None, True)]


@EVERY_ENTRY_POINT
def test_another_company_finds_no_request(
    boss: StaffClient, client_of: Callable[..., StaffClient], manager: Actor, kind: str, prepare: Prepare
) -> None:
    attempt = prepare(manager, boss)
    set_limits()
    request_id = request_of(attempt.by(boss))
    outsider = client_of("outsider")

    with assert_nothing_written():
        answers = [decide(outsider, request_id, action) for action in ("approve", "reject")]
        answers.append(outsider.get(f"/api/approvals/{request_id}"))

    assert [each.status_code for each in answers] == [404, 404, 404]
    assert outsider.get("/api/approvals").json()["results"] == []


@EVERY_ENTRY_POINT
def test_who_may_not_decide_is_refused(
    boss: StaffClient, client_of: Callable[..., StaffClient], manager: Actor, kind: str, prepare: Prepare
) -> None:
    attempt = prepare(manager, boss)
    set_limits()
    request_id = request_of(attempt.by(boss))

    with assert_nothing_written():
        answers = [
            decide(client_of(name), request_id, action)
            for name in ("cashier", "auditor", "administrator")
            for action in ("approve", "reject")
        ]

    assert {(each.status_code, each.json()["code"]) for each in answers} == {(403, "permission_denied")}


def test_only_loans_leave_a_case_that_waits(boss: StaffClient, second: StaffClient, manager: Actor) -> None:
    _, prepare = ENTRY_POINTS["bpm/case/<str:case_no>"]
    attempt = prepare(manager, boss)
    set_limits()

    requested = attempt.by(boss)
    waits = Case.objects.get()
    with assert_nothing_written():
        twice = attempt.by(boss)
    decide(second, request_of(requested), "approve")

    assert (waits.state, waits.current_step, requested.json()["case_status"]) == (
        "In Progress",
        "",
        "In Progress",
    )
    assert (twice.status_code, twice.json()["code"]) == (409, "illegal_transition")
    assert Case.objects.get().state == "Closed"
