"""The console's entry points for files of the directory: import with a preview, export, each by its own right."""

from __future__ import annotations

import inspect
import time
from pathlib import Path
from typing import Any, ClassVar, Final
from uuid import uuid4

from django import forms
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from import_export.admin import ImportExportModelAdmin
from import_export.forms import ConfirmImportForm
from import_export.results import Result, RowResult
from import_export.tmp_storages import BaseStorage
from unfold.contrib.import_export.forms import ExportForm, ImportForm

from batconnect.core.audit import record_event
from batconnect.core.console.base import BaseAdmin, actor_of, has_permission
from batconnect.core.files.storage import open_private, private_folder
from batconnect.core.kernel.errors import Conflict, InvalidInput
from batconnect.directory.sheets import (
    LARGEST_FILE_BYTES,
    MAX_EXPORTED_ROWS,
    MAX_ROWS,
    SheetCSV,
    SheetXLSX,
    UnreadableSheet,
)

IMPORT, EXPORT = "directory.import", "directory.export"
_KEEP_SECONDS: Final = 3600


class UploadForm(ImportForm):
    """The file; `owner` is whose it is from then on."""

    def __init__(self, *args: Any, owner: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.owner = owner
        self.fields[
            "import_file"
        ].help_text = (
            f"CSV (UTF-8) or Excel, at most {MAX_ROWS:,} rows and {LARGEST_FILE_BYTES // 1024**2} MB."
        )

    def clean_import_file(self) -> Any:
        """The file, marked as its owner's."""
        file = self.cleaned_data["import_file"]
        if file.size > LARGEST_FILE_BYTES:
            raise forms.ValidationError(f"A file may have at most {LARGEST_FILE_BYTES // 1024**2} MB.")
        file.owner = self.owner
        return file


class SeenForm(ConfirmImportForm):
    """The confirmation carries what was shown."""

    seen = forms.CharField(widget=forms.HiddenInput())


class UploadedFiles(BaseStorage):
    """Files between preview and confirmation: below MEDIA_ROOT, which all web processes share, for an hour."""

    def save(self, data: bytes) -> None:
        folder = private_folder("imports")
        for old in folder.iterdir():
            if time.time() - old.stat().st_mtime > _KEEP_SECONDS:
                old.unlink(missing_ok=True)
        with open_private(self.path()) as file:
            file.write(data)

    def read(self) -> bytes:
        """The content. Raises Conflict when it is no longer there."""
        try:
            return self.path().read_bytes()
        except FileNotFoundError as error:
            raise Conflict(
                "This file has already been imported, or an hour has passed: upload it again."
            ) from error

    def remove(self) -> None:
        self.path().unlink(missing_ok=True)

    def folder(self) -> Path:
        """Where they lie."""
        return Path(settings.MEDIA_ROOT) / "imports"

    def path(self) -> Path:
        """The file; a name is a name, never a path."""
        return self.folder() / Path(str(self.name)).name


class TransferAdmin(BaseAdmin, ImportExportModelAdmin):
    """A page whose rows come and go as files; declare `resource_classes`."""

    import_form_class = UploadForm
    confirm_form_class = SeenForm
    export_form_class = ExportForm
    import_formats: ClassVar = (SheetCSV, SheetXLSX)
    export_formats: ClassVar = (SheetCSV, SheetXLSX)
    tmp_storage_class = UploadedFiles
    skip_admin_log = True

    def has_import_permission(self, request: HttpRequest) -> bool:
        return has_permission(request, IMPORT) and has_permission(request, self.change_permission)

    def has_export_permission(self, request: HttpRequest) -> bool:
        return has_permission(request, EXPORT) and has_permission(request, self.view_permission)

    def get_import_form_kwargs(self, request: HttpRequest) -> dict[str, Any]:
        options: dict[str, Any] = super().get_import_form_kwargs(request)
        return {**options, "owner": _owner(request)}

    def import_action(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """The form, or what came of the file."""
        return self._titled(super().import_action(request, **kwargs), "Import")

    def export_action(self, request: HttpRequest) -> HttpResponse:
        """The form, or the file."""
        return self._titled(super().export_action(request), "Export")

    def _titled(self, answer: Any, action: str) -> HttpResponse:
        """The page, saying what of and where else to go; a file as it is."""
        if isinstance(answer, TemplateResponse):
            name = f"admin:{self.opts.app_label}_{self.opts.model_name}"
            (resource,) = self.resource_classes
            answer.context_data = {
                **(answer.context_data or {}),
                "title": f"{action} {self.opts.verbose_name_plural}",
                "told": inspect.getdoc(resource),
                "list_page": reverse(f"{name}_changelist"),
                "export_page": reverse(f"{name}_export"),
            }
        response: HttpResponse = answer
        return response

    def write_to_tmp_storage(self, import_file: Any, input_format: Any) -> UploadedFiles:
        storage = UploadedFiles(name=f"{import_file.owner}.{uuid4().hex}")
        storage.save(import_file.read())
        return storage

    def get_confirm_form_kwargs(self, request: HttpRequest, import_form: Any = None) -> dict[str, Any]:
        options: dict[str, Any] = super().get_confirm_form_kwargs(request, import_form)
        if import_form is not None:
            options["initial"]["seen"] = getattr(request, "import_seen", "")
        return options

    def process_import(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Carry out what was seen. Raises PermissionDenied for a file of somebody else, or of another company."""
        named = request.POST.get("import_file_name", "")
        if self.has_import_permission(request) and named and not named.startswith(f"{_owner(request)}."):
            raise PermissionDenied
        answer: HttpResponse = super().process_import(request, **kwargs)
        return answer

    def process_result(self, result: Result, request: HttpRequest) -> HttpResponse:
        """All rows or none, and only what the preview showed. Raises InvalidInput, Conflict."""
        if result.has_errors() or result.has_validation_errors():
            raise InvalidInput(f"Nothing was imported: {'; '.join(_problems(result)[:10])}")
        if not constant_time_compare(getattr(request, "import_seen", ""), request.POST.get("seen", "")):
            raise Conflict(
                "The directory has changed since the preview, so nothing was imported. Upload the file again."
            )
        totals = {kind: result.totals[kind] for kind in ("new", "update", "skip")}
        self._note(request, IMPORT, totals)
        answer: HttpResponse = super().process_result(result, request)
        return answer

    def add_success_message(self, result: Result, request: HttpRequest) -> None:
        new, changed, same = (result.totals[kind] for kind in ("new", "update", "skip"))
        self.message_user(request, f"Imported: {new} new, {changed} changed, {same} as they were.")

    def add_data_read_fail_error_to_form(self, form: Any, e: Exception) -> None:
        known = isinstance(e, UnreadableSheet)
        form.add_error("import_file", str(e) if known else "This file cannot be read in the chosen format.")

    def get_export_data(self, file_format: Any, request: HttpRequest, queryset: Any, **kwargs: Any) -> bytes:
        """The file's bytes; who exported how many rows is noted. Raises PermissionDenied, InvalidInput."""
        if not self.has_export_permission(request):
            raise PermissionDenied
        count = queryset[: MAX_EXPORTED_ROWS + 1].count()
        if count > MAX_EXPORTED_ROWS:
            raise InvalidInput(f"At most {MAX_EXPORTED_ROWS:,} rows at once: filter the list first.")
        native = isinstance(file_format, SheetXLSX)
        data = self.get_data_for_export(request, queryset, force_native_type=native, **kwargs)
        self._note(request, EXPORT, {"rows": count, "format": file_format.get_extension()})
        content: bytes = file_format.export_data(data)
        return content

    def get_resource_kwargs(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        return {"actor": actor_of(request)}

    def _note(self, request: HttpRequest, action: str, details: dict[str, Any]) -> None:
        record_event(
            actor=actor_of(request),
            action=action,
            subject_type=str(self.opts.model_name),
            subject_id="",
            details=details,
        )


def _owner(request: HttpRequest) -> str:
    return f"{actor_of(request).company_id}.{request.user.pk}"


def _problems(result: Result) -> list[str]:
    """What is wrong, by the rows of the file: its headings are row 1."""
    problems = [str(error.error) for error in result.base_errors]
    problems += [
        f"row {number + 1}: {error.error}"
        for number, row in enumerate(result.rows, start=1)
        if isinstance(row, RowResult)
        for error in row.errors
    ]
    problems += [f"row {row.number + 1}: {' '.join(row.error.messages)}" for row in result.invalid_rows]
    return problems
