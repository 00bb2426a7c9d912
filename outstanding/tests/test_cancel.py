"""A policy that is canceled before its end: what is unearned is credited, what is earned stays owed.

Rule: docs/domain.md#premiums, docs/worked-weeks.md.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Conflict
from cases.models import Case
from ledger.models import Entry, Obligation, Posting
from ledger.services import write_off
from ledger.verification import verify
from outstanding.models import CustomerInstallment, PaymentPlan, RenewalCancellation, RenewalCase
from outstanding.rules.cancelling import Term, credit_from_the_latest, unearned_by_days
from outstanding.services import PlanRequest, setup_plan
from outstanding.tests.builders import ids_of, make_renewal, path
from payments.credit_memos.services.issuing import MemoRequest, issue_credit_memo
from payments.credit_memos.services.voiding import void_memo
from payments.models import CreditMemo, Payment
from payments.services.choosing import AllocationRequest, allocate_payment
from payments.services.returns import return_payment
from payments.tests.billing import receive
from tests.cast import StaffClient
from tests.digest import assert_nothing_written

D = Decimal
WHY = "The car was sold in August"
FOUR = tuple((f"Q{n} 2024", "300.00", date(2024, 3 * n, 28)) for n in range(1, 5))


@pytest.fixture
def policy(travel: Any, manager: Actor) -> RenewalCase:
    """Four installments of 300.00."""
    return make_renewal(manager, FOUR)


@pytest.fixture
def boss(policy: RenewalCase, client_of: Callable[..., StaffClient]) -> StaffClient:
    """The finance manager's client."""
    return client_of("manager", company_header=False)


def pay(actor: Actor, policy: RenewalCase, amount: str) -> Payment:
    """So much of the installments is paid, the earliest first."""
    payment = receive(actor, policy.customer, amount, on=date(2024, 11, 1))
    left = D(amount)
    for installment in CustomerInstallment.objects.filter(renewal_case=policy).order_by("due_date"):
        part = min(left, installment.amount)
        if part:
            asked = AllocationRequest(amount=part, obligation_id=installment.obligation_id)
            allocate_payment(actor=actor, payment_id=payment.id, requests=[asked])
            left -= part
    return payment


def cancel(client: StaffClient, policy: RenewalCase, **values: Any) -> Any:
    body = {"effective_on": "2024-08-15", "unearned": "750.00", "reason": WHY, **values}
    return client.post(
        path(policy, "cancel"), {key: value for key, value in body.items() if value is not None}
    )


def owed(policy: RenewalCase) -> list[Decimal]:
    rows = CustomerInstallment.objects.filter(renewal_case=policy).order_by("due_date")
    return [each.obligation.outstanding for each in rows.select_related("obligation")]


def state_of(policy: RenewalCase) -> str:
    return Case.objects.get(id=policy.pk).state


def assert_clean(actor: Actor) -> None:
    assert [f"{found.check}: {found.difference}" for found in verify(actor=actor)] == []


def test_the_worked_figures(boss: StaffClient, manager: Actor, policy: RenewalCase) -> None:
    pay(manager, policy, "400.00")

    answer = cancel(boss, policy)

    assert answer.status_code == 200, answer.content
    body = answer.json()["data"]
    assert (body["unearned"], body["credited"], body["returned"], body["total_outstanding"]) == (
        D("750.00"),
        D("750.00"),
        D("0.00"),
        D("50.00"),
    )
    assert [each["credited"] for each in body["installments"]] == [D("300.00"), D("300.00"), D("150.00")]
    assert owed(policy) == [D("0.00"), D("50.00"), D("0.00"), D("0.00")]
    lines = Posting.objects.filter(entry__event="premium_unearned").order_by("entry_id", "line")
    assert [(each.account.code, each.amount) for each in lines] == [
        ("premiums_payable", D("300.00")),
        ("receivable:PREMIUM", D("-300.00")),
        ("premiums_payable", D("300.00")),
        ("receivable:PREMIUM", D("-300.00")),
        ("premiums_payable", D("150.00")),
        ("receivable:PREMIUM", D("-150.00")),
    ]
    assert state_of(policy) == "Cancelled"
    assert_clean(manager)


def test_its_summary_goes_on_answering(boss: StaffClient, manager: Actor, policy: RenewalCase) -> None:
    pay(manager, policy, "400.00")
    cancel(boss, policy)

    summary = boss.get(path(policy, "summary")).json()["data"]

    assert summary["total_outstanding"] == D("50.00")
    # What is earned can still be paid.
    second = CustomerInstallment.objects.filter(renewal_case=policy).order_by("due_date")[1]
    payment = receive(manager, policy.customer, "50.00")
    asked = AllocationRequest(amount=D("50.00"), obligation_id=second.obligation_id)
    allocate_payment(actor=manager, payment_id=payment.id, requests=[asked])
    assert owed(policy) == [D("0.00")] * 4
    assert state_of(policy) == "Cancelled"
    assert_clean(manager)


