"""One driver's week: credits, held cash and earnings go to the debts by the hierarchy, and make the driver's DTRs.

Rule: docs/domain.md#dtr-formula, docs/domain.md#netting. Nothing is read or written here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from batconnect.core.database.numbers import Number
from batconnect.core.database.transactions import reads
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.ids import uuid7
from batconnect.core.kernel.money import ZERO
from ledger import chart
from ledger.chart import Category
from ledger.models import Obligation
from ledger.postings import SHORTFALL, EntryDraft, earnings_applied, earnings_netted, obligation_raised
from ledger.rules.settlement import Figures, LineKind, distribute, protected_share, settled_on
from ledger.services.dates import open_day
from ledger.settlement.models import Dtr
from ledger.settlement.services.covering import Debt, DriverWeek, Earned, LeaseWeek
from ledger.weekly import CashUse, CreditPaid, CreditUse, HeldCash

FIGURES: Final = (
    *(
        "gross",
        "prior_balance",
        "charges",
        "interim_payments",
        "credits",
        "adjustments",
        "owed",
        "earned",
        "protected",
    ),
    *("recovered", "credits_paid", "netted_in", "netted_out", "net", "due_to_driver", "carried_forward"),
)


@dataclass(slots=True)
class Line:
    """A line of the DTR before it is written: an instance of the model for each would cost ten times as much."""

    entry_id: UUID
    kind: LineKind
    amount: Decimal
    category: str = ""
    obligation_id: UUID | None = None
    is_delayed: bool = False


@dataclass(slots=True)
class SettledLease:
    """A lease's unsaved DTR with its lines, and what they say: the shortfall raised, credits and cash used, earnings
    applied, credits paid out, and the earnings' ids."""

    dtr: Dtr
    lines: list[Line] = field(default_factory=list)
    shortfalls: list[Obligation] = field(default_factory=list)
    credit_uses: list[CreditUse] = field(default_factory=list)
    credits_paid: list[CreditPaid] = field(default_factory=list)
    cash_uses: list[CashUse] = field(default_factory=list)
    drafts: list[EntryDraft] = field(default_factory=list)
    earnings: list[UUID] = field(default_factory=list)


@reads
def settle_driver(
    *, actor: Actor, week: date, covered: DriverWeek, numbers: Sequence[Number]
) -> list[SettledLease]:
    """Settle the week of each lease of the driver; the debts are left with what they owe afterwards."""
    leases = [
        _Settling(actor, week, each, number) for each, number in zip(covered.leases, numbers, strict=True)
    ]
    for lease in leases:
        lease.use_credits()
    if actor.company.nets_leases:
        for lease in leases:
            for other in leases:
                if other is not lease:
                    other.take_credits(lease)
    for lease in leases:
        lease.use_cash(lease.covered.cash)
        lease.recover()
    if actor.company.nets_leases:
        _net_earnings(leases)
    _use_cash_without_lease(leases, covered.cash)
    return [lease.conclude() for lease in leases]


