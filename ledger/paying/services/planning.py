"""Who a batch would pay, and who not and why (docs/domain.md#payout-batches)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from batconnect.core.database.rows import one_of_ids
from batconnect.core.database.transactions import reads
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.money import ZERO, format_amount
from ledger.paying.models import PayeeAccount, PayeeHold, PayoutBatch, PayoutItem, PayoutOrder
from ledger.paying.rules.deductions import Claim, deduct
from ledger.paying.rules.nacha import LARGEST_ENTRY
from ledger.paying.services.orders import claims_on
from ledger.paying.services.setup import settings_of
from ledger.settlement.models import Dtr

LIVE: Final = (PayoutItem.State.RESERVED, PayoutItem.State.SENT)


@dataclass(frozen=True, slots=True)
class Planned:
    """A payout that would be made: a driver's DTRs together, and for each what orders take of it."""

    customer_id: UUID
    payee: str
    account: PayeeAccount | None
    dtrs: tuple[Dtr, ...]
    deductions: tuple[tuple[tuple[PayoutOrder, Decimal], ...], ...]

    @property
    def deducted(self) -> Decimal:
        """What orders take."""
        return sum((amount for of_dtr in self.deductions for _, amount in of_dtr), ZERO)

    @property
    def amount(self) -> Decimal:
        """What is paid: what is due on all of them, less what orders take."""
        return sum((dtr.due_to_driver for dtr in self.dtrs), ZERO) - self.deducted


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A DTR that was asked for and is not paid; `code` is stable, `why` a sentence."""

    number: str
    driver: str
    amount: Decimal
    code: str
    why: str

    def as_dict(self) -> dict[str, str]:
        """As the batch keeps it."""
        return {
            "dtr_number": self.number,
            "driver": self.driver,
            "amount": str(self.amount),
            "code": self.code,
            "why": self.why,
        }


@dataclass(slots=True)
class Plan:
    """What a batch would be."""

    payouts: list[Planned] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)

    @property
    def total(self) -> Decimal:
        """What is paid in all."""
        return sum((each.amount for each in self.payouts), ZERO)


@reads
def plan_batch(
    *, actor: Actor, way: str, currency: str, dtrs: Sequence[Dtr], is_locked: bool = False
) -> Plan:
    """Who of the DTRs' drivers is paid in this way now; a driver's DTRs are one payout, in the order given. `is_locked`
    where the caller has locked them, and does not only show the plan: orders on payouts are locked too."""
    plan = Plan()
    reserved = _reserved(actor, dtrs)
    by_customer: dict[UUID, list[Dtr]] = {}
    for dtr in dtrs:
        if fault := _fault_of_dtr(dtr, currency, reserved):
            plan.left_out.append(_left_out(dtr, *fault))
        else:
            by_customer.setdefault(dtr.customer_id, []).append(dtr)
    payees = read_payees(actor=actor, customer_ids=list(by_customer))
    minimum = settings_of(actor=actor).minimum
    claims = _claims(actor, currency, list(by_customer), is_locked=is_locked)
    for customer_id, mine in by_customer.items():
        deductions = _deductions(mine, claims.get(customer_id, ()))
        planned = Planned(customer_id, mine[0].customer.name, None, tuple(mine), deductions)
        amount = planned.amount
        payee = payees[customer_id]
        fault = payee.fault(way, today(actor.company)) or _fault_of_amount(way, amount, minimum)
        if fault:
            plan.left_out += [_left_out(dtr, *fault) for dtr in mine]
        else:
            account = payee.account if way == PayoutBatch.Way.ACH else None
            plan.payouts.append(replace(planned, account=account))
    return plan


def _claims(
    actor: Actor, currency: str, drivers: Sequence[UUID], *, is_locked: bool
) -> Mapping[UUID, Sequence[tuple[PayoutOrder, Claim]]]:
    """What orders ask of each driver's payout; they are in the base currency."""
    if currency != actor.company.base_currency or not drivers:
        return {}
    return claims_on(actor=actor, customer_ids=drivers, is_locked=is_locked)


