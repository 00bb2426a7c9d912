"""Every small bank file has its outcome, whichever way it goes in: the calls, a bank feed, the console's pages."""

from __future__ import annotations

from decimal import Decimal

import pytest

from bank.models import LinePart, Statement, StatementLine
from batconnect.core.kernel.actors import Actor
from ledger import chart
from ledger.models import Entry
from ledger.tests.vendors.builders import balance
from payments.batches.tests.builders import assert_books_hold
from payments.models import Payment
from tests.cases.outcomes import CASES, FOLDER, WITHOUT_LINES, Case, prepare
from tests.cases.test_payment_files import FILES as PAYMENT_FILES
from tests.cases.ways import WAYS, ByCall, ByPage, Way


def _signed(line: StatementLine | LinePart) -> str:
    return str(line.amount if line.direction == "in" else -line.amount)


def assert_became(case: Case) -> None:
    """What the database holds: each line and part, one entry for each line, the payments, and the bank's balance."""
    booked = StatementLine.objects.filter(state="booked")
    expected = [each for file in case.files for each in file.lines if each.state == "booked"]
    assert sorted((f"{each.booked_on}", _signed(each)) for each in booked) == sorted(
        (each.day, each.signed) for each in expected
    )
    parts = sorted(_signed(each) for each in LinePart.objects.all())
    assert parts == sorted(case.parts or [each.signed for each in expected])
    assert Entry.objects.filter(event="statement_line_booked").count() == len(expected)
    paid = Payment.objects.filter(status="posted").values_list("customer__name", "amount")
    assert sorted((name, str(amount)) for name, amount in paid) == sorted(case.paid)
    notes = " ".join(booked.values_list("note", flat=True))
    assert [each for each in case.notes if each not in notes] == []


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", CASES)
def test_a_small_file_becomes_what_it_should(manager: Actor, name: str, way: str) -> None:
    case = CASES[name]
    prepare(manager, case)
    sender: Way = WAYS[way](manager, case.columns)

    for place, file in enumerate(case.files):
        said, known, unreadable = sender.check(file)
        assert [each for each in file.says if each not in said] == [], said
        assert (known, unreadable) == (file.known, file.unreadable)
        statement = sender.take(file)
        assert statement.status == file.status
        assert sender.lines(statement) == [each.shown for each in file.lines]
        if place == 0 and len(case.files) > 1:
            case.between(manager)

    assert_became(case)
    for signed, words in case.suggested.items():
        (part,) = [each for each in LinePart.objects.filter(status="open") if _signed(each) == signed]
        offered = sender.suggested(part)
        assert [each for each in words if each not in offered] == []
    accounts = {each.bank_account for each in Statement.objects.filter(status="booked")}
    at_the_bank = sum(balance(manager, chart.bank(each.code), each.currency) for each in accounts)
    booked = [each.signed for file in case.files for each in file.lines if each.state == "booked"]
    assert at_the_bank == sum(map(Decimal, booked))
    assert_books_hold(manager)


@pytest.mark.parametrize("way", [ByCall, ByPage])
def test_41b_a_file_without_lines_is_read(manager: Actor, way: type[Way]) -> None:
    sender = way(manager, {})

    said, known, unreadable = sender.check(WITHOUT_LINES)
    statement = sender.take(WITHOUT_LINES)

    assert [each for each in WITHOUT_LINES.says if each not in said] == [], said
    assert (known, unreadable, statement.status, statement.total_lines) == (0, 0, "booked", 0)
    assert sender.lines(statement) == []
    assert_books_hold(manager)


def test_every_file_is_tried() -> None:
    tried = {file.name for case in CASES.values() for file in case.files} | {WITHOUT_LINES.name}

    assert tried | set(PAYMENT_FILES) == {each.name for each in FOLDER.iterdir()}
