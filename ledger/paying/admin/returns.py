"""The console's page of what came back of payouts, and the action on a payout."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.contrib import admin
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from unfold.enums import ActionVariant
from unfold.widgets import UnfoldAdminTextInputWidget

from batconnect.core.console.base import ReadOnlyAdmin
from batconnect.core.console.confirmations import Preview
from batconnect.core.console.row_actions import RowAction, RowActionAdmin, RowLink, add_row_actions
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.money import format_amount
from ledger.paying.admin.batches import PayoutAdmin
from ledger.paying.admin.forms import text
from ledger.paying.faces import RETURN_FACE
from ledger.paying.models import Payout, PayoutItem, PayoutReturn
from ledger.paying.services.returns import RECORD, record_return
from ledger.previews import posted_by


class ReturnForm(forms.Form):
    """Why it came back."""

    code = forms.CharField(
        max_length=6,
        widget=UnfoldAdminTextInputWidget(),
        help_text="The bank's code, R01 to R85; of a check VOID, STOP, or STALE when it was never cashed.",
    )
    note = text("Note", 300)


def _return(actor: Actor, row: Payout, values: dict[str, Any]) -> Preview:
    def run() -> str:
        done = record_return(actor=actor, payout_id=row.id, code=values["code"], note=values["note"])
        return f"{format_amount(done.amount)} to {row.payee} came back, and is due again."

    return posted_by(actor=actor, run=run)


def _upload(actor: Actor, row: None) -> HttpResponse:
    return HttpResponseRedirect(reverse("admin:payout_returns_import"))


def _is_out(actor: Actor, row: Payout) -> bool:
    rows = PayoutItem.objects.filter(company_id=row.company_id, payout=row.id, state=PayoutItem.State.SENT)
    return rows.exists()


RETURN: Final = RowAction(
    name="came_back",
    title="It came back",
    permission=RECORD,
    icon="undo",
    variant=ActionVariant.DANGER,
    form=ReturnForm,
    run=_return,
    offered=_is_out,
)
UPLOAD: Final = RowLink(
    name="upload",
    title="Import a file of returns",
    permission=RECORD,
    icon="upload_file",
    variant=ActionVariant.PRIMARY,
    leads_to=_upload,
)

add_row_actions(PayoutAdmin, RETURN)


@admin.register(PayoutReturn)
class PayoutReturnAdmin(ReadOnlyAdmin, RowActionAdmin):
    """What banks said of payouts: what came back, which accounts they correct, and what is not ours."""

    list_display = ("recorded_at", "code", "outcome", "payout", "amount", "trace", "note", "recorded_by")
    list_filter = ("outcome", "code", "recorded_at", "amount")
    list_select_related = ("payout",)
    search_fields = ("^trace", "payout__payee", "^code")
    told_with = ("payout__batch", "payout__customer")
    ordering = ("-id",)
    list_actions = (UPLOAD,)
    face = RETURN_FACE
