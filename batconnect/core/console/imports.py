"""The console's pages for files: upload, a preview of everything that would come of it, then exactly that; a template.

A page that shows a table's list gets them by naming its import (`core.files.imports`).
"""

from __future__ import annotations

from typing import Any, ClassVar, Final

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldBooleanWidget

from batconnect.core.console.base import BaseAdmin, actor_of, has_permission
from batconnect.core.console.confirmations import SEEN, Preview, confirmed, show_error
from batconnect.core.files.exports.csv import CsvWriter
from batconnect.core.files.imports import Import, ImportReport, RowChange
from batconnect.core.files.waiting import drop_upload, keep_upload, kept_upload
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Conflict, Refusal

_SHOWN_ERRORS: Final = 200


class UploadForm(forms.Form):
    """The file, and what to do when some rows are bad."""

    file = forms.FileField(widget=UnfoldAdminFileFieldWidget(attrs={"accept": ".csv,.xlsx,text/csv"}))
    keep_good = forms.BooleanField(
        required=False, label="Take the good rows even if others are bad", widget=UnfoldBooleanWidget
    )

    def __init__(self, *args: Any, imports: Import, **options: Any) -> None:
        super().__init__(*args, **options)
        self._max_bytes = imports.max_bytes
        self.fields[
            "file"
        ].help_text = (
            f"CSV or Excel (.xlsx), at most {imports.max_rows:,} rows and {_megabytes(imports.max_bytes)}."
        )
        if not imports.keeps_good:
            del self.fields["keep_good"]

    def clean_file(self) -> Any:
        """The file, unless it is larger than the import takes."""
        file = self.cleaned_data["file"]
        if (file.size or 0) > self._max_bytes:
            raise forms.ValidationError(
                f"The file has {file.size:,} bytes; at most {_megabytes(self._max_bytes)} are accepted."
            )
        return file


class ConfirmForm(forms.Form):
    """Which file was previewed, whose it is, and what was to happen to its bad rows."""

    file_name = forms.CharField(max_length=200, widget=forms.HiddenInput)
    keep_good = forms.BooleanField(required=False, widget=forms.HiddenInput)


