"""The console's page of cut-overs, and the action that asks for one on a bank account."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django import forms
from django.contrib import admin
from unfold.widgets import (
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from bank.errors import UNKNOWN_ITEM
from bank.faces import CUT_OVER_FACE
from bank.models import CutOver
from bank.services.cut_over_items import CASH
from bank.services.cut_over_plans import MAX_LEFT_OUT, MAX_OTHERS, Other, Plan, Wanted, plan_cut_over
from bank.services.cutting_over import AGREE, ASK, ask_to_cut_over
from bank.services.undoing_cut_over import undo_cut_over
from batconnect.core.console.base import ReadOnlyAdmin
from batconnect.core.console.confirmations import Preview, ReasonForm, reason_field
from batconnect.core.console.form_fields import DayField
from batconnect.core.console.row_actions import RowAction, RowActionAdmin, add_row_actions
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import InvalidInput
from batconnect.core.kernel.money import NotMoney, TypedMoneyField, exact_money, format_amount
from batconnect.core.kernel.words import format_count
from ledger.admin_filters import CurrencyFilter
from ledger.chart import METHODS
from ledger.previews import posted_by
from ledger.treasury.admin import BankAccountAdmin
from ledger.treasury.models import BankAccount
from payments.models import Payment

_SHOWN: Final = 200
_HEADINGS: Final = ("what", "day", "account", "amount")


class CutOverForm(forms.Form):
    """Which day, what was not at the bank then, and what else makes up its balance."""

    day = DayField(help_text="The day before the first statement begins, or an earlier one.")
    balance = TypedMoneyField(
        signed=True,
        required=False,
        widget=UnfoldAdminTextInputWidget(),
        help_text="The bank's on that day. Empty: what the first statement opens with.",
    )
    with_cash = forms.BooleanField(
        label="Cash too",
        required=False,
        widget=UnfoldBooleanSwitchWidget,
        help_text="Also payments in cash that were taken to the bank; leave out those that are still in a drawer.",
    )
    leave_out = forms.CharField(
        required=False,
        max_length=200_000,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 4}),
        help_text="What was not at the bank on that day: payment numbers, or ids, with blanks or commas between them.",
    )
    others = forms.CharField(
        required=False,
        max_length=10_000,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text="What else makes up the balance, a line each: an account's code and an amount, as "
        "expense:bank_charges "
        "-12.00.",
    )
    reason = reason_field()


def wanted_by(actor: Actor, account_id: UUID, values: dict[str, Any]) -> Wanted:
    """What somebody typed, read. Raises InvalidInput naming the field."""
    return Wanted(
        bank_account_id=account_id,
        day=values["day"],
        balance=values.get("balance"),
        methods=tuple(METHODS)
        if values.get("with_cash")
        else tuple(each for each in METHODS if each != CASH),
        leave_out=_left_out(actor, values.get("leave_out") or ""),
        others=tuple(_others(values.get("others") or "")),
        reason=values["reason"],
    )


def _left_out(actor: Actor, text: str) -> frozenset[UUID]:
    named = text.replace(",", " ").split()
    if len(named) > MAX_LEFT_OUT:
        raise InvalidInput(f"At most {MAX_LEFT_OUT:,} are left out.", code=UNKNOWN_ITEM, field="leave_out")
    here = Payment.objects.filter(company_id=actor.company_id, number__in=[each.upper() for each in named])
    by_number = dict(here.values_list("number", "id"))
    return frozenset(by_number.get(each.upper()) or _id(each) for each in named)


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise InvalidInput(
            f"{text[:60]!r} is not the number of a payment, nor an id.", code=UNKNOWN_ITEM, field="leave_out"
        ) from None


def _others(text: str) -> list[Other]:
    lines = [each.split() for each in text.splitlines() if each.strip()]
    if len(lines) > MAX_OTHERS:
        raise InvalidInput(f"At most {MAX_OTHERS} lines.", field="others")
    others = []
    for line in lines:
        try:
            code, amount = line
            others.append(Other(code, exact_money(amount)))
        except (ValueError, NotMoney) as error:
            raise InvalidInput(
                f"{' '.join(line)[:60]!r} is not an account's code and an amount.", field="others"
            ) from error
    return others


def _told(plan: Plan) -> str:
    currency = plan.account.currency
    apart = f", {format_amount(plan.difference)} apart" if plan.difference else ""
    return (
        f"To {plan.account.name}: {format_count(len(plan.items), 'item')} over {format_amount(plan.moved)} "
        f"{currency}; with "
        f"{format_amount(plan.opened)} in the books and {format_amount(plan.others)} others that is "
        f"{format_amount(plan.comes_to)}. The bank says {format_amount(plan.balance)}{apart}. "
        "Another person has to agree."
    )


def preview_of(plan: Plan) -> Preview:
    """What would move, item by item; the rest is counted."""
    rows = [
        (f"{each.name} {each.note}".strip(), str(each.day), each.account_code, format_amount(each.amount))
        for each in plan.items[:_SHOWN]
    ]
    if len(plan.items) > _SHOWN:
        rest = sum((each.amount for each in plan.items[_SHOWN:]), Decimal("0.00"))
        rows.append((f"{len(plan.items) - _SHOWN:,} more", "", "", format_amount(rest)))
    rows += [("what else", "", each.account_code, format_amount(each.amount)) for each in plan.wanted.others]
    return Preview(_told(plan), _HEADINGS, tuple(rows), state=plan.digest)


def _plan(actor: Actor, row: BankAccount, values: dict[str, Any]) -> Preview:
    """What would move, also where it does not come to the balance yet."""
    return preview_of(plan_cut_over(actor=actor, wanted=wanted_by(actor, row.id, values)))


def _ask(actor: Actor, row: BankAccount, values: dict[str, Any]) -> Preview:
    wanted = wanted_by(actor, row.id, values)
    outcome = preview_of(plan_cut_over(actor=actor, wanted=wanted))
    ask_to_cut_over(actor=actor, wanted=wanted)
    return outcome


def _undo(actor: Actor, row: CutOver, values: dict[str, Any]) -> Preview:
    def run() -> str:
        done = undo_cut_over(actor=actor, bank_account_id=row.bank_account_id, reason=values["reason"])
        return f"Taken off {done.bank_account.name} again: {format_count(done.item_count, 'item')}."

    return posted_by(actor=actor, run=run)


def _stands_for(actor: Actor, row: BankAccount) -> bool:
    """Whether the account has no cut-over that stands."""
    live = CutOver.objects.filter(
        company_id=actor.company_id, bank_account=row.id, status=CutOver.Status.LIVE
    )
    return not live.exists()


CUT_OVER: Final = RowAction(
    name="cut_over",
    title="Cut over",
    permission=ASK,
    icon="move_up",
    form=CutOverForm,
    run=_ask,
    plan=_plan,
    offered=_stands_for,
)
add_row_actions(BankAccountAdmin, CUT_OVER)


@admin.register(CutOver)
class CutOverAdmin(ReadOnlyAdmin, RowActionAdmin):
    """Bank accounts that were cut over to the bank's word, with what moved."""

    list_display = (
        *("bank_account", "day", "balance", "currency", "item_count", "moved", "others", "opened"),
        *("status", "made_by", "created_at"),
    )
    list_filter = ("status", CurrencyFilter)
    list_select_related = ("bank_account",)
    ordering = ("-id",)
    face = CUT_OVER_FACE
    row_actions = (
        RowAction(
            name="undo",
            title="Take back",
            permission=AGREE,
            icon="undo",
            form=ReasonForm,
            run=_undo,
            offered=lambda actor, row: row.status == CutOver.Status.LIVE,
        ),
    )
