"""What the demo's customers owe: opening balances in every category, and charges of the last weeks.

John Doe owes the first guide's 2,156.50 to the cent, all of it his own and on his lease.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

from batconnect.core.database.rows import insert_many
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.money import from_cents
from batconnect.directory.models import Customer
from demo.fleet import JOHN_DOE, Seat
from ledger.chart import Category
from ledger.postings import charge_credits
from ledger.services.obligations import ObligationDraft, raise_obligations

# Category, reference, amount, due date. The first two are the guide's own; the taxes count in the total
# and take no interim payment. The fee of 265.00 that the settlement of the last week raises is the rest of the total,
# and lets an excess be seen going to the lease.
JOHN_DOE_OWES: Final = (
    (Category.LEASE, "MED-102-LS-08", Decimal("265.00"), date(2024, 10, 20)),
    (Category.REPAIRS, "INV-2457", Decimal("450.00"), date(2024, 10, 15)),
    (Category.TAXES, "TAX-2024-Q3", Decimal("118.25"), date(2024, 10, 31)),
    (Category.EZPASS, "EZP-88213370", Decimal("86.40"), date(2024, 10, 11)),
    (Category.PVB, "PVB-4471902815", Decimal("115.00"), date(2024, 10, 9)),
    (Category.TLC, "TLC-FN0093812", Decimal("100.00"), date(2024, 10, 18)),
    (Category.LOANS, "LOAN-1187-05", Decimal("640.00"), date(2024, 10, 20)),
    (Category.MISC, "MISC-2024-0917", Decimal("116.85"), date(2024, 10, 17)),
)
OPENED_DAYS_AGO: Final = 84
NEWEST_PAYMENT_DAYS_AGO: Final = 2


def raise_debts(*, actor: Actor, seats: Sequence[Seat], today: date) -> None:
    """Raise everything that Big Apple's drivers and business customers owe, each with its entry."""
    drafts = list(_john_doe(seats[JOHN_DOE - 1]))
    for number, seat in enumerate(seats, start=1):
        if number != JOHN_DOE:
            drafts += _driver_debts(number, seat, today)
    drafts += _invoices(actor, today)
    raise_obligations(actor=actor, drafts=drafts)


def raise_premiums(*, actor: Actor, today: date) -> None:
    """Hudson's customers with a premium installment each, as opening balances."""
    customers = [
        Customer(company_id=actor.company_id, name=name, external_reference=f"POL-{number}")
        for number, name in enumerate(("Riverside Bakery", "Elm Street Dental", "Harlem Freight"), start=7001)
    ]
    insert_many(customers)
    drafts = [
        _opening(
            category=Category.PREMIUM,
            reference=f"{customer.external_reference}-Q{quarter}",
            amount=Decimal("1250.00") + 310 * place,
            issued=today - timedelta(days=OPENED_DAYS_AGO),
            due=today + timedelta(days=90 * quarter - 150),
            customer_id=customer.pk,
        )
        for place, customer in enumerate(customers)
        for quarter in (1, 2)
    ]
    raise_obligations(actor=actor, drafts=drafts)


def _john_doe(seat: Seat) -> Iterator[ObligationDraft]:
    for category, reference, amount, due in JOHN_DOE_OWES:
        yield _opening(
            category=category,
            reference=reference,
            amount=amount,
            issued=due,
            due=due,
            customer_id=seat.driver.customer_id,
            lease_id=seat.lease.pk,
        )


def _driver_debts(number: int, seat: Seat, today: date) -> list[ObligationDraft]:
    chance = random.Random(f"debts {number}")  # noqa: S311 - an example, not a secret
    opened = today - timedelta(days=OPENED_DAYS_AGO)
    key, weekly = seat.lease.lease_id, seat.lease.weekly_amount
    drafts = [
        _opening(
            category=Category.LEASE,
            reference=f"{key}-OB-{week}",
            amount=weekly,
            issued=opened,
            due=opened + timedelta(days=7 * week),
            customer_id=seat.driver.customer_id,
            lease_id=seat.lease.pk,
        )
        for week in range(1, chance.randint(1, 4) + 1)
    ]
    for category, share in ((Category.REPAIRS, 3), (Category.LOANS, 4), (Category.TAXES, 6)):
        if number % share == 0:
            amount = from_cents(chance.randint(12_000, 68_000))
            due = opened + timedelta(days=chance.randint(3, 60))
            drafts.append(
                _opening(
                    category=category,
                    reference=f"{category.value}-{key}-OB",
                    amount=amount,
                    issued=opened,
                    due=due,
                    customer_id=seat.driver.customer_id,
                    lease_id=seat.lease.pk,
                )
            )
    return drafts + list(_charges(number, seat, today, chance))


def _charges(number: int, seat: Seat, today: date, chance: random.Random) -> Iterator[ObligationDraft]:
    """Tolls, violations, tickets and the rest, raised over the last ten weeks."""
    kinds = (
        (Category.EZPASS, "EZP", 694, 6_900, chance.randint(1, 3)),
        (Category.PVB, "PVB", 6_500, 11_500, int(number % 2 == 0)),
        (Category.TLC, "TLC", 10_000, 25_000, int(number % 5 == 0)),
        (Category.TAXES, "TAX", 2_500, 9_000, int(number % 9 == 0)),
        (Category.MISC, "MISC", 1_500, 8_000, int(number % 4 == 0)),
    )
    for category, prefix, least, most, count in kinds:
        for place in range(count):
            issued = today - timedelta(days=chance.randint(NEWEST_PAYMENT_DAYS_AGO + 1, 70))
            amount = from_cents(chance.randint(least, most))
            yield ObligationDraft(
                category=category,
                reference_id=f"{prefix}-{number:03d}{chance.randint(10_000, 99_999)}{place}",
                amount=amount,
                issue_date=issued,
                due_date=issued + timedelta(days=14),
                customer_id=seat.driver.customer_id,
                lease_id=seat.lease.pk,
                credits=charge_credits(category=category, amount=amount),
            )


def _invoices(actor: Actor, today: date) -> list[ObligationDraft]:
    """Two business customers who advertise on the cars."""
    customers = [
        Customer(
            company_id=actor.company_id, name=name, email=f"ap@{domain}.example", external_reference=code
        )
        for name, domain, code in (
            ("Broadway Billboards", "broadwaybillboards", "ADV-01"),
            ("Five Boroughs Radio", "fiveboroughsradio", "ADV-02"),
        )
    ]
    insert_many(customers)
    issued = today - timedelta(days=40)
    return [
        _opening(
            category=Category.INVOICE,
            reference=f"{customer.external_reference}-{place}",
            amount=Decimal("1800.00") * place,
            issued=issued,
            due=issued + timedelta(days=30 * place),
            customer_id=customer.pk,
        )
        for customer in customers
        for place in (1, 2)
    ]


def _opening(
    *,
    category: Category,
    reference: str,
    amount: Decimal,
    issued: date,
    due: date,
    customer_id: UUID,
    lease_id: int | None = None,
) -> ObligationDraft:
    return ObligationDraft(
        category=category,
        reference_id=reference,
        amount=amount,
        issue_date=issued,
        due_date=due,
        customer_id=customer_id,
        lease_id=lease_id,
        credits=charge_credits(category=category, amount=amount, is_opening=True),
        is_opening=True,
    )
