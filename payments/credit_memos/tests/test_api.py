"""The calls on credit memos."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from batconnect.core.kernel.actors import Actor
from ledger.models import Entry, Obligation
from payments.credit_memos.tests.builders import (
    REASON,
    assert_clean,
    credit,
    fresh,
    memo_of,
    taxed_invoice,
    toll,
)
from payments.models import CreditMemo
from payments.tests.billing import make_customer, post
from payments.tests.builders import Debtor, make_jane_roe, new_key, pay
from tests.cast import StaffClient

pytestmark = pytest.mark.django_db
MEMOS = "/api/accounting/credit-memos"
D = Decimal


@pytest.fixture
def desk(client_of: Callable[..., StaffClient], in_north: Any) -> StaffClient:
    """The finance manager's client."""
    return client_of("manager")


@pytest.fixture
def memo(manager: Actor, john: Debtor) -> CreditMemo:
    """45.00 of credit, all of it left."""
    item = toll(manager, john)
    pay(manager, "45.00", ("EZPass", "EZ-1", "45.00"))
    return memo_of(credit(manager, item))


def test_issues_reads_and_lists(desk: StaffClient, manager: Actor, john: Debtor) -> None:
    item = toll(manager, john)

    made = post(desk, MEMOS, {"obligation_id": str(item.id), "amount": "20.00", "reason": REASON})

    assert made.status_code == 201, made.content
    document = made.json()
    assert (document["number"], document["status"]) == (CreditMemo.objects.get().number, "used")
    assert b'"applied":20.00' in made.content
    assert document["debits"] == [
        {
            "account": "recovered:EZPASS",
            "invoice_line": None,
            "rate": None,
            "amount": D("20.00"),
            "voided": D("0.00"),
        }
    ]
    assert document["allocations"][0]["credit_memo_id"] == document["id"]
    assert document["allocations"][0]["payment_id"] is None
    read = desk.get(made["Location"])
    assert (read.json(), read["ETag"]) == (document, made["ETag"])
    listed = desk.get(MEMOS, {"status": "used", "obligation_id": str(item.id)}).json()
    assert [each["number"] for each in listed["results"]] == [document["number"]]
    explained = desk.get(f"{made['Location']}/explain").json()
    assert explained["explanation"] == f"{document['number']} has 0.00 left: issued 20.00, applied -20.00."


def test_the_same_key_issues_once(desk: StaffClient, manager: Actor, john: Debtor) -> None:
    item, key = toll(manager, john), new_key()
    body = {"obligation_id": str(item.id), "amount": "20.00", "reason": REASON}

    first, second = (post(desk, MEMOS, body, **{"Idempotency-Key": key}) for _ in range(2))

    assert second["Idempotent-Replayed"] == "true"
    assert first.json() == second.json()
    assert CreditMemo.objects.count() == 1


def test_credits_lines_of_an_invoice(desk: StaffClient, manager: Actor) -> None:
    invoice = taxed_invoice(manager, make_customer(manager), "100.00", "50.00")

    made = post(
        desk,
        MEMOS,
        {
            "invoice_id": str(invoice.id),
            "lines": [{"line": 1, "net": "10.00"}, {"line": 2}],
            "reason": REASON,
        },
    )

    assert [(each["account"], each["invoice_line"], each["amount"]) for each in made.json()["debits"]] == [
        ("income:invoices", 1, D("10.00")),
        ("tax_payable", 1, D("0.89")),
        ("income:invoices", 2, D("50.00")),
        ("tax_payable", 2, D("4.44")),
    ]
    explained = desk.get(f"/api/invoices/{invoice.id}/explain").json()
    assert explained["summary"]["credits_applied"] == D("-65.33")


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({}, "one_subject", "obligation_id"),
        (
            {"customer_id": str(uuid4()), "amount": "1.00", "category": "LEASE"},
            "customer_not_found",
            "customer_id",
        ),
        ({"obligation_id": str(uuid4()), "amount": "1.00"}, "not_found", None),
        ({"invoice_id": str(uuid4())}, "invoice_not_found", None),
        ({"driver_id": 101, "lease_id": 2054, "category": "LEASE"}, "validation_failed", "amount"),
        ({"driver_id": 101, "amount": "1.00", "category": "LEASE"}, "lease_required", "lease_id"),
        ({"obligation_id": str(uuid4()), "lines": [{"line": 1}]}, "validation_failed", "invoice_id"),
        ({"obligation_id": str(uuid4()), "amount": "1.005"}, "validation_failed", "amount"),
    ],
)
def test_refuses_what_names_nothing_to_credit(
    desk: StaffClient, john: Debtor, body: dict[str, Any], code: str, field: str | None
) -> None:
    answer = post(desk, MEMOS, {"reason": REASON, **body})

    assert answer.status_code in (400, 404), answer.content
    problem = answer.json()
    if code != "validation_failed":
        assert problem["code"] == code
    if field:
        assert field in [each["field"] for each in problem["errors"]]
    assert not CreditMemo.objects.exists()


def test_is_applied_undone_and_voided(desk: StaffClient, manager: Actor, memo: CreditMemo) -> None:
    item = Obligation.objects.get(reference_id="EZ-88213")
    at = f"{MEMOS}/{memo.id}"

    applied = post(desk, f"{at}/allocations", {"obligation_id": str(item.id), "amount": "20.00"})
    assert applied.status_code == 201, applied.content
    assert b'"left":25.00' in applied.content
    preview = post(desk, f"{at}/allocations/auto", {"strategy": "hierarchy", "preview": True})
    assert preview.status_code == 200
    before = post(desk, f"{at}/allocations/auto", {"strategy": "hierarchy"}, **{"If-Match": '"another"'})
    assert before.status_code == 412
    auto = post(
        desk, f"{at}/allocations/auto", {"strategy": "hierarchy", "plan_hash": preview.json()["plan_hash"]}
    )
    assert auto.status_code == 201, auto.content
    assert b'"left":0.00' in auto.content
    undone = desk.post(f"/api/operations/{auto.json()['operation_id']}/undo", {"reason": REASON})
    assert undone.status_code == 200, undone.content
    assert (undone.json()["payments"], [each["left"] for each in undone.json()["credit_memos"]]) == (
        [],
        [D("25.00")],
    )
    allocation = applied.json()["allocations"][0]["id"]
    back = post(desk, f"{at}/allocations/{allocation}/void", {"reason": REASON})
    assert b'"left":45.00' in back.content
    stale = post(desk, f"{at}/void", {"reason": REASON}, **{"If-Match": applied["ETag"]})
    assert stale.status_code == 412
    voided = post(desk, f"{at}/void", {"reason": REASON}, **{"If-Match": back["ETag"]})
    assert (voided.status_code, voided.json()["status"]) == (200, "voided")
    again = post(desk, f"{at}/allocations", {"obligation_id": str(item.id), "amount": "1.00"})
    assert (again.status_code, again.json()["code"]) == (409, "credit_voided")
    assert_clean(manager)


def test_earns_no_discount(desk: StaffClient, memo: CreditMemo) -> None:
    answer = post(
        desk,
        f"{MEMOS}/{memo.id}/allocations/auto",
        {"strategy": "fifo", "apply_early_payment_discount": True},
    )

    assert answer.status_code == 400


def test_is_paid_back(desk: StaffClient, memo: CreditMemo) -> None:
    paid = post(desk, f"{MEMOS}/{memo.id}/refund", {"amount": "30.00", "reason": REASON, "reference": "T-1"})

    assert paid.status_code == 201, paid.content
    assert (paid.json()["disbursement"]["method"], paid.json()["credit_memo"]["left"]) == ("ach", D("15.00"))
    assert len(paid.json()["warnings"]) == 1
    for body, status, code in (
        ({"amount": "15.01"}, 409, "above_left"),
        ({"method": "shells"}, 400, "unknown_method"),
        ({"method": "cash"}, 409, "drawer_short"),
        ({"bank_account_id": str(uuid4())}, 404, "bank_account_not_found"),
    ):
        refused = post(desk, f"{MEMOS}/{memo.id}/refund", {"reason": REASON, **body})
        codes = {refused.json()["code"], *(each["code"] for each in refused.json().get("errors", ()))}
        assert (refused.status_code, code in codes) == (status, True), refused.content
    assert CreditMemo.objects.get().left == D("15.00")


