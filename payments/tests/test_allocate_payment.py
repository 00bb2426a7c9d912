"""`allocate_payment`: flat and listed, all or nothing, with every refusal and its figures."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.models import AuditEvent, CompanySettings
from batconnect.directory.models import Customer
from ledger.models import Entry, Posting
from payments.models import Allocation, Invoice, Payment
from payments.services.voids import void_payment
from payments.tests.billing import (
    allocate,
    assert_identities,
    bill,
    make_customer,
    owed,
    post,
    receive,
)
from payments.tests.builders import make_john_doe, new_key
from tests.cast import StaffClient
from tests.digest import assert_nothing_written

D = Decimal


@pytest.fixture
def acme(manager: Actor) -> Customer:
    """A customer of north."""
    return make_customer(manager)


@pytest.fixture
def invoice(manager: Actor, acme: Customer) -> Invoice:
    """100.00, open."""
    return bill(manager, acme, "100.00")


@pytest.fixture
def payment(manager: Actor, acme: Customer) -> Payment:
    """80.00, unallocated."""
    return receive(manager, acme, "80.00")


@pytest.fixture
def api(client_of: Callable[..., StaffClient], in_north: Any) -> StaffClient:
    """The cashier's client."""
    return client_of("cashier")


def path(payment: Payment) -> str:
    return f"/api/payments/{payment.id}/allocations"


def test_allocates_as_the_seed_writes_it(api: StaffClient, invoice: Invoice, payment: Payment) -> None:
    body = {
        "invoice_id": str(invoice.id),
        "amount": Decimal("50.00"),
        "allocation_date": today_of(payment).isoformat(),
        "notes": "Initial allocation",
    }

    answer = post(api, path(payment), body)

    assert answer.status_code == 201, answer.content
    document = answer.json()
    (line,) = document["allocations"]
    assert document["payment_id"] == str(payment.id)
    assert b'"unallocated_amount":30.00' in answer.content
    assert b'"amount":50.00,"allocated_amount":50.00,"discount_amount":0.00' in answer.content
    assert line["invoice_id"] == str(invoice.id)
    assert line["invoice_number"] == invoice.number
    assert line["invoice"]["outstanding"] == Decimal("50.00")
    assert line["invoice"]["status"] == "partial"
    assert line["status"] == "active"
    assert line["notes"] == "Initial allocation"
    assert line["created_by"] == "Merly"
    assert line["decision"]["outstanding_before"] == "100.00"
    assert owed(invoice) == D("50.00")
    assert_identities()


def today_of(payment: Payment) -> date:
    return payment.payment_date


def test_the_list_shows_what_was_applied(api: StaffClient, invoice: Invoice, payment: Payment) -> None:
    made = post(api, path(payment), {"invoice_id": str(invoice.id), "amount": "50.00"}).json()

    listed = api.get(path(payment))

    document = listed.json()
    assert listed.headers["ETag"] != ""
    assert document["payment_amount"] == Decimal("80.00")
    assert document["total_allocated"] == Decimal("50.00")
    assert document["unallocated_amount"] == Decimal("30.00")
    assert document["allocations"] == made["allocations"]


def test_posts_one_balanced_entry_per_line(manager: Actor, acme: Customer, payment: Payment) -> None:
    first, second = bill(manager, acme, "30.00"), bill(manager, acme, "40.00")

    done = allocate(manager, payment, (first, "30.00"), (second, "25.00"))

    entries = Entry.objects.filter(event="allocation_applied").order_by("id")
    assert [entry.operation_id for entry in entries] == [done.applied.operation_id] * 2
    lines = Posting.objects.filter(entry=entries[1].id).order_by("line")
    assert [(each.account.code, each.amount) for each in lines] == [
        ("unallocated_cash", D("25.00")),
        ("receivable:INVOICE", D("-25.00")),
    ]
    event = AuditEvent.objects.get(action="payments.allocated")
    assert event.details == {
        "operation_id": str(done.applied.operation_id),
        "lines": 2,
        "cash": "55.00",
        "discount": "0.00",
    }
    assert event.subject_id == str(payment.id)
    assert_identities()


def test_a_driver_debt_is_paid_by_its_obligation(manager: Actor, api: StaffClient) -> None:
    john = make_john_doe(manager)
    payment = receive(manager, john.customer, "100.00")
    debt = john_debt("PVB-4471")

    answer = post(api, path(payment), {"obligation_id": str(debt), "amount": "15.00"})

    line = answer.json()["allocations"][0]
    assert answer.status_code == 201, answer.content
    assert line["invoice"] is None
    assert line["invoice_id"] is None
    assert line["category"] == "PVB"
    assert line["obligation_id"] == str(debt)


