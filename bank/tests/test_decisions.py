"""What people decide about statements and lines: gaps, corrections, typed balances, held lines."""

from __future__ import annotations

from decimal import Decimal

import pytest

from bank.models import LinePart, Statement, StatementLine
from bank.services.accepting import accept_statement, refuse_statement, type_balance
from bank.services.corrections import preview_correction
from bank.services.explaining import explain_part
from bank.services.feeds import set_feed
from bank.services.held_lines import decide_line
from bank.services.intake import receive_statements
from bank.services.kinds.interface import Piece
from bank.tests.builders import default_account, line, parsed, read_as, receive, work
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Conflict, InvalidInput, NotAllowed
from ledger import chart
from ledger.tests.vendors.builders import balance
from ledger.verification import verify
from payments.batches.tests.builders import add_customer
from payments.models import Payment
from tests.digest import assert_nothing_written

REASON = "The bank confirmed it by telephone"


def at_bank(actor: Actor) -> Decimal:
    return balance(actor, chart.bank(default_account(actor).code))


def proven() -> list[bool]:
    return list(
        Statement.objects.filter(chain_no__isnull=False)
        .order_by("chain_no")
        .values_list("is_proven", flat=True)
    )


ONE = parsed(line("100.00", reference="A"), opening="0.00", closing="100.00", sequence_no="1")
TWO = parsed(
    line("50.00", reference="B", day="2026-11-21"), opening="100.00", closing="150.00", sequence_no="2"
)
THREE = parsed(
    line("-20.00", reference="C", day="2026-11-22"), opening="150.00", closing="130.00", sequence_no="3"
)


def test_a_gap_is_taken_and_closed(manager: Actor, cashier: Actor) -> None:
    receive(manager, ONE)
    (third,) = receive(manager, THREE)
    assert third.status == "waiting"
    with pytest.raises(NotAllowed), assert_nothing_written():
        accept_statement(actor=cashier, statement_id=third.id, reason=REASON)

    accept_statement(actor=manager, statement_id=third.id, reason=REASON)
    work(manager)

    assert at_bank(manager) == Decimal("80.00")
    assert proven() == [True, False]
    with pytest.raises(Conflict), assert_nothing_written():
        accept_statement(actor=manager, statement_id=third.id, reason=REASON)

    (second,) = receive(manager, TWO)
    third.refresh_from_db()
    assert (second.status, second.chain_no, third.chain_no, third.has_gap) == ("booked", 2, 3, False)
    assert proven() == [True, True, True]
    assert at_bank(manager) == Decimal("130.00")
    assert list(verify(actor=manager)) == []


def test_a_statement_is_refused_for_good(manager: Actor) -> None:
    (held,) = receive(manager, parsed(line("1.00", reference="A"), opening="0.00", closing="2.00"))

    refuse_statement(actor=manager, statement_id=held.id, reason=REASON)
    work(manager)
    (good,) = receive(
        manager,
        parsed(line("1.00", reference="A"), line("1.00", reference="B"), opening="0.00", closing="2.00"),
    )

    assert good.new_lines == 2
    assert at_bank(manager) == Decimal("2.00")


def test_a_balance_is_typed_where_the_bank_gave_none(manager: Actor) -> None:
    (statement,) = receive(manager, parsed(line("10.00", reference="A")))
    assert statement.is_proven is False

    with_balance = type_balance(actor=manager, statement_id=statement.id, closing=Decimal("10.00"))
    assert with_balance.is_proven is True
    with pytest.raises(Conflict):
        type_balance(actor=manager, statement_id=statement.id, closing=Decimal("10.00"))

    (second,) = receive(manager, parsed(line("5.00", reference="B", day="2026-11-21")))
    assert second.opening == Decimal("10.00")
    with pytest.raises(InvalidInput) as refused, assert_nothing_written():
        type_balance(actor=manager, statement_id=second.id, closing=Decimal("16.00"))
    assert "15.00" in refused.value.message


def test_the_next_statement_proves_one_without_a_closing_balance(manager: Actor) -> None:
    (first,) = receive(manager, parsed(line("10.00", reference="A"), opening="0.00"))
    assert first.is_proven is False

    receive(manager, parsed(line("5.00", reference="B", day="2026-11-21"), opening="10.00", closing="15.00"))

    first.refresh_from_db()
    assert (first.closing, first.is_proven) == (Decimal("10.00"), True)


def test_the_chain_begins_with_what_was_typed(manager: Actor) -> None:
    account = default_account(manager)
    set_feed(
        actor=manager,
        bank_account_id=account.id,
        opening_balance=Decimal("500.00"),
        opened_on=line("1").booked_on,
    )

    (other,) = receive(manager, parsed(line("10.00", reference="A"), opening="400.00", closing="410.00"))
    (fits,) = receive(manager, parsed(line("10.00", reference="A"), opening="500.00", closing="510.00"))

    assert (other.status, fits.status) == ("waiting", "booked")
    assert "500.00" in other.hold_message