def _deductions(
    dtrs: Sequence[Dtr], claims: Sequence[tuple[PayoutOrder, Claim]]
) -> tuple[tuple[tuple[PayoutOrder, Decimal], ...], ...]:
    """What orders take of each DTR."""
    orders = {order.id: order for order, _ in claims}
    taken = deduct([dtr.due_to_driver for dtr in dtrs], [claim for _, claim in claims])
    return tuple(tuple((orders[key], amount) for key, amount in of_dtr) for of_dtr in taken)


@dataclass(slots=True)
class Payee:
    """What decides whether a driver is paid."""

    account: PayeeAccount | None = None
    proposed: PayeeAccount | None = None
    held: PayeeHold | None = None

    def fault(self, way: str, day: date) -> tuple[str, str] | None:
        """Why the driver is not paid in this way today; None when nothing is against it."""
        if self.held is not None:
            return "on_hold", f"On hold since {self.held.placed_at:%Y-%m-%d}: {self.held.reason}"
        if way != PayoutBatch.Way.ACH:
            return None
        if self.proposed is not None:
            return "change_waits", f"{self.proposed} waits to be confirmed by another person."
        if self.account is None:
            return "no_account", "No account of the driver is confirmed."
        assert self.account.usable_on is not None
        if self.account.usable_on > day:
            return "account_waits", f"{self.account} is paid to from {self.account.usable_on} on."
        return None


@reads
def read_payees(
    *, actor: Actor, customer_ids: Iterable[UUID], with_numbers: bool = False
) -> Mapping[UUID, Payee]:
    """What decides whether they are paid, by the drivers' customers; numbers of accounts are read only if asked for."""
    ids = list(customer_ids)
    payees = {each: Payee() for each in ids}
    accounts = PayeeAccount.objects.filter(
        company_id=actor.company_id,
        customer__in=one_of_ids(ids),
        status__in=(PayeeAccount.Status.CONFIRMED, PayeeAccount.Status.PROPOSED),
    )
    for account in accounts if with_numbers else accounts.defer("account_number"):
        payee = payees[account.customer_id]
        if account.status == PayeeAccount.Status.CONFIRMED:
            payee.account = account
        else:
            payee.proposed = account
    holds = PayeeHold.objects.filter(
        company_id=actor.company_id, customer__in=one_of_ids(ids), released_at=None
    )
    for held in holds:
        payees[held.customer_id].held = held
    return payees


def _fault_of_dtr(dtr: Dtr, currency: str, reserved: Mapping[UUID, str]) -> tuple[str, str] | None:
    if dtr.status == Dtr.Status.PAID:
        return "paid", f"Paid out on {dtr.paid_on}."
    if dtr.due_to_driver <= 0:
        return "nothing_due", "Nothing is due to the driver."
    if dtr.id in reserved:
        return "reserved", f"{reserved[dtr.id]} has reserved it."
    if dtr.currency != currency:
        return "other_currency", f"It is in {dtr.currency}, the bank account in {currency}."
    return None


def _fault_of_amount(way: str, amount: Decimal, minimum: Decimal) -> tuple[str, str] | None:
    if amount < minimum:
        return "below_minimum", f"{format_amount(amount)} is below the minimum of {format_amount(minimum)}."
    if way == PayoutBatch.Way.ACH and amount > LARGEST_ENTRY:
        return (
            "too_large",
            f"{format_amount(amount)} is above {format_amount(LARGEST_ENTRY)}, the largest entry.",
        )
    return None


def _left_out(dtr: Dtr, code: str, why: str) -> LeftOut:
    return LeftOut(dtr.number, dtr.customer.name, dtr.due_to_driver, code, why)


def _reserved(actor: Actor, dtrs: Sequence[Dtr]) -> dict[UUID, str]:
    """The batches that cover the DTRs, by the DTR's id."""
    rows: Any = PayoutItem.objects.filter(
        company_id=actor.company_id, dtr__in=one_of_ids([dtr.id for dtr in dtrs]), state__in=LIVE
    )
    return dict(rows.values_list("dtr_id", "payout__batch__number"))
