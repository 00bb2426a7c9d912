"""The console's page of orders of courts and tax authorities on what drivers are paid."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.contrib import admin
from unfold.enums import ActionVariant
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from batconnect.core.approvals.messages import describe_waiting
from batconnect.core.approvals.services import approve, reject
from batconnect.core.console.base import ReadOnlyAdmin
from batconnect.core.console.confirmations import OptionalReasonForm, Preview, ReasonForm
from batconnect.core.console.form_fields import DayField
from batconnect.core.console.row_actions import RowAction, RowActionAdmin
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.money import TypedMoneyField
from ledger.paying.admin.forms import driver_named, text
from ledger.paying.faces import ORDER_FACE
from ledger.paying.models import PayoutOrder
from ledger.paying.services.orders import (
    KIND,
    OrderTerms,
    end_order,
    order_request,
    propose_order,
)
from ledger.paying.services.payees import CONFIRM, PROPOSE

_Status = PayoutOrder.Status


class OrderForm(forms.Form):
    """What is kept of whose payouts, for whom."""

    driver = text("Driver", 20, required=True, help_text="The driver's number or TLC license.")
    kind = forms.ChoiceField(label="Of", choices=PayoutOrder.Kind.choices, widget=UnfoldAdminSelectWidget)
    creditor = text("Creditor", 80, required=True, help_text="To whom it is owed.")
    creditor_code = text(
        "Creditor's code", 20, required=True, help_text="Letters and digits; names its account in the chart."
    )
    reference = text("Number of the order", 60, required=True)
    rank = forms.IntegerField(
        min_value=1, max_value=99, initial=1, widget=UnfoldAdminIntegerFieldWidget, help_text="1 takes first."
    )
    amount = TypedMoneyField(
        label="Amount of each payout", required=False, above_zero=True, widget=UnfoldAdminTextInputWidget
    )
    # Two decimals, above zero, read as amounts are.
    percent = TypedMoneyField(
        label="Or percent of it",
        required=False,
        above_zero=True,
        widget=UnfoldAdminTextInputWidget,
        help_text="Of what is due to the driver, at most 100.",
    )
    total = TypedMoneyField(
        label="Up to, in all", required=False, above_zero=True, widget=UnfoldAdminTextInputWidget
    )
    from_on = DayField(label="From")
    until_on = DayField(label="Until", required=False)
    note = text("Note", 500, help_text="For the second person: how you know.")


def _propose(actor: Actor, row: None, values: dict[str, Any]) -> Preview:
    driver = driver_named(actor, values.pop("driver").strip())
    terms = OrderTerms(**values)
    return Preview(describe_waiting(propose_order(actor=actor, customer_id=driver.customer_id, terms=terms)))


def _confirm(actor: Actor, row: PayoutOrder, values: dict[str, Any]) -> Preview:
    asked = order_request(actor=actor, order=row)
    done = approve(actor=actor, approval_id=asked.id, reason=values["reason"], kind=KIND.code)
    assert done.carried is not None
    return Preview(done.carried.sentence)


def _reject(actor: Actor, row: PayoutOrder, values: dict[str, Any]) -> Preview:
    asked = order_request(actor=actor, order=row)
    done = reject(actor=actor, approval_id=asked.id, reason=values["reason"], kind=KIND.code)
    assert done.carried is not None
    return Preview(done.carried.sentence)


def _end(actor: Actor, row: PayoutOrder, values: dict[str, Any]) -> Preview:
    ended = end_order(actor=actor, order_id=row.id, reason=values["reason"])
    return Preview(f"Nothing more is kept for {ended}.")


def _is_others(actor: Actor, row: PayoutOrder) -> bool:
    return row.status == _Status.PROPOSED and row.proposer_id != actor.user_id


PROPOSE_ORDER: Final = RowAction(
    name="propose",
    title="Propose an order",
    permission=PROPOSE,
    icon="add",
    variant=ActionVariant.PRIMARY,
    form=OrderForm,
    run=_propose,
)
CONFIRM_ORDER: Final = RowAction(
    name="confirm",
    title="Confirm",
    permission=CONFIRM,
    icon="check",
    variant=ActionVariant.PRIMARY,
    form=OptionalReasonForm,
    run=_confirm,
    offered=_is_others,
)
REJECT_ORDER: Final = RowAction(
    name="reject",
    title="Turn down",
    permission=CONFIRM,
    icon="block",
    variant=ActionVariant.DANGER,
    form=OptionalReasonForm,
    run=_reject,
    offered=_is_others,
)
END_ORDER: Final = RowAction(
    name="end",
    title="End it",
    permission=CONFIRM,
    icon="block",
    variant=ActionVariant.DANGER,
    form=ReasonForm,
    run=_end,
    offered=lambda actor, row: row.status == _Status.CONFIRMED,
)


@admin.register(PayoutOrder)
class PayoutOrderAdmin(ReadOnlyAdmin, RowActionAdmin):
    """What courts and tax authorities have ordered to be kept of drivers' payouts."""

    list_display = (
        *("customer", "kind", "creditor", "reference", "rank", "amount", "percent", "total", "currency"),
        *("from_on", "until_on", "status"),
    )
    list_filter = ("status", "kind", "customer", "from_on")
    list_select_related = ("customer",)
    search_fields = ("customer__name", "creditor", "^reference")
    ordering = ("-id",)
    list_actions = (PROPOSE_ORDER,)
    row_actions = (CONFIRM_ORDER, REJECT_ORDER, END_ORDER)
    face = ORDER_FACE
    fields = (
        *("customer", "kind", "creditor", "creditor_code", "reference", "rank", "amount", "percent", "total"),
        *("currency", "from_on", "until_on", "status", "note", "proposed_by", "proposed_at", "decided_by"),
        *("decided_at", "ended_by", "ended_at", "end_reason"),
    )
