"""The console's pages that loans and repairs share: the matrix, and a document's page with its verbs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar, Final

from django import forms
from django.contrib import admin, messages
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from unfold.widgets import UnfoldAdminDateWidget, UnfoldAdminDecimalFieldWidget, UnfoldAdminTextareaWidget

from batconnect.core.actors import Actor
from batconnect.core.base_admin import BaseAdmin, ReadOnlyAdmin, ReadOnlyInline, actor_of
from batconnect.core.clock import today
from batconnect.core.money import ZERO, in_words
from ledger.repayment.kinds import RepaidKind
from ledger.repayment.models import RepaymentBand, RepaymentMatrix
from ledger.repayment.services.matrix import change_matrix, matrix_on
from ledger.repayment.services.posting import post_due, preview_due
from ledger.rules.schedule import Band

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
        widgets = {"effective_from": UnfoldAdminDateWidget()}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        money: dict[str, Any] = {
            "max_digits": 11,
            "decimal_places": 2,
            "min_value": Decimal("0.01"),
            "required": False,
        }
        for place in range(1, SHOWN_BANDS + 1):
            self.fields[f"up_to_{place}"] = forms.DecimalField(
                label=f"Band {place} up to",
                widget=UnfoldAdminDecimalFieldWidget(),
                help_text="The last band has no upper end." if place == 1 else "",
                **money,
            )
            self.fields[f"weekly_{place}"] = forms.DecimalField(
                label=f"Band {place} a week",
                widget=UnfoldAdminDecimalFieldWidget(),
                help_text="Empty: all at once." if place == 1 else "",
                **money,
            )


@admin.register(RepaymentMatrix)
class RepaymentMatrixAdmin(BaseAdmin):
    """The versions of the matrix. Nobody changes one: a change is the next version, from its day on."""

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
        """Today, and the bands that count now."""
        actor = actor_of(request)
        day = today(actor.company)
        found: dict[str, Any] = {"effective_from": day}
        for place, band in enumerate(matrix_on(actor=actor, day=day).bands, start=1):
            found |= {f"up_to_{place}": band.up_to, f"weekly_{place}": band.weekly_principal}
        return found

    def add_object(self, *, actor: Actor, values: dict[str, Any]) -> models.Model:
        return change_matrix(actor=actor, effective_from=values["effective_from"], bands=_bands(values))


def _bands(values: dict[str, Any]) -> list[Band]:
    """The bands of the form: up to and with the first that has no upper end."""
    found: list[Band] = []
    above = ZERO
    for place in range(1, SHOWN_BANDS + 1):
        up_to, weekly = values.get(f"up_to_{place}"), values.get(f"weekly_{place}")
        found.append(Band(above, up_to, weekly))
        if up_to is None:
            break
        above = up_to
    return found


class ReasonForm(forms.Form):
    """Why."""

    reason = forms.CharField(widget=UnfoldAdminTextareaWidget(), max_length=500, required=False)


class UpToForm(forms.Form):
    """Up to which day."""

    up_to = forms.DateField(widget=UnfoldAdminDateWidget(), required=False, label="Due up to")


class InstallmentInline(ReadOnlyInline):
    """The schedule."""

    ordering = ("number",)
    show_change_link = False
    verbose_name_plural = "schedule"


Verb = tuple[str, str, Callable[..., Any], frozenset[str], bool]


class DocumentAdmin(ReadOnlyAdmin):
    """A document with its schedule; its verbs stand behind pages that ask for a reason and say what they do.

    `verbs` are (name, sentence, service, statuses in which it is offered, whether it takes a reason).
    """

    kind: ClassVar[RepaidKind]
    verbs: ClassVar[tuple[Verb, ...]]
    number_argument: ClassVar[str]
    list_select_related = ("customer", "lease")
    list_filter: tuple[str, ...] = ("status", "customer", "start_week", "amount")
    date_hierarchy = "start_week"
    totals = ("amount",)
    search_fields: tuple[str, ...] = ("^number", "customer__name", "lease__lease_id", "^case_no")
    ordering = ("-number_order", "-id")
    change_form_template = "admin/document_change_form.html"
    change_list_template = "admin/document_change_list.html"

    def get_urls(self) -> list[URLPattern]:
        name = f"{self.opts.app_label}_{self.opts.model_name}"
        own = [
            path("post-due/", self.admin_site.admin_view(self.post_due_view), name=f"{name}_post_due"),
            path(
                "<uuid:object_id>/do/<slug:verb>/",
                self.admin_site.admin_view(self.verb_view),
                name=f"{name}_verb",
            ),
        ]
        return [*own, *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> Any:
        document = self.get_object(request, object_id)
        offered = []
        if document is not None and actor_of(request).can(f"{self.kind.app}.manage"):
            name = f"admin:{self.opts.app_label}_{self.opts.model_name}_verb"
            offered = [
                (verb, reverse(name, args=[document.pk, verb]))
                for verb, _, _, statuses, _ in self.verbs
                if getattr(document, "status", "") in statuses
            ]
        context = {**(extra_context or {}), "verbs": offered}
        if document is not None:
            context["pdf_url"] = f"{self.kind.url}/{document}/receipt?format=pdf"
        return super().change_view(request, object_id, form_url, context)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        may_post = actor_of(request).can(f"{self.kind.app}.post_due")
        url = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_post_due") if may_post else ""
        return super().changelist_view(request, {**(extra_context or {}), "post_due_url": url})

    def verb_view(self, request: HttpRequest, object_id: Any, verb: str) -> HttpResponse:
        """Ask for the reason, then do it; a refusal is told on the same page."""
        actor = actor_of(request)
        actor.require(f"{self.kind.app}.manage")
        document = self.get_object(request, str(object_id))
        found = next((each for each in self.verbs if each[0] == verb), None)
        if document is None or found is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, str(object_id))
        _, sentence, service, _, takes_reason = found
        back = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[document.pk])
        form = ReasonForm(request.POST or None) if takes_reason else None
        if request.method == "POST" and (form is None or form.is_valid()):
            values = {"reason": form.cleaned_data["reason"]} if form is not None else {}
            service(actor=actor, **{self.number_argument: str(document), **values})
            messages.success(request, f"{document}: {verb} done.")
            return HttpResponseRedirect(back)
        return self._confirm(request, f"{verb.capitalize()} {document}", [sentence], form, back)

    def post_due_view(self, request: HttpRequest) -> HttpResponse:
        """Show what would be posted up to a day; post it when that is confirmed."""
        actor = actor_of(request)
        actor.require(f"{self.kind.app}.post_due")
        form = UpToForm(request.POST or request.GET or None)
        day: date | None = form.cleaned_data["up_to"] if form.is_bound and form.is_valid() else None
        back = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")
        if request.method == "POST":
            report = post_due(actor=actor, kind=self.kind, up_to=day)
            messages.success(
                request,
                f"{report.posted} instalments posted, {in_words(report.amount)} in all; {report.skipped} skipped, "
                f"{report.failed} failed.",
            )
            return HttpResponseRedirect(back)
        due = preview_due(actor=actor, kind=self.kind, up_to=day)
        span = f", due {due.first_due} to {due.last_due}" if due.installments else ""
        lines = [
            f"Up to {due.up_to} this would post {due.installments} instalments, {in_words(due.amount)} in all{span}.",
            f"{due.on_hold} more wait on hold and are skipped.",
        ]
        return self._confirm(request, f"Post due instalments of {self.kind.app}", lines, form, back)

    def _confirm(
        self, request: HttpRequest, title: str, lines: list[str], form: forms.Form | None, back: str
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "subtitle": None,
            "lines": lines,
            "form": form,
            "back": back,
            "opts": self.opts,
        }
        return TemplateResponse(request, "admin/confirm.html", context)
