"""Two at once on one line, one payment, one payout, over real connections: one wins, the other is refused."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from uuid import UUID

import pytest

from bank.models import Explanation, LinePart
from bank.services.explaining import explain_part, undo_explanation
from bank.services.kinds.interface import Piece
from bank.services.one_sided import one_sided_transfers
from bank.tests.builders import book
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Refusal
from ledger.tests.vendors.builders import BY_CHECK, make_bill, make_vendor
from ledger.treasury.services.places import open_bank_account
from ledger.vendors.services.paying import pay_bills
from ledger.verification import verify
from payments.models import Payment
from payments.services.returns import return_payment
from payments.services.voids import void_payment
from payments.tests.billing import make_customer, receive
from tests.cast import acting
from tests.races.test_recording import at_once

pytestmark = pytest.mark.django_db(transaction=True)
D = Decimal
REASON = "It was somebody else's money"


def attempt(act: Callable[[Actor], object]) -> str:
    """What came of it: done, or the code of the refusal."""
    try:
        with acting("manager") as actor:
            act(actor)
    except Refusal as refused:
        return refused.code
    return "done"


def assert_clean() -> None:
    with acting("manager") as manager:
        assert [f"{each.check}: {each.difference}" for each in verify(actor=manager)] == []


def explain(part_id: UUID, pieces: Sequence[Piece]) -> Callable[[Actor], object]:
    return lambda actor: explain_part(actor=actor, part_id=part_id, pieces=pieces)


def received(amounts: Sequence[str]) -> list[UUID]:
    with acting("manager") as manager:
        customer = make_customer(manager)
        return [receive(manager, customer, each).id for each in amounts]


def booked(*amounts: str) -> list[UUID]:
    with acting("manager") as manager:
        return [each.id for each in book(manager, *amounts)]


def test_two_clerks_explain_one_line() -> None:
    (payment_id,) = received(["100.00"])
    (part_id,) = booked("100.00")
    said = [
        [Piece("known_payment", D("100.00"), payment_id=payment_id)],
        [Piece("interest", D("100.00"))],
        [Piece("charges", D("100.00"))],
    ]

    answers = at_once(lambda number: attempt(explain(part_id, said[number])), times=3)

    assert sorted(answers) == ["done", "line_explained", "line_explained"]
    with acting("manager"):
        assert Explanation.objects.count() == 1
    assert_clean()


def test_one_payment_lies_on_one_line() -> None:
    (payment_id,) = received(["100.00"])
    parts = booked("100.00", "100.00", "100.00")
    piece = Piece("known_payment", D("100.00"), payment_id=payment_id)

    answers = at_once(lambda number: attempt(explain(parts[number], [piece])), times=3)

    assert sorted(answers) == ["at_the_bank", "at_the_bank", "done"]
    assert_clean()


def test_pieces_named_in_another_order_do_not_wait_for_one_another() -> None:
    ids = received(["50.00", "50.00"])
    parts = booked("100.00", "100.00", "100.00", "100.00")
    pieces = [Piece("known_payment", D("50.00"), payment_id=each) for each in ids]

    answers = at_once(
        lambda number: attempt(explain(parts[number], pieces[:: -1 if number % 2 else 1])), times=4
    )

    assert sorted(answers) == ["at_the_bank"] * 3 + ["done"]
    assert_clean()


def test_it_is_voided_or_joined() -> None:
    for _ in range(3):
        (payment_id,) = received(["100.00"])
        (part_id,) = booked("100.00")
        piece = Piece("known_payment", D("100.00"), payment_id=payment_id)
        acts: list[Callable[[Actor], object]] = [
            explain(part_id, [piece]),
            lambda actor, key=payment_id: void_payment(actor=actor, payment_id=key, reason=REASON),  # type: ignore[misc]
        ]

        answers = at_once(lambda number, acts=acts: attempt(acts[number]), times=2)  # type: ignore[misc]

        assert answers in (["done", "at_the_bank"], ["payment_not_posted", "done"])
    assert_clean()


def test_what_was_paid_clears_once() -> None:
    with acting("manager") as manager:
        bill = make_bill(manager, make_vendor(manager))
        row = pay_bills(actor=manager, amounts={bill.id: None}, paid_from=BY_CHECK).payment
    parts = booked("-420.00", "-420.00", "-420.00")
    piece = Piece("disbursement", D("420.00"), disbursement_id=row.id)

    answers = at_once(lambda number: attempt(explain(parts[number], [piece])), times=3)

    assert sorted(answers) == ["done", "not_in_transit", "not_in_transit"]
    assert_clean()


def test_a_payment_comes_back_by_one_line_or_by_hand() -> None:
    (payment_id,) = received(["100.00"])
    parts = booked("-100.00", "-100.00")
    piece = Piece("payment_return", D("100.00"), payment_id=payment_id, values={"reason_code": "R01"})
    acts: list[Callable[[Actor], object]] = [
        explain(parts[0], [piece]),
        explain(parts[1], [piece]),
        lambda actor: return_payment(actor=actor, payment_id=payment_id, reason_code="R01"),
    ]

    answers = at_once(lambda number: attempt(acts[number]), times=3)

    assert sorted(answers) == ["done", "payment_returned", "payment_returned"]
    assert_clean()


def test_an_explanation_is_undone_once() -> None:
    ids = received(["60.00", "40.00"])
    (part_id,) = booked("100.00")
    pieces = [
        Piece("known_payment", D(amount), payment_id=each)
        for each, amount in zip(ids, ("60.00", "40.00"), strict=True)
    ]
    with acting("manager") as manager:
        made = explain_part(actor=manager, part_id=part_id, pieces=pieces).explanations

    answers = at_once(
        lambda number: attempt(
            lambda actor: undo_explanation(actor=actor, explanation_id=made[number % 2].id, reason=REASON)
        ),
        times=4,
    )

    assert sorted(answers) == ["done"] + ["explanation_undone"] * 3
    with acting("manager"):
        assert LinePart.objects.get(id=part_id).explained == 0
        assert not Payment.objects.filter(at_bank_id__isnull=False).exists()
    assert_clean()


def test_undone_while_it_is_explained_elsewhere() -> None:
    (payment_id,) = received(["100.00"])
    first, second = booked("100.00", "100.00")
    piece = Piece("known_payment", D("100.00"), payment_id=payment_id)
    with acting("manager") as manager:
        (made,) = explain_part(actor=manager, part_id=first, pieces=[piece]).explanations
    acts: list[Callable[[Actor], object]] = [
        lambda actor: undo_explanation(actor=actor, explanation_id=made.id, reason=REASON),
        explain(second, [piece]),
    ]

    answers = at_once(lambda number: attempt(acts[number]), times=2)

    assert answers[0] == "done"
    assert answers[1] in ("done", "at_the_bank")
    assert_clean()


def test_one_side_of_a_transfer_is_met_once() -> None:
    with acting("manager") as manager:
        payroll = open_bank_account(actor=manager, code="payroll", name="Payroll", currency="USD")
        into = [each.id for each in book(manager, "75.00", "75.00", "75.00", account=payroll)]
    (out,) = booked("-75.00")
    piece = Piece("transfer", D("75.00"))
    with acting("manager") as manager:
        explain_part(actor=manager, part_id=out, pieces=[piece])

    answers = at_once(lambda number: attempt(explain(into[number], [piece])), times=3)

    assert answers == ["done"] * 3
    with acting("manager") as manager:
        assert len(one_sided_transfers(actor=manager)) == 2
    assert_clean()
