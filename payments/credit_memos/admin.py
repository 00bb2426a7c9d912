"""The console's pages on credit memos, and the actions by which an item is credited, moved and gets a penalty."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminTextInputWidget

from batconnect.core.approvals.messages import describe_waiting
from batconnect.core.console.base import ReadOnlyAdmin, ReadOnlyInline
from batconnect.core.console.confirmations import AmountReasonForm, Preview, ReasonForm, reason_field
from batconnect.core.console.form_fields import DayField
from batconnect.core.console.imports import ImportingAdmin
from batconnect.core.console.row_actions import RowAction, RowActionAdmin, add_row_actions
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.errors import FieldError, InvalidInput
from batconnect.core.kernel.money import TypedMoneyField, format_amount
from batconnect.directory.models import Driver
from ledger.admin import ObligationAdmin
from ledger.admin_filters import CurrencyFilter
from ledger.chart import RECOVERED_CATEGORIES
from ledger.models import Obligation
from ledger.postings import CHARGE
from ledger.previews import posted_by
from ledger.querysets import with_account_names
from ledger.services.penalties import raise_penalty
from payments.credit_memos.actions import APPLY, APPLY_TO, REFUND, VOID
from payments.credit_memos.faces import CREDIT_REFUND_FACE, MEMO_FACE
from payments.credit_memos.imports import CREDIT_MEMOS
from payments.credit_memos.services.issuing import MemoRequest, issue_credit_memo
from payments.credit_memos.services.items import creditable
from payments.credit_memos.services.moving import Target, move_charge
from payments.models import CreditMemo, CreditMemoLine, CreditRefund, Invoice

_NOT_FOUND: Final = "not_found"


class MoveForm(ReasonForm):
    """Who owes it instead, and why."""

    driver = forms.CharField(
        max_length=40,
        label="Driver",
        widget=UnfoldAdminTextInputWidget(),
        help_text="The driver's number (DRV-102) or TLC license.",
    )
    lease = forms.CharField(
        max_length=40, label="Lease", widget=UnfoldAdminTextInputWidget(), help_text="Its number: LS-2055."
    )
    reason = reason_field()
    field_order = ("driver", "lease", "reason")


class PenaltyForm(forms.Form):
    """What the penalty adds, and when it is due."""

    amount = TypedMoneyField(above_zero=True, widget=UnfoldAdminTextInputWidget())
    due_date = DayField()


def _credit(actor: Actor, row: Obligation, values: dict[str, Any]) -> Preview:
    return _issue(actor, MemoRequest(reason=values["reason"], amount=values["amount"], obligation_id=row.id))


def _credit_invoice(actor: Actor, row: Invoice, values: dict[str, Any]) -> Preview:
    return _issue(actor, MemoRequest(reason=values["reason"], amount=values["amount"], invoice_id=row.id))


def _issue(actor: Actor, request: MemoRequest) -> Preview:
    def run() -> str:
        issued = issue_credit_memo(actor=actor, request=request)
        if issued.memo is None:
            assert issued.request is not None
            return describe_waiting(issued.request)
        memo = issued.memo
        amount = f"{format_amount(memo.amount)} {memo.currency}"
        if not memo.left:
            return f"A credit memo of {amount} lowers {issued.obligation}."
        applied = f"{format_amount(memo.applied)} lower the item, " if memo.applied else ""
        return f"A credit memo of {amount}: {applied}{format_amount(memo.left)} are the customer's credit."

    return posted_by(actor=actor, run=run)


def _move(actor: Actor, row: Obligation, values: dict[str, Any]) -> Preview:
    named = values["driver"].strip()
    drivers = Driver.objects.filter(company_id=actor.company_id)
    driver = (drivers.filter(driver_id__iexact=named) | drivers.filter(tlc_license=named)).first()
    if driver is None:
        message = f"There is no driver {named}."
        raise InvalidInput(message, errors=[FieldError("driver", message, _NOT_FOUND)])

    def run() -> str:
        target = Target(driver_id=driver.pk, lease_number=values["lease"].strip().upper())
        done = move_charge(actor=actor, obligation_id=row.id, target=target, reason=values["reason"])
        if done.raised is None:
            assert done.request is not None
            return describe_waiting(done.request)
        how = "credited" if done.memo else "voided"
        return f"{row} is {how}; {driver} owes {done.raised} of {format_amount(done.raised.original)}."

    return posted_by(actor=actor, run=run)


def _penalty(actor: Actor, row: Obligation, values: dict[str, Any]) -> Preview:
    def run() -> str:
        raised = raise_penalty(
            actor=actor, obligation_id=row.id, amount=values["amount"], due_date=values["due_date"]
        )
        return f"{raised} of {format_amount(raised.original)} {raised.currency} is raised."

    return posted_by(actor=actor, run=run)


def _is_creditable(actor: Actor, row: Obligation) -> bool:
    return row.status != Obligation.Status.VOIDED and creditable(row) > 0


def _is_charge(actor: Actor, row: Obligation) -> bool:
    is_entered = row.category in RECOVERED_CATEGORIES and row.source_type == CHARGE
    return is_entered and not row.is_opening and row.status != Obligation.Status.VOIDED


CREDIT: Final = RowAction(
    name="credit",
    title="Credit",
    permission="payments.credit",
    icon="money_off",
    form=AmountReasonForm,
    run=_credit,
    initial=lambda actor, row: {"amount": creditable(row)},
    offered=_is_creditable,
)
CREDIT_INVOICE: Final = RowAction(
    name="credit",
    title="Credit",
    permission="payments.credit",
    icon="money_off",
    form=AmountReasonForm,
    run=_credit_invoice,
    initial=lambda actor, row: {"amount": creditable(row.obligation)},
    offered=lambda actor, row: _is_creditable(actor, row.obligation),
)
MOVE: Final = RowAction(
    name="move",
    title="Move to another driver",
    label="Move",
    permission="payments.credit",
    icon="swap_horiz",
    form=MoveForm,
    run=_move,
    offered=lambda actor, row: _is_charge(actor, row) and creditable(row) > 0,
)
PENALTY: Final = RowAction(
    name="penalty",
    title="Add a penalty",
    label="Penalty",
    permission="ledger.raise_obligation",
    icon="add_alert",
    form=PenaltyForm,
    run=_penalty,
    initial=lambda actor, row: {"due_date": today(actor.company)},
    offered=_is_charge,
)


class CreditMemoLineInline(ReadOnlyInline):
    """What the memo debits."""

    model = CreditMemoLine
    view_permission = "payments.view"
    fields = ("account_named", "invoice_line", "rate", "amount", "voided")
    ordering = ("place",)
    show_change_link = False

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        lines = super().get_queryset(request).select_related("invoice_line")
        return with_account_names(lines, currency="memo__currency")

    @admin.display(description="account")
    def account_named(self, row: CreditMemoLine) -> str:
        """The account's name and code."""
        return str(row.account_named)  # type: ignore[attr-defined]  # of `with_account_names`


@admin.register(CreditMemo)
class CreditMemoAdmin(ImportingAdmin, ReadOnlyAdmin, RowActionAdmin):
    """What customers were credited with: applied, paid back and voided by right."""

    list_display = (
        "number",
        "issued_on",
        "customer",
        "lease",
        "obligation",
        "amount",
        "left",
        "status",
        "issued_by",
    )
    list_filter = (
        "status",
        "category",
        CurrencyFilter,
        "customer",
        "lease",
        "obligation",
        "issued_on",
        "amount",
        "left",
    )
    date_hierarchy = "issued_on"
    totals = ("amount", "left")
    list_select_related = ("customer", "lease", "obligation")
    search_fields = ("^number", "customer__name")
    ordering = ("-number_order", "-id")
    exclude = ("number_order", "version")
    inlines = (CreditMemoLineInline,)
    face = MEMO_FACE
    row_actions = (APPLY, APPLY_TO, REFUND, VOID)
    imports = CREDIT_MEMOS
    import_title = "Upload credit memos"
    import_urls = (("upload/", "upload_credit_memos"), ("upload-template/", "credit_memos_template"))


@admin.register(CreditRefund)
class CreditRefundAdmin(ReadOnlyAdmin):
    """Credits that were paid back, each with the approval by which two people agreed where it was above the limit."""

    list_display = ("refunded_at", "memo", "amount", "refunded_by", "approval", "reason")
    list_filter = ("refunded_at", "amount")
    date_hierarchy = "refunded_at"
    totals = ("amount",)
    totals_currency = "memo__currency"
    list_select_related = ("memo", "refunded_by", "approval")
    search_fields = ("memo__number", "memo__customer__name")
    told_with = ("memo__customer",)
    ordering = ("-id",)
    face = CREDIT_REFUND_FACE


add_row_actions(ObligationAdmin, CREDIT, MOVE, PENALTY)
