"""Some hundred drivers, eight weeks of anything in the books: every DTR against a second implementation (`second`).

Rule: docs/domain.md#dtr-formula.

Late and missed runs, credit memos, payments taken back, applications undone and made again on an earlier day, charges
withdrawn and written off, signed earnings, protected shares, netting, and cash for no lease.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import now
from batconnect.core.kernel.ids import uuid7
from batconnect.core.kernel.money import from_cents, to_cents
from batconnect.directory.models import Customer, Driver, Lease, LeaseDriver, Medallion, Vehicle
from ledger.chart import Category
from ledger.models import Dtr, Obligation
from ledger.postings import charge_credits, obligation_written_off
from ledger.services import void_obligation
from ledger.services.journal import post_entries
from ledger.services.obligations import ObligationDraft, raise_obligations
from ledger.settlement.services.earnings import EarningRow, import_earnings
from ledger.tests.settlement import second
from ledger.tests.settlement.builders import WEEK, assert_books_agree, at, settle, settle_from
from ledger.tests.settlement.second import Cash, Credit, DriverOfLeases, Earnings, Item, Pair, Terms
from ledger.tests.settlement.test_worked_weeks import keep_at_most
from payments import postings
from payments.credit_memos.services.issuing import MemoRequest, issue_credit_memo
from payments.models import Allocation, Payment
from payments.services.figures import move_unallocated, void_payments
from payments.services.voids import mark_voided, undo_drafts, void_rows

FIRST = date(2026, 3, 1)  # daylight saving begins on 2026-03-08
WEEKS = 8
DRIVERS = 80
CATEGORIES = ("TAXES", "EZPASS", "PVB", "TLC", "MISC")
# Days after its Sunday on which each week's run is made; None: it is missed, and made up by the next one.
PATTERNS = (
    (0, 4, 0, None, 2, 0, None, 0),
    (0, 0, 3, 0, 0, None, None, 0),
    (1, 0, 0, 5, 0, 2, None, 5),
)
TERMS = (Terms(), Terms(kept_percent=75, least=2_500, nets=True), Terms(kept_percent=60))


@dataclass
class Lessee:
    """A driver of the history, in the books and in the model; the pairs by lease."""

    driver: Driver
    model: DriverOfLeases = field(default_factory=DriverOfLeases)


class World:
    """The company's drivers, and what happens to them, told to the books and to the model alike."""

    def __init__(self, actor: Actor, random: Random) -> None:
        self.actor = actor
        self.random = random
        self.items: dict[str, tuple[Lessee, Pair, Item]] = {}
        self.ids: dict[str, UUID] = {}
        self.payments: dict[str, tuple[Lessee, Cash]] = {}
        self.undone: set[str] = set()
        self.numbers = iter(range(1, 1_000_000))
        self.lessees = [Lessee(driver) for driver in _drivers(actor)]
        self._let_leases()

    def _let_leases(self) -> None:
        """Each driver has a lease, many have two, and some drive on somebody else's too."""
        company = {"company_id": self.actor.company_id}
        seats: list[tuple[Lessee, int, str]] = []
        count = 0
        for place, lessee in enumerate(self.lessees):
            for _ in range(self.random.choice((1, 1, 2))):
                seats.append((lessee, count, "Primary"))
                count += 1
            if place and self.random.random() < 0.3:
                seats.append((lessee, self.random.randrange(count - 1), "Additional"))
        medallions = Medallion.objects.bulk_create(
            Medallion(**company, medallion_no=f"M{number}") for number in range(count)
        )
        vehicles = Vehicle.objects.bulk_create(
            Vehicle(**company, plate_no=f"P{number}", vin=f"VIN{number:014}") for number in range(count)
        )
        self.leases = Lease.objects.bulk_create(
            Lease(
                **company,
                lease_id=f"LS-{number}",
                medallion=medallions[number],
                vehicle=vehicles[number],
                weekly_amount=from_cents(self.random.randint(0, 60_000)),
                started_on=FIRST,
            )
            for number in range(count)
        )
        unique = {(id(lessee), lease): (lessee, lease, role) for lessee, lease, role in reversed(seats)}
        for lessee, lease, role in sorted(unique.values(), key=lambda seat: seat[1]):
            LeaseDriver.objects.create(
                **company, lease=self.leases[lease], driver=lessee.driver, role=role, from_on=FIRST
            )
            lessee.model.pairs.append(Pair(self.leases[lease].pk, role == "Primary"))
        self.by_pk = {lease.pk: lease for lease in self.leases}

    def pairs(self, chance: float) -> Iterator[tuple[Lessee, Pair]]:
        """Some of the leases' drivers."""
        for lessee in self.lessees:
            for pair in lessee.model.pairs:
                if self.random.random() < chance:
                    yield lessee, pair

    def raise_fees(self, week: date) -> None:
        """What the fee job is to raise; the books do it by themselves."""
        for lessee in self.lessees:
            for pair in lessee.model.pairs:
                lease = self.by_pk[pair.lease]
                cents = to_cents(lease.weekly_amount)
                if pair.is_primary and cents:
                    key = f"{lease.lease_id}-{week}"
                    item = Item("LEASE", key, week + WEEK, week + timedelta(days=6), cents)
                    item.happens("charge", cents, item.issued)
                    pair.items.append(item)
                    self.items[key] = (lessee, pair, item)

    def charge(self, day: date) -> None:
        drafts = []
        for lessee, pair in self.pairs(0.25):
            category, cents = self.random.choice(CATEGORIES), self.random.randint(1, 30_000)
            key, due = f"{category}-{next(self.numbers)}", day + timedelta(days=self.random.randint(-20, 12))
            item = Item(category, key, due, day, cents)
            item.happens("charge", cents, day)
            pair.items.append(item)
            self.items[key] = (lessee, pair, item)
            drafts.append(
                ObligationDraft(
                    category=Category(category),
                    reference_id=key,
                    amount=from_cents(cents),
                    issue_date=day,
                    due_date=due,
                    customer_id=lessee.driver.customer_id,
                    credits=charge_credits(category=Category(category), amount=from_cents(cents)),
                    lease_id=pair.lease,
                )
            )
        raise_obligations(actor=self.actor, drafts=drafts)

    def know_ids(self) -> None:
        """The ids of the obligations by their references, shortfalls included."""
        self.ids = dict(Obligation.objects.values_list("reference_id", "id"))

    def pay(self, day: date) -> None:
        """Payments for a lease or for none, some dated earlier, partly applied at once."""
        drafts, payments, allocations = [], [], []
        for lessee, pair in self.pairs(0.2):
            cents, dated = (
                self.random.randint(1, 40_000),
                day - timedelta(days=self.random.choice((0, 0, 0, 1, 3))),
            )
            for_lease = self.random.random() < 0.75
            payment = self._payment(lessee, pair.lease if for_lease else None, cents, dated)
            cash = Cash(str(payment.id), dated, cents)
            (pair.cash if for_lease else lessee.model.cash).append(cash)
            self.payments[cash.key] = (lessee, cash)
            payments.append(payment)
            drafts.append(_received(payment))
            open_items = [item for item in pair.items if item.outstanding and item.category != "TAXES"]
            if open_items and self.random.random() < 0.7 and (item := self._known(open_items)):
                part = min(self.random.randint(1, cents), item.outstanding)
                made, draft = self._apply(payment, cash, item, pair.lease, part, len(allocations))
                payment.unallocated -= from_cents(part)
                allocations.append(made)
                drafts.append(draft)
        post_entries(actor=self.actor, drafts=drafts, rows=[payments, allocations])

    def _known(self, items: list[Item]) -> Item | None:
        known = [item for item in items if item.reference in self.ids]
        return self.random.choice(known) if known else None

    def _payment(self, lessee: Lessee, lease: int | None, cents: int, dated: date) -> Payment:
        number = next(self.numbers)
        return Payment(
            id=uuid7(),
            company_id=self.actor.company_id,
            kind="other",
            number=f"PAY-2026-{number}",
            number_order=number,
            customer_id=lessee.driver.customer_id,
            lease_id=lease,
            currency="USD",
            amount=from_cents(cents),
            unallocated=from_cents(cents),
            method="check",
            payment_date=dated,
            cashier="Mara",
        )

    def _apply(
        self, payment: Payment, cash: Cash, item: Item, lease: int, part: int, line: int
    ) -> tuple[Allocation, Any]:
        """Counts from the later of payment and issue date on, whenever it is made."""
        on = max(cash.dated, item.issued)
        item.happens("paid", -part, on)
        cash.left -= part
        cash.applied.append((item, part))
        made = Allocation(
            id=uuid7(),
            company_id=self.actor.company_id,
            operation_id=uuid7(),
            line=line % 30_000 + 1,
            payment_id=payment.id,
            obligation_id=self.ids[item.reference],
            amount=from_cents(part),
            allocation_date=on,
            strategy="chosen",
            outstanding_after=from_cents(item.outstanding),
        )
        draft = postings.allocation_applied(
            allocation_id=made.id,
            operation_id=made.operation_id,
            payment_id=payment.id,
            obligation_id=made.obligation_id,
            category=item.category,
            cash=made.amount,
            discount=Decimal("0.00"),
            currency="USD",
            allocation_date=on,
            customer_id=payment.customer_id,
            lease_id=lease,
        )
        return made, draft

    def take_back(self, day: date, *, whole: bool) -> None:
        """Payments that come back; or only their applications, which some cash is then applied again by."""
        chosen = [
            key
            for key, (_, cash) in self.payments.items()
            if key not in self.undone and (whole or cash.applied) and self.random.random() < 0.06
        ]
        payments = {row.id: row for row in Payment.objects.filter(id__in=chosen)}
        live = list(Allocation.objects.filter(payment__in=chosen, status="active").order_by("id"))
        obligations = {
            row.id: row for row in Obligation.objects.filter(id__in={a.obligation_id for a in live})
        }
        drafts = undo_drafts(self.actor, payments, live, obligations, "It came back unpaid")
        changes = [void_rows(self.actor, live, "It came back unpaid", now())] if live else []
        mark_voided(live, "It came back unpaid", now())
        returned: dict[UUID, Decimal] = {}
        for key in chosen:
            _, cash = self.payments[key]
            back = 0
            for item, part in cash.applied:
                item.happens("paid", part, day)
                back += part
            cash.applied.clear()
            cash.left = 0 if whole else cash.left + back
            returned[UUID(key)] = from_cents(back)
        if whole:
            self.undone.update(chosen)
            drafts += [_voided(payment, day) for payment in payments.values()]
            if payments:
                changes.append(
                    void_payments(list(payments.values()), voided_at=now(), reason="It came back unpaid")
                )
        elif returned:
            changes.append(move_unallocated(company_id=self.actor.company_id, by_payment=returned))
        if drafts:
            post_entries(actor=self.actor, drafts=drafts, changes=changes)
        if not whole:
            self._apply_again(chosen)

    def _apply_again(self, chosen: list[str]) -> None:
        """What was undone today is applied once more, from its own day on: before it was undone."""
        drafts, allocations, used = [], [], {}
        for key in chosen:
            lessee, cash = self.payments[key]
            pair = next((pair for pair in lessee.model.pairs if cash in pair.cash), lessee.model.pairs[0])
            item = self._known([i for i in pair.items if i.outstanding and i.category != "TAXES"])
            if item is None or not cash.left:
                continue
            part = min(cash.left, item.outstanding)
            payment = Payment(id=UUID(key), customer_id=lessee.driver.customer_id)
            made, draft = self._apply(payment, cash, item, pair.lease, part, len(allocations))
            allocations.append(made)
            drafts.append(draft)
            used[UUID(key)] = -from_cents(part)
        if drafts:
            change = move_unallocated(company_id=self.actor.company_id, by_payment=used)
            post_entries(actor=self.actor, drafts=drafts, rows=[allocations], changes=[change])

    def write_off(self, day: date) -> None:
        drafts = []
        for lessee, pair in self.pairs(0.05):
            item = self._known([item for item in pair.items if item.outstanding])
            if item is None:
                continue
            cents = self.random.randint(1, item.outstanding)
            item.happens("adjusted", -cents, day)
            item.written_off += cents
            drafts.append(
                obligation_written_off(
                    write_off_id=uuid7(),
                    obligation_id=self.ids[item.reference],
                    category=item.category,
                    amount=from_cents(cents),
                    passed_on=(),
                    currency="USD",
                    on=day,
                    customer_id=lessee.driver.customer_id,
                    lease_id=pair.lease,
                    reason="Settled with the driver",
                )
            )
        if drafts:
            post_entries(actor=self.actor, drafts=drafts)

    def issue_memos(self, day: date) -> None:
        for _, pair in self.pairs(0.05):
            items = [
                i for i in pair.items if i.original > i.credited + i.written_off and i.category != "LEASE"
            ]
            item = self._known(
                [each for each in items if each.events[0].kind == "charge" and each.issued <= day]
            )
            if item is None or item.reference in self.undone:
                continue
            cents = self.random.randint(1, item.original - item.credited - item.written_off)
            issue_credit_memo(
                actor=self.actor,
                request=MemoRequest(
                    obligation_id=self.ids[item.reference],
                    amount=from_cents(cents),
                    reason="It was another plate's",
                ),
            )
            item.credited += cents
            own = min(cents, item.outstanding)
            if own:
                item.happens("credited", -own, day)
            if cents > own:
                pair.credits.append(Credit(day, cents - own))

    def withdraw(self, day: date) -> None:
        """Void charges to which nothing was applied."""
        for key, (_, _, item) in list(self.items.items()):
            untouched = len(item.events) == 1 and item.category != "LEASE" and key in self.ids
            if untouched and self.random.random() < 0.02:
                void_obligation(actor=self.actor, obligation_id=self.ids[key], reason="Another car's toll")
                item.happens("adjusted", -item.original, day)
                self.undone.add(key)

    def earn(self, week: date) -> None:
        """The week's gross, late ones of weeks before, and adjustments of either sign."""
        rows = []
        for lessee, pair in self.pairs(0.8):
            for kind, chance in (("gross", 0.7), ("late", 0.15), ("adjustment", 0.3)):
                if self.random.random() > chance:
                    continue
                of = week - self.random.randint(0, 2) * WEEK if kind == "adjustment" else week
                of = max(of if kind != "late" else week - WEEK, FIRST)
                if kind != "adjustment" and any(row.week == of and row.cents > 0 for row in pair.earnings):
                    continue
                cents = self.random.randint(1, 90_000)
                key = ""
                if kind == "adjustment":
                    key, cents = (
                        f"ADJ-{next(self.numbers)}",
                        self.random.choice((-1, -1, 1)) * cents // 2 or 1,
                    )
                # A positive adjustment would hide a gross from the question above: it counts as one.
                pair.earnings.append(Earnings(of, cents))
                rows.append(
                    EarningRow(
                        lessee.driver.pk,
                        pair.lease,
                        of,
                        from_cents(cents) if cents > 0 else -from_cents(-cents),
                        "adjustment" if key else "gross",
                        key,
                    )
                )
        import_earnings(actor=self.actor, rows=rows)

    def live_a_day(self, day: date) -> None:
        with at(day):
            self.know_ids()
            self.charge(day)
            self.know_ids()
            self.pay(day)
            self.take_back(day, whole=False)
            self.write_off(day)
            self.issue_memos(day)
            self.take_back(day, whole=True)
            self.withdraw(day)