def test_what_was_paid_above_what_is_earned_is_a_credit(
    boss: StaffClient, manager: Actor, policy: RenewalCase
) -> None:
    pay(manager, policy, "1000.00")

    answer = cancel(boss, policy)

    body = answer.json()["data"]
    memo = CreditMemo.objects.get()
    assert (body["credited"], body["returned"], body["credit_memo"]) == (
        D("200.00"),
        D("550.00"),
        memo.number,
    )
    assert (memo.left, memo.customer_id) == (D("550.00"), policy.customer_id)
    assert owed(policy) == [D("0.00")] * 4
    assert state_of(policy) == "Cancelled"
    assert RenewalCancellation.objects.get().memo_id == memo.id
    assert_clean(manager)


def test_a_paid_policy_is_canceled_too(boss: StaffClient, manager: Actor, policy: RenewalCase) -> None:
    payment = pay(manager, policy, "1200.00")
    assert state_of(policy) == "Closed"

    answer = cancel(boss, policy)

    assert answer.json()["data"]["returned"] == D("750.00")
    assert state_of(policy) == "Cancelled"
    # What comes back later is owed, and the case stays what it is.
    return_payment(actor=manager, payment_id=payment.id, reason_code="R01")
    assert state_of(policy) == "Cancelled"
    assert sum(owed(policy)) == D("1200.00")
    assert_clean(manager)


@pytest.mark.parametrize("place", [0, 1, 3], ids=["paid", "earned in part", "credited"])
def test_no_memo_credits_the_premium_again(
    boss: StaffClient, manager: Actor, policy: RenewalCase, place: int
) -> None:
    pay(manager, policy, "400.00")
    cancel(boss, policy)
    installment = CustomerInstallment.objects.filter(renewal_case=policy).order_by("due_date")[place]
    request = MemoRequest(reason=WHY, amount=D("10.00"), obligation_id=installment.obligation_id)

    with assert_nothing_written(), pytest.raises(Conflict) as refused:
        issue_credit_memo(actor=manager, request=request)

    assert refused.value.code == "not_creditable"
    assert "canceled on 2024-08-15" in str(refused.value)


def test_no_memo_credits_a_premium_that_was_returned(
    boss: StaffClient, manager: Actor, policy: RenewalCase
) -> None:
    pay(manager, policy, "1200.00")
    cancel(boss, policy)

    for installment in CustomerInstallment.objects.filter(renewal_case=policy):
        request = MemoRequest(reason=WHY, obligation_id=installment.obligation_id)
        with assert_nothing_written(), pytest.raises(Conflict) as refused:
            issue_credit_memo(actor=manager, request=request)
        assert refused.value.code == "not_creditable"
    assert_clean(manager)


def test_the_credit_that_it_gave_is_not_voided_alone(
    boss: StaffClient, manager: Actor, policy: RenewalCase
) -> None:
    pay(manager, policy, "1200.00")
    cancel(boss, policy)
    memo = CreditMemo.objects.get()

    with assert_nothing_written(), pytest.raises(Conflict) as refused:
        void_memo(actor=manager, memo_id=memo.id, reason=WHY)

    assert refused.value.code == "credit_final"
    assert memo.number in str(refused.value)


def test_by_days(boss: StaffClient, manager: Actor, policy: RenewalCase) -> None:
    answer = cancel(
        boss,
        policy,
        unearned=None,
        covers_from="2024-01-01",
        covers_until="2024-12-31",
        effective_on="2024-08-15",
    )

    # 139 of 366 days: 1,200.00 × 139 ÷ 366.
    assert answer.json()["data"]["unearned"] == D("455.74")
    assert owed(policy) == [D("300.00"), D("300.00"), D("144.26"), D("0.00")]


def test_the_plan_ends_first(boss: StaffClient, manager: Actor, policy: RenewalCase) -> None:
    setup_plan(actor=manager, case=policy.pk, wanted=PlanRequest(3, date(2024, 12, 1), "monthly", "upi"))

    assert cancel(boss, policy).status_code == 200

    plan = PaymentPlan.objects.get()
    assert (plan.status, plan.ended_on) == ("cancelled", date(2024, 11, 15))
    assert_clean(manager)


