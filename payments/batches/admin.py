"""The console's pages of payment batches."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import URLPattern, path, reverse
from unfold.widgets import UnfoldAdminTextInputWidget

from batconnect.core.approvals.messages import describe_waiting
from batconnect.core.console.base import HeldAdmin, ReadOnlyAdmin, actor_of, has_permission
from batconnect.core.console.confirmations import Preview, ReasonForm, reason_field
from batconnect.core.console.row_actions import RowAction, RowActionAdmin
from batconnect.core.files.uploads import MAX_ROWS
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.money import format_amount
from batconnect.core.kernel.words import format_count
from batconnect.core.models import Approval
from payments.batches.admin_filters import FailedRowsFilter, HeldRowsFilter
from payments.batches.error_files import errors_file
from payments.batches.faces import BATCH_FACE
from payments.batches.models import PaymentBatch, PaymentBatchRow
from payments.batches.row_admin import MANAGE, repair_page
from payments.batches.rules.origins import write_origin
from payments.batches.serializers import batch_document, error_lines, held_lines
from payments.batches.services.deciding import decide_held_rows
from payments.batches.services.following import (
    cancel_batch,
    error_rows,
    find_batch,
    held_rows,
    paid_rows,
    retry_batch,
)
from payments.batches.services.origins import Superseding, superseded_rows
from payments.batches.services.processing import HELD_AS, wake_after_commit
from payments.batches.services.undo import undo_batch

SHOWN_ERRORS: Final = 100
SHOWN_ROWS: Final = 100
_LIST: Final = re.compile(r"[,;\s]+")
_RANGE: Final = re.compile(r"(\d{1,5})(?:-(\d{1,5}))?")
_MANAGE: Final = MANAGE


def _cancel(actor: Actor, batch: PaymentBatch, values: dict[str, Any]) -> Preview:
    before = batch.cancelled_rows
    done = cancel_batch(actor=actor, batch_id=batch.id)
    # How many wait changes while the question is read: only the promise is compared.
    assert done.cancelled_rows >= before
    return Preview(f"The rows of {done.number} that still wait are cancelled; what is done stays done.")


def _retry(actor: Actor, batch: PaymentBatch, values: dict[str, Any]) -> Preview:
    rows = batch.failed_rows
    done = retry_batch(actor=actor, batch_id=batch.id)
    wake_after_commit(done)
    return Preview(f"The {rows} failed rows of {done.number} are tried again.")


def _undo(actor: Actor, batch: PaymentBatch, values: dict[str, Any]) -> Preview:
    undone = undo_batch(actor=actor, batch=batch, reason=values["reason"])
    if isinstance(undone, Approval):
        return Preview(describe_waiting(undone))
    return Preview(
        f"Voided of {batch.number}: {format_count(undone.payments, 'payment')}, "
        f"{format_amount(undone.amount)} in all, with "
        f"{format_count(undone.allocations, 'allocation')}; taken back: "
        f"{format_count(undone.receipts, 'unidentified receipt')}."
    )


class HeldRowsForm(ReasonForm):
    """Which of the held rows, and why."""

    rows = forms.CharField(
        required=False,
        max_length=500,
        widget=UnfoldAdminTextInputWidget,
        label="Rows",
        help_text="Their numbers, for example 3, 8-12; leave empty for all held rows.",
    )
    reason = reason_field()
    field_order = ("rows", "reason")

    def clean_rows(self) -> list[int] | None:
        """The numbers; None for all."""
        numbers: set[int] = set()
        for part in filter(None, _LIST.split(self.cleaned_data["rows"].strip())):
            named = _RANGE.fullmatch(part)
            first, last = (int(named[1]), int(named[2] or named[1])) if named else (0, 0)
            if not 1 <= first <= last <= MAX_ROWS:
                raise forms.ValidationError(f"{part!r} does not name any rows; write for example 3, 8-12.")
            numbers.update(range(first, last + 1))
        return sorted(numbers) or None


def _pay_held(actor: Actor, batch: PaymentBatch, values: dict[str, Any]) -> Preview:
    return _decide(actor, batch, values, pay=True)


def _drop_held(actor: Actor, batch: PaymentBatch, values: dict[str, Any]) -> Preview:
    return _decide(actor, batch, values, pay=False)


def _decide(actor: Actor, batch: PaymentBatch, values: dict[str, Any], *, pay: bool) -> Preview:
    before, rows = batch.held_rows, values["rows"]
    done = decide_held_rows(actor=actor, batch_id=batch.id, pay=pay, reason=values["reason"], rows=rows)
    if pay:
        wake_after_commit(done)
    what = "are paid anyway" if pay else "are dropped: nothing is paid for them"
    which = f"Rows {', '.join(map(str, rows))}" if rows else f"All {before} held rows"
    return Preview(f"{which} of {done.number} {what}.")


def _is_done(actor: Actor, batch: PaymentBatch) -> bool:
    return batch.is_finished and batch.undone_at is None


def _holds_rows(actor: Actor, batch: PaymentBatch) -> bool:
    # A bank's lines are decided on where the lines are.
    repeats = PaymentBatchRow.objects.filter(
        company_id=actor.company_id, batch=batch, status=PaymentBatchRow.Status.HELD, repeats__isnull=False
    )
    return _is_done(actor, batch) and batch.held_rows > 0 and repeats.exists()


CANCEL: Final = RowAction(
    name="cancel",
    title="Cancel",
    permission=_MANAGE,
    icon="cancel",
    form=forms.Form,
    run=_cancel,
    offered=lambda actor, batch: not batch.is_finished,
)
PAY_HELD: Final = RowAction(
    name="pay_held",
    title="Pay held rows",
    permission=_MANAGE,
    icon="payments",
    form=HeldRowsForm,
    run=_pay_held,
    offered=_holds_rows,
)
DROP_HELD: Final = replace(PAY_HELD, name="drop_held", title="Drop held rows", icon="block", run=_drop_held)
RETRY: Final = RowAction(
    name="retry",
    title="Retry failed rows",
    permission=_MANAGE,
    icon="replay",
    form=forms.Form,
    run=_retry,
    offered=lambda actor, batch: _is_done(actor, batch) and batch.failed_rows > 0,
)
UNDO: Final = RowAction(
    name="undo",
    title="Undo",
    permission=_MANAGE,
    # Its payments are voided.
    permitted=lambda actor, batch: actor.can("payments.void"),
    icon="undo",
    form=ReasonForm,
    run=_undo,
    offered=_is_done,
)


@admin.register(PaymentBatch)
class PaymentBatchAdmin(HeldAdmin, ReadOnlyAdmin, RowActionAdmin):
    """Payments received together; a running batch's page keeps itself up to date."""

    held_as = HELD_AS
    face = BATCH_FACE
    list_display = (
        "number",
        "source_type",
        "status",
        "total_rows",
        "succeeded_rows",
        "failed_rows",
        "unmatched_rows",
        "held_rows",
        "created_by_name",
        "created_at",
    )
    list_filter = ("status", FailedRowsFilter, HeldRowsFilter, "source_type", "created_at")
    date_hierarchy = "created_at"
    search_fields = ("number", "file_name", "notes")
    ordering = ("-created_at", "-id")
    exclude = ("layout", "checksum", "request_id")
    row_actions = (CANCEL, PAY_HELD, DROP_HELD, RETRY, UNDO)

    def get_urls(self) -> list[URLPattern]:
        return [
            path(
                "<uuid:batch_id>/progress/",
                self.admin_site.admin_view(self.progress_view),
                name="payments_paymentbatch_progress",
            ),
            path(
                "<uuid:batch_id>/errors.csv",
                self.admin_site.admin_view(self.errors_view),
                name="payments_paymentbatch_errors",
            ),
            path(
                "<uuid:batch_id>/repair/",
                self.admin_site.admin_view(self.repair_view),
                name="payments_paymentbatch_repair",
            ),
            *super().get_urls(),
        ]

    def progress_view(self, request: HttpRequest, batch_id: Any) -> JsonResponse:
        """What the page's script asks for."""
        batch = self._batch(request, batch_id)
        figures, errors = _figures(batch)
        return JsonResponse({"finished": batch.is_finished, "figures": figures, "errors": errors})

    def errors_view(self, request: HttpRequest, batch_id: Any) -> FileResponse:
        """The failed rows as a file."""
        return errors_file(actor_of(request), self._batch(request, batch_id))

    def repair_view(self, request: HttpRequest, batch_id: Any) -> HttpResponse:
        """A failed row with its cells, to be repaired in place."""
        return repair_page(self, request, self._batch(request, batch_id))

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        batch = self.get_object(request, object_id)
        context: dict[str, Any] = dict(extra_context or {})
        if isinstance(batch, PaymentBatch):
            figures, errors = _figures(batch)
            context |= {
                # Of the same moment as the figures, so that a page that shows older ones asks for the rest.
                "finished": batch.is_finished,
                "figures": figures,
                "row_errors": errors,
                "held": held_lines(batch, held_rows(batch)[:SHOWN_ERRORS]),
                "progress_url": reverse("admin:payments_paymentbatch_progress", args=[batch.pk]),
                "errors_url": reverse("admin:payments_paymentbatch_errors", args=[batch.pk]),
                "repair_url": reverse("admin:payments_paymentbatch_repair", args=[batch.pk])
                if has_permission(request, MANAGE)
                else "",
                "paid_rows": paid_rows(batch)[:SHOWN_ROWS],
            }
        return super().change_view(request, object_id, form_url, context)

    def _batch(self, request: HttpRequest, batch_id: Any) -> PaymentBatch:
        if not self.has_view_permission(request):
            raise PermissionDenied
        batch = PaymentBatch.objects.filter(company_id=actor_of(request).company_id, id=batch_id).first()
        if batch is None:
            raise Http404
        return find_batch(actor=actor_of(request), batch_id=batch.id)


