"""Premiums are trust money: passed on to the insurer, less the commission (docs/domain.md#premiums)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.errors import Conflict, NotAllowed, Refusal
from ledger.models import Posting
from ledger.services import void_posting, write_off
from ledger.tests.vendors.builders import BY_CHECK, balance
from ledger.verification import verify
from outstanding.errors import RenewalCaseNotFound
from outstanding.models import CustomerInstallment, RenewalCase
from outstanding.querysets import premiums_by_policy
from outstanding.services import cancel_renewal, pay_installments
from outstanding.services.cancelling import Canceled
from outstanding.services.premiums import premium_standing, remit_premium, take_commission
from outstanding.tests.builders import ids_of, make_renewal
from payments.credit_memos.services.voiding import void_memo
from payments.models import CreditMemo
from payments.tests.billing import post
from tests.cast import StaffClient
from tests.digest import assert_nothing_written

WHY = "The car was sold in August"
ROWS = tuple((f"Q{n}", "300.00", date(2024, 3 * n, 28)) for n in (1, 2, 3, 4))


@pytest.fixture
def renewal(manager: Actor) -> RenewalCase:
    """4 × 300.00, the first paid."""
    renewal = make_renewal(manager, ROWS)
    pay_installments(actor=manager, case=renewal.pk, mode="cash", row_ids=ids_of(renewal)[:1])
    return renewal


def test_what_was_collected_is_passed_on_less_the_commission(manager: Actor, renewal: RenewalCase) -> None:
    done = remit_premium(actor=manager, case=renewal.pk, amount=Decimal("250.00"), paid_from=BY_CHECK)
    take_commission(actor=manager, case=renewal.pk, amount=Decimal("30.00"))

    (row,) = premiums_by_policy(actor=manager, as_of=today(manager.company), currency="USD")
    assert done.payment is not None
    assert done.payment.kind == "remittance"
    assert (row["collected"], row["returned"], row["remitted"]) == (Decimal(300), Decimal(0), Decimal(250))
    assert (row["commission"], row["needed"]) == (Decimal("30.00"), Decimal("20.00"))
    assert balance(manager, "premiums_payable") == Decimal("-920.00")
    assert balance(manager, "income:commissions") == Decimal("-30.00")
    assert done.warnings == ("Operating will stand at -250.00 USD once this is paid.",)
    assert list(verify(actor=manager)) == []


def test_at_most_what_is_due_to_the_insurer(manager: Actor, renewal: RenewalCase) -> None:
    with assert_nothing_written(), pytest.raises(Conflict) as above:
        remit_premium(actor=manager, case=renewal.pk, amount=Decimal("1200.01"), paid_from=BY_CHECK)
    ahead = remit_premium(actor=manager, case=renewal.pk, amount=Decimal("1000.00"), paid_from=BY_CHECK)
    with assert_nothing_written(), pytest.raises(Conflict):
        take_commission(actor=manager, case=renewal.pk, amount=Decimal("200.01"))

    assert above.value.code == "above_payable"
    assert "1,200.00 USD due" in above.value.message
    assert ahead.warnings[-1] == "700.00 USD more than was collected has been passed on."


def test_a_remittance_and_a_commission_are_taken_back(manager: Actor, renewal: RenewalCase) -> None:
    remit_premium(actor=manager, case=renewal.pk, amount=Decimal("250.00"), paid_from=BY_CHECK)
    take_commission(actor=manager, case=renewal.pk, amount=Decimal("30.00"))
    postings = Posting.objects.filter(
        entry__source_type="outstanding.premium", account__code="premiums_payable"
    )

    for posting in list(postings):
        void_posting(actor=manager, posting_id=posting.id, reason="It was another policy's")
        with assert_nothing_written(), pytest.raises(Refusal):
            void_posting(actor=manager, posting_id=posting.id, reason="It was another policy's")

    assert balance(manager, "premiums_payable") == Decimal("-1200.00")
    (row,) = premiums_by_policy(actor=manager, as_of=today(manager.company), currency="")
    assert row["needed"] == Decimal("300.00")
    assert list(verify(actor=manager)) == []


def test_takes_the_right_and_the_companys_own_case(
    cashier: Actor, renewal: RenewalCase, outsider: Actor
) -> None:
    with pytest.raises(NotAllowed):
        take_commission(actor=cashier, case=renewal.pk, amount=Decimal(1))
    with pytest.raises(RenewalCaseNotFound):
        take_commission(actor=outsider, case=renewal.pk, amount=Decimal(1))


def obligation_at(renewal: RenewalCase, place: int) -> UUID:
    """The obligation of the installment at that place, the earliest first."""
    rows = CustomerInstallment.objects.filter(renewal_case=renewal).order_by("due_date")
    return rows.values_list("obligation_id", flat=True)[place]


def written_off(actor: Actor, renewal: RenewalCase, place: int, amount: str) -> dict[str, Decimal]:
    """What a write-off of that much of the installment debits."""
    done = write_off(
        actor=actor, obligation_id=obligation_at(renewal, place), amount=Decimal(amount), reason=WHY
    )
    rows = Posting.objects.filter(entry=done.entry_id, amount__gt=0)
    return dict(rows.values_list("account__code", "amount"))


def test_what_was_remitted_of_a_premium_is_a_loss_when_it_is_written_off(
    manager: Actor, renewal: RenewalCase
) -> None:
    # 300.00 were collected, 750.00 are passed on: 450.00 in advance, of the second 300.00 and of the third 150.00.
    remit_premium(actor=manager, case=renewal.pk, amount=Decimal("700.00"), paid_from=BY_CHECK)
    take_commission(actor=manager, case=renewal.pk, amount=Decimal("50.00"))

    assert written_off(manager, renewal, 1, "300.00") == {"bad_debt": Decimal("300.00")}
    assert written_off(manager, renewal, 2, "100.00") == {"premiums_payable": Decimal("100.00")}
    assert written_off(manager, renewal, 2, "200.00") == {
        "premiums_payable": Decimal("50.00"),
        "bad_debt": Decimal("150.00"),
    }
    assert written_off(manager, renewal, 3, "300.00") == {"premiums_payable": Decimal("300.00")}

    assert balance(manager, "premiums_payable") == Decimal("0.00")
    assert premium_standing(actor=manager, case_id=renewal.pk).payable == Decimal("0.00")
    assert list(verify(actor=manager)) == []


def test_what_was_remitted_of_what_was_collected_is_not_one(manager: Actor, renewal: RenewalCase) -> None:
    remit_premium(actor=manager, case=renewal.pk, amount=Decimal("300.00"), paid_from=BY_CHECK)

    assert written_off(manager, renewal, 1, "300.00") == {"premiums_payable": Decimal("300.00")}

    assert premium_standing(actor=manager, case_id=renewal.pk).payable == Decimal("600.00")
    # What is written off is not passed on any more.
    with assert_nothing_written(), pytest.raises(Conflict, match=r"600\.00 USD due"):
        remit_premium(actor=manager, case=renewal.pk, amount=Decimal("600.01"), paid_from=BY_CHECK)


def test_a_remittance_that_is_taken_back_is_owed_again(manager: Actor, renewal: RenewalCase) -> None:
    done = remit_premium(actor=manager, case=renewal.pk, amount=Decimal("1200.00"), paid_from=BY_CHECK)
    assert written_off(manager, renewal, 3, "100.00") == {"bad_debt": Decimal("100.00")}
    line = Posting.objects.filter(entry=done.move.entry_id, account__code="premiums_payable").get()
    void_posting(actor=manager, posting_id=line.id, reason=WHY)

    assert written_off(manager, renewal, 3, "200.00") == {"premiums_payable": Decimal("200.00")}
    assert list(verify(actor=manager)) == []


def passed_on(actor: Actor, remitted: str, commission: str) -> RenewalCase:
    """4 × 300.00, all paid and so much of it passed on."""
    renewal = make_renewal(actor, ROWS, policy="POL-9")
    pay_installments(actor=actor, case=renewal.pk, mode="cash", row_ids=ids_of(renewal))
    remit_premium(actor=actor, case=renewal.pk, amount=Decimal(remitted), paid_from=BY_CHECK)
    take_commission(actor=actor, case=renewal.pk, amount=Decimal(commission))
    return renewal


def cancel(actor: Actor, renewal: RenewalCase) -> Canceled:
    return cancel_renewal(
        actor=actor,
        case=renewal.pk,
        effective_on=date(2024, 8, 15),
        unearned=Decimal("750.00"),
        reason=WHY,
    )


@pytest.mark.parametrize(
    ("remitted", "commission", "back", "due"),
    [
        ("1080.00", "120.00", "75.00", "675.00"),
        # 600.00 were passed on, of which 450.00 are earned: 150.00 × 60 ÷ 600.
        ("540.00", "60.00", "15.00", "135.00"),
        ("405.00", "45.00", "0.00", "0.00"),
        # 1,000.00 − 450.00 = 550.00; 550.00 × 33.33 ÷ 1,000.00 = 18.33.
        ("966.67", "33.33", "18.33", "531.67"),
    ],
)
def test_what_was_passed_on_of_the_unearned_premium_comes_back_with_its_commission(
    manager: Actor, remitted: str, commission: str, back: str, due: str
) -> None:
    renewal = passed_on(manager, remitted, commission)

    done = cancel(manager, renewal)

    assert (done.commission, done.due_back) == (Decimal(back), Decimal(due))
    assert balance(manager, "income:commissions") == Decimal(back) - Decimal(commission)
    kept = Decimal(remitted) + Decimal(commission) - Decimal(back)
    assert balance(manager, "premiums_payable") == kept - Decimal("450.00")
    assert premium_standing(actor=manager, case_id=renewal.pk).payable == Decimal("450.00") - kept
    (row,) = premiums_by_policy(actor=manager, as_of=today(manager.company), currency="USD")
    assert (row["collected"], row["returned"]) == (Decimal("1200.00"), Decimal("750.00"))
    assert (row["remitted"], row["commission"]) == (Decimal(remitted), Decimal(commission) - Decimal(back))
    assert (row["needed"], row["due_back"]) == (max(Decimal("450.00") - kept, Decimal(0)), Decimal(due))
    assert list(verify(actor=manager)) == []


def test_nothing_more_is_passed_on_of_a_policy_of_which_something_is_due_back(manager: Actor) -> None:
    renewal = passed_on(manager, "1080.00", "120.00")
    cancel(manager, renewal)
    given_back, taken = (
        Posting.objects.filter(entry__event=event, account__code="premiums_payable").get()
        for event in ("commission_given_back", "commission_earned")
    )

    with assert_nothing_written(), pytest.raises(Conflict) as above:
        remit_premium(actor=manager, case=renewal.pk, amount=Decimal("0.01"), paid_from=BY_CHECK)
    with assert_nothing_written(), pytest.raises(Conflict) as in_use:
        void_posting(actor=manager, posting_id=taken.id, reason=WHY)
    void_posting(actor=manager, posting_id=given_back.id, reason=WHY)

    assert (above.value.code, in_use.value.code) == ("above_payable", "not_voidable")
    assert balance(manager, "income:commissions") == Decimal("-120.00")
    assert premium_standing(actor=manager, case_id=renewal.pk).payable == Decimal("-750.00")
    assert list(verify(actor=manager)) == []


def test_what_is_a_credit_of_the_customer_is_not_due_to_the_insurer(manager: Actor) -> None:
    renewal = make_renewal(manager, ROWS, policy="POL-9")
    pay_installments(actor=manager, case=renewal.pk, mode="cash", row_ids=ids_of(renewal))

    cancel(manager, renewal)

    assert premium_standing(actor=manager, case_id=renewal.pk).payable == Decimal("450.00")
    (row,) = premiums_by_policy(actor=manager, as_of=today(manager.company), currency="USD")
    assert (row["needed"], row["due_back"]) == (Decimal("450.00"), Decimal(0))
    # The credit stands: what it gave back does not become due to the insurer again.
    memo = CreditMemo.objects.get()
    with assert_nothing_written(), pytest.raises(Conflict) as refused:
        void_memo(actor=manager, memo_id=memo.id, reason=WHY)
    assert refused.value.code == "credit_final"
    assert list(verify(actor=manager)) == []


def test_the_api(manager: Actor, renewal: RenewalCase, client_of: Callable[[str], StaffClient]) -> None:
    client = client_of("manager")
    path = f"/api/accounting/premiums/{renewal.pk}"

    done = post(client, f"{path}/remit", {"amount": 250, "method": "ACH", "payee": "Empire Mutual"})
    taken = post(client, f"{path}/commission", {"amount": 30})
    above = post(client, f"{path}/commission", {"amount": 921})

    assert (done.status_code, done.json()["payable"]) == (201, 950)
    assert (taken.status_code, taken.json()["payable"], taken.json()["collected"]) == (201, 920, 300)
    assert (above.status_code, above.json()["code"]) == (409, "above_payable")
    report = client.get("/api/accounting/premiums").json()
    assert (report["needed"], report["due_back"], len(report["policies"])) == (20, 0, 1)
    assert [move["kind"] for move in client.get(path).json()["moves"]] == ["commission", "remitted"]
    assert client_of("outsider").get(path).status_code == 404
