"""What the opening brought on its way is what a statement's line is (docs/domain.md#explanations)."""

from __future__ import annotations

from decimal import Decimal
from uuid import uuid4

import pytest

from bank.models import LinePart
from bank.services.explaining import explain_part, undo_explanation
from bank.services.kinds.interface import Piece
from bank.services.kinds.opened import opened_items
from bank.services.suggesting import suggest
from bank.tests.builders import book, open_books, unidentified
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.errors import InvalidInput, NotAllowed
from ledger.opening.models import OpeningLine
from ledger.opening.services.batch import LineGiven, prepare_opening
from ledger.openings import opening_kinds
from ledger.tests.vendors.builders import balance
from ledger.treasury.services.places import open_bank_account
from ledger.verification import verify
from payments.tests.billing import post
from tests.cast import StaffClient
from tests.digest import assert_nothing_written

D = Decimal
REASON = "It was somebody else's money"
COMING = "deposits_in_transit:operating"
CHECKS = "cash:check"
DEPOSIT = ("deposit_in_transit", "90.00", {"account": "operating", "reference": "SLIP-9"})


def assert_clean(actor: Actor) -> None:
    assert [f"{each.check}: {each.difference}" for each in verify(actor=actor)] == []


def piece(line: OpeningLine, amount: str = "90.00") -> Piece:
    return Piece("opened", D(amount), source_id=str(line.id))


def test_an_opened_deposit_reaches_the_bank_and_is_on_its_way_again(manager: Actor) -> None:
    (line,) = open_books(manager, DEPOSIT)
    first, second = book(manager, "90.00", "90.00")

    (made,) = explain_part(actor=manager, part_id=first.id, pieces=[piece(line)]).explanations

    assert (made.source_type, made.source_id) == ("ledger.opening_line", str(line.id))
    assert (balance(manager, COMING), unidentified(manager)) == (0, D("90.00"))
    assert_clean(manager)
    with pytest.raises(InvalidInput) as again, assert_nothing_written():
        explain_part(actor=manager, part_id=second.id, pieces=[piece(line)])
    assert "another line" in again.value.message

    undo_explanation(actor=manager, explanation_id=made.id, reason=REASON)

    assert balance(manager, COMING) == D("90.00")
    assert LinePart.objects.get(id=first.id).status == "open"
    assert_clean(manager)
    explain_part(actor=manager, part_id=second.id, pieces=[piece(line)])
    assert_clean(manager)


def test_opened_checks_reach_the_bank_one_by_one(manager: Actor) -> None:
    (line,) = open_books(manager, ("account", "100.00", {"account": CHECKS}))
    first, second, third = book(manager, "60.00", "40.01", "40.00")

    explain_part(actor=manager, part_id=first.id, pieces=[piece(line, "60.00")])
    with pytest.raises(InvalidInput) as above, assert_nothing_written():
        explain_part(actor=manager, part_id=second.id, pieces=[piece(line, "40.01")])
    explain_part(actor=manager, part_id=third.id, pieces=[piece(line, "40.00")])

    assert (above.value.code, "40.00" in above.value.message) == ("amount_differs", True)
    assert balance(manager, CHECKS) == 0
    assert_clean(manager)


def test_refuses_what_it_cannot_be(manager: Actor) -> None:
    deposit, drawer, bank = open_books(
        manager,
        DEPOSIT,
        ("account", "50.00", {"account": "cash:cash"}),
        ("account", "70.00", {"account": "bank:operating"}),
    )
    payroll = open_bank_account(actor=manager, code="payroll", name="Payroll", currency="USD")
    (part,) = book(manager, "90.00")
    (less,) = book(manager, "89.99")
    (elsewhere,) = book(manager, "90.00", account=payroll)
    (out,) = book(manager, "-90.00")
    refusals = [
        (part, piece(drawer), "unknown_explanation"),
        (part, piece(bank), "unknown_explanation"),
        (less, piece(deposit, "89.99"), "amount_differs"),
        (elsewhere, piece(deposit), "unknown_explanation"),
        (out, piece(deposit), "wrong_direction"),
        (part, Piece("opened", D("90.00"), source_id=str(uuid4())), "unknown_explanation"),
        (part, Piece("opened", D("90.00"), source_id="SLIP-9"), "unknown_explanation"),
        (part, Piece("opened", D("90.00")), "unknown_explanation"),
    ]

    for of, said, code in refusals:
        with pytest.raises(InvalidInput) as refused, assert_nothing_written():
            explain_part(actor=manager, part_id=of.id, pieces=[said])
        assert refused.value.code == code, said


