"""Orders of courts and tax authorities: what they take of payouts, and give back (docs/domain.md#payout-orders)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from django.db.models import Sum
from hypothesis import given
from hypothesis import strategies as st

from batconnect.core.approvals.services import approve, reject
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Conflict, InvalidInput, NotAllowed
from ledger.models import Dtr, Entry, PayoutDeduction, Posting
from ledger.paying.errors import OrderApplies
from ledger.paying.models import Payout
from ledger.paying.rules.deductions import LEAST_LEFT, Claim, deduct
from ledger.paying.services.batches import draft_batch, preview_batch, undo_batch
from ledger.paying.services.orders import OrderTerms, end_order, kept_so_far, propose_order
from ledger.paying.services.returns import record_return
from ledger.paying.tests.builders import WHY, confirmed, due_drivers, ordered, sent, set_up
from ledger.settlement.services.payouts import pay_dtrs
from ledger.tests.builders import Debtor
from ledger.tests.settlement.builders import assert_books_agree, at
from tests.digest import assert_nothing_written

Drivers = list[tuple[Debtor, Dtr]]
MONEY = st.decimals(min_value=Decimal("0.01"), max_value=Decimal(5000), places=2)


@pytest.fixture
def drivers(manager: Actor, second_manager: Actor) -> Drivers:
    """Three drivers with 200.00 due each, and an account each."""
    set_up(manager)
    due = due_drivers(manager)
    with at("2026-01-11"):
        for place, (debtor, _) in enumerate(due):
            confirmed(manager, second_manager, debtor, f"0001234567{place:02d}")
    return due


def owed(code: str) -> Decimal:
    """What stands on the creditor's account."""
    rows = Posting.objects.filter(account__code=f"deductions_payable:{code}")
    return -(rows.aggregate(sum=Sum("amount"))["sum"] or Decimal("0.00"))


def test_orders_take_by_rank_and_a_return_gives_it_back(
    manager: Actor, second_manager: Actor, drivers: Drivers
) -> None:
    with at("2026-01-12"):
        levy = ordered(
            manager,
            second_manager,
            drivers[0][0],
            2,
            kind="tax",
            creditor="IRS",
            creditor_code="irs",
            amount=Decimal("60.00"),
            total=Decimal("90.00"),
        )
        support = ordered(manager, second_manager, drivers[0][0], 1, percent=Decimal("33.33"))
        planned = preview_batch(actor=manager, way="ach").payouts[0]
        assert (planned.deducted, planned.amount) == (Decimal("126.66"), Decimal("73.34"))
        batch = sent(manager, second_manager)

    assert batch.total == Decimal("473.34")
    assert list(PayoutDeduction.objects.order_by("order__rank").values_list("order_id", "amount")) == [
        (support.id, Decimal("66.66")),
        (levy.id, Decimal("60.00")),
    ]
    entry = Entry.objects.get(event="dtr_paid_out", customer=drivers[0][0].customer.id)
    assert list(entry.postings.order_by("line").values_list("amount", flat=True)) == [
        Decimal("200.00"),
        Decimal("-73.34"),
        Decimal("-66.66"),
        Decimal("-60.00"),
    ]
    assert (owed("qfc"), owed("irs")) == (Decimal("66.66"), Decimal("60.00"))
    assert_books_agree(manager)

    with at("2026-01-14"):
        record_return(actor=manager, payout_id=Payout.objects.get(batch=batch, place=1).id, code="R01")
        assert (owed("qfc"), owed("irs")) == (Decimal("0.00"), Decimal("0.00"))
        assert_books_agree(manager)
        again = sent(manager, second_manager)

    assert again.total == Decimal("73.34")
    assert kept_so_far(company_id=manager.company_id, orders=[levy.id])[levy.id] == Decimal("60.00")
    assert owed("irs") == Decimal("60.00")
    assert_books_agree(manager)