def _drivers(actor: Actor) -> list[Driver]:
    company = {"company_id": actor.company_id}
    customers = Customer.objects.bulk_create(
        Customer(**company, id=uuid7(), name=f"Driver {n}") for n in range(DRIVERS)
    )
    return Driver.objects.bulk_create(
        Driver(**company, customer=customer, driver_id=f"D-{n}", tlc_license=f"{n:08}")
        for n, customer in enumerate(customers)
    )


def _received(payment: Payment) -> Any:
    return postings.payment_received(
        payment_id=payment.id,
        method=payment.method,
        amount=payment.amount,
        currency=payment.currency,
        payment_date=payment.payment_date,
        customer_id=payment.customer_id,
        lease_id=payment.lease_id,
    )


def _voided(payment: Payment, day: date) -> Any:
    return postings.payment_voided(
        payment_id=payment.id,
        method=payment.method,
        amount=payment.amount,
        currency=payment.currency,
        on=day,
        customer_id=payment.customer_id,
        lease_id=payment.lease_id,
        reverses=None,
        reason="It came back unpaid",
    )


@pytest.mark.parametrize("place", range(len(PATTERNS)))
def test_dtrs_are_the_second_implementations(manager: Actor, place: int) -> None:
    terms = TERMS[place]
    settle_from(FIRST + WEEK)
    with connection.cursor() as cursor:
        # Tables that fill within one transaction have no statistics: the planner would read them whole, row by row.
        cursor.execute("set local enable_seqscan = off")
    job = keep_at_most(str(terms.kept_percent), least=str(from_cents(terms.least)), nets=terms.nets)
    world = World(manager, Random(place))  # noqa: S311 - cases of a test
    missed: list[date] = []
    run_on = FIRST

    for number, days_late in enumerate(PATTERNS[place]):
        week = FIRST + number * WEEK
        world.live_a_day(max(week + timedelta(days=3), run_on + timedelta(days=1)))
        with at(week + WEEK, "03:00"):
            world.earn(week)
        missed.append(week)
        if days_late is None:
            continue
        if days_late:
            world.live_a_day(week + WEEK + timedelta(days=1))
        run_on = week + WEEK + timedelta(days=days_late)
        with at(run_on, "23:00" if days_late else "05:00"):
            settle(job, week)
        for each in missed:
            _compare(world, each, terms)
        missed.clear()

    with at(FIRST + (WEEKS + 2) * WEEK):
        assert_books_agree(manager)


def _compare(world: World, week: date, terms: Terms) -> None:
    """Every DTR of the week, and which there are."""
    world.raise_fees(week)
    expected: dict[tuple[int, UUID], dict[str, int]] = {}
    for lessee in world.lessees:
        for lease, figures in second.settle(lessee.model, week, week + WEEK, terms).items():
            expected[lease, lessee.driver.customer_id] = figures
    names = list(next(iter(expected.values())))
    rows = Dtr.objects.filter(week=week).values_list("lease_id", "customer_id", *names)
    made = {
        (lease, customer): dict(zip(names, map(_cents, amounts), strict=True))
        for lease, customer, *amounts in rows
    }
    assert made.keys() == expected.keys()
    assert {key: made[key] for key in made if made[key] != expected[key]} == {
        key: expected[key] for key in made if made[key] != expected[key]
    }


def _cents(amount: Decimal) -> int:
    return to_cents(amount) if amount >= 0 else -to_cents(-amount)
