"""Auto-allocation over HTTP: strategies, preview and its hash, comparison, undo.

Rule: docs/domain.md#strategies, docs/seeds.md#payment-allocation.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.models import AuditEvent
from batconnect.directory.models import Customer
from ledger.models import Entry
from payments.models import Allocation, Payment
from payments.services.voids import void_payment
from payments.tests.billing import allocate, assert_identities, bill, make_customer, owed, post, receive
from payments.tests.builders import make_john_doe
from tests.cast import StaffClient
from tests.digest import assert_nothing_written, digest

D = Decimal
REASON = {"reason": "Applied to the wrong ones."}


@pytest.fixture
def acme(manager: Actor) -> Customer:
    """A customer of north."""
    return make_customer(manager)


@pytest.fixture
def api(client_of: Callable[..., StaffClient], in_north: Any) -> StaffClient:
    """The cashier's client."""
    return client_of("cashier")


def auto(client: StaffClient, payment: Payment, **body: Any) -> Any:
    return post(client, f"/api/payments/{payment.id}/allocations/auto", body)


def lines_of(answer: Any) -> list[tuple[str, str]]:
    assert answer.status_code in (200, 201), answer.content
    return [(each["invoice_number"], f"{each['amount']:.2f}") for each in answer.json()["allocations"]]


def test_the_seeds_call(api: StaffClient, manager: Actor, acme: Customer) -> None:
    day = today(manager.company)
    bill(manager, acme, "60.00", number="LATE", due=day - timedelta(days=5))
    bill(manager, acme, "60.00", number="LATER", due=day - timedelta(days=9))
    bill(manager, acme, "60.00", number="OPEN", due=day)
    payment = receive(manager, acme, "130.00")

    answer = auto(api, payment, strategy="overdue_first", priorityRules="due_date ASC")

    document = answer.json()
    assert answer.status_code == 201
    assert lines_of(answer) == [("LATER", "60.00"), ("LATE", "60.00"), ("OPEN", "10.00")]
    assert document["strategy"] == "overdue_first"
    assert document["skipped"] == []
    assert b'"total_allocated":130.00' in answer.content
    assert b'"unallocated_amount":0.00' in answer.content
    assert document["allocations"][0]["decision"] == {
        "strategy": "overdue_first",
        "rank": 1,
        "overdue": True,
        "due_date": str(day - timedelta(days=9)),
        "priority_rules": "due_date ASC",
    }
    assert {each["operation_id"] for each in document["allocations"]} == {document["operation_id"]}
    assert Allocation.objects.get(line=1).decision == document["allocations"][0]["decision"]
    assert_identities()


@pytest.mark.parametrize(
    ("amount", "owing", "body", "expected"),
    [
        ("100.00", ["100", "100", "100"], {"strategy": "proportional"}, ["33.34", "33.33", "33.33"]),
        ("0.05", ["10", "20", "30"], {"strategy": "proportional"}, ["0.01", "0.02", "0.02"]),
        ("0.01", ["0.01"], {"strategy": "fifo"}, ["0.01"]),
        ("75.00", ["10", "50", "20"], {"strategy": "largest_first"}, ["50.00", "20.00", "5.00"]),
    ],
)
def test_golden_tables(
    api: StaffClient,
    manager: Actor,
    acme: Customer,
    amount: str,
    owing: list[str],
    body: dict[str, Any],
    expected: list[str],
) -> None:
    for each in owing:
        bill(manager, acme, each)

    answer = auto(api, receive(manager, acme, amount), **body)

    assert [each for _, each in lines_of(answer)] == expected
    assert_identities()


def test_percentages_by_invoice_id(api: StaffClient, manager: Actor, acme: Customer) -> None:
    first, second = bill(manager, acme, "500.00"), bill(manager, acme, "500.00")
    payment = receive(manager, acme, "99.99")

    answer = auto(
        api,
        payment,
        strategy="percentage_based",
        percentages=[
            {"invoice_id": str(first.id), "percent": 75},
            {"obligation_id": str(second.obligation_id), "percent": "25"},
        ],
    )

    assert lines_of(answer) == [(first.number, "74.99"), (second.number, "25.00")]


@pytest.mark.parametrize("text", ["FIFO", " Overdue_First ", "largest first", "Proportional", "HIERARCHY"])
def test_a_strategy_is_taken_in_any_case(api: StaffClient, manager: Actor, acme: Customer, text: str) -> None:
    bill(manager, acme, "100.00")
    payment = receive(manager, acme, "40.00")

    answer = auto(api, payment, strategy=text)

    assert answer.status_code == 201, answer.content
    assert answer.json()["strategy"] == text.strip().lower().replace(" ", "_")