def john_debt(reference: str) -> Any:
    from ledger.models import Obligation

    return Obligation.objects.get(reference_id=reference).id


def test_all_or_nothing(api: StaffClient, manager: Actor, acme: Customer, payment: Payment) -> None:
    good, small = bill(manager, acme, "50.00"), bill(manager, acme, "10.00")
    body = {
        "allocations": [
            {"invoice_id": str(good.id), "amount": "20.00"},
            {"invoice_id": str(small.id), "amount": "10.01"},
        ]
    }

    with assert_nothing_written():
        answer = post(api, path(payment), body)

    problem = answer.json()
    assert answer.status_code == 400
    assert problem["code"] == "above_outstanding"
    assert problem["errors"][0]["field"] == "allocations.1.amount"
    assert "10.01 is above the 10.00 outstanding" in problem["detail"]


def test_refuses_more_cash_than_is_unallocated(api: StaffClient, invoice: Invoice, payment: Payment) -> None:
    with assert_nothing_written():
        answer = post(api, path(payment), {"invoice_id": str(invoice.id), "amount": "80.01"})

    problem = answer.json()
    assert answer.status_code == 400
    assert problem["code"] == "above_unallocated"
    assert "80.01 in cash" in problem["detail"]
    assert "80.00 unallocated" in problem["detail"]


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"amount": "0.00"}, "amount", "not_positive"),
        ({"amount": "1.005"}, "amount", "not_money"),
        ({"amount": "-1"}, "amount", "not_positive"),
        ({"amount": True}, "amount", "not_money"),
        ({"amount": None}, "amount", "null"),
        ({"invoice_id": "nonsense"}, "invoice_id", "invalid"),
        ({"invoice_id": None}, "invoice_id", "required"),
        ({"obligation_id": "01900000-0000-7000-8000-00000000dead"}, "invoice_id", "required"),
        ({"surprise": 1}, "surprise", "unknown_field"),
        ({"notes": "x" * 501}, "notes", "max_length"),
        ({"allocation_date": "2025-02-30"}, "allocation_date", "not_a_date"),
        ({"allocation_date": "2999-01-01"}, "allocation_date", "date_in_future"),
        ({"allocation_date": "2001-01-01"}, "allocation_date", "date_too_early"),
    ],
)
def test_refuses_a_wrong_member(
    api: StaffClient, invoice: Invoice, payment: Payment, change: dict[str, Any], field: str, code: str
) -> None:
    body = {"invoice_id": str(invoice.id), "amount": "10.00", **change}

    with assert_nothing_written():
        answer = post(api, path(payment), body)

    assert answer.status_code == 400, answer.content
    assert (field, code) in [(each["field"], each["code"]) for each in answer.json()["errors"]]


@pytest.mark.parametrize("body", [{}, [], {"allocations": []}, {"allocations": "x"}, {"allocations": [1]}])
def test_refuses_a_body_without_lines(api: StaffClient, payment: Payment, body: Any) -> None:
    with assert_nothing_written():
        answer = post(api, path(payment), body)

    assert answer.status_code == 400


def test_refuses_both_forms_at_once(api: StaffClient, invoice: Invoice, payment: Payment) -> None:
    line = {"invoice_id": str(invoice.id), "amount": "10.00"}

    with assert_nothing_written():
        answer = post(api, path(payment), {**line, "allocations": [line]})

    assert answer.status_code == 400
    assert answer.json()["code"] == "one_body_form"


def test_refuses_the_same_invoice_twice(api: StaffClient, invoice: Invoice, payment: Payment) -> None:
    lines = [
        {"invoice_id": str(invoice.id), "amount": "10.00"},
        {"obligation_id": str(invoice.obligation_id), "amount": "5.00"},
    ]

    with assert_nothing_written():
        answer = post(api, path(payment), {"allocations": lines})

    assert answer.status_code == 400
    assert answer.json()["code"] == "duplicate"
    assert answer.json()["errors"][0]["field"] == "allocations.1.obligation_id"