class _Settling:
    """A lease's week while it is settled."""

    def __init__(self, actor: Actor, week: date, covered: LeaseWeek, number: Number) -> None:
        self.actor = actor
        self.covered = covered
        self.debts = covered.debts
        self.sunday = settled_on(week)
        pair = covered.pair
        self.dtr = Dtr(
            id=uuid7(),
            company_id=actor.company_id,
            number=number.text,
            number_order=number.order,
            week=week,
            settled_on=self.sunday,
            lease_id=pair.lease_id,
            driver_id=pair.driver_id,
            customer_id=pair.customer_id,
            is_former=pair.is_former,
            currency=actor.company.base_currency,
            previous_id=pair.previous_id,
        )
        self.settled = SettledLease(self.dtr)
        self.lines = self.settled.lines
        self.lines += [_earning_line(self.dtr, each) for each in covered.earned]
        self.settled.earnings = [each.id for each in covered.earned]
        self._add_moved()
        self.earned = sum((each.gross for each in covered.earned), ZERO)
        if self.earned < 0:
            self._raise_shortfall(-self.earned)
        self.gross = max(self.earned, ZERO)
        self.protected = protected_share(
            gross=self.gross,
            least_payout=actor.company.least_payout,
            max_kept_percent=actor.company.max_kept_percent,
        )
        self.credits = list(covered.credits)
        self.unallocated = sum((each.unallocated for each in covered.cash), ZERO)
        self.recovered = self.netted_out = ZERO
        self.places = 0

    def _add_moved(self) -> None:
        """A line for every entry on the debts that the DTR covers."""
        until = self.covered.pair.settled_until
        for moved in self.covered.moved:
            if moved.amount == 0:
                continue
            line = self._line(
                moved.entry_id, moved.kind, moved.debt, moved.amount if moved.is_charge else -moved.amount
            )
            line.is_delayed = moved.is_charge and until is not None and moved.debt.due_date <= until

    def _raise_shortfall(self, amount: Decimal) -> None:
        """What is earned below zero is owed: a charge, which enters this DTR."""
        day = open_day(actor=self.actor, day=self.sunday)
        reference = f"NEG-{self.dtr.number}"
        row = Obligation(
            id=uuid7(),
            company_id=self.dtr.company_id,
            customer_id=self.dtr.customer_id,
            lease_id=self.dtr.lease_id,
            currency=self.dtr.currency,
            category=Category.MISC.value,
            reference_id=reference,
            description=f"Earnings below zero, settled by {self.dtr.number}",
            original=amount,
            outstanding=amount,
            issue_date=day,
            due_date=self.sunday,
            source_type=SHORTFALL,
            source_id=str(self.dtr.id),
        )
        draft = obligation_raised(
            obligation_id=row.id,
            category=row.category,
            amount=amount,
            currency=row.currency,
            issue_date=day,
            credits=((chart.DRIVER_EARNINGS_PAYABLE, amount),),
            customer_id=row.customer_id,
            lease_id=row.lease_id,
            operation_id=self.dtr.id,
        )
        debt = Debt(
            row.id,
            self.dtr.lease_id,
            row.customer_id,
            row.category,
            reference,
            self.sunday,
            day,
            amount,
            amount,
        )
        self.debts.append(debt)
        self.settled.shortfalls.append(row)
        self.settled.drafts.append(draft)
        self._line(draft.id, LineKind.CHARGE, debt, amount)

    def use_credits(self) -> None:
        """Apply the lease's own credits, taxes included."""
        self.take_credits(self)

    def take_credits(self, giver: _Settling) -> None:
        """Apply what is left of the giver's credits to the debts of this lease, the oldest memo first."""
        for place, credit in enumerate(giver.credits):
            for rank, (debt, amount) in enumerate(
                distribute(available=credit.left, debts=self.debts), start=1
            ):
                use = CreditUse(
                    held=credit,
                    obligation_id=debt.id,
                    lease_id=debt.lease_id,
                    category=debt.category,
                    amount=amount,
                    outstanding=debt.outstanding,
                    decision=self._decision(rank, debt),
                    effective_on=self._day_of(debt),
                )
                self.settled.credit_uses.append(use)
                self._line(use.entry_id, LineKind.CREDIT, debt, amount)
                debt.pay(amount)
                credit = replace(credit, left=credit.left - amount)
            giver.credits[place] = credit

    def use_cash(self, held: Sequence[HeldCash]) -> None:
        """Apply the lease's cash, except to taxes, the oldest payment first."""
        for cash in held:
            for rank, (debt, amount) in enumerate(
                distribute(available=cash.unallocated, debts=_payable_in_cash(self.debts)), start=1
            ):
                self.pay_in_cash(cash, debt, amount, rank)
                self.unallocated -= amount

    def pay_in_cash(self, cash: HeldCash, debt: Debt, amount: Decimal, rank: int) -> None:
        """Apply a part of held cash to a debt of this lease."""
        use = CashUse(
            held=cash,
            obligation_id=debt.id,
            lease_id=debt.lease_id,
            category=debt.category,
            amount=amount,
            outstanding=debt.outstanding,
            decision=self._decision(rank, debt),
            effective_on=self._day_of(debt),
        )
        self.settled.cash_uses.append(use)
        self._line(use.entry_id, LineKind.INTERIM_PAYMENT, debt, amount)
        debt.pay(amount)

    def recover(self) -> None:
        """Apply the earnings, but for what is protected: one entry and one line for each debt that gets something."""
        for debt, amount in distribute(available=self.gross - self.protected, debts=self.debts):
            self.places += 1
            draft = earnings_applied(
                dtr_id=self.dtr.id,
                dtr_number=self.dtr.number,
                place=self.places,
                on=self._day_of(debt),
                **self._posted(debt, amount),
            )
            self._apply(draft, LineKind.RECOVERED, debt, amount)
            self.recovered += amount

    def take_earnings(self, giver: _Settling, debt: Debt, amount: Decimal) -> None:
        """Apply what another lease of the driver earned to a debt of this one."""
        self.places += 1
        draft = earnings_netted(
            dtr_number=self.dtr.number,
            place=self.places,
            from_dtr=giver.dtr.id,
            on=self._day_of(debt),
            **self._posted(debt, amount),
        )
        self._apply(draft, LineKind.NETTED_IN, debt, amount)
        giver.netted_out += amount

    def conclude(self) -> SettledLease:
        """Sum the lines up, pay the credits that are left when nothing is carried forward, and finish the DTR."""
        figures = self._figures(ZERO)
        assert figures.carried_forward == sum((debt.owes for debt in self.debts), ZERO), (
            f"lease {self.dtr.lease_id}: its lines carry {figures.carried_forward} forward, its obligations otherwise"
        )
        if figures.carried_forward == 0:
            figures = self._figures(self._pay_credits())
        for name in FIGURES:
            setattr(self.dtr, name, getattr(figures, name))
        self.dtr.unallocated_cash = self.unallocated
        for row in self.settled.shortfalls:
            row.outstanding = next(debt.outstanding for debt in self.debts if debt.id == row.id)
            row.status = Obligation.Status.OPEN if row.outstanding else Obligation.Status.SETTLED
        return self.settled

    def _pay_credits(self) -> Decimal:
        day = open_day(actor=self.actor, day=self.sunday)
        left = [credit for credit in self.credits if credit.left > 0]
        for credit in left:
            paid = CreditPaid(credit, credit.left, self.dtr.id, self.dtr.number, day)
            self.settled.credits_paid.append(paid)
            self.lines.append(Line(paid.entry_id, LineKind.CREDIT_PAID, paid.amount))
        return sum((credit.left for credit in left), ZERO)

    def _figures(self, credits_paid: Decimal) -> Figures:
        totals = dict.fromkeys(LineKind, ZERO)
        for line in self.lines:
            totals[line.kind] += line.amount
        return Figures(
            prior_balance=self.covered.pair.carried_forward or ZERO,
            charges=totals[LineKind.CHARGE],
            interim_payments=totals[LineKind.INTERIM_PAYMENT],
            credits=totals[LineKind.CREDIT],
            adjustments=totals[LineKind.ADJUSTMENT],
            earned=self.earned,
            protected=self.protected,
            recovered=self.recovered,
            credits_paid=credits_paid,
            netted_in=totals[LineKind.NETTED_IN],
            netted_out=self.netted_out,
        )

    def _posted(self, debt: Debt, amount: Decimal) -> dict[str, Any]:
        return {
            "obligation_id": debt.id,
            "category": debt.category,
            "amount": amount,
            "currency": self.dtr.currency,
            "customer_id": self.dtr.customer_id,
            "lease_id": self.dtr.lease_id,
        }

    def _apply(self, draft: EntryDraft, kind: LineKind, debt: Debt, amount: Decimal) -> None:
        self.settled.drafts.append(draft)
        self._line(draft.id, kind, debt, amount)
        debt.pay(amount)

    def _day_of(self, debt: Debt) -> date:
        """The settling Sunday, but not before the debt was issued, and not in a closed period."""
        return open_day(actor=self.actor, day=max(self.sunday, debt.issue_date))

    def _decision(self, rank: int, debt: Debt) -> dict[str, Any]:
        return {
            "rank": rank,
            "dtr": self.dtr.number,
            "due_date": debt.due_date.isoformat(),
            "outstanding_before": str(debt.outstanding),
        }

    def _line(self, entry_id: UUID, kind: LineKind, debt: Debt, amount: Decimal) -> Line:
        line = Line(entry_id, kind, amount, debt.category, debt.id)
        self.lines.append(line)
        return line


