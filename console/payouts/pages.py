"""Two pages that no table's list has: taking the file of a batch, and importing a bank's file of returns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldAdminTextInputWidget

from batconnect.core.console.confirmations import SEEN, confirmed, digest_of, previewed
from batconnect.core.console.refusals import show_in_form
from batconnect.core.files.waiting import drop_upload, keep_upload, kept_upload
from batconnect.core.kernel.errors import Conflict, Refusal
from batconnect.core.kernel.money import format_amount
from batconnect.core.kernel.words import format_count
from console.pages import ConsolePage, register_page
from ledger.paying.models import PayoutReturn
from ledger.paying.querysets import downloads_of
from ledger.paying.services.batches import PAY, find_batch
from ledger.paying.services.returns import MAX_BYTES, RECORD, record_returns
from ledger.paying.services.sending import take_file


class TakeForm(forms.Form):
    """Why the file is taken once more; nothing the first time."""

    reason = forms.CharField(
        required=False,
        max_length=500,
        widget=UnfoldAdminTextInputWidget(),
        help_text="Needed from the second time on: 10 to 500 characters. The bank must not get the file twice.",
    )


@register_page
class TakeFile(ConsolePage):
    """The file of a built batch, handed out once, and again with a reason; who took it is kept."""

    route = "payout-batches/<uuid:batch_id>/file/"
    url_name = "payout_file"
    title = "Take the file"
    icon = "download"
    permission = PAY
    template_name = "admin/payouts/file.html"

    def get(self, request: HttpRequest, batch_id: UUID) -> HttpResponse:
        """Who took it so far, and the form."""
        return self._show(batch_id, TakeForm())

    def post(self, request: HttpRequest, batch_id: UUID) -> HttpResponse:
        """The file itself."""
        form = TakeForm(request.POST)
        if not form.is_valid():
            return self._show(batch_id, form)
        try:
            taken = take_file(actor=self.actor, batch_id=batch_id, reason=form.cleaned_data["reason"])
        except Refusal as refusal:
            show_in_form(form, refusal)
            return self._show(batch_id, form)
        answer = HttpResponse(taken.content, content_type="text/plain; charset=us-ascii")
        answer["Content-Disposition"] = f'attachment; filename="{taken.name}"'
        return answer

    def _show(self, batch_id: UUID, form: TakeForm) -> HttpResponse:
        batch = find_batch(actor=self.actor, batch_id=batch_id)
        taken = downloads_of(batch=batch)
        back = reverse("admin:ledger_payoutbatch_change", args=[batch.id])
        return self.page(
            title=f"Take the file of {batch.number}", form=form, batch=batch, taken=taken, back=back
        )


class ReturnsForm(forms.Form):
    """The bank's file. One that was checked is kept for an hour, and named by its checksum."""

    file = forms.FileField(
        label="File",
        required=False,
        widget=UnfoldAdminFileFieldWidget,
        help_text="The bank's NACHA file of returns and notifications of change, as it came.",
    )
    kept = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)
    kept_name = forms.CharField(required=False, max_length=200, widget=forms.HiddenInput)


@dataclass(frozen=True, slots=True)
class _Entries:
    """What a file comes to, entry by entry."""

    rows: tuple[tuple[str, ...], ...]

    @property
    def digest(self) -> str:
        """What the person saw."""
        return digest_of(self.rows)


@register_page
class ImportReturns(ConsolePage):
    """Choose a file of returns, see what it would change, carry it out."""

    route = "payout-returns/import/"
    url_name = "payout_returns_import"
    title = "Import returns"
    icon = "upload_file"
    permission = RECORD
    template_name = "admin/payouts/returns.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """The empty form."""
        return self.page(form=ReturnsForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        """What the file would change; with what was seen, that it does."""
        form = ReturnsForm(request.POST, request.FILES)
        if not form.is_valid():
            return self.page(form=form)
        content, name = self._file(form.cleaned_data)
        if content is None:
            form.add_error("file", "Choose a file; one that was checked is kept for an hour.")
            return self.page(form=form)
        try:
            if SEEN in request.POST:
                told = confirmed(seen=request.POST[SEEN], run=lambda: self._carry_out(content, name))
                drop_upload(self._owner)
                messages.success(
                    request, f"Recorded of {name}: {format_count(len(told.rows), 'entry', 'entries')}."
                )
                return HttpResponseRedirect(reverse("admin:ledger_payoutreturn_changelist"))
            told = previewed(lambda: self._carry_out(content, name))
        except Refusal as refusal:
            show_in_form(form, refusal)
            return self.page(form=form, status=409 if isinstance(refusal, Conflict) else 200)
        checksum = keep_upload(self._owner, content)
        anew = ReturnsForm(initial={"kept": checksum, "kept_name": name})
        return self.page(form=anew, told=told, name=name)

    def _carry_out(self, content: bytes, name: str) -> _Entries:
        done = record_returns(actor=self.actor, content=content, file_name=name)
        return _Entries(tuple(_row(each) for each in done))

    def _file(self, values: dict[str, Any]) -> tuple[bytes | None, str]:
        if (chosen := values["file"]) is not None:
            return chosen.read(MAX_BYTES + 1), str(chosen.name)
        return kept_upload(self._owner, values["kept"]) if values["kept"] else None, values["kept_name"]

    @property
    def _owner(self) -> str:
        return f"payout-returns-{self.actor.company_id}-{self.actor.user_id}"


def _row(row: PayoutReturn) -> tuple[str, ...]:
    payee = f"{row.payout.payee}, {row.payout.batch}" if row.payout else "not ours"
    return (str(row.line), row.code, payee, format_amount(row.amount), row.get_outcome_display(), row.note)
