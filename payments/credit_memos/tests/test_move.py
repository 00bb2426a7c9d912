"""Moving a charge to the right driver, and what a penalty adds to it (docs/domain.md#moving-charges)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from batconnect.core.approvals.services import approve
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Conflict, InvalidInput, NotFound
from batconnect.core.models import Approval
from ledger.chart import Category
from ledger.clearing.services.taxes import open_authority
from ledger.models import Entry, Obligation
from ledger.services import Charge, check_charges, enter_charges, write_off
from ledger.services.obligations import ObligationDraft
from ledger.services.penalties import raise_penalty
from payments.credit_memos.services import moving
from payments.credit_memos.services.moving import Moved, Target, move_charge
from payments.credit_memos.services.voiding import void_memo
from payments.credit_memos.tests.builders import REASON, assert_clean, credit, fresh, lines_of, memo_of, toll
from payments.models import CreditMemo
from payments.tests.builders import Debtor, make_jane_roe, owe, pay
from tests.digest import assert_nothing_written

pytestmark = pytest.mark.django_db
D = Decimal


@pytest.fixture
def jane(manager: Actor) -> Debtor:
    """Who drove through the toll."""
    return make_jane_roe(manager)


def move(actor: Actor, item: Obligation, to: Debtor) -> Moved:
    return move_charge(
        actor=actor,
        obligation_id=item.id,
        target=Target(driver_id=to.driver.pk, lease_id=to.lease.pk),
        reason=REASON,
    )


def test_what_nobody_paid_is_voided_and_charged_to_the_other(
    manager: Actor, john: Debtor, jane: Debtor
) -> None:
    item = toll(manager, john)

    moved = move(manager, item, jane)

    assert moved.raised is not None
    assert (moved.raised.reference_id, moved.raised.customer_id) == ("EZ-1/2", jane.customer.pk)
    assert (moved.raised.original, moved.raised.due_date) == (D("45.00"), item.due_date)
    assert moved.memo is None
    assert fresh(item).status == "voided"
    assert "EZ-1/2" in Entry.objects.get(event="obligation_voided").reason
    assert "EZ-1" in moved.raised.description
    assert_clean(manager)


def test_what_is_paid_is_credited_and_charged_to_the_other(
    manager: Actor, john: Debtor, jane: Debtor
) -> None:
    item = toll(manager, john)
    pay(manager, "30.00", ("EZPass", "EZ-1", "30.00"))

    moved = move(manager, item, jane)

    assert moved.memo is not None
    assert (moved.memo.amount, moved.memo.left) == (D("45.00"), D("30.00"))
    assert "EZ-1/2" in moved.memo.reason
    assert moved.raised is not None
    assert moved.raised.outstanding == D("45.00")
    back = move(manager, moved.raised, john)
    assert back.raised is not None
    assert back.raised.reference_id == "EZ-1/3"
    assert_clean(manager)


def test_refuses_what_cannot_be_moved(manager: Actor, john: Debtor, jane: Debtor) -> None:
    item = toll(manager, john)
    (opening,) = owe(manager, john, ("PVB", "OLD-9", "10.00", "2025-01-05"))
    lease_fee = Obligation.objects.get(reference_id="MED-102-LS-08")
    given_up = toll(manager, john, reference_id="EZ-2")
    write_off(actor=manager, obligation_id=given_up.id, amount=D("5.00"), reason=REASON)
    before = Obligation.objects.count()

    for wrong, to, code in (
        (item, john, "not_movable"),
        (opening, jane, "not_a_charge"),
        (lease_fee, jane, "not_a_charge"),
        (given_up, jane, "not_movable"),
    ):
        with pytest.raises(Conflict) as refused:
            move(manager, wrong, to)
        assert refused.value.code == code, wrong
    with pytest.raises(InvalidInput):
        move_charge(actor=manager, obligation_id=item.id, target=Target(driver_id=101), reason=REASON)
    with pytest.raises(NotFound):
        move_charge(
            actor=manager, obligation_id=item.id, target=Target(driver_id=999, lease_id=2055), reason=REASON
        )
    assert (Obligation.objects.count(), CreditMemo.objects.count()) == (before, 0)


def test_above_the_limit_the_move_waits(
    manager: Actor, second_manager: Actor, john: Debtor, jane: Debtor
) -> None:
    item = toll(manager, john, "1200.00")
    pay(manager, "30.00", ("EZPass", "EZ-1", "30.00"))

    moved = move(manager, item, jane)

    assert moved.request is not None
    assert not CreditMemo.objects.exists()
    assert not Obligation.objects.filter(reference_id="EZ-1/2").exists()
    approve(actor=second_manager, approval_id=moved.request.id)
    assert Approval.objects.get().outcome == {
        "obligation_id": str(Obligation.objects.get(reference_id="EZ-1/2").id)
    }
    assert CreditMemo.objects.get().approval_id == moved.request.id
    assert_clean(manager)


def test_what_is_credited_meanwhile_is_not_asked_for(
    manager: Actor, john: Debtor, jane: Debtor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The amount that the limit is held against is that of the locked charge."""
    item = toll(manager, john, "1300.00")
    pay(manager, "30.00", ("EZPass", "EZ-1", "30.00"))
    lock = moving.lock_obligations

    def lock_late(**values: Any) -> dict[Any, Obligation]:
        monkeypatch.setattr(moving, "lock_obligations", lock)
        credit(manager, item, "100.00")
        return lock(**values)

    monkeypatch.setattr(moving, "lock_obligations", lock_late)

    moved = move(manager, item, jane)

    assert moved.request is not None
    assert moved.request.amount == D("1200.00")
    assert not Obligation.objects.filter(reference_id="EZ-1/2").exists()


