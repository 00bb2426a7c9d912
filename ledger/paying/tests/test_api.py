"""The calls of paying drivers, from the account to the return (docs/api.md#payout-batches)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from batconnect.core.kernel.actors import Actor
from ledger.models import Dtr, PayoutBatch
from ledger.paying.tests.builders import WHY, due_drivers, return_file, set_up
from ledger.tests.builders import Debtor
from ledger.tests.settlement.builders import at
from tests.cast import StaffClient

Drivers = list[tuple[Debtor, Dtr]]
Clients = Callable[..., StaffClient]


@pytest.fixture
def drivers(manager: Actor) -> Drivers:
    """Two drivers with 200.00 due."""
    set_up(manager)
    return due_drivers(manager, 2)


def add_account(first: StaffClient, second: StaffClient, debtor: Debtor, number: str) -> dict[str, Any]:
    body = {
        "driver_id": debtor.driver.pk,
        "routing_number": "021000021",
        "account_number": number,
        "kind": "Checking",
    }
    asked = first.post("/ledger/payee-accounts", body)
    assert asked.status_code == 202, asked.content
    (row,) = first.get(f"/ledger/payee-accounts?driver_id={debtor.driver.pk}&status=proposed").json()["items"]
    own = first.post(f"/ledger/payee-accounts/{row['id']}/confirm", {})
    assert (own.status_code, own.json()["code"]) == (403, "second_person_required")
    done = second.post(f"/ledger/payee-accounts/{row['id']}/confirm", {})
    assert done.status_code == 200, done.content
    answer: dict[str, Any] = done.json()
    assert number.encode() not in asked.content + done.content
    return answer


def test_from_account_to_return(drivers: Drivers, client_of: Clients) -> None:
    # A token is of its time: each day begins with new ones.
    with at("2026-01-11"):
        first, second = client_of("manager"), client_of("second_manager")
        for place, (debtor, _) in enumerate(drivers):
            shown = add_account(first, second, debtor, f"55566677{place}")
            assert (shown["status"], shown["last_digits"]) == ("confirmed", f"677{place}")
    with at("2026-01-12"):
        first, second = client_of("manager"), client_of("second_manager")
        shown = first.post("/ledger/payout-batches", {"method": "ACH", "dry_run": True})
        assert shown.status_code == 200
        assert (shown.json()["payout_count"], b'"total":400.00' in shown.content) == (2, True)
        assert not PayoutBatch.objects.exists()
        made = first.post("/ledger/payout-batches", {"method": "ACH", "week": "2026-01-04"})
        assert made.status_code == 201, made.content
        path = f"/ledger/payout-batches/{made.json()['id']}"
        early = second.post(f"{path}/approve", {})
        assert (early.status_code, early.json()["code"]) == (409, "payout_batch_not_asked")
        asked = first.post(f"{path}/submit", {"note": "The week"})
        assert asked.status_code == 202
        assert first.get(path).json()["approval_request_id"] == asked.json()["approval_request_id"]
        assert second.post(f"{path}/approve", {}).json()["status"] == "approved"
        assert first.post(f"{path}/build").json()["effective_on"] == "2026-01-13"
        taken = first.post(f"{path}/file", {})
        assert (taken.status_code, taken["Content-Disposition"]) == (
            200,
            'attachment; filename="PB-2026-001.ach"',
        )
        assert taken.content.startswith(b"101 021000021")
        again = first.post(f"{path}/file", {})
        assert (again.status_code, again.json()["code"]) == (409, "payout_file_taken")
        assert first.post(f"{path}/file", {"reason": "The bank lost it."}).content == taken.content
        done = first.post(f"{path}/send").json()
        assert (done["stage"], done["in_transit"], done["sent_on"]) == ("sent", 2, "2026-01-12")
        rows = first.get(f"{path}/payouts?sort_order=asc").json()["items"]
    assert [each["items"][0]["state"] for each in rows] == ["sent", "sent"]
    with at("2026-01-14"):
        first = client_of("manager")
        text = return_file((rows[0]["reference"], "R03", Decimal("200.00"), ""))
        came = first.post("/ledger/payout-returns", {"content": text, "file_name": "r.ach"})
        assert came.status_code == 200, came.content
        assert (came.json()["returned"], came.json()["entries"][0]["payee"]) == (1, "Driver 1")
        other = first.post(f"/ledger/payouts/{rows[1]['id']}/return", {"code": "R01"})
        assert (other.status_code, other.json()["outcome"]) == (200, "returned")
        assert first.get(path).json()["returned"] == 2
        assert first.get("/ledger/payout-returns?outcome=returned").json()["total_items"] == 2


def test_undone_and_refused(drivers: Drivers, client_of: Clients) -> None:
    first, second = client_of("manager"), client_of("second_manager")
    nobody = first.post("/ledger/payout-batches", {"method": "ACH"})
    assert (nobody.status_code, nobody.json()["code"]) == (409, "nobody_to_pay")
    assert {each["code"] for each in nobody.json()["errors"]} == {"no_account"}
    number = drivers[0][1].number
    made = first.post("/ledger/payout-batches", {"method": "Check", "dtr_numbers": [number.lower()]})
    path = f"/ledger/payout-batches/{made.json()['id']}"
    by_hand = first.post(f"/ledger/dtrs/{number}/pay", {"method": "ACH"})
    assert (by_hand.status_code, by_hand.json()["code"]) == (409, "payout_reserved")
    first.post(f"{path}/submit", {})
    assert second.post(f"{path}/reject", {"note": "Not this week"}).json()["status"] == "draft"
    undone = first.post(f"{path}/undo", {"reason": WHY})
    assert (undone.status_code, undone.json()["status"]) == (200, "undone")
    assert first.post(f"/ledger/dtrs/{number}/pay", {"method": "ACH"}).status_code == 200
    assert first.get("/ledger/payout-batches?way=by_hand").json()["total_items"] == 1


def test_holds_and_settings(drivers: Drivers, client_of: Clients) -> None:
    first = client_of("manager")
    body = {"driver_id": drivers[0][0].driver.pk, "reason": WHY}
    assert first.post("/ledger/payee-holds", body).status_code == 201
    assert first.post("/ledger/payee-holds", body).json()["code"] == "payee_held"
    assert first.get("/ledger/payee-holds?is_released=false").json()["total_items"] == 1
    held = f"/ledger/payee-holds?driver_id={body['driver_id']}"
    assert first.get(held).json()["total_items"] == 1
    assert first.get(f"{held}9").json()["total_items"] == 0
    assert first.post("/ledger/payee-holds/release", body).json()["released_by"]
    assert first.post("/ledger/payee-holds/release", body).json()["code"] == "payee_not_held"
    assert first.patch("/ledger/payout-settings", {"minimum": 5}).json()["minimum"] == 5
    assert first.get("/ledger/payout-settings").json()["waiting_days"] == 0
    (setup,) = first.get("/ledger/paying-accounts").json()["items"]
    path = f"/ledger/paying-accounts/{setup['bank_account_id']}"
    wrong = first.patch(path, {"destination": "021000022", "odfi": "1"})
    assert (wrong.status_code, wrong.json()["code"]) == (400, "bad_routing_number")
    balanced = first.patch(path, {"offset_routing": "021000021", "offset_number": "99988877766"})
    assert (balanced.json()["balanced"], balanced.json()["offset_last_digits"]) == (True, "7766")
    assert b"99988877766" not in balanced.content


def test_another_company_finds_nothing(drivers: Drivers, manager: Actor, client_of: Clients) -> None:
    made = client_of("manager").post("/ledger/payout-batches", {"method": "Check"})
    outsider = client_of("outsider")
    path = f"/ledger/payout-batches/{made.json()['id']}"
    assert outsider.get(path).status_code == 404
    assert outsider.post(f"{path}/undo", {"reason": WHY}).status_code == 404
    assert outsider.get("/ledger/payout-batches").json()["total_items"] == 0
    assert client_of("cashier").post("/ledger/payout-batches", {"method": "Check"}).status_code == 403


def test_an_order_from_proposal_to_its_end(drivers: Drivers, client_of: Clients) -> None:
    debtor = drivers[0][0]
    with at("2026-01-12"):
        first, second = client_of("manager"), client_of("second_manager")
        asked = first.post(
            "/ledger/payout-orders",
            {
                "driver_id": debtor.driver.id,
                "kind": "Court",
                "creditor": "Queens Family Court",
                "creditor_code": "qfc",
                "reference": "F-1",
                "rank": 1,
                "percent": "12.5",
                "from_on": "2026-01-01",
            },
        )
        assert asked.status_code == 202, asked.content
        (waits,) = first.get("/ledger/payout-orders?status=proposed").json()["items"]
        path = f"/ledger/payout-orders/{waits['id']}"
        own = first.post(f"{path}/confirm", {})
        assert (own.status_code, own.json()["code"]) == (403, "second_person_required")
        assert second.post(f"{path}/confirm", {}).json()["status"] == "confirmed"
        by_hand = first.post(f"/ledger/dtrs/{drivers[0][1].number}/pay", {"method": "ACH"})
        assert (by_hand.status_code, by_hand.json()["code"]) == (409, "payout_order_applies")
        shown = first.post("/ledger/payout-batches", {"method": "Check", "dry_run": True})
        assert b'"deducted":25.00' in shown.content
        made = first.post("/ledger/payout-batches", {"method": "Check"}).json()
        rows = first.get(f"/ledger/payout-batches/{made['id']}/payouts?sort_order=asc")
        assert b'"creditor":"Queens Family Court"' in rows.content
        assert b'"kept":25.00' in first.get(path).content
        ended = second.post(f"{path}/end", {"reason": WHY})
        assert (ended.status_code, ended.json()["status"]) == (200, "ended")
        again = second.post(f"{path}/end", {"reason": WHY})
        assert (again.status_code, again.json()["code"]) == (409, "payout_order_state")
        faulty = first.post("/ledger/payout-orders", {"driver_id": debtor.driver.id, "kind": "Court"})
        assert faulty.status_code == 400
