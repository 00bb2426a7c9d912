"""What somebody who uploads payments is asked for."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from unfold.widgets import (
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from bank.models import StatementMapping
from batconnect.core.console.kept_files import KeptFileForm
from ledger.treasury.models import BankAccount
from payments.batches.models import PaymentBatch
from payments.batches.rules.readings import DATE_ORDERS, DECIMAL_SIGNS
from payments.rules.strategies import NEEDS_INPUTS, STRATEGIES

_SOURCES: Final = (
    (PaymentBatch.Source.CSV_IMPORT.value, "A list of payments (CSV)"),
    (PaymentBatch.Source.BANK_FEED.value, "A bank's statement"),
)


class UploadForm(KeptFileForm):
    """The file, and how it is to be read."""

    field_order = ("source_type", "file")
    file_help = "At most 10,000 payments and 10 MB."
    source_type = forms.ChoiceField(
        label="What is it?",
        choices=_SOURCES,
        initial=PaymentBatch.Source.CSV_IMPORT.value,
        widget=UnfoldAdminRadioSelectWidget,
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

    def __init__(self, *args: Any, company_id: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        mappings = StatementMapping.objects.filter(company_id=company_id).order_by("name")
        named = [(each, each) for each in mappings.values_list("name", flat=True)]
        self.choose("mapping", [("", "The only one there is"), *named])
        accounts = BankAccount.objects.filter(company_id=company_id, is_active=True).order_by("code")
        self.choose(
            "bank_account", [("", "The one that fits"), *((str(each.id), str(each)) for each in accounts)]
        )
        ready = [(code, label) for code, label in STRATEGIES.items() if code not in NEEDS_INPUTS]
        self.choose("allocation_strategy", [("", "Not now: keep it as unallocated cash"), *ready])
