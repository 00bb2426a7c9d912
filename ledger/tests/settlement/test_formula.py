"""Two thousand histories of a driver's leases in memory: the run's arithmetic against the second implementation.

Rule: docs/domain.md#dtr-formula, docs/domain.md#netting. `test_random_histories` does the same in the books.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from uuid import UUID

import pytest

from batconnect.core.database.numbers import Number
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.ids import uuid7
from batconnect.core.kernel.money import from_cents
from ledger.rules.settlement import LineKind
from ledger.settlement.services.covering import Debt, DriverWeek, Earned, LeaseWeek, Moved, Pair, _enter
from ledger.settlement.services.settling import FIGURES, settle_driver
from ledger.tests.settlement import second
from ledger.tests.settlement.builders import WEEK
from ledger.tests.settlement.second import Cash, Credit, DriverOfLeases, Earnings, Event, Item, Terms
from ledger.weekly import HeldCash, HeldCredit

FIRST = date(2026, 3, 1)
CUSTOMER = UUID(int=1)
HISTORIES = 700
KINDS = {
    "charge": LineKind.CHARGE,
    "paid": LineKind.INTERIM_PAYMENT,
    "credited": LineKind.CREDIT,
    "adjusted": LineKind.ADJUSTMENT,
}
TERMS = (Terms(), Terms(kept_percent=75, least=2_500, nets=True), Terms(kept_percent=60))
CATEGORIES = ("TAXES", "EZPASS", "LEASE", "PVB", "TLC", "LOANS", "MISC")


def signed(cents: int) -> Decimal:
    """The amount of either sign."""
    return from_cents(cents) if cents >= 0 else -from_cents(-cents)


@dataclass
class History:
    """A driver of one to three leases, and what happens to them."""

    random: Random
    driver: DriverOfLeases = field(default_factory=DriverOfLeases)
    numbers: int = 0

    def __post_init__(self) -> None:
        for lease in range(1, self.random.choice((1, 1, 2, 3)) + 1):
            self.driver.pairs.append(second.Pair(lease, is_primary=self.random.random() < 0.7))

    def next(self) -> int:
        self.numbers += 1
        return self.numbers

    def live(self, day: date) -> None:
        """Any of what may happen on a day."""
        for pair in self.driver.pairs:
            for _ in range(self.random.choice((0, 0, 1, 2))):
                self._charge(pair, day)
            happens = self.random.choice
            for act in (self._pay, self._undo, self._write_off, self._credit):
                if happens((False, False, True)):
                    act(pair, day)
        if self.random.random() < 0.2:
            cash = Cash(f"{self.next():06}", day, self.random.randint(1, 30_000))
            self.driver.cash.append(cash)

    def _charge(self, pair: second.Pair, day: date) -> None:
        category, cents = self.random.choice(CATEGORIES), self.random.randint(1, 40_000)
        due = day + timedelta(days=self.random.randint(-15, 10))
        item = Item(category, f"{category}-{self.next()}", due, day, cents)
        item.happens("charge", cents, day)
        pair.items.append(item)

    def _pay(self, pair: second.Pair, day: date) -> None:
        dated = day - timedelta(days=self.random.choice((0, 0, 2, 9)))
        cash = Cash(f"{self.next():06}", dated, self.random.randint(1, 40_000))
        pair.cash.append(cash)
        self._apply(pair, cash)

    def _apply(self, pair: second.Pair, cash: Cash) -> None:
        items = [item for item in pair.items if item.outstanding and item.category != "TAXES"]
        if items and cash.left:
            item = self.random.choice(items)
            part = min(self.random.randint(1, cash.left), item.outstanding)
            item.happens("paid", -part, max(cash.dated, item.issued))
            cash.left -= part
            cash.applied.append((item, part))

    def _undo(self, pair: second.Pair, day: date) -> None:
        """What cash has paid is undone, and mostly applied again from its own day on."""
        used = [cash for cash in pair.cash if cash.applied]
        if used:
            cash = self.random.choice(used)
            for item, part in cash.applied:
                item.happens("paid", part, day)
                cash.left += part
            cash.applied.clear()
            if self.random.random() < 0.3:
                cash.left = 0
            else:
                self._apply(pair, cash)

    def _write_off(self, pair: second.Pair, day: date) -> None:
        items = [item for item in pair.items if item.outstanding]
        if items:
            item = self.random.choice(items)
            item.written_off = self.random.randint(1, item.outstanding)
            item.happens("adjusted", -item.written_off, day)

    def _credit(self, pair: second.Pair, day: date) -> None:
        items = [item for item in pair.items if item.original > item.credited + item.written_off]
        if items:
            item = self.random.choice(items)
            cents = self.random.randint(1, item.original - item.credited - item.written_off)
            item.credited += cents
            if own := min(cents, item.outstanding):
                item.happens("credited", -own, day)
            if cents > own:
                pair.credits.append(Credit(day, cents - own))

    def earn(self, week: date) -> None:
        for pair in self.driver.pairs:
            for _ in range(self.random.choice((0, 1, 1, 2))):
                cents = self.random.choice((1, 1, -1)) * self.random.randint(1, 90_000)
                pair.earnings.append(Earnings(week - self.random.choice((0, 0, 1)) * WEEK, cents))


class Books:
    """The first implementation's side of a history: what it covers, and what its last DTRs carried forward."""

    def __init__(self, actor: Actor, history: History) -> None:
        self.actor = actor
        self.history = history
        self.carried: dict[int, Decimal] = {}
        self.items: dict[UUID, Item] = {}

    def settle(self, week: date) -> dict[int, dict[str, int]]:
        sunday = week + WEEK
        driver = self.history.driver
        pairs = [pair for pair in driver.pairs if second.is_due(pair, week, sunday)]
        covered = DriverWeek([self._lease_week(pair, week, sunday) for pair in pairs])
        covered.cash = [self._held(cash, None) for cash in self._oldest(driver.cash, sunday)]
        numbers = [Number(f"DTR-2026-{n:06}", n) for n in range(1, len(pairs) + 1)]
        settled = settle_driver(actor=self.actor, week=week, covered=covered, numbers=numbers)
        figures = {}
        for lease in settled:
            dtr = lease.dtr
            self.carried[dtr.lease_id] = dtr.carried_forward
            figures[dtr.lease_id] = {name: int(getattr(dtr, name) * 100) for name in FIGURES}
        self.left = {debt.id: int(debt.outstanding * 100) for lease in covered.leases for debt in lease.debts}
        return figures

    def _oldest(self, held: list[Cash], sunday: date) -> list[Cash]:
        in_time = [cash for cash in held if cash.left and cash.dated <= sunday]
        return sorted(in_time, key=lambda cash: (cash.dated, cash.key))

    def _held(self, cash: Cash, lease: int | None) -> HeldCash:
        return HeldCash(uuid7(), lease, CUSTOMER, "USD", from_cents(cash.left))

    def _lease_week(self, pair: second.Pair, week: date, sunday: date) -> LeaseWeek:
        made = LeaseWeek(
            Pair(pair.lease, 1, CUSTOMER, False, None, self.carried.get(pair.lease), sunday - WEEK),
            credits=[
                HeldCredit(uuid7(), pair.lease, CUSTOMER, "USD", from_cents(credit.left))
                for credit in pair.credits
                if credit.left and credit.on <= sunday
            ],
            cash=[self._held(cash, pair.lease) for cash in self._oldest(pair.cash, sunday)],
            earned=[
                Earned(uuid7(), uuid7(), row.week, signed(row.cents))
                for row in pair.earnings
                if not row.taken and row.week <= week
            ],
        )
        for item in pair.items:
            if item.due <= sunday:
                self._add_debt(made, item, sunday)
        return made

    def _add_debt(self, made: LeaseWeek, item: Item, sunday: date) -> None:
        debt = Debt(
            uuid7(),
            made.pair.lease_id,
            CUSTOMER,
            item.category,
            item.reference,
            item.due,
            item.issued,
            from_cents(item.outstanding),
        )
        self.items[debt.id] = item
        made.debts.append(debt)
        waiting = [event for event in item.events if not event.taken]
        _enter(made, debt, [_moved(debt, event) for event in waiting], sunday)