def test_no_strategy_is_guessed(api: StaffClient, manager: Actor, acme: Customer) -> None:
    bill(manager, acme, "100.00")
    payment = receive(manager, acme, "40.00")

    with assert_nothing_written():
        answer = auto(api, payment, strategy="fifoo")

    assert (answer.status_code, answer.json()["code"]) == (400, "unknown_strategy")


def test_fifo_differs_from_overdue_first(api: StaffClient, manager: Actor, acme: Customer) -> None:
    day = today(manager.company)
    bill(manager, acme, "50.00", number="OLD", issued=day - timedelta(days=60), due=day + timedelta(days=30))
    bill(manager, acme, "50.00", number="DUE", issued=day - timedelta(days=20), due=day - timedelta(days=1))
    payment = receive(manager, acme, "50.00")

    by_fifo = auto(api, payment, strategy="fifo", preview=True)
    by_due = auto(api, payment, strategy="overdue_first", preview=True)

    assert lines_of(by_fifo) == [("OLD", "50.00")]
    assert lines_of(by_due) == [("DUE", "50.00")]


def test_custom_order_takes_invoice_ids_and_leaves_the_others_out(
    api: StaffClient, manager: Actor, acme: Customer
) -> None:
    first, second, third = (bill(manager, acme, "10.00") for _ in range(3))
    payment = receive(manager, acme, "100.00")

    answer = auto(api, payment, strategy="custom_priority", order=[str(third.id), str(first.obligation_id)])

    assert lines_of(answer) == [(third.number, "10.00"), (first.number, "10.00")]
    assert [(each["invoice_number"], each["reason"]) for each in answer.json()["skipped"]] == [
        (second.number, "not_in_order")
    ]


def test_categories_by_label_and_hierarchy(api: StaffClient, manager: Actor) -> None:
    john = make_john_doe(manager)
    payment = receive(manager, john.customer, "1000.00")

    one = auto(api, payment, strategy="hierarchy", category="lease", preview=True).json()
    two = auto(api, payment, strategy="hierarchy", category=["PVB", "EZPass"], preview=True).json()
    every = auto(api, payment, strategy="hierarchy", preview=True).json()

    assert [each["category"] for each in one["allocations"]] == ["Lease", "Lease"]
    assert [each["reference_id"] for each in two["allocations"]] == ["EZ-88213", "PVB-4471"]
    assert [each["category"] for each in every["allocations"]] == [
        *("Taxes", "EZPass", "Lease", "Lease", "PVB", "Repairs")
    ]


def test_discounts_are_off_unless_asked_for(api: StaffClient, manager: Actor, acme: Customer) -> None:
    bill(manager, acme, "1000.00", percent="2", days=10)
    payment = receive(manager, acme, "980.00")

    without = auto(api, payment, strategy="fifo", preview=True).json()
    with_discount = auto(api, payment, strategy="fifo", apply_early_payment_discount=True)

    assert without["allocations"][0]["amount"] == Decimal("980.00")
    assert with_discount.status_code == 201
    line = with_discount.json()["allocations"][0]
    assert (line["amount"], line["allocated_amount"], line["discount_amount"]) == (
        Decimal("1000.00"),
        Decimal("980.00"),
        Decimal("20.00"),
    )
    assert line["invoice"]["status"] == "paid"
    assert_identities()


def test_a_preview_writes_nothing_and_shows_exactly_what_is_then_applied(
    api: StaffClient, manager: Actor, acme: Customer
) -> None:
    for amount in ("30.00", "20.00", "10.00"):
        bill(manager, acme, amount)
    payment = receive(manager, acme, "40.00")
    before = digest()

    shown = auto(api, payment, strategy="largest_first", preview=True)
    untouched = digest()
    applied = auto(api, payment, strategy="largest_first", plan_hash=shown.json()["plan_hash"])

    changed = {table for table in before if before[table] != untouched[table]}
    assert shown.status_code == 200
    assert changed == {"north.idempotency_keys"}
    assert lines_of(shown) == lines_of(applied)
    assert shown.json()["skipped"] == applied.json()["skipped"]
    assert shown.json()["unallocated_amount"] == applied.json()["unallocated_amount"] == 0
    assert [each["decision"] for each in shown.json()["allocations"]] == [
        each["decision"] for each in applied.json()["allocations"]
    ]


