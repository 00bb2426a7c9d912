"""One lease's week: its unallocated cash, then its earnings, go to its debts by the hierarchy, and make its DTR.

Rule: docs/domain.md#dtr. Nothing is read or written here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final
from uuid import UUID

from batconnect.core.database.numbers import Number
from batconnect.core.database.transactions import reads
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.ids import uuid7
from batconnect.core.kernel.money import ZERO
from ledger.chart import Category
from ledger.postings import EntryDraft, earnings_applied
from ledger.rules.settlement import Figures, LineKind, distribute, settled_on
from ledger.settlement.models import Dtr, DtrLine
from ledger.settlement.services.covering import Debt, Earned, LeaseWeek
from ledger.weekly import CashUse, HeldCash

_FIGURES: Final = (
    "gross",
    "prior_balance",
    "charges",
    "interim_payments",
    "adjustments",
    "owed",
    "recovered",
    "net",
    "due_to_driver",
    "carried_forward",
)


@dataclass(frozen=True, slots=True)
class SettledLease:
    """A lease's unsaved DTR with its lines, and what they say: cash used, earnings applied, and the earnings' ids."""

    dtr: Dtr
    lines: list[DtrLine]
    uses: list[CashUse]
    applied: list[EntryDraft]
    earnings: list[UUID]


@reads
def settle_lease(*, actor: Actor, week: date, covered: LeaseWeek, number: Number) -> SettledLease:
    """Settle the week; `covered.debts` are left with what they owe after the cash."""
    pair = covered.pair
    dtr = Dtr(
        id=uuid7(),
        company_id=actor.company_id,
        number=number.text,
        number_order=number.order,
        week=week,
        settled_on=settled_on(week),
        lease_id=pair.lease_id,
        driver_id=pair.driver_id,
        customer_id=pair.customer_id,
        is_former=pair.is_former,
        currency=actor.company.base_currency,
        previous_id=pair.previous_id,
    )
    moved = _moved_lines(dtr, covered)
    uses = _use_cash(dtr, covered.debts, covered.cash)
    figures = _figures(covered, moved, uses)
    for name in _FIGURES:
        setattr(dtr, name, getattr(figures, name))
    dtr.unallocated_cash = sum((each.unallocated for each in covered.cash), ZERO) - _used(uses)
    applied = _recover(actor, dtr, covered.debts, figures.recovered)
    return SettledLease(
        dtr=dtr,
        lines=[
            *moved,
            *(_earning_line(dtr, each) for each in covered.earned),
            *(line for _, line in applied),
            *(
                _line(
                    dtr, use.entry_id, LineKind.INTERIM_PAYMENT, use.category, use.obligation_id, use.amount
                )
                for use in uses
            ),
        ],
        uses=uses,
        applied=[draft for draft, _ in applied],
        earnings=[each.id for each in covered.earned],
    )


def _figures(covered: LeaseWeek, moved: Sequence[DtrLine], uses: Sequence[CashUse]) -> Figures:
    totals = {kind: sum((line.amount for line in moved if line.kind == kind), ZERO) for kind in LineKind}
    figures = Figures(
        gross=sum((each.gross for each in covered.earned), ZERO),
        prior_balance=covered.pair.carried_forward or ZERO,
        charges=totals[LineKind.CHARGE],
        interim_payments=totals[LineKind.INTERIM_PAYMENT] + _used(uses),
        adjustments=totals[LineKind.ADJUSTMENT],
    )
    owed = sum((debt.outstanding for debt in covered.debts), ZERO)
    assert figures.owed == owed, (
        f"lease {covered.pair.lease_id}: the lines make {figures.owed}, its obligations owe {owed}"
    )
    return figures


def _used(uses: Sequence[CashUse]) -> Decimal:
    return sum((use.amount for use in uses), ZERO)


def _moved_lines(dtr: Dtr, covered: LeaseWeek) -> list[DtrLine]:
    """A line for every entry on the debts that no DTR covers yet."""
    until = covered.pair.settled_until
    lines = []
    for moved in covered.moved:
        amount = moved.amount if moved.kind is LineKind.CHARGE else -moved.amount
        if amount == 0:
            continue
        debt = moved.debt
        line = _line(dtr, moved.entry_id, moved.kind, debt.category, debt.id, amount)
        line.is_delayed = moved.kind is LineKind.CHARGE and until is not None and debt.due_date <= until
        lines.append(line)
    return lines


def _use_cash(dtr: Dtr, debts: Sequence[Debt], held: Sequence[HeldCash]) -> list[CashUse]:
    """Plan the use of the lease's unallocated cash, except on taxes, oldest payment first."""
    uses: list[CashUse] = []
    for cash in held:
        payable = [debt for debt in debts if debt.category != Category.TAXES.value and debt.outstanding > 0]
        for rank, (debt, amount) in enumerate(distribute(available=cash.unallocated, debts=payable), start=1):
            uses.append(
                CashUse(
                    held=cash,
                    obligation_id=debt.id,
                    category=debt.category,
                    amount=amount,
                    outstanding=debt.outstanding,
                    decision={
                        "rank": rank,
                        "dtr": dtr.number,
                        "due_date": debt.due_date.isoformat(),
                        "outstanding_before": str(debt.outstanding),
                    },
                )
            )
            debt.outstanding -= amount
    return uses


def _recover(
    actor: Actor, dtr: Dtr, debts: Sequence[Debt], amount: Decimal
) -> list[tuple[EntryDraft, DtrLine]]:
    """Plan the application of the earnings: one entry and one line for each obligation that gets something."""
    applied = []
    for place, (debt, portion) in enumerate(distribute(available=amount, debts=debts), start=1):
        draft = earnings_applied(
            dtr_id=dtr.id,
            dtr_number=dtr.number,
            place=place,
            obligation_id=debt.id,
            category=debt.category,
            amount=portion,
            currency=dtr.currency,
            on=today(actor.company),
            customer_id=dtr.customer_id,
            lease_id=dtr.lease_id,
        )
        applied.append((draft, _line(dtr, draft.id, LineKind.RECOVERED, debt.category, debt.id, portion)))
    return applied


def _earning_line(dtr: Dtr, earned: Earned) -> DtrLine:
    return DtrLine(
        company_id=dtr.company_id,
        dtr_id=dtr.id,
        entry_id=earned.entry_id,
        kind=LineKind.EARNINGS.value,
        amount=earned.gross,
        is_delayed=earned.week < dtr.week,
    )


def _line(
    dtr: Dtr, entry_id: UUID, kind: LineKind, category: str, obligation_id: UUID, amount: Decimal
) -> DtrLine:
    return DtrLine(
        company_id=dtr.company_id,
        dtr_id=dtr.id,
        entry_id=entry_id,
        kind=kind.value,
        category=category,
        obligation_id=obligation_id,
        amount=amount,
    )
