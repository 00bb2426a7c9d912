"""Money that leaves: which account it is credited to, and the row that says so (docs/domain.md#in-transit).

The services of documents (payouts, refunds, loans, vendors, remittances) post their own entries. They take the credit
line and the row from `prepare_disbursement`, and give `post_entries` both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final, TypeVar
from uuid import UUID

from django.db import connection, models

from batconnect.core.database.rows import Change, RowBatch
from batconnect.core.database.transactions import joins_transaction, reads
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.errors import InvalidInput
from batconnect.core.kernel.ids import uuid7
from batconnect.core.kernel.money import ZERO, format_amount
from ledger import chart
from ledger.models import Posting
from ledger.postings import Leg
from ledger.services.dates import require_book_date
from ledger.treasury.errors import (
    NO_BANK_ACCOUNT,
    WRONG_PLACE,
    BankAccountNotFound,
    DisbursementNotFound,
    DrawerNotFound,
    DrawerShort,
    NotInTransit,
)
from ledger.treasury.models import BankAccount, Disbursement, Drawer

CASH: Final = "cash"
_Place = TypeVar("_Place", BankAccount, Drawer)
_LOCK_ACCOUNT: Final = """
select id from ledger_accounts where company_id = %(company)s::uuid and id = %(account)s::uuid for no key update
"""
_BALANCE: Final = """
select coalesce(sum(p.amount), 0.00) from ledger_postings p
where p.company_id = %(company)s::uuid and p.account_id = %(account)s::uuid
"""
_STOP: Final = """
update disbursements set status = 'stopped', stop_entry_id = %s::uuid, stopped_on = %s::date, stop_reason = %s
where company_id = %s::uuid and id = %s::uuid
"""


@dataclass(frozen=True, slots=True)
class PaidFrom:
    """How money is paid out. Unless named, `bank_account_id` is the currency's default account, `drawer_id` that of
    whoever pays, else the office's, and `paid_on` the company's today. `method` is a payment method's code."""

    method: str
    bank_account_id: UUID | None = None
    drawer_id: UUID | None = None
    reference: str = ""
    payee: str = ""
    paid_on: date | None = None


@dataclass(frozen=True, slots=True)
class Prepared:
    """The row of a disbursement that is about to be posted, the line that credits its account, and warnings."""

    row: Disbursement
    leg: Leg
    warnings: tuple[str, ...] = ()


@joins_transaction
def prepare_disbursement(
    *,
    actor: Actor,
    kind: Disbursement.Kind,
    amount: Decimal,
    currency: str,
    paid_from: PaidFrom,
    entry_id: UUID,
    source_type: str,
    source_id: str,
    customer_id: UUID | None = None,
) -> Prepared:
    """What is paid out, ready to be posted: the caller's entry has the id, source and currency given here, and takes
    `leg` as a line; `row` goes along (`post_entries(rows=…)`). Writes nothing.

    Cash comes from a drawer, whose account is locked until the transaction ends (after every other lock); everything
    else credits the bank account's payments in transit, with a warning when that leaves less than nothing.

    Raises InvalidInput for a day that may not be booked, `no_bank_account`, `wrong_place`; BankAccountNotFound,
    DrawerNotFound (404); DrawerShort (409) naming what is there.
    """
    assert amount > 0, "the caller refuses amounts that are not above zero"
    require_book_date(actor=actor, day=paid_from.paid_on or today(actor.company), field="paid_on")
    row = _row(
        actor,
        kind,
        paid_from,
        amount=amount,
        currency=currency,
        entry_id=entry_id,
        source_type=source_type,
        source_id=source_id,
        customer_id=customer_id,
    )
    if paid_from.method == CASH:
        return _from_drawer(actor, row, paid_from)
    return _from_bank(actor, row, paid_from)


@dataclass(frozen=True, slots=True)
class ToPay:
    """One of many that are paid from a bank account together."""

    amount: Decimal
    entry_id: UUID
    source_id: str
    customer_id: UUID
    reference: str = ""
    payee: str = ""


