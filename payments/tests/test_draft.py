"""INTPAY-001 keeps a draft; INTPAY-002 then needs only the allocations (docs/domain.md#interim-payments)."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest

from batconnect.core.kernel.actors import Actor
from cases.models import Case, CaseEvent
from payments.tests.builders import Debtor, make_jane_roe
from payments.tests.conftest import SEED_ALLOCATIONS, SEED_DATA
from tests.cast import StaffClient
from tests.digest import assert_nothing_written

HEAD = {name: value for name, value in SEED_DATA.items() if name != "allocations"}


@pytest.fixture
def enter(api: StaffClient, case_no: str) -> Any:
    def post(**changes: Any) -> Any:
        return api.post(f"/bpm/case/{case_no}", {"step_id": "INTPAY-001", "data": {**HEAD, **changes}})

    return post


def test_details_are_kept(john: Debtor, enter: Any, case_no: str) -> None:
    answer = enter()

    assert answer.status_code == 200, answer.content
    case = Case.objects.get(case_no=case_no)
    assert (case.state, case.subject) == ("In Progress", "John Doe, LS-2054")
    assert case.draft == {
        "driver_id": 101,
        "lease_id": 2054,
        "total_amount": "600.00",
        "payment_method": "ACH",
        "payment_date": "2025-10-20",
        "reference_number": "",
        "notes": "Partial payment for repairs and lease.",
    }


def test_allocations_are_enough_then(john: Debtor, enter: Any, api: StaffClient, case_no: str) -> None:
    enter()

    answer = api.post(
        f"/bpm/case/{case_no}", {"step_id": "INTPAY-002", "data": {"allocations": SEED_ALLOCATIONS}}
    )

    assert answer.status_code == 200, answer.content
    assert answer.json()["total_amount"] == Decimal("600.00")


def test_fields_sent_win_and_the_event_shows_both(
    john: Debtor, enter: Any, api: StaffClient, case_no: str
) -> None:
    enter()

    answer = api.post(
        f"/bpm/case/{case_no}",
        {
            "step_id": "INTPAY-002",
            "data": {"allocations": SEED_ALLOCATIONS, "total_amount": "650.00", "payment_method": "Cash"},
        },
    )

    assert answer.json()["total_amount"] == Decimal("650.00")
    event = CaseEvent.objects.get(step_id="INTPAY-002")
    assert event.payload["data"]["total_amount"] == Decimal("650.00")
    assert event.payload["draft"]["total_amount"] == Decimal("600.00")
    page = api.get(f"/bpm/case/{case_no}").content
    assert page.count(b'"total_amount":650.00') == 1
    assert b'"amount":265.00' in page
    assert not re.search(rb'amount":"', page)


def test_details_can_be_entered_again(john: Debtor, enter: Any, case_no: str) -> None:
    enter()
    enter(total_amount="50.00")

    assert Case.objects.get(case_no=case_no).draft["total_amount"] == "50.00"


def test_fetch_follows_the_draft(john: Debtor, enter: Any, api: StaffClient, case_no: str) -> None:
    enter()

    body = api.get(f"/bpm/case/{case_no}/INTPAY-002").json()

    assert body["total_outstanding"] == Decimal("2156.50")
    assert len(body["obligations"]) == 7


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"driver_id": 999}, 404),
        ({"lease_id": 999}, 404),
        ({"total_amount": 0}, 400),
        ({"payment_method": "UPI"}, 400),
        ({"payment_date": "2999-01-01"}, 400),
        ({"allocations": SEED_ALLOCATIONS}, 400),
    ],
)
def test_refuses_wrong_details(john: Debtor, enter: Any, changes: dict[str, Any], status: int) -> None:
    with assert_nothing_written():
        answer = enter(**changes)

    assert answer.status_code == status, answer.content


DRAFT = {
    "driver_id": 101,
    "lease_id": "LS-2054",
    "lease_id_pk": 2054,
    "total_amount": Decimal("600.00"),
    "payment_method": "ACH",
    "payment_date": "2025-10-20",
    "reference_number": "",
    "notes": "Partial payment for repairs and lease.",
}


@pytest.mark.parametrize("step", ["INTPAY-001", "INTPAY-001?tlc_license_no=00504124", "INTPAY-002"])
def test_every_fetch_shows_the_draft(
    john: Debtor, enter: Any, api: StaffClient, case_no: str, step: str
) -> None:
    enter()

    answer = api.get(f"/bpm/case/{case_no}/{step}")

    draft = answer.json()["draft"]
    assert draft.pop("driver")["full_name"] == "John Doe"
    assert draft == DRAFT
    assert b'"total_amount":600.00' in answer.content


@pytest.mark.parametrize("step", ["INTPAY-001", "INTPAY-002?driver_id=101"])
def test_there_is_no_draft_before_it_is_entered(
    john: Debtor, api: StaffClient, case_no: str, step: str
) -> None:
    assert api.get(f"/bpm/case/{case_no}/{step}").json()["draft"] is None


def test_another_driver_than_the_drafts_is_refused(
    john: Debtor, enter: Any, api: StaffClient, case_no: str, manager: Actor
) -> None:
    make_jane_roe(manager)
    enter()

    with assert_nothing_written():
        answer = api.get(f"/bpm/case/{case_no}/INTPAY-002?driver_id=102")

    assert (answer.status_code, answer.json()["code"]) == (400, "draft_contradicted")
    assert answer.json()["errors"][0]["field"] == "driver_id"
    assert "101" in answer.json()["detail"]
    assert api.get(f"/bpm/case/{case_no}/INTPAY-002?driver_id=101").status_code == 200
