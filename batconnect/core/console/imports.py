"""The console's pages for files: upload, a preview of everything that would come of it, then exactly that; a template.

A page that shows a table's list gets them by naming its import (`core.files.imports`).
"""

from __future__ import annotations

from dataclasses import dataclass
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
from batconnect.core.console.confirmations import SEEN, Confirmation, digest_of
from batconnect.core.console.refusals import show_error, show_in_form
from batconnect.core.files.exports.csv import CsvWriter
from batconnect.core.files.imports import Import, ImportReport, RowChange
from batconnect.core.files.waiting import drop_upload, keep_upload, kept_upload
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
        return _ImportOfFile(self, request).answer()

    def upload_page(self, request: HttpRequest, **more: Any) -> HttpResponse:
        """The page with what its columns are, and `more` of what is shown."""
        context = {
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
            "back": self.list_address(),
            **more,
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "admin/import.html", context)

    def list_address(self) -> str:
        """The list that the import adds to."""
        return reverse(f"admin:{self.list_url}_changelist")

    def _title(self) -> str:
        return self.import_title or f"Import {self.opts.verbose_name_plural}"

    def _address(self, place: int) -> str:
        return reverse(f"admin:{self.list_url}_{self.import_urls[place][1]}")


@dataclass(frozen=True, slots=True)
class Imported:
    """What a file does, equal for the preview and the action unless something changed in between."""

    report: ImportReport
    summary: str
    sentence: str
    keep_good: bool

    @property
    def digest(self) -> str:
        """Names the figures, every error and every change."""
        changes = [(each.row, each.is_new, *map(repr, each.cells)) for each in self.report.changes]
        return digest_of(self.summary, self.sentence, self.keep_good, self.report.errors, changes)


class _ImportOfFile(Confirmation[Imported]):
    """A file on its way through upload, preview and import. In between it is kept under its owner's name: one waiting
    file per person, company and import, whose place the next one takes."""

    def __init__(self, page: ImportingAdmin, request: HttpRequest) -> None:
        self.page, self.request, self.imports = page, request, page.imports
        self.actor = actor_of(request)
        self.owner = f"{self.actor.company_id}.{self.actor.user_id}.{self.imports.name}"
        self.form = UploadForm(
            None if SEEN in request.POST else request.POST or None,
            request.FILES or None,
            imports=self.imports,
        )
        self.content = b""
        self.keep_good = False

    def answer(self) -> HttpResponse:
        """As every confirmation, once there is a file. Raises PermissionDenied for a file of somebody else."""
        if SEEN in self.request.POST:
            return self.confirm()
        if not self.form.is_valid():
            return self.ask()
        self.content = self.form.cleaned_data["file"].read()
        self.keep_good = self.form.cleaned_data.get("keep_good", False)
        return self.check()

    def run(self) -> Imported:
        report = self.imports.run(actor=self.actor, content=self.content, keep_good=self.keep_good)
        return Imported(
            report,
            f"{self.imports.counted(report)} {self.imports.done}.",
            self.imports.preview(report, currency=self.actor.company.base_currency),
            self.keep_good,
        )

    def commit(self) -> Imported:
        """Carry out what was seen, with the file that was kept. Raises Conflict when it is gone."""
        form = ConfirmForm(self.request.POST)
        if not form.is_valid():
            raise Conflict("The preview is incomplete; upload the file again.")
        owner, _, checksum = form.cleaned_data["file_name"].rpartition(".")
        if owner != self.owner:
            raise PermissionDenied
        content = kept_upload(owner, checksum)
        if content is None:
            raise Conflict(
                f"The file that you previewed has already been {self.imports.done}, an hour has passed, or "
                "another one replaced it; upload it again."
            )
        self.content, self.keep_good = content, form.cleaned_data["keep_good"]
        return super().commit()

    def ask(self, refusal: Refusal | None = None) -> HttpResponse:
        if refusal is not None:
            show_in_form(self.form, refusal, otherwise="file")
        return self.page.upload_page(self.request, form=self.form)

    def show(self, outcome: Imported) -> HttpResponse:
        """The figures, errors and changes; a file that can be confirmed is kept until then."""
        report = outcome.report
        shown: dict[str, Any] = {
            "report": report,
            "sentence": outcome.sentence,
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
        if report.written and (report.created or report.changed):
            checksum = keep_upload(self.owner, self.content)
            initial = {"file_name": f"{self.owner}.{checksum}", "keep_good": self.keep_good or None}
            shown |= {"confirm": ConfirmForm(initial=initial), "digest": outcome.digest}
        return self.page.upload_page(self.request, form=self.form, **shown)

    def done(self, outcome: Imported) -> HttpResponse:
        drop_upload(self.owner)
        messages.success(self.request, outcome.summary)
        return HttpResponseRedirect(self.page.list_address())

    def refuse(self, refusal: Refusal) -> HttpResponse:
        show_error(self.request, refusal)
        return HttpResponseRedirect(self.request.path)


def _told(change: RowChange) -> list[object]:
    """A line of the preview: what stands there, struck out, and what would."""
    cells = [
        new if old == new else format_html("<del>{}</del> <ins>{}</ins>", old, new)
        for old, new in change.cells
    ]
    return [change.row, "new" if change.is_new else "changed", *cells]


def _megabytes(size: int) -> str:
    return f"{size // 1024**2} MB"
