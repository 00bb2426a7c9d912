"""What lies on a deposit slip: checks that are here, and cash that its drawers hold (docs/domain.md#deposit-slips)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from bank.errors import CHECK_GONE, CHECK_ON_SLIP, NOT_DEPOSITABLE
from bank.models import DepositSlip, DepositSlipItem
from bank.querysets.counter import account_of, checks_here, name_of, slips_of_checks
from bank.rules.denominations import counted_cash
from batconnect.core.database.transactions import joins_transaction, reads
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Conflict, InvalidInput
from batconnect.core.kernel.field_codes import NOT_POSITIVE
from batconnect.core.kernel.ids import uuid7
from batconnect.core.kernel.money import ZERO, format_amount, sum_of
from ledger.treasury.errors import DrawerShort
from ledger.treasury.models import Drawer
from ledger.treasury.services.paying import find_drawer, locked_balance
from payments.models import Payment
from payments.services.allocation import lock_payments

MAX_CHECKS: Final = 500
_Kind = DepositSlipItem.Kind


@dataclass(frozen=True, slots=True)
class CashOut:
    """An amount that is taken out of a drawer; None is the office's."""

    amount: Decimal
    drawer_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Content:
    """What lies on a slip: cash, the payments whose checks are brought, and the cash by denomination if counted."""

    cash: Sequence[CashOut] = ()
    payment_ids: Sequence[UUID] = ()
    pieces: Sequence[tuple[Decimal, int]] = ()


@joins_transaction
def lock_checks(
    actor: Actor, currency: str, payment_ids: Collection[UUID], slip_id: UUID | None
) -> Mapping[UUID, Payment]:
    """The payments, locked, in the order given. Raises for those that cannot lie on this slip."""
    wanted = list(payment_ids)
    if len(set(wanted)) != len(wanted):
        raise InvalidInput("A check is given twice.", code=NOT_DEPOSITABLE, field="payment_ids")
    if len(wanted) > MAX_CHECKS:
        raise InvalidInput(
            f"{len(wanted)} checks are given; a slip has at most {MAX_CHECKS}.",
            code=NOT_DEPOSITABLE,
            field="payment_ids",
        )
    payments = lock_payments(actor=actor, ids=wanted) if wanted else {}
    if missing := [each for each in wanted if each not in payments]:
        raise InvalidInput(f"There is no payment {missing[0]}.", code=NOT_DEPOSITABLE, field="payment_ids")
    here = _here(actor, currency, wanted)
    for each in wanted:
        if each not in here:
            raise InvalidInput(
                f"{_why_not(payments[each], currency)}", code=NOT_DEPOSITABLE, field="payment_ids"
            )
    for payment_id, (other, number) in slips_of_checks(
        company_id=actor.company_id, payment_ids=wanted
    ).items():
        if other != slip_id:
            raise Conflict(f"{payments[payment_id].number} lies on {number}.", code=CHECK_ON_SLIP)
    return {each: payments[each] for each in wanted}


def _here(actor: Actor, currency: str, ids: Collection[UUID]) -> set[UUID]:
    rows = checks_here(company_id=actor.company_id, currency=currency).filter(id__in=ids)
    return set(rows.values_list("id", flat=True))


def _why_not(payment: Payment, currency: str) -> str:
    """Why a payment's check is not here, in words."""
    if payment.method != "check":
        return f"{payment.number} was not paid by check."
    if payment.currency != currency:
        return f"{payment.number} is in {payment.currency}, not in {currency}."
    if payment.at_bank_id is not None:
        return f"{payment.number} is at the bank."
    if payment.status != Payment.Status.POSTED:
        return f"{payment.number} is {payment.get_status_display().lower()}."
    if payment.returned:
        return f"{format_amount(payment.returned)} of {payment.number} came back."
    return f"The check of {payment.number} was not received here."


@joins_transaction
def make_items(
    actor: Actor, slip: DepositSlip, content: Content, checks: Mapping[UUID, Payment]
) -> list[DepositSlipItem]:
    """The items that the content makes, and the slip's figures from them."""
    if len({each.drawer_id for each in content.cash}) != len(content.cash):
        raise InvalidInput("A drawer is given twice.", code=NOT_DEPOSITABLE, field="cash")
    items = []
    for each in content.cash:
        if each.amount <= 0:
            raise InvalidInput("Enter amounts above zero.", code=NOT_POSITIVE, field="cash")
        if each.drawer_id is not None:
            find_drawer(actor=actor, currency=slip.currency, drawer_id=each.drawer_id)
        items.append(_item(slip, kind=_Kind.CASH, drawer_id=each.drawer_id, amount=each.amount))
    items += [
        _item(slip, kind=_Kind.CHECK, payment_id=each.id, amount=each.amount) for each in checks.values()
    ]
    slip.cash = sum_of(each.amount for each in content.cash)
    slip.checks = sum_of(each.amount for each in checks.values())
    slip.check_count, slip.amount = len(checks), slip.cash + slip.checks
    slip.denominations = []
    if content.pieces:
        _, kept = counted_cash(
            currency=slip.currency, amount=slip.cash, pieces=content.pieces, field="denominations"
        )
        slip.denominations = [[str(value), pieces] for value, pieces in kept]
    return items


def _item(slip: DepositSlip, **values: Any) -> DepositSlipItem:
    return DepositSlipItem(id=uuid7(), company_id=slip.company_id, slip_id=slip.id, **values)


@reads
def require_here(actor: Actor, slip: DepositSlip, payments: Mapping[UUID, Payment]) -> None:
    here = _here(actor, slip.currency, payments)
    for payment in payments.values():
        if payment.id not in here:
            raise Conflict(_why_not(payment, slip.currency), code=CHECK_GONE)


@joins_transaction
def take_cash(actor: Actor, slip: DepositSlip, items: Sequence[DepositSlipItem]) -> list[tuple[str, Decimal]]:
    """The accounts that the cash is taken from: the drawers are not closed, and hold it. Raises DrawerShort."""
    wanted: list[tuple[str, Drawer | None, Decimal]] = []
    for item in sorted(items, key=lambda each: str(each.drawer_id or "")):
        if item.kind == _Kind.CASH:
            drawer = (
                find_drawer(actor=actor, currency=slip.currency, drawer_id=item.drawer_id)
                if item.drawer_id
                else None
            )
            wanted.append((account_of(drawer), drawer, item.amount))
    taken = []
    for code, drawer, amount in sorted(wanted, key=lambda each: each[0]):
        there = locked_balance(actor=actor, currency=slip.currency, code=code)
        if there < amount:
            raise DrawerShort(
                f"{format_amount(amount)} {slip.currency} cannot be taken from {name_of(drawer)}: "
                f"it holds {format_amount(max(there, ZERO))}."
            )
        taken.append((code, amount))
    return taken
