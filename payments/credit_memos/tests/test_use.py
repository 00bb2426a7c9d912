"""What is left of a credit: applied, undone, refunded, voided, used by the weekly run."""

from __future__ import annotations

from decimal import Decimal
from uuid import uuid4

import pytest

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.errors import Conflict, InvalidInput
from ledger.chart import Category
from ledger.credits import credit_issuer
from ledger.models import Obligation, Posting
from ledger.postings import Leg
from ledger.services import post_entries, void_posting
from ledger.settlement.errors import WeekClosed
from ledger.treasury.models import Disbursement
from ledger.treasury.services.paying import PaidFrom
from ledger.weekly import CreditPaid, CreditUse, credit_source
from payments.credit_memos.rules import spread
from payments.credit_memos.services.refunding import refund_credit
from payments.credit_memos.services.voiding import void_memo
from payments.credit_memos.tests.builders import (
    REASON,
    assert_clean,
    credit,
    entry_lines,
    fresh,
    lines_of,
    memo_of,
    toll,
)
from payments.models import Allocation, CreditMemo
from payments.services.auto import AutoOptions, auto_allocate_credit, preview_credit
from payments.services.choosing import AllocationRequest, allocate_credit
from payments.services.credit_voids import void_credit_application
from payments.services.undo import undo_operation
from payments.tests.billing import assert_identities
from payments.tests.builders import Debtor, pay

pytestmark = pytest.mark.django_db
D = Decimal


@pytest.fixture
def paid_toll(manager: Actor, john: Debtor) -> Obligation:
    """A toll of 45.00 that was paid."""
    item = toll(manager, john)
    pay(manager, "45.00", ("EZPass", "EZ-1", "45.00"))
    return item


@pytest.fixture
def memo(manager: Actor, paid_toll: Obligation) -> CreditMemo:
    """45.00 of credit, all of it left."""
    return memo_of(credit(manager, paid_toll))


def item_of(reference: str) -> Obligation:
    return Obligation.objects.get(reference_id=reference)


def test_is_applied_to_chosen_items(manager: Actor, memo: CreditMemo) -> None:
    item = item_of("EZ-88213")

    done = allocate_credit(
        actor=manager,
        memo_id=memo.id,
        requests=[AllocationRequest(amount=D("20.00"), obligation_id=item.id)],
    )

    (allocation,) = done.applied.allocations
    assert (allocation.memo_id, allocation.payment_id) == (memo.id, None)
    assert fresh(item).outstanding == D("4.75")
    assert memo_of_id(memo).left == D("25.00")
    with pytest.raises(InvalidInput) as refused:
        allocate_credit(
            actor=manager,
            memo_id=memo.id,
            requests=[AllocationRequest(amount=D("25.01"), obligation_id=item_of("PVB-4471").id)],
        )
    assert refused.value.code == "above_unallocated"
    assert "25.00 left" in refused.value.message
    assert Allocation.objects.filter(memo=memo.id).count() == 1
    assert_identities()
    assert_clean(manager)


def test_is_applied_by_a_strategy_as_previewed(manager: Actor, memo: CreditMemo) -> None:
    options = AutoOptions(strategy="hierarchy", categories=("EZPASS", "PVB"))
    plan = preview_credit(actor=manager, memo_id=memo.id, options=options)
    assert not Allocation.objects.filter(memo=memo.id).exists()

    done = auto_allocate_credit(actor=manager, memo_id=memo.id, options=options, plan_hash=plan.plan_hash)

    assert done.applied is not None
    assert [each.amount for each in done.applied.allocations] == [D("24.75"), D("20.25")]
    assert memo_of_id(memo).status == "used"
    with pytest.raises(Conflict) as stale:
        auto_allocate_credit(actor=manager, memo_id=memo.id, options=options, plan_hash=plan.plan_hash)
    assert stale.value.code == "plan_stale"
    assert_clean(manager)

    undone = undo_operation(actor=manager, operation_id=done.applied.operation_id, reason=REASON)

    assert [each.left for each in undone.memos] == [D("45.00")]
    assert memo_of_id(memo).status == "open"
    assert fresh(item_of("EZ-88213")).outstanding == D("24.75")
    assert_identities()
    assert_clean(manager)


