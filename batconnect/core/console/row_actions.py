"""What is done to a row from its page, or from its list: declared once, by the admin that lists it.

From a declaration come the button, its address, the right to it, and the way through form and confirmation
(`core.console.confirmations`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, ClassVar, Final

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from unfold.dataclasses import UnfoldAction
from unfold.enums import ActionVariant

from batconnect.core.console.base import BaseAdmin, actor_of, has_permission
from batconnect.core.console.cards import drawn_card
from batconnect.core.console.confirmations import Confirmation, Preview
from batconnect.core.console.form_fields import MaskedField
from batconnect.core.console.once import once
from batconnect.core.console.refusals import show_error, show_in_form
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Refusal
from batconnect.core.kernel.money import name_currency

CHANGE: Final = "change"
"""What the preview's way back sends: what was typed is still there."""


def _always(actor: Actor, row: Any) -> bool:
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class _Button:
    """What an admin lists in `row_actions` or `list_actions`.

    `name` ends the name of its address, and with hyphens the address itself unless `path` is given. The button says
    `label`, else the title. It opens for those who hold `permission` and whom `permitted` lets in. It is shown while
    it is `offered`; a click that comes too late gets the service's refusal. Functions are given None for the row in a
    list, and `permitted` for a row that does not exist.
    """

    name: str
    title: str
    permission: str
    icon: str
    path: str = ""
    label: str = ""
    variant: ActionVariant = ActionVariant.DEFAULT
    permitted: Callable[[Actor, Any], bool] = _always
    offered: Callable[[Actor, Any], bool] = _always

    def is_shown(self, actor: Actor, row: Any) -> bool:
        """Whether the button is shown to the actor; asked once for the page's head and its card."""

        def asked() -> bool:
            return self.permitted(actor, row) and self.offered(actor, row)

        return asked() if row is None else once(row, f"shown_{self.name}", asked)


@dataclass(frozen=True, slots=True, kw_only=True)
class RowAction(_Button):
    """Something that is done to a row from its page, or from the list.

    `run` calls the app's service and says what came of it; it may raise any Refusal. `initial` fills the form from the
    row; `prepare` changes the form itself, where its choices are the row's. An action that does not ask begins with its
    preview. `heading` is the page's, where the title alone does not say what it is about. `plan` says what would
    come of it, where `run` writes a file as well.
    """

    form: type[forms.Form]
    run: Callable[[Actor, Any, dict[str, Any]], Preview]
    initial: Callable[[Actor, Any], Mapping[str, Any]] = field(default=lambda actor, row: {})
    prepare: Callable[[HttpRequest, Any, Any], None] = field(default=lambda request, row, form: None)
    asks: bool = True
    heading: Callable[[Actor], str] | None = None
    plan: Callable[[Actor, Any, dict[str, Any]], Preview] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RowLink(_Button):
    """A button that confirms nothing: `leads_to` answers with a file, or with the page it leads to."""

    leads_to: Callable[[Actor, Any], HttpResponseBase]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenRows:
    """What is done with rows that somebody ticks in a list, or with all that its filter finds: the form of `opens`, an
    action of the list, filled with what `fill` says of them. `fill` may raise any Refusal."""

    opens: RowAction
    title: str
    fill: Callable[[Actor, models.QuerySet[Any]], Mapping[str, Any]]

    @property
    def name(self) -> str:
        """Under which name the list sends it."""
        return f"{self.opens.name}_chosen"


