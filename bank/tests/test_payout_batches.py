"""One line of a statement clears a batch of payouts, item by item, and what comes back of it has a line of its own."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from bank.models import Explanation, LinePart
from bank.services.evidence.outgoing import suggest_outgoing
from bank.services.explaining import explain_part
from bank.services.kinds.interface import Piece
from bank.services.taking_back import undo_explanation
from bank.tests.builders import book
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import InvalidInput
from ledger.models import Dtr, PayoutBatch, PayoutItem
from ledger.paying.querysets import progress_of, stage_of
from ledger.paying.tests.builders import confirmed, due_drivers, sent, set_up
from ledger.tests.settlement.builders import assert_books_agree, at
from ledger.treasury.models import Disbursement
from tests.digest import assert_nothing_written

D = Decimal


@pytest.fixture
def batch(manager: Actor, second_manager: Actor) -> PayoutBatch:
    """Three drivers, 200.00 each, by ACH on January 12, 2026."""
    set_up(manager)
    drivers = due_drivers(manager)
    with at("2026-01-11"):
        for place, (debtor, _) in enumerate(drivers):
            confirmed(manager, second_manager, debtor, f"55566677{place}")
    with at("2026-01-12"):
        return sent(manager, second_manager)


def stage(batch: PayoutBatch) -> str:
    batch.refresh_from_db()
    return stage_of(batch, progress_of(company_id=batch.company_id, batch_ids=[batch.id])[batch.id])


def line(manager: Actor, amount: str, day: str = "2026-01-13") -> LinePart:
    with at("2026-01-15"):
        (part,) = book(manager, amount, day=date.fromisoformat(day))
    return part


def test_the_total_clears_every_item(manager: Actor, batch: PayoutBatch) -> None:
    part = line(manager, "-600.00")
    with at("2026-01-15"):
        (suggested,) = suggest_outgoing(actor=manager, parts=[part])[part.id][:1]
        assert (suggested.title, len(suggested.pieces), suggested.is_certain) == (
            f"All of {batch.number}",
            3,
            False,
        )
        assert stage(batch) == "sent"
        piece = Piece("payout_batch", D("600.00"), source_id=str(batch.id))
        done = explain_part(actor=manager, part_id=part.id, pieces=[piece])
    assert [each.kind for each in done.explanations] == ["disbursement"] * 3
    assert set(Disbursement.objects.values_list("status", flat=True)) == {"cleared"}
    assert stage(batch) == "settled"
    assert_books_agree(manager)
    with at("2026-01-16"):
        undo_explanation(
            actor=manager, explanation_id=done.explanations[0].id, reason="It was another batch."
        )
    assert set(Disbursement.objects.values_list("status", flat=True)) == {"in_transit"}
    assert stage(batch) == "sent"
    assert_books_agree(manager)


def test_what_comes_back_by_its_line_is_due_again(manager: Actor, batch: PayoutBatch) -> None:
    part = line(manager, "-600.00")
    with at("2026-01-15"):
        piece = Piece("payout_batch", D("600.00"), source_id=str(batch.id))
        explain_part(actor=manager, part_id=part.id, pieces=[piece])
        (came,) = book(manager, "200.00", day=date(2026, 1, 14))
        row = Disbursement.objects.order_by("id")[0]
        explain_part(
            actor=manager,
            part_id=came.id,
            pieces=[
                Piece(
                    "disbursement_return", D("200.00"), disbursement_id=row.id, values={"reason_code": "R03"}
                )
            ],
        )
    assert sorted(PayoutItem.objects.values_list("state", flat=True)) == ["returned", "sent", "sent"]
    assert Dtr.objects.filter(status="Finalized").count() == 1
    assert_books_agree(manager)


def test_another_amount_or_batch_is_refused(manager: Actor, batch: PayoutBatch) -> None:
    part = line(manager, "-599.00")
    for piece, code in (
        (Piece("payout_batch", D("599.00"), source_id=str(batch.id)), "amount_differs"),
        (Piece("payout_batch", D("599.00"), source_id=str(part.id)), "unknown_explanation"),
        (Piece("payout_batch", D("599.00"), source_id="PB-2026-001"), "unknown_explanation"),
    ):
        with assert_nothing_written(), pytest.raises(InvalidInput) as refused:
            explain_part(actor=manager, part_id=part.id, pieces=[piece])
        assert refused.value.errors[0].code == code
    assert not Explanation.objects.exists()