def test_a_correction_takes_what_vanished_back(manager: Actor) -> None:
    customer = add_customer(manager)
    old_lines = (line("100.00", reference="A"), line("40.00", reference="B"), line("-5.00", reference="C"))
    common = {"sequence_no": "7", "period_from": "2026-11-20", "period_to": "2026-11-20"}
    (old,) = receive(manager, parsed(*old_lines, opening="0.00", closing="135.00", **common))
    part = LinePart.objects.get(reference_number="B")
    explain_part(
        actor=manager, part_id=part.id, pieces=[Piece("payment", Decimal("40.00"), customer_id=customer.id)]
    )

    new_lines = (
        line("100.00", reference="A"),
        line("41.00", reference="B"),
        line("-5.00", reference="C"),
        line("9.00", reference="D"),
    )
    (new,) = receive(manager, parsed(*new_lines, opening="0.00", closing="145.00", message_id="x", **common))

    assert (new.status, new.hold_code, new.replaces_id) == ("held", "correction", old.id)
    assert new.hold_details == {
        "vanished_lines": 1,
        "added_lines": 2,
        "closing": {"before": "135.00", "now": "145.00"},
    }
    preview = preview_correction(actor=manager, statement=new)
    assert ([each.bank_reference for each in preview.vanished], preview.net) == (["B"], Decimal("10.00"))
    assert [each.kind for each in preview.explained] == ["payment"]

    accept_statement(actor=manager, statement_id=new.id, reason=REASON)
    work(manager)

    new.refresh_from_db()
    old.refresh_from_db()
    assert (old.status, new.status, new.is_proven) == ("replaced", "booked", True)
    assert at_bank(manager) == Decimal("145.00")
    assert Payment.objects.get().status == "voided"
    states = dict(StatementLine.objects.filter(statement=old.id).values_list("bank_reference", "state"))
    assert states == {"A": "booked", "B": "withdrawn", "C": "booked"}
    assert list(verify(actor=manager)) == []

    (third,) = receive(
        manager,
        parsed(
            line("1.00", reference="E", day="2026-11-21"), opening="145.00", closing="146.00", sequence_no="8"
        ),
    )
    assert third.is_proven is True


def test_a_held_line_is_decided(manager: Actor) -> None:
    receive(manager, parsed(line("10.00", text="a"), line("20.00", text="b"), format="table"))
    (second,) = receive(
        manager,
        parsed(line("10.00", reference="X"), line("20.00", reference="Y"), opening="0.00", closing="30.00"),
    )
    ten, twenty = StatementLine.objects.filter(statement=second.id).order_by("line_no")
    assert (ten.state, twenty.state, second.is_proven) == ("held", "held", True)

    decide_line(actor=manager, line_id=ten.id, is_known=True)
    with pytest.raises(InvalidInput) as refused, assert_nothing_written():
        decide_line(actor=manager, line_id=twenty.id, is_known=True, same_as=ten.id)
    assert refused.value.code == "not_the_same_line"
    decide_line(actor=manager, line_id=twenty.id, is_known=True)

    second.refresh_from_db()
    assert (second.known_lines, second.held_lines, second.is_proven) == (2, 0, True)
    assert at_bank(manager) == Decimal("30.00")
    with pytest.raises(Conflict), assert_nothing_written():
        decide_line(actor=manager, line_id=twenty.id, is_known=False)


def test_a_held_line_that_is_another_is_booked(manager: Actor) -> None:
    receive(manager, parsed(line("10.00", text="a"), format="table"))
    (second,) = receive(manager, parsed(line("10.00", reference="X")))
    held = StatementLine.objects.get(statement=second.id)

    decided = decide_line(actor=manager, line_id=held.id, is_known=False)

    assert (decided.state, decided.decided_by) == ("booked", manager.name)
    assert at_bank(manager) == Decimal("20.00")
    (again,) = receive(manager, parsed(line("10.00", reference="X")))
    assert again.known_lines == 1
    assert list(verify(actor=manager)) == []


def test_what_was_withdrawn_does_not_come_back_by_itself(manager: Actor) -> None:
    common = {"sequence_no": "7"}
    receive(manager, parsed(line("10.00", reference="A"), line("4.00", reference="B"), **common))
    (new,) = receive(manager, parsed(line("10.00", reference="A"), **common))
    accept_statement(actor=manager, statement_id=new.id, reason=REASON)
    work(manager)
    assert at_bank(manager) == Decimal("10.00")

    (export,) = receive(manager, parsed(line("4.00", reference="B")))

    assert export.held_lines == 1
    assert at_bank(manager) == Decimal("10.00")


def test_the_same_statement_in_another_file_is_not_stored_again(manager: Actor) -> None:
    (first,) = receive(manager, ONE)
    (again,) = receive(
        manager, parsed(*ONE.lines, opening="0.00", closing="100.00", sequence_no="1", message_id="other")
    )

    assert again.id == first.id
    assert Statement.objects.count() == 1


def test_the_later_version_of_a_statement_that_waits_counts(manager: Actor) -> None:
    receive(manager, ONE)
    (waiting,) = receive(manager, THREE)
    (later,) = receive(
        manager,
        parsed(
            line("-21.00", reference="C", day="2026-11-22"),
            opening="150.00",
            closing="129.00",
            sequence_no="3",
        ),
    )

    waiting.refresh_from_db()
    assert (waiting.status, waiting.hold_code, later.status) == ("refused", "superseded", "waiting")


def test_the_number_of_the_account_is_kept_and_compared(manager: Actor) -> None:
    account = default_account(manager)
    set_feed(actor=manager, bank_account_id=account.id, number="DE 89 3704 0044 0532 0130 00")

    (statement,) = receive(manager, parsed(line("1.00"), account="DE89370400440532013000"))
    assert statement.bank_account_id == account.id

    with (
        read_as(parsed(line("1.00"), account="0815")),
        pytest.raises(InvalidInput) as refused,
        assert_nothing_written(),
    ):
        receive_statements(actor=manager, content=b"z")
    assert refused.value.code == "statement_of_another_account"
    assert "3000" in refused.value.message
    assert "0532" not in refused.value.message
