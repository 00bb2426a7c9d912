"""The console's pages on bank accounts, drawers and what was paid out: they change through their actions."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from django import forms
from django.contrib import admin
from django.db.models import DecimalField, OuterRef, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce, Concat
from django.http import HttpRequest
from unfold.enums import ActionVariant
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget, UnfoldBooleanWidget

from batconnect.core.companies.currencies import OFFERED
from batconnect.core.console.base import ReadOnlyAdmin, actor_of
from batconnect.core.console.confirmations import Preview
from batconnect.core.console.row_actions import RowAction, RowActionAdmin
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.money import ZERO, format_amount
from batconnect.core.models import Membership
from ledger import chart
from ledger.admin_filters import CurrencyFilter
from ledger.models import Posting
from ledger.treasury.faces import BANK_ACCOUNT_FACE, DISBURSEMENT_FACE, DRAWER_FACE
from ledger.treasury.models import CODE, LAST_DIGITS, BankAccount, Disbursement, Drawer
from ledger.treasury.services.changing import change_bank_account, change_drawer
from ledger.treasury.services.places import MANAGE, make_default, open_bank_account, open_drawer

_NOBODY: Final = ("", "Nobody")


def _text(label: str, length: int, **options: Any) -> forms.CharField:
    return forms.CharField(
        label=label, max_length=length, widget=UnfoldAdminTextInputWidget(), **{"required": True, **options}
    )


def _code() -> forms.CharField:
    return _text(
        "Code", 20, validators=[CODE], help_text="Part of the codes of its accounts; it never changes."
    )


def _currency() -> forms.ChoiceField:
    return forms.ChoiceField(
        choices=[(code, f"{code}, {name}") for code, name in OFFERED.items()],
        widget=UnfoldAdminSelectWidget(),
    )


def _holder() -> forms.ChoiceField:
    return forms.ChoiceField(
        label="Holder",
        required=False,
        choices=[_NOBODY],
        widget=UnfoldAdminSelectWidget(),
        help_text="Whoever it is takes cash into it.",
    )


class BankDetailsForm(forms.Form):
    """How a bank account is called."""

    name = _text("Name", 60)
    bank_name = _text("Bank", 80, required=False)
    last_digits = _text("Last digits", 4, required=False, validators=[LAST_DIGITS])


class OpenBankAccountForm(BankDetailsForm):
    """A bank account to open."""

    code = _code()
    currency = _currency()
    is_default = forms.BooleanField(
        label="Default of its currency", required=False, widget=UnfoldBooleanWidget()
    )
    field_order = ("code", "name", "currency", "bank_name", "last_digits", "is_default")


class DrawerForm(forms.Form):
    """How a drawer is called, and whose it is."""

    name = _text("Name", 60)
    holder = _holder()


class OpenDrawerForm(DrawerForm):
    """A drawer to open."""

    code = _code()
    currency = _currency()
    field_order = ("code", "name", "currency", "holder")


def _open_bank_account(actor: Actor, row: None, values: dict[str, Any]) -> Preview:
    account = open_bank_account(actor=actor, **values)
    default = f" and is the default in {account.currency}" if account.is_default else ""
    return Preview(f"The bank account {account.name} ({account.code}) is opened{default}.")


def _change_bank_account(actor: Actor, row: BankAccount, values: dict[str, Any]) -> Preview:
    account = change_bank_account(actor=actor, bank_account_id=row.id, **values)
    return Preview(f"{account.name}, {account.bank_name or 'no bank named'}, {account.last_digits or '–'}.")


def _close_bank_account(actor: Actor, row: BankAccount, values: dict[str, Any]) -> Preview:
    account = change_bank_account(actor=actor, bank_account_id=row.id, is_active=not row.is_active)
    return Preview(f"{account.name} is {'open again' if account.is_active else 'closed'}.")


def _make_default(actor: Actor, row: BankAccount, values: dict[str, Any]) -> Preview:
    account = make_default(actor=actor, bank_account_id=row.id)
    return Preview(f"{account.name} is what is paid from in {account.currency} where no account is named.")


def _open_drawer(actor: Actor, row: None, values: dict[str, Any]) -> Preview:
    holder = values.pop("holder")
    drawer = open_drawer(actor=actor, holder_id=int(holder) if holder else None, **values)
    return Preview(f"The drawer {drawer.name} ({drawer.code}, {drawer.currency}) is opened.")


def _change_drawer(actor: Actor, row: Drawer, values: dict[str, Any]) -> Preview:
    holder = int(values["holder"]) if values["holder"] else None
    drawer = change_drawer(actor=actor, drawer_id=row.id, name=values["name"], holder_id=holder)
    who = drawer.holder.get_username() if drawer.holder else "nobody in particular"
    return Preview(f"{drawer.name} is the drawer of {who}.")


def _close_drawer(actor: Actor, row: Drawer, values: dict[str, Any]) -> Preview:
    drawer = change_drawer(actor=actor, drawer_id=row.id, is_active=not row.is_active)
    return Preview(f"{drawer.name} is {'open again' if drawer.is_active else 'closed'}.")


def _offer_holders(request: HttpRequest, row: Any, form: forms.Form) -> None:
    """Those who work in the company."""
    actor = actor_of(request)
    people = Membership.objects.filter(company_id=actor.company_id, is_active=True).order_by("user__username")
    field: Any = form.fields["holder"]
    field.choices = [
        _NOBODY,
        *((str(key), name) for key, name in people.values_list("user_id", "user__username")),
    ]


OPEN_BANK_ACCOUNT: Final = RowAction(
    name="open_account",
    title="Open a bank account",
    permission=MANAGE,
    icon="add",
    variant=ActionVariant.PRIMARY,
    form=OpenBankAccountForm,
    run=_open_bank_account,
)
CHANGE_BANK_ACCOUNT: Final = RowAction(
    name="rename",
    title="Change",
    permission=MANAGE,
    icon="edit",
    form=BankDetailsForm,
    run=_change_bank_account,
    initial=lambda actor, row: {
        "name": row.name,
        "bank_name": row.bank_name,
        "last_digits": row.last_digits,
    },
)
MAKE_DEFAULT: Final = RowAction(
    name="make_default",
    title="Make it the default",
    permission=MANAGE,
    icon="star",
    form=forms.Form,
    run=_make_default,
    asks=False,
    offered=lambda actor, row: row.is_active and not row.is_default,
)
CLOSE_BANK_ACCOUNT: Final = RowAction(
    name="close",
    title="Close or reopen",
    permission=MANAGE,
    icon="lock",
    form=forms.Form,
    run=_close_bank_account,
    asks=False,
    offered=lambda actor, row: not row.is_default,
)
OPEN_DRAWER: Final = RowAction(
    name="open_drawer",
    title="Open a drawer",
    permission=MANAGE,
    icon="add",
    variant=ActionVariant.PRIMARY,
    form=OpenDrawerForm,
    run=_open_drawer,
    prepare=_offer_holders,
)
CHANGE_DRAWER: Final = RowAction(
    name="rename",
    title="Change",
    permission=MANAGE,
    icon="edit",
    form=DrawerForm,
    run=_change_drawer,
    prepare=_offer_holders,
    initial=lambda actor, row: {"name": row.name, "holder": str(row.holder_id or "")},
)
CLOSE_DRAWER: Final = RowAction(
    name="close",
    title="Close or reopen",
    permission=MANAGE,
    icon="lock",
    form=forms.Form,
    run=_close_drawer,
    asks=False,
)


def _standing(prefix: str) -> Any:
    """What the account with this code before the row's own stands at, in the list's statement."""
    lines = Posting.objects.filter(
        company_id=OuterRef("company_id"),
        account__code=Concat(Value(prefix), OuterRef("code")),
        account__currency=OuterRef("currency"),
    )
    total = lines.order_by().values("account").annotate(total=Sum("amount")).values("total")
    money = DecimalField(max_digits=14, decimal_places=2)
    return Coalesce(Subquery(total, output_field=money), Value(ZERO), output_field=money)


@admin.register(BankAccount)
class BankAccountAdmin(ReadOnlyAdmin, RowActionAdmin):
    """Accounts at banks with what they hold by the books."""

    list_display = (
        *("name", "code", "currency", "bank_name", "last_digits", "is_default", "is_active"),
        *("at_bank", "coming", "going", "available"),
    )
    list_filter = ("is_active", CurrencyFilter)
    search_fields = ("code", "name")
    ordering = ("currency", "code")
    list_actions = (OPEN_BANK_ACCOUNT,)
    row_actions = (CHANGE_BANK_ACCOUNT, MAKE_DEFAULT, CLOSE_BANK_ACCOUNT)
    face = BANK_ACCOUNT_FACE

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return (
            super()
            .get_queryset(request)
            .annotate(
                bank_now=_standing(chart.bank("")),
                coming_now=_standing(chart.deposits_in_transit("")),
                going_now=_standing(chart.payments_in_transit("")),
            )
        )

    @admin.display(description="at the bank")
    def at_bank(self, row: Any) -> str:
        """As its statements were booked."""
        return format_amount(row.bank_now)

    @admin.display(description="deposits in transit")
    def coming(self, row: Any) -> str:
        """What is on its way there."""
        return format_amount(row.coming_now)

    @admin.display(description="payments in transit")
    def going(self, row: Any) -> str:
        """What was paid and not drawn yet."""
        return format_amount(-row.going_now)

    @admin.display(description="available")
    def available(self, row: Any) -> str:
        """What it will hold when everything in transit has cleared."""
        total: Decimal = row.bank_now + row.coming_now + row.going_now
        return format_amount(total)


@admin.register(Drawer)
class DrawerAdmin(ReadOnlyAdmin, RowActionAdmin):
    """Cash drawers beside the office's, with what is in them by the books."""

    list_display = ("name", "code", "currency", "holder", "is_active", "holds")
    list_filter = ("is_active", CurrencyFilter)
    list_select_related = ("holder",)
    search_fields = ("code", "name")
    ordering = ("currency", "code")
    list_actions = (OPEN_DRAWER,)
    row_actions = (CHANGE_DRAWER, CLOSE_DRAWER)
    face = DRAWER_FACE

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).annotate(held_now=_standing(chart.drawer("")))

    @admin.display(description="holds")
    def holds(self, row: Any) -> str:
        """What is in it by the books."""
        return format_amount(row.held_now)


@admin.register(Disbursement)
class DisbursementAdmin(ReadOnlyAdmin):
    """What was paid out: in transit until the bank shows it, stopped, or paid in cash."""

    list_display = (
        *("paid_on", "kind", "payee", "customer", "amount", "currency", "method", "reference"),
        *("bank_account", "drawer", "status", "cleared_on", "made_by"),
    )
    list_filter = ("status", "kind", "bank_account", CurrencyFilter, "customer", "paid_on", "amount")
    date_hierarchy = "paid_on"
    totals = ("amount",)
    list_select_related = ("customer", "bank_account", "drawer")
    search_fields = ("^reference", "payee", "customer__name")
    ordering = ("-paid_on", "-id")
    face = DISBURSEMENT_FACE
