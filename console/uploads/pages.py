"""Payments by file: checked on the page, then received as a batch, which its own page follows."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.files.base import ContentFile
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from batconnect.core.console.refusals import show_in_form
from batconnect.core.files.waiting import drop_upload, keep_upload, kept_upload
from batconnect.core.kernel.errors import Refusal
from batconnect.core.serving.throttling import limit_requests
from console.pages import ConsolePage, register_page
from console.uploads.forms import UploadForm
from payments.batches.errors import SameFile
from payments.batches.models import PaymentBatch
from payments.batches.rules.readings import MONTH_FIRST, POINT, Reading
from payments.batches.serializers import dry_run_document
from payments.batches.services.intake import Intake, read_bank_feed, read_csv_import
from payments.batches.services.processing import wake_after_commit
from payments.batches.services.receiving import dry_run, receive_batch
from payments.batches.views import template_file


@register_page
class UploadPayments(ConsolePage):
    """Choose a file, see what would become of it, take it. A file is taken again only when that is asked for."""

    route = "uploads/payments/"
    url_name = "upload_payments"
    title = "Upload payments"
    icon = "upload"
    permission = "payments.import_batches"
    template_name = "admin/uploads/payments.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """The empty form; with `?template=csv` the file to begin with."""
        if "template" in request.GET:
            return template_file(currency=self.actor.company.base_currency)
        return self._show(UploadForm(company_id=self.actor.company_id))

    def post(self, request: HttpRequest) -> HttpResponse:
        """`do` is `check`, which writes nothing and keeps the file, or `take`."""
        offer_again = "again_offered" in request.POST
        form = UploadForm(
            request.POST, request.FILES, company_id=self.actor.company_id, offer_again=offer_again
        )
        if not form.is_valid():
            return self._show(form, again_offered=offer_again)
        file = self._file(form.cleaned_data)
        if file is None:
            form.add_error("file", "The file that was checked is not kept any more: choose it again.")
            return self._show(form, again_offered=offer_again)
        try:
            intake = self._intake(file, form.cleaned_data)
            if request.POST.get("do") == "check":
                checked = dry_run_document(dry_run(actor=self.actor, intake=intake))
                return self._show(
                    self._anew(form, file), checked=checked, again_offered=offer_again, kept=file.name
                )
            taken = self._take(intake, form.cleaned_data)
            drop_upload(self._owner)
            return taken
        except SameFile as refusal:
            return self._show_again(form, file, refusal)
        except Refusal as refusal:
            show_in_form(form, refusal)
            return self._show(form, again_offered=offer_again)

    @property
    def _owner(self) -> str:
        """Whose the kept file is: one of each person and company."""
        return f"{self.actor.company_id}.{self.actor.user_id}.payments"

    def _file(self, values: dict[str, Any]) -> ContentFile[bytes] | None:
        """The file that was chosen, else the one that is kept; None when that is gone."""
        if chosen := values["file"]:
            return ContentFile(chosen.read(), name=chosen.name)
        content = kept_upload(self._owner, values["kept"])
        return None if content is None else ContentFile(content, name=values["kept_name"] or "payments.csv")

    def _anew(
        self, form: UploadForm, file: ContentFile[bytes], *, offer_again: bool | None = None
    ) -> UploadForm:
        """The form as it was filled in, with the file kept for the next click."""
        file.seek(0)
        kept = {"kept": keep_upload(self._owner, file.read()), "kept_name": file.name}
        return UploadForm(
            initial={name: form.cleaned_data[name] for name in form.fields if name not in ("file", "again")}
            | kept,
            company_id=self.actor.company_id,
            offer_again="again" in form.fields if offer_again is None else offer_again,
        )

    def _take(self, intake: Intake, values: dict[str, Any]) -> HttpResponse:
        """Receive it and go on to the batch's page, where its rows are seen to be worked off."""
        limit_requests(
            name="batch_uploads",
            subject=str(self.actor.company_id),
            limit=settings.THROTTLE_BATCHES_PER_MINUTE,
            seconds=60,
        )
        batch = receive_batch(
            actor=self.actor, intake=intake, notes=values["notes"], force=values.get("again", False)
        )
        wake_after_commit(batch)
        return HttpResponseRedirect(reverse("admin:payments_paymentbatch_change", args=[batch.pk]))

    def _intake(self, file: ContentFile[bytes], values: dict[str, Any]) -> Intake:
        name = file.name or ""
        if values["source_type"] == PaymentBatch.Source.CSV_IMPORT.value:
            reading = Reading(values["decimal_sign"] or POINT, values["date_order"] or MONTH_FIRST)
            return read_csv_import(file=file, file_name=name, reading=reading)
        return read_bank_feed(
            actor=self.actor,
            file=file,
            file_name=name,
            mapping=values["mapping"],
            strategy=values["allocation_strategy"],
            bank_account_id=UUID(values["bank_account"]) if values["bank_account"] else None,
        )

    def _show_again(self, form: UploadForm, file: ContentFile[bytes], refusal: SameFile) -> HttpResponse:
        """Say which batch has the file already, and offer to take it anyway."""
        anew = self._anew(form, file, offer_again=True)
        return self._show(anew, earlier=refusal.extra, again_offered=True, kept=file.name)

    def _show(self, form: UploadForm, **more: Any) -> HttpResponse:
        return self.page(form=form, **more)
