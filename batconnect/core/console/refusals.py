"""How the console tells a person what was refused: beside the fields of a form, or as messages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from django import forms
from django.contrib import messages
from django.http import HttpRequest

from batconnect.core.kernel.errors import FieldError, Refusal


class TakesErrors:
    """A form, or what was typed without one, that has errors shown in its own way.

    `NAMES` are its names of fields that the services call differently.
    """

    NAMES: ClassVar[Mapping[str, str]] = {}

    def place_error(self, error: FieldError) -> bool:
        """Show the error of what is typed in a place of its own (a line of a table); whether there is one."""
        return False


def show_in_form(form: forms.BaseForm, refusal: Refusal, *, otherwise: str | None = None) -> None:
    """Put each error beside the field that it names, and all others above the form; the form has been validated.

    A path (`items.0.amount`) belongs to the field of that name, else to the one that it begins with. What names no
    visible field of the form goes beside the field `otherwise`, if one is given.
    """
    own = form if isinstance(form, TakesErrors) else TakesErrors()
    for error in refusal.errors or [FieldError("", refusal.message)]:
        if not own.place_error(error):
            form.add_error(_field_for(form, own.NAMES, error.field) or otherwise, error.message)


def show_error(request: HttpRequest, refusal: Refusal, *, places: TakesErrors | None = None) -> None:
    """The refusal as a message on the next page, with each error that `places` does not show."""
    messages.error(request, refusal.message)
    for error in refusal.errors:
        if not (places and places.place_error(error)) and error.message != refusal.message:
            messages.error(request, f"{error.field}: {error.message}" if error.field else error.message)


def _field_for(form: forms.BaseForm, names: Mapping[str, str], field: str) -> str | None:
    for name in (field, field.partition(".")[0]):
        name = names.get(name, name)
        if name in form.fields and not form[name].is_hidden:
            return name
    return None
