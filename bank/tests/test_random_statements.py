"""Random files of statements against a model of what the bank did: the books are the bank's, each line is booked once.

The model knows the bank's lines by day, and which days the company has seen; it shares nothing with the code.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

import pytest

from bank.models import Statement, StatementLine
from bank.readers.interface import ParsedLine, ParsedStatement
from bank.services.accepting import accept_statement, refuse_statement
from bank.services.held_lines import decide_line
from bank.services.processing import process_account
from bank.tests.builders import default_account, line, parsed, receive, work
from batconnect.core.kernel.actors import Actor
from ledger import chart
from ledger.tests.vendors.builders import balance
from ledger.verification import verify

FIRST: Final = date(2026, 11, 2)
DAYS: Final = 7
SEEDS: Final = range(8)
REASON: Final = "Decided by the test, at random"


@dataclass(frozen=True)
class Said:
    """A line of the bank's."""

    amount: Decimal
    reference: str
    text: str
    mark: str = ""


@dataclass
class Bank:
    """What the bank did: its lines by day, and the files it can send."""

    rng: random.Random
    days: dict[int, list[Said]] = field(default_factory=dict)
    count: int = 0

    def said(self, cents: int, *, mark: str = "", alike: Said | None = None) -> Said:
        self.count += 1
        if alike is not None:
            return replace(alike)
        has_reference = self.rng.random() < Decimal("0.6")
        return Said(
            Decimal(cents) / 100,
            f"REF-{self.count}" if has_reference else "",
            f"text {self.count}",
            mark,
        )

    def fill(self) -> None:
        for day in range(1, DAYS + 1):
            lines = [
                self.said(self.rng.choice((1, -1)) * self.rng.randint(1, 90_000))
                for _ in range(self.rng.randint(1, 4))
            ]
            if self.rng.random() < Decimal("0.4") and not lines[0].reference:
                lines.append(self.said(0, alike=lines[0]))
            if self.rng.random() < Decimal("0.4") and lines[0].reference:
                # Taken back under the same reference.
                lines.append(Said(-lines[0].amount, lines[0].reference, "returned", "return"))
            self.days[day] = lines

    def sum_of(self, days: set[int]) -> Decimal:
        return sum((each.amount for day in days for each in self.days[day]), Decimal("0.00"))

    def before(self, day: int) -> Decimal:
        return self.sum_of(set(range(1, day)))

    def numbered(self, day: int) -> ParsedStatement:
        opening = self.before(day)
        on = FIRST + timedelta(days=day)
        pending = line("1.23", day=on, reference=f"PENDING-{day}", status="pending")
        return parsed(
            *self._lines(day),
            pending,
            opening=str(opening),
            closing=str(opening + self.sum_of({day})),
            sequence_no=str(day),
            period_from=on,
            period_to=on,
        )

    def export(self, first: int, last: int, *, format: str = "camt") -> ParsedStatement:
        lines = [each for day in range(first, last + 1) for each in self._lines(day, plain=format == "table")]
        return parsed(*lines, format=format)

    def _lines(self, day: int, *, plain: bool = False) -> list[ParsedLine]:
        on = FIRST + timedelta(days=day)
        made = []
        for each in self.days[day]:
            values: dict[str, Any] = {} if plain else {"reference": each.reference, "mark": each.mark}
            made.append(line(str(each.amount), day=on, text=each.text, **values))
        return made

    def correct(self, day: int) -> None:
        """Another line instead of one, and one more, which come to the same."""
        gone = self.days[day].pop(self.rng.randrange(len(self.days[day])))
        part = self.rng.randint(1, 500)
        self.days[day] += [
            self.said(0, alike=Said(gone.amount + Decimal(part) / 100, f"NEW-{self.count}", "corrected"))
        ]
        self.days[day] += [
            self.said(0, alike=Said(Decimal(-part) / 100, f"FEE-{self.count}", "fee", "charge"))
        ]


