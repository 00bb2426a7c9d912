"""The console's pages that loans and repairs share: the matrix, and a document's page with its actions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, Final
from uuid import UUID

from django import forms
from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from unfold.enums import ActionVariant
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminSingleDateWidget,
    UnfoldAdminTextInputWidget,
)

from batconnect.core.console.base import BaseAdmin, ReadOnlyAdmin, ReadOnlyInline, actor_of
from batconnect.core.console.bulk.actions import BulkAction
from batconnect.core.console.bulk.lists import BulkActionAdmin
from batconnect.core.console.confirmations import OptionalReasonForm, Preview, ReasonForm, reason_field
from batconnect.core.console.form_fields import DayField
from batconnect.core.console.lists.sorting import Order
from batconnect.core.console.row_actions import RowAction
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.money import ZERO, TypedMoneyField, format_amount
from batconnect.core.kernel.words import format_count
from ledger.chart import METHODS
from ledger.previews import posted_by
from ledger.repayment.actions import HOLD, RELEASE, Asked, DocumentAction, Sort, Why
from ledger.repayment.faces import MATRIX_FACE
from ledger.repayment.kinds import RepaidKind
from ledger.repayment.models import RepaidDocument, RepaymentBand, RepaymentMatrix
from ledger.repayment.rules import Band
from ledger.repayment.services.matrix import change_matrix, matrix_on
from ledger.repayment.services.posting import post_due
from ledger.repayment.services.states import SHORTEST_REASON
from ledger.treasury.models import BankAccount, Drawer

SHOWN_BANDS: Final = 8


class BandInline(ReadOnlyInline):
    """The bands of a version."""

    model = RepaymentBand
    view_permission = "ledger.view"
    fields = ("position", "above", "up_to", "weekly_principal")
    ordering = ("position",)
    show_change_link = False


class MatrixForm(forms.ModelForm):
    """The next version: each band's upper end and what is repaid a week."""

    class Meta:
        model = RepaymentMatrix
        fields = ("effective_from",)
        widgets = {"effective_from": UnfoldAdminSingleDateWidget()}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        money: dict[str, Any] = {"above_zero": True, "required": False}
        for place in range(1, SHOWN_BANDS + 1):
            self.fields[f"up_to_{place}"] = TypedMoneyField(
                label=f"Band {place} up to",
                widget=UnfoldAdminTextInputWidget(),
                help_text="The last band has no upper end." if place == 1 else "",
                **money,
            )
            self.fields[f"weekly_{place}"] = TypedMoneyField(
                label=f"Band {place} a week",
                widget=UnfoldAdminTextInputWidget(),
                help_text="Leave empty to repay all at once." if place == 1 else "",
                **money,
            )