def test_above_the_limit_both_wait_for_another_user(
    desk: StaffClient, client_of: Callable[..., StaffClient], manager: Actor, john: Debtor
) -> None:
    item = toll(manager, john, "2000.00")
    pay(manager, "2000.00", ("EZPass", "EZ-1", "2000.00"))

    waits = post(desk, MEMOS, {"obligation_id": str(item.id), "reason": REASON})

    assert waits.status_code == 202, waits.content
    assert not CreditMemo.objects.exists()
    twice = post(desk, MEMOS, {"obligation_id": str(item.id), "reason": REASON})
    assert (twice.status_code, twice.json()["code"]) == (409, "approval_pending")
    request = f"/api/approvals/{waits.json()['approval_request_id']}"
    second = client_of("second_manager")
    assert desk.post(f"{request}/approve", {}).status_code == 403
    assert second.post(f"{request}/approve", {}).status_code == 200
    memo = CreditMemo.objects.get()
    assert memo.left == D("2000.00")
    refund = post(desk, f"{MEMOS}/{memo.id}/refund", {"reason": REASON})
    assert refund.status_code == 202, refund.content
    assert refund.json()["credit_memo"]["reserved"] == D("2000.00")
    held = post(desk, f"{MEMOS}/{memo.id}/void", {"reason": REASON})
    assert (held.status_code, held.json()["code"]) == (409, "refund_pending")
    request = f"/api/approvals/{refund.json()['approval_request_id']}"
    assert second.post(f"{request}/reject", {}).status_code == 200
    assert CreditMemo.objects.get().reserved == D("0.00")
    refund = post(desk, f"{MEMOS}/{memo.id}/refund", {"reason": REASON})
    request = f"/api/approvals/{refund.json()['approval_request_id']}"
    assert second.post(f"{request}/approve", {}).status_code == 200
    assert CreditMemo.objects.get().refunded == D("2000.00")
    assert_clean(manager)


def test_another_company_finds_nothing(
    client_of: Callable[..., StaffClient], manager: Actor, memo: CreditMemo, john: Debtor
) -> None:
    item = Obligation.objects.get(reference_id="EZ-1")
    stranger = client_of("outsider")
    before = Entry.objects.count()

    for path, body in (
        (MEMOS, {"obligation_id": str(item.id), "reason": REASON}),
        (f"{MEMOS}/{memo.id}/allocations", {"obligation_id": str(item.id), "amount": "1.00"}),
        (f"{MEMOS}/{memo.id}/allocations/auto", {"strategy": "fifo"}),
        (f"{MEMOS}/{memo.id}/refund", {"reason": REASON}),
        (f"{MEMOS}/{memo.id}/void", {"reason": REASON}),
        (f"/ledger/balances/{item.id}/move", {"driver_id": 101, "lease_id": 2054, "reason": REASON}),
        (f"/ledger/balances/{item.id}/penalty", {"amount": "1.00", "due_date": "2026-01-01"}),
    ):
        assert post(stranger, path, body).status_code == 404, path
    for path in (f"{MEMOS}/{memo.id}", f"{MEMOS}/{memo.id}/explain"):
        assert stranger.get(path).status_code == 404
    assert stranger.get(MEMOS).json()["results"] == []
    assert Entry.objects.count() == before


def test_moves_a_charge_and_raises_a_penalty(desk: StaffClient, manager: Actor, john: Debtor) -> None:
    item, jane = toll(manager, john), make_jane_roe(manager)
    at = f"/ledger/balances/{item.id}"

    penalty = post(desk, f"{at}/penalty", {"amount": "5.00", "due_date": "2026-02-15"})
    moved = post(desk, f"{at}/move", {"driver_id": jane.driver.pk, "lease_id": "LS-2055", "reason": REASON})

    assert (penalty.status_code, penalty.json()["reference_id"]) == (201, "EZ-1/P1")
    assert moved.status_code == 201, moved.content
    assert (moved.json()["is_voided"], moved.json()["credit_memo"]) == (True, None)
    assert moved.json()["moved_to"]["reference_id"] == "EZ-1/2"
    assert fresh(item).status == "voided"


def test_a_penalty_is_added_once(desk: StaffClient, manager: Actor, john: Debtor) -> None:
    item, key = toll(manager, john), new_key()
    path, body = f"/ledger/balances/{item.id}/penalty", {"amount": "5.00", "due_date": "2026-02-15"}

    keyless = desk.post(path, body)
    first, second = (post(desk, path, body, **{"Idempotency-Key": key}) for _ in range(2))

    assert (keyless.status_code, keyless.json()["code"]) == (400, "idempotency_key_missing")
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json()["reference_id"] == second.json()["reference_id"] == "EZ-1/P1"
    assert not Obligation.objects.filter(reference_id="EZ-1/P2").exists()
