"""Actions in the console: a form, then a page that shows what would happen, then exactly that or a refusal.

The page shows what the action itself does: it is carried out inside a savepoint and rolled back (`previewed`).
Confirming carries it out again and compares (`confirmed`): when the outcome differs from what was seen, because
somebody was faster or the button was clicked twice, nothing is written and the person is told so. Every page that
confirms something is a `Confirmation` (docs/adr/0047-one-confirmation.md).
"""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final, Generic, Protocol, TypeVar

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import OperationalError, models, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django.utils.http import url_has_allowed_host_and_scheme
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from batconnect.core.console.base import BaseAdmin, actor_of, has_permission
from batconnect.core.console.refusals import show_error, show_in_form
from batconnect.core.database.faults import is_busy
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Conflict, Refusal
from batconnect.core.kernel.money import TypedMoneyField, name_currency

__all__ = [
    "SEEN",
    "AmountReasonForm",
    "Confirmation",
    "OptionalReasonForm",
    "Outcome",
    "Preview",
    "ReasonForm",
    "RowAction",
    "RowActionAdmin",
    "confirmed",
    "digest_of",
    "previewed",
    "reason_field",
    "show_error",
]

SEEN: Final = "seen"
MOVED: Final = "Something has changed since the preview, so nothing was done. Look at it again."
_BUSY: Final = "Somebody else is working on the same items right now. Nothing has been written; try again."


class Outcome(Protocol):
    """What an action did, as a person is shown it before confirming."""

    @property
    def digest(self) -> str:
        """Names all that the person saw, to compare with what comes of it."""
        ...


Shown = TypeVar("Shown", bound=Outcome)


def digest_of(*seen: object) -> str:
    """The digest of what is shown; equal for equal values."""
    return hashlib.sha256(repr(seen).encode()).hexdigest()


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
        return digest_of(self.summary, self.rows, self.state)


def previewed(run: Callable[[], Shown]) -> Shown:
    """What `run` would do: it is carried out inside a savepoint, and taken back. Raises whatever `run` raises."""
    with transaction.atomic():
        outcome = run()
        transaction.set_rollback(True)
    return outcome


def confirmed(*, seen: str, run: Callable[[], Shown], moved: str = MOVED) -> Shown:
    """Carry it out; Conflict with the sentence `moved`, and nothing written, when it is not what was seen.

    Raises whatever `run` raises.
    """
    with transaction.atomic():
        outcome = run()
        if not constant_time_compare(outcome.digest, seen):
            raise Conflict(moved)
    return outcome


class Confirmation(ABC, Generic[Shown]):
    """The way of every page that confirms: form, confirmation, done.

    A subclass says what is done, and what each of the pages looks like; `commit` is overridden where a second click is
    answered with the first one's result.
    """

    request: HttpRequest
    moved: ClassVar[str] = MOVED

    @abstractmethod
    def run(self) -> Shown:
        """Do it by the services: called for the preview, and again for the action. Raises any Refusal."""

    @abstractmethod
    def ask(self, refusal: Refusal | None = None) -> HttpResponse:
        """The form, as it was typed, with what was refused."""

    @abstractmethod
    def show(self, outcome: Shown) -> HttpResponse:
        """The confirmation, which sends the outcome's digest as SEEN."""

    @abstractmethod
    def done(self, outcome: Shown) -> HttpResponse:
        """Where it leads when it has been done."""

    @abstractmethod
    def refuse(self, refusal: Refusal) -> HttpResponse:
        """Where it leads when confirming was refused: nothing has been written."""

    def answer(self) -> HttpResponse:
        """What was confirmed, or the preview of it."""
        return self.confirm() if SEEN in self.request.POST else self.check()

    def check(self) -> HttpResponse:
        """The preview; the form again when it is refused."""
        try:
            with _refusing_when_busy():
                outcome = previewed(self.run)
        except Refusal as refusal:
            return self.ask(refusal)
        return self.show(outcome)

    def confirm(self) -> HttpResponse:
        """Do what was seen, or nothing."""
        try:
            with _refusing_when_busy():
                outcome = self.commit()
        except Refusal as refusal:
            return self.refuse(refusal)
        return self.done(outcome)

    def commit(self) -> Shown:
        """Carry it out as it was seen. Raises any Refusal."""
        return confirmed(seen=self.request.POST.get(SEEN, ""), run=self.run, moved=self.moved)


@contextmanager
def _refusing_when_busy() -> Iterator[None]:
    """Conflict while somebody else holds the rows, in place of the database's error."""
    try:
        yield
    except OperationalError as error:
        if not is_busy(error):
            raise
        raise Conflict(_BUSY) from error


@dataclass(frozen=True, slots=True)
class RowAction:
    """Something that is done to a row from its page.

    `run` calls the app's service and says what came of it; it may raise any Refusal. `initial` fills the form
    from the row. An action that does not ask begins with its preview. `heading` is the page's, where the title alone
    does not say what it is about.
    """

    title: str
    permission: str
    form: type[forms.Form]
    run: Callable[[Actor, Any, dict[str, Any]], Preview]
    initial: Callable[[Any], Mapping[str, Any]] = field(default=lambda row: {})
    asks: bool = True
    heading: str = ""


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
        return _ActionOfPage(self, request, row, row_action).answer()

    def currency_of(self, request: HttpRequest, row: models.Model | None) -> str:
        """The currency of the amounts that an action's form asks for: the row's, else the company's."""
        return str(getattr(row, "currency", "") or actor_of(request).company.base_currency)

    def carry_out_on_all(self, request: HttpRequest, row_action: RowAction) -> HttpResponse:
        """The same for an action of the whole list, whose `run` and `initial` are given None for the row."""
        if not has_permission(request, row_action.permission):
            raise PermissionDenied
        return _ActionOfPage(self, request, None, row_action).answer()

    def page_after(self, request: HttpRequest, row: models.Model | None) -> str:
        """Where an action ends: `?next=`, the row's page, or the list."""
        onward = request.GET.get("next", "")
        if url_has_allowed_host_and_scheme(onward, allowed_hosts=None):
            return onward
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}"
        return reverse(f"{name}_changelist") if row is None else reverse(f"{name}_change", args=[row.pk])


class _ActionOfPage(Confirmation[Preview]):
    """An action of a row or of a list on its way through form and confirmation."""

    def __init__(
        self, page: RowActionAdmin, request: HttpRequest, row: models.Model | None, row_action: RowAction
    ) -> None:
        self.page, self.request, self.row, self.row_action = page, request, row, row_action
        is_sent = request.method == "POST" or not row_action.asks
        self.form = row_action.form(request.POST if is_sent else None, initial=dict(row_action.initial(row)))
        name_currency(self.form.fields, page.currency_of(request, row))

    def answer(self) -> HttpResponse:
        """As every confirmation, once the form is filled in."""
        return super().answer() if self.form.is_valid() else self.ask()

    def run(self) -> Preview:
        return self.row_action.run(actor_of(self.request), self.row, self.form.cleaned_data)

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
        heading = self.row_action.heading or self.row_action.title
        context = {
            **self.page.admin_site.each_context(self.request),
            "title": heading if self.row is None else f"{heading}: {self.row}",
            "opts": self.page.opts,
            "form": self.form,
            "answers": _answers(self.form),
            "preview": preview,
            "button": self.row_action.title,
            "back": self.page.page_after(self.request, self.row),
        }
        return TemplateResponse(self.request, self.page.confirmation_template, context)


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
