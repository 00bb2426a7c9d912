"""The console's pages that loans and repairs share: the matrix, and a document's page with its actions."""

from __future__ import annotations

from typing import Any, ClassVar, Final

from django import forms
from django.contrib import admin
from django.db import models
from django.http import HttpRequest, HttpResponse
from unfold.decorators import action
from unfold.enums import ActionVariant
from unfold.widgets import UnfoldAdminSingleDateWidget, UnfoldAdminTextInputWidget

from batconnect.core.console.base import BaseAdmin, ReadOnlyAdmin, ReadOnlyInline, actor_of, has_permission
from batconnect.core.console.confirmations import (
    OptionalReasonForm,
    Preview,
    ReasonForm,
    RowAction,
    RowActionAdmin,
    reason_field,
)
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.money import ZERO, TypedMoneyField, format_amount
from ledger.previews import posted_by
from ledger.repayment.actions import ACTIONS, DocumentAction, Why
from ledger.repayment.kinds import RepaidKind
from ledger.repayment.models import RepaymentBand, RepaymentMatrix
from ledger.repayment.rules import Band
from ledger.repayment.services.matrix import change_matrix, matrix_on
from ledger.repayment.services.posting import post_due
from ledger.repayment.services.states import SHORTEST_REASON

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

    view_permission = "ledger.view"
    add_permission = "ledger.change_matrix"
    list_display = ("version", "effective_from", "actor", "created_at")
    ordering = ("-version",)
    inlines = (BandInline,)
    form = MatrixForm

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

    up_to = forms.DateField(widget=UnfoldAdminSingleDateWidget(), required=False, label="Due up to")


class InstallmentInline(ReadOnlyInline):
    """The schedule."""

    ordering = ("number",)
    show_change_link = False
    verbose_name_plural = "schedule"


class HoldForm(forms.Form):
    """Why, briefly."""

    reason = reason_field(shortest=SHORTEST_REASON)


_FORMS: Final[dict[Why, type[forms.Form]]] = {
    Why.NEVER: forms.Form,
    Why.PERHAPS: OptionalReasonForm,
    Why.BRIEFLY: HoldForm,
    Why.FULLY: ReasonForm,
}


class DocumentAdmin(ReadOnlyAdmin, RowActionAdmin):
    """A document with its schedule; each action, and posting what fell due, shows a preview first.

    `document_actions` are what a row's page offers in some statuses, each under the name of its action.
    """

    kind: ClassVar[RepaidKind]
    document_actions: ClassVar[tuple[DocumentAction, ...]] = ACTIONS
    list_select_related = ("customer", "lease")
    list_filter: tuple[str, ...] = ("status", "customer", "start_week", "amount")
    date_hierarchy = "start_week"
    totals = ("amount",)
    search_fields: tuple[str, ...] = ("^number", "customer__name", "lease__lease_id", "^case_no")
    ordering = ("-number_order", "-id")
    change_form_template = "admin/document_change_form.html"
    actions_detail: tuple[str, ...] = ("hold", "release", "cancel")
    actions_list = ("post_due",)

    def has_manage_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whether the person may hold, release and cancel."""
        return has_permission(request, f"{self.kind.app}.manage")

    def has_post_due_permission(self, request: HttpRequest) -> bool:
        """Whether the person may post what fell due."""
        return has_permission(request, f"{self.kind.app}.post_due")

    def offers(self, request: HttpRequest, row: Any) -> list[str]:
        """The actions that its status allows."""
        return [each.name for each in self.document_actions if row.status in each.allowed]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> Any:
        document = self.get_object(request, object_id)
        context = dict(extra_context or {})
        if document is not None:
            context["pdf_url"] = f"{self.kind.address(str(document))}/receipt?format=pdf"
        return super().change_view(request, object_id, form_url, context)

    @action(description="Hold", url_path="hold", permissions=["manage"], icon="pause")
    def hold(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Nothing more of it is posted until it is released."""
        return self.carry_out(request, object_id, self.row_action("hold"))

    @action(description="Release", url_path="release", permissions=["manage"], icon="play_arrow")
    def release(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """It is posted again."""
        return self.carry_out(request, object_id, self.row_action("release"))

    @action(
        description="Cancel",
        url_path="cancel",
        permissions=["manage"],
        icon="block",
        variant=ActionVariant.DANGER,
    )
    def cancel(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """It is taken back for good."""
        return self.carry_out(request, object_id, self.row_action("cancel"))

    @action(
        description="Post due installments",
        url_path="post-due",
        permissions=["post_due"],
        icon="event_available",
    )
    def post_due(self, request: HttpRequest) -> HttpResponse:
        """Post what fell due, after a preview."""
        row_action = RowAction(
            title=f"Post due installments of {self.kind.app}",
            permission=f"{self.kind.app}.post_due",
            form=UpToForm,
            run=self._post_due,
            initial=lambda row: {"up_to": today(actor_of(request).company)},
        )
        return self.carry_out_on_all(request, row_action)

    def row_action(self, name: str) -> RowAction:
        """The declared action with its confirmation, which shows what it posts."""
        declared = next(each for each in self.document_actions if each.name == name)

        def run(actor: Actor, row: models.Model, values: dict[str, Any]) -> Preview:
            def carry_out() -> str:
                declared.carry_out(actor=actor, kind=self.kind, number=str(row), **values)
                return f"{row}: {declared.effect.format(noun=self.kind.noun)}"

            return posted_by(actor=actor, run=carry_out)

        return RowAction(declared.title, f"{self.kind.app}.manage", _FORMS[declared.why], run)

    def _post_due(self, actor: Actor, row: None, values: dict[str, Any]) -> Preview:
        report = post_due(actor=actor, kind=self.kind, up_to=values["up_to"])
        currency = actor.company.base_currency
        return Preview(
            f"{report.posted} installments due up to {report.up_to} are posted, {format_amount(report.amount)} "
            f"{currency} in all.",
            ("what", "installments", "amount"),
            (
                ("posted", str(report.posted), format_amount(report.amount)),
                ("on hold, skipped", str(report.skipped), ""),
                ("not to be posted", str(report.failed), ""),
            ),
        )
