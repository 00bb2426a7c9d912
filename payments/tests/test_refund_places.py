"""How a refund is paid: from a bank account or a drawer, by which method, to whom, and not before a check is safe.

Rule: docs/domain.md#refunds.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from batconnect.core.database.tenancy import company_context
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.models import CompanySettings
from batconnect.directory.models import Customer
from ledger.models import Posting
from ledger.treasury.models import BankAccount, Disbursement, Drawer
from ledger.treasury.services.places import open_bank_account, open_drawer
from ledger.verification import verify
from payments.models import Payment
from payments.services.recording import record_payment
from payments.tests.billing import allocate, assert_identities, bill, make_customer, post, receive
from tests.cast import SOUTH, StaffClient
from tests.digest import assert_nothing_written

D = Decimal
NO_ID = "00000000-0000-7000-8000-000000000000"


@pytest.fixture
def acme(manager: Actor) -> Customer:
    """A customer of north."""
    return make_customer(manager)


@pytest.fixture
def boss(client_of: Callable[..., StaffClient], in_north: Any) -> StaffClient:
    """The finance manager's client."""
    return client_of("manager")


@pytest.fixture
def payroll(manager: Actor, in_north: Any) -> BankAccount:
    """A second bank account."""
    return open_bank_account(actor=manager, code="payroll", name="Payroll", currency="USD")


def paid_by(
    actor: Actor, customer: Customer, method: str, amount: str = "100.00", days_ago: int = 0
) -> Payment:
    return record_payment(
        actor=actor,
        customer_id=customer.pk,
        amount=D(amount),
        method=method,
        payment_date=today(actor.company) - timedelta(days=days_ago),
    ).payment


def refund(client: StaffClient, payment: Payment, amount: str = "40.00", **values: Any) -> Any:
    body = {"amount": amount, "reason": "Paid too much", **values}
    return post(client, f"/api/payments/{payment.id}/refund", body)


def lines() -> list[tuple[str, Decimal]]:
    posted = Posting.objects.filter(entry__event__endswith="_refunded").order_by("entry_id", "line")
    return list(posted.values_list("account__code", "amount"))


def assert_clean(actor: Actor) -> None:
    assert_identities()
    assert [f"{found.check}: {found.difference}" for found in verify(actor=actor)] == []


def test_unless_said_it_is_paid_as_the_payment_was(boss: StaffClient, manager: Actor, acme: Customer) -> None:
    answer = refund(boss, receive(manager, acme, "100.00"))

    assert answer.status_code == 200, answer.content
    row = Disbursement.objects.get()
    assert (row.kind, row.status, row.method, row.payee, row.reference, row.paid_on) == (
        "refund",
        "in_transit",
        "bank_transfer",
        "Acme Insurance",
        "",
        today(manager.company),
    )
    shown = answer.json()["refund"]
    assert (shown["method"], shown["payee"], shown["bank_account_id"]) == (
        "bank_transfer",
        "Acme Insurance",
        str(row.bank_account_id),
    )
    assert shown["warnings"] == ["Operating will stand at -40.00 USD once this is paid."]
    assert lines() == [("unallocated_cash", D("40.00")), ("payments_in_transit:operating", D("-40.00"))]
    assert_clean(manager)


def test_everything_may_be_said(
    boss: StaffClient, manager: Actor, acme: Customer, payroll: BankAccount
) -> None:
    invoice = bill(manager, acme, "80.00")
    line = allocate(manager, receive(manager, acme, "100.00"), (invoice, "80.00")).applied.allocations[0]
    yesterday = today(manager.company) - timedelta(days=1)

    answer = post(
        boss,
        f"/api/payments/{line.payment_id}/allocations/{line.id}/refund",
        {
            "amount": 10,
            "reason": "Partial refund",
            "bank_account_id": str(payroll.id),
            "method": "Cheque",
            "reference": "CHK-12",
            "paid_on": yesterday.isoformat(),
            "payee": "Acme Holdings",
        },
    )

    assert answer.status_code == 200, answer.content
    row = Disbursement.objects.get()
    assert (row.bank_account_id, row.method, row.reference, row.payee, row.paid_on) == (
        payroll.id,
        "check",
        "CHK-12",
        "Acme Holdings",
        yesterday,
    )
    assert lines() == [("receivable:INVOICE", D("10.00")), ("payments_in_transit:payroll", D("-10.00"))]
    assert_clean(manager)


def test_cash_comes_from_the_offices_drawer(boss: StaffClient, manager: Actor, acme: Customer) -> None:
    payment = paid_by(manager, acme, "cash")

    answer = refund(boss, payment)

    assert answer.status_code == 200, answer.content
    assert lines() == [("unallocated_cash", D("40.00")), ("cash:cash", D("-40.00"))]
    assert Disbursement.objects.get().status == "paid"
    assert_clean(manager)


