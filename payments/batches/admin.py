"""The console's pages of batches, unidentified receipts and the columns of banks' statements."""

from __future__ import annotations

import re
from typing import Any, Final

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import URLPattern, path, reverse
from unfold.decorators import action
from unfold.enums import ActionVariant
from unfold.widgets import UnfoldAdminRadioSelectWidget, UnfoldAdminTextInputWidget

from batconnect.core.approvals.messages import describe_waiting
from batconnect.core.console.base import BaseAdmin, HeldAdmin, ReadOnlyAdmin, actor_of, has_permission
from batconnect.core.console.confirmations import Preview, ReasonForm, RowAction, RowActionAdmin, reason_field
from batconnect.core.files.uploads import MAX_ROWS
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.money import format_amount
from batconnect.core.models import Approval
from batconnect.directory.models import Customer
from ledger.admin_filters import CurrencyFilter
from ledger.previews import posted_by
from payments.batches.admin_filters import FailedRowsFilter, HeldRowsFilter
from payments.batches.error_files import errors_file
from payments.batches.models import PaymentBatch, StatementMapping, UnidentifiedReceipt
from payments.batches.serializers import batch_document, error_lines, held_lines
from payments.batches.services.deciding import decide_held_rows
from payments.batches.services.following import (
    cancel_batch,
    error_rows,
    find_batch,
    held_rows,
    retry_batch,
)
from payments.batches.services.processing import HELD_AS, wake_after_commit
from payments.batches.services.undo import undo_batch
from payments.batches.services.unidentified import Suggestion, match_receipt, suggest_customers
from payments.batches.services.unmatching import unmatch_receipt
from payments.models import Payment

SHOWN_ERRORS: Final = 100
_LIST: Final = re.compile(r"[,;\s]+")
_RANGE: Final = re.compile(r"(\d{1,5})(?:-(\d{1,5}))?")
_MANAGE: Final = "payments.import_batches"


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
        f"{undone.payments} payments of {batch.number}, {format_amount(undone.amount)} in all, are voided with their "
        f"{undone.allocations} allocations; "
        f"{undone.receipts} unidentified receipts are taken back."
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


CANCEL: Final = RowAction(title="Cancel", permission=_MANAGE, form=forms.Form, run=_cancel)
RETRY: Final = RowAction(title="Retry failed rows", permission=_MANAGE, form=forms.Form, run=_retry)
PAY_HELD: Final = RowAction(title="Pay held rows", permission=_MANAGE, form=HeldRowsForm, run=_pay_held)
DROP_HELD: Final = RowAction(title="Drop held rows", permission=_MANAGE, form=HeldRowsForm, run=_drop_held)
UNDO: Final = RowAction(title="Undo", permission="payments.void", form=ReasonForm, run=_undo)


class BatchActionAdmin(ReadOnlyAdmin, RowActionAdmin):
    """Pages on which nothing is typed; what is done is done by actions."""


