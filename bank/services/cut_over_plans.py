"""What a cut-over of a bank account would move, and whether that comes to the bank's balance.

Rule: docs/domain.md#bank-cut-over.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final
from uuid import UUID

from bank.errors import (
    CUT_OVER_DIFFERS,
    CUT_OVER_DONE,
    CUT_OVER_EMPTY,
    CUT_OVER_TOO_LONG,
    UNKNOWN_ITEM,
    CutOverNotFound,
)
from bank.models import CutOver, Statement, StatementFeed, StatementLine
from bank.services.chain import opened_with
from bank.services.cut_over_items import CASH, MayBeThere, may_be_at_bank
from bank.services.feeds import find_account
from bank.services.kinds.accounts import checked_account
from batconnect.core.database.transactions import reads
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.errors import Conflict, FieldError, InvalidInput
from batconnect.core.kernel.field_codes import NOT_POSITIVE
from batconnect.core.kernel.money import ZERO, format_amount, sum_of
from ledger.chart import METHODS
from ledger.errors import DATE_IN_FUTURE
from ledger.rules.amounts import require_in_range
from ledger.services.dates import open_day
from ledger.treasury.models import BankAccount

MAX_ITEMS: Final = 20_000
MAX_LEFT_OUT: Final = 5_000
MAX_OTHERS: Final = 100


@dataclass(frozen=True, slots=True)
class Other:
    """What else makes up the bank's balance: an amount of an account of the chart without items, as the bank has it
    (charges that nobody entered are below zero)."""

    account_code: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Wanted:
    """How an account is cut over. Unless given, `balance` is what its first statement opens with, and `methods` are all
    but cash. `leave_out` are the ids of items that were not at the bank on `day`: they are in transit."""

    bank_account_id: UUID
    day: date
    balance: Decimal | None = None
    methods: tuple[str, ...] = ()
    leave_out: frozenset[UUID] = frozenset()
    others: tuple[Other, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a cut-over would move: `opened` is what the books have on the account already."""

    account: BankAccount
    wanted: Wanted
    effective_on: date
    balance: Decimal
    opened: Decimal
    items: tuple[MayBeThere, ...]

    @property
    def moved(self) -> Decimal:
        """The items together."""
        return sum_of(each.amount for each in self.items)

    @property
    def others(self) -> Decimal:
        """What else makes up the balance."""
        return sum_of(each.amount for each in self.wanted.others)

    @property
    def comes_to(self) -> Decimal:
        """What the books would have at the bank."""
        return self.opened + self.moved + self.others

    @property
    def difference(self) -> Decimal:
        """The bank's balance less that; 0.00 where it can be asked for."""
        return self.balance - self.comes_to

    @property
    def _amounts(self) -> list[Decimal]:
        return [*(each.amount for each in self.items), *(each.amount for each in self.wanted.others)]

    @property
    def turnover(self) -> Decimal:
        """All that would be posted, whichever way: above zero where anything is."""
        return sum_of(abs(each) for each in self._amounts)

    @property
    def digest(self) -> str:
        """Names what two people agree to, to the item."""
        said = [(each.kind, str(each.id), each.account_code, str(each.amount)) for each in self.items]
        others = [(each.account_code, str(each.amount)) for each in self.wanted.others]
        whole = (
            str(self.account.id),
            str(self.wanted.day),
            str(self.balance),
            str(self.opened),
            said,
            others,
        )
        return hashlib.sha256(repr(whole).encode()).hexdigest()


@reads
def plan_cut_over(*, actor: Actor, wanted: Wanted) -> Plan:
    """What would move, whether or not it comes to the bank's balance; nothing is written. Needs `bank.view`.

    Raises BankAccountNotFound (404); Conflict 409 `cut_over_done`; InvalidInput naming the field: a day that has not
    come or is not before the account's first statement, a balance that is not what that opens with, an unknown method,
    an account that has items, an item that is not there, or more than `MAX_ITEMS`.
    """
    actor.require("bank.view")
    account = find_account(actor=actor, bank_account_id=wanted.bank_account_id)
    live = CutOver.objects.filter(
        company_id=actor.company_id, bank_account=account, status=CutOver.Status.LIVE
    )
    if (done := live.first()) is not None:
        raise Conflict(f"{account.name} was cut over on {done.day} by {done.made_by}.", code=CUT_OVER_DONE)
    balance = _balance(actor, account, wanted)
    methods = methods_of(wanted)
    for place, each in enumerate(wanted.others):
        if not each.amount:
            message = "An amount of 0.00 makes up nothing."
            raise InvalidInput(message, errors=[FieldError(f"others.{place}.amount", message, NOT_POSITIVE)])
        checked_account(actor, account.currency, each.account_code, field=f"others.{place}.account_code")
    there = may_be_at_bank(
        actor=actor,
        currency=account.currency,
        day=wanted.day,
        methods=methods,
        limit=MAX_ITEMS + MAX_LEFT_OUT + 1,
    )
    ids = {each.id for each in there}
    if unknown := sorted(wanted.leave_out - ids):
        raise InvalidInput(
            f"{unknown[0]} is not among what {account.name} may have had on {wanted.day}.",
            code=UNKNOWN_ITEM,
            field="leave_out",
        )
    items = tuple(each for each in there if each.id not in wanted.leave_out)
    if len(items) > MAX_ITEMS:
        raise InvalidInput(
            f"More than {MAX_ITEMS:,} items would move: name fewer methods, or an earlier day.",
            code=CUT_OVER_TOO_LONG,
            field="methods",
        )
    return Plan(
        account=account,
        wanted=wanted,
        effective_on=open_day(actor=actor, day=wanted.day),
        balance=balance,
        opened=opened_with(actor=actor, account=account) or ZERO,
        items=items,
    )


