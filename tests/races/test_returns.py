"""Two at once on what comes back, over real connections."""

from __future__ import annotations

from decimal import Decimal

import pytest

from batconnect.core.kernel.errors import Conflict
from ledger.treasury.errors import DrawerShort
from ledger.treasury.services.paying import PaidFrom
from ledger.verification import verify
from payments.models import Payment
from payments.services.refunds import refund_unallocated
from payments.services.returns import return_payment
from payments.services.voids import void_payment
from payments.tests.billing import make_customer, receive
from tests.cast import acting
from tests.races.test_recording import at_once

pytestmark = pytest.mark.django_db(transaction=True)
D = Decimal
WHY = "They paid the bill twice."


def assert_clean() -> None:
    with acting("manager") as manager:
        assert [f"{each.check}: {each.difference}" for each in verify(actor=manager)] == []


def test_a_payment_comes_back_once() -> None:
    with acting("manager") as manager:
        payment_id = receive(manager, make_customer(manager), "100.00").id

    def give_back(number: int) -> str:
        try:
            with acting("manager") as actor:
                return_payment(actor=actor, payment_id=payment_id, reason_code="R01")
            return "returned"
        except Conflict as refused:
            return refused.code

    answers = at_once(give_back, times=4)

    assert sorted(answers) == ["payment_returned"] * 3 + ["returned"]
    assert_clean()


def test_it_comes_back_or_is_voided_or_refunded() -> None:
    with acting("manager") as manager:
        payment_id = receive(manager, make_customer(manager), "100.00").id

    def either(number: int) -> str:
        try:
            with acting("manager") as actor:
                if number == 0:
                    return_payment(actor=actor, payment_id=payment_id, reason_code="R01")
                elif number == 1:
                    void_payment(actor=actor, payment_id=payment_id, reason=WHY)
                else:
                    refund_unallocated(actor=actor, payment_id=payment_id, amount=D("100.00"), reason=WHY)
            return "done"
        except Conflict as refused:
            return refused.code

    answers = at_once(either, times=3)

    # A refund may come before the return, which then charges it; a void stands alone.
    with acting("manager"):
        status = Payment.objects.get(id=payment_id).status
    assert status in ("returned", "voided") or answers.count("done") == 1
    assert_clean()


def test_a_drawer_is_emptied_once() -> None:
    with acting("manager") as manager:
        customer = make_customer(manager)
        receive(manager, customer, "100.00", method="cash")
        ids = [receive(manager, customer, "100.00").id for _ in range(3)]

    def pay_out(number: int) -> bool:
        try:
            with acting("manager") as actor:
                refund_unallocated(
                    actor=actor,
                    payment_id=ids[number],
                    amount=D("100.00"),
                    reason=WHY,
                    paid_from=PaidFrom(method="cash"),
                )
            return True
        except DrawerShort:
            return False

    paid = at_once(pay_out, times=3)

    assert sorted(paid) == [False, False, True]
    assert_clean()
