"""Security deposits: taken of a payment, used for a debt, returned (docs/domain.md#deposits)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connection

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.errors import InvalidInput, Refusal
from batconnect.core.models import Approval, CompanySettings
from ledger.clearing.errors import DepositNotFound, MoreThanHeld
from ledger.clearing.services.deposit_returns import DepositPaid, return_deposit
from ledger.clearing.services.deposits import use_deposit
from ledger.models import DepositMove, Disbursement, Posting, SecurityDeposit
from ledger.services import void_posting
from ledger.tests.builders import Debtor, charge, make_debtor
from ledger.tests.vendors.builders import BY_CHECK, IN_CASH, balance, put_in
from ledger.treasury.errors import DrawerShort
from ledger.verification import verify
from payments.errors import PaymentDeposited, PaymentNotFound
from payments.models import Payment
from payments.services.deposits import take_deposit
from payments.services.voids import void_payment
from payments.tests.billing import post, receive
from tests.cast import StaffClient, acting
from tests.digest import assert_nothing_written

AT = "/api/accounting/security-deposits"
WHY = "He has left and owes tolls"


@pytest.fixture
def john(manager: Actor) -> Debtor:
    return make_debtor(manager)


@pytest.fixture
def payment(manager: Actor, john: Debtor) -> Payment:
    return receive(manager, john.customer, "600.00")


def take(actor: Actor, payment: Payment, debtor: Debtor, amount: str = "500.00") -> SecurityDeposit:
    return take_deposit(actor=actor, payment_id=payment.id, lease=debtor.lease.pk, amount=Decimal(amount))


def test_takes_of_unallocated_cash(manager: Actor, john: Debtor, payment: Payment) -> None:
    deposit = take(manager, payment, john)
    again = take(manager, payment, john, "20.00")

    payment.refresh_from_db()
    assert (payment.unallocated, payment.deposited) == (Decimal("80.00"), Decimal("520.00"))
    assert (deposit.id, again.held) == (again.id, Decimal("520.00"))
    assert balance(manager, "security_deposits") == Decimal("-520.00")
    assert list(verify(actor=manager)) == []


def test_refuses_more_than_is_left_and_leases_of_others(
    manager: Actor, john: Debtor, payment: Payment
) -> None:
    jane = make_debtor(manager, number=2, name="Jane Roe")

    with assert_nothing_written(), pytest.raises(InvalidInput) as above:
        take(manager, payment, john, "600.01")
    with assert_nothing_written(), pytest.raises(InvalidInput) as not_hers:
        take(manager, payment, jane)
    with assert_nothing_written(), pytest.raises(InvalidInput) as nowhere:
        take_deposit(actor=manager, payment_id=payment.id, lease="LS-9", amount=Decimal(1))

    codes = (above.value.code, not_hers.value.code, nowhere.value.code)
    assert codes == ("above_unallocated", "not_its_driver", "lease_unknown")


def test_is_used_for_what_is_owed_on_its_lease(manager: Actor, john: Debtor, payment: Payment) -> None:
    deposit = take(manager, payment, john)
    toll = charge(manager, john, amount="120.00")
    jane = make_debtor(manager, number=2, name="Jane Roe")
    hers = charge(manager, jane, reference_id="EZ-2")

    def use(obligation: Any, amount: str) -> SecurityDeposit:
        return use_deposit(
            actor=manager,
            deposit_id=deposit.id,
            obligation_id=obligation.id,
            amount=Decimal(amount),
            reason=WHY,
        )

    with assert_nothing_written(), pytest.raises(InvalidInput) as above:
        use(toll, "120.01")
    with assert_nothing_written(), pytest.raises(InvalidInput) as other:
        use(hers, "1.00")
    left = use(toll, "120.00")

    toll.refresh_from_db()
    assert (toll.outstanding, toll.status, left.held) == (Decimal("0.00"), "settled", Decimal("380.00"))
    assert (above.value.code, other.value.code) == ("above_outstanding", "other_debtor")
    assert list(verify(actor=manager)) == []
    # The use is undone by voiding its posting: the toll is owed and the money held again.
    used = Posting.objects.get(entry__event="deposit_used", account__code="security_deposits")
    void_posting(actor=manager, posting_id=used.id, reason="It was not his toll")
    toll.refresh_from_db()
    deposit.refresh_from_db()
    assert (toll.outstanding, deposit.held) == (Decimal("120.00"), Decimal("500.00"))
    assert list(verify(actor=manager)) == []


def test_never_holds_less_than_nothing(manager: Actor, john: Debtor, payment: Payment) -> None:
    deposit = take(manager, payment, john, "100.00")
    toll = charge(manager, john, amount="120.00")

    with assert_nothing_written(), pytest.raises(MoreThanHeld, match=r"100\.00 USD held"):
        use_deposit(
            actor=manager,
            deposit_id=deposit.id,
            obligation_id=toll.id,
            amount=Decimal("100.01"),
            reason=WHY,
        )
    with assert_nothing_written(), pytest.raises(MoreThanHeld):
        return_deposit(actor=manager, deposit_id=deposit.id, amount=Decimal("100.01"), paid_from=BY_CHECK)
    put_in(manager, "50.00")
    with assert_nothing_written(), pytest.raises(DrawerShort):
        return_deposit(actor=manager, deposit_id=deposit.id, amount=Decimal("51.00"), paid_from=IN_CASH)


def test_is_returned_and_the_return_stopped(manager: Actor, john: Debtor, payment: Payment) -> None:
    deposit = take(manager, payment, john)

    done = return_deposit(actor=manager, deposit_id=deposit.id, amount=Decimal("500.00"), paid_from=BY_CHECK)

    assert isinstance(done, DepositPaid)
    assert (done.deposit.held, done.payment.kind) == (Decimal("0.00"), "deposit_return")
    assert (done.payment.payee, done.payment.customer_id) == ("John Doe", john.customer.id)
    assert balance(manager, "payments_in_transit:operating") == Decimal("-500.00")
    # While it is returned, taking it cannot be undone.
    taken = Posting.objects.get(entry__event="deposit_taken", account__code="security_deposits")
    with assert_nothing_written(), pytest.raises(MoreThanHeld):
        void_posting(actor=manager, posting_id=taken.id, reason="It was for another lease")
    returned = Posting.objects.get(entry__event="deposit_returned", account__code="security_deposits")
    void_posting(actor=manager, posting_id=returned.id, reason="The check was never sent")
    void_posting(actor=manager, posting_id=taken.id, reason="It was for another lease")

    payment.refresh_from_db()
    assert (payment.unallocated, payment.deposited) == (Decimal("600.00"), Decimal("0.00"))
    assert Disbursement.objects.get().status == "stopped"
    assert set(DepositMove.objects.values_list("is_voided", flat=True)) == {True}
    assert list(verify(actor=manager)) == []


def test_above_the_limit_for_refunds_a_return_waits_and_is_reserved(
    manager: Actor, john: Debtor, payment: Payment, client_of: Callable[[str], StaffClient]
) -> None:
    deposit = take(manager, payment, john)
    toll = charge(manager, john, amount="120.00")
    CompanySettings.objects.update(refund_approval_limit=Decimal("300.00"))
    boss, path = client_of("manager"), f"{AT}/{deposit.id}/return"
    refunded = post(
        boss, f"/api/payments/{payment.id}/refund", {"amount": 50, "reason": "He has paid too much"}
    )

    below = post(boss, path, {"amount": 100, "method": "Check"})
    asked = post(boss, path, {"amount": 300, "method": "Check", "reference_number": "7", "reason": WHY})
    with assert_nothing_written():
        more = post(boss, path, {"amount": 101, "method": "Check"})
        used = post(
            boss,
            f"{AT}/{deposit.id}/use",
            {"obligation_id": str(toll.id), "amount": "100.01", "reason": WHY},
        )
    held = SecurityDeposit.objects.get().held
    decided = client_of("second_manager").post(f"/api/approvals/{Approval.objects.get().id}/approve", {})

    assert (refunded.status_code, below.status_code, asked.status_code) == (200, 200, 202)
    # The refund of a payment and both returns count together for the customer.
    assert "with the 100.00 before it is above the limit of 300.00" in asked.json()["message"]
    assert {(each.status_code, each.json()["code"]) for each in (more, used)} == {(409, "more_than_held")}
    assert "300.00 is waiting for approval" in more.json()["detail"]
    assert (held, decided.status_code) == (Decimal("400.00"), 200), decided.content
    assert SecurityDeposit.objects.get().held == Decimal("100.00")
    paid = Disbursement.objects.get(kind="deposit_return", amount=Decimal("300.00"))
    assert (paid.reference, paid.status) == ("7", "in_transit")
    assert list(verify(actor=manager)) == []


def test_a_check_is_not_held_as_deposit_before_its_days_are_over(
    manager: Actor, john: Debtor, client_of: Callable[[str], StaffClient]
) -> None:
    CompanySettings.objects.update(check_hold_days=7)
    day = today(manager.company)
    for ago, status in ((6, 409), (7, 201)):
        payment = receive(manager, john.customer, "600.00", on=day - timedelta(days=ago), method="check")
        path = f"/api/payments/{payment.id}/security-deposit"
        if status == 409:
            with assert_nothing_written():
                answer = post(client_of("manager"), path, {"lease_id": "LS-2054", "amount": 500})
            assert answer.json()["code"] == "check_held"
            assert f"from {day + timedelta(days=1)} on" in answer.json()["detail"]
        else:
            answer = post(client_of("manager"), path, {"lease_id": "LS-2054", "amount": 500})
        assert answer.status_code == status, answer.content


def test_a_payment_is_not_voided_while_a_part_is_held(manager: Actor, john: Debtor, payment: Payment) -> None:
    take(manager, payment, john, "10.00")

    with assert_nothing_written(), pytest.raises(PaymentDeposited):
        void_payment(actor=manager, payment_id=payment.id, reason="The check bounced last week")


def test_another_companys_ids_are_not_found(
    manager: Actor, john: Debtor, payment: Payment, outsider: Actor
) -> None:
    with pytest.raises(PaymentNotFound):
        take(outsider, payment, john)
    with pytest.raises(DepositNotFound):
        return_deposit(actor=outsider, deposit_id=payment.id, amount=Decimal(1), paid_from=BY_CHECK)


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_it_is_returned_once() -> None:
    with acting("manager") as manager:
        debtor = make_debtor(manager)
        deposit = take(manager, receive(manager, debtor.customer, "600.00"), debtor)
    outcomes: list[str] = []
    both = Barrier(2)

    def give_back() -> None:
        try:
            both.wait(10)
            with acting("manager") as actor:
                return_deposit(
                    actor=actor, deposit_id=deposit.id, amount=Decimal("300.00"), paid_from=BY_CHECK
                )
            outcomes.append("returned")
        except Refusal:
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [Thread(target=give_back) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert sorted(outcomes) == ["refused", "returned"]
    with acting("manager") as manager:
        assert SecurityDeposit.objects.get().held == Decimal("200.00")
        assert list(verify(actor=manager)) == []


def test_the_api(
    manager: Actor, john: Debtor, payment: Payment, client_of: Callable[[str], StaffClient]
) -> None:
    client = client_of("manager")
    toll = charge(manager, john, amount="120.00")

    taken = post(
        client, f"/api/payments/{payment.id}/security-deposit", {"lease_id": "LS-2054", "amount": 500}
    )
    path = f"{AT}/{taken.json()['id']}"
    used = post(client, f"{path}/use", {"obligation_id": str(toll.id), "amount": 120, "reason": WHY})
    above = post(client, f"{path}/return", {"amount": 381, "method": "Check"})
    returned = post(client, f"{path}/return", {"amount": 380, "method": "Check", "reference_number": "7"})

    assert (taken.status_code, taken.json()["held"], taken.json()["lease_id"]) == (201, 500, "LS-2054")
    assert (used.status_code, used.json()["held"]) == (200, 380)
    assert (above.status_code, above.json()["code"]) == (409, "more_than_held")
    assert (returned.status_code, returned.json()["held"]) == (200, 0)
    assert [move["kind"] for move in client.get(path).json()["moves"]] == ["returned", "used", "taken"]
    assert client.get(f"{AT}?is_held=true").json()["total"] == 0
    assert client_of("outsider").get(path).status_code == 404
    assert post(client_of("cashier"), f"{path}/return", {"amount": 1, "method": "Check"}).status_code == 403
