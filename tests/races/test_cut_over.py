"""A bank account is cut over once, whoever agrees at once, and what comes back does so once.

Rule: docs/domain.md#bank-cut-over, docs/domain.md#came-back.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from bank.models import CutOver, CutOverItem, Explanation
from bank.services import cutting_over
from bank.services.cut_over_plans import Wanted
from bank.services.cutting_over import ask_to_cut_over
from bank.services.explaining import explain_part, undo_explanation
from bank.services.kinds.interface import Piece
from bank.services.undoing_cut_over import undo_cut_over
from bank.tests.builders import book, default_account
from batconnect.core.approvals.services import approve
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.errors import Refusal
from ledger.models import VendorBill
from ledger.tests.vendors.builders import BY_CHECK, balance, make_bill, make_vendor
from ledger.vendors.services.paying import pay_bills
from ledger.verification import verify
from payments.models import Payment
from payments.services.voids import void_payment
from payments.tests.billing import make_customer, receive
from tests.cast import acting
from tests.races.test_recording import at_once

pytestmark = pytest.mark.django_db(transaction=True)
D = Decimal
REASON = "The bank's word from here on"


def attempt(act: Callable[[Actor], object], who: str = "manager") -> str:
    """What came of it: done, or the code of the refusal."""
    try:
        with acting(who) as actor:
            act(actor)
    except Refusal as refused:
        return refused.code
    return "done"


def assert_clean() -> None:
    with acting("manager") as manager:
        assert [f"{each.check}: {each.difference}" for each in verify(actor=manager)] == []


def asked(*amounts: str) -> tuple[UUID, list[UUID], UUID]:
    """The request for a cut-over of these payments, their ids, and the account."""
    with acting("manager") as manager:
        customer = make_customer(manager)
        day = today(manager.company) - timedelta(days=5)
        ids = [receive(manager, customer, each, method="check", on=day).id for each in amounts]
        account = default_account(manager)
        total = sum((D(each) for each in amounts), D("0.00"))
        request = ask_to_cut_over(actor=manager, wanted=Wanted(account.id, day, total, reason=REASON))
        return request.id, ids, account.id


def test_two_who_agree_at_once_move_it_once() -> None:
    request_id, _, _ = asked("500.00", "100.00")

    answers = at_once(
        lambda number: attempt(lambda actor: approve(actor=actor, approval_id=request_id), "second_manager"),
        times=3,
    )

    assert sorted(answers) == ["already_decided", "already_decided", "done"]
    with acting("manager") as manager:
        assert (CutOver.objects.count(), CutOverItem.objects.count()) == (1, 2)
        assert balance(manager, "bank:operating") == D("600.00")
    assert_clean()


def test_a_payment_is_moved_or_voided_or_explained() -> None:
    request_id, (payment_id,), _ = asked("500.00")
    with acting("manager") as manager:
        part_id = book(manager, "500.00")[0].id
    piece = Piece("known_payment", D("500.00"), payment_id=payment_id)
    acts: list[Callable[[], str]] = [
        lambda: attempt(lambda actor: approve(actor=actor, approval_id=request_id), "second_manager"),
        lambda: attempt(lambda actor: void_payment(actor=actor, payment_id=payment_id, reason=REASON)),
        lambda: attempt(lambda actor: explain_part(actor=actor, part_id=part_id, pieces=[piece])),
    ]

    answers = at_once(lambda number: acts[number](), times=3)

    assert answers.count("done") == 1, answers
    assert set(answers) <= {
        "done",
        "cut_over_changed",
        "at_the_bank",
        "payment_not_posted",
        "cut_over_differs",
    }
    assert_clean()


def test_it_is_taken_back_once() -> None:
    request_id, ids, account_id = asked("500.00", "100.00")
    assert attempt(lambda actor: approve(actor=actor, approval_id=request_id), "second_manager") == "done"

    answers = at_once(
        lambda number: attempt(
            lambda actor: undo_cut_over(actor=actor, bank_account_id=account_id, reason=REASON)
        ),
        times=3,
    )

    assert sorted(answers) == ["cut_over_not_found", "cut_over_not_found", "done"]
    with acting("manager"):
        assert not Payment.objects.filter(id__in=ids).exclude(at_bank_id=None).exists()
    assert_clean()


def test_killed_in_the_middle_it_has_moved_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The worker's connection dies after some of the items were posted."""
    request_id, _, _ = asked(*["10.00"] * 5)
    posted = cutting_over.post_entries
    calls = []

    def dies(**values: object) -> object:
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return posted(**values)  # type: ignore[arg-type]  # as it was called

    with monkeypatch.context() as patched:
        patched.setattr(cutting_over, "_CHUNK", 2)
        patched.setattr(cutting_over, "post_entries", dies)
        with pytest.raises(KeyboardInterrupt), acting("second_manager") as second:
            approve(actor=second, approval_id=request_id)

    with acting("manager") as manager:
        assert (CutOver.objects.count(), balance(manager, "bank:operating")) == (0, D("0.00"))
        assert not Payment.objects.exclude(at_bank_id=None).exists()
    assert_clean()
    assert attempt(lambda actor: approve(actor=actor, approval_id=request_id), "second_manager") == "done"
    assert_clean()


def paid_and_seen() -> tuple[UUID, UUID]:
    """A bill that was paid and reached the bank: the disbursement and the bill."""
    with acting("manager") as manager:
        bill = make_bill(manager, make_vendor(manager))
        row = pay_bills(actor=manager, amounts={bill.id: None}, paid_from=BY_CHECK).payment
        (part,) = book(manager, "-420.00")
        piece = Piece("disbursement", D("420.00"), disbursement_id=row.id)
        explain_part(actor=manager, part_id=part.id, pieces=[piece])
        return row.id, bill.id


def test_what_was_paid_comes_back_once() -> None:
    row_id, bill_id = paid_and_seen()
    with acting("manager") as manager:
        parts = [each.id for each in book(manager, "420.00", "420.00", "420.00")]
    piece = Piece("disbursement_return", D("420.00"), disbursement_id=row_id)

    answers = at_once(
        lambda number: attempt(
            lambda actor: explain_part(actor=actor, part_id=parts[number], pieces=[piece])
        ),
        times=3,
    )

    assert sorted(answers) == ["done", "not_in_transit", "not_in_transit"]
    with acting("manager"):
        assert VendorBill.objects.get(id=bill_id).open == D("420.00")
    assert_clean()


def test_it_is_paid_anew_or_stays_paid() -> None:
    row_id, bill_id = paid_and_seen()
    with acting("manager") as manager:
        (part,) = book(manager, "420.00")
        piece = Piece("disbursement_return", D("420.00"), disbursement_id=row_id)
        explain_part(actor=manager, part_id=part.id, pieces=[piece])
        made = Explanation.objects.get(kind="disbursement_return").id
    acts: list[Callable[[Actor], object]] = [
        lambda actor: undo_explanation(actor=actor, explanation_id=made, reason=REASON),
        lambda actor: pay_bills(actor=actor, amounts={bill_id: None}, paid_from=BY_CHECK),
    ]

    answers = at_once(lambda number: attempt(acts[number]), times=2)

    assert answers in (["done", "vendor_bill_not_open"], ["vendor_bill_not_open", "done"])
    with acting("manager"):
        assert VendorBill.objects.get(id=bill_id).open == 0
    assert_clean()
