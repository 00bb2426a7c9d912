"""A company with customers, leases, open items and learned accounts, as `benchmarks.matching` looks at lines of."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from bank.rules.names import same_name
from benchmarks.matching_people import company, person

CUSTOMERS, COMPANIES, LEASED = 2_400, 700, 1_300
RATES = ("425.00", "450.00", "475.00", "500.00", "500.00", "525.00", "550.00", "600.00", "650.00")
AGENTS = 12


@dataclass(slots=True)
class Item:
    """An open item of a customer."""

    number: str
    amount: Decimal
    due: date
    percent: Decimal | None = None
    days: int = 0


@dataclass(slots=True)
class Payer:
    """A customer with what lines may say of them."""

    id: UUID
    name: str
    is_company: bool
    account: str
    reference: str = ""
    driver: str = ""
    license: str = ""
    lease: str = ""
    medallion: str = ""
    plate: str = ""
    is_learned: bool = False
    items: list[Item] = field(default_factory=list)


@dataclass(slots=True)
class World:
    """Everybody, the accounts of money-transfer agents, and the names of strangers."""

    payers: list[Payer]
    agents: list[str]
    today: date
    _names: set[str] = field(default_factory=set)

    @property
    def names(self) -> set[str]:
        """What customers are called, as names are compared."""
        if not self._names:
            self._names = {same_name(each.name) for each in self.payers}
        return self._names


def build(dice: random.Random, actor: Any, *, mark: str) -> World:
    """Make it all in the actor's company; `mark` keeps the numbers of one world apart from another's."""
    from batconnect.core.kernel import clock

    today = clock.today(actor.company)
    payers = _customers(dice, actor, mark)
    _drivers(dice, actor, payers, today, mark)
    _owe(dice, actor, payers, today, mark)
    agents = [f"8{dice.randrange(10**10, 10**11)}" for _ in range(AGENTS)]
    _learn(dice, actor, payers, agents)
    return World(payers, agents, today)


def _customers(dice: random.Random, actor: Any, mark: str) -> list[Payer]:
    from batconnect.directory.models import Customer

    rows, kinds, references = [], [], []
    for place in range(CUSTOMERS):
        is_company = place < COMPANIES
        chance = dice.random()
        reference = (
            f"C{mark}-{10_000 + place}"
            if chance < 0.25
            else f"{7_000_000 + 10_000 * int(mark) + place}"
            if chance < 0.4
            else None
        )
        rows.append(
            Customer(
                company_id=actor.company_id,
                name=company(dice) if is_company else person(dice),
                external_reference=reference,
            )
        )
        kinds.append(is_company)
        references.append(reference or "")
    made = Customer.objects.bulk_create(rows, batch_size=500)
    return [
        Payer(each.id, each.name, kind, _account(dice), reference)
        for each, kind, reference in zip(made, kinds, references, strict=True)
    ]


def _account(dice: random.Random) -> str:
    return (
        f"{dice.randrange(10**8, 10**12)}" if dice.random() < 0.7 else f"US{dice.randrange(10**15, 10**16)}"
    )


def _drivers(dice: random.Random, actor: Any, payers: Sequence[Payer], today: date, mark: str) -> None:
    from batconnect.directory.models import Driver, Lease, LeaseDriver, Medallion, Vehicle

    company_id = actor.company_id
    people = [each for each in payers if not each.is_company][:LEASED]
    for place, each in enumerate(people):
        each.driver = f"DRV-{mark}{1_000 + place}"
        each.license = f"5{mark}{dice.randrange(10**4):04d}{place % 10}"
    licenses: set[str] = set()
    for each in people:
        while each.license in licenses:
            each.license = f"5{dice.randrange(10**6):06d}"
        licenses.add(each.license)
    drivers = Driver.objects.bulk_create(
        Driver(company_id=company_id, customer_id=each.id, driver_id=each.driver, tlc_license=each.license)
        for each in people
    )
    # One lease in ten is driven by two.
    homes: list[list[int]] = []
    for place in range(len(people)):
        if homes and dice.random() < 0.1:
            homes[-1].append(place)
        else:
            homes.append([place])
    medallions = [f"{1 + n // 2600 % 9}{chr(65 + n // 100 % 26)}{n % 100:02d}" for n in range(len(homes))]
    made = Medallion.objects.bulk_create(
        Medallion(company_id=company_id, medallion_no=f"{each}{mark}") for each in medallions
    )
    cars = Vehicle.objects.bulk_create(
        Vehicle(company_id=company_id, plate_no=f"T{mark}{n:05d}C", vin=f"4T1BF{mark}FK{n:09d}")
        for n in range(len(homes))
    )
    leases = Lease.objects.bulk_create(
        Lease(
            company_id=company_id,
            lease_id=f"LS-{mark}{2_000 + n}",
            medallion=made[n],
            vehicle=cars[n],
            weekly_amount=Decimal(dice.choice(RATES)),
            started_on=today - timedelta(days=400),
        )
        for n in range(len(homes))
    )
    LeaseDriver.objects.bulk_create(
        LeaseDriver(
            company_id=company_id,
            lease=lease,
            driver=drivers[place],
            role="Primary" if not turn else "Additional",
            from_on=lease.started_on,
        )
        for lease, home in zip(leases, homes, strict=True)
        for turn, place in enumerate(home)
    )
    toll = 0
    for lease, home, medallion, car in zip(leases, homes, made, cars, strict=True):
        for place in home:
            payer = people[place]
            payer.lease, payer.medallion, payer.plate = lease.lease_id, medallion.medallion_no, car.plate_no
            weeks = dice.choice((1, 1, 2, 2, 3, 4))
            sunday = today - timedelta(days=(today.weekday() + 1) % 7)
            for back in range(weeks):
                week = sunday - timedelta(weeks=back + 1)
                suffix = f"-{payer.driver}" if len(home) > 1 else ""
                payer.items.append(
                    Item(f"{lease.lease_id}-{week}{suffix}", lease.weekly_amount, week + timedelta(days=7))
                )
            for _ in range(dice.choice((0, 0, 1, 2, 3, 5))):
                amount = Decimal(dice.randrange(694, 9_500)) / 100
                toll += dice.randrange(1, 2_000)
                number = f"EZP-{mark}{toll:07d}"
                payer.items.append(Item(number, amount, today - timedelta(days=dice.randrange(-5, 45))))


def _owe(dice: random.Random, actor: Any, payers: Sequence[Payer], today: date, mark: str) -> None:
    from django.db import connection

    from ledger import chart
    from ledger.chart import Category
    from ledger.services.obligations import ObligationDraft, raise_obligations

    number = int(mark) * 10_000
    for each in payers:
        if each.driver:
            continue
        for _ in range(dice.choice((1, 1, 2, 3, 4) if each.is_company else (1, 1, 2))):
            number += 1
            due = today + timedelta(days=dice.randrange(-50, 28))
            amount = Decimal(dice.randrange(4_000, 480_000)) / 100
            has_terms = each.is_company and dice.random() < 0.3
            each.items.append(
                Item(f"INV-2026-{number:05d}", amount, due, Decimal(2) if has_terms else None, 10)
            )
    drafts = [
        ObligationDraft(
            category=_category(item.number),
            reference_id=item.number,
            amount=item.amount,
            issue_date=min(item.due, today) - timedelta(days=30),
            due_date=item.due,
            customer_id=each.id,
            credits=(
                (chart.INVOICE_INCOME, item.amount)
                if item.number.startswith("INV")
                else (chart.LEASE_INCOME, item.amount)
                if item.number.startswith("LS")
                else (chart.recovered(Category.EZPASS), item.amount),
            ),
        )
        for each in payers
        for item in each.items
    ]
    for start in range(0, len(drafts), 2_000):
        raise_obligations(actor=actor, drafts=drafts[start : start + 2_000])
    terms = [item for each in payers for item in each.items if item.number.startswith("INV")]
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into invoices (id, company_id, customer_id, number, issue_date, due_date, currency, net_total, "
            "tax_total, total, notes, obligation_id, early_payment_discount_percent, early_payment_discount_days) "
            "select gen_random_uuid(), o.company_id, o.customer_id, o.reference_id, o.issue_date, o.due_date, "
            "o.currency, o.original, 0, o.original, '', o.id, t.percent, t.days "
            "from unnest(%s::text[], %s::numeric[], %s::int[]) as t(number, percent, days) "
            "join ledger_obligations o on o.reference_id = t.number and o.company_id = %s::uuid",
            [
                [item.number for item in terms],
                [item.percent for item in terms],
                [item.days if item.percent is not None else None for item in terms],
                actor.company_id,
            ],
        )
    for each in payers:
        each.items.sort(key=lambda item: item.due)


def _category(number: str) -> Any:
    from ledger.chart import Category

    if number.startswith("INV"):
        return Category.INVOICE
    return Category.LEASE if number.startswith("LS") else Category.EZPASS


def _learn(dice: random.Random, actor: Any, payers: Sequence[Payer], agents: Sequence[str]) -> None:
    """Accounts that were learned: of six in ten customers; of families, for one of the two; of agents, for a few."""
    from bank.models import MatchRule

    pairs: set[tuple[str, UUID]] = set()
    for each in payers:
        if dice.random() < 0.6:
            each.is_learned = True
            pairs.add((each.account, each.id))
    for _ in range(60):
        one, other = dice.sample(payers, 2)
        other.account = one.account
        other.is_learned = False
    pairs = {(each.account, each.id) for each in payers if each.is_learned}
    for place, agent in enumerate(agents):
        for each in dice.sample(payers, 1 if place % 2 else 4):
            pairs.add((agent, each.id))
    MatchRule.objects.bulk_create(
        MatchRule(
            company_id=actor.company_id,
            on="account",
            pattern=account,
            direction="in",
            customer_id=customer,
            hits=2,
            created_by="bench",
        )
        for account, customer in sorted(pairs)
    )
    # One for all worlds of the company.
    MatchRule.objects.get_or_create(
        company_id=actor.company_id,
        on="text",
        pattern="ACCOUNT ANALYSIS SETTLEMENT CHARGE",
        direction="out",
        account_code="bank_charges",
        defaults={"is_learned": False, "created_by": "bench"},
    )