def _figures(batch: PaymentBatch) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """What the page shows of the batch, and its first errors."""
    failed = error_rows(batch)
    document = batch_document(batch, [])
    names = (
        *("processed_rows", "succeeded_rows", "failed_rows", "unmatched_rows", "cancelled_rows"),
        *("held_rows", "known_rows", "money_out_rows", "progress_percentage"),
    )
    figures = {name: document[name] for name in names}
    estimate = document["estimated_completion_at"]
    superseded = superseded_rows(company_id=batch.company_id, batch_id=batch.id)
    return (
        {
            **figures,
            "status": batch.get_status_display(),
            "estimate": f"Done about {estimate:%H:%M:%S} UTC." if estimate else "",
            "shares": _shares(batch),
        },
        [
            _error_line(batch, each, line, superseded)
            for each in failed[:SHOWN_ERRORS]
            for line in error_lines(each)
        ],
    )


def _shares(batch: PaymentBatch) -> dict[str, str]:
    """The parts of the bar, of a hundred: good, held for somebody to decide, bad; the rest is waiting."""
    counts = {
        "good": batch.succeeded_rows,
        "held": batch.held_rows + batch.unmatched_rows,
        "bad": batch.failed_rows + batch.cancelled_rows,
    }
    return {name: f"{Decimal(rows * 100) / batch.total_rows:.2f}" for name, rows in counts.items()}


def _error_line(
    batch: PaymentBatch, row: PaymentBatchRow, line: dict[str, Any], superseded: Mapping[int, Superseding]
) -> dict[str, Any]:
    """An error as the page lists it, with what can be done there."""
    by = superseded.get(row.row_no)
    return {
        **line,
        "sent_again": write_origin(by.batch_number, by.row_no) if by is not None else "",
        "repairable": by is None and not batch.layout["bank"] and batch.undone_at is None,
    }