def test_an_application_is_taken_back(manager: Actor, john: Debtor) -> None:
    item = toll(manager, john)
    issued = credit(manager, item, "20.00")
    assert issued.allocation is not None

    void_credit_application(actor=manager, allocation_id=issued.allocation.id, reason=REASON)

    assert (fresh(item).outstanding, fresh(item).credited) == (D("45.00"), D("20.00"))
    assert memo_of(issued).left == D("20.00")
    assert entry_lines("credit_unapplied") == {
        "receivable:EZPASS": D("20.00"),
        "customer_credits": D("-20.00"),
    }
    with pytest.raises(Conflict):
        void_credit_application(actor=manager, allocation_id=issued.allocation.id, reason=REASON)
    assert_clean(manager)


def test_a_void_takes_the_memo_back_from_its_item(manager: Actor, john: Debtor) -> None:
    item = toll(manager, john)
    issued = credit(manager, item, "20.00")

    done = void_memo(actor=manager, memo_id=memo_of(issued).id, reason=REASON)

    assert done.amount == D("20.00")
    assert (memo_of(issued).status, memo_of(issued).applied) == ("voided", D("0.00"))
    assert (fresh(item).outstanding, fresh(item).credited) == (D("45.00"), D("0.00"))
    assert entry_lines("credit_voided") == {"customer_credits": D("20.00"), "recovered:EZPASS": D("-20.00")}
    with pytest.raises(Conflict) as again:
        void_memo(actor=manager, memo_id=memo_of(issued).id, reason=REASON)
    assert again.value.code == "already_voided"
    assert_clean(manager)


def test_is_voided_by_its_posting(manager: Actor, john: Debtor) -> None:
    item = toll(manager, john)
    issued = credit(manager, item, "20.00")
    posting = Posting.objects.filter(entry=memo_of(issued).entry_id).first()
    assert posting is not None

    void_posting(actor=manager, posting_id=posting.id, reason=REASON)

    assert (memo_of(issued).status, fresh(item).outstanding) == ("voided", D("45.00"))
    assert_clean(manager)


def test_is_voided_only_as_far_as_it_is_not_used(
    manager: Actor, memo: CreditMemo, paid_toll: Obligation
) -> None:
    done = allocate_credit(
        actor=manager,
        memo_id=memo.id,
        requests=[AllocationRequest(amount=D("20.00"), obligation_id=item_of("EZ-88213").id)],
    )

    assert void_memo(actor=manager, memo_id=memo.id, reason=REASON).amount == D("25.00")

    now = memo_of_id(memo)
    assert (now.applied, now.voided, now.left, now.status) == (D("20.00"), D("25.00"), D("0.00"), "used")
    assert fresh(paid_toll).credited == D("20.00")
    with pytest.raises(Conflict) as used:
        void_memo(actor=manager, memo_id=memo.id, reason=REASON)
    assert used.value.code == "credit_used"
    void_credit_application(actor=manager, allocation_id=done.applied.allocations[0].id, reason=REASON)
    void_memo(actor=manager, memo_id=memo.id, reason=REASON)
    assert memo_of_id(memo).status == "voided"
    assert_clean(manager)


def test_is_paid_back(manager: Actor, memo: CreditMemo) -> None:
    done = refund_credit(
        actor=manager, memo_id=memo.id, amount=D("30.00"), reason=REASON, paid_from=PaidFrom("ach")
    )

    assert done.refund is not None
    assert lines_of(done.refund.entry_id) == {
        "customer_credits": D("30.00"),
        "payments_in_transit:operating": D("-30.00"),
    }
    row = Disbursement.objects.get(source_id=str(done.refund.id))
    assert (row.kind, row.amount, row.status) == ("refund", D("30.00"), "in_transit")
    with pytest.raises(Conflict) as refused:
        refund_credit(
            actor=manager, memo_id=memo.id, amount=D("15.01"), reason=REASON, paid_from=PaidFrom("ach")
        )
    assert refused.value.code == "above_left"
    assert "15.00" in refused.value.message
    assert_clean(manager)


