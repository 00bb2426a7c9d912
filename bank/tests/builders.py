"""Statements with booked lines, for the tests of the bank's word."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any
from unittest.mock import patch

from bank.models import LinePart, Statement, StatementLine
from bank.readers.interface import ParsedLine, ParsedStatement
from bank.services.booking import LineToBook, book_lines
from bank.services.intake import receive_statements
from bank.services.processing import accounts_with_work, process_account
from batconnect.core.approvals.services import approve
from batconnect.core.database.rows import insert_many
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.ids import uuid7
from ledger.opening.models import OpeningLine
from ledger.opening.services.batch import LineGiven, ask_to_lock, prepare_opening
from ledger.querysets import trial_balance
from ledger.treasury.models import BankAccount
from tests.cast import _actor


def default_account(actor: Actor, currency: str = "USD") -> BankAccount:
    """The currency's default bank account."""
    return BankAccount.objects.get(company_id=actor.company_id, currency=currency, is_default=True)


def make_statement(actor: Actor, account: BankAccount | None = None, **values: Any) -> Statement:
    """A statement without lines, being booked."""
    there = account or default_account(actor)
    given: dict[str, Any] = {
        "format": "camt",
        "checksum": uuid7().hex,
        "currency": there.currency,
        "status": "booking",
        "created_by_name": actor.name,
        "period_from": today(actor.company),
        "period_to": today(actor.company),
        **values,
    }
    return Statement.objects.create(id=uuid7(), company_id=actor.company_id, bank_account=there, **given)


def book(
    actor: Actor,
    *amounts: str,
    account: BankAccount | None = None,
    day: date | None = None,
    **values: Any,
) -> list[LinePart]:
    """Book a line of one part for each amount, below zero for money out; the parts."""
    there = account or default_account(actor)
    statement = make_statement(actor, there)
    lines, to_book = [], []
    for place, amount in enumerate(amounts, start=1):
        signed = Decimal(amount)
        common: dict[str, Any] = {
            "company_id": actor.company_id,
            "bank_account_id": there.id,
            "direction": "in" if signed > 0 else "out",
            "amount": abs(signed),
            "currency": there.currency,
        }
        line = StatementLine(
            id=uuid7(),
            statement_id=statement.id,
            line_no=place,
            booked_on=day or today(actor.company),
            identity=uuid7().hex,
            **common,
        )
        part = LinePart(
            id=uuid7(),
            line_id=line.id,
            payment_date=line.booked_on,
            method="bank_transfer",
            **common,
            **values,
        )
        lines.append(line)
        to_book.append(LineToBook(line, [part]))
    insert_many(lines)
    book_lines(actor=actor, account=there, statement=statement, lines=to_book)
    return [each.parts[0] for each in to_book]


def unidentified(actor: Actor) -> Decimal:
    """What stands on unidentified receipts."""
    return sum(
        (-each.balance for each in trial_balance(actor=actor) if each.code == "unidentified_receipts"),
        Decimal("0.00"),
    )


def line(
    amount: str, *, day: date | str = "2026-11-20", reference: str = "", text: str = "", **values: Any
) -> ParsedLine:
    """A line as a reader makes it; below zero is money out."""
    signed = Decimal(amount)
    given: dict[str, Any] = {"place": 1, "currency": "USD", **values}
    return ParsedLine(
        booked_on=day if isinstance(day, date) else date.fromisoformat(day),
        direction="in" if signed >= 0 else "out",
        amount=abs(signed),
        bank_reference=reference,
        text=text,
        **given,
    )


def parsed(
    *lines: ParsedLine, opening: str | None = None, closing: str | None = None, **values: Any
) -> ParsedStatement:
    """A statement as a reader makes it."""
    given: dict[str, Any] = {"format": "camt", "account": "", "currency": "USD", **values}
    for name in ("period_from", "period_to"):
        if isinstance(given.get(name), str):
            given[name] = date.fromisoformat(given[name])
    return ParsedStatement(
        lines=lines,
        opening=None if opening is None else Decimal(opening),
        closing=None if closing is None else Decimal(closing),
        **given,
    )


@contextmanager
def read_as(*statements: ParsedStatement) -> Iterator[None]:
    """While it lasts, every file is read as these statements."""
    with patch("bank.services.reading.read_statements", lambda *args, **options: list(statements)):
        yield


def receive(actor: Actor, *statements: ParsedStatement, book: bool = True, **values: Any) -> list[Statement]:
    """Receive a file of these statements, and let a worker book what can be; the statements as they are then."""
    content = values.pop("content", None) or uuid7().bytes
    with read_as(*statements):
        received = receive_statements(actor=actor, content=content, **values)
    if book:
        work(actor)
    return [Statement.objects.get(id=each.id) for each in (*received.statements, *received.repeated)]


def work(actor: Actor) -> None:
    """What the workers of all accounts do."""
    for account in accounts_with_work(actor):
        process_account(actor=replace(actor, is_job=True), bank_account_id=account)


def open_books(actor: Actor, *lines: tuple[str, str, dict[str, str]]) -> list[OpeningLine]:
    """Open the company's books with these lines (kind, amount, cells), against equity, by two people; the lines."""
    given = [
        LineGiven(place, kind, Decimal(amount), values)
        for place, (kind, amount, values) in enumerate(lines, start=1)
    ]
    equity = -sum((each.amount for each in given), Decimal("0.00"))
    given.append(LineGiven(len(given) + 1, "account", equity, {"account": "retained_earnings"}))
    prepare_opening(actor=actor, lines=given, cut_over_on=today(actor.company))
    asked = ask_to_lock(actor=actor, reason="Agreed with the accountant")
    approve(actor=_actor("second_manager"), approval_id=asked.id)
    return list(OpeningLine.objects.order_by("place"))[:-1]
