"""The console's entry points for files of the directory: import with a preview, export, each by its own right."""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Final

from django import forms
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from unfold.widgets import UnfoldAdminSelectWidget

from batconnect.core.audit import record_event
from batconnect.core.console.base import actor_of, has_permission
from batconnect.core.console.imports import ImportingAdmin
from batconnect.core.files.exports import FORMATS
from batconnect.core.files.exports.columns import Column, Sheet
from batconnect.core.files.exports.csv import write_csv
from batconnect.core.files.exports.excel import write_excel
from batconnect.core.files.formulas import escape_reversibly
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.errors import InvalidInput
from batconnect.directory.imports import DirectoryImport

EXPORT: Final = "directory.export"
MAX_EXPORTED_ROWS: Final = 50_000
_CHUNK: Final = 1_000


class ExportForm(forms.Form):
    """Which kind of file."""

    format = forms.ChoiceField(choices=(("csv", "CSV"), ("excel", "Excel")), widget=UnfoldAdminSelectWidget)


class TransferAdmin(ImportingAdmin):
    """A page whose rows come and go as files; declare `imports`."""

    imports: ClassVar[DirectoryImport]

    def has_import_permission(self, request: HttpRequest) -> bool:
        return super().has_import_permission(request) and has_permission(request, self.change_permission)

    def has_export_permission(self, request: HttpRequest) -> bool:
        """Whether the person may take the whole list away."""
        return has_permission(request, EXPORT) and has_permission(request, self.view_permission)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.export_view)
        return [path("export/", view, name=f"{self.list_url}_export"), *super().get_urls()]

    def file_pages(self, request: HttpRequest) -> list[tuple[str, str]]:
        pages = super().file_pages(request)
        if address := self.export_url(request):
            query = request.GET.urlencode()
            pages.append(("Export", f"{address}?{query}" if query else address))
        return pages

    def export_url(self, request: HttpRequest) -> str:
        may = self.has_export_permission(request)
        return reverse(f"admin:{self.list_url}_export") if may else ""

    def export_view(self, request: HttpRequest) -> HttpResponse:
        """The form, or the rows that the list is filtered to. Raises PermissionDenied, InvalidInput."""
        if not self.has_export_permission(request):
            raise PermissionDenied
        form = ExportForm(request.POST or None)
        if form.is_valid():
            return self._file(request, form.cleaned_data["format"])
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": f"Export {self.opts.verbose_name_plural}",
            "form": form,
            "columns": self.imports.headings,
            "back": reverse(f"admin:{self.list_url}_changelist"),
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "admin/directory/export.html", context)

    def _file(self, request: HttpRequest, format: str) -> HttpResponse:
        rows = self.imports.exported(self.uncounted(request, request.GET).queryset)
        count = rows.order_by()[: MAX_EXPORTED_ROWS + 1].count()
        if count > MAX_EXPORTED_ROWS:
            raise InvalidInput(f"At most {MAX_EXPORTED_ROWS:,} rows at once: filter the list first.")
        extension, content_type, *_ = FORMATS[format]
        actor = actor_of(request)
        file = io.BytesIO()
        sheet = Sheet(
            title=str(self.opts.verbose_name_plural).capitalize(),
            columns=[Column(each.name, each.name, each.kind) for each in self.imports.columns],
            rows=self._rows(rows, is_csv=format == "csv"),
            actor=actor,
            filters=(),
        )
        if format == "csv":
            file.write(codecs.BOM_UTF8)  # by which Excel knows UTF-8
        (write_csv if format == "csv" else write_excel)(file, sheet)
        record_event(
            actor=actor,
            action=EXPORT,
            subject_type=str(self.opts.model_name),
            subject_id="",
            details={"rows": count, "format": extension},
        )
        name = f"{self.imports.name}-{today(actor.company)}.{extension}"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return HttpResponse(file.getvalue(), content_type=content_type, headers=headers)

    def _rows(self, rows: QuerySet[Any], *, is_csv: bool) -> Iterator[Mapping[str, Any]]:
        """What an import reads back: in CSV what a spreadsheet would run is escaped, a workbook's texts are texts."""
        for row in rows.iterator(chunk_size=_CHUNK):
            shown = {each.name: self.imports.shown(each, row) for each in self.imports.columns}
            if is_csv:
                shown = {
                    name: escape_reversibly(value) if isinstance(value, str) else value
                    for name, value in shown.items()
                }
            yield shown
