"""What somebody who imports a bank's statement is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Final
from uuid import UUID

from django import forms
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from bank.models import StatementMapping
from bank.readers.guess import Guess
from batconnect.core.console.kept_files import KeptFileForm
from ledger.treasury.models import BankAccount
from payments.rules.strategies import NEEDS_INPUTS, STRATEGIES

COLUMN_FIELDS: Final = {
    "date_column": "Day",
    "amount_column": "Amount",
    "debit_column": "Money out",
    "credit_column": "Money in",
    "direction_column": "Direction",
    "balance_column": "Balance",
    "payer_name_column": "Payer's name",
    "payer_account_column": "Payer's account",
    "text_column": "Text",
    "reference_column": "Bank's reference",
    "value_date_column": "Value date",
    "currency_column": "Currency",
}
_KEPT: Final = ("encoding", "separator")


class ImportForm(KeptFileForm):
    """The file, its account, and what becomes of the payments that it brings."""

    file_help = "CAMT.053 or CAMT.054, MT940, BAI2, OFX, QFX, CSV or XLSX, as it came from the bank."
    bank_account = forms.ChoiceField(
        label="Bank account",
        required=False,
        widget=UnfoldAdminSelectWidget,
        help_text="Needed only where the file does not name an account that is known.",
    )
    mapping = forms.ChoiceField(
        label="Columns",
        required=False,
        widget=UnfoldAdminSelectWidget,
        help_text="For CSV and XLSX. Where none fits, check the file: its columns are shown to be named.",
    )
    strategy = forms.ChoiceField(
        label="Apply what is identified",
        required=False,
        widget=UnfoldAdminSelectWidget,
        help_text="How a payment that a line certainly is pays what its customer owes.",
    )

    def __init__(self, *args: Any, company_id: UUID, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        accounts = BankAccount.objects.filter(company_id=company_id, is_active=True).order_by("code")
        mappings = StatementMapping.objects.filter(company_id=company_id).order_by("name")
        self.choose(
            "bank_account", [("", "The one that fits"), *((str(each.id), str(each)) for each in accounts)]
        )
        self.choose("mapping", [("", "The account's own"), *((str(each.id), each.name) for each in mappings)])
        ready = [(code, label) for code, label in STRATEGIES.items() if code not in NEEDS_INPUTS]
        self.choose("strategy", [("", "Not now: keep it as unallocated cash"), *ready])


class ColumnsForm(forms.Form):
    """Which column of a table is what: as it was guessed, to be looked at and saved under a name."""

    name = forms.CharField(
        max_length=60,
        widget=UnfoldAdminTextInputWidget,
        help_text="What these columns are called from now on.",
    )

    def __init__(self, *args: Any, guess: Guess, **kwargs: Any) -> None:
        given = asdict(guess.form) if guess.form is not None else {}
        kwargs.setdefault(
            "initial", {name: given.get(name, "") for name in (*COLUMN_FIELDS, *_KEPT)} | _signs(given)
        )
        super().__init__(*args, **kwargs)
        headings = [("", "–"), *((each, each) for each in dict.fromkeys(guess.headings) if each)]
        asked = {each.field: each.message for each in guess.ambiguous}
        for name, label in COLUMN_FIELDS.items():
            self.fields[name] = _choice(label, headings, asked.get(name, ""), required=name == "date_column")
        self.fields["date_form"] = _choice(
            "Days are written", StatementMapping.DateForm.choices, asked.get("date_form", "")
        )
        self.fields["decimal_sign"] = _choice(
            "Amounts are written", StatementMapping.DecimalSign.choices, asked.get("decimal_sign", "")
        )
        for name in _KEPT:
            self.fields[name] = forms.CharField(
                required=False,
                max_length=20,
                strip=False,
                widget=forms.HiddenInput,
                initial=given.get(name, ""),
            )


def _signs(given: dict[str, Any]) -> dict[str, str]:
    return {"date_form": given.get("date_form", "mdy"), "decimal_sign": given.get("decimal_sign", ".")}


def _choice(
    label: str, choices: Sequence[tuple[Any, Any]], help_text: str, *, required: bool = False
) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label,
        choices=list(choices),
        required=required,
        help_text=help_text,
        widget=UnfoldAdminSelectWidget,
    )
