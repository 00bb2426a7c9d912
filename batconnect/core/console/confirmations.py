"""Actions in the console: a form, then a page that shows what would happen, then exactly that or a refusal.

The page shows what the action itself does: it is carried out inside a savepoint and rolled back. Confirming
carries it out again and compares: when the outcome differs from what was seen, because somebody was faster or the
button was clicked twice, nothing is written and the person is told so.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django.utils.http import url_has_allowed_host_and_scheme
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from batconnect.core.console.base import BaseAdmin, actor_of, has_permission
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Conflict, Refusal
from batconnect.core.kernel.money import TypedMoneyField, name_currency

SEEN: Final = "seen"
_MOVED: Final = "Something has changed since the preview, so nothing was done. Look at it again."


@dataclass(frozen=True, slots=True)
class Preview:
    """What an action does, as its confirmation shows it: a sentence and a table.

    `state` distinguishes states that look the same (a version); it is part of the digest.
    """

    summary: str
    headings: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    state: str = ""

    @property
    def digest(self) -> str:
        """What the person saw, to compare with what comes of it."""
        return hashlib.sha256(repr((self.summary, self.rows, self.state)).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class RowAction:
    """Something that is done to a row from its page.

    `run` calls the app's service and says what came of it; it may raise any Refusal. `initial` fills the form
    from the row.
    """

    title: str
    permission: str
    form: type[forms.Form]
    run: Callable[[Actor, Any, dict[str, Any]], Preview]
    initial: Callable[[Any], Mapping[str, Any]] = field(default=lambda row: {})


def reason_field(*, required: bool = True, shortest: int = 10) -> forms.CharField:
    """Why it is done, kept with the event."""
    needed = f"{shortest} to 500 characters, kept permanently." if required else "Optional, kept permanently."
    return forms.CharField(
        required=required,
        min_length=shortest if required else None,
        max_length=500,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
        help_text=needed,
    )


class ReasonForm(forms.Form):
    """Why."""

    reason = reason_field()


class OptionalReasonForm(forms.Form):
    """A reason that may be left out."""

    reason = reason_field(required=False)


class AmountReasonForm(ReasonForm):
    """How much, and why."""

    amount = TypedMoneyField(above_zero=True, widget=UnfoldAdminTextInputWidget())
    reason = reason_field()
    field_order = ("amount", "reason")


class RowActionAdmin(BaseAdmin):
    """A page whose rows have actions; what is not an action is declared as in BaseAdmin.

    An action opened with `?next=` ends on that page of the console instead of the row's own.
    """

    confirmation_template: ClassVar[str] = "admin/confirm_action.html"

    def offers(self, request: HttpRequest, row: Any) -> Collection[str] | None:
        """The paths of the actions that the row's state allows now; None: whatever the person has the right to."""
        return None

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """Buttons for what can be done; a click that comes too late is told why it cannot be."""
        buttons = super().get_actions_detail(request, object_id)
        row = self.get_object(request, str(object_id)) if buttons else None
        offered = self.offers(request, row) if row is not None else ()
        return buttons if offered is None else [each for each in buttons if each.path in offered]

    def carry_out(self, request: HttpRequest, object_id: str, row_action: RowAction) -> HttpResponse:
        """Form, confirmation, action. Raises PermissionDenied without the action's right."""
        if not has_permission(request, row_action.permission):
            raise PermissionDenied
        row = self.get_object(request, object_id)
        if row is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        return self._lead_through(request, row, row_action)

    def currency_of(self, request: HttpRequest, row: models.Model | None) -> str:
        """The currency of the amounts that an action's form asks for: the row's, else the company's."""
        return str(getattr(row, "currency", "") or actor_of(request).company.base_currency)

    def carry_out_on_all(self, request: HttpRequest, row_action: RowAction) -> HttpResponse:
        """The same for an action of the whole list, whose `run` and `initial` are given None for the row."""
        if not has_permission(request, row_action.permission):
            raise PermissionDenied
        return self._lead_through(request, None, row_action)

    def _lead_through(
        self, request: HttpRequest, row: models.Model | None, row_action: RowAction
    ) -> HttpResponse:
        form = row_action.form(
            request.POST if request.method == "POST" else None, initial=dict(row_action.initial(row))
        )
        name_currency(form.fields, self.currency_of(request, row))
        preview: Preview | None = None
        if form.is_valid():
            if SEEN in request.POST:
                return self._do(request, row, row_action, form.cleaned_data)
            preview = _preview(actor_of(request), row, row_action, form)
        return self._ask(request, row, row_action, form, preview)

    def _do(
        self, request: HttpRequest, row: models.Model | None, row_action: RowAction, values: dict[str, Any]
    ) -> HttpResponse:
        try:
            preview = confirmed(
                seen=request.POST[SEEN], run=lambda: row_action.run(actor_of(request), row, values)
            )
        except Refusal as refusal:
            show_error(request, refusal)
        else:
            messages.success(request, preview.summary)
        return HttpResponseRedirect(self._page_after(request, row))

    def _ask(
        self,
        request: HttpRequest,
        row: models.Model | None,
        row_action: RowAction,
        form: forms.Form,
        preview: Preview | None,
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": row_action.title if row is None else f"{row_action.title}: {row}",
            "opts": self.opts,
            "form": form,
            "answers": _answers(form),
            "preview": preview,
            "button": row_action.title,
            "back": self._page_after(request, row),
        }
        return TemplateResponse(request, self.confirmation_template, context)

    def _page_after(self, request: HttpRequest, row: models.Model | None) -> str:
        onward = request.GET.get("next", "")
        if url_has_allowed_host_and_scheme(onward, allowed_hosts=None):
            return onward
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}"
        return reverse(f"{name}_changelist") if row is None else reverse(f"{name}_change", args=[row.pk])


def confirmed(*, seen: str, run: Callable[[], Preview]) -> Preview:
    """Carry it out; Conflict, and nothing written, when it is not what was seen."""
    with transaction.atomic():
        preview = run()
        if not constant_time_compare(preview.digest, seen):
            raise Conflict(_MOVED)
    return preview


def show_error(request: HttpRequest, refusal: Refusal) -> None:
    """The refusal as a message on the next page."""
    messages.error(request, refusal.message)
    for error in refusal.errors:
        if error.message != refusal.message:
            messages.error(request, f"{error.field}: {error.message}")


def _answers(form: forms.Form) -> list[tuple[str, str]]:
    """What was typed or chosen, as people read it."""
    answers = []
    for bound in form.visible_fields():
        value = bound.value()
        if isinstance(bound.field, forms.ChoiceField):
            choices: Any = bound.field.choices
            value = dict(choices).get(value, value)
        if value:
            answers.append((str(bound.label), str(value)))
    return answers


def _preview(
    actor: Actor, row: models.Model | None, row_action: RowAction, form: forms.Form
) -> Preview | None:
    """What would come of it; None when it is refused, which the form then says."""
    try:
        with transaction.atomic():
            preview = row_action.run(actor, row, form.cleaned_data)
            transaction.set_rollback(True)
    except Refusal as refusal:
        for error in refusal.errors:
            form.add_error(error.field if error.field in form.fields else None, error.message)
        if not refusal.errors:
            form.add_error(None, refusal.message)
        return None
    return preview