def test_no_more_is_moved_than_was_agreed_to(
    manager: Actor, second_manager: Actor, john: Debtor, jane: Debtor
) -> None:
    item = toll(manager, john, "1300.00")
    memo = memo_of(credit(manager, item, "100.00"))
    moved = move(manager, item, jane)
    assert moved.request is not None
    void_memo(actor=manager, memo_id=memo.id, reason=REASON)
    pay(manager, "30.00", ("EZPass", "EZ-1", "30.00"))

    with assert_nothing_written(), pytest.raises(Conflict) as refused:
        approve(actor=second_manager, approval_id=moved.request.id)

    assert refused.value.code == "not_movable"
    assert "1,300.00" in str(refused.value)
    assert "1,200.00" in str(refused.value)


@pytest.mark.parametrize("credited", ["0.00", "5.00"], ids=["voided", "credited"])
def test_a_tax_stays_held_for_its_authority(
    manager: Actor, john: Debtor, jane: Debtor, credited: str
) -> None:
    open_authority(actor=manager, code="nys", name="New York State")
    item = toll(manager, john, category=Category.TAXES, reference_id="T-1", authority="nys")
    penalty = raise_penalty(
        actor=manager, obligation_id=item.id, amount=D("10.00"), due_date=date(2026, 1, 20)
    )
    if D(credited):
        credit(manager, item, credited)

    moved = move(manager, item, jane)

    assert moved.raised is not None
    for raised, amount in ((penalty, D("10.00")), (moved.raised, D("45.00") - D(credited))):
        entry = Entry.objects.get(source_id=str(raised.id), event="obligation_raised")
        assert lines_of(entry.id) == {"receivable:TAXES": amount, "taxes_held:nys": -amount}
    assert_clean(manager)


def test_who_enters_it_again_finds_it_where_it_went(manager: Actor, john: Debtor, jane: Debtor) -> None:
    item = toll(manager, john)
    move(manager, item, jane)
    again = Charge(
        category=Category.EZPASS,
        reference_id="EZ-1",
        amount=D("45.00"),
        due_date=item.due_date,
        driver_id=jane.driver.pk,
        lease_id=jane.lease.pk,
    )

    (raised,) = enter_charges(actor=manager, charges=[again])

    assert (raised.obligation.reference_id, raised.created) == ("EZ-1/2", False)
    (checked,) = check_charges(actor=manager, charges=[replace(again, amount=D("46.00"))])
    assert isinstance(checked, ObligationDraft)
    assert checked.reference_id == "EZ-1"


def test_a_penalty_raises_the_difference(manager: Actor, john: Debtor) -> None:
    item = toll(manager, john, category=Category.PVB, reference_id="SUM-1")

    first, second = (
        raise_penalty(actor=manager, obligation_id=item.id, amount=D("10.00"), due_date=date(2026, 1, 20))
        for _ in range(2)
    )

    assert (first.reference_id, second.reference_id) == ("SUM-1/P1", "SUM-1/P2")
    assert (first.customer_id, first.lease_id, first.category) == (item.customer_id, item.lease_id, "PVB")
    assert fresh(item).original == D("45.00")
    (opening,) = owe(manager, john, ("PVB", "OLD-9", "10.00", "2025-01-05"))
    with pytest.raises(Conflict) as refused:
        raise_penalty(actor=manager, obligation_id=opening.id, amount=D("1.00"), due_date=date(2026, 1, 20))
    assert refused.value.code == "not_a_charge"
    assert_clean(manager)