def test_a_voided_payment_is_not_even_previewed(api: StaffClient, manager: Actor, acme: Customer) -> None:
    bill(manager, acme, "30.00")
    payment = receive(manager, acme, "40.00")
    void_payment(actor=manager, payment_id=payment.id, reason=REASON["reason"])

    with assert_nothing_written():
        answers = [auto(api, payment, strategy="fifo", preview=each) for each in (True, False)]

    assert [(each.status_code, each.json()["code"]) for each in answers] == [(409, "payment_not_posted")] * 2


def test_a_plan_is_stale_once_anything_has_moved(api: StaffClient, manager: Actor, acme: Customer) -> None:
    invoice = bill(manager, acme, "30.00")
    payment = receive(manager, acme, "40.00")
    plan_hash = auto(api, payment, strategy="fifo", preview=True).json()["plan_hash"]
    allocate(manager, receive(manager, acme, "1.00"), (invoice, "1.00"))

    with assert_nothing_written():
        moved = auto(api, payment, strategy="fifo", plan_hash=plan_hash)
    with assert_nothing_written():
        other = auto(api, payment, strategy="largest_first", plan_hash=plan_hash)
    with assert_nothing_written():
        made_up = auto(api, payment, strategy="fifo", plan_hash="0" * 64)

    assert [each.status_code for each in (moved, other, made_up)] == [409, 409, 409]
    assert {each.json()["code"] for each in (moved, other, made_up)} == {"plan_stale"}


def test_compares_every_strategy_without_writing(api: StaffClient, manager: Actor, acme: Customer) -> None:
    day = today(manager.company)
    bill(
        manager,
        acme,
        "100.00",
        issued=day - timedelta(days=50),
        due=day + timedelta(days=30),
        percent="10",
        days=5,
    )
    bill(manager, acme, "40.00", issued=day - timedelta(days=20), due=day - timedelta(days=1))
    bill(manager, acme, "10.00", issued=day - timedelta(days=10), due=day - timedelta(days=2))
    payment = receive(manager, acme, "90.00")
    before = digest()

    answer = post(
        api, f"/api/payments/{payment.id}/allocations/auto/compare", {"apply_early_payment_discount": True}
    )

    by_strategy = {each["strategy"]: each for each in answer.json()["strategies"]}
    assert answer.status_code == 200
    assert {name for name in before if before[name] != digest()[name]} == {"north.idempotency_keys"}
    assert list(by_strategy) == [
        *("fifo", "overdue_first", "largest_first", "proportional", "percentage_based", "custom_priority"),
        "hierarchy",
    ]
    assert by_strategy["fifo"] == {
        "strategy": "fifo",
        "invoices_closed": 1,
        "items_closed": 1,
        "overdue_left": Decimal("50.00"),
        "overdue_items_left": 2,
        "discount_won": Decimal("10.00"),
        "total_allocated": Decimal("90.00"),
        "cash_left": Decimal("0.00"),
        "error": None,
    }
    assert by_strategy["overdue_first"]["overdue_left"] == 0
    assert by_strategy["overdue_first"]["invoices_closed"] == 2
    assert by_strategy["percentage_based"]["error"]["code"] == "option_missing"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"strategy": "psychic"}, "unknown_strategy"),
        ({"strategy": "overdue_first", "priorityRules": "mood ASC"}, "unknown_priority_rule"),
        ({"strategy": "fifo", "priorityRules": "due_date ASC"}, "option_not_taken"),
        ({"strategy": "custom_priority"}, "option_missing"),
        ({"strategy": "percentage_based"}, "option_missing"),
        ({"strategy": "custom_priority", "order": ["01900000-0000-7000-8000-00000000dead"]}, "not_open"),
        ({"strategy": "percentage_based", "percentages": [{"category": "Lease", "percent": 101}]}, "invalid"),
        ({"strategy": "fifo", "category": "Groceries"}, "invalid"),
        ({"strategy": "overdue_first", "priorityRules": "number", "priority_rules": "number"}, "invalid"),
        ({"strategy": "fifo", "surprise": 1}, "invalid"),
        ({}, "invalid"),
    ],
)
def test_refuses_wrong_options(
    api: StaffClient, manager: Actor, acme: Customer, body: dict[str, Any], code: str
) -> None:
    bill(manager, acme, "30.00")
    payment = receive(manager, acme, "40.00")

    with assert_nothing_written():
        answer = auto(api, payment, **body)

    assert (answer.status_code, answer.json()["code"]) == (400, code)
    if code == "unknown_strategy":
        assert "fifo, overdue_first, largest_first, proportional" in answer.json()["detail"]


def test_nothing_open_applies_nothing(api: StaffClient, manager: Actor, acme: Customer) -> None:
    payment = receive(manager, acme, "40.00")

    answer = auto(api, payment, strategy="fifo")

    assert answer.status_code == 201
    assert answer.json()["allocations"] == []
    assert answer.json()["unallocated_amount"] == 40
    assert Allocation.objects.count() == 0


