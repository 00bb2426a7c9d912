"""The console's pages that take charges and opening balances as a CSV file: upload, preview, confirm, template."""

from __future__ import annotations

import hashlib
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from unfold.decorators import action
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldBooleanWidget

from batconnect.core.console.base import actor_of, has_permission
from batconnect.core.console.confirmations import SEEN, Preview, RowActionAdmin, confirmed
from batconnect.core.console.refusals import show_error, show_in_form
from batconnect.core.files.exports.csv import CsvWriter
from batconnect.core.files.uploads import MAX_BYTES
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Conflict, Refusal
from batconnect.core.kernel.money import format_amount
from ledger.services import ImportReport, import_charges
from ledger.services.imports import COLUMNS

_RIGHT: Final = "ledger.raise_obligation"
_SHOWN_ERRORS: Final = 200
_EXAMPLES: Final = (
    ("EZPASS", "EZ-8841", "26.50", "2026-01-15", "", "00504124", "LS-2054", "", "2026-01-10", "", "no"),
    ("LEASE", "OLD-1", "1,265.00", "2026-01-11", "", "00504124", "LS-2054", "", "", "Old balance", "yes"),
)


class UploadForm(forms.Form):
    """The file, and what to do when some rows are bad."""

    file = forms.FileField(
        widget=UnfoldAdminFileFieldWidget(attrs={"accept": ".csv,text/csv"}),
        help_text="CSV in UTF-8, at most 10,000 rows and 10 MB. Nothing is raised yet: the next page shows a preview.",
    )
    keep_good = forms.BooleanField(
        required=False,
        label="Raise the good rows even if others are bad",
        widget=UnfoldBooleanWidget,
    )

    def clean_file(self) -> UploadedFile:
        """The file, unless it is larger than the service would take."""
        file: UploadedFile = self.cleaned_data["file"]
        if (file.size or 0) > MAX_BYTES:
            raise forms.ValidationError(
                f"The file has {file.size:,} bytes; at most {MAX_BYTES:,} are accepted."
            )
        return file


class ConfirmForm(forms.Form):
    """Which file was previewed, and what was to happen to its bad rows."""

    content_hash = forms.RegexField(r"[0-9a-f]{64}", widget=forms.HiddenInput)
    keep_good = forms.BooleanField(required=False, widget=forms.HiddenInput)


class ChargeUploads(RowActionAdmin):
    """A list with buttons to upload charges and to get the template."""

    actions_list = ("upload_charges", "charges_template")

    def has_raise_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whether the person may raise obligations."""
        return has_permission(request, _RIGHT)

    @action(description="Upload charges", url_path="upload", permissions=["raise"], icon="upload")
    def upload_charges(self, request: HttpRequest) -> HttpResponse:
        """Upload, then a preview of every error and figure, then all of it at once."""
        if not has_permission(request, _RIGHT):
            raise PermissionDenied
        actor = actor_of(request)
        if SEEN in request.POST:
            return self._raise(request, actor)
        form = UploadForm(request.POST or None, request.FILES or None)
        context: dict[str, Any] = {"form": form, "columns": COLUMNS}
        if form.is_valid():
            content = form.cleaned_data["file"].read()
            keep_good = form.cleaned_data["keep_good"]
            try:
                report = import_charges(actor=actor, content=content, dry_run=True, keep_good=keep_good)
            except Refusal as refusal:
                show_in_form(form, refusal, otherwise="file")
            else:
                context |= _seen(actor, content, report, keep_good=keep_good)
        context |= {**self.admin_site.each_context(request), "opts": self.opts, "title": "Upload charges"}
        context["back"] = self._list()
        return TemplateResponse(request, "admin/upload_charges.html", context)

    @action(description="CSV template", url_path="upload-template", permissions=["raise"], icon="download")
    def charges_template(self, request: HttpRequest) -> HttpResponse:
        """The headings with two rows to show how they are filled in."""
        answer = HttpResponse(content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = 'attachment; filename="charges-template.csv"'
        CsvWriter(answer).write_rows((COLUMNS, *_EXAMPLES))
        return answer

    def _raise(self, request: HttpRequest, actor: Actor) -> HttpResponse:
        form = ConfirmForm(request.POST)
        try:
            if not form.is_valid():
                raise Conflict("The preview is incomplete; upload the file again.")
            content_hash, keep_good = form.cleaned_data["content_hash"], form.cleaned_data["keep_good"]
            content = _kept(actor, content_hash)
            preview = confirmed(
                seen=request.POST[SEEN],
                run=lambda: _preview(
                    import_charges(actor=actor, content=content, keep_good=keep_good), keep_good=keep_good
                ),
            )
        except Refusal as refusal:
            show_error(request, refusal)
            return HttpResponseRedirect(request.path)
        default_storage.delete(_name(actor))
        messages.success(request, preview.summary)
        return HttpResponseRedirect(self._list())

    def _list(self) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")


def _seen(actor: Actor, content: bytes, report: ImportReport, *, keep_good: bool) -> dict[str, Any]:
    """What the preview shows; the file is kept until it is confirmed or replaced."""
    default_storage.delete(_name(actor))
    default_storage.save(_name(actor), ContentFile(content))
    shown = report.errors[:_SHOWN_ERRORS]
    return {
        "report": report,
        "total": f"{format_amount(report.total)} {actor.company.base_currency}",
        "digest": _preview(report, keep_good=keep_good).digest,
        "raises": report.created > 0 and (keep_good or not report.errors),
        "errors": {
            "headings": ("line", "field", "code", "what is wrong"),
            "rows": [(error.row, error.field, error.code, error.message) for error in shown],
        },
        "more_errors": len(report.errors) - len(shown),
        "confirm": ConfirmForm(
            initial={"content_hash": hashlib.sha256(content).hexdigest(), "keep_good": keep_good or None}
        ),
    }


def _preview(report: ImportReport, *, keep_good: bool) -> Preview:
    """The preview, equal for the dry run and the action unless something changed in between."""
    return Preview(
        f"Raised: {report.created:,}, {format_amount(report.total)} in all; already there: {report.existing:,}; "
        f"with errors: {len(report.errors):,}.",
        rows=tuple((str(error.row), error.field, error.code, error.message) for error in report.errors),
        state=f"{report.rows} {keep_good}",
    )


def _name(actor: Actor) -> str:
    """One waiting file per person and company: the next takes its place."""
    return f"waiting-uploads/{actor.company_id}/{actor.user_id}.csv"


def _kept(actor: Actor, content_hash: str) -> bytes:
    """The file that was previewed. Raises Conflict when it is gone or was replaced."""
    if default_storage.exists(_name(actor)):
        with default_storage.open(_name(actor)) as file:
            content: bytes = file.read()
        if hashlib.sha256(content).hexdigest() == content_hash:
            return content
    raise Conflict(
        "The file that you previewed has already been raised, or another one replaced it; upload it again."
    )