@dataclass(frozen=True, slots=True)
class PreparedMany:
    """The rows of many disbursements that are about to be posted, the line of each in their order, and warnings."""

    bank_account: BankAccount
    rows: RowBatch
    legs: tuple[Leg, ...]


@joins_transaction
def prepare_many(
    *,
    actor: Actor,
    kind: Disbursement.Kind,
    source_type: str,
    currency: str,
    paid_from: PaidFrom,
    payments: Sequence[ToPay],
) -> PreparedMany:
    """`prepare_disbursement` for what is paid from one bank account together, in the order given: the account is read
    once. The caller has checked the day."""
    assert paid_from.method != CASH, "cash is paid one by one"
    account = find_bank_account(actor=actor, currency=currency, bank_account_id=paid_from.bank_account_id)
    of_all = {
        "company_id": actor.company_id,
        "kind": kind.value,
        "method": paid_from.method,
        "paid_on": paid_from.paid_on or today(actor.company),
        "made_by": actor.name,
        "currency": currency,
        "source_type": source_type,
        "bank_account_id": account.id,
        "status": Disbursement.Status.IN_TRANSIT.value,
        "stop_reason": "",
    }
    in_transit = chart.payments_in_transit(account.code)
    rows, legs = [], []
    for each in payments:
        assert each.amount > 0, "the caller refuses amounts that are not above zero"
        item = uuid7()
        rows.append(
            {
                **of_all,
                "id": item,
                "amount": each.amount,
                "entry_id": each.entry_id,
                "source_id": each.source_id,
                "customer_id": each.customer_id,
                "reference": each.reference,
                "payee": each.payee,
            }
        )
        legs.append(Leg(in_transit, -each.amount, item_id=item))
    return PreparedMany(account, RowBatch(Disbursement, rows), tuple(legs))


def _row(actor: Actor, kind: Disbursement.Kind, paid_from: PaidFrom, **values: Any) -> Disbursement:
    return Disbursement(
        id=uuid7(),
        company_id=actor.company_id,
        kind=kind,
        method=paid_from.method,
        reference=paid_from.reference,
        payee=paid_from.payee,
        paid_on=paid_from.paid_on or today(actor.company),
        made_by=actor.name,
        **values,
    )


def _in_transit(row: Disbursement, account: BankAccount) -> Leg:
    row.bank_account_id = account.id
    row.status = Disbursement.Status.IN_TRANSIT
    return Leg(chart.payments_in_transit(account.code), -row.amount, item_id=row.id)


def _overdrawn(actor: Actor, account: BankAccount, amount: Decimal) -> tuple[str, ...]:
    left = bank_balance(actor=actor, account=account) - amount
    if left >= 0:
        return ()
    return (f"{account.name} will stand at {format_amount(left)} {account.currency} once this is paid.",)


def _from_bank(actor: Actor, row: Disbursement, paid_from: PaidFrom) -> Prepared:
    if paid_from.drawer_id is not None:
        raise InvalidInput(
            f"{paid_from.method} is not paid from a drawer.", code=WRONG_PLACE, field="drawer_id"
        )
    account = find_bank_account(actor=actor, currency=row.currency, bank_account_id=paid_from.bank_account_id)
    return Prepared(row, _in_transit(row, account), _overdrawn(actor, account, row.amount))


def _from_drawer(actor: Actor, row: Disbursement, paid_from: PaidFrom) -> Prepared:
    if paid_from.bank_account_id is not None:
        raise InvalidInput("Cash comes from a drawer.", code=WRONG_PLACE, field="bank_account_id")
    drawer = find_drawer(actor=actor, currency=row.currency, drawer_id=paid_from.drawer_id)
    row.drawer_id = drawer.id if drawer else None
    row.status = Disbursement.Status.PAID
    code = chart.drawer(drawer.code) if drawer else chart.cash(CASH)
    there = locked_balance(actor=actor, currency=row.currency, code=code)
    if there < row.amount:
        name = drawer.name if drawer else "the office's drawer"
        raise DrawerShort(
            f"{format_amount(row.amount)} {row.currency} cannot be paid from {name}: "
            f"it holds {format_amount(max(there, ZERO))}."
        )
    return Prepared(row, Leg(code, -row.amount))