def test_what_is_not_locked_is_not_on_its_way(manager: Actor) -> None:
    given = [LineGiven(1, DEPOSIT[0], D(DEPOSIT[1]), DEPOSIT[2])]
    prepare_opening(actor=manager, lines=given, cut_over_on=today(manager.company))
    (part,) = book(manager, "90.00")

    with pytest.raises(InvalidInput), assert_nothing_written():
        explain_part(actor=manager, part_id=part.id, pieces=[piece(OpeningLine.objects.get())])
    assert opened_items(actor=manager) == []


def test_it_is_found_by_amount_and_certain_by_its_reference(manager: Actor) -> None:
    (line, _) = open_books(
        manager, DEPOSIT, ("deposit_in_transit", "80.00", {"account": "operating", "reference": "SLIP-8"})
    )
    (named,) = book(manager, "90.00", text="DEPOSIT SLIP 9")
    (unnamed,) = book(manager, "90.00", text="BRANCH 12")
    (returned,) = book(manager, "90.00", text="RETURN SLIP-9", mark="return")

    made = suggest(actor=manager, parts=[named, unnamed, returned])

    assert [(each.pieces, each.is_certain) for each in made[named.id]] == [((piece(line),), True)]
    assert [(each.pieces, each.is_certain) for each in made[unnamed.id]] == [((piece(line),), False)]
    assert [each.is_certain for each in made[returned.id]] == [False]
    assert "when the books were opened" in made[named.id][0].because[0]


def test_without_the_right(manager: Actor, cashier: Actor) -> None:
    (line,) = open_books(manager, DEPOSIT)
    (part,) = book(manager, "90.00")

    with pytest.raises(NotAllowed), assert_nothing_written():
        explain_part(actor=cashier, part_id=part.id, pieces=[piece(line)])


def test_the_api(manager: Actor, api: StaffClient) -> None:
    (line,) = open_books(manager, DEPOSIT)
    (part,) = book(manager, "90.00")
    at = f"/api/accounting/statement-lines/{part.line_id}"

    suggested = api.get(f"{at}/suggestions").json()
    pieces = [{"kind": "opened", "amount": "90.00", "source_id": str(line.id)}]
    done = post(api, f"{at}/resolve", {"pieces": pieces})
    undone = post(api, f"{at}/undo", {"reason": REASON})

    assert str(line.id) in str(suggested)
    assert (done.status_code, undone.status_code) == (200, 200), (done.content, undone.content)
    assert_clean(manager)


def test_every_kind_of_the_opening_is_cleared_by_something() -> None:
    """What the opening brings is used, paid, or reaches the bank as this kind of explanation; a new kind says how."""
    ways = {
        "account": "opened: cash of a method; cash: a deposit slip; taxes: a remittance; the rest has no items",
        "receivable": "payment",
        "payment": "applied, or refunded: disbursement",
        "credit": "applied, or refunded: disbursement",
        "vendor": "a payment: disbursement; prepaid: vendor_refund",
        "deposit": "used, or returned: disbursement",
        "in_transit": "disbursement, disbursement_return",
        "deposit_in_transit": "opened",
        "earnings": "a payout: disbursement",
        "loan": "payment",
        "repair": "payment",
    }

    assert opening_kinds().keys() == ways.keys()
