"""Where matching, explaining, the counter and slips meet: nothing counts twice, nothing is booked twice."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from unittest.mock import patch

import pytest

from bank.models import Explanation, LinePart, MatchRule
from bank.services import deciding, processing, runs
from bank.services.deciding import decide_parts
from bank.services.explaining import explain_part
from bank.services.kinds.interface import Piece
from bank.services.receipts import match_receipt, unmatch_receipt
from bank.services.suggesting import look_at, suggest
from bank.tests.builders import book, make_statement
from bank.tests.test_matching import best, decide, pay
from bank.tests.test_slips import closed_slip
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.errors import NotAllowed
from batconnect.core.kernel.ids import uuid7
from ledger.verification import verify
from payments.batches.tests.builders import add_customer, bill
from payments.models import Payment

D = Decimal
REASON = "It was somebody else's money"


def test_a_match_and_its_undoing_are_counted_once(manager: Actor) -> None:
    acme = add_customer(manager)
    (part,) = book(manager, "20.00", payer_name="Cousin of Acme", payer_account="DE89 1")

    match_receipt(actor=manager, receipt_id=part.id, customer_id=acme.id)
    rule = MatchRule.objects.get()
    assert (rule.hits, rule.misses) == (1, 0)

    unmatch_receipt(actor=manager, receipt_id=part.id, reason=REASON)
    rule.refresh_from_db()
    assert (rule.hits, rule.misses, rule.is_active) == (1, 1, False)


def test_two_pieces_that_teach_the_same_count_once(manager: Actor) -> None:
    acme = add_customer(manager)
    (part,) = book(manager, "50.00", payer_name="Cousin of Acme", payer_account="DE89 1")

    done = explain_part(
        actor=manager,
        part_id=part.id,
        pieces=[
            Piece("payment", D("20.00"), customer_id=acme.id),
            Piece("payment", D("30.00"), customer_id=acme.id),
        ],
    )
    assert MatchRule.objects.get().hits == 1

    unmatch_receipt(actor=manager, receipt_id=part.id, reason=REASON)
    rule = MatchRule.objects.get()
    assert (len(done.explanations), rule.hits, rule.misses) == (2, 1, 1)


def test_a_payment_of_the_counter_recorded_meanwhile_is_seen(manager: Actor) -> None:
    acme = add_customer(manager)
    (invoice,) = bill(manager, acme, "120.00")
    met, free = book(manager, "120.00", "30.00", text=f"for {invoice.number}", payer_name="X")

    def slowly(**given: object) -> object:
        looked_at = look_at(**given)  # type: ignore[arg-type]  # as they came
        assert looked_at.best[met.id][0].is_certain
        pay(manager, acme, "120.00", payment_date=today(manager.company) - timedelta(days=6))
        return looked_at

    with patch.object(deciding, "look_at", slowly):
        became = decide(manager, met, free)

    assert became == ["open", "explained"]
    assert sorted(Payment.objects.values_list("amount", flat=True)) == [D("30.00"), D("120.00")]
    assert best(manager, LinePart.objects.get(id=met.id)).pieces[0].kind == "known_payment"
    assert list(verify(actor=manager)) == []


def test_another_payment_is_remembered_as_one(manager: Actor) -> None:
    acme = add_customer(manager)
    known = pay(manager, acme, "40.00")
    (part,) = book(manager, "40.00")

    done = explain_part(
        actor=manager, part_id=part.id, pieces=[Piece("payment", D("40.00"), customer_id=acme.id)]
    )

    payment = Payment.objects.get(id=done.explanations[0].payment_id)
    assert payment.duplicate_of_id == known.id
    assert payment.duplicate_acknowledged_at is not None
    assert [known.number in each for each in done.warnings] == [True]


def test_pieces_of_one_line_are_no_duplicates(manager: Actor) -> None:
    acme = add_customer(manager)
    (part,) = book(manager, "40.00")
    piece = Piece("payment", D("20.00"), customer_id=acme.id)

    done = explain_part(actor=manager, part_id=part.id, pieces=[piece, piece])

    assert done.warnings == ()
    assert not Payment.objects.filter(duplicate_of__isnull=False).exists()


def test_one_refusal_leaves_the_others_of_a_chunk(manager: Actor) -> None:
    acme = add_customer(manager)
    (invoice,) = bill(manager, acme, "120.00")
    parts = book(manager, *["10.00", "11.00", "12.00"], text=f"for {invoice.number}", payer_name="X")
    refused = parts[1].id
    compose = runs.compose_piece

    def refuse_one(*, part: LinePart, **given: object) -> object:
        if part.id == refused:
            raise NotAllowed("You may not.")
        return compose(part=part, **given)  # type: ignore[arg-type]  # as they came

    with patch.object(runs, "compose_piece", refuse_one):
        processing.decide(
            actor=manager,
            statement=make_statement(manager, operation_id=uuid7(), strategy="fifo"),
            part_ids=[each.id for each in parts],
        )

    assert set(Explanation.objects.values_list("part_id", flat=True)) == {parts[0].id, parts[2].id}
    assert Payment.objects.count() == 2
    assert list(verify(actor=manager)) == []


@pytest.mark.parametrize(
    ("text", "is_certain"),
    [("COUNTER DEPOSIT", True), ("{number}", True), ("DIRECT DEPOSIT", False), ("cash", False)],
)
def test_a_closed_slip_is_what_a_deposit_is(manager: Actor, text: str, is_certain: bool) -> None:
    slip, _, _ = closed_slip(manager)
    (part,) = book(manager, "300.00", text=text.format(number=slip.number))

    first = best(manager, part)

    assert (first.pieces[0].kind, first.pieces[0].source_id) == ("deposit_slip", str(slip.id))
    assert (first.title, first.is_certain) == (f"Deposit slip {slip.number}", is_certain)
    assert decide(manager, part) == ["explained" if is_certain else "open"]
    slip.refresh_from_db()
    assert slip.status == ("cleared" if is_certain else "closed")
    assert list(verify(actor=manager)) == []


def test_of_two_lines_neither_is_certainly_the_slip(manager: Actor) -> None:
    slip, _, _ = closed_slip(manager)
    parts = book(manager, "300.00", "300.00", text="DEPOSIT")

    done = decide_parts(actor=manager, part_ids=[each.id for each in parts], operation_id=uuid7())

    assert set(done.values()) == {"open"}
    made = suggest(actor=manager, parts=parts)
    assert all("Several lines" in each[0].contradicts for each in made.values())
    slip.refresh_from_db()
    assert slip.status == "closed"


def test_a_slip_of_long_ago_or_of_another_amount_is_not_offered(manager: Actor) -> None:
    closed_slip(manager)
    later = today(manager.company) + timedelta(days=15)
    (late,) = book(manager, "300.00", text="DEPOSIT", day=later)
    (other,) = book(manager, "300.01", text="DEPOSIT")

    made = suggest(actor=manager, parts=[late, other])

    assert [each.pieces[0].kind for some in made.values() for each in some] == []
