"""What reports read from kept figures is what the journal says posting by posting, on books made at random."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from itertools import count
from random import Random
from typing import Any

import pytest

from batconnect.core.kernel.actors import Actor
from batconnect.directory.models import Customer
from console.reports.aging import BUCKETS
from console.reports.reading import read_page
from console.reports.tests.books import ask, rows_of, totals_of
from ledger.chart import REPAID_CATEGORIES, Category
from ledger.models import Obligation, Posting
from ledger.services import write_off
from ledger.tests.builders import Debtor, charge, make_debtor
from ledger.tests.settlement.builders import assert_books_agree, at
from loans.tests.builders import lend
from payments.models import Payment
from payments.rules.methods import method_label
from payments.services.choosing import AllocationRequest, allocate_payment
from payments.services.recording import record_payment
from payments.services.refunds import refund_unallocated
from payments.services.voids import void_payment
from repairs.tests.builders import repair

FIRST, DAYS, ACTS = date(2026, 1, 2), 12, 40
AFTER = FIRST + timedelta(days=DAYS)
WHY = "Because the bank said so."
CATEGORIES = (Category.EZPASS, Category.LEASE, Category.TLC, Category.LOANS, Category.REPAIRS)
Key = tuple[Any, ...]
ZERO = Decimal("0.00")


class Life:
    """Acts at random by the services; each does nothing where there is nothing to do it to."""

    def __init__(self, actor: Actor, random: Random) -> None:
        self.actor, self.random, self.numbers = actor, random, count(1)
        self.debtors = [make_debtor(actor, number=n, name=f"Driver {n}") for n in (1, 2, 3)]
        self.acts: tuple[Callable[[date], None], ...] = (
            *(self.raise_charge, self.raise_charge, self.take, self.take, self.apply, self.apply, self.apply),
            *(self.void, self.write_off, self.refund, self.lend),
        )

    def live(self) -> None:
        """Forty acts over twelve days; money and charges may be dated back."""
        for number in range(ACTS):
            day = FIRST + timedelta(days=number * DAYS // ACTS)
            with at(day):
                self.random.choice(self.acts)(day)

    @property
    def debtor(self) -> Debtor:
        return self.random.choice(self.debtors)

    @property
    def amount(self) -> Decimal:
        return Decimal(self.random.randint(500, 30_000)) / 100

    def raise_charge(self, day: date) -> None:
        charge(
            self.actor,
            self.debtor,
            category=self.random.choice(CATEGORIES),
            reference_id=f"R-{next(self.numbers)}",
            amount=self.amount,
            due_date=day + timedelta(days=self.random.randint(-120, 20)),
            opening=True,
        )

    def take(self, day: date) -> None:
        record_payment(
            actor=self.actor,
            customer_id=self.debtor.customer.pk,
            amount=self.amount,
            method=self.random.choice(("cash", "check", "ach")),
            payment_date=day - timedelta(days=self.random.randint(0, 2)),
            acknowledge_duplicate=True,
        )

    def apply(self, day: date) -> None:
        payment = self._payment()
        if payment is None:
            return
        of_payer = Obligation.objects.filter(status="open", customer_id=payment.customer_id)
        owed = list(of_payer.order_by("id"))
        if not owed:
            return
        item = self.random.choice(owed)
        whole = min(item.outstanding, payment.unallocated)
        part = whole if self.random.random() < 1 / 2 else (whole / 2).quantize(Decimal("0.01"))
        if part > 0:
            allocate_payment(
                actor=self.actor,
                payment_id=payment.id,
                requests=[AllocationRequest(amount=part, obligation_id=item.id)],
            )

    def void(self, day: date) -> None:
        live = list(Payment.objects.filter(status="posted", refunded=0).order_by("id"))
        if live:
            void_payment(actor=self.actor, payment_id=self.random.choice(live).id, reason=WHY)

    def write_off(self, day: date) -> None:
        owed = list(Obligation.objects.filter(status="open").order_by("id"))
        if owed:
            item = self.random.choice(owed)
            write_off(actor=self.actor, obligation_id=item.id, amount=item.outstanding, reason=WHY)

    def refund(self, day: date) -> None:
        payment = self._payment()
        if payment is not None:
            refund_unallocated(
                actor=self.actor,
                payment_id=payment.id,
                amount=min(payment.unallocated, Decimal("5.00")),
                reason=WHY,
            )

    def lend(self, day: date) -> None:
        if self.random.random() < 1 / 2:
            lend(self.actor, self.debtor, "400.00")
        else:
            repair(self.actor, self.debtor, "400.00", invoice_number=f"INV-{next(self.numbers)}")

    def _payment(self) -> Payment | None:
        left = list(Payment.objects.filter(status="posted", unallocated__gt=0).order_by("id"))
        return self.random.choice(left) if left else None


@pytest.mark.parametrize("seed", [1, 2])
def test_reports_are_the_sums_of_postings(manager: Actor, seed: int) -> None:
    Life(manager, Random(seed)).live()  # noqa: S311 - the same books every time
    with at(AFTER):
        for day in (FIRST + timedelta(days=4), FIRST + timedelta(days=9), AFTER):
            _assert_aging(manager, day)
            _assert_repaid(manager, day)
            _assert_cash(manager, FIRST - timedelta(days=2), day)
        assert_books_agree(manager)


def _owed(day: date) -> dict[Obligation, Decimal]:
    """What each item came to at the end of the day, where that was something."""
    amounts: dict[Obligation, Decimal] = defaultdict(lambda: ZERO)
    lines = Posting.objects.filter(obligation__isnull=False, entry__effective_on__lte=day)
    for line in lines.select_related("obligation"):
        assert line.obligation is not None
        amounts[line.obligation] += line.amount
    return {item: amount for item, amount in amounts.items() if amount}


def _spare(day: date) -> dict[Key, Decimal]:
    """The unallocated cash of each customer; those of whom no payment had any are left out."""
    left: dict[Any, Decimal] = defaultdict(lambda: ZERO)
    for line in Posting.objects.filter(payment_id__isnull=False, entry__effective_on__lte=day):
        left[line.payment_id] -= line.amount
    of_customers: dict[Key, Decimal] = defaultdict(lambda: ZERO)
    for payment in Payment.objects.filter(id__in=[key for key, amount in left.items() if amount]):
        of_customers[payment.customer_id, payment.currency] += left[payment.id]
    return of_customers


def _bucket(due: date, day: date) -> str:
    late = (day - due).days
    return next(key for key, _, limit in BUCKETS if limit is None or late <= limit)


def _assert_aging(actor: Actor, day: date) -> None:
    owed, spare = _owed(day), _spare(day)
    expected: dict[Key, dict[str, Decimal]] = defaultdict(lambda: defaultdict(lambda: ZERO))
    categories: dict[str, set[Any]] = defaultdict(set)
    for item, amount in owed.items():
        row = expected[item.customer_id, item.currency]
        row[_bucket(item.due_date, day)] += amount
        row["outstanding"] += amount
        categories[Category(item.category).label].add(item.id)
    for key, amount in spare.items():
        expected[key]["unallocated"] += amount
    shown = [*(key for key, _, _ in BUCKETS), "outstanding", "unallocated"]
    rows = rows_of(actor, "ageing", as_of=day)
    assert {(row["customer_id"], row["currency"]): [row[key] for key in shown] for row in rows} == {
        key: [row[each] for each in shown] for key, row in expected.items()
    }
    names = Customer.objects.in_bulk([row["customer_id"] for row in rows])
    assert [row["customer"] for row in rows] == sorted(each.name for each in names.values())
    assert {
        (row["reference_id"], _filled(row), row["outstanding"])
        for row in rows_of(actor, "ageing", as_of=day, by="item")
    } == {(item.reference_id, _bucket(item.due_date, day), amount) for item, amount in owed.items()}
    assert {row["category"]: row["items"] for row in rows_of(actor, "ageing", as_of=day, by="category")} == {
        category: len(items) for category, items in categories.items()
    }


def _filled(row: dict[str, Any]) -> str:
    (key,) = [key for key, _, _ in BUCKETS if row[key]]
    return key


def _assert_repaid(actor: Actor, day: date) -> None:
    opened = {
        item.reference_id: (item.customer.name, item.issue_date, item.original, amount)
        for item, amount in _owed(day).items()
        if item.category in REPAID_CATEGORIES and not item.source_type.endswith("installment")
    }
    rows = rows_of(actor, "loans-repairs", as_of=day)
    assert opened == {
        row["number"]: (row["driver"], row["opened"], row["amount"], row["due"])
        for row in rows
        if row["status"] == "Opening balance"
    }
    documents = Posting.objects.filter(
        account__code__in=("loan_principal", "repair_advances"), entry__effective_on__lte=day
    )
    assert sum(row["not_due"] for row in rows) == sum(line.amount for line in documents)
    assert all(row["opened"] <= day and row["driver"] and row["lease_no"] for row in rows)
    page = read_page(answer=ask(actor, "loans-repairs", as_of=day))
    assert [row["number"] for row in page.rows] == [row["number"] for row in rows]


def _assert_cash(actor: Actor, first: date, last: date) -> None:
    lines = Posting.objects.filter(
        account__code__startswith="cash:",
        entry__source_type__startswith="payments.",
        entry__event__in=("payment_received", "payment_voided"),
        entry__effective_on__range=(first, last),
    ).select_related("account", "entry")
    expected = [
        (line.entry.effective_on, line.entry_id, method_label(line.account.code.split(":")[1]), line.amount)
        for line in lines.order_by("entry__effective_on", "entry_id", "line")
    ]
    rows = rows_of(actor, "cash-receipts", first=first, last=last)
    at_counter = [row for row in rows if row["event"] != "Refund of unallocated cash"]
    assert [
        (row["effective_on"], row["entry_id"], row["method"], row["net"]) for row in at_counter
    ] == expected
    totals = totals_of(actor, "cash-receipts", first=first, last=last).get("USD", {})
    received = sum(amount for *_, amount in expected if amount > 0)
    assert Decimal(totals.get("received", "0.00")) == received
    assert all(row["number"].startswith("PAY-") for row in rows)
