"""Fields of the console's forms that take whatever a browser sends, where Django's own would fail."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib.admin.widgets import AutocompleteSelect
from django.contrib.postgres.forms import SimpleArrayField
from django.core.exceptions import ValidationError
from unfold.widgets import INPUT_CLASSES


class RowPicker(AutocompleteSelect):
    """Finds a row by typing. What cannot be a key is refused by its field, and is not looked up to be shown again."""

    def optgroups(self, name: str, value: Sequence[str], attr: Any = None) -> Any:
        """The chosen row as an option, if there is one."""
        return super().optgroups(name, [each for each in value if self._may_be_a_key(each)], attr)

    def _may_be_a_key(self, text: str) -> bool:
        try:
            self.field.remote_field.model._meta.pk.to_python(text)
        except ValidationError:
            return False
        return True


class TypedListField(SimpleArrayField):
    """Texts, separated by commas. A refusal is a finished sentence: Django's would be formatted a second time, with the
    text that was typed in it."""

    def clean(self, value: Any) -> Any:
        """The texts. Raises ValidationError."""
        try:
            return super().clean(value)
        except ValidationError as error:
            raise ValidationError([_finished(each) for each in error.error_list]) from error


def _finished(error: ValidationError) -> ValidationError:
    if error.code != "item_invalid":
        return error
    return ValidationError(str(error.message), code=error.code)


class MaskedField(forms.CharField):
    """A number that a confirmation shows by its last four characters alone, once it was typed."""

    @staticmethod
    def masked(value: str) -> str:
        """The last four characters of a longer text, behind dots."""
        return f"••••{value[-4:]}" if len(value) > 4 else "••••"


class DayField(forms.DateField):
    """A day, chosen in the browser's own calendar or written as YYYY-MM-DD or MM/DD/YYYY."""

    def __init__(self, **options: Any) -> None:
        widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": " ".join(INPUT_CLASSES)})
        super().__init__(widget=widget, input_formats=["%Y-%m-%d", "%m/%d/%Y"], **options)
        self.error_messages["invalid"] = "Enter a day as YYYY-MM-DD."