@joins_transaction
def stop_disbursement(*, actor: Actor, row: Disbursement, entry_id: UUID, reason: str) -> tuple[Leg, Change]:
    """Take back what is in transit: the debit line of the caller's entry `entry_id`, and the change of the row, which
    the caller has locked (`lock_disbursement`). Raises NotInTransit (409) for anything else."""
    if row.status != Disbursement.Status.IN_TRANSIT:
        raise NotInTransit(f"{row} of {row.paid_on} is {row.get_status_display().lower()}.")
    assert row.bank_account is not None
    leg = Leg(chart.payments_in_transit(row.bank_account.code), row.amount, item_id=row.id)
    return leg, Change(_STOP, [entry_id, today(actor.company), reason, actor.company_id, row.id])


@joins_transaction
def return_disbursement(
    *, actor: Actor, row: Disbursement, entry_id: UUID, reason: str
) -> tuple[Leg, Change]:
    """Take back what came back: as `stop_disbursement` while it is in transit. What has cleared is on its way to the
    bank account again: the line debits deposits in transit, whose item is the disbursement's. The caller has locked
    the row (`lock_disbursement`). Raises NotInTransit (409) for what was stopped or paid in cash."""
    if row.status != Disbursement.Status.CLEARED:
        return stop_disbursement(actor=actor, row=row, entry_id=entry_id, reason=reason)
    assert row.bank_account is not None
    leg = Leg(chart.deposits_in_transit(row.bank_account.code), row.amount, item_id=row.id)
    return leg, Change(_STOP, [entry_id, today(actor.company), reason, actor.company_id, row.id])


@joins_transaction
def lock_disbursement(*, actor: Actor, disbursement_id: UUID) -> Disbursement:
    """The row, locked until the transaction ends. Raises DisbursementNotFound (404)."""
    row = (
        Disbursement.objects.filter(company_id=actor.company_id, id=disbursement_id)
        .select_for_update(no_key=True, of=("self",))
        .select_related("bank_account")
        .first()
    )
    if row is None:
        raise DisbursementNotFound(f"There is no disbursement {disbursement_id}.")
    return row


@joins_transaction
def taking_account(*, actor: Actor, method: str, currency: str) -> str:
    """The account that money taken by this method is debited to: cash goes to the drawer of whoever takes it, else to
    the office's (docs/domain.md#bank-accounts). The drawer is not closed until the transaction ends."""
    if method != CASH:
        return chart.cash(method)
    drawer = find_drawer(actor=actor, currency=currency)
    return chart.drawer(drawer.code) if drawer else chart.cash(CASH)


@joins_transaction
def returning_account(*, actor: Actor, entry_id: UUID) -> str:
    """The account that the receipt of a payment debited, from which a void of all of it gives the money back.

    Raises DrawerShort (409) where that is a drawer that has less by now; its account stays locked until the transaction
    ends. The office's drawer is not looked into: what the bank took of it is its slips' matter.
    """
    lines = Posting.objects.filter(company_id=actor.company_id, entry=entry_id, amount__gt=0)
    code, currency, amount = lines.values_list("account__code", "currency", "amount")[0]
    if chart.is_drawer(code):
        there = locked_balance(actor=actor, currency=currency, code=code)
        if there < amount:
            raise DrawerShort(
                f"{format_amount(amount)} {currency} cannot be given back from the drawer that took it, {code}: "
                f"it holds {format_amount(max(there, ZERO))}."
            )
    return str(code)


