"""What somebody who uploads payments is asked for."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from unfold.widgets import (
    UnfoldAdminFileFieldWidget,
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from payments.batches.models import PaymentBatch, StatementMapping
from payments.rules.strategies import NEEDS_INPUTS, STRATEGIES

_SOURCES: Final = (
    (PaymentBatch.Source.CSV_IMPORT.value, "A list of payments (CSV)"),
    (PaymentBatch.Source.BANK_FEED.value, "A bank's statement (CSV or CAMT.053)"),
)


class UploadForm(forms.Form):
    """The file, and how it is to be read. `again` is offered for a file that was taken before."""

    source_type = forms.ChoiceField(
        label="What is it?",
        choices=_SOURCES,
        initial=PaymentBatch.Source.CSV_IMPORT.value,
        widget=UnfoldAdminRadioSelectWidget,
    )
    file = forms.FileField(
        label="File",
        widget=UnfoldAdminFileFieldWidget,
        help_text="At most 10,000 payments and 10 MB.",
    )
    mapping = forms.ChoiceField(
        label="Columns of the statement",
        required=False,
        widget=UnfoldAdminSelectWidget,
        help_text="For a bank's CSV statement; defined under Settings, Statement columns.",
    )
    allocation_strategy = forms.ChoiceField(
        label="Apply what is identified",
        required=False,
        widget=UnfoldAdminSelectWidget,
        help_text="For a bank's statement. A list of payments says this in each row.",
    )
    notes = forms.CharField(required=False, max_length=500, widget=UnfoldAdminTextInputWidget)
    again = forms.BooleanField(label="Take it anyway", required=False, widget=UnfoldBooleanSwitchWidget)

    def __init__(self, *args: Any, company_id: Any, offer_again: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        mappings = StatementMapping.objects.filter(company_id=company_id).order_by("name")
        named = [(each, each) for each in mappings.values_list("name", flat=True)]
        self._choose("mapping", [("", "The only one there is"), *named])
        ready = [(code, label) for code, label in STRATEGIES.items() if code not in NEEDS_INPUTS]
        self._choose("allocation_strategy", [("", "Not now: keep it as unallocated cash"), *ready])
        if not offer_again:
            del self.fields["again"]

    def _choose(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices
