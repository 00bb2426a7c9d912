"""The formula of the DTR a second time, from docs/domain.md#dtr-formula and nothing else, in whole cents.

It shares no code with the settlement: what an item owes is the sum of its events, and a DTR takes events.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

KINDS = ("charge", "paid", "credited", "adjusted")
ORDER = ("TAXES", "EZPASS", "LEASE", "PVB", "TLC", "REPAIRS", "LOANS", "MISC")


@dataclass
class Event:
    """Something that happened to an item: raised (`charge`), paid, credited, or otherwise changed (`adjusted`)."""

    kind: str
    cents: int
    on: date
    taken: bool = False


@dataclass
class Item:
    """An obligation of a lease and driver."""

    category: str
    reference: str
    due: date
    issued: date
    original: int
    events: list[Event] = field(default_factory=list)
    credited: int = 0
    written_off: int = 0

    @property
    def outstanding(self) -> int:
        return sum(event.cents for event in self.events)

    @property
    def owed_by_lines(self) -> int:
        return sum(event.cents for event in self.events if event.taken)

    @property
    def may_take(self) -> int:
        return max(min(self.outstanding, self.owed_by_lines), 0)

    @property
    def place(self) -> tuple[int, date, str]:
        return ORDER.index(self.category), self.due, self.reference

    def happens(self, kind: str, cents: int, on: date, *, taken: bool = False) -> None:
        self.events.append(Event(kind, cents, on, taken))


@dataclass
class Cash:
    """A payment; `left` is unallocated. `applied` says what went to which item."""

    key: str
    dated: date
    left: int
    applied: list[tuple[Item, int]] = field(default_factory=list)


@dataclass
class Credit:
    """What is left of a memo."""

    on: date
    left: int


@dataclass
class Earnings:
    """A row of earnings."""

    week: date
    cents: int
    taken: bool = False


@dataclass
class Pair:
    """A lease and one of its drivers."""

    lease: int
    is_primary: bool
    items: list[Item] = field(default_factory=list)
    cash: list[Cash] = field(default_factory=list)
    credits: list[Credit] = field(default_factory=list)
    earnings: list[Earnings] = field(default_factory=list)
    carried: int = 0


@dataclass
class DriverOfLeases:
    """A driver's leases, and cash for none of them."""

    pairs: list[Pair] = field(default_factory=list)
    cash: list[Cash] = field(default_factory=list)


@dataclass(frozen=True)
class Terms:
    """What the company protects and whether it nets."""

    kept_percent: int = 100
    least: int = 0
    nets: bool = False


@dataclass
class Report:
    """A DTR while it is made."""

    pair: Pair
    prior: int
    earned: int
    protected: int
    recovered: int = 0
    netted_in: int = 0
    netted_out: int = 0
    credits_paid: int = 0
    by_kind: dict[str, int] = field(
        default_factory=lambda: dict.fromkeys(("charge", "paid", "credited", "adjusted"), 0)
    )

    @property
    def gross(self) -> int:
        return max(self.earned, 0)

    @property
    def owed(self) -> int:
        return self.prior + sum(self.by_kind.values())

    def figures(self) -> dict[str, int]:
        due = self.gross - self.recovered + self.credits_paid - self.netted_out
        carried = self.owed - self.recovered - self.netted_in
        return {
            "prior_balance": self.prior,
            "charges": self.by_kind["charge"],
            "interim_payments": -self.by_kind["paid"],
            "credits": -self.by_kind["credited"],
            "adjustments": -self.by_kind["adjusted"],
            "owed": self.owed,
            "earned": self.earned,
            "gross": self.gross,
            "protected": self.protected,
            "recovered": self.recovered,
            "credits_paid": self.credits_paid,
            "netted_in": self.netted_in,
            "netted_out": self.netted_out,
            "due_to_driver": due,
            "carried_forward": carried,
            "net": due - carried,
        }


def settle(driver: DriverOfLeases, week: date, sunday: date, terms: Terms) -> dict[int, dict[str, int]]:
    """Make the driver's DTRs of the week; the figures of each, by lease."""
    reports = [begin(pair, week, sunday, terms) for pair in driver.pairs if is_due(pair, week, sunday)]
    for report in reports:
        use_credits(report.pair.credits, report, sunday)
    if terms.nets:
        for giver in reports:
            for other in reports:
                if other is not giver:
                    use_credits(giver.pair.credits, other, sunday)
    for report in reports:
        use_cash(report.pair.cash, [report], sunday)
        recover(report, sunday)
    if terms.nets:
        for giver in reports:
            net(giver, [other for other in reports if other is not giver], sunday)
    use_cash(driver.cash, reports, sunday)
    for report in reports:
        conclude(report, sunday)
    return {report.pair.lease: report.figures() for report in reports}


def is_due(pair: Pair, week: date, sunday: date) -> bool:
    items = [item for item in pair.items if item.due <= sunday]
    return (
        pair.is_primary
        or pair.carried > 0
        or any(not row.taken and row.week <= week for row in pair.earnings)
        or any(item.outstanding > 0 for item in items)
        or any(not e.taken and (e.kind == "charge" or e.on <= sunday) for item in items for e in item.events)
        or any(credit.left and credit.on <= sunday for credit in pair.credits)
    )


def begin(pair: Pair, week: date, sunday: date, terms: Terms) -> Report:
    earned = 0
    for row in pair.earnings:
        if not row.taken and row.week <= week:
            row.taken = True
            earned += row.cents
    gross = max(earned, 0)
    kept_from_them = (gross * (100 - terms.kept_percent) * 2 + 100) // 200
    report = Report(pair, pair.carried, earned, min(gross, max(terms.least, kept_from_them)))
    for item in pair.items:
        if item.due <= sunday:
            take_events(report, item, sunday)
    if earned < 0:
        item = Item("MISC", "NEG", sunday, sunday, -earned)
        pair.items.append(item)
        item.happens("charge", -earned, sunday, taken=True)
        report.by_kind["charge"] += -earned
    return report


def take_events(report: Report, item: Item, sunday: date) -> None:
    """Everything that enters; what is effective later is left, and so is what would overpay the item."""
    waiting = [event for event in item.events if not event.taken]
    for event in waiting:
        if event.kind == "charge" or (event.cents > 0 and event.on <= sunday):
            event.taken = True
            report.by_kind[event.kind] += event.cents
    for event in waiting:
        if event.cents < 0 and event.on <= sunday and item.owed_by_lines + event.cents >= 0:
            event.taken = True
            report.by_kind[event.kind] += event.cents


def spread(cents: int, items: Iterable[Item]) -> list[tuple[Item, int]]:
    parts = []
    for item in sorted(items, key=lambda each: each.place):
        part = min(cents, item.may_take)
        if part:
            parts.append((item, part))
            cents -= part
    return parts


def due_items(report: Report, sunday: date) -> list[Item]:
    return [item for item in report.pair.items if item.due <= sunday]


def use_credits(credits: list[Credit], report: Report, sunday: date) -> None:
    for credit in credits:
        if credit.on > sunday:
            continue
        for item, part in spread(credit.left, due_items(report, sunday)):
            item.happens("credited", -part, max(sunday, item.issued), taken=True)
            credit.left -= part
            report.by_kind["credited"] -= part


def use_cash(held: list[Cash], reports: list[Report], sunday: date) -> None:
    whose = {id(item): report for report in reports for item in due_items(report, sunday)}
    for cash in sorted(held, key=lambda each: (each.dated, each.key)):
        if cash.dated > sunday:
            continue
        items = [i for report in reports for i in due_items(report, sunday) if i.category != "TAXES"]
        for item, part in spread(cash.left, items):
            item.happens("paid", -part, max(sunday, item.issued), taken=True)
            cash.left -= part
            cash.applied.append((item, part))
            whose[id(item)].by_kind["paid"] -= part


def recover(report: Report, sunday: date) -> None:
    for item, part in spread(report.gross - report.protected, due_items(report, sunday)):
        item.happens("recovered", -part, max(sunday, item.issued), taken=True)
        report.recovered += part


def net(giver: Report, others: list[Report], sunday: date) -> None:
    whose = {id(item): report for report in others for item in due_items(report, sunday)}
    left = giver.gross - giver.recovered - giver.protected - giver.netted_out
    for item, part in spread(left, [item for report in others for item in due_items(report, sunday)]):
        item.happens("recovered", -part, max(sunday, item.issued), taken=True)
        giver.netted_out += part
        whose[id(item)].netted_in += part


def conclude(report: Report, sunday: date) -> None:
    carried = report.figures()["carried_forward"]
    if carried == 0:
        for credit in report.pair.credits:
            if credit.on <= sunday:
                report.credits_paid += credit.left
                credit.left = 0
    report.pair.carried = carried