def test_refuses_another_customers_invoice(api: StaffClient, manager: Actor, invoice: Invoice) -> None:
    stranger = receive(manager, make_customer(manager, "Other"), "10.00")

    with assert_nothing_written():
        answer = post(api, path(stranger), {"invoice_id": str(invoice.id), "amount": "10.00"})

    assert answer.status_code == 400
    assert answer.json()["code"] == "other_customer"


def test_refuses_another_currency(api: StaffClient, manager: Actor, acme: Customer, invoice: Invoice) -> None:
    euros = receive(manager, acme, "10.00", currency="EUR")

    with assert_nothing_written():
        answer = post(api, path(euros), {"invoice_id": str(invoice.id), "amount": "10.00"})

    assert answer.status_code == 400
    assert answer.json()["code"] == "other_currency"


def test_refuses_a_settled_invoice(
    api: StaffClient, manager: Actor, acme: Customer, invoice: Invoice, payment: Payment
) -> None:
    allocate(manager, receive(manager, acme, "100.00"), (invoice, "100.00"))

    with assert_nothing_written():
        answer = post(api, path(payment), {"invoice_id": str(invoice.id), "amount": "0.01"})

    assert answer.status_code == 400
    assert answer.json()["code"] == "obligation_not_payable"


def test_refuses_a_date_before_the_payment(
    api: StaffClient, manager: Actor, acme: Customer, invoice: Invoice
) -> None:
    day = today(manager.company)
    payment = receive(manager, acme, "10.00", on=day - timedelta(days=2))
    body = {
        "invoice_id": str(invoice.id),
        "amount": "10.00",
        "allocation_date": str(day - timedelta(days=3)),
    }

    with assert_nothing_written():
        answer = post(api, path(payment), body)
    taken = post(api, path(payment), {**body, "allocation_date": f"{day - timedelta(days=2)}T00:00:00Z"})

    assert answer.status_code == 400
    assert answer.json()["code"] == "date_too_early"
    assert "the payment date" in answer.json()["detail"]
    assert taken.status_code == 201
    assert Entry.objects.get(event="allocation_applied").effective_on == day - timedelta(days=2)


def test_refuses_a_closed_day(api: StaffClient, manager: Actor, invoice: Invoice, payment: Payment) -> None:
    CompanySettings.objects.update(closed_until=today(manager.company))

    with assert_nothing_written():
        answer = post(api, path(payment), {"invoice_id": str(invoice.id), "amount": "10.00"})

    assert answer.status_code == 400
    assert answer.json()["code"] == "date_closed"


def test_refuses_a_voided_payment(
    api: StaffClient, manager: Actor, invoice: Invoice, payment: Payment
) -> None:
    void_payment(actor=manager, payment_id=payment.id, reason="The transfer was returned.")

    with assert_nothing_written():
        answer = post(api, path(payment), {"invoice_id": str(invoice.id), "amount": "10.00"})

    assert answer.status_code == 409
    assert answer.json()["code"] == "payment_not_posted"


def test_a_stale_etag_changes_nothing(api: StaffClient, invoice: Invoice, payment: Payment) -> None:
    body = {"invoice_id": str(invoice.id), "amount": "10.00"}
    etag = api.get(path(payment)).headers["ETag"]
    first = post(api, path(payment), body, **{"If-Match": etag})

    with assert_nothing_written():
        second = post(api, path(payment), body, **{"If-Match": etag})
    third = post(api, path(payment), body, **{"If-Match": first.headers["ETag"]})

    assert [each.status_code for each in (first, second, third)] == [201, 412, 201]


@pytest.mark.parametrize("who", ["auditor", "administrator"])
def test_needs_the_right_to_allocate(
    client_of: Callable[..., StaffClient], in_north: Any, invoice: Invoice, payment: Payment, who: str
) -> None:
    with assert_nothing_written():
        answer = post(client_of(who), path(payment), {"invoice_id": str(invoice.id), "amount": "10.00"})

    assert answer.status_code == 403
    assert answer.json()["code"] == "permission_denied"


def test_the_key_and_the_company_are_required(
    client_of: Callable[..., StaffClient], api: StaffClient, invoice: Invoice, payment: Payment
) -> None:
    body = {"invoice_id": str(invoice.id), "amount": "10.00"}

    without_key = api.post(path(payment), body)
    without_company = post(client_of("cashier", company_header=False), path(payment), body)

    assert (without_key.status_code, without_key.json()["code"]) == (400, "idempotency_key_missing")
    assert (without_company.status_code, without_company.json()["code"]) == (403, "company_context_missing")


