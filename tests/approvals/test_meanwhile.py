"""What happened between asking and deciding: refused in words, the request goes on waiting, and can be rejected."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from batconnect.core.kernel.actors import Actor
from batconnect.core.models import Approval, CompanySettings
from cases.models import Case
from cases.services import cancel_case, hold_case, release_case
from ledger.services import write_off
from ledger.tests.builders import charge, make_debtor
from loans.models import DriverLoan
from payments.models import Payment
from payments.services.refunds import refund_unallocated
from payments.services.voids import void_payment
from payments.tests.billing import make_customer, post, receive
from tests.approvals.entry_points import ENTRY_POINTS, set_limits
from tests.approvals.test_every_entry_point import decide, request_of
from tests.cast import StaffClient, _actor
from tests.digest import assert_nothing_written

WHY = "The check was returned unpaid."


@pytest.fixture
def boss(client_of: Callable[..., StaffClient], in_north: Any) -> StaffClient:
    """The finance manager's client."""
    return client_of("manager")


@pytest.fixture
def second(client_of: Callable[..., StaffClient], in_north: Any) -> StaffClient:
    """Another finance manager's client."""
    return client_of("second_manager")


def refused_then_rejected(second: StaffClient, request_id: str) -> Any:
    """The refusal of approving; the request waited on, and was then rejected."""
    with assert_nothing_written():
        refused = decide(second, request_id, "approve")
    assert Approval.objects.get(id=request_id).status == "pending_approval"
    assert decide(second, request_id, "reject").status_code == 200
    return refused


@pytest.fixture
def payment(manager: Actor) -> Payment:
    """100.00, unallocated."""
    return receive(manager, make_customer(manager), "100.00")


def asked_void(client: StaffClient, payment: Payment) -> str:
    set_limits()
    return request_of(post(client, f"/api/payments/{payment.id}/void", {"reason": WHY}))


def test_a_payment_voided_meanwhile(
    boss: StaffClient, second: StaffClient, manager: Actor, payment: Payment
) -> None:
    request_id = asked_void(boss, payment)
    CompanySettings.objects.update(void_approval_limit=None)
    answer = post(second, f"/api/payments/{payment.id}/void", {"reason": WHY})

    refused = refused_then_rejected(second, request_id)

    assert answer.status_code == 200
    assert (refused.status_code, refused.json()["code"]) == (409, "already_voided")
    assert payment.number in refused.json()["detail"]


def test_a_payment_refunded_meanwhile(
    boss: StaffClient, second: StaffClient, manager: Actor, payment: Payment
) -> None:
    request_id = asked_void(boss, payment)
    refund_unallocated(actor=manager, payment_id=payment.id, amount=Decimal("1.00"), reason=WHY)

    refused = refused_then_rejected(second, request_id)

    assert (refused.status_code, refused.json()["code"]) == (409, "payment_refunded")


def test_a_refund_that_waits_keeps_the_payment(
    boss: StaffClient, second: StaffClient, manager: Actor, payment: Payment
) -> None:
    set_limits()
    path = f"/api/payments/{payment.id}"
    requested = post(boss, f"{path}/refund", {"amount": "50.00", "reason": WHY})

    with assert_nothing_written():
        voided = post(second, f"{path}/void", {"reason": WHY})
        more = post(second, f"{path}/refund", {"amount": "50.01", "reason": WHY})
    decide(second, request_of(requested), "approve")

    assert (voided.json()["code"], more.json()["code"]) == ("refund_pending", "above_refundable")
    payment.refresh_from_db()
    assert (payment.refunded, payment.reserved, payment.unallocated) == (50, 0, 50)


def test_a_debt_of_which_less_is_owed_meanwhile(
    boss: StaffClient, second: StaffClient, manager: Actor
) -> None:
    debt = charge(manager, make_debtor(manager), amount="100.00")
    set_limits()
    requested = post(boss, f"/ledger/balances/{debt.id}/write-off", {"amount": "100.00", "reason": WHY})
    write_off(actor=manager, obligation_id=debt.id, amount=Decimal("5.00"), reason=WHY)

    refused = refused_then_rejected(second, request_of(requested))

    assert (refused.status_code, refused.json()["code"]) == (400, "above_outstanding")
    assert "95.00" in refused.json()["detail"]