def test_the_weekly_run_uses_and_pays_it(manager: Actor, john: Debtor, memo: CreditMemo) -> None:
    source = credit_source()
    assert source is not None
    item, day = item_of("EZ-88213"), today(manager.company)

    (held,) = source.lock(
        actor=manager,
        lease_ids=[john.lease.pk],
        customer_ids=[john.customer.pk],
        until=today(manager.company),
    )
    assert held.left == D("45.00")
    written = source.write(
        actor=manager,
        uses=[
            CreditUse(
                held=held,
                obligation_id=item.id,
                lease_id=john.lease.pk,
                category=item.category,
                amount=D("24.75"),
                outstanding=item.outstanding,
                decision={"rank": 1},
                effective_on=day,
            )
        ],
        paid=[
            CreditPaid(
                held=held, amount=D("20.25"), dtr_id=uuid4(), dtr_number="DTR-2026-000001", effective_on=day
            )
        ],
    )
    post_entries(actor=manager, drafts=written.drafts, rows=written.rows, changes=written.changes)

    now = memo_of_id(memo)
    assert (now.applied, now.paid_out, now.left) == (D("24.75"), D("20.25"), D("0.00"))
    assert entry_lines("credit_paid_out") == {
        "customer_credits": D("20.25"),
        "driver_earnings_payable": D("-20.25"),
    }
    allocation = Allocation.objects.get(memo=memo.id)
    for undo in (
        lambda: void_credit_application(actor=manager, allocation_id=allocation.id, reason=REASON),
        lambda: undo_operation(actor=manager, operation_id=allocation.operation_id, reason=REASON),
        lambda: void_memo(actor=manager, memo_id=memo.id, reason=REASON),
    ):
        with pytest.raises(WeekClosed):
            undo()
    assert memo_of_id(memo) == now
    assert_identities()


def test_another_document_gives_a_credit(manager: Actor, john: Debtor) -> None:
    issued = credit_issuer()(
        actor=manager,
        customer_id=john.customer.pk,
        lease_id=john.lease.pk,
        currency="USD",
        debits=[Leg("premiums_payable", D("30.00")), Leg("income:interest", D("5.00"))],
        reason="Paid above what is earned.",
        category=Category.PREMIUM.value,
    )

    assert issued.left == D("35.00")
    assert lines_of(issued.entry_id) == {
        "premiums_payable": D("30.00"),
        "income:interest": D("5.00"),
        "customer_credits": D("-35.00"),
    }
    assert_clean(manager)


def memo_of_id(memo: CreditMemo) -> CreditMemo:
    return CreditMemo.objects.get(id=memo.id)


@pytest.mark.parametrize(
    ("amount", "over", "shares"),
    [
        ("0.00", ["5.00", "5.00"], ["0.00", "0.00"]),
        ("10.00", ["5.00", "5.00"], ["5.00", "5.00"]),
        # 3⅓ cents and twice 3⅓: the earlier of equal remainders has the cent.
        ("0.10", ["1.00", "1.00", "1.00"], ["0.04", "0.03", "0.03"]),
        # Shares of 1.4, 2.8 and 2.8 cents: the largest remainders have the cents, not the first part.
        ("0.07", ["0.02", "0.04", "0.04"], ["0.01", "0.03", "0.03"]),
        ("0.05", ["0.07", "0.01", "0.02"], ["0.04", "0.00", "0.01"]),
    ],
)
def test_shares_are_cents_by_largest_remainder(amount: str, over: list[str], shares: list[str]) -> None:
    assert spread(D(amount), [D(each) for each in over]) == [D(each) for each in shares]