def test_no_drawer_falls_below_zero(boss: StaffClient, manager: Actor, acme: Customer) -> None:
    paid_by(manager, acme, "cash", "30.00")
    transfer = receive(manager, acme, "100.00")

    with assert_nothing_written():
        answer = refund(boss, transfer, "30.01", method="cash")

    assert (answer.status_code, answer.json()["code"]) == (409, "drawer_short")
    assert "it holds 30.00" in answer.json()["detail"]
    assert refund(boss, transfer, "30.00", method="cash").status_code == 200
    assert_clean(manager)


def test_a_drawer_of_ones_own_is_empty_until_something_is_in_it(
    boss: StaffClient, manager: Actor, acme: Customer
) -> None:
    payment = paid_by(manager, acme, "cash")
    drawer: Drawer = open_drawer(actor=manager, code="front", name="Front desk", currency="USD")

    with assert_nothing_written():
        answer = refund(boss, payment, drawer_id=str(drawer.id))

    assert (answer.status_code, answer.json()["code"]) == (409, "drawer_short")
    assert "Front desk" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("values", "status", "code"),
    [
        ({"bank_account_id": NO_ID}, 404, "bank_account_not_found"),
        ({"drawer_id": NO_ID, "method": "cash"}, 404, "drawer_not_found"),
        ({"drawer_id": NO_ID}, 400, "wrong_place"),
        ({"bank_account_id": NO_ID, "method": "cash"}, 400, "wrong_place"),
        ({"method": "barter"}, 400, "invalid"),
        ({"paid_on": "2999-01-01"}, 400, "date_in_future"),
        ({"reference": "x" * 61}, 400, "invalid"),
    ],
)
def test_refuses_what_does_not_fit(
    boss: StaffClient, manager: Actor, acme: Customer, values: dict[str, str], status: int, code: str
) -> None:
    payment = receive(manager, acme, "100.00")

    with assert_nothing_written():
        answer = refund(boss, payment, **values)

    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.content


@pytest.mark.parametrize("values", [{"bank_account_id": NO_ID}, {"drawer_id": NO_ID, "method": "cash"}])
def test_what_is_not_there_is_refused_when_it_is_asked_for(
    boss: StaffClient, manager: Actor, acme: Customer, values: dict[str, str]
) -> None:
    CompanySettings.objects.update(refund_approval_limit=Decimal("5.00"))
    payment = receive(manager, acme, "100.00")

    with assert_nothing_written():
        answer = refund(boss, payment, **values)

    assert answer.status_code == 404, answer.content


def test_a_check_is_held_for_some_days(boss: StaffClient, manager: Actor, acme: Customer) -> None:
    CompanySettings.objects.update(check_hold_days=5)
    held, old = (
        paid_by(manager, acme, "check", days_ago=4),
        paid_by(manager, acme, "check", "70.00", days_ago=5),
    )
    first = held.payment_date + timedelta(days=5)

    with assert_nothing_written():
        answer = refund(boss, held)

    assert (answer.status_code, answer.json()["code"]) == (409, "check_held")
    assert f"it can be refunded from {first} on" in answer.json()["detail"]
    assert refund(boss, old).status_code == 200
    assert refund(boss, receive(manager, acme, "100.00")).status_code == 200


def test_a_request_keeps_how_it_is_to_be_paid(
    boss: StaffClient,
    client_of: Callable[..., StaffClient],
    manager: Actor,
    acme: Customer,
    payroll: BankAccount,
) -> None:
    CompanySettings.objects.update(refund_approval_limit=D("10.00"))
    payment = receive(manager, acme, "100.00")

    asked = refund(
        boss, payment, bank_account_id=str(payroll.id), method="check", reference="CHK-9", payee="Al"
    )
    decided = client_of("second_manager").post(
        f"/api/refund-requests/{asked.json()['refund_request_id']}/approve", {}
    )

    assert (asked.status_code, decided.status_code) == (202, 200), decided.content
    row = Disbursement.objects.get()
    assert (row.bank_account_id, row.method, row.reference, row.payee) == (payroll.id, "check", "CHK-9", "Al")
    assert decided.json()["refund"]["reference"] == "CHK-9"
    assert_clean(manager)


def test_a_request_names_what_is_there(boss: StaffClient, manager: Actor, acme: Customer) -> None:
    CompanySettings.objects.update(refund_approval_limit=D("10.00"))
    payment = receive(manager, acme, "100.00")

    with assert_nothing_written():
        answer = refund(boss, payment, bank_account_id=NO_ID)

    assert answer.status_code == 404


def test_the_account_of_another_company_is_not_found(
    boss: StaffClient, manager: Actor, acme: Customer
) -> None:
    payment = receive(manager, acme, "100.00")
    with company_context(SOUTH, job="test"):
        theirs = BankAccount.objects.get(company_id=SOUTH, is_default=True).id

    answer = refund(boss, payment, bank_account_id=str(theirs))

    assert answer.status_code == 404
