"""Transfers between own places: both sides meet in transfers in transit, days apart too."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from bank.services.cash_transfers import FROM_BANK, TO_BANK, enter_cash_transfer
from bank.services.explaining import explain_part, undo_explanation
from bank.services.kinds.interface import Piece
from bank.services.one_sided import one_sided_transfers
from bank.tests.builders import book
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.errors import Conflict, InvalidInput
from ledger import chart
from ledger.models import Entry, Posting
from ledger.services.corrections import void_posting
from ledger.tests.treasury.builders import put_in
from ledger.tests.vendors.builders import balance
from ledger.treasury.models import BankAccount
from ledger.treasury.services.places import open_bank_account
from ledger.verification import verify
from payments.tests.billing import post
from tests.cast import StaffClient
from tests.digest import assert_nothing_written

D = Decimal
REASON = "It was somebody else's money"


@pytest.fixture
def payroll(manager: Actor) -> BankAccount:
    """Another account of the same currency."""
    return open_bank_account(actor=manager, code="payroll", name="Payroll", currency="USD")


def assert_clean(actor: Actor) -> None:
    assert [f"{each.check}: {each.difference}" for each in verify(actor=actor)] == []


def transfer(amount: str, transfer_id: str = "") -> Piece:
    return Piece("transfer", D(amount), source_id=transfer_id)


@pytest.mark.parametrize("first", ["in", "out"])
def test_the_sides_meet_whichever_comes_first(manager: Actor, payroll: BankAccount, first: str) -> None:
    day = today(manager.company)
    (out,) = book(manager, "-750.00", day=day - timedelta(days=3))
    (into,) = book(manager, "750.00", account=payroll, day=day)
    before, after = (into, out) if first == "in" else (out, into)

    one = explain_part(actor=manager, part_id=before.id, pieces=[transfer("750.00")])

    (open_side,) = one_sided_transfers(actor=manager)
    assert open_side.amount == (D("750.00") if first == "out" else D("-750.00"))
    assert open_side.part_id == before.id
    assert balance(manager, chart.TRANSFERS_IN_TRANSIT) == open_side.amount
    assert_clean(manager)

    two = explain_part(actor=manager, part_id=after.id, pieces=[transfer("750.00")])

    assert one_sided_transfers(actor=manager) == []
    assert two.explanations[0].source_id == one.explanations[0].source_id
    assert balance(manager, chart.TRANSFERS_IN_TRANSIT) == 0
    assert_clean(manager)

    undo_explanation(actor=manager, explanation_id=one.explanations[0].id, reason=REASON)

    (left,) = one_sided_transfers(actor=manager)
    assert left.part_id == after.id
    assert_clean(manager)
    explain_part(actor=manager, part_id=before.id, pieces=[transfer("750.00")])
    assert one_sided_transfers(actor=manager) == []
    assert_clean(manager)


def test_two_of_one_account_do_not_meet(manager: Actor) -> None:
    out, into = book(manager, "-750.00", "750.00")

    for each in (out, into):
        explain_part(actor=manager, part_id=each.id, pieces=[transfer("750.00")])

    assert len(one_sided_transfers(actor=manager)) == 2
    assert_clean(manager)


def test_another_amount_begins_another_transfer(manager: Actor, payroll: BankAccount) -> None:
    (out,) = book(manager, "-750.00")
    (into,) = book(manager, "745.00", account=payroll)
    one = explain_part(actor=manager, part_id=out.id, pieces=[transfer("750.00")])
    there = one.explanations[0].source_id

    with pytest.raises(InvalidInput) as refused, assert_nothing_written():
        explain_part(actor=manager, part_id=into.id, pieces=[transfer("745.00", there)])
    assert refused.value.code == "amount_differs"
    explain_part(
        actor=manager,
        part_id=into.id,
        pieces=[transfer("750.00", there), Piece("charges", D("-5.00"))],
    )

    assert one_sided_transfers(actor=manager) == []
    assert balance(manager, chart.BANK_CHARGES) == D("5.00")
    assert_clean(manager)


def test_refuses_a_transfer_that_is_not_there(manager: Actor) -> None:
    (out,) = book(manager, "-750.00")

    with pytest.raises(InvalidInput) as refused, assert_nothing_written():
        explain_part(actor=manager, part_id=out.id, pieces=[transfer("750.00", "nowhere")])

    assert refused.value.code == "unknown_explanation"


def test_cash_is_taken_to_the_bank(manager: Actor) -> None:
    put_in(manager, "300.00")

    _, open_side = enter_cash_transfer(
        actor=manager, amount=D("300.00"), currency="USD", direction=TO_BANK, office=True
    )

    assert open_side is not None
    assert (open_side.place, open_side.amount, open_side.part_id) == ("cash:cash", D("300.00"), None)
    assert balance(manager, chart.cash("cash")) == 0
    assert_clean(manager)
    (part,) = book(manager, "300.00")

    explain_part(actor=manager, part_id=part.id, pieces=[transfer("300.00")])

    assert one_sided_transfers(actor=manager) == []
    assert_clean(manager)


def test_cash_that_is_fetched_meets_the_line_that_was_there_first(manager: Actor) -> None:
    (part,) = book(manager, "-200.00")
    explain_part(actor=manager, part_id=part.id, pieces=[transfer("200.00")])

    _, open_side = enter_cash_transfer(
        actor=manager, amount=D("200.00"), currency="USD", direction=FROM_BANK, office=True
    )

    assert open_side is None
    assert balance(manager, chart.cash("cash")) == D("200.00")
    assert balance(manager, chart.TRANSFERS_IN_TRANSIT) == 0
    assert_clean(manager)


def test_a_drawer_gives_what_it_has(manager: Actor) -> None:
    put_in(manager, "299.99")

    with pytest.raises(Conflict) as refused, assert_nothing_written():
        enter_cash_transfer(actor=manager, amount=D("300.00"), currency="USD", direction=TO_BANK, office=True)

    assert refused.value.code == "drawer_short"
    assert "299.99" in refused.value.message


def test_the_drawers_side_is_voided_and_entered_again(manager: Actor) -> None:
    (part,) = book(manager, "300.00")
    explain_part(actor=manager, part_id=part.id, pieces=[transfer("300.00")])
    put_in(manager, "300.00")
    for _ in range(2):
        enter_cash_transfer(actor=manager, amount=D("300.00"), currency="USD", direction=TO_BANK, office=True)
        assert one_sided_transfers(actor=manager) == []
        entry = Entry.objects.filter(source_type="ledger.transfer", reverses=None).order_by("-id")[0]
        posting = Posting.objects.filter(entry=entry.id)[0]

        void_posting(actor=manager, posting_id=posting.id, reason=REASON)

        assert len(one_sided_transfers(actor=manager)) == 1
        assert balance(manager, chart.cash("cash")) == D("300.00")
        assert_clean(manager)


AT = "/api/accounting/transfers"


def test_cash_is_entered_over_http(client_of: Callable[..., StaffClient], manager: Actor) -> None:
    boss = client_of("manager")
    put_in(manager, "300.00")
    body = {"direction": "to_bank", "amount": "300.00", "note": "Evening deposit"}

    answer = post(boss, AT, body)

    assert answer.status_code == 201, answer.content
    made = answer.json()
    assert made["waits_for"]["place"] == "cash:cash"
    listed = boss.get(AT).json()["results"]
    assert [(each["transfer_id"], each["amount"]) for each in listed] == [(made["transfer_id"], D("300.00"))]
    (part,) = book(manager, "300.00")
    piece = {"kind": "transfer", "amount": "300.00", "source_id": made["transfer_id"]}
    post(boss, f"/api/accounting/statement-lines/{part.line_id}/resolve", {"pieces": [piece]})
    assert boss.get(AT).json()["results"] == []
    assert_clean(manager)


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"amount": "300.01"}, 409, "drawer_short"),
        ({"amount": "0.00"}, 400, "invalid"),
        ({"direction": "up"}, 400, "invalid"),
        ({"drawer_id": str(uuid4())}, 404, "drawer_not_found"),
        ({"transfer_id": str(uuid4())}, 400, "unknown_explanation"),
        ({"moved_on": "2999-01-01"}, 400, "date_in_future"),
        ({"currency": "EUR"}, 409, "drawer_short"),
    ],
)
def test_refuses_cash_that_did_not_move(
    client_of: Callable[..., StaffClient],
    manager: Actor,
    changes: dict[str, str],
    status: int,
    code: str,
) -> None:
    put_in(manager, "300.00")

    with assert_nothing_written():
        answer = post(client_of("manager"), AT, {"direction": "to_bank", "amount": "300.00", **changes})

    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.content


@pytest.mark.parametrize("username", ["cashier", "auditor"])
def test_it_takes_the_right(client_of: Callable[..., StaffClient], manager: Actor, username: str) -> None:
    with assert_nothing_written():
        answer = post(client_of(username), AT, {"direction": "to_bank", "amount": "300.00"})

    assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")
