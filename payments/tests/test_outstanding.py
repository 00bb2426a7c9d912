"""What was owed on both time axes, and the statement: from postings, equal to the figures of now."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from django.db.models import Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.errors import InvalidInput, Refusal
from batconnect.directory.models import Customer
from ledger.models import Entry, Obligation
from payments.models import Allocation, Invoice, Payment
from payments.services.outstanding import read_outstanding
from payments.services.refunds import refund_allocation, refund_unallocated
from payments.services.statements import read_statement
from payments.services.voids import void_allocation, void_payment
from payments.tests.billing import allocate, bill, make_customer, receive
from tests.cast import StaffClient, acting

REASON = "The bank returned it"


@pytest.fixture
def acme(manager: Actor) -> Customer:
    return make_customer(manager, "Acme Dispatch")


def closing(actor: Actor, customer: Customer, **moment: Any) -> Decimal:
    """What is owed less unallocated cash."""
    outstanding = read_outstanding(actor=actor, customer_id=customer.id, **moment)
    return outstanding.owed("USD") - outstanding.unallocated.get("USD", Decimal("0.00"))


def test_tells_what_was_owed_at_the_end_of_a_day(manager: Actor, acme: Customer) -> None:
    day = today(manager.company)
    invoice = bill(manager, acme, "100.00", issued=day - timedelta(days=30), due=day - timedelta(days=10))
    payment = receive(manager, acme, "80.00", on=day - timedelta(days=3))
    allocate(manager, payment, (invoice, "60.00"), allocation_date=day - timedelta(days=2))

    owed = {
        ago: read_outstanding(actor=manager, customer_id=acme.id, as_of=day - timedelta(days=ago))
        for ago in (31, 30, 3, 2, 0)
    }

    assert {
        ago: (str(each.owed("USD")), str(each.unallocated.get("USD", 0))) for ago, each in owed.items()
    } == {
        31: ("0.00", "0"),
        30: ("100.00", "0"),
        3: ("100.00", "80.00"),
        2: ("40.00", "20.00"),
        0: ("40.00", "20.00"),
    }
    assert owed[0].items[0].days_overdue(day) == 10
    assert owed[30].owed("USD", overdue=True) == 0


@pytest.mark.django_db(transaction=True)
def test_tells_what_was_known_at_an_instant() -> None:
    with acting("manager") as manager:
        acme = make_customer(manager)
        invoice = bill(manager, acme, "100.00")
    with acting("manager") as manager:
        payment = receive(manager, acme, "80.00")
    with acting("manager") as manager:
        allocate(manager, payment, (invoice, "80.00"))
    with acting("manager") as manager:
        void_payment(actor=manager, payment_id=payment.id, reason=REASON)
    with acting("manager") as manager:
        instants = sorted(set(Entry.objects.values_list("posted_at", flat=True)))

        known = [
            read_outstanding(actor=manager, customer_id=acme.id, known_at=instant) for instant in instants
        ]

    assert [(str(each.owed("USD")), str(each.unallocated.get("USD", 0))) for each in known] == [
        ("100.00", "0"),
        ("100.00", "80.00"),
        ("20.00", "0"),
        ("100.00", "0"),
    ]


STEP = st.tuples(
    st.sampled_from(["bill", "receive", "allocate", "void", "refund", "pay_back", "void_payment"]),
    st.integers(min_value=1, max_value=20_000),
    st.integers(min_value=0, max_value=10),
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEP, min_size=1, max_size=14))
def test_equals_the_figures_of_now(manager: Actor, steps: list[tuple[str, int, int]]) -> None:
    with transaction.atomic():
        customer = make_customer(manager)
        for name, cents, pick in steps:
            _act(manager, customer, name, Decimal(cents) / 100, pick)

        outstanding = read_outstanding(actor=manager, customer_id=customer.id)
        statement = read_statement(actor=manager, customer_id=customer.id)

        open_rows = Obligation.objects.filter(customer=customer.id).exclude(outstanding=0)
        assert {each.obligation_id: each.outstanding for each in outstanding.items} == dict(
            open_rows.values_list("id", "outstanding")
        )
        cash = Payment.objects.filter(customer=customer.id).aggregate(sum=Sum("unallocated"))["sum"]
        assert outstanding.unallocated.get("USD", Decimal(0)) == (cash or 0)
        assert statement.closing == outstanding.owed("USD") - (cash or 0)
        assert statement.closing == sum((each.charge - each.credit for each in statement.lines), Decimal(0))
        transaction.set_rollback(True)


def _act(actor: Actor, customer: Customer, name: str, amount: Decimal, pick: int) -> None:
    """One step on one of the customer's rows; what is refused leaves nothing."""
    try:
        with transaction.atomic():
            _carry_out(actor, customer, name, amount, pick)
    except Refusal:
        pass