def _kept_open(rows: models.QuerySet[_Place]) -> _Place | None:
    """The row, which nobody closes until the transaction ends (docs/architecture.md#lock-order). It is looked at again
    once whoever was closing it is done: what the rows are filtered by, and what it says, is true then."""
    text, values = rows.query.sql_with_params()
    return next(iter(rows.model._default_manager.raw(f"{text} for share", values)), None)


@joins_transaction
def find_bank_account(*, actor: Actor, currency: str, bank_account_id: UUID | None = None) -> BankAccount:
    """The bank account that is named, else the currency's default one; it is not closed until the transaction ends.

    Raises BankAccountNotFound (404), InvalidInput `no_bank_account` or `wrong_place`.
    """
    accounts = BankAccount.objects.filter(company_id=actor.company_id)
    if bank_account_id is None:
        of_currency = accounts.filter(currency=currency, is_default=True)
        # Once more where another one was being made the default, and the row that was it is not it any more.
        default = _kept_open(of_currency) or _kept_open(of_currency)
        if default is None:
            raise InvalidInput(
                f"There is no default bank account in {currency}.",
                code=NO_BANK_ACCOUNT,
                field="bank_account_id",
            )
        return default
    account = _kept_open(accounts.filter(id=bank_account_id))
    if account is None:
        raise BankAccountNotFound(f"There is no bank account {bank_account_id}.")
    if account.currency != currency or not account.is_active:
        what = "is closed" if not account.is_active else f"is in {account.currency}, not in {currency}"
        raise InvalidInput(f"{account.name} {what}.", code=WRONG_PLACE, field="bank_account_id")
    return account


@joins_transaction
def find_drawer(*, actor: Actor, currency: str, drawer_id: UUID | None = None) -> Drawer | None:
    """The drawer that is named, else the actor's own in the currency; None is the office's. It is not closed until the
    transaction ends.

    Raises DrawerNotFound (404), InvalidInput `wrong_place`.
    """
    drawers = Drawer.objects.filter(company_id=actor.company_id)
    if drawer_id is None:
        if actor.user_id is None:
            return None
        return _kept_open(drawers.filter(holder=actor.user_id, currency=currency, is_active=True))
    drawer = _kept_open(drawers.filter(id=drawer_id))
    if drawer is None:
        raise DrawerNotFound(f"There is no drawer {drawer_id}.")
    if drawer.currency != currency or not drawer.is_active:
        what = "is closed" if not drawer.is_active else f"is in {drawer.currency}, not in {currency}"
        raise InvalidInput(f"{drawer.name} {what}.", code=WRONG_PLACE, field="drawer_id")
    return drawer


@reads
def bank_balance(*, actor: Actor, account: BankAccount) -> Decimal:
    """What the account will hold when everything in transit has cleared: bank + deposits − payments in transit."""
    codes = (chart.bank, chart.payments_in_transit, chart.deposits_in_transit)
    return sum(
        (
            _balance(actor, chart.account_id(actor.company_id, account.currency, code(account.code)))
            for code in codes
        ),
        ZERO,
    )


@joins_transaction
def locked_balance(*, actor: Actor, currency: str, code: str) -> Decimal:
    """The balance of an account (debit positive), with the account locked until the transaction ends: nobody else
    pays out of it meanwhile."""
    return _balance(actor, lock_account(actor=actor, currency=currency, code=code))


@joins_transaction
def lock_account(*, actor: Actor, currency: str, code: str) -> UUID:
    """Lock an account until the transaction ends, for whoever is limited by what stands on it; its id."""
    account_id = chart.account_id(actor.company_id, currency, code)
    with connection.cursor() as cursor:
        cursor.execute(_LOCK_ACCOUNT, {"company": actor.company_id, "account": account_id})
    return account_id


def _balance(actor: Actor, account_id: UUID) -> Decimal:
    with connection.cursor() as cursor:
        cursor.execute(_BALANCE, {"company": actor.company_id, "account": account_id})
        (balance,) = cursor.fetchone()
    return Decimal(balance)
