"""Lease corrections over HTTP and in the console (docs/domain.md#lease-corrections)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from batconnect.core.console.confirmations import SEEN
from batconnect.core.kernel.actors import Actor
from batconnect.directory.models import Lease
from ledger.tests.builders import Debtor
from ledger.tests.settlement.builders import WEEK, at, make_driver, settle, settle_from
from payments.models import LeaseCorrection
from payments.tests.billing import post
from payments.tests.builders import new_key
from tests.cast import StaffClient
from tests.console import browser
from tests.digest import assert_nothing_written

PATH = "/ledger/lease-corrections"
FIRST = date(2026, 1, 4)
WHY = "He gave it back on that day."
CHANGE = {"lease_id": "LS-2054", "kind": "end", "day": "2026-01-07"}


@pytest.fixture
def john(manager: Actor) -> Debtor:
    """John, whose first week is settled."""
    job = settle_from(FIRST + WEEK)
    john = make_driver(manager)
    with at(FIRST + WEEK, "05:00"):
        settle(job, FIRST)
    return john


@pytest.fixture
def sign_in(client_of: Callable[..., StaffClient]) -> Callable[[str], StaffClient]:
    """Clients whose token is of the day on which the tests are."""

    def then(username: str) -> StaffClient:
        with at("2026-01-13"):
            return client_of(username)

    return then


@pytest.fixture
def api(sign_in: Callable[[str], StaffClient]) -> StaffClient:
    return sign_in("manager")


def preview(api: StaffClient, change: dict[str, Any]) -> Any:
    return api.post(f"{PATH}/preview", change)


def test_proposed_done_listed_and_undone(api: StaffClient, john: Debtor) -> None:
    with at("2026-01-13"):
        with assert_nothing_written():
            proposed = preview(api, CHANGE)
        body = {**CHANGE, "proposal": proposed.json()["proposal"], "reason": WHY}
        key = {"Idempotency-Key": new_key()}
        done = post(api, PATH, body, **key)
        again = post(api, PATH, body, **key)
        listed = api.get(PATH, {"kind": "end"}).json()
        one = api.get(f"{PATH}/{done.json()['id']}")
        undone = post(api, f"{PATH}/{done.json()['id']}/undo", {"reason": WHY})

    assert proposed.status_code == 200
    assert b'"charges":0.00' in proposed.content
    assert b'"credits":214.29' in proposed.content
    assert (done.status_code, again.json()) == (201, done.json())
    assert [each["number"] for each in listed["results"]] == ["LCR-2026-001"]
    assert b'"amount":-214.29' in one.content
    assert undone.json()["is_undone"] is True
    assert Lease.objects.get(pk=john.lease.pk).status == "Active"


@pytest.mark.parametrize(
    ("more", "status", "field"),
    [
        ({"lease_id": "LS-9999"}, 404, "lease_id"),
        ({"lease_id": 9_999_999}, 404, "lease_id"),
        ({"kind": "other"}, 400, "kind"),
        ({"day": "2026-02-30"}, 400, "day"),
        ({"kind": "driver"}, 400, "driver_id"),
        ({"kind": "rate"}, 400, "weekly_amount"),
        ({"weekly_amount": "1.00"}, 400, "weekly_amount"),
        ({"kind": "rate", "weekly_amount": "1.001"}, 400, "weekly_amount"),
        ({"kind": "rate", "weekly_amount": Decimal("1.5")}, 200, ""),
        ({"kind": "driver", "driver_id": 9_999_999}, 404, "driver_id"),
        ({"day": "1026-01-01"}, 400, ""),
        ({"shade": "red"}, 400, "shade"),
    ],
)
def test_what_is_asked_wrongly_names_its_field(
    api: StaffClient, john: Debtor, more: dict[str, Any], status: int, field: str
) -> None:
    with at("2026-01-13"), assert_nothing_written():
        answer = preview(api, CHANGE | more)

    assert answer.status_code == status, answer.content
    if field:
        assert field in str(answer.json())


@pytest.mark.parametrize(("username", "status"), [("outsider", 404), ("cashier", 403), ("auditor", 403)])
def test_others_are_refused(
    sign_in: Callable[[str], StaffClient], john: Debtor, username: str, status: int
) -> None:
    client = sign_in(username)
    with at("2026-01-13"), assert_nothing_written():
        answer = preview(client, CHANGE)

    assert answer.status_code == status


def test_another_companys_correction_is_not_found(
    api: StaffClient, sign_in: Callable[[str], StaffClient], john: Debtor
) -> None:
    outsider = sign_in("outsider")
    with at("2026-01-13"):
        seen = preview(api, CHANGE).json()["proposal"]
        made = post(api, PATH, {**CHANGE, "proposal": seen, "reason": WHY}).json()["id"]

        assert outsider.get(f"{PATH}/{made}").json()["code"] == "lease_correction_not_found"
        assert post(outsider, f"{PATH}/{made}/undo", {"reason": WHY}).status_code == 404


def test_the_leases_page_shows_it_first_and_does_exactly_that(john: Debtor) -> None:
    console = browser("manager")
    page = reverse("admin:directory_lease_correct_weeks", args=[john.lease.pk])
    typed = {"kind": "end", "day": "2026-01-07", "reason": WHY}
    with at("2026-01-13"):
        shown = console.post(page, typed)
        assert not LeaseCorrection.objects.exists()
        done = console.post(page, typed | {SEEN: shown.context["preview"].digest})

    text = shown.content.decode()
    assert "0.00 charged and 214.29 credited, dated today" in text
    assert "2026-01-04" in text
    assert done.status_code == 302
    assert LeaseCorrection.objects.get().number == "LCR-2026-001"
