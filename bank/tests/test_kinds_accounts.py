"""Lines that are an amount of an account of the chart, attacked."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from bank.models import Explanation
from bank.services.explaining import explain_part, undo_explanation
from bank.services.kinds.interface import Piece
from bank.tests.builders import book
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.errors import InvalidInput
from batconnect.core.models import CompanySettings
from ledger import chart
from ledger.models import Account, Entry
from ledger.tests.vendors.builders import balance
from ledger.verification import verify
from tests.cast import _actor
from tests.digest import assert_nothing_written

D = Decimal
REASON = "It was somebody else's money"


def assert_clean(actor: Actor) -> None:
    assert [f"{each.check}: {each.difference}" for each in verify(actor=actor)] == []


@pytest.mark.parametrize(
    ("amount", "kind", "code", "stands"),
    [
        ("-12.00", "charges", chart.BANK_CHARGES, "12.00"),
        ("12.00", "charges", chart.BANK_CHARGES, "-12.00"),
        ("3.00", "interest", chart.BANK_INTEREST, "-3.00"),
        ("-3.00", "interest", chart.BANK_INTEREST, "3.00"),
    ],
)
def test_charges_and_interest_of_both_directions(
    manager: Actor, amount: str, kind: str, code: str, stands: str
) -> None:
    (part,) = book(manager, amount)

    done = explain_part(actor=manager, part_id=part.id, pieces=[Piece(kind, abs(D(amount)))])

    assert balance(manager, code) == D(stands)
    assert done.explanations[0].account_code == code
    assert_clean(manager)
    undo_explanation(actor=manager, explanation_id=done.explanations[0].id, reason=REASON)
    assert balance(manager, code) == 0
    assert_clean(manager)


@pytest.mark.parametrize("amount", ["100.00", "-100.00"])
@pytest.mark.parametrize("first", ["150.00", "-50.00"])
def test_a_piece_below_zero_makes_the_others_larger(manager: Actor, amount: str, first: str) -> None:
    (part,) = book(manager, amount)
    pieces = [
        Piece("account", D(first), account_code=chart.OTHER_EXPENSES),
        Piece("charges", D("100.00") - D(first)),
    ]

    done = explain_part(actor=manager, part_id=part.id, pieces=pieces)

    sign = -1 if D(amount) > 0 else 1
    assert balance(manager, chart.OTHER_EXPENSES) == sign * D(first)
    assert_clean(manager)
    undo_explanation(actor=manager, explanation_id=done.explanations[1].id, reason=REASON)
    assert balance(manager, chart.OTHER_EXPENSES) == 0
    assert Explanation.objects.filter(status="undone").count() == 2
    assert_clean(manager)


def test_no_account_that_is_made_up_of_items(manager: Actor) -> None:
    """Every account of the company that has an action of its own is refused, and the action named."""
    (part,) = book(manager, "100.00")
    codes = set(Account.objects.filter(currency="USD").values_list("code", flat=True))
    with_items = {each for each in codes if chart.operation(each)}
    assert {
        "bank:operating",
        "payments_in_transit:operating",
        "cash:cash",
        "transfers_in_transit",
    } <= with_items

    for code in sorted(with_items):
        with pytest.raises(InvalidInput) as refused, assert_nothing_written():
            explain_part(
                actor=manager, part_id=part.id, pieces=[Piece("account", D("100.00"), account_code=code)]
            )
        assert refused.value.code == "account_has_items"
        assert chart.operation(code) in refused.value.message


def test_on_the_banks_day_or_the_first_open_one(manager: Actor) -> None:
    day = today(manager.company)
    (part,) = book(manager, "-12.00", day=day - timedelta(days=8))
    CompanySettings.objects.update(closed_until=day - timedelta(days=3))

    done = explain_part(actor=_actor("manager"), part_id=part.id, pieces=[Piece("charges", D("12.00"))])

    assert Entry.objects.get(id=done.explanations[0].entry_id).effective_on == day - timedelta(days=2)
    assert_clean(manager)


def test_a_transfer_is_not_below_zero(manager: Actor) -> None:
    (part,) = book(manager, "100.00")

    with pytest.raises(InvalidInput) as refused, assert_nothing_written():
        explain_part(
            actor=manager,
            part_id=part.id,
            pieces=[Piece("transfer", D("-5.00")), Piece("charges", D("105.00"))],
        )

    assert refused.value.errors[0].field == "pieces.0.amount"
