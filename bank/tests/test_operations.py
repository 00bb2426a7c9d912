"""What is certain of several lines is accepted as one operation, and taken back as one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from bank.errors import ExplanationNotFound, ExplanationUndone
from bank.models import Explanation, LinePart
from bank.services import operations
from bank.services.explaining import undo_explanation
from bank.services.kinds.interface import Piece
from bank.services.operations import accept_certain, undo_operation
from bank.services.suggesting import Suggestion
from bank.tests.builders import book
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import NotAllowed
from ledger.verification import verify
from payments.models import Payment
from payments.tests.billing import make_customer, receive
from tests.digest import assert_nothing_written

D = Decimal
REASON = "It was somebody else's money"


def assert_clean(actor: Actor) -> None:
    assert [f"{each.check}: {each.difference}" for each in verify(actor=actor)] == []


@pytest.fixture
def suggested(monkeypatch: pytest.MonkeyPatch) -> dict[UUID, list[Suggestion]]:
    """What is suggested, by part."""
    by_part: dict[UUID, list[Suggestion]] = {}

    def suggest(*, actor: Actor, parts: Sequence[LinePart]) -> Mapping[UUID, list[Suggestion]]:
        return {each.id: by_part.get(each.id, []) for each in parts}

    monkeypatch.setattr(operations, "suggest", suggest)
    return by_part


def suggestion(*pieces: Piece, certain: bool = True, **values: Any) -> Suggestion:
    return Suggestion(pieces, "It is", 100, ("Its text names it.",), is_certain=certain, **values)


def test_what_is_certain_is_accepted_at_once(manager: Actor, suggested: dict[UUID, list[Suggestion]]) -> None:
    payment = receive(manager, make_customer(manager), "100.00")
    known = Piece("known_payment", D("100.00"), payment_id=payment.id)
    one, two, three, four, five = book(manager, "100.00", "-5.00", "70.00", "100.00", "8.00")
    suggested[one.id] = [suggestion(Piece("interest", D("100.00")), certain=False), suggestion(known)]
    suggested[two.id] = [suggestion(Piece("charges", D("5.00")))]
    suggested[three.id] = [suggestion(Piece("interest", D("70.00")), certain=False)]
    # The same payment once more: refused by then, and the rest goes through.
    suggested[four.id] = [suggestion(known)]

    done = accept_certain(
        actor=manager, part_ids=[one.id, two.id, three.id, four.id, five.id, five.id, missing := uuid4()]
    )

    assert {each.part.id for each in done.explained} == {one.id, two.id}
    left = {each.part_id: each.why for each in done.left}
    assert set(left) == {three.id, four.id, five.id, missing}
    assert "at the bank already" in left[four.id]
    assert "Nothing is certain" in left[five.id]
    live = Explanation.objects.all()
    assert {each.operation_id for each in live} == {done.operation_id}
    assert {(each.decided_by, tuple(each.because)) for each in live} == {("person", ("Its text names it.",))}
    assert_clean(manager)

    back = undo_operation(actor=manager, operation_id=done.operation_id, reason=REASON)

    assert {each.id for each in back.parts} == {one.id, two.id}
    assert back.waiting == ()
    assert {each.status for each in LinePart.objects.all()} == {"open"}
    assert Payment.objects.get().at_bank_id is None
    assert_clean(manager)
    with pytest.raises(ExplanationUndone), assert_nothing_written():
        undo_operation(actor=manager, operation_id=done.operation_id, reason=REASON)


def test_what_was_undone_before_stays_so(manager: Actor, suggested: dict[UUID, list[Suggestion]]) -> None:
    one, two = book(manager, "100.00", "70.00")
    suggested[one.id] = [suggestion(Piece("interest", D("100.00")))]
    suggested[two.id] = [suggestion(Piece("interest", D("70.00")))]
    done = accept_certain(actor=manager, part_ids=[one.id, two.id])
    first = Explanation.objects.get(part=one.id)
    undo_explanation(actor=manager, explanation_id=first.id, reason=REASON)

    back = undo_operation(actor=manager, operation_id=done.operation_id, reason=REASON)

    assert [each.id for each in back.parts] == [two.id]
    assert_clean(manager)


def test_an_operation_that_is_not_there(manager: Actor) -> None:
    with pytest.raises(ExplanationNotFound), assert_nothing_written():
        undo_operation(actor=manager, operation_id=uuid4(), reason=REASON)


def test_it_takes_the_right(cashier: Actor) -> None:
    with pytest.raises(NotAllowed):
        accept_certain(actor=cashier, part_ids=[])
    with pytest.raises(NotAllowed):
        undo_operation(actor=cashier, operation_id=uuid4(), reason=REASON)