class RowActionAdmin(BaseAdmin):
    """A page whose rows or whose list have actions; what is not an action is declared as in BaseAdmin.

    An action opened with `?next=` ends on that page of the console instead of the row's own.
    """

    row_actions: ClassVar[tuple[RowAction | RowLink, ...]] = ()
    list_actions: ClassVar[tuple[RowAction | RowLink, ...]] = ()
    chosen_rows: ClassVar[tuple[ChosenRows, ...]] = ()
    confirmation_template: ClassVar[str] = "admin/confirm_action.html"

    # Read anew each time: an app above may add its actions to a page of an app below (`add_row_actions`).
    @property
    def actions_detail(self) -> tuple[str, ...]:
        """The names of the actions of a row, as django-unfold looks for them."""
        return tuple(each.name for each in self.row_actions)

    @property
    def actions_list(self) -> tuple[str, ...]:
        """The names of the actions above the list."""
        return tuple(each.name for each in self.list_actions)

    def get_actions(self, request: HttpRequest) -> dict[str, tuple[Any, str, str]]:
        """What may be done with ticked rows, as Django looks for it; a file of the list has no boxes to tick."""
        if getattr(request, "counts_nothing", False):
            return {}
        return {
            each.name: (partial(RowActionAdmin._open_with, declared=each), each.name, each.title)
            for each in self.chosen_rows
            if has_permission(request, each.opens.permission)
        }

    def _open_with(
        self, request: HttpRequest, rows: models.QuerySet[Any], *, declared: ChosenRows
    ) -> HttpResponseBase | None:
        """The form of what is done with the rows; None, back to the list, for a refusal."""
        try:
            given = declared.fill(actor_of(request), rows)
        except Refusal as refusal:
            show_error(request, refusal)
            return None
        return _ActionOfPage(self, request, None, declared.opens, given=given).ask()

    def get_unfold_action(self, action: str) -> UnfoldAction:
        """The button and the view of a declaration, where django-unfold would look for a method of that name."""
        declared = next(each for each in (*self.row_actions, *self.list_actions) if each.name == action)
        view: Any = partial(self.action_view, declared)
        view.attrs = {}
        return UnfoldAction(
            action_name=f"{self.list_url}_{action}",
            method=view,
            description=declared.label or declared.title,
            path=declared.path or action.replace("_", "-"),
            icon=declared.icon,
            variant=declared.variant,
        )

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[UnfoldAction]:
        """The buttons of a row: what the person may do and its state allows."""
        allowed = [each for each in self.row_actions if has_permission(request, each.permission)]
        row = self.get_object(request, str(object_id)) if allowed else None
        return [] if row is None else self._buttons(request, row, allowed)

    def get_actions_list(self, request: HttpRequest) -> list[UnfoldAction]:
        """The buttons above the list."""
        return self._buttons(
            request, None, [each for each in self.list_actions if has_permission(request, each.permission)]
        )

    def _buttons(
        self, request: HttpRequest, row: models.Model | None, allowed: Iterable[RowAction | RowLink]
    ) -> list[UnfoldAction]:
        actor = actor_of(request)
        shown = [each for each in allowed if each.is_shown(actor, row)]
        return [self.get_unfold_action(each.name) for each in shown]

    def action_view(
        self, declared: RowAction | RowLink, request: HttpRequest, object_id: str | None = None
    ) -> HttpResponseBase:
        """Form, confirmation, action; or where a link leads. Raises PermissionDenied without the action's right."""
        row = None
        may = has_permission(request, declared.permission)
        if may and object_id is not None:
            row = self.get_object(request, object_id)
        if not may or not declared.permitted(actor_of(request), row):
            raise PermissionDenied
        if object_id is not None and row is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if isinstance(declared, RowLink):
            return declared.leads_to(actor_of(request), row)
        return _ActionOfPage(self, request, row, declared).answer()

    def currency_of(self, request: HttpRequest, row: models.Model | None) -> str:
        """The currency of the amounts that an action's form asks for: the row's, else the company's."""
        return str(getattr(row, "currency", "") or actor_of(request).company.base_currency)

    def page_after(self, request: HttpRequest, row: models.Model | None) -> str:
        """Where an action ends: `?next=`, the row's page, or the list."""
        onward = request.GET.get("next", "")
        if url_has_allowed_host_and_scheme(onward, allowed_hosts=None):
            return onward
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}"
        return reverse(f"{name}_changelist") if row is None else reverse(f"{name}_change", args=[row.pk])


def add_row_actions(page: type[RowActionAdmin], *declared: RowAction | RowLink) -> None:
    """Let a page of an app below offer these too; once, beside the admin of the app that declares them."""
    page.row_actions = (*page.row_actions, *declared)


