"""The console's pages of money whose payer is not identified, and of the columns of banks' statements."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from unfold.enums import ActionVariant
from unfold.widgets import UnfoldAdminRadioSelectWidget, UnfoldAdminTextInputWidget

from batconnect.core.approvals.messages import describe_waiting
from batconnect.core.console.base import BaseAdmin, ReadOnlyAdmin, actor_of
from batconnect.core.console.confirmations import Preview, ReasonForm
from batconnect.core.console.row_actions import RowAction, RowActionAdmin
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.money import format_amount
from batconnect.core.models import Approval
from batconnect.directory.models import Customer
from ledger.admin_filters import CurrencyFilter
from ledger.previews import posted_by
from payments.batches.models import StatementMapping, UnidentifiedReceipt
from payments.batches.services.unidentified import Suggestion, match_receipt, suggest_customers
from payments.batches.services.unmatching import unmatch_receipt
from payments.models import Payment

_MANAGE: Final = "payments.import_batches"


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


def _offer_suggestions(request: HttpRequest, receipt: UnidentifiedReceipt, form: MatchForm) -> None:
    suggestions: list[Suggestion] = getattr(receipt, "suggestions", [])
    field = form.fields["suggestion"]
    assert isinstance(field, forms.ChoiceField)
    field.choices = [
        (str(each.customer_id), f"{each.name}, {each.points} points: {'; '.join(each.because)}")
        for each in suggestions
    ]
    if not suggestions:
        field.widget = forms.HiddenInput()


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
MATCH: Final = RowAction(
    name="match",
    title="Match",
    permission=_MANAGE,
    icon="person_search",
    variant=ActionVariant.PRIMARY,
    form=MatchForm,
    prepare=_offer_suggestions,
    run=_match,
    offered=lambda actor, receipt: receipt.status == UnidentifiedReceipt.Status.OPEN,
)
UNMATCH: Final = RowAction(
    name="unmatch",
    title="Take the match back",
    permission=_MANAGE,
    # Its payment is voided.
    permitted=lambda actor, receipt: actor.can("payments.void"),
    icon="person_off",
    variant=ActionVariant.DANGER,
    form=ReasonForm,
    run=_unmatch,
    offered=lambda actor, receipt: (
        receipt.status != UnidentifiedReceipt.Status.OPEN
        and receipt.payment is not None
        and receipt.payment.status == Payment.Status.POSTED
    ),
)


@admin.register(UnidentifiedReceipt)
class UnidentifiedReceiptAdmin(ReadOnlyAdmin, RowActionAdmin):
    """Money whose payer is not identified yet."""

    list_display = ("payment_date", "amount", "currency", "payer_name", "payer_account", "text", "status")
    list_filter = ("status", CurrencyFilter, "payment_date", "amount")
    date_hierarchy = "payment_date"
    totals = ("amount",)
    search_fields = ("payer_name", "payer_account", "text", "reference_number")
    ordering = ("-id",)
    readonly_fields = ("suggested",)
    row_actions = (MATCH, UNMATCH)

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

    add_permission = _MANAGE
    change_permission = _MANAGE
    form = MappingForm
    list_display = ("name", "amount_column", "date_column")
