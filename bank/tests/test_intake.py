"""Statements are received and booked: each line once, in order, and the books come to what the bank says."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from bank.models import LinePart, Statement, StatementLine
from bank.services.intake import receive_statements
from bank.services.trying import dry_run
from bank.tests.builders import default_account, line, parsed, read_as, receive, work
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.errors import Conflict, InvalidInput
from ledger import chart
from ledger.tests.vendors.builders import balance
from ledger.verification import verify
from tests.digest import assert_nothing_written


def at_bank(actor: Actor) -> Decimal:
    return balance(actor, chart.bank(default_account(actor).code))


def states(statement: Statement) -> list[str]:
    return [each.state for each in StatementLine.objects.filter(statement=statement.id).order_by("line_no")]


def test_lines_are_booked_and_the_figures_agree(manager: Actor) -> None:
    (statement,) = receive(
        manager,
        parsed(line("100.00", reference="A"), line("-30.00", reference="B"), opening="0.00", closing="70.00"),
    )

    assert (statement.status, statement.booked_lines, statement.new_lines) == ("booked", 2, 2)
    assert statement.is_proven is True
    assert at_bank(manager) == Decimal("70.00")
    assert LinePart.objects.count() == 2
    assert list(verify(actor=manager)) == []


def test_overlapping_files_add_only_what_is_new(manager: Actor) -> None:
    receive(manager, parsed(line("31.11", reference="OV-1"), line("31.22", reference="OV-2")))

    (second,) = receive(manager, parsed(line("31.22", reference="OV-2"), line("31.33", reference="OV-3")))

    assert states(second) == ["known", "booked"]
    assert at_bank(manager) == Decimal("93.66")


def test_lines_alike_without_a_reference_are_counted_within_their_day(manager: Actor) -> None:
    twice = (line("25.00", text="DEPOSIT"), line("25.00", text="DEPOSIT"))
    (first,) = receive(manager, parsed(*twice))
    (second,) = receive(manager, parsed(*twice, line("25.00", text="DEPOSIT"), line("25.00", text="OTHER")))

    assert states(first) == ["booked", "booked"]
    assert states(second) == ["known", "known", "booked", "booked"]


def test_a_file_that_contradicts_itself_is_held(manager: Actor) -> None:
    (statement,) = receive(
        manager, parsed(line("100.00", reference="BL1"), opening="1000.00", closing="1500.00")
    )

    assert (statement.status, statement.hold_code) == ("held", "balances_contradict")
    assert "400.00" in statement.hold_message
    assert at_bank(manager) == 0


def test_a_statement_waits_for_the_one_before_it(manager: Actor) -> None:
    one = parsed(line("100.00", reference="A"), opening="0.00", closing="100.00")
    two = parsed(line("50.00", reference="B", day="2026-11-21"), opening="100.00", closing="150.00")
    three = parsed(line("-20.00", reference="C", day="2026-11-22"), opening="150.00", closing="130.00")
    receive(manager, one)

    (waiting,) = receive(manager, three)
    assert (waiting.status, waiting.hold_code) == ("waiting", "predecessor_missing")
    assert at_bank(manager) == Decimal("100.00")

    (second,) = receive(manager, two)
    waiting.refresh_from_db()
    assert (second.status, waiting.status) == ("booked", "booked")
    assert (second.is_proven, waiting.is_proven) == (True, True)
    assert at_bank(manager) == Decimal("130.00")


def test_the_same_file_is_refused_and_forced_adds_nothing(manager: Actor) -> None:
    one = parsed(line("10.00", reference="A"), line("10.00", text="x"))
    receive(manager, one, content=b"one")

    with read_as(one), pytest.raises(Conflict) as refused, assert_nothing_written():
        receive_statements(actor=manager, content=b"one")
    assert refused.value.code == "same_file"

    (again,) = receive(manager, one, content=b"one", force=True)
    assert (again.status, states(again)) == ("booked", ["known", "known"])
    assert at_bank(manager) == Decimal("20.00")


def test_a_statement_in_another_currency_is_refused(manager: Actor) -> None:
    account = default_account(manager)
    for given in ({"bank_account_id": account.id}, {}):
        with (
            read_as(parsed(line("10.00", currency="EUR"), currency="EUR")),
            pytest.raises(InvalidInput) as refused,
            assert_nothing_written(),
        ):
            receive_statements(actor=manager, content=b"one", **given)
        assert refused.value.code in ("statement_currency", "statement_account_unknown")


def test_the_same_reference_with_other_values_is_held(manager: Actor) -> None:
    receive(manager, parsed(line("10.00", reference="A")))

    (second,) = receive(
        manager,
        parsed(
            line("11.00", reference="A"),
            line("-10.00", reference="A", mark="reversal"),
            line("-1.00", reference="A", mark="charge"),
        ),
    )

    assert states(second) == ["held", "booked", "booked"]
    held = StatementLine.objects.get(statement=second.id, state="held")
    assert held.same_as.amount == Decimal("10.00")
    assert "10.00 in on 2026-11-20" in held.note


def test_lines_alike_of_another_format_are_held(manager: Actor) -> None:
    receive(manager, parsed(line("10.00", text="a"), line("10.00", text="b"), format="table"))

    (second,) = receive(
        manager,
        parsed(
            *(line("10.00", reference=each) for each in "XYZ"), line("10.00", reference="W", day="2026-11-21")
        ),
    )

    assert states(second) == ["held", "held", "booked", "booked"]
    assert len({each.same_as_id for each in StatementLine.objects.filter(state="held")}) == 2


def test_a_line_after_today_waits_for_its_day(manager: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    tomorrow = today(manager.company) + timedelta(days=1)
    (statement,) = receive(
        manager, parsed(line("10.00", day=tomorrow), line("5.00", day=today(manager.company)))
    )

    assert states(statement) == ["waiting", "booked"]
    assert at_bank(manager) == Decimal("5.00")

    monkeypatch.setattr("bank.services.processing.today", lambda company: tomorrow)
    work(manager)
    assert states(statement) == ["booked", "booked"]
    assert at_bank(manager) == Decimal("15.00")


def test_pending_and_information_make_nothing_known(manager: Actor) -> None:
    (first,) = receive(
        manager, parsed(line("10.00", reference="A", status="pending"), line("0.00", reference="B"))
    )
    assert states(first) == ["shown", "booked"]
    assert LinePart.objects.count() == 0

    (second,) = receive(manager, parsed(line("10.00", reference="A")))
    assert states(second) == ["booked"]


def test_the_dry_run_tells_and_keeps_nothing(manager: Actor) -> None:
    receive(manager, parsed(line("10.00", reference="A"), opening="0.00", closing="10.00"))

    with (
        read_as(
            parsed(
                line("10.00", reference="A"), line("5.00", reference="B"), opening="0.00", closing="15.00"
            ),
            parsed(line("7.00", reference="C", day="2026-11-21"), opening="15.00", closing="22.00"),
        ),
        assert_nothing_written(),
    ):
        first, second = dry_run(actor=manager, content=b"x").statements

    assert (first.status, first.new_lines, first.known_lines) == ("booked", 1, 1)
    assert (second.status, second.new_lines, second.known_lines) == ("booked", 1, 0)
