"""The console's pages of payout batches and their payouts."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django.contrib import admin
from django.db import models
from django.db.models import Count, Sum
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from unfold.enums import ActionVariant

from batconnect.core.approvals.messages import describe_waiting
from batconnect.core.approvals.services import approve, reject
from batconnect.core.console.base import ReadOnlyAdmin, ReadOnlyInline
from batconnect.core.console.confirmations import OptionalReasonForm, Preview, ReasonForm
from batconnect.core.console.row_actions import (
    ChosenRows,
    RowAction,
    RowActionAdmin,
    RowLink,
    add_chosen_rows,
    add_list_actions,
)
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Conflict, InvalidInput
from batconnect.core.kernel.money import ZERO, MoneyField, format_amount
from batconnect.core.kernel.words import format_count
from batconnect.core.models import Approval
from ledger.admin_filters import CurrencyFilter
from ledger.paying.admin.forms import BatchForm, numbers_of, offer_batch, week_of
from ledger.paying.errors import NOT_ASKED
from ledger.paying.faces import PAYOUT_BATCH_FACE, PAYOUT_FACE
from ledger.paying.models import Payout, PayoutBatch, PayoutItem
from ledger.paying.printed import printed_check, printed_checks
from ledger.paying.rules.nacha import MAX_ENTRIES
from ledger.paying.services.batches import (
    APPROVE,
    KIND,
    PAY,
    ask_to_approve,
    draft_batch,
    pending_request,
    undo_batch,
)
from ledger.paying.services.building import build_batch
from ledger.paying.services.sending import send_batch
from ledger.previews import posted_by
from ledger.settlement.admin import DtrAdmin

_Status = PayoutBatch.Status
_SHOWN: Final = 200
_HEADINGS: Final = ("payee", "amount", "kept for orders", "DTRs", "paid or left out")


def _draft(actor: Actor, row: None, values: dict[str, Any]) -> Preview:
    batch = draft_batch(
        actor=actor,
        way=values["way"],
        numbers=numbers_of(values),
        week=week_of(values),
        bank_account_id=UUID(values["bank_account"]) if values["bank_account"] else None,
        effective_on=values["effective_on"],
    )
    request = ask_to_approve(actor=actor, batch_id=batch.id)
    paid = Payout.objects.filter(company_id=actor.company_id, batch=batch.id).select_related("account")
    rows = [
        (
            each.payee,
            format_amount(each.amount),
            format_amount(each.kept) if each.kept else "",
            str(each.dtrs),
            str(each.account or "check"),
        )
        for each in paid.annotate(
            dtrs=Count("items", distinct=True),
            kept=Coalesce(Sum("items__deductions__amount"), ZERO, output_field=MoneyField()),
        ).order_by("place")[:_SHOWN]
    ]
    rows += [
        (each["driver"], each["amount"], "", each["dtr_number"], f"Left out: {each['why']}")
        for each in batch.left_out[:_SHOWN]
    ]
    left = f" {len(batch.left_out)} DTRs are left out." if batch.left_out else ""
    return Preview(
        f"{format_amount(batch.total)} {batch.currency} to {format_count(batch.payout_count, 'driver')}, "
        f"{batch.get_way_display()}.{left} {describe_waiting(request)}",
        _HEADINGS,
        tuple(rows),
        state=batch.number,
    )


def _ask(actor: Actor, row: PayoutBatch, values: dict[str, Any]) -> Preview:
    return Preview(describe_waiting(ask_to_approve(actor=actor, batch_id=row.id, note=values["reason"])))


def _decide(actor: Actor, row: PayoutBatch, *, is_approved: bool, reason: str) -> Preview:
    request = pending_request(batch=row)
    if request is None:
        raise Conflict(f"Nobody has asked for {row.number} to be approved.", code=NOT_ASKED)
    decide = approve if is_approved else reject
    decision = decide(actor=actor, approval_id=request.id, reason=reason, kind=KIND.code)
    carried = decision.carried
    return Preview(carried.sentence if carried else f"{row.number} is turned down, and can be undone.")


def _approve(actor: Actor, row: PayoutBatch, values: dict[str, Any]) -> Preview:
    return _decide(actor, row, is_approved=True, reason=values["reason"])


def _reject(actor: Actor, row: PayoutBatch, values: dict[str, Any]) -> Preview:
    return _decide(actor, row, is_approved=False, reason=values["reason"])


def _build(actor: Actor, row: PayoutBatch, values: dict[str, Any]) -> Preview:
    built = build_batch(actor=actor, batch_id=row.id)
    numbers = Payout.objects.filter(company_id=actor.company_id, batch=row.id).order_by("place")
    first, last = numbers[0].reference, numbers.reverse()[0].reference
    return Preview(
        f"{built.number} is built, effective on {built.effective_on}, numbered {first} to {last}. Its file is fixed."
    )


def _send(actor: Actor, row: PayoutBatch, values: dict[str, Any]) -> Preview:
    def run() -> str:
        done = send_batch(actor=actor, batch_id=row.id)
        return f"{format_amount(done.total)} {done.currency} of {done.number} went out on {done.sent_on}."

    return posted_by(actor=actor, run=run)


def _undo(actor: Actor, row: PayoutBatch, values: dict[str, Any]) -> Preview:
    undo_batch(actor=actor, batch_id=row.id, reason=values["reason"])
    return Preview(f"{row.number} is undone: what it covered can be paid again.")


def _file(actor: Actor, row: PayoutBatch) -> HttpResponse:
    return HttpResponseRedirect(reverse("admin:payout_file", args=[row.id]))


def _waiting(row: PayoutBatch) -> Approval | None:
    return pending_request(batch=row) if row.status == _Status.DRAFT else None


def _can_decide(actor: Actor, row: PayoutBatch) -> bool:
    request = _waiting(row)
    return request is not None and actor.user_id not in (request.requested_by_id, row.maker_id)


DRAFT: Final = RowAction(
    name="draft",
    title="Pay drivers",
    permission=PAY,
    icon="payments",
    variant=ActionVariant.PRIMARY,
    form=BatchForm,
    prepare=offer_batch,
    run=_draft,
)
ASK: Final = RowAction(
    name="submit",
    title="Ask for approval",
    permission=PAY,
    icon="how_to_reg",
    variant=ActionVariant.PRIMARY,
    form=OptionalReasonForm,
    run=_ask,
    offered=lambda actor, row: row.status == _Status.DRAFT and _waiting(row) is None,
)
APPROVE_BATCH: Final = RowAction(
    name="approve",
    title="Approve",
    permission=APPROVE,
    icon="check",
    variant=ActionVariant.PRIMARY,
    form=OptionalReasonForm,
    run=_approve,
    offered=_can_decide,
)
REJECT_BATCH: Final = RowAction(
    name="reject",
    title="Turn down",
    permission=APPROVE,
    icon="block",
    form=OptionalReasonForm,
    run=_reject,
    offered=_can_decide,
)
BUILD: Final = RowAction(
    name="build",
    title="Build",
    permission=PAY,
    icon="build",
    variant=ActionVariant.PRIMARY,
    form=OptionalReasonForm,
    run=_build,
    asks=False,
    offered=lambda actor, row: row.status == _Status.APPROVED,
)
FILE: Final = RowLink(
    name="file",
    title="Take the file",
    permission=PAY,
    icon="download",
    leads_to=_file,
    offered=lambda actor, row: (
        row.status in (_Status.BUILT, _Status.SENT) and row.way != PayoutBatch.Way.BY_HAND
    ),
)
CHECKS: Final = RowLink(
    name="checks",
    title="Print checks",
    permission=PAY,
    icon="print",
    leads_to=lambda actor, row: printed_checks(actor=actor, batch_id=row.id).to_response(),
    offered=lambda actor, row: (
        row.status in (_Status.BUILT, _Status.SENT) and row.way == PayoutBatch.Way.CHECK
    ),
)
SEND: Final = RowAction(
    name="send",
    title="It is sent",
    permission=PAY,
    icon="send",
    variant=ActionVariant.PRIMARY,
    form=OptionalReasonForm,
    run=_send,
    asks=False,
    offered=lambda actor, row: row.status == _Status.BUILT,
)
UNDO: Final = RowAction(
    name="undo",
    title="Undo",
    permission=PAY,
    icon="undo",
    variant=ActionVariant.DANGER,
    form=ReasonForm,
    run=_undo,
    offered=lambda actor, row: row.status in (_Status.DRAFT, _Status.APPROVED, _Status.BUILT),
)


CHECK: Final = RowLink(
    name="check",
    title="Print the check",
    permission=PAY,
    icon="print",
    leads_to=lambda actor, row: printed_check(actor=actor, payout_id=row.id).to_response(),
    offered=lambda actor, row: (
        row.batch.way == PayoutBatch.Way.CHECK and row.batch.status in (_Status.BUILT, _Status.SENT)
    ),
)


@admin.register(PayoutBatch)
class PayoutBatchAdmin(ReadOnlyAdmin, RowActionAdmin):
    """Batches of payouts, each with its next step."""

    list_display = (
        *("number", "way", "status", "payout_count", "total", "currency", "bank_account", "effective_on"),
        *("sent_on", "created_by"),
    )
    list_filter = ("status", "way", CurrencyFilter, "sent_on", "total")
    list_select_related = ("bank_account",)
    search_fields = ("^number",)
    ordering = ("-id",)
    totals = ("total",)
    face = PAYOUT_BATCH_FACE
    list_actions = (DRAFT,)
    row_actions = (ASK, APPROVE_BATCH, REJECT_BATCH, BUILD, FILE, CHECKS, SEND, UNDO)


class ItemInline(ReadOnlyInline):
    """The DTRs that it covers."""

    model = PayoutItem
    view_permission = "ledger.view"
    fields = ("dtr", "amount", "kept", "attempt", "state")
    show_change_link = False

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        return super().get_queryset(request).select_related("dtr").prefetch_related("deductions__order")

    @admin.display(description="kept for orders", empty_value="–")
    def kept(self, row: Any) -> str | None:
        """What courts and tax authorities take of it."""
        told = [f"{format_amount(each.amount)} for {each.order}" for each in row.deductions.all()]
        return ", ".join(told) or None


@admin.register(Payout)
class PayoutAdmin(ReadOnlyAdmin, RowActionAdmin):
    """What each driver is paid: an entry of a file, or a check."""

    list_display = ("batch", "place", "payee", "account", "method", "amount", "reference")
    list_filter = ("method", "batch", "customer", "amount")
    list_select_related = ("batch", "account")
    face = PAYOUT_FACE
    search_fields = ("^reference", "payee", "^batch__number")
    ordering = ("-id",)
    inlines = (ItemInline,)
    row_actions = (CHECK,)

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        return super().get_queryset(request).defer("account__account_number")


def _numbers(actor: Actor, rows: models.QuerySet[Any]) -> dict[str, str]:
    """The numbers of the DTRs. Raises InvalidInput for more than one batch covers."""
    numbers = list(rows.order_by("number_order").values_list("number", flat=True)[: MAX_ENTRIES + 1])
    if len(numbers) > MAX_ENTRIES:
        raise InvalidInput(
            f"A batch covers at most {MAX_ENTRIES:,} DTRs: filter the list further.", field="dtr_numbers"
        )
    return {"only": " ".join(numbers)}


add_list_actions(DtrAdmin, DRAFT)
add_chosen_rows(DtrAdmin, ChosenRows(opens=DRAFT, title="Pay these drivers", fill=_numbers))