@reads
def find_cut_over(*, actor: Actor, bank_account_id: UUID) -> CutOver:
    """The account's latest cut-over. Raises CutOverNotFound (404)."""
    found = (
        CutOver.objects.select_related("bank_account")
        .filter(company_id=actor.company_id, bank_account=bank_account_id)
        .order_by("-id")
        .first()
    )
    if found is None:
        raise CutOverNotFound("This bank account was not cut over.")
    return found


def _balance(actor: Actor, account: BankAccount, wanted: Wanted) -> Decimal:
    """What the bank had on the day: as it is typed, and as the account's first statement says."""
    if wanted.day > today(actor.company):
        raise InvalidInput(
            f"{wanted.day} is after today, {today(actor.company)}.", code=DATE_IN_FUTURE, field="day"
        )
    first = (
        Statement.objects.filter(company_id=actor.company_id, bank_account=account, chain_no__isnull=False)
        .order_by("chain_no")
        .first()
    )
    if first is not None and first.period_from is not None and wanted.day >= first.period_from:
        raise InvalidInput(
            f"{wanted.day} is not before {first.period_from}, the first day of the account's first statement.",
            code=CUT_OVER_DIFFERS,
            field="day",
        )
    booked = StatementLine.objects.filter(
        company_id=actor.company_id,
        bank_account=account,
        booked_on__lte=wanted.day,
        state=StatementLine.State.BOOKED,
    )
    if (there := booked.order_by("booked_on").values_list("booked_on", flat=True).first()) is not None:
        raise InvalidInput(
            f"{wanted.day} is not before {there}, of which a line of a statement is booked.",
            code=CUT_OVER_DIFFERS,
            field="day",
        )
    feed = StatementFeed.objects.filter(company_id=actor.company_id, bank_account=account).first()
    typed = feed.opening_balance if feed is not None else None
    said = typed if typed is not None else first.opening if first is not None else None
    given = wanted.balance if wanted.balance is not None else said
    if given is None:
        raise InvalidInput(
            "No statement of the account says a balance yet: give the bank's on that day.",
            code=CUT_OVER_DIFFERS,
            field="balance",
        )
    if said is not None and given != said:
        raise InvalidInput(
            f"The account's statements begin with {format_amount(said)}, not with {format_amount(given)}.",
            code=CUT_OVER_DIFFERS,
            field="balance",
        )
    return given


@reads
def methods_of(wanted: Wanted) -> tuple[str, ...]:
    """Whose cash accounts are looked at: those named, else all but cash. Raises InvalidInput `unknown_item`."""
    if unknown := [each for each in wanted.methods if each not in METHODS]:
        raise InvalidInput(
            f"{unknown[0][:40]!r} is not one of {', '.join(METHODS)}.", code=UNKNOWN_ITEM, field="methods"
        )
    return tuple(dict.fromkeys(wanted.methods)) or tuple(each for each in METHODS if each != CASH)


def require_agreeing(plan: Plan) -> None:
    """Raise InvalidInput `cut_over_differs` naming the figures, Conflict 409 `cut_over_empty`."""
    if plan.difference:
        currency = plan.account.currency
        raise InvalidInput(
            f"{format_amount(plan.opened)} in the books + {format_amount(plan.moved)} of {len(plan.items):,} items + "
            f"{format_amount(plan.others)} others come to {format_amount(plan.comes_to)}, not to the bank's "
            f"{format_amount(plan.balance)} {currency}: {format_amount(plan.difference)} apart. Leave out what was not "
            "at the bank on that day, and name what else makes up its balance.",
            code=CUT_OVER_DIFFERS,
            field="balance",
        )
    require_in_range(plan.turnover, field="others", what="All that would be posted comes to")
    if not plan.items and not plan.wanted.others:
        raise Conflict(f"Nothing of {plan.account.name} is to be moved.", code=CUT_OVER_EMPTY)