def _carry_out(actor: Actor, customer: Customer, name: str, amount: Decimal, pick: int) -> None:
    payments = list(Payment.objects.filter(customer=customer.id).order_by("id"))
    invoices = list(Invoice.objects.filter(customer=customer.id).order_by("id"))
    allocations = list(Allocation.objects.filter(payment__customer=customer.id).order_by("id"))
    if name == "bill":
        bill(actor, customer, f"{amount:.2f}", percent="2", days=5)
    elif name == "receive":
        receive(actor, customer, f"{amount:.2f}")
    elif name == "allocate" and payments and invoices:
        invoice = invoices[pick % len(invoices)]
        allocate(
            actor,
            payments[pick % len(payments)],
            (invoice, f"{amount:.2f}"),
            apply_early_payment_discount=True,
        )
    elif name == "void" and allocations:
        void_allocation(actor=actor, allocation_id=allocations[pick % len(allocations)].id, reason=REASON)
    elif name == "refund" and allocations:
        chosen = allocations[pick % len(allocations)]
        refund_allocation(
            actor=actor, payment_id=chosen.payment_id, allocation_id=chosen.id, amount=amount, reason=REASON
        )
    elif name == "pay_back" and payments:
        refund_unallocated(
            actor=actor, payment_id=payments[pick % len(payments)].id, amount=amount, reason=REASON
        )
    elif name == "void_payment" and payments:
        void_payment(actor=actor, payment_id=payments[pick % len(payments)].id, reason=REASON)


def test_the_statement_opens_where_the_one_before_closed(manager: Actor, acme: Customer) -> None:
    day = today(manager.company)
    invoice = bill(manager, acme, "100.00", issued=day - timedelta(days=20))
    payment = receive(manager, acme, "130.00", on=day - timedelta(days=5))
    allocate(manager, payment, (invoice, "100.00"))

    before = read_statement(actor=manager, customer_id=acme.id, last=day - timedelta(days=6))
    after = read_statement(actor=manager, customer_id=acme.id, first=day - timedelta(days=5))

    assert (before.opening, before.closing, after.opening, after.closing) == (
        *(Decimal("0.00"), Decimal("100.00"), Decimal("100.00"), Decimal("-30.00")),
    )
    assert [(line.text, str(line.charge), str(line.credit), str(line.applied)) for line in after.lines] == [
        (f"Payment {payment.number} (Bank transfer)", "0.00", "130.00", "0.00"),
        (f"{payment.number} applied to Invoice {invoice.number}", "0.00", "0.00", "100.00"),
    ]
    assert closing(manager, acme, as_of=day - timedelta(days=6)) == before.closing


def test_refuses_days_the_wrong_way_round(manager: Actor, acme: Customer) -> None:
    with pytest.raises(InvalidInput, match="is after to"):
        read_statement(actor=manager, customer_id=acme.id, first=date(2025, 2, 1), last=date(2025, 1, 31))


def test_refuses_more_events_than_it_takes(manager: Actor, acme: Customer) -> None:
    for _ in range(3):
        bill(manager, acme, "1.00")

    with pytest.raises(InvalidInput) as refused:
        read_statement(actor=manager, customer_id=acme.id, limit=2)

    assert refused.value.code == "statement_too_long"


def test_money_of_different_currencies_never_meets(manager: Actor, acme: Customer) -> None:
    bill(manager, acme, "100.00")
    bill(manager, acme, "7.00", currency="EUR")

    outstanding = read_outstanding(actor=manager, customer_id=acme.id)

    assert {code: str(outstanding.owed(code)) for code in outstanding.currencies} == {
        "EUR": "7.00",
        "USD": "100.00",
    }
    assert read_statement(actor=manager, customer_id=acme.id, currency="eur").closing == Decimal("7.00")


def test_answers_over_http(manager: Actor, acme: Customer, client_of: Callable[..., StaffClient]) -> None:
    invoice = bill(manager, acme, "100.00")
    client = client_of("auditor")

    owed = client.get(f"/api/customers/{acme.id}/outstanding").json()
    wrong = client.get(f"/api/customers/{acme.id}/outstanding?as_of=soon")
    statement = client.get(f"/api/customers/{acme.id}/statement?from=2020-01-01")

    assert (owed["total_outstanding"], owed["total_unallocated"]) == (Decimal("100.00"), Decimal("0.00"))
    assert owed["items"][0]["invoice_number"] == invoice.number
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (400, "as_of")
    assert b'"opening_balance":0.00' in statement.content
    assert statement.json()["closing_balance"] == Decimal("100.00")


@pytest.mark.system
def test_prints_the_statement(manager: Actor, acme: Customer, client_of: Callable[..., StaffClient]) -> None:
    bill(manager, acme, "100.00")

    answer = client_of("auditor").get(f"/api/customers/{acme.id}/statement?format=pdf")

    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    assert answer.content.startswith(b"%PDF-")