def test_a_dtr_paid_meanwhile(boss: StaffClient, second: StaffClient, manager: Actor) -> None:
    _, prepare = ENTRY_POINTS["ledger/dtrs/<str:number>/pay"]
    attempt = prepare(manager, boss)
    set_limits()
    request_id = request_of(attempt.by(boss))
    with assert_nothing_written():
        twice = attempt.by(second)
    CompanySettings.objects.update(payout_approval_limit=None)
    paid = attempt.by(second)

    refused = refused_then_rejected(second, request_id)

    assert (twice.status_code, twice.json()["code"]) == (409, "approval_pending")
    assert paid.status_code == 200
    assert (refused.status_code, refused.json()["code"]) == (409, "dtr_paid")


def asked_loan(client: StaffClient, actor: Actor) -> tuple[str, Case]:
    _, prepare = ENTRY_POINTS["bpm/case/<str:case_no>"]
    attempt = prepare(actor, client)
    set_limits()
    return request_of(attempt.by(client)), Case.objects.get()


def test_a_loans_case_on_hold_is_released_first(
    boss: StaffClient, second: StaffClient, manager: Actor
) -> None:
    request_id, case = asked_loan(boss, manager)
    hold_case(actor=manager, case_no=case.case_no, reason="His license is looked at")

    with assert_nothing_written():
        answers = [decide(second, request_id, action) for action in ("approve", "reject")]
    release_case(actor=manager, case_no=case.case_no, reason="It is fine")
    approved = decide(second, request_id, "approve")

    assert {each.json()["code"] for each in answers} == {"illegal_transition"}
    assert "release it first" in answers[0].json()["detail"]
    assert approved.json()["outcome"] == {"loan_id": DriverLoan.objects.get().number}
    assert Case.objects.get().state == "Closed"


def test_a_loans_case_cancelled_meanwhile_stays_cancelled(
    boss: StaffClient, second: StaffClient, manager: Actor
) -> None:
    request_id, case = asked_loan(boss, manager)
    cancel_case(actor=manager, case_no=case.case_no, reason="He found the money")

    refused = refused_then_rejected(second, request_id)

    assert (refused.status_code, refused.json()["code"]) == (409, "illegal_transition")
    assert (Case.objects.get().state, DriverLoan.objects.exists()) == ("Cancelled", False)


def test_a_rejected_loan_is_entered_anew_at_another_amount(
    boss: StaffClient, second: StaffClient, manager: Actor
) -> None:
    _, prepare = ENTRY_POINTS["bpm/case/<str:case_no>"]
    attempt = prepare(manager, boss)
    set_limits()
    decide(second, request_of(attempt.by(boss)), "reject")
    case = Case.objects.get()
    attempt.body["data"]["loan_amount"] = "10.00"

    answer = attempt.by(boss)

    assert (case.state, case.current_step) == ("Open", "LOAN_ENTER_DETAILS")
    assert (answer.status_code, answer.json()["case_status"]) == (200, "Closed")


def test_a_loan_is_made_as_it_was_asked_for(boss: StaffClient, second: StaffClient, manager: Actor) -> None:
    request_id, case = asked_loan(boss, manager)
    parameters = Approval.objects.get().parameters

    decide(second, request_id, "approve")

    loan = DriverLoan.objects.get()
    assert (str(loan.amount), loan.loan_date.isoformat(), loan.start_week.isoformat(), loan.notes) == (
        parameters["amount"],
        parameters["loan_date"],
        parameters["start_week"],
        "For the deposit",
    )
    assert (loan.case_no, loan.interest_rate) == (case.case_no, Decimal(10))


def test_a_void_twice_asked_for_waits_once(
    boss: StaffClient, second: StaffClient, manager: Actor, payment: Payment
) -> None:
    asked_void(boss, payment)

    with assert_nothing_written():
        again = post(second, f"/api/payments/{payment.id}/void", {"reason": WHY})

    assert (again.status_code, again.json()["code"]) == (409, "approval_pending")
    assert payment.number in again.json()["detail"]


def test_voids_of_one_customer_add_up_in_a_day(manager: Actor) -> None:
    customer = make_customer(manager)
    payments = [receive(manager, customer, "600.00") for _ in range(2)]
    CompanySettings.objects.update(void_approval_limit=Decimal("1000.00"))
    actor = _actor("manager")
    done = [void_payment(actor=actor, payment_id=each.id, reason=WHY) for each in payments]

    assert [type(each).__name__ for each in done] == ["Payment", "Approval"]