class ImportingAdmin(BaseAdmin):
    """A list with pages to upload what `imports` takes, and to get its template."""

    imports: ClassVar[Import]
    import_title: ClassVar[str] = ""
    """What the page is called, where that is not “Import” with what the list shows."""
    # Path and name of the upload, and of its template.
    import_urls: ClassVar[tuple[tuple[str, str], tuple[str, str]]] = (
        ("import/", "import"),
        ("import-template/", "import_template"),
    )

    def has_import_permission(self, request: HttpRequest) -> bool:
        """Whether the person may do what the import does."""
        return has_permission(request, self.imports.permission)

    def get_urls(self) -> list[URLPattern]:
        views = (self.import_view, self.template_view)
        return [
            *(
                path(there, self.admin_site.admin_view(view), name=f"{self.list_url}_{name}")
                for (there, name), view in zip(self.import_urls, views, strict=True)
            ),
            *super().get_urls(),
        ]

    def file_pages(self, request: HttpRequest) -> list[tuple[str, str]]:
        """Where the list's files come in and go out: title and address."""
        may = self.has_import_permission(request)
        return [(self._title(), self._address(0)), ("CSV template", self._address(1))] if may else []

    def export_url(self, request: HttpRequest) -> str:
        """Where a file with these columns comes from; "" where there is none."""
        return ""

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        context = {"file_pages": self.file_pages(request), **(extra_context or {})}
        return super().changelist_view(request, context)

    def template_view(self, request: HttpRequest) -> HttpResponse:
        """The headings with rows to show how they are filled in. Raises PermissionDenied."""
        if not self.has_import_permission(request):
            raise PermissionDenied
        answer = HttpResponse(content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="{self.imports.name}-template.csv"'
        CsvWriter(answer).write_rows(self.imports.template())
        return answer

    def import_view(self, request: HttpRequest) -> HttpResponse:
        """The upload, then a preview of every error and figure, then all of it at once. Raises PermissionDenied."""
        if not self.has_import_permission(request):
            raise PermissionDenied
        actor = actor_of(request)
        if SEEN in request.POST:
            return self._confirm(request, actor)
        form = UploadForm(request.POST or None, request.FILES or None, imports=self.imports)
        context: dict[str, Any] = {"form": form}
        if form.is_valid():
            content = form.cleaned_data["file"].read()
            keep_good = form.cleaned_data.get("keep_good", False)
            try:
                report = self.imports.run(actor=actor, content=content, dry_run=True, keep_good=keep_good)
            except Refusal as refusal:
                form.add_error("file", refusal.message)
            else:
                context |= self._seen(actor, content, report, keep_good=keep_good)
        context |= {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": self._title(),
            "imports": self.imports,
            "columns": {
                "headings": ("heading", "required", "what it holds", "example"),
                "rows": [
                    (each.name, "yes" if each.required else "", each.help, "".join(each.examples[:1]))
                    for each in self.imports.columns
                ],
            },
            "template_url": self._address(1),
            "export_url": self.export_url(request),
            "back": self._list(),
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "admin/import.html", context)

    def _seen(self, actor: Actor, content: bytes, report: ImportReport, *, keep_good: bool) -> dict[str, Any]:
        """What the preview shows; a file that can be confirmed is kept until then, or until another one comes."""
        owner = self._owner(actor)
        makes = (report.created or report.changed) and (not report.errors or keep_good)
        shown: dict[str, Any] = {
            "report": report,
            "sentence": self.imports.preview(report, currency=actor.company.base_currency),
            "errors": {
                "headings": ("line", "column", "what is wrong"),
                "rows": [(each.row, each.field, each.message) for each in report.errors[:_SHOWN_ERRORS]],
            },
            "more_errors": len(report.errors) - _SHOWN_ERRORS,
            "changes": {
                "headings": ("line", "row", *report.changed_columns),
                "rows": [_told(change) for change in report.changes],
            },
        }
        if makes:
            checksum = keep_upload(owner, content)
            initial = {"file_name": f"{owner}.{checksum}", "keep_good": keep_good or None}
            shown["confirm"] = ConfirmForm(initial=initial)
            shown["digest"] = self._preview(report, keep_good=keep_good).digest
        return shown

    def _confirm(self, request: HttpRequest, actor: Actor) -> HttpResponse:
        """Carry out what was seen. Raises PermissionDenied for a file of somebody else, or of another company."""
        form, owner = ConfirmForm(request.POST), self._owner(actor)
        try:
            if not form.is_valid():
                raise Conflict("The preview is incomplete; upload the file again.")
            named, _, checksum = form.cleaned_data["file_name"].rpartition(".")
            if named != owner:
                raise PermissionDenied
            content = kept_upload(owner, checksum)
            if content is None:
                raise Conflict(
                    f"The file that you previewed has already been {self.imports.done}, an hour has passed, or "
                    "another one replaced it; upload it again."
                )
            keep_good = form.cleaned_data["keep_good"]
            preview = confirmed(
                seen=request.POST[SEEN], run=lambda: self._carry_out(actor, content, keep_good=keep_good)
            )
        except Refusal as refusal:
            show_error(request, refusal)
            return HttpResponseRedirect(request.path)
        drop_upload(owner)
        messages.success(request, preview.summary)
        return HttpResponseRedirect(self._list())

    def _carry_out(self, actor: Actor, content: bytes, *, keep_good: bool) -> Preview:
        report = self.imports.run(actor=actor, content=content, keep_good=keep_good)
        if not report.written:
            raise Conflict("The file has rows that are wrong, so nothing was done. Look at it again.")
        return self._preview(report, keep_good=keep_good)

    def _preview(self, report: ImportReport, *, keep_good: bool) -> Preview:
        """What the file does, equal for the dry run and the action unless something changed in between."""
        rows = [tuple(map(str, error)) for error in report.errors]
        rows += [(str(each.row), str(each.is_new), *map(repr, each.cells)) for each in report.changes]
        return Preview(
            f"{self.imports.counted(report)} {self.imports.done}.",
            rows=tuple(rows),
            state=f"{self.imports.preview(report, currency='')} {keep_good}",
        )

    def _title(self) -> str:
        return self.import_title or f"Import {self.opts.verbose_name_plural}"

    def _owner(self, actor: Actor) -> str:
        """One waiting file per person, company and import: the next takes its place."""
        return f"{actor.company_id}.{actor.user_id}.{self.imports.name}"

    def _address(self, place: int) -> str:
        return reverse(f"admin:{self.list_url}_{self.import_urls[place][1]}")

    def _list(self) -> str:
        return reverse(f"admin:{self.list_url}_changelist")


def _told(change: RowChange) -> list[object]:
    """A line of the preview: what stands there, struck out, and what would."""
    cells = [
        new if old == new else format_html("<del>{}</del> <ins>{}</ins>", old, new)
        for old, new in change.cells
    ]
    return [change.row, "new" if change.is_new else "changed", *cells]


def _megabytes(size: int) -> str:
    return f"{size // 1024**2} MB"