@pytest.mark.parametrize("invoices", [1, 30])
def test_statements_do_not_grow_with_the_invoices(
    api: StaffClient, manager: Actor, acme: Customer, invoices: int
) -> None:
    for _ in range(invoices):
        bill(manager, acme, "1.00")
    payment = receive(manager, acme, "500.00")

    with CaptureQueriesContext(connection) as captured:
        answer = auto(api, payment, strategy="fifo")

    assert len(answer.json()["allocations"]) == invoices
    assert len([each for each in captured if "SAVEPOINT" not in each["sql"]]) == 6


def test_one_operation_is_undone_as_a_unit(
    client_of: Callable[..., StaffClient], api: StaffClient, manager: Actor, acme: Customer
) -> None:
    first, second = bill(manager, acme, "30.00"), bill(manager, acme, "30.00", percent="10", days=5)
    payment = receive(manager, acme, "57.00")
    made = auto(api, payment, strategy="fifo", apply_early_payment_discount=True).json()
    path = f"/api/operations/{made['operation_id']}/undo"

    answer = post(client_of("manager"), path, REASON)
    again = post(client_of("manager"), path, REASON)

    document = answer.json()
    assert answer.status_code == 200, answer.content
    assert document["undo_of"] == made["operation_id"]
    assert document["operation_id"] != made["operation_id"]
    assert [each["status"] for each in document["allocations"]] == ["voided", "voided"]
    assert document["payments"][0]["unallocated_amount"] == Decimal("57.00")
    assert (owed(first), owed(second)) == (D("30.00"), D("30.00"))
    undone = Entry.objects.filter(operation_id=document["operation_id"])
    assert undone.count() == 2
    assert all(entry.is_full_reversal and entry.event == "allocation_voided" for entry in undone)
    event = AuditEvent.objects.get(action="payments.operation_undone")
    assert event.details["undo_of"] == made["operation_id"]
    assert event.reason == REASON["reason"]
    assert (again.status_code, again.json()["code"]) == (409, "already_undone")
    assert_identities()


def test_undo_leaves_what_was_voided_before(
    client_of: Callable[..., StaffClient], api: StaffClient, manager: Actor, acme: Customer
) -> None:
    bill(manager, acme, "30.00")
    bill(manager, acme, "30.00")
    payment = receive(manager, acme, "60.00")
    made = auto(api, payment, strategy="fifo").json()
    one = made["allocations"][0]["id"]
    post(client_of("manager"), f"/api/payments/{payment.id}/allocations/{one}/void", REASON)

    answer = post(client_of("manager"), f"/api/operations/{made['operation_id']}/undo", REASON)

    assert answer.status_code == 200
    assert len(answer.json()["allocations"]) == 1
    assert Payment.objects.get().unallocated == D("60.00")
    assert_identities()


def test_an_operation_of_which_something_was_refunded_is_not_undone(
    client_of: Callable[..., StaffClient], api: StaffClient, manager: Actor, acme: Customer
) -> None:
    bill(manager, acme, "30.00")
    bill(manager, acme, "30.00")
    payment = receive(manager, acme, "60.00")
    made = auto(api, payment, strategy="fifo").json()
    one = made["allocations"][0]["id"]
    post(
        client_of("manager"),
        f"/api/payments/{payment.id}/allocations/{one}/refund",
        {"amount": "1.00", **REASON},
    )

    with assert_nothing_written():
        answer = post(client_of("manager"), f"/api/operations/{made['operation_id']}/undo", REASON)

    assert (answer.status_code, answer.json()["code"]) == (409, "operation_refunded")


def test_undo_needs_its_right_and_a_reason_and_an_operation_of_the_company(
    client_of: Callable[..., StaffClient], api: StaffClient, manager: Actor, acme: Customer
) -> None:
    bill(manager, acme, "30.00")
    made = auto(api, receive(manager, acme, "60.00"), strategy="fifo").json()
    path = f"/api/operations/{made['operation_id']}/undo"

    with assert_nothing_written():
        by_cashier = post(api, path, REASON)
        too_short = post(client_of("manager"), path, {"reason": "  short   "})
        by_outsider = post(client_of("outsider"), path, REASON)
        unknown = post(client_of("outsider"), f"/api/operations/{uuid4()}/undo", REASON)

    assert [each.status_code for each in (by_cashier, too_short, by_outsider, unknown)] == [
        403,
        400,
        404,
        404,
    ]
    assert by_outsider.json()["code"] == unknown.json()["code"] == "operation_not_found"