@dataclass
class Company:
    """The company, and the days that the model says it has booked."""

    actor: Actor
    bank: Bank
    booked: set[int] = field(default_factory=set)
    by_format: dict[str, set[int]] = field(default_factory=lambda: {"camt": set(), "table": set()})
    waiting: set[int] = field(default_factory=set)
    sent: list[tuple[str, ParsedStatement]] = field(default_factory=list)
    corrected: set[int] = field(default_factory=set)

    def send(self, statement: ParsedStatement) -> Statement:
        (stored,) = receive(self.actor, statement, force=True)
        self.decide()
        return stored

    def decide(self) -> None:
        """A person says what is true: lines that are held repeat what is booked, or what the bank withdrew."""
        for held in StatementLine.objects.filter(state="held", statement__status="booked").order_by("id"):
            decide_line(actor=self.actor, line_id=held.id, is_known=True)
            process_account(actor=replace(self.actor, is_job=True), bank_account_id=held.bank_account_id)

    def settle(self) -> None:
        """What waited is booked once all before it is there, or when it says nothing that is new."""
        while ready := {
            each for each in self.waiting if self.is_complete(each) or self.says_nothing_new(each)
        }:
            self.waiting -= ready
            for day in ready:
                self.see(day, "camt")

    def is_complete(self, day: int) -> bool:
        return set(range(1, day)) <= self.booked

    def says_nothing_new(self, day: int) -> bool:
        """Whether a statement of the day has only lines that are known: the day came in this format, or as a table that
        says all of it, because the bank gave no line a reference."""
        is_plain = not any(each.reference for each in self.bank.days[day])
        return day in self.by_format["camt"] or (is_plain and day in self.by_format["table"])

    def see(self, day: int, format: str) -> None:
        self.booked.add(day)
        self.by_format[format].add(day)

    def told(self) -> str:
        """The chain and what waits, for whoever reads a failure."""
        rows = Statement.objects.order_by("chain_no", "id")
        return "\n".join(
            f"{each.chain_no} #{each.sequence_no} {each.format} {each.status} {each.opening}..{each.closing} "
            f"new {each.new_lines} known {each.known_lines} {each.hold_message}"
            for each in rows
        )

    def check(self) -> None:
        account = default_account(self.actor)
        lines = StatementLine.objects.filter(state="booked")
        booked = Counter(
            (each.booked_on, each.amount if each.direction == "in" else -each.amount) for each in lines
        )
        said = Counter(
            (FIRST + timedelta(days=day), each.amount) for day in self.booked for each in self.bank.days[day]
        )
        assert (booked - said, said - booked) == (Counter(), Counter()), self.told()
        assert balance(self.actor, chart.bank(account.code)) == self.bank.sum_of(self.booked)
        assert {int(each.sequence_no) for each in Statement.objects.filter(status="waiting")} == self.waiting


def begin(actor: Actor, seed: int) -> Company:
    bank = Bank(random.Random(seed))  # noqa: S311 - a seeded test
    bank.fill()
    company = Company(actor, bank)
    company.send(bank.numbered(1))
    company.see(1, "camt")
    company.check()
    return company


@pytest.mark.parametrize("seed", SEEDS)
def test_overlaps_repeats_formats_and_corrections(manager: Actor, seed: int) -> None:
    company = begin(manager, seed)
    bank = company.bank
    steps = ["numbered"] * 6 + ["export"] * 2 + ["table"] * 2 + ["repeat"] * 3 + ["correct"]
    bank.rng.shuffle(steps)
    days = list(range(2, DAYS + 1))
    bank.rng.shuffle(days)
    for step in steps:
        if step == "numbered":
            day = days.pop()
            company.sent.append((step, bank.numbered(day)))
            company.send(company.sent[-1][1])
            company.waiting.add(day)
        elif step in ("export", "table"):
            first = bank.rng.randint(1, DAYS - 1)
            last = min(DAYS, first + bank.rng.randint(0, 2))
            format = "camt" if step == "export" else "table"
            company.sent.append((step, bank.export(first, last, format=format)))
            company.send(company.sent[-1][1])
            for each in range(first, last + 1):
                company.see(each, format)
        elif step == "repeat" and company.sent:
            company.send(bank.rng.choice(company.sent)[1])
        elif step == "correct" and not company.by_format["table"] & {1}:
            _correct(company, 1)
            company.sent.clear()
        company.settle()
        company.check()
    for day in range(1, DAYS + 1):
        company.send(bank.numbered(day))
        company.waiting.add(day)
        company.settle()
        company.waiting.discard(day)
        company.check()
    assert company.booked == set(range(1, DAYS + 1))
    assert list(verify(actor=manager)) == []


@pytest.mark.parametrize("seed", range(4))
def test_gaps_are_taken_and_closed(manager: Actor, seed: int) -> None:
    company = begin(manager, 100 + seed)
    bank = company.bank
    days = list(range(2, DAYS + 1))
    bank.rng.shuffle(days)
    for day in days:
        stored = company.send(bank.numbered(day))
        company.waiting.add(day)
        if stored.status == "waiting" and bank.rng.random() < Decimal("0.4"):
            accept_statement(actor=manager, statement_id=stored.id, reason=REASON)
            work(manager)
            company.waiting.discard(day)
            company.see(day, "camt")
        # A statement follows the one before it, whatever is missing further back.
        while ready := {each for each in company.waiting if each - 1 in company.booked}:
            company.waiting -= ready
            for each in ready:
                company.see(each, "camt")
        company.check()
        if bank.rng.random() < Decimal("0.3"):
            company.send(bank.numbered(bank.rng.choice(sorted(company.booked))))
            company.check()
    assert company.booked == set(range(1, DAYS + 1))
    chain = Statement.objects.filter(chain_no__isnull=False).order_by("chain_no")
    assert [int(each.sequence_no) for each in chain] == list(range(1, DAYS + 1))
    assert all(each.is_proven and not each.has_gap for each in chain)
    _correct(company, bank.rng.randint(1, DAYS))
    company.check()
    assert list(verify(actor=manager)) == []
    assert Statement.objects.filter(is_proven=True).count() == DAYS


def _correct(company: Company, day: int) -> None:
    """The bank corrects a day; an older version that comes later is refused."""
    old = company.bank.numbered(day)
    company.bank.correct(day)
    correction = company.send(company.bank.numbered(day))
    assert correction.hold_code == "correction"
    company.corrected.add(day)
    accept_statement(actor=company.actor, statement_id=correction.id, reason=REASON)
    work(company.actor)
    company.check()
    late = company.send(old)
    assert late.hold_code == "correction"
    refuse_statement(actor=company.actor, statement_id=late.id, reason=REASON)