def _payable_in_cash(debts: Sequence[Debt]) -> list[Debt]:
    return [debt for debt in debts if debt.category != Category.TAXES.value]


def _net_earnings(leases: Sequence[_Settling]) -> None:
    """Apply what the driver's leases have left of their earnings, but for what is protected, to the other leases."""
    by_id = {lease.dtr.lease_id: lease for lease in leases}
    for giver in leases:
        left = giver.gross - giver.recovered - giver.protected
        others = [debt for lease in leases if lease is not giver for debt in lease.debts]
        for debt, amount in distribute(available=left, debts=others):
            by_id[debt.lease_id].take_earnings(giver, debt, amount)


def _use_cash_without_lease(leases: Sequence[_Settling], held: Sequence[HeldCash]) -> None:
    """Apply what the driver paid for no lease to what is still owed on any, except to taxes."""
    by_id = {lease.dtr.lease_id: lease for lease in leases}
    for cash in held:
        debts = _payable_in_cash([debt for lease in leases for debt in lease.debts])
        for rank, (debt, amount) in enumerate(distribute(available=cash.unallocated, debts=debts), start=1):
            by_id[debt.lease_id].pay_in_cash(cash, debt, amount, rank)


def _earning_line(dtr: Dtr, earned: Earned) -> Line:
    return Line(earned.entry_id, LineKind.EARNINGS, earned.gross, is_delayed=earned.week < dtr.week)