def test_a_payment_in_progress_ends_first(boss: StaffClient, policy: RenewalCase) -> None:
    paying = boss.post(path(policy, "pay"), {"payment_mode": "upi", "installment_ids": ids_of(policy)[:1]})
    assert paying.status_code in (200, 201), paying.content

    with assert_nothing_written():
        answer = cancel(boss, policy)

    assert (answer.status_code, answer.json()["code"]) == (409, "installment_processing")


def test_what_was_written_off_is_not_unearned_again(
    boss: StaffClient, manager: Actor, policy: RenewalCase
) -> None:
    last = CustomerInstallment.objects.filter(renewal_case=policy).order_by("-due_date").first()
    assert last is not None
    done = write_off(actor=manager, obligation_id=last.obligation_id, amount=D("300.00"), reason=WHY)
    lines = (
        Posting.objects.filter(entry=done.entry_id).order_by("line").values_list("account__code", "amount")
    )
    assert list(lines) == [("premiums_payable", D("300.00")), ("receivable:PREMIUM", D("-300.00"))]

    with assert_nothing_written():
        answer = cancel(boss, policy, unearned="900.01")

    assert (answer.status_code, answer.json()["code"]) == (400, "above_premium")
    assert cancel(boss, policy, unearned="900.00").json()["data"]["total_outstanding"] == 0
    assert_clean(manager)


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"unearned": None}, "term_or_figure"),
        ({"covers_from": "2024-01-01"}, "term_or_figure"),
        ({"covers_from": "2024-01-01", "covers_until": "2024-12-31"}, "term_or_figure"),
        ({"unearned": None, "covers_from": "2024-01-01", "covers_until": "2024-08-14"}, "outside_term"),
        ({"unearned": None, "covers_from": "2024-08-16", "covers_until": "2024-12-31"}, "outside_term"),
        ({"unearned": "1200.01"}, "above_premium"),
        ({"reason": "short"}, "reason_length"),
    ],
)
def test_refuses_what_does_not_fit(
    boss: StaffClient, policy: RenewalCase, values: dict[str, Any], code: str
) -> None:
    with assert_nothing_written():
        answer = cancel(boss, policy, **values)

    assert (answer.status_code, answer.json()["code"]) == (400, code), answer.content


def test_nothing_is_canceled_twice_or_by_others(
    boss: StaffClient, client_of: Callable[..., StaffClient], policy: RenewalCase
) -> None:
    with assert_nothing_written():
        assert cancel(client_of("cashier"), policy).status_code == 403
        assert cancel(client_of("outsider"), policy).status_code == 404
    cancel(boss, policy)

    with assert_nothing_written():
        again = cancel(boss, policy)

    assert (again.status_code, again.json()["code"]) == (409, "illegal_transition")


def test_the_general_cancellation_would_leave_all_of_it_owed(boss: StaffClient, policy: RenewalCase) -> None:
    with assert_nothing_written():
        answer = boss.post(f"/bpm/case/{policy.case.case_no}/cancel", {"reason": WHY})

    assert (answer.status_code, answer.json()["code"]) == (409, "illegal_transition")
    # The refusal names the call that cancels it, and that call does.
    told = answer.json()["detail"]
    assert f"POST {path(policy, 'cancel')} credits what is unearned" in told
    assert cancel(boss, policy).status_code == 200
    with assert_nothing_written():
        again = boss.post(f"/bpm/case/{policy.case.case_no}/cancel", {"reason": WHY})
    assert again.json()["detail"] == f"{policy.case.case_no} is Cancelled: it cannot be cancelled."


def test_a_premium_is_not_voided(boss: StaffClient, policy: RenewalCase) -> None:
    line = Posting.objects.filter(obligation__category="PREMIUM").first()
    assert line is not None

    answer = boss.post(f"/ledger/postings/{line.id}/void", {"reason": "It was a mistake"})

    assert (answer.status_code, answer.json()["code"]) == (409, "owned_by_document")
    assert "cancel the renewal case" in answer.json()["detail"]
    assert Entry.objects.filter(event="obligation_voided").count() == 0
    assert Obligation.objects.filter(status="voided").count() == 0


def test_days_and_shares() -> None:
    term = Term(date(2024, 1, 1), date(2024, 12, 31))

    assert (term.days, term.days_left(date(2024, 1, 1)), term.days_left(date(2025, 6, 1))) == (366, 366, 0)
    assert unearned_by_days(premium=D("1200.00"), term=term, on=date(2024, 1, 1)) == D("1200.00")
    shares, left = credit_from_the_latest(
        unearned=D("400.00"), outstanding=[("a", D("0.00")), ("b", D("100.00")), ("c", D("250.00"))]
    )
    assert ([(each.key, each.amount) for each in shares], left) == (
        [("c", D("250.00")), ("b", D("100.00"))],
        D("50.00"),
    )