def _moved(debt: Debt, event: Event) -> Moved:
    return Moved(uuid7(), debt, KINDS[event.kind], signed(event.cents), event.on)


@pytest.mark.parametrize("place", range(len(TERMS)))
def test_every_figure_is_the_second_implementations(manager: Actor, place: int) -> None:
    terms = TERMS[place]
    company = replace(
        manager.company,
        max_kept_percent=Decimal(terms.kept_percent),
        least_payout=from_cents(terms.least),
        nets_leases=terms.nets,
    )
    actor = replace(manager, company=company)
    random = Random(place)  # noqa: S311 - cases of a test
    seen: dict[str, int] = {}

    for _ in range(HISTORIES):
        history = History(random)
        books = Books(actor, history)
        for number in range(8):
            _live_a_week(history, books, FIRST + number * WEEK, terms, seen)

    # Whatever a DTR has has been there.
    assert all(
        seen[name] > HISTORIES / 10 for name in ("credits", "adjustments", "recovered", "credits_paid")
    )
    assert (seen["netted_in"] > HISTORIES / 10) == terms.nets
    assert (seen["protected"] > 0) == (terms.kept_percent < 100)


def _live_a_week(history: History, books: Books, week: date, terms: Terms, seen: dict[str, int]) -> None:
    history.live(week + timedelta(days=3))
    history.earn(week)
    if history.random.random() < 0.4:
        history.live(week + WEEK + timedelta(days=1))  # the run is late
    first = books.settle(week)
    other = second.settle(history.driver, week, week + WEEK, terms)
    assert first == other
    for key, left in books.left.items():
        if key in books.items:
            assert left == books.items[key].outstanding
    for figures in first.values():
        for name, cents in figures.items():
            seen[name] = seen.get(name, 0) + (cents != 0)
    books.items.clear()