@admin.register(PaymentBatch)
class PaymentBatchAdmin(HeldAdmin, BatchActionAdmin):
    """Payments received together; a running batch's page keeps itself up to date."""

    view_permission = "payments.view"
    held_as = HELD_AS
    change_form_template = "admin/payment_batch.html"
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
    actions_detail = ("cancel", "pay_held", "drop_held", "retry", "undo")

    def offers(self, request: HttpRequest, row: PaymentBatch) -> tuple[str, ...]:
        """What the batch's status allows."""
        if not row.is_finished:
            return ("cancel",)
        if row.undone_at is not None:
            return ()
        held = ("pay-held", "drop-held") if row.held_rows else ()
        return (*held, "retry", "undo") if row.failed_rows else (*held, "undo")

    def has_manage_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Asked by the actions' buttons."""
        return has_permission(request, _MANAGE)

    @action(description="Cancel", url_path="cancel", permissions=["manage"], icon="cancel")
    def cancel(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Cancel the rows that wait."""
        return self.carry_out(request, object_id, CANCEL)

    @action(description="Pay held rows", url_path="pay-held", permissions=["manage"], icon="payments")
    def pay_held(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """They are payments of their own."""
        return self.carry_out(request, object_id, PAY_HELD)

    @action(description="Drop held rows", url_path="drop-held", permissions=["manage"], icon="block")
    def drop_held(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """They are the same money again."""
        return self.carry_out(request, object_id, DROP_HELD)

    @action(description="Retry failed rows", url_path="retry", permissions=["manage"], icon="replay")
    def retry(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Try the failed rows again."""
        return self.carry_out(request, object_id, RETRY)

    @action(description="Undo", url_path="undo", permissions=["manage"], icon="undo")
    def undo(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Take the whole batch back."""
        return self.carry_out(request, object_id, UNDO)

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
                "figures": figures,
                "row_errors": errors,
                "held": held_lines(batch, held_rows(batch)[:SHOWN_ERRORS]),
                "progress_url": reverse("admin:payments_paymentbatch_progress", args=[batch.pk]),
                "errors_url": reverse("admin:payments_paymentbatch_errors", args=[batch.pk]),
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
        *("held_rows", "progress_percentage"),
    )
    figures = {name: document[name] for name in names}
    estimate = document["estimated_completion_at"]
    return (
        {
            **figures,
            "status": batch.get_status_display(),
            "estimate": f"Done about {estimate:%H:%M:%S} UTC." if estimate else "",
        },
        [line for each in failed[:SHOWN_ERRORS] for line in error_lines(each)],
    )


class MatchForm(forms.Form):
    """Whose money it is: one of the suggested customers, or any by its reference, name or id."""

    suggestion = forms.ChoiceField(
        required=False, widget=UnfoldAdminRadioSelectWidget, label="Suggested, most likely first"
    )
    customer = forms.CharField(
        required=False,
        max_length=60,
        widget=UnfoldAdminTextInputWidget,
        label="Or another customer",
        help_text="The customer's reference, full name or id.",
    )

    def clean(self) -> dict[str, Any]:
        """Either of the two."""
        values: dict[str, Any] = super().clean() or {}
        if bool(values.get("suggestion")) == bool(values.get("customer", "").strip()):
            raise forms.ValidationError("Choose a suggestion, or name another customer.")
        return values


def match_action(actor: Actor, receipt: UnidentifiedReceipt) -> RowAction:
    """Match, with what is suggested for this very receipt."""
    is_open = receipt.status == UnidentifiedReceipt.Status.OPEN
    suggestions = suggest_customers(actor=actor, receipts=[receipt])[receipt.id] if is_open else []

    class SuggestedForm(MatchForm):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            field = self.fields["suggestion"]
            assert isinstance(field, forms.ChoiceField)
            field.choices = [
                (str(each.customer_id), f"{each.name}, {each.points} points: {'; '.join(each.because)}")
                for each in suggestions
            ]
            if not suggestions:
                field.widget = forms.HiddenInput()

    return RowAction(title="Match", permission=_MANAGE, form=SuggestedForm, run=_match)


def _match(actor: Actor, receipt: UnidentifiedReceipt, values: dict[str, Any]) -> Preview:
    customer = values["suggestion"] or _named(actor, values["customer"])

    def run() -> str:
        _, payment = match_receipt(actor=actor, receipt_id=receipt.id, customer_id=customer)
        return (
            f"{format_amount(receipt.amount)} {receipt.currency} become a payment of {payment.customer.name}, "
            "unallocated."
        )

    return posted_by(actor=actor, run=run)


def _unmatch(actor: Actor, receipt: UnidentifiedReceipt, values: dict[str, Any]) -> Preview:
    def run() -> str:
        done = unmatch_receipt(actor=actor, receipt_id=receipt.id, reason=values["reason"])
        if isinstance(done, Approval):
            return describe_waiting(done)
        payment, taken = done.payment, len(done.allocations)
        return (
            f"{payment.number} of {payment.customer.name} is voided with {taken} allocations; "
            f"{format_amount(receipt.amount)} {receipt.currency} are unidentified again."
        )

    return posted_by(actor=actor, run=run)


def _named(actor: Actor, text: str) -> Any:
    """The id that the text names: a reference, a name that only one customer has, or an id."""
    here = Customer.objects.filter(company_id=actor.company_id)
    by_reference = here.filter(external_reference=text.strip()).values_list("id", flat=True).first()
    by_name = list(here.filter(name__iexact=text.strip()).values_list("id", flat=True)[:2])
    if by_reference or len(by_name) == 1:
        return by_reference or by_name[0]
    try:
        return forms.UUIDField().clean(text)
    except forms.ValidationError:
        return _NOBODY


_NOBODY: Final = "00000000-0000-0000-0000-000000000000"
UNMATCH: Final = RowAction(
    title="Take the match back", permission="payments.void", form=ReasonForm, run=_unmatch
)


@admin.register(UnidentifiedReceipt)
class UnidentifiedReceiptAdmin(BatchActionAdmin):
    """Money whose payer is not identified yet."""

    view_permission = "payments.view"
    list_display = ("payment_date", "amount", "currency", "payer_name", "payer_account", "text", "status")
    list_filter = ("status", CurrencyFilter, "payment_date", "amount")
    date_hierarchy = "payment_date"
    totals = ("amount",)
    search_fields = ("payer_name", "payer_account", "text", "reference_number")
    ordering = ("-id",)
    readonly_fields = ("suggested",)
    actions_detail = ("match", "unmatch")

    def has_manage_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Asked by the actions' buttons."""
        return has_permission(request, _MANAGE)

    def has_unmatch_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Asked by the button; a payment is voided with it."""
        return has_permission(request, _MANAGE) and has_permission(request, UNMATCH.permission)

    def offers(self, request: HttpRequest, row: UnidentifiedReceipt) -> tuple[str, ...]:
        """An open receipt is matched; a match is taken back while its payment stands."""
        if row.status == UnidentifiedReceipt.Status.OPEN:
            return ("match",)
        stands = row.payment is not None and row.payment.status == Payment.Status.POSTED
        return ("unmatch",) if stands else ()

    @action(
        description="Match",
        url_path="match",
        permissions=["manage"],
        icon="person_search",
        variant=ActionVariant.PRIMARY,
    )
    def match(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Make it a payment of a customer."""
        row = self.get_object(request, object_id)
        if row is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        return self.carry_out(request, object_id, match_action(actor_of(request), row))

    @action(
        description="Take the match back",
        url_path="unmatch",
        permissions=["unmatch"],
        icon="person_off",
        variant=ActionVariant.DANGER,
    )
    def unmatch(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The money belonged to another customer: it is unidentified again."""
        return self.carry_out(request, object_id, UNMATCH)

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        receipt = super().get_object(request, object_id, from_field)
        if isinstance(receipt, UnidentifiedReceipt) and receipt.status == UnidentifiedReceipt.Status.OPEN:
            receipt.suggestions = suggest_customers(actor=actor_of(request), receipts=[receipt])[receipt.id]  # type: ignore[attr-defined]  # shown by `suggested`
        return receipt

    @admin.display(description="Whose it may be")
    def suggested(self, receipt: models.Model) -> str:
        """The likeliest customers, each with what speaks for it."""
        suggestions: list[Suggestion] = getattr(receipt, "suggestions", [])
        return "\n".join(
            f"{place}. {each.name} ({each.customer_id}), {each.points} points: {'; '.join(each.because)}"
            for place, each in enumerate(suggestions, start=1)
        )


class MappingForm(forms.ModelForm):
    """The bank's headings."""

    class Meta:
        model = StatementMapping
        fields = (
            "name",
            "amount_column",
            "date_column",
            "currency_column",
            "reference_column",
            "payer_name_column",
            "payer_account_column",
            "text_column",
        )


@admin.register(StatementMapping)
class StatementMappingAdmin(BaseAdmin):
    """Which column of a bank's CSV statement holds what."""

    view_permission = "payments.view"
    add_permission = _MANAGE
    change_permission = _MANAGE
    form = MappingForm
    list_display = ("name", "amount_column", "date_column")
