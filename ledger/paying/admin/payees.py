"""The console's pages of payees' accounts and of drivers who are on hold."""

from __future__ import annotations

from typing import Any, Final

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from unfold.enums import ActionVariant

from batconnect.core.approvals.messages import describe_waiting
from batconnect.core.approvals.services import approve, reject
from batconnect.core.console.base import ReadOnlyAdmin
from batconnect.core.console.confirmations import OptionalReasonForm, Preview, ReasonForm
from batconnect.core.console.row_actions import RowAction, RowActionAdmin
from batconnect.core.kernel.actors import Actor
from ledger.paying.admin.forms import AccountOfDriverForm, HoldOfDriverForm, driver_named
from ledger.paying.faces import HOLD_FACE, PAYEE_FACE
from ledger.paying.models import PayeeAccount, PayeeHold
from ledger.paying.services.holds import HOLD, hold_payee, release_payee
from ledger.paying.services.payees import (
    CONFIRM,
    KIND,
    PROPOSE,
    close_account,
    propose_account,
    waiting_request,
)

_Status = PayeeAccount.Status


def _propose(actor: Actor, row: None, values: dict[str, Any]) -> Preview:
    driver = driver_named(actor, values["driver"].strip())
    request = propose_account(
        actor=actor,
        customer_id=driver.customer_id,
        holder_name=values["holder_name"],
        routing_number=values["routing_number"],
        account_number=values["account_number"],
        kind=values["kind"],
        note=values["note"],
    )
    return Preview(describe_waiting(request))


def _confirm(actor: Actor, row: PayeeAccount, values: dict[str, Any]) -> Preview:
    asked = waiting_request(actor=actor, account=row)
    done = approve(actor=actor, approval_id=asked.id, reason=values["reason"], kind=KIND.code)
    assert done.carried is not None
    return Preview(done.carried.sentence)


def _reject(actor: Actor, row: PayeeAccount, values: dict[str, Any]) -> Preview:
    asked = waiting_request(actor=actor, account=row)
    done = reject(actor=actor, approval_id=asked.id, reason=values["reason"], kind=KIND.code)
    assert done.carried is not None
    return Preview(done.carried.sentence)


def _close(actor: Actor, row: PayeeAccount, values: dict[str, Any]) -> Preview:
    closed = close_account(actor=actor, account_id=row.id, reason=values["reason"])
    return Preview(f"{closed.customer.name} is not paid to {closed} any more.")


def _hold(actor: Actor, row: None, values: dict[str, Any]) -> Preview:
    driver = driver_named(actor, values["driver"].strip())
    hold_payee(actor=actor, customer_id=driver.customer_id, reason=values["reason"])
    return Preview(f"{driver.customer.name} is not paid until somebody releases the hold.")


def _release(actor: Actor, row: PayeeHold, values: dict[str, Any]) -> Preview:
    release_payee(actor=actor, customer_id=row.customer_id, reason=values["reason"])
    return Preview(f"{row.customer.name} is paid again.")


PROPOSE_ACCOUNT: Final = RowAction(
    name="propose",
    title="Propose an account",
    permission=PROPOSE,
    icon="add",
    variant=ActionVariant.PRIMARY,
    form=AccountOfDriverForm,
    run=_propose,
)
CONFIRM_ACCOUNT: Final = RowAction(
    name="confirm",
    title="Confirm",
    permission=CONFIRM,
    icon="check",
    variant=ActionVariant.PRIMARY,
    form=OptionalReasonForm,
    run=_confirm,
    offered=lambda actor, row: row.status == _Status.PROPOSED and row.proposer_id != actor.user_id,
)
REJECT_ACCOUNT: Final = RowAction(
    name="reject",
    title="Turn down",
    permission=CONFIRM,
    icon="block",
    variant=ActionVariant.DANGER,
    form=OptionalReasonForm,
    run=_reject,
    offered=lambda actor, row: row.status == _Status.PROPOSED and row.proposer_id != actor.user_id,
)
CLOSE_ACCOUNT: Final = RowAction(
    name="close",
    title="Stop paying to it",
    permission=PROPOSE,
    icon="block",
    variant=ActionVariant.DANGER,
    form=ReasonForm,
    run=_close,
    offered=lambda actor, row: row.status == _Status.CONFIRMED,
)
HOLD_DRIVER: Final = RowAction(
    name="hold",
    title="Put a driver on hold",
    permission=HOLD,
    icon="front_hand",
    form=HoldOfDriverForm,
    run=_hold,
)
RELEASE_DRIVER: Final = RowAction(
    name="release",
    title="Release",
    permission=HOLD,
    icon="play_arrow",
    form=ReasonForm,
    run=_release,
    offered=lambda actor, row: row.released_at is None,
)
_FIELDS: Final = (
    *("customer", "holder_name", "routing_number", "last_digits", "kind", "status", "usable_on", "origin"),
    *("change_code", "note", "proposed_by", "proposed_at", "decided_by", "decided_at"),
)


@admin.register(PayeeAccount)
class PayeeAccountAdmin(ReadOnlyAdmin, RowActionAdmin):
    """To which accounts drivers are, were or may be paid; of a number only its last four are shown."""

    list_display = (
        *("customer", "holder_name", "routing_number", "last_digits", "kind", "status", "usable_on"),
        *("proposed_by", "decided_by"),
    )
    list_filter = ("status", "origin", "kind", "customer", "usable_on")
    list_select_related = ("customer",)
    search_fields = ("customer__name", "holder_name", "last_digits")
    ordering = ("-id",)
    fields = _FIELDS
    list_actions = (PROPOSE_ACCOUNT,)
    row_actions = (CONFIRM_ACCOUNT, REJECT_ACCOUNT, CLOSE_ACCOUNT)
    face = PAYEE_FACE

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        return super().get_queryset(request).defer("account_number")


@admin.register(PayeeHold)
class PayeeHoldAdmin(ReadOnlyAdmin, RowActionAdmin):
    """Drivers who are not paid until somebody releases it, and who were not."""

    list_display = ("customer", "origin", "reason", "placed_by", "placed_at", "released_by", "released_at")
    list_filter = ("origin", "customer", "placed_at", "released_at")
    list_select_related = ("customer",)
    search_fields = ("customer__name", "reason")
    ordering = ("-id",)
    list_actions = (HOLD_DRIVER,)
    row_actions = (RELEASE_DRIVER,)
    face = HOLD_FACE