def test_unknown_ids_and_another_companys_answer_alike(
    client_of: Callable[..., StaffClient], in_north: Any, invoice: Invoice, payment: Payment
) -> None:
    outsider = client_of("outsider")
    allocation = uuid4()
    unknown = uuid4()
    bodies = {
        "allocations": {"invoice_id": str(invoice.id), "amount": "1.00"},
        "allocations/auto": {"strategy": "fifo"},
        "allocations/auto/compare": {},
        "void": {"reason": "A reason long enough."},
        "refund": {"amount": "1.00", "reason": "A reason long enough."},
        f"allocations/{allocation}/void": {"reason": "A reason long enough."},
        f"allocations/{allocation}/refund": {"amount": "1.00", "reason": "A reason long enough."},
    }

    for tail, body in bodies.items():
        seen = post(outsider, f"/api/payments/{payment.id}/{tail}", body)
        never = post(outsider, f"/api/payments/{unknown}/{tail}", body)
        assert seen.status_code == never.status_code == 404
        assert same(seen, payment.id) == same(never, unknown), tail
    listed = outsider.get(path(payment)), outsider.get(f"/api/payments/{unknown}/allocations")
    assert same(listed[0], payment.id) == same(listed[1], unknown)


def test_another_companys_invoice_is_an_unknown_one(
    client_of: Callable[..., StaffClient], api: StaffClient, payment: Payment, outsider: Actor
) -> None:
    """The invoice is south's: north's cashier gets the same answer as for an unknown id."""
    foreign = bill(outsider, make_customer(outsider, "South's"), "5.00")

    answers = [
        post(api, path(payment), {name: str(key), "amount": "1.00"})
        for name, key in (
            ("invoice_id", foreign.id),
            ("invoice_id", uuid4()),
            ("obligation_id", foreign.obligation_id),
            ("obligation_id", uuid4()),
        )
    ]

    assert {each.status_code for each in answers} == {400}
    assert same(answers[0]) == same(answers[1])
    assert same(answers[2]) == same(answers[3])


def same(answer: Any, *ids: Any) -> dict[str, Any]:
    """The answer without what differs between any two requests: its id, and the ids that were asked for."""
    text = answer.content.decode()
    for each in ids:
        text = text.replace(str(each), "<id>")
    import json

    return {**json.loads(text), "request_id": ""}


def test_a_malformed_id_in_the_path_is_404(api: StaffClient) -> None:
    answer = post(api, "/api/payments/nonsense/allocations", {})

    assert answer.status_code == 404


@pytest.mark.parametrize("others", [0, 40])
def test_takes_nine_round_trips_at_most(
    api: StaffClient, manager: Actor, acme: Customer, invoice: Invoice, payment: Payment, others: int
) -> None:
    """Besides BEGIN and COMMIT six statements, however many invoices the customer has; pinned."""
    for _ in range(others):
        bill(manager, acme, "10.00")
    body = {"invoice_id": str(invoice.id), "amount": "10.00"}

    with CaptureQueriesContext(connection) as captured:
        answer = post(api, path(payment), body)

    assert answer.status_code == 201
    statements = [each["sql"] for each in captured if "SAVEPOINT" not in each["sql"]]
    assert len(statements) == 6, statements


def test_fifty_lines_take_as_many_statements_as_one(
    api: StaffClient, manager: Actor, acme: Customer, payment: Payment
) -> None:
    lines = [{"invoice_id": str(bill(manager, acme, "2.00").id), "amount": "1.00"} for _ in range(50)]

    with CaptureQueriesContext(connection) as captured:
        answer = post(api, path(payment), {"allocations": lines})

    assert answer.status_code == 201
    assert Allocation.objects.count() == 50
    assert len([each for each in captured if "SAVEPOINT" not in each["sql"]]) == 6
    assert_identities()


def test_a_replay_answers_the_same(api: StaffClient, invoice: Invoice, payment: Payment) -> None:
    key = {"Idempotency-Key": new_key()}

    first = api.post(path(payment), {"invoice_id": str(invoice.id), "amount": "10.00"}, headers=key)
    again = api.post(path(payment), {"amount": "10.00", "invoice_id": str(invoice.id)}, headers=key)

    assert first.status_code == again.status_code == 201
    assert first.content == again.content
    assert again.headers["Idempotent-Replayed"] == "true"
    assert Allocation.objects.count() == 1
