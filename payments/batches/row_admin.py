"""The console's page on which a failed row of a batch is repaired in place."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from unfold.widgets import UnfoldAdminTextInputWidget

from batconnect.core.console.base import actor_of, has_permission
from batconnect.core.console.refusals import show_in_form
from batconnect.core.kernel.errors import Conflict, Refusal
from payments.batches.models import PaymentBatch, PaymentBatchRow
from payments.batches.row_shapes import row_etag
from payments.batches.rules.columns import COLUMNS
from payments.batches.rules.layouts import editable_cells
from payments.batches.rules.origins import ORIGIN
from payments.batches.serializers import faults_of
from payments.batches.services.following import error_rows
from payments.batches.services.origins import superseded_rows
from payments.batches.services.processing import wake_after_commit
from payments.batches.services.repairing import LONGEST_CELL, Repaired, repair_row

MANAGE: Final = "payments.import_batches"
_LABELS: Final = {"entity_id": "Entity id", "license": "TLC license"}


class CellsForm(forms.Form):
    """A cell for each column, and what of the row was looked at."""

    seen = forms.CharField(widget=forms.HiddenInput, max_length=64)

    def __init__(self, *args: Any, columns: tuple[str, ...], **options: Any) -> None:
        super().__init__(*args, **options)
        for name in columns:
            self.fields[name] = forms.CharField(
                required=False,
                strip=True,
                max_length=LONGEST_CELL,
                label=_LABELS.get(name, name.replace("_", " ").capitalize()),
                widget=UnfoldAdminTextInputWidget,
            )


def repairable_rows(batch: PaymentBatch) -> list[PaymentBatchRow]:
    """The failed rows that may be repaired here."""
    if batch.layout["bank"] or batch.undone_at is not None:
        return []
    superseded = superseded_rows(company_id=batch.company_id, batch_id=batch.id)
    return [each for each in error_rows(batch) if each.row_no not in superseded]


def repair_page(page: ModelAdmin[Any], request: HttpRequest, batch: PaymentBatch) -> HttpResponse:
    """The row of `?row=`, else the first that failed: its cells, changed and checked again. Raises PermissionDenied."""
    if not has_permission(request, MANAGE):
        raise PermissionDenied
    failed = repairable_rows(batch)
    named = request.GET.get("row", "")
    row = next((each for each in failed if not named or str(each.row_no) == named), None)
    if row is None:
        return _show(page, request, batch, None, None)
    if request.method != "POST":
        return _show(page, request, batch, row, _filled(batch, row))
    form = CellsForm(request.POST, columns=_columns(batch, row))
    if not form.is_valid():
        return _show(page, request, batch, row, form)
    try:
        with transaction.atomic():
            repaired = _repair(request, batch, row, form)
    except Refusal as refusal:
        show_in_form(form, refusal)
        return _show(page, request, batch, row, form)
    if not repaired.is_waiting:
        return _show(page, request, repaired.batch, repaired.row, _filled(repaired.batch, repaired.row))
    wake_after_commit(repaired.batch)
    messages.success(request, f"Row {row.row_no} of {batch.number} is right now, and waits to be paid.")
    return HttpResponseRedirect(_after(batch, repaired.row.row_no))


def _repair(request: HttpRequest, batch: PaymentBatch, row: PaymentBatchRow, form: CellsForm) -> Repaired:
    seen = form.cleaned_data["seen"]

    def check(locked: PaymentBatchRow) -> None:
        if row_etag(locked) != seen:
            raise Conflict("Somebody else has changed this row since you opened it: look at it again.")

    cells = {name: text for name, text in form.cleaned_data.items() if name != "seen"}
    return repair_row(actor=actor_of(request), batch_id=batch.id, row_no=row.row_no, cells=cells, check=check)


def _after(batch: PaymentBatch, row_no: int) -> str:
    """The next row that failed, or the batch."""
    left = [each.row_no for each in repairable_rows(batch) if each.row_no != row_no]
    if not left:
        return reverse("admin:payments_paymentbatch_change", args=[batch.pk])
    nearest = next((each for each in left if each > row_no), left[0])
    return f"{reverse('admin:payments_paymentbatch_repair', args=[batch.pk])}?row={nearest}"


def _columns(batch: PaymentBatch, row: PaymentBatchRow) -> tuple[str, ...]:
    """The file's own columns first, then those that it may have as well."""
    held = editable_cells(batch.layout, row.raw, row.cells)
    own = [name for name in batch.layout.get("columns", ()) if name in (*COLUMNS, ORIGIN)]
    return tuple(dict.fromkeys([*own, *held, *COLUMNS]))


def _filled(batch: PaymentBatch, row: PaymentBatchRow) -> CellsForm:
    cells = editable_cells(batch.layout, row.raw, row.cells)
    form = CellsForm(initial={**cells, "seen": row_etag(row)}, columns=_columns(batch, row))
    for fault in faults_of(row):
        if fault["field"] in form.fields:
            form.fields[fault["field"]].help_text = f"{fault['message']} {fault['hint']}"
    return form


def _show(
    page: ModelAdmin[Any],
    request: HttpRequest,
    batch: PaymentBatch,
    row: PaymentBatchRow | None,
    form: CellsForm | None,
) -> HttpResponse:
    context = {
        **page.admin_site.each_context(request),
        "title": f"Repair row {row.row_no}: {batch}" if row is not None else f"Repair rows: {batch}",
        "opts": page.opts,
        "batch": batch,
        "row": row,
        "form": form,
        "faults": faults_of(row) if row is not None else [],
        "back": reverse("admin:payments_paymentbatch_change", args=[batch.pk]),
    }
    request.current_app = page.admin_site.name  # read by the url tag
    return TemplateResponse(request, "admin/payment_batch_row.html", context)
