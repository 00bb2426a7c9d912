"""Two at the same moment at the counter: a drawer counted once, a check on one slip, a slip that meets one line
(docs/domain.md#drawers-counted, docs/domain.md#deposit-slips)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.db.models import Sum

from bank.models import DepositSlip, DrawerSession
from bank.services.counting import CountOfDrawer, count_session, open_session
from bank.services.explaining import explain_part
from bank.services.kinds.interface import Piece
from bank.services.slip_contents import CashOut, Content
from bank.services.slips import close_slip, make_slip, reopen_slip
from bank.tests.builders import book
from batconnect.core.kernel.actors import Actor
from batconnect.core.models import Approval
from ledger.models import Posting
from ledger.verification import verify
from payments.services.voids import void_payment
from payments.tests.test_drawers import take
from tests.cast import acting
from tests.races.test_raising import at_once

pytestmark = pytest.mark.django_db(transaction=True)

WHY = "A bill stuck to another."
D = Decimal


def stands(code: str) -> Decimal:
    total: Decimal | None = Posting.objects.filter(account__code=code).aggregate(total=Sum("amount"))["total"]
    return total or D("0.00")


def named(answer: Any) -> str:
    """The refusal's code, or what the row's status is."""
    if isinstance(answer, str):
        return answer
    return "waits" if isinstance(answer, Approval) else str(answer.status)


def assert_sound() -> None:
    with acting("manager") as actor:
        assert [f"{each.check}: {each.difference}" for each in verify(actor=actor)] == []


def test_a_drawer_is_opened_once() -> None:
    outcomes = at_once(*[lambda actor: open_session(actor=actor, amount=D("0.00"))] * 2)

    assert sorted(map(named, outcomes)) == ["drawer_open", "open"]


def test_a_drawer_is_counted_once() -> None:
    with acting("manager") as actor:
        take(actor, "100.00")
        session = open_session(actor=actor, amount=D("100.00"))

    def count(actor: Actor) -> Any:
        counted = CountOfDrawer(D("95.00"), reason=WHY)
        return count_session(actor=actor, session_id=session.id, count=counted)

    outcomes = at_once(count, count)

    assert sorted(map(named, outcomes)) == ["counted", "drawer_counted"]
    with acting("manager"):
        assert stands("cash_over_short") == D("5.00")
    assert_sound()


def test_a_payment_that_is_taken_while_counting_is_expected_or_comes_after() -> None:
    with acting("manager") as actor:
        take(actor, "100.00")
        session = open_session(actor=actor, amount=D("100.00"))

    def count(actor: Actor) -> Any:
        counted = CountOfDrawer(D("95.00"), reason=WHY)
        return count_session(actor=actor, session_id=session.id, count=counted)

    at_once(count, lambda actor: take(actor, "7.00"))

    with acting("manager"):
        done = DrawerSession.objects.get()
        assert done.difference is not None
        assert stands("cash:cash") == D("107.00") + done.difference
        assert done.status == "counted"
        assert done.difference in (D("-5.00"), D("-12.00"))
    assert_sound()


def test_a_check_lies_on_one_of_two_slips() -> None:
    with acting("manager") as actor:
        payment = take(actor, "60.00", method="check")

    def make(actor: Actor) -> Any:
        return make_slip(actor=actor, content=Content(payment_ids=[payment.id]))

    assert sorted(map(named, at_once(make, make))) == ["check_on_slip", "draft"]
    assert_sound()


def test_two_slips_do_not_take_more_than_a_drawer_holds() -> None:
    with acting("manager") as actor:
        take(actor, "100.00")
        slips = [make_slip(actor=actor, content=Content([CashOut(D("60.00"))])) for _ in range(2)]

    outcomes = at_once(*[lambda actor, each=slip: close_slip(actor=actor, slip_id=each.id) for slip in slips])

    assert sorted(map(named, outcomes)) == ["closed", "drawer_short"]
    with acting("manager"):
        assert stands("cash:cash") == D("40.00")
    assert_sound()


def test_a_slip_is_closed_once_and_a_void_comes_before_or_not_at_all() -> None:
    with acting("manager") as actor:
        payment = take(actor, "60.00", method="check")
        slip = make_slip(actor=actor, content=Content(payment_ids=[payment.id]))

    outcomes = at_once(
        lambda actor: close_slip(actor=actor, slip_id=slip.id),
        lambda actor: close_slip(actor=actor, slip_id=slip.id),
        lambda actor: void_payment(actor=actor, payment_id=payment.id, reason=WHY),
    )

    names = sorted(map(named, outcomes))
    assert names in (
        ["at_the_bank", "closed", "slip_not_draft"],
        ["check_gone", "check_gone", "voided"],
    )
    assert_sound()


def test_a_slip_is_explained_or_reopened() -> None:
    with acting("manager") as actor:
        take(actor, "100.00")
        slip = make_slip(actor=actor, content=Content([CashOut(D("60.00"))]))
        close_slip(actor=actor, slip_id=slip.id)
        (part,) = book(actor, "60.00")

    def explain(actor: Actor) -> Any:
        piece = Piece("deposit_slip", D("60.00"), source_id=str(slip.id))
        return explain_part(actor=actor, part_id=part.id, pieces=[piece]).part

    outcomes = at_once(explain, lambda actor: reopen_slip(actor=actor, slip_id=slip.id, reason=WHY))

    assert sorted(map(named, outcomes)) in (
        ["explained", "slip_not_closed"],
        ["draft", "unknown_explanation"],
    )
    with acting("manager"):
        assert DepositSlip.objects.get().status in ("cleared", "draft")
    assert_sound()
