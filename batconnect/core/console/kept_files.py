"""The form of a file that is checked first and kept, so that it need not be chosen again."""

from __future__ import annotations

from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldBooleanSwitchWidget


class KeptFileForm(forms.Form):
    """A file. `again` is offered for one that was taken before.

    One that was checked, or refused as taken before, is kept for an hour and named by its checksum (`kept`): it need
    not be chosen again (`core.files.waiting`).
    """

    file = forms.FileField(label="File", required=False, widget=UnfoldAdminFileFieldWidget)
    again = forms.BooleanField(label="Take it anyway", required=False, widget=UnfoldBooleanSwitchWidget)
    kept = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)
    kept_name = forms.CharField(required=False, max_length=200, widget=forms.HiddenInput)

    file_help = ""

    def __init__(self, *args: Any, offer_again: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"].help_text = self.file_help
        # It stands behind what the file is asked about, and before what is hidden.
        self.order_fields([*(name for name in self.fields if name != "again"), "again"])
        if not offer_again:
            del self.fields["again"]

    def clean(self) -> dict[str, Any]:
        """A file, chosen now or kept."""
        values = super().clean() or {}
        if "file" not in self.errors and not values.get("file") and not values.get("kept"):
            self.add_error("file", "Choose the file.")
        return values

    def choose(self, name: str, choices: list[tuple[str, str]]) -> None:
        """What a field of choices offers."""
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices
