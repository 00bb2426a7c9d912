"""Payments that the bank took back, in full or in part.

Rule: docs/domain.md#returns, docs/worked-weeks.md.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
import time_machine

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.models import Approval, AuditEvent, CompanySettings
from batconnect.directory.models import Customer, Driver, LeaseDriver
from ledger.models import Entry, Obligation, Posting
from ledger.tests.builders import make_debtor
from ledger.tests.treasury.builders import put_in
from ledger.treasury.models import Disbursement
from ledger.verification import verify
from payments.models import Allocation, Invoice, Payment, PaymentReturn
from payments.services.outstanding import read_outstanding
from payments.services.recording import record_payment
from payments.services.returns import return_payment
from payments.tests.billing import allocate, assert_identities, bill, make_customer, owed, post, receive
from payments.tests.builders import Debtor, outstanding, pay
from tests.cast import StaffClient
from tests.digest import assert_nothing_written

D = Decimal
TRANSIT = "payments_in_transit:operating"


@pytest.fixture
def acme(manager: Actor) -> Customer:
    """A customer of north."""
    return make_customer(manager)


@pytest.fixture
def boss(client_of: Callable[..., StaffClient], in_north: Any) -> StaffClient:
    """The finance manager's client."""
    return client_of("manager")


@pytest.fixture
def payment(manager: Actor, acme: Customer) -> Payment:
    """100.00, all of it unallocated."""
    return receive(manager, acme, "100.00")


def give_back(client: StaffClient, payment: Payment, **values: Any) -> Any:
    return post(client, f"/api/payments/{payment.id}/return", {"reason_code": "R01", **values})


def refund(client: StaffClient, payment: Payment, amount: str) -> None:
    answer = post(client, f"/api/payments/{payment.id}/refund", {"amount": amount, "reason": "Paid too much"})
    assert answer.status_code == 200, answer.content


def apply(actor: Actor, payment: Payment, *amounts: str) -> list[Invoice]:
    """Invoices of twice these amounts, to each of which that much of the payment is applied, one by one."""
    invoices = []
    for amount in amounts:
        customer = Customer.objects.get(id=payment.customer_id)
        invoice = bill(actor, customer, str(D(amount) * 2))
        allocate(actor, payment, (invoice, amount))
        invoices.append(invoice)
    return invoices


def lines(event: str) -> list[tuple[str, Decimal]]:
    posted = Posting.objects.filter(entry__event=event).order_by("entry_id", "line")
    return list(posted.values_list("account__code", "amount"))


def figures(payment: Payment) -> tuple[str, Decimal, Decimal, Decimal]:
    now = Payment.objects.get(id=payment.id)
    return now.status, now.unallocated, now.refunded, now.returned


def assert_clean(actor: Actor) -> None:
    assert_identities()
    assert [f"{found.check}: {found.difference}" for found in verify(actor=actor)] == []


def test_what_was_partly_refunded_comes_back(boss: StaffClient, manager: Actor, acme: Customer) -> None:
    """The worked figures: 1,100.00, of which 10.00 were refunded and the rest is applied."""
    payment = receive(manager, acme, "1100.00")
    refund(boss, payment, "10.00")
    first, second = apply(manager, payment, "600.00", "490.00")

    answer = give_back(boss, payment)

    assert answer.status_code == 200, answer.content
    assert figures(payment) == ("returned", D("0.00"), D("10.00"), D("1090.00"))
    assert (owed(first), owed(second)) == (D("1200.00"), D("980.00"))
    assert lines("payment_returned") == [("unallocated_cash", D("1090.00")), (TRANSIT, D("-1090.00"))]
    charged = Obligation.objects.get(reference_id=f"RET-{payment.number}")
    assert (charged.category, charged.original, charged.due_date) == (
        "MISC",
        D("10.00"),
        today(manager.company),
    )
    raising = Entry.objects.get(source_type="ledger.obligation", source_id=str(charged.id))
    assert [(each.account.code, each.amount) for each in raising.postings.order_by("line")] == [
        ("receivable:MISC", D("10.00")),
        (TRANSIT, D("-10.00")),
    ]
    row = Disbursement.objects.get(kind="payment_return")
    assert (row.amount, row.status, row.reference) == (D("1100.00"), "in_transit", "R01")
    body = answer.json()
    assert (body["status"], body["total_allocated"], body["total_returned"]) == ("returned", 0, D("1090.00"))
    assert body["returned"]["obligation"]["reference_id"] == f"RET-{payment.number}"
    assert len(body["allocations_undone"]) == 2
    assert AuditEvent.objects.filter(action="payments.payment_returned").count() == 1
    assert_clean(manager)


def test_a_fee_is_charged(boss: StaffClient, manager: Actor, payment: Payment) -> None:
    answer = give_back(boss, payment, fee="20.00", notes="Insufficient funds")

    fee = Obligation.objects.get(reference_id=f"NSF-{payment.number}")
    assert (fee.category, fee.outstanding, fee.due_date) == ("MISC", D("20.00"), today(manager.company))
    assert answer.json()["returned"]["fee"]["amount"] == D("20.00")
    assert ("recovered:MISC", D("-20.00")) in lines("obligation_raised")
    assert (
        Entry.objects.get(event="payment_returned").reason == "Returned by the bank: R01. Insufficient funds"
    )
    assert_clean(manager)


def test_a_wholly_refunded_payment_comes_back(boss: StaffClient, manager: Actor, payment: Payment) -> None:
    refund(boss, payment, "100.00")

    give_back(boss, payment)

    assert figures(payment) == ("returned", D("0.00"), D("100.00"), D("0.00"))
    assert Obligation.objects.get(reference_id=f"RET-{payment.number}").outstanding == D("100.00")
    assert lines("payment_returned") == []
    assert_clean(manager)


def test_a_part_takes_unallocated_cash_first_then_the_latest(
    boss: StaffClient, manager: Actor, payment: Payment
) -> None:
    first, second = apply(manager, payment, "50.00", "30.00")

    answer = give_back(boss, payment, amount="35.00")

    assert answer.status_code == 200, answer.content
    assert figures(payment) == ("posted", D("0.00"), D("0.00"), D("35.00"))
    # 20.00 of the cash, 15.00 of the latest application; what the bank left of that is applied again.
    assert (owed(first), owed(second)) == (D("50.00"), D("45.00"))
    live = Allocation.objects.filter(payment=payment.id, status="active").order_by("id")
    assert [each.amount for each in live] == [D("50.00"), D("15.00")]
    assert_clean(manager)

    rest = give_back(boss, payment)

    assert rest.json()["returned"]["amount"] == D("65.00")
    assert figures(payment) == ("returned", D("0.00"), D("0.00"), D("100.00"))
    assert (owed(first), owed(second)) == (D("100.00"), D("60.00"))
    assert_clean(manager)


def test_a_part_above_what_is_left_charges_what_was_refunded(
    boss: StaffClient, manager: Actor, payment: Payment
) -> None:
    refund(boss, payment, "30.00")

    give_back(boss, payment, amount="80.00")
    assert figures(payment) == ("posted", D("0.00"), D("30.00"), D("70.00"))
    give_back(boss, payment)

    assert figures(payment) == ("returned", D("0.00"), D("30.00"), D("70.00"))
    charged = Obligation.objects.filter(reference_id__startswith="RET-").order_by("reference_id")
    assert [(each.reference_id, each.original) for each in charged] == [
        (f"RET-{payment.number}", D("10.00")),
        (f"RET-{payment.number}/2", D("20.00")),
    ]
    assert_clean(manager)


def test_the_rest_of_a_discounted_application_keeps_its_share(
    boss: StaffClient, manager: Actor, acme: Customer
) -> None:
    invoice = bill(manager, acme, "1000.00", percent="2", days=5)
    payment = receive(manager, acme, "980.00")
    allocate(manager, payment, (invoice, "1000.00"), apply_early_payment_discount=True)

    give_back(boss, payment, amount="490.00")

    again = Allocation.objects.get(payment=payment.id, status="active")
    assert (again.amount, again.discount_amount, again.discount_percent) == (D("500.00"), D("10.00"), D("2"))
    assert owed(invoice) == D("500.00")
    assert_clean(manager)


def test_a_drivers_payment_charges_his_lease(john: Debtor, boss: StaffClient, manager: Actor) -> None:
    paid = pay(manager, "700.00", ("Lease", "MED-102-LS-08", "265.00"), method="Check").payment

    answer = give_back(boss, paid, fee="20.00")

    assert answer.status_code == 200, answer.content
    fee = Obligation.objects.get(reference_id=f"NSF-{paid.number}")
    assert (fee.lease_id, fee.customer_id) == (john.lease.pk, john.customer.pk)
    assert outstanding("MED-102-LS-08") == D("265.00")
    assert_clean(manager)


def test_a_driver_of_two_leases_who_named_none_is_charged_on_the_latest_held(
    boss: StaffClient, manager: Actor
) -> None:
    john = make_debtor(manager)
    later, ahead, never = (make_debtor(manager, number=n, name=f"Driver {n}").lease for n in (2, 3, 4))
    day = today(manager.company)
    for lease, begins, ends in (
        (later, day - timedelta(days=30), None),
        (ahead, day, None),
        (never, day - timedelta(days=20), day - timedelta(days=21)),
    ):
        LeaseDriver.objects.filter(lease=lease).update(until_on=date(2024, 12, 31))
        LeaseDriver.objects.create(
            company_id=manager.company_id, lease=lease, driver=john.driver, from_on=begins, until_on=ends
        )
    paid = receive(manager, john.customer, "100.00", on=day - timedelta(days=5))
    refund(boss, paid, "10.00")
    assert paid.lease_id is None

    answer = give_back(boss, paid, fee="20.00")

    assert answer.status_code == 200, answer.content
    charged = Obligation.objects.filter(category="MISC").order_by("reference_id")
    assert [(each.reference_id[:4], each.lease_id) for each in charged] == [
        ("NSF-", later.pk),
        ("RET-", later.pk),
    ]
    assert_clean(manager)


def test_a_driver_without_a_lease_is_charged_nothing(boss: StaffClient, manager: Actor) -> None:
    john = make_customer(manager, "John Doe")
    Driver.objects.create(
        company_id=manager.company_id, customer=john, driver_id="DRV-9", tlc_license="00504129"
    )
    paid = receive(manager, john, "100.00")

    with assert_nothing_written():
        charged = give_back(boss, paid, fee="20.00")
    free = give_back(boss, paid)

    assert (charged.status_code, charged.json()["code"]) == (400, "lease_required")
    assert free.status_code == 200, free.content
    assert_clean(manager)


def test_what_the_bank_left_counts_once_on_every_day(manager: Actor, acme: Customer) -> None:
    with time_machine.travel(datetime(2026, 1, 2, 17, tzinfo=UTC), tick=False):
        invoice = bill(manager, acme, "200.00", due=date(2026, 3, 1))
        payment = receive(manager, acme, "100.00")
        allocate(manager, payment, (invoice, "100.00"))
    with time_machine.travel(datetime(2026, 1, 20, 17, tzinfo=UTC), tick=False):
        return_payment(actor=manager, payment_id=payment.id, reason_code="R01", amount=D("40.00"))

    owed_on = {
        day: read_outstanding(actor=manager, customer_id=acme.pk, as_of=date(2026, 1, day)).owed("USD")
        for day in (2, 19, 20, 21)
    }
    assert owed_on == {2: D("100.00"), 19: D("100.00"), 20: D("140.00"), 21: D("140.00")}
    again = Allocation.objects.get(payment=payment.id, status="active")
    assert (again.amount, again.allocation_date) == (D("60.00"), date(2026, 1, 20))
    assert_clean(manager)


def test_a_line_that_was_there_first_names_its_account(manager: Actor, payment: Payment) -> None:
    # As the line of a statement has put it there.
    put_in(manager, "100.00", account="unexplained_payments")
    return_payment(actor=manager, payment_id=payment.id, reason_code="R01", account="unexplained_payments")

    assert lines("payment_returned") == [
        ("unallocated_cash", D("100.00")),
        ("unexplained_payments", D("-100.00")),
    ]
    assert not Disbursement.objects.exists()
    assert_clean(manager)


def test_a_check_that_is_presented_again_names_the_old_payment(
    boss: StaffClient, manager: Actor, acme: Customer, payment: Payment
) -> None:
    body = {
        "customer_id": str(acme.pk),
        "amount": "100.00",
        "payment_method": "check",
        "payment_date": today(manager.company).isoformat(),
        "represents": str(payment.id),
    }
    with assert_nothing_written():
        early = post(boss, "/api/payments", body)
    other = make_customer(manager, "Other")
    give_back(boss, payment)

    again = post(boss, "/api/payments", body)
    with assert_nothing_written():
        twice = post(boss, "/api/payments", body)
    with assert_nothing_written():
        foreign = post(boss, "/api/payments", {**body, "customer_id": str(other.pk)})

    assert (early.status_code, early.json()["code"]) == (400, "not_returned")
    assert again.status_code == 201, again.content
    assert (again.json()["represents"], again.json()["duplicate_warning"]) == (payment.number, None)
    assert (twice.status_code, twice.json()["code"]) == (400, "not_returned")
    assert (foreign.status_code, foreign.json()["code"]) == (400, "not_returned")


def test_nothing_comes_back_twice(boss: StaffClient, payment: Payment) -> None:
    give_back(boss, payment)

    with assert_nothing_written():
        answer = give_back(boss, payment)

    assert (answer.status_code, answer.json()["code"]) == (409, "payment_returned")


def test_what_came_back_is_not_voided_refunded_or_applied(
    boss: StaffClient, manager: Actor, acme: Customer, payment: Payment
) -> None:
    give_back(boss, payment, amount="40.00")
    with assert_nothing_written():
        partly = post(boss, f"/api/payments/{payment.id}/void", {"reason": "It was a mistake"})
    give_back(boss, payment)
    invoice = bill(manager, acme, "50.00")

    for path, body in (
        ("void", {"reason": "It was a mistake"}),
        ("refund", {"amount": 1, "reason": "It was a mistake"}),
        ("allocations", {"invoice_id": str(invoice.id), "amount": 1}),
    ):
        with assert_nothing_written():
            answer = post(boss, f"/api/payments/{payment.id}/{path}", body)
        assert (answer.status_code, answer.json()["code"]) == (409, "payment_not_posted"), path
    assert (partly.status_code, partly.json()["code"]) == (409, "payment_returned")


def test_a_voided_payment_does_not_come_back(boss: StaffClient, payment: Payment) -> None:
    post(boss, f"/api/payments/{payment.id}/void", {"reason": "It was a mistake"})

    with assert_nothing_written():
        answer = give_back(boss, payment)

    assert (answer.status_code, answer.json()["code"]) == (409, "payment_not_posted")


def test_cash_does_not_come_back(boss: StaffClient, manager: Actor, acme: Customer) -> None:
    cash = record_payment(
        actor=manager,
        customer_id=acme.pk,
        amount=D("10.00"),
        method="cash",
        payment_date=date(2026, 1, 2),
    ).payment

    with assert_nothing_written():
        answer = give_back(boss, cash)

    assert (answer.status_code, answer.json()["code"]) == (409, "payment_not_returnable")


@pytest.mark.parametrize(
    ("values", "status", "code"),
    [
        ({"amount": "100.01"}, 400, "above_returnable"),
        ({"amount": "0.00"}, 400, "invalid"),
        ({"fee": "0.00"}, 400, "invalid"),
        ({"reason_code": " "}, 400, "invalid"),
        ({"reason_code": "x" * 21}, 400, "invalid"),
        ({"bank_account_id": str(uuid4())}, 404, "bank_account_not_found"),
    ],
)
def test_refuses_what_does_not_fit(
    boss: StaffClient, payment: Payment, values: dict[str, str], status: int, code: str
) -> None:
    with assert_nothing_written():
        answer = give_back(boss, payment, **values)

    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.content


def test_a_pending_refund_is_decided_first(boss: StaffClient, payment: Payment) -> None:
    CompanySettings.objects.update(refund_approval_limit=D("10.00"))
    post(boss, f"/api/payments/{payment.id}/refund", {"amount": 50, "reason": "Paid too much"})

    with assert_nothing_written():
        answer = give_back(boss, payment)

    assert (answer.status_code, answer.json()["code"]) == (409, "refund_pending")


def test_above_the_limit_for_voids_a_second_person_decides(
    boss: StaffClient, client_of: Callable[..., StaffClient], manager: Actor, payment: Payment
) -> None:
    CompanySettings.objects.update(void_approval_limit=D("50.00"))

    asked = give_back(boss, payment, fee="20.00", notes="Account closed")
    before = figures(payment)
    request = Approval.objects.get()
    decided = client_of("second_manager").post(f"/api/approvals/{request.id}/approve", {})

    assert (asked.status_code, before[0]) == (202, "posted")
    assert decided.status_code == 200, decided.content
    assert figures(payment) == ("returned", D("0.00"), D("0.00"), D("100.00"))
    made = PaymentReturn.objects.get()
    assert (made.reason_code, made.notes, made.approval_id) == ("R01", "Account closed", request.id)
    assert Obligation.objects.get(reference_id=f"NSF-{payment.number}").original == D("20.00")
    assert_clean(manager)


def test_others_find_nothing_and_may_not(client_of: Callable[..., StaffClient], payment: Payment) -> None:
    with assert_nothing_written():
        answers = [give_back(client_of(each), payment) for each in ("outsider", "cashier", "auditor")]

    assert [each.status_code for each in answers] == [404, 403, 403]


def test_the_charge_for_what_was_refunded_is_not_voided(
    boss: StaffClient, manager: Actor, payment: Payment
) -> None:
    refund(boss, payment, "10.00")
    give_back(boss, payment)
    charged = Obligation.objects.get(reference_id=f"RET-{payment.number}")
    line = Posting.objects.get(obligation=charged.id)

    with assert_nothing_written():
        answer = boss.post(f"/ledger/postings/{line.id}/void", {"reason": "It was a mistake"})

    assert (answer.status_code, answer.json()["code"]) == (409, "owned_by_document")


def test_the_receipt_and_the_account_say_so(
    boss: StaffClient, manager: Actor, acme: Customer, payment: Payment
) -> None:
    give_back(boss, payment)

    receipt = boss.get(f"/api/payments/{payment.id}/receipt").json()
    explained = boss.get(f"/api/payments/{payment.id}/explain").json()
    statement = boss.get(f"/api/customers/{acme.pk}/statement").json()
    listed = boss.get("/api/payments?status=returned").json()

    assert receipt["status"] == "returned"
    assert explained["summary"]["returned"] == D("-100.00")
    assert statement["closing_balance"] == 0
    assert statement["events"][-1]["text"] == f"Payment {payment.number} returned by the bank"
    assert [each["total_allocated"] for each in listed["results"]] == [0]
