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

from bank.models import StatementMapping
from ledger.treasury.models import BankAccount
from payments.batches.models import PaymentBatch
from payments.batches.rules.readings import DATE_ORDERS, DECIMAL_SIGNS
from payments.rules.strategies import NEEDS_INPUTS, STRATEGIES

_SOURCES: Final = (
    (PaymentBatch.Source.CSV_IMPORT.value, "A list of payments (CSV)"),
    (PaymentBatch.Source.BANK_FEED.value, "A bank's statement"),
)


class UploadForm(forms.Form):
    """The file, and how it is to be read. `again` is offered for a file that was taken before.

    A file that was checked, or refused as taken before, is kept for an hour and named by its checksum (`kept`): it need
    not be chosen again.
    """

    source_type = forms.ChoiceField(
        label="What is it?",
        choices=_SOURCES,
        initial=PaymentBatch.Source.CSV_IMPORT.value,
        widget=UnfoldAdminRadioSelectWidget,
    )
    file = forms.FileField(
        label="File",
        required=False,
        widget=UnfoldAdminFileFieldWidget,
        help_text="At most 10,000 payments and 10 MB.",
    )
    mapping = forms.ChoiceField(
        label="Columns of the statement",
        required=False,
        widget=UnfoldAdminSelectWidget,
        help_text="For a bank's CSV statement; defined under Settings, Statement columns.",
    )
    bank_account = forms.ChoiceField(
        label="Bank account",
        required=False,
        widget=UnfoldAdminSelectWidget,
        help_text="For a bank's statement; left out while only one account fits.",
    )
    allocation_strategy = forms.ChoiceField(
        label="Apply what is identified",
        required=False,
        widget=UnfoldAdminSelectWidget,
        help_text="For a bank's statement. A list of payments says this in each row.",
    )
    decimal_sign = forms.ChoiceField(
        label="Amounts are written",
        required=False,
        choices=list(DECIMAL_SIGNS.items()),
        widget=UnfoldAdminSelectWidget,
        help_text="In a list of payments. It is not guessed.",
    )
    date_order = forms.ChoiceField(
        label="Dates are written",
        required=False,
        choices=list(DATE_ORDERS.items()),
        widget=UnfoldAdminSelectWidget,
        help_text="In a list of payments.",
    )
    notes = forms.CharField(required=False, max_length=500, widget=UnfoldAdminTextInputWidget)
    again = forms.BooleanField(label="Take it anyway", required=False, widget=UnfoldBooleanSwitchWidget)

    kept = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)
    kept_name = forms.CharField(required=False, max_length=200, widget=forms.HiddenInput)

    def __init__(self, *args: Any, company_id: Any, offer_again: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        mappings = StatementMapping.objects.filter(company_id=company_id).order_by("name")
        named = [(each, each) for each in mappings.values_list("name", flat=True)]
        self._choose("mapping", [("", "The only one there is"), *named])
        accounts = BankAccount.objects.filter(company_id=company_id, is_active=True).order_by("code")
        self._choose(
            "bank_account", [("", "The one that fits"), *((str(each.id), str(each)) for each in accounts)]
        )
        ready = [(code, label) for code, label in STRATEGIES.items() if code not in NEEDS_INPUTS]
        self._choose("allocation_strategy", [("", "Not now: keep it as unallocated cash"), *ready])
        if not offer_again:
            del self.fields["again"]

    def clean(self) -> dict[str, Any]:
        """A file, chosen now or kept."""
        values = super().clean() or {}
        if "file" not in self.errors and not values.get("file") and not values.get("kept"):
            self.add_error("file", "Choose the file.")
        return values

    def _choose(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices
