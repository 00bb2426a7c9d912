"""Payments by file: checked on the page, then received as a batch, which its own page follows."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from batconnect.core.console.refusals import show_in_form
from batconnect.core.kernel.errors import Refusal
from batconnect.core.serving.throttling import limit_requests
from console.pages import ConsolePage, register_page
from console.uploads.forms import UploadForm
from payments.batches.errors import SameFile
from payments.batches.models import PaymentBatch
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
        """`do` is `check`, which writes nothing, or `take`."""
        offer_again = "again_offered" in request.POST
        form = UploadForm(
            request.POST, request.FILES, company_id=self.actor.company_id, offer_again=offer_again
        )
        if not form.is_valid():
            return self._show(form, again_offered=offer_again)
        try:
            intake = self._intake(form.cleaned_data)
            if request.POST.get("do") == "check":
                checked = dry_run_document(dry_run(actor=self.actor, intake=intake))
                return self._show(form, checked=checked, again_offered=offer_again)
            return self._take(intake, form.cleaned_data)
        except SameFile as refusal:
            return self._show_again(form, refusal)
        except Refusal as refusal:
            show_in_form(form, refusal)
            return self._show(form, again_offered=offer_again)

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

    def _intake(self, values: dict[str, Any]) -> Intake:
        file = values["file"]
        if values["source_type"] == PaymentBatch.Source.CSV_IMPORT.value:
            return read_csv_import(file=file, file_name=file.name)
        return read_bank_feed(
            actor=self.actor,
            file=file,
            file_name=file.name,
            mapping=values["mapping"],
            strategy=values["allocation_strategy"],
        )

    def _show_again(self, form: UploadForm, refusal: SameFile) -> HttpResponse:
        """Say which batch has the file already, and offer to take it anyway."""
        anew = UploadForm(
            initial={name: form.cleaned_data[name] for name in form.fields if name not in ("file", "again")},
            company_id=self.actor.company_id,
            offer_again=True,
        )
        return self._show(anew, earlier=refusal.extra, again_offered=True)

    def _show(self, form: UploadForm, **more: Any) -> HttpResponse:
        return self.page(form=form, **more)