def add_list_actions(page: type[RowActionAdmin], *declared: RowAction | RowLink) -> None:
    """The same above the list of a page of an app below."""
    page.list_actions = (*page.list_actions, *declared)


def add_chosen_rows(page: type[RowActionAdmin], *declared: ChosenRows) -> None:
    """The same for ticked rows of the list of a page of an app below."""
    page.chosen_rows = (*page.chosen_rows, *declared)


class _ActionOfPage(Confirmation[Preview]):
    """An action of a row or of a list on its way through form and confirmation."""

    def __init__(
        self,
        page: RowActionAdmin,
        request: HttpRequest,
        row: models.Model | None,
        row_action: RowAction,
        given: Mapping[str, Any] | None = None,
    ) -> None:
        self.page, self.request, self.row, self.row_action = page, request, row, row_action
        # What a list sends to fill the form is not the form.
        is_sent = given is None and (request.method == "POST" or not row_action.asks)
        self.address = request.get_full_path()
        if given is not None:
            self.address = reverse(f"admin:{page.list_url}_{row_action.name}")
        initial = {**row_action.initial(actor_of(request), row), **(given or {})}
        self.form = row_action.form(request.POST if is_sent else None, initial=initial)
        row_action.prepare(request, row, self.form)
        name_currency(self.form.fields, page.currency_of(request, row))

    def answer(self) -> HttpResponse:
        """As every confirmation, once the form is filled in; back from the preview, the form as it was typed."""
        return super().answer() if self.form.is_valid() and CHANGE not in self.request.POST else self.ask()

    def run(self) -> Preview:
        return self.row_action.run(actor_of(self.request), self.row, self.form.cleaned_data)

    def plan(self) -> Preview:
        plan = self.row_action.plan or self.row_action.run
        return plan(actor_of(self.request), self.row, self.form.cleaned_data)

    def ask(self, refusal: Refusal | None = None) -> HttpResponse:
        if refusal is not None:
            show_in_form(self.form, refusal)
        return self._page(None)

    def show(self, outcome: Preview) -> HttpResponse:
        return self._page(outcome)

    def done(self, outcome: Preview) -> HttpResponse:
        messages.success(self.request, outcome.summary)
        return HttpResponseRedirect(self.page.page_after(self.request, self.row))

    def refuse(self, refusal: Refusal) -> HttpResponse:
        show_error(self.request, refusal)
        return HttpResponseRedirect(self.page.page_after(self.request, self.row))

    def _page(self, preview: Preview | None) -> HttpResponse:
        headed = self.row_action.heading
        heading = headed(actor_of(self.request)) if headed else self.row_action.title
        context = {
            **self.page.admin_site.each_context(self.request),
            "title": heading if self.row is None else f"{heading}: {self.row}",
            "opts": self.page.opts,
            "form": self.form,
            "address": self.address,
            "card": None if self.row is None else drawn_card(self.page, self.request, self.row),
            "answers": answers_of(self.form),
            "preview": preview,
            "button": self.row_action.title,
            "asks": self.row_action.asks,
            "back": self.page.page_after(self.request, self.row),
        }
        return TemplateResponse(self.request, self.page.confirmation_template, context)


def answers_of(form: forms.Form) -> list[tuple[str, str]]:
    """What was typed or chosen, as people read it."""
    answers = []
    for bound in form.visible_fields():
        if value := _as_read(bound.field, bound.value()):
            answers.append((str(bound.label), value))
    return answers


def _as_read(field: forms.Field, value: Any) -> str:
    if isinstance(field, MaskedField):
        return field.masked(str(value)) if value else ""
    if isinstance(field, forms.BooleanField):
        return "Yes" if value else ""
    if isinstance(field, forms.ChoiceField):
        choices: Any = field.choices
        labels = {str(code): str(label) for code, label in choices}
        chosen = value if isinstance(value, list) else [value]
        return "; ".join(labels.get(str(each), str(each)) for each in chosen if each not in (None, ""))
    return str(value) if value else ""
