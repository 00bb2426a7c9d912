"""Two at once on a limit, and two at once on a request, over real connections."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from batconnect.core.approvals.services import approve, reject
from batconnect.core.kernel.errors import Conflict
from batconnect.core.models import Approval, CompanySettings, LimitedAction
from ledger.services import write_off
from ledger.tests.builders import charge, make_debtor
from ledger.verification import verify
from payments.services.refunds import refund_unallocated
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


def test_of_slices_of_one_payment_only_one_passes_alone() -> None:
    with acting("manager") as manager:
        payment_id = receive(manager, make_customer(manager), "5000.00").id

    def slice_of(number: int) -> bool:
        with acting("manager" if number % 2 else "second_manager") as actor:
            done = refund_unallocated(actor=actor, payment_id=payment_id, amount=D("1000.00"), reason=WHY)
            return done.is_pending

    waits = at_once(slice_of, times=4)

    assert sorted(waits) == [False, True, True, True]
    assert_clean()


def test_of_slices_of_several_payments_of_a_customer_only_one_passes_alone() -> None:
    with acting("manager") as manager:
        customer = make_customer(manager)
        ids = [receive(manager, customer, "1000.00").id for _ in range(4)]

    def slice_of(number: int) -> bool:
        with acting("manager") as actor:
            return refund_unallocated(
                actor=actor, payment_id=ids[number], amount=D("1000.00"), reason=WHY
            ).is_pending

    waits = at_once(slice_of, times=4)

    assert sorted(waits) == [False, True, True, True]
    assert_clean()


def test_of_write_offs_of_a_customer_only_one_passes_alone() -> None:
    with acting("manager") as manager:
        debtor = make_debtor(manager)
        ids = [charge(manager, debtor, reference_id=f"T-{number}", amount="800.00").id for number in range(4)]

    def give_up(number: int) -> bool:
        with acting("manager") as actor:
            done = write_off(actor=actor, obligation_id=ids[number], amount=D("800.00"), reason=WHY)
            return done.request is not None

    waits = at_once(give_up, times=4)

    assert sorted(waits) == [False, True, True, True]
    assert_clean()


def test_of_voids_of_a_customer_only_one_passes_alone() -> None:
    with acting("manager") as manager:
        CompanySettings.objects.update(void_approval_limit=D("1000.00"))
        customer = make_customer(manager)
        ids = [receive(manager, customer, "1000.00").id for _ in range(4)]

    def void(number: int) -> bool:
        with acting("manager") as actor:
            return isinstance(void_payment(actor=actor, payment_id=ids[number], reason=WHY), Approval)

    waits = at_once(void, times=4)

    assert sorted(waits) == [False, True, True, True]
    assert_clean()


def asked_for() -> UUID:
    with acting("manager") as manager:
        payment = receive(manager, make_customer(manager), "5000.00")
        requested = refund_unallocated(actor=manager, payment_id=payment.id, amount=D("2000.00"), reason=WHY)
        assert requested.approval is not None
        return requested.approval.id


def test_a_request_is_decided_by_one_of_many() -> None:
    request_id = asked_for()

    def decide(number: int) -> str:
        action: Any = approve if number % 2 else reject
        try:
            with acting("second_manager") as actor:
                return str(action(actor=actor, approval_id=request_id).approval.status)
        except Conflict as refused:
            return refused.code

    answers = at_once(decide, times=6)

    assert answers.count("already_decided") == 5
    with acting("manager"):
        decided = Approval.objects.get()
        paid = LimitedAction.objects.filter(approval=decided.id).count()
    assert (decided.status in answers, paid) == (True, int(decided.status == "approved"))
    assert_clean()


def test_asking_for_a_void_twice_leaves_one_request() -> None:
    with acting("manager") as manager:
        CompanySettings.objects.update(void_approval_limit=D("10.00"))
        payment_id = receive(manager, make_customer(manager), "100.00").id

    def ask(_: int) -> str:
        try:
            with acting("manager") as actor:
                done = void_payment(actor=actor, payment_id=payment_id, reason=WHY)
                return type(done).__name__
        except Conflict as refused:
            return refused.code

    answers = at_once(ask, times=4)

    assert sorted(answers) == ["Approval", "approval_pending", "approval_pending", "approval_pending"]