@admin.register(RepaymentMatrix)
class RepaymentMatrixAdmin(BaseAdmin):
    """The versions of the matrix. A version does not change: a change is the next version, from its day on."""

    add_permission = "ledger.change_matrix"
    list_display = ("version", "effective_from", "actor", "created_at")
    ordering = ("-version",)
    inlines = (BandInline,)
    form = MatrixForm
    face = MATRIX_FACE

    def get_fields(self, request: HttpRequest, obj: models.Model | None = None) -> list[str]:
        if obj is not None:
            return ["version", "effective_from", "actor", "created_at"]
        bands = [
            name for place in range(1, SHOWN_BANDS + 1) for name in (f"up_to_{place}", f"weekly_{place}")
        ]
        return ["effective_from", *bands]

    def get_fieldsets(self, request: HttpRequest, obj: models.Model | None = None) -> list[Any]:
        return [(None, {"fields": self.get_fields(request, obj)})]

    def get_form(
        self, request: HttpRequest, obj: models.Model | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        if obj is None:
            # The bands are fields of the form alone.
            kwargs["fields"] = ("effective_from",)
        return super().get_form(request, obj, change, **kwargs)

    def get_inlines(self, request: HttpRequest, obj: models.Model | None) -> Any:
        return self.inlines if obj is not None else ()

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Today, and the bands that apply now."""
        actor = actor_of(request)
        day = today(actor.company)
        initial: dict[str, Any] = {"effective_from": day}
        for place, band in enumerate(matrix_on(actor=actor, day=day).bands, start=1):
            initial |= {f"up_to_{place}": band.up_to, f"weekly_{place}": band.weekly_principal}
        return initial

    def add_object(self, *, actor: Actor, values: dict[str, Any]) -> models.Model:
        return change_matrix(actor=actor, effective_from=values["effective_from"], bands=_bands(values))


def _bands(values: dict[str, Any]) -> list[Band]:
    """The bands of the form, up to and including the first without an upper end."""
    bands: list[Band] = []
    above = ZERO
    for place in range(1, SHOWN_BANDS + 1):
        up_to, weekly = values.get(f"up_to_{place}"), values.get(f"weekly_{place}")
        bands.append(Band(above, up_to, weekly))
        if up_to is None:
            break
        above = up_to
    return bands


class UpToForm(forms.Form):
    """Up to which day."""

    up_to = DayField(required=False, label="Due up to")


class HoldForm(forms.Form):
    """Why, briefly."""

    reason = reason_field(shortest=SHORTEST_REASON)


_FORMS: Final[dict[Why, type[forms.Form]]] = {
    Why.NEVER: forms.Form,
    Why.PERHAPS: OptionalReasonForm,
    Why.BRIEFLY: HoldForm,
    Why.FULLY: ReasonForm,
}


def form_of(action: DocumentAction) -> type[forms.Form]:
    """The form of an action: what it asks for, and its reason."""
    fields: dict[str, Any] = {each.name: _field(each) for each in action.asked}
    return type("AskedForm", (_FORMS[action.why],), {**fields, "field_order": tuple(fields)})


def _field(asked: Asked) -> forms.Field:
    options: dict[str, Any] = {
        "label": asked.label,
        "required": asked.required,
        "help_text": asked.help,
    }
    match asked.sort:
        case Sort.MONEY:
            return TypedMoneyField(above_zero=True, widget=UnfoldAdminTextInputWidget(), **options)
        case Sort.DAY:
            return DayField(**options)
        case Sort.TEXT:
            return forms.CharField(max_length=60, widget=UnfoldAdminTextInputWidget(), **options)
        case Sort.METHOD:
            return forms.ChoiceField(
                choices=tuple(METHODS.items()), widget=UnfoldAdminSelectWidget(), **options
            )
        case Sort.BANK_ACCOUNT | Sort.DRAWER:
            return forms.TypedChoiceField(
                coerce=UUID, empty_value=None, widget=UnfoldAdminSelectWidget(), **options
            )


_PLACES: Final[dict[Sort, tuple[type[Any], str]]] = {
    Sort.BANK_ACCOUNT: (BankAccount, "The default one"),
    Sort.DRAWER: (Drawer, "My own, else the office's"),
}


def _offer_places(action: DocumentAction) -> Callable[[HttpRequest, Any, Any], None]:
    """Let the form offer the bank accounts and drawers in the document's currency."""

    def prepare(request: HttpRequest, row: Any, form: Any) -> None:
        for each in action.asked:
            if each.sort in _PLACES:
                model, default = _PLACES[each.sort]
                places = model.objects.filter(
                    company_id=actor_of(request).company_id, currency=row.currency, is_active=True
                )
                form.fields[each.name].choices = [
                    ("", default),
                    *((str(place.pk), place.name) for place in places),
                ]

    return prepare


def row_action(kind: RepaidKind, declared: DocumentAction) -> RowAction:
    """The action on a document's page, where its confirmation shows what it posts."""

    def run(actor: Actor, row: models.Model, values: dict[str, Any]) -> Preview:
        def carry_out() -> str:
            done = declared.carry_out(actor=actor, kind=kind, number=str(row), **values)
            return " ".join((f"{row}: {declared.effect.format(noun=kind.noun)}", *done.warnings))

        return posted_by(actor=actor, run=carry_out)

    is_final = declared.becomes == RepaidDocument.Status.CANCELLED
    return RowAction(
        name=declared.name.replace("-", "_"),
        title=declared.title,
        permission=f"{kind.app}.manage",
        icon=declared.icon,
        variant=ActionVariant.DANGER if is_final else ActionVariant.DEFAULT,
        form=form_of(declared),
        run=run,
        prepare=_offer_places(declared),
        offered=lambda actor, row: row.status in declared.allowed and declared.fits(row),
    )


def bulk_holding(kind: RepaidKind) -> tuple[BulkAction, ...]:
    """Holding and releasing many documents; each takes the other back."""
    hold, release = row_action(kind, HOLD), row_action(kind, RELEASE)
    return (
        BulkAction(of=hold, title=f"Hold {kind.app}", amount="amount", undo=release.name),
        BulkAction(of=release, title=f"Release {kind.app}", amount="amount", undo=hold.name),
    )


def post_due_action(kind: RepaidKind) -> RowAction:
    """Posting what fell due, above the list of documents."""

    def run(actor: Actor, row: None, values: dict[str, Any]) -> Preview:
        report = post_due(actor=actor, kind=kind, up_to=values["up_to"])
        currency = actor.company.base_currency
        return Preview(
            f"Posted of what is due up to {report.up_to}: {format_count(report.posted, 'installment')}, "
            f"{format_amount(report.amount)} {currency} in all.",
            ("what", "installments", "amount"),
            (
                ("posted", str(report.posted), format_amount(report.amount)),
                ("on hold, skipped", str(report.skipped), ""),
                ("not to be posted", str(report.failed), ""),
            ),
        )

    return RowAction(
        name="post_due",
        title=f"Post due installments of {kind.app}",
        label="Post due installments",
        permission=f"{kind.app}.post_due",
        icon="event_available",
        form=UpToForm,
        run=run,
        initial=lambda actor, row: {"up_to": today(actor.company)},
    )


class DocumentAdmin(ReadOnlyAdmin, BulkActionAdmin):
    """A document with its schedule; declare its `kind`, and its actions by `row_action` and `post_due_action`."""

    kind: ClassVar[RepaidKind]
    list_select_related = ("customer", "lease")
    list_filter: tuple[Any, ...] = ("status", "customer", "start_week", "amount")
    date_hierarchy = "start_week"
    totals = ("amount",)
    search_fields: tuple[str, ...] = ("^number", "customer__name", "lease__lease_id", "^case_no")
    ordering = ("-number_order", "-id")
    sorts = (
        Order("Largest amount first", "-amount"),
        Order("Oldest first", "number_order"),
        Order("By customer", "customer"),
    )
