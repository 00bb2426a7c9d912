"""The console's page of drawers that are opened and counted: they change through their actions."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from unfold.enums import ActionVariant
from unfold.widgets import UnfoldAdminIntegerFieldWidget

from bank.admin.pieces import amount_field, asked_currency, currency_field, offer_pieces, typed_pieces
from bank.faces import SESSION_FACE
from bank.models import DrawerCount, DrawerSession
from bank.querysets.counter import name_of
from bank.services.counting import AGREE, RIGHT, CountOfDrawer, count_session, open_session
from batconnect.core.approvals.messages import describe_waiting
from batconnect.core.console.base import ReadOnlyAdmin, ReadOnlyInline
from batconnect.core.console.confirmations import Preview, reason_field
from batconnect.core.console.row_actions import RowAction, RowActionAdmin
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.money import ZERO, format_amount
from batconnect.core.models import Approval
from ledger.admin_filters import CurrencyFilter
from ledger.previews import posted_by


class FloatForm(forms.Form):
    """The float, as an amount or by bills and coins."""

    currency = currency_field()
    amount = amount_field("Amount", help_text="Left out where bills and coins are counted below.")


class CountForm(forms.Form):
    """What was counted: cash, as an amount or by bills and coins, and checks."""

    amount = amount_field("Cash", help_text="Left out where bills and coins are counted below.")
    checks = forms.IntegerField(
        label="Checks",
        required=False,
        min_value=0,
        max_value=1_000_000,
        widget=UnfoldAdminIntegerFieldWidget(),
        help_text="How many lie in the drawer.",
    )
    checks_amount = amount_field("Amount of the checks")
    reason = reason_field(required=False)


def _open(actor: Actor, row: None, values: dict[str, Any]) -> Preview:
    currency = values["currency"] or actor.company.base_currency
    session = open_session(
        actor=actor, amount=values["amount"], pieces=typed_pieces(values, currency), currency=currency
    )
    off = session.opening_counted - session.opening_expected
    differs = f"; by the books it holds {format_amount(session.opening_expected)}" if off else ""
    return Preview(
        f"{name_of(session.drawer)} is open with {format_amount(session.opening_counted)} "
        f"{session.currency}{differs}."
    )


def _count(actor: Actor, row: DrawerSession, values: dict[str, Any]) -> Preview:
    def run() -> str:
        count = CountOfDrawer(
            amount=values["amount"],
            pieces=typed_pieces(values, row.currency),
            checks=values["checks"] or 0,
            checks_amount=values["checks_amount"] or ZERO,
            reason=values["reason"],
        )
        done = count_session(actor=actor, session_id=row.id, count=count)
        return describe_waiting(done) if isinstance(done, Approval) else _told(done)

    return posted_by(actor=actor, run=run)


def _told(session: DrawerSession) -> str:
    figures = (session.counted, session.expected, session.difference)
    counted, expected, difference = (format_amount(each or ZERO) for each in figures)
    checks = format_amount(session.checks_counted_amount or ZERO)
    wanted = format_amount(session.checks_expected_amount or ZERO)
    return (
        f"{name_of(session.drawer)}: {counted} counted, {expected} expected, difference {difference} "
        f"{session.currency}. Checks: {session.checks_counted} over {checks}, expected "
        f"{session.checks_expected} over {wanted}."
    )


def _own(actor: Actor, row: DrawerSession | None) -> bool:
    return row is None or row.holder_id == actor.user_id or actor.can(AGREE)


def _offer_float(request: HttpRequest, row: None, form: forms.Form) -> None:
    currency = asked_currency(request)
    form.fields["currency"].initial = currency
    offer_pieces(form, currency)


def _offer_count(request: HttpRequest, row: DrawerSession, form: forms.Form) -> None:
    reason = form.fields.pop("reason")
    offer_pieces(form, row.currency)
    form.fields["reason"] = reason


OPEN_DRAWER: Final = RowAction(
    name="open_till",
    title="Open my drawer",
    permission=RIGHT,
    icon="lock_open",
    variant=ActionVariant.PRIMARY,
    form=FloatForm,
    prepare=_offer_float,
    run=_open,
)
COUNT_DRAWER: Final = RowAction(
    name="count",
    title="Count",
    permission=RIGHT,
    icon="calculate",
    variant=ActionVariant.PRIMARY,
    form=CountForm,
    prepare=_offer_count,
    run=_count,
    offered=lambda actor, row: row.status == DrawerSession.Status.OPEN and _own(actor, row),
)


class CountInline(ReadOnlyInline):
    """What was counted by denomination; try 0 is the float."""

    model = DrawerCount
    view_permission = "bank.view"
    fields = ("attempt", "denomination", "pieces")
    show_change_link = False


@admin.register(DrawerSession)
class DrawerSessionAdmin(ReadOnlyAdmin, RowActionAdmin):
    """Drawers from their opening to their count."""

    list_display = (
        *("opened_on", "place", "currency", "opened_by", "status", "opening_counted", "expected", "counted"),
        *(
            "difference",
            "checks_expected_amount",
            "checks_counted_amount",
            "reason",
            "counted_by",
            "approved_by",
        ),
    )
    list_filter = ("status", "drawer", CurrencyFilter, "opened_on")
    list_select_related = ("drawer",)
    search_fields = ("opened_by", "counted_by", "reason")
    ordering = ("-opened_on", "-id")
    face = SESSION_FACE
    inlines = (CountInline,)
    row_actions = (COUNT_DRAWER,)
    list_actions = (OPEN_DRAWER,)

    def currency_of(self, request: HttpRequest, row: models.Model | None) -> str:
        return super().currency_of(request, row) if row else asked_currency(request)

    @admin.display(description="Drawer", ordering="drawer__name")
    def place(self, row: DrawerSession) -> str:
        """Its name, or the office's."""
        return name_of(row.drawer)
