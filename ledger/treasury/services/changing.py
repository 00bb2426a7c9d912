"""Changing, closing and opening again what money lies in (docs/domain.md#bank-accounts)."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django.db import transaction

from batconnect.core.audit import record_event
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Conflict, InvalidInput
from batconnect.core.kernel.money import format_amount
from batconnect.core.models import Membership
from ledger.chart import account_id, bank_lines, drawer_line
from ledger.models import Account
from ledger.treasury.errors import (
    CODE_TAKEN,
    HOLDER_UNKNOWN,
    IS_DEFAULT,
    NOT_EMPTY,
    BankAccountNotFound,
    DrawerNotFound,
)
from ledger.treasury.models import BankAccount, Drawer
from ledger.treasury.querysets import bank_figures
from ledger.treasury.services.paying import locked_balance
from ledger.treasury.services.places import MANAGE, require_valid
from ledger.treasury.subjects import BANK_ACCOUNT, DRAWER

_BANK_FIELDS: Final = frozenset({"name", "bank_name", "last_digits", "is_active"})
_DRAWER_FIELDS: Final = frozenset({"name", "holder_id", "is_active"})


@transaction.atomic
def change_bank_account(*, actor: Actor, bank_account_id: UUID, **values: Any) -> BankAccount:
    """Change `name`, `bank_name`, `last_digits` or `is_active` of a bank account; its accounts take its name.

    Needs `ledger.manage_bank_accounts`. Closing one raises Conflict 409 `is_default` for its currency's default, and
    `not_empty` while it or what is in transit stands at anything but zero. Raises BankAccountNotFound (404).
    """
    actor.require(MANAGE)
    assert values.keys() <= _BANK_FIELDS, "code and currency never change"
    rows = BankAccount.objects.select_for_update(no_key=True)
    account = rows.filter(company_id=actor.company_id, id=bank_account_id).first()
    if account is None:
        raise BankAccountNotFound(f"There is no bank account {bank_account_id}.")
    if values.get("is_active") is False and account.is_active:
        _require_closable(actor, account)
    changed = _apply(actor, account, values, BANK_ACCOUNT)
    if "name" in changed:
        _rename(actor, account.currency, bank_lines(account.code, account.name))
    return account


@transaction.atomic
def change_drawer(*, actor: Actor, drawer_id: UUID, **values: Any) -> Drawer:
    """Change `name`, `holder_id` (None: nobody's) or `is_active` of a drawer; its account takes its name.

    Needs `ledger.manage_bank_accounts`. Raises DrawerNotFound (404); Conflict 409 `not_empty` for closing a drawer with
    money in it, `code_taken` where the holder has another in the currency; InvalidInput for a holder who is not of the
    company.
    """
    actor.require(MANAGE)
    assert values.keys() <= _DRAWER_FIELDS, "code and currency never change"
    rows = Drawer.objects.select_for_update(no_key=True)
    drawer = rows.filter(company_id=actor.company_id, id=drawer_id).first()
    if drawer is None:
        raise DrawerNotFound(f"There is no drawer {drawer_id}.")
    line = drawer_line(drawer.code, drawer.name)
    if values.get("is_active") is False and drawer.is_active:
        left = locked_balance(actor=actor, currency=drawer.currency, code=line.code)
        if left:
            raise Conflict(
                f"{drawer.name} holds {format_amount(left)} {drawer.currency}: empty it before it is closed.",
                code=NOT_EMPTY,
            )
    holder = values.get("holder_id", drawer.holder_id)
    is_active = values.get("is_active", drawer.is_active)
    if holder is not None and (is_active or holder != drawer.holder_id):
        _require_holder(actor, holder)
    if holder is not None and is_active:
        _require_only_drawer(actor, drawer, holder)
    changed = _apply(actor, drawer, values, DRAWER)
    if "name" in changed:
        _rename(actor, drawer.currency, [drawer_line(drawer.code, drawer.name)])
    return drawer


def _require_holder(actor: Actor, user_id: int) -> None:
    if not Membership.objects.filter(company_id=actor.company_id, user=user_id).exists():
        raise InvalidInput(
            f"Nobody with the id {user_id} works in this company.", code=HOLDER_UNKNOWN, field="holder_id"
        )


def _require_only_drawer(actor: Actor, drawer: Drawer, holder: int) -> None:
    others = Drawer.objects.filter(
        company_id=actor.company_id, holder=holder, currency=drawer.currency, is_active=True
    )
    if other := others.exclude(id=drawer.id).first():
        raise Conflict(f"{other.name} is this person's drawer in {drawer.currency}.", code=CODE_TAKEN)


def _require_closable(actor: Actor, account: BankAccount) -> None:
    if account.is_default:
        raise Conflict(
            f"{account.name} is the default account in {account.currency}: make another one the default first.",
            code=IS_DEFAULT,
        )
    for line in bank_lines(account.code, account.name):
        # Locked, so that nobody pays out of it meanwhile.
        locked_balance(actor=actor, currency=account.currency, code=line.code)
    figures = bank_figures(actor=actor, accounts=[account])[account.id]
    if figures.bank or figures.deposits_in_transit or figures.payments_in_transit:
        raise Conflict(
            f"{account.name} stands at {format_amount(figures.bank)} {account.currency}, with "
            f"{format_amount(figures.deposits_in_transit)} of deposits and "
            f"{format_amount(figures.payments_in_transit)} of payments in transit.",
            code=NOT_EMPTY,
        )


def _apply(actor: Actor, row: BankAccount | Drawer, values: dict[str, Any], subject: str) -> set[str]:
    """Write what is different, with its line of the trail; the names of it."""
    changed = {name for name, value in values.items() if getattr(row, name) != value}
    if not changed:
        return changed
    for name in changed:
        setattr(row, name, values[name])
    require_valid(row)
    row.save(update_fields=sorted(changed))
    record_event(
        actor=actor,
        action=f"{subject}_changed",
        subject_type=subject,
        subject_id=row.id,
        details={"code": row.code, **{name: values[name] for name in sorted(changed)}},
    )
    return changed


def _rename(actor: Actor, currency: str, lines: Any) -> None:
    for line in lines:
        key = account_id(actor.company_id, currency, line.code)
        Account.objects.filter(company_id=actor.company_id, id=key).update(name=line.name)
