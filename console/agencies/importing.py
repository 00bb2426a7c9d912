"""The page that imports a file of an agency: checked first, its columns named where they have to be, then taken."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from agencies.errors import SameAgencyFile
from agencies.services.layouts import CHANGE, add_layout
from agencies.services.processing import wake_after_commit
from agencies.services.receiving import RIGHT, Bill, Tried, receive_file, try_file
from batconnect.core.console.refusals import show_in_form
from batconnect.core.files.waiting import drop_upload, keep_upload, kept_upload
from batconnect.core.kernel.errors import Refusal
from batconnect.core.serving.throttling import limit_requests
from console.agencies.forms import ColumnsForm, UploadForm
from console.pages import ConsolePage, register_page


@register_page
class ImportAgencyFile(ConsolePage):
    """Choose a file, see what it would bring, take it. A file that no layout fits is shown with what is proposed."""

    route = "agencies/import/"
    url_name = "agency_import"
    title = "Import from an agency"
    icon = "upload_file"
    permission = RIGHT
    template_name = "admin/agencies/import.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """The empty form."""
        return self._show(self._form())

    def post(self, request: HttpRequest) -> HttpResponse:
        """`do` is `check`, which keeps the file only, `columns`, which saves a layout, or `take`."""
        form = self._form(request.POST, request.FILES, offer_again="again_offered" in request.POST)
        if not form.is_valid():
            return self._show(form)
        content, name = self._file(form.cleaned_data)
        if content is None:
            form.add_error("file", "The file that was checked is not kept any more: choose it again.")
            return self._show(form)
        try:
            if request.POST.get("do") == "columns":
                return self._name_columns(form, content, name)
            if request.POST.get("do") == "take":
                return self._take(form.cleaned_data, content, name)
            return self._check(form.cleaned_data, content, name)
        except SameAgencyFile as refusal:
            anew = self._anew(form.cleaned_data, content, name, offer_again=True)
            return self._show(anew, earlier=refusal.message)
        except Refusal as refusal:
            show_in_form(form, refusal)
            return self._show(form)

    def _check(self, values: dict[str, Any], content: bytes, name: str) -> HttpResponse:
        tried = try_file(actor=self.actor, file=BytesIO(content), layout=values["layout"])
        columns = None
        if tried.is_proposed and self.actor.can(CHANGE):
            columns = ColumnsForm(form=tried.form, headings=tried.headings)
        return self._show(self._anew(values, content, name), tried=tried, columns=columns)

    def _name_columns(self, form: UploadForm, content: bytes, name: str) -> HttpResponse:
        """Save the layout, and check the file by it."""
        tried = try_file(actor=self.actor, file=BytesIO(content))
        columns = ColumnsForm(self.request.POST, form=tried.form, headings=tried.headings)
        if columns.is_valid():
            try:
                layout = add_layout(actor=self.actor, **columns.as_layout())
            except Refusal as refusal:
                show_in_form(columns, refusal)
            else:
                messages.success(self.request, f"The layout is saved as {layout.name}.")
                return self._check({**form.cleaned_data, "layout": str(layout.id)}, content, name)
        return self._show(self._anew(form.cleaned_data, content, name), tried=tried, columns=columns)

    def _take(self, values: dict[str, Any], content: bytes, name: str) -> HttpResponse:
        limit_requests(
            name="agency_uploads",
            subject=str(self.actor.company_id),
            limit=settings.THROTTLE_BATCHES_PER_MINUTE,
            seconds=60,
        )
        received = receive_file(
            actor=self.actor,
            file=BytesIO(content),
            file_name=name,
            layout=values["layout"],
            bill=Bill(values["vendor"], values["bill_number"]),
            force=values.get("again", False),
        )
        wake_after_commit(received)
        drop_upload(self._owner)
        lines = "1 line" if received.total_lines == 1 else f"{received.total_lines:,} lines"
        told = f"{lines} taken, to be worked off in the background."
        messages.success(self.request, told)
        return HttpResponseRedirect(reverse("admin:agencies_agencyimport_change", args=[received.id]))

    @property
    def _owner(self) -> str:
        """Whose the kept file is: one of each person and company."""
        return f"{self.actor.company_id}.{self.actor.user_id}.agency"

    def _file(self, values: dict[str, Any]) -> tuple[bytes | None, str]:
        """The file that was chosen, else the one that is kept; None when that is gone."""
        if chosen := values["file"]:
            return chosen.read(), chosen.name or ""
        return kept_upload(self._owner, values["kept"]), values["kept_name"]

    def _form(self, *given: Any, **options: Any) -> UploadForm:
        return UploadForm(*given, actor=self.actor, **options)

    def _anew(
        self, values: dict[str, Any], content: bytes, name: str, *, offer_again: bool = False
    ) -> UploadForm:
        """The form as it was filled in, with the file kept for the next click."""
        kept = {"kept": keep_upload(self._owner, content), "kept_name": name[:200]}
        said = {each: values[each] for each in ("layout", "vendor", "bill_number")}
        return self._form(initial={**said, **kept}, offer_again=offer_again or "again" in values)

    def _show(self, form: UploadForm, *, tried: Tried | None = None, **more: Any) -> HttpResponse:
        return self.page(
            form=form,
            again_offered="again" in form.fields,
            kept=form["kept_name"].value(),
            tried=tried,
            **more,
        )
