"""The console's page of lines to explain: whose money in is, and what else it may be."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from unfold.enums import ActionVariant
from unfold.widgets import (
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from bank.faces import PART_FACE
from bank.models import Explanation, LinePart
from bank.models.lines import Direction
from bank.services.customers import Likely, suggest_customers
from bank.services.receipts import (
    MATCHING,
    explain_as_processor,
    explain_as_vendor_refund,
    explanation_of,
    match_receipt,
    unexplain_receipt,
    unmatch_receipt,
)
from batconnect.core.approvals.messages import describe_waiting
from batconnect.core.console.base import ReadOnlyAdmin, actor_of
from batconnect.core.console.confirmations import Preview, ReasonForm
from batconnect.core.console.row_actions import RowAction, RowActionAdmin
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.money import TypedMoneyField, format_amount
from batconnect.core.models import Approval
from batconnect.directory.models import Customer
from ledger.admin_filters import CurrencyFilter
from ledger.previews import posted_by
from ledger.vendors.models import VendorCredit
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


def _offer_suggestions(request: HttpRequest, receipt: LinePart, form: MatchForm) -> None:
    suggestions: list[Likely] = getattr(receipt, "suggestions", [])
    field = form.fields["suggestion"]
    assert isinstance(field, forms.ChoiceField)
    field.choices = [
        (str(each.customer_id), f"{each.name}, {each.points} points: {'; '.join(each.because)}")
        for each in suggestions
    ]
    if not suggestions:
        field.widget = forms.HiddenInput()


def _match(actor: Actor, receipt: LinePart, values: dict[str, Any]) -> Preview:
    customer = values["suggestion"] or _named(actor, values["customer"])

    def run() -> str:
        _, payment = match_receipt(actor=actor, receipt_id=receipt.id, customer_id=customer)
        return (
            f"{format_amount(receipt.amount)} {receipt.currency} become a payment of {payment.customer.name}, "
            "unallocated."
        )

    return posted_by(actor=actor, run=run)


def _unmatch(actor: Actor, receipt: LinePart, values: dict[str, Any]) -> Preview:
    def run() -> str:
        done = unmatch_receipt(actor=actor, receipt_id=receipt.id, reason=values["reason"])
        if isinstance(done, Approval):
            return describe_waiting(done)
        _, payment, taken = done
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


class ProcessorForm(forms.Form):
    """Whose deposit it is, and the fee that its report names."""

    processor = forms.CharField(max_length=60, widget=UnfoldAdminTextInputWidget)
    fee = TypedMoneyField(
        widget=UnfoldAdminTextInputWidget(), help_text="As the processor's report says; 0.00 if it kept none."
    )
    report = forms.CharField(max_length=60, required=False, widget=UnfoldAdminTextInputWidget)


class VendorRefundForm(forms.Form):
    """What the vendor paid back."""

    credit = forms.ChoiceField(choices=(), widget=UnfoldAdminSelectWidget)


def _offer_credits(request: HttpRequest, receipt: LinePart, form: VendorRefundForm) -> None:
    field = form.fields["credit"]
    assert isinstance(field, forms.ChoiceField)
    rows = VendorCredit.objects.filter(
        company_id=receipt.company_id, currency=receipt.currency, status=VendorCredit.Status.OPEN
    ).select_related("vendor")
    field.choices = [
        (str(each.id), f"{each.vendor}, {each}: {format_amount(each.left)} left") for each in rows
    ]


def _as_processor(actor: Actor, receipt: LinePart, values: dict[str, Any]) -> Preview:
    def run() -> str:
        _, row = explain_as_processor(actor=actor, receipt_id=receipt.id, **values)
        return (
            f"{format_amount(row.net)} {row.currency} are a deposit of {row.processor} over "
            f"{format_amount(row.gross)}, less {format_amount(row.fee)} of fees."
        )

    return posted_by(actor=actor, run=run)


def _as_refund(actor: Actor, receipt: LinePart, values: dict[str, Any]) -> Preview:
    def run() -> str:
        explain_as_vendor_refund(actor=actor, receipt_id=receipt.id, credit_id=UUID(values["credit"]))
        return f"{format_amount(receipt.amount)} {receipt.currency} are a vendor's refund."

    return posted_by(actor=actor, run=run)


def _unexplain(actor: Actor, receipt: LinePart, values: dict[str, Any]) -> Preview:
    def run() -> str:
        unexplain_receipt(actor=actor, receipt_id=receipt.id, reason=values["reason"])
        return f"{format_amount(receipt.amount)} {receipt.currency} are unidentified again."

    return posted_by(actor=actor, run=run)


def _is_open(actor: Actor, receipt: LinePart) -> bool:
    return receipt.status == LinePart.Status.OPEN and receipt.direction == Direction.IN


def _is_matched(actor: Actor, receipt: LinePart) -> bool:
    explanation = _explanation(receipt)
    return (
        explanation is not None
        and explanation.kind in MATCHING
        and explanation.payment is not None
        and explanation.payment.status == Payment.Status.POSTED
    )


def _is_explained(actor: Actor, receipt: LinePart) -> bool:
    explanation = _explanation(receipt)
    return explanation is not None and explanation.kind not in MATCHING


def _explanation(receipt: LinePart) -> Explanation | None:
    is_explained = receipt.status == LinePart.Status.EXPLAINED and receipt.direction == Direction.IN
    return explanation_of(receipt) if is_explained else None


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
    offered=_is_open,
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
    offered=_is_matched,
)
PROCESSOR: Final = RowAction(
    name="processor",
    title="A processor's deposit",
    permission=_MANAGE,
    icon="credit_card",
    form=ProcessorForm,
    run=_as_processor,
    offered=_is_open,
)
VENDOR_REFUND: Final = RowAction(
    name="vendor_refund",
    title="A vendor's refund",
    permission=_MANAGE,
    permitted=lambda actor, receipt: actor.can("ledger.pay_vendors"),
    icon="store",
    form=VendorRefundForm,
    prepare=_offer_credits,
    run=_as_refund,
    offered=_is_open,
)
UNEXPLAIN: Final = RowAction(
    name="unexplain",
    title="Take the explanation back",
    permission=_MANAGE,
    icon="undo",
    variant=ActionVariant.DANGER,
    form=ReasonForm,
    run=_unexplain,
    offered=_is_explained,
)


@admin.register(LinePart)
class LinePartAdmin(ReadOnlyAdmin, RowActionAdmin):
    """What lines of statements consist of, and what is still to be said of it."""

    list_display = (
        *(
            "payment_date",
            "direction",
            "amount",
            "currency",
            "payer_name",
            "payer_account",
            "text",
            "explained",
        ),
        "status",
    )
    list_filter = ("status", "direction", CurrencyFilter, "payment_date", "amount")
    date_hierarchy = "payment_date"
    totals = ("amount",)
    search_fields = ("payer_name", "payer_account", "text", "reference_number")
    ordering = ("-id",)
    row_actions = (MATCH, PROCESSOR, VENDOR_REFUND, UNMATCH, UNEXPLAIN)
    face = PART_FACE

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        receipt = super().get_object(request, object_id, from_field)
        if isinstance(receipt, LinePart) and _is_open(actor_of(request), receipt):
            receipt.suggestions = suggest_customers(actor=actor_of(request), receipts=[receipt])[receipt.id]  # type: ignore[attr-defined]  # shown by its face
        return receipt