def test_a_total_is_not_exceeded_and_what_is_undone_is_free(
    manager: Actor, second_manager: Actor, drivers: Drivers
) -> None:
    with at("2026-01-12"):
        levy = ordered(
            manager, second_manager, drivers[0][0], amount=Decimal("150.00"), total=Decimal("150.00")
        )
        only = [drivers[0][1].number]
        batch = draft_batch(actor=manager, way="check", numbers=only)
        assert batch.total == Decimal("50.00")
        undo_batch(actor=manager, batch_id=batch.id, reason=WHY)
        assert kept_so_far(company_id=manager.company_id, orders=[levy.id])[levy.id] == 0
        assert draft_batch(actor=manager, way="check", numbers=only).total == Decimal("50.00")
        assert kept_so_far(company_id=manager.company_id, orders=[levy.id])[levy.id] == Decimal("150.00")
    assert_books_agree(manager)


def test_takes_only_on_its_days_and_until_it_ends(
    manager: Actor, second_manager: Actor, drivers: Drivers
) -> None:
    debtor, dtr = drivers[0]
    with at("2026-01-12"):
        ordered(manager, second_manager, debtor, 1, amount=Decimal("10.00"), from_on=date(2026, 1, 13))
        ordered(manager, second_manager, debtor, 2, amount=Decimal("10.00"), until_on=date(2026, 1, 11))
        order = ordered(manager, second_manager, debtor, 3, percent=Decimal(100))
        assert preview_batch(actor=manager, way="ach").payouts[0].amount == LEAST_LEFT
        with assert_nothing_written(), pytest.raises(OrderApplies):
            pay_dtrs(actor=manager, numbers=[dtr.number], method="ach")
        end_order(actor=second_manager, order_id=order.id, reason=WHY)
        assert preview_batch(actor=manager, way="ach").payouts[0].amount == Decimal("200.00")
        pay_dtrs(actor=manager, numbers=[dtr.number], method="ach")
    assert_books_agree(manager)


def test_two_people_and_one_order_of_a_rank(manager: Actor, second_manager: Actor, drivers: Drivers) -> None:
    debtor = drivers[0][0]
    terms = OrderTerms("court", "Court", "qfc", "F-1", 1, date(2026, 1, 1), amount=Decimal("10.00"))
    with at("2026-01-12"):
        request = propose_order(actor=manager, customer_id=debtor.customer.id, terms=terms)
        with assert_nothing_written(), pytest.raises(NotAllowed):
            approve(actor=manager, approval_id=request.id)
        assert preview_batch(actor=manager, way="ach").payouts[0].deducted == 0
        other = propose_order(actor=manager, customer_id=debtor.customer.id, terms=terms)
        approve(actor=second_manager, approval_id=request.id)
        with assert_nothing_written(), pytest.raises(Conflict, match="rank 1"):
            approve(actor=second_manager, approval_id=other.id)
        reject(actor=second_manager, approval_id=other.id)
        with assert_nothing_written(), pytest.raises(InvalidInput) as refused:
            propose_order(
                actor=manager,
                customer_id=debtor.customer.id,
                terms=OrderTerms("tax", "", "a b", "", 0, date(2026, 1, 2), until_on=date(2026, 1, 1)),
            )
    assert {each.field for each in refused.value.errors} == {
        "creditor_code",
        "creditor",
        "rank",
        "amount",
        "until_on",
    }


@given(
    dues=st.lists(MONEY, min_size=1, max_size=4),
    asked=st.lists(st.tuples(st.booleans(), MONEY, st.none() | MONEY), max_size=4),
)
def test_never_takes_more_than_is_there(
    dues: Sequence[Decimal], asked: Sequence[tuple[bool, Decimal, Decimal | None]]
) -> None:
    claims = [
        Claim(uuid4(), None if by_share else amount, min(amount, Decimal(100)) if by_share else None, left)
        for by_share, amount, left in asked
    ]

    taken = deduct(dues, claims)

    by_order: dict[UUID, Decimal] = {}
    for due, of_dtr in zip(dues, taken, strict=True):
        assert due - sum(amount for _, amount in of_dtr) >= min(due, LEAST_LEFT)
        for order, amount in of_dtr:
            assert amount > 0
            by_order[order] = by_order.get(order, Decimal(0)) + amount
    whole = sum(dues)
    for place, claim in enumerate(claims):
        got = by_order.get(claim.order, Decimal(0))
        assert got <= claim.of(whole)
        if got < claim.of(whole):
            assert not any(later.order in by_order for later in claims[place + 1 :]), (
                "the first in rank comes first"
            )
