"""What somebody who imports a file of an agency, or works at its desk, is asked for."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from agencies.models import AgencyLayout, Kind, Why
from agencies.rules.fields import FIELDS
from agencies.rules.layouts import READY, Form
from agencies.services.layouts import layouts_of
from batconnect.core.console.confirmations import OptionalReasonForm
from batconnect.core.console.kept_files import KeptFileForm
from batconnect.core.kernel.actors import Actor

_COLUMN: Final = "column_"


class UploadForm(KeptFileForm):
    """The file and its layout."""

    file_help = "Trips, tolls, violations or summonses as CSV or XLSX, at most 32 MB and 200,000 rows."
    layout = forms.ChoiceField(
        label="Layout",
        required=False,
        widget=UnfoldAdminSelectWidget,
        help_text="Where none fits, check the file: its columns are shown to be named.",
    )
    vendor = forms.CharField(
        label="Vendor",
        required=False,
        max_length=120,
        widget=UnfoldAdminTextInputWidget,
        help_text="Number or name, where the file is the agency's bill too.",
    )
    bill_number = forms.CharField(
        label="Number of its bill", required=False, max_length=60, widget=UnfoldAdminTextInputWidget
    )

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = [(str(each.id), each.name) for each in layouts_of(actor)]
        self.choose("layout", [("", "The one that fits"), *own, *((each.code, each.name) for each in READY)])


class ColumnsForm(forms.Form):
    """Which column holds what: as it is proposed, to be looked at and saved as a layout."""

    name = forms.CharField(
        max_length=60, widget=UnfoldAdminTextInputWidget, help_text="What this layout is called from now on."
    )
    agency = forms.CharField(
        max_length=40,
        widget=UnfoldAdminTextInputWidget,
        help_text="Who numbers the rows, for example E-ZPass NY.",
    )
    kind = forms.ChoiceField(choices=Kind.choices, widget=forms.HiddenInput)

    def __init__(self, *args: Any, form: Form, headings: tuple[str, ...], **kwargs: Any) -> None:
        given = {f"{_COLUMN}{name}": heading for name, heading in form.columns.items()}
        kwargs.setdefault(
            "initial",
            {
                **given,
                "kind": form.kind,
                "date_form": form.date_form,
                "decimal_sign": form.decimal_sign,
                "is_negative": form.is_negative,
            },
        )
        super().__init__(*args, **kwargs)
        choices = [("", "–"), *((each, each) for each in dict.fromkeys(headings) if each)]
        for name, each in FIELDS[form.kind].items():
            self.fields[f"{_COLUMN}{name}"] = forms.ChoiceField(
                label=each.label.capitalize(), choices=choices, required=False, widget=UnfoldAdminSelectWidget
            )
        for name, label, offered in (
            ("date_form", "Days are written", AgencyLayout.DateForm.choices),
            ("decimal_sign", "Amounts are written", AgencyLayout.DecimalSign.choices),
        ):
            self.fields[name] = forms.ChoiceField(
                label=label, choices=offered, widget=UnfoldAdminSelectWidget
            )
        self.fields["is_negative"] = forms.BooleanField(
            label="Charges stand below zero", required=False, widget=UnfoldBooleanSwitchWidget
        )

    def as_layout(self) -> dict[str, Any]:
        """What the layout is made of."""
        values = self.cleaned_data
        columns = {
            name.removeprefix(_COLUMN): heading
            for name, heading in values.items()
            if name.startswith(_COLUMN) and heading
        }
        others = ("name", "agency", "kind", "date_form", "decimal_sign", "is_negative")
        return {"columns": columns, **{name: values[name] for name in others}}


class DeskForm(OptionalReasonForm):
    """To whom the chosen rows belong, by the numbers that people use."""

    lease = forms.CharField(
        max_length=20, widget=UnfoldAdminTextInputWidget, help_text="Its number: LS-2054."
    )
    driver = forms.CharField(
        max_length=20, widget=UnfoldAdminTextInputWidget, help_text="Number or TLC license: DRV-101."
    )
    remember = forms.BooleanField(
        label="Remember tags and plates", required=False, initial=True, widget=UnfoldBooleanSwitchWidget
    )
    field_order = ("lease", "driver", "remember", "reason")


class NarrowForm(forms.Form):
    """Which rows of the desk are shown."""

    kind = forms.ChoiceField(required=False, choices=[("", "All"), *Kind.choices])
    why = forms.ChoiceField(required=False, choices=[("", "All"), *Why.choices[1:]])
    q = forms.CharField(required=False, max_length=60)
