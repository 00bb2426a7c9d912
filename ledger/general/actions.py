"""The form by which entries are typed into the journal."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any, Final

from django import forms
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
)

from batconnect.core.companies.currencies import OFFERED
from batconnect.core.console.base import actor_of
from batconnect.core.console.confirmations import reason_field
from batconnect.core.console.form_fields import DayField
from batconnect.core.kernel.money import ZERO, NotMoney, parse_money
from ledger.general.services.lines import Line
from ledger.models import Account

SHOWN_ROWS: Final = 8
PARTS: Final = ("account", "debit", "credit")
# A tab as spreadsheets copy it, or a semicolon; a comma would be one of an amount.
_CELLS: Final = re.compile(r" *[\t;] *")


class LinesWidget(UnfoldAdminTextareaWidget):
    """Rows of account, debit and credit, the account found by typing; below them a box for rows that are pasted.

    Its value is one text: `account; debit; credit`, one a row.
    """

    accounts: tuple[tuple[str, str], ...] = ()

    def value_from_datadict(self, data: Any, files: Any, name: str) -> str:
        """The rows that were typed, then those that were pasted."""
        rows = [
            [str(data.get(f"{name}-{place}-{part}", "")).strip() for part in PARTS]
            for place in range(SHOWN_ROWS)
        ]
        typed = [";".join(cells) for cells in rows if any(cells)]
        pasted = str(super().value_from_datadict(data, files, name) or "").strip("\n")
        return "\n".join(filter(None, [*typed, pasted]))

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        """Never: rows that nobody typed into are an empty text."""
        return False

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        """The rows, filled from the text; what does not fit stands in the box."""
        lines = [line.strip() for line in str(value or "").splitlines() if line.strip()]
        fits = len(lines) <= SHOWN_ROWS and all(len(_CELLS.split(line)) <= len(PARTS) for line in lines)
        filled = lines if fits else []
        rows = [
            list(zip(PARTS, [*_CELLS.split(line), "", ""][: len(PARTS)], strict=True))
            for line in [*filled, *[""] * (SHOWN_ROWS - len(filled))]
        ]
        context = {
            "name": name,
            "rows": rows,
            "accounts": self.accounts,
            "pasted": "" if fits else "\n".join(lines),
        }
        return render_to_string("admin/journal_lines.html", context)


class LinesField(forms.CharField):
    """Lines as `account; debit; credit`, one a row, as typed or copied out of a spreadsheet."""

    def __init__(self) -> None:
        super().__init__(
            label="Lines",
            widget=LinesWidget,
            help_text="The account by its code, its name from the list, or your own number; one amount a row.",
        )

    def clean(self, value: Any) -> list[Line]:
        """The lines. Raises ValidationError naming the row."""
        rows = [text.strip() for text in str(super().clean(value)).splitlines() if text.strip()]
        return [self._line(place, text) for place, text in enumerate(rows, start=1)]

    def _line(self, place: int, text: str) -> Line:
        cells = [*_CELLS.split(text), "", ""]
        if not cells[0] or any(cells[3:]):
            raise forms.ValidationError(f"Row {place}: write account; debit; credit.")
        return Line(cells[0], self._amount(place, cells[1]), self._amount(place, cells[2]))

    def _amount(self, place: int, text: str) -> Decimal:
        try:
            return parse_money(text) if text else ZERO
        except NotMoney as error:
            raise forms.ValidationError(f"Row {place}: {error}") from error


class JournalEntryForm(forms.Form):
    """What is entered."""

    date = DayField()
    currency = forms.ChoiceField(
        choices=[(code, f"{code}, {name}") for code, name in OFFERED.items()],
        widget=UnfoldAdminSelectWidget(),
    )
    lines = LinesField()
    reverse_on = DayField(
        required=False, help_text="For an accrual: the later day on which it is taken back."
    )
    reason = reason_field()


def offer_accounts(request: HttpRequest, row: None, form: JournalEntryForm) -> None:
    """Let an account be found by its name, its code or the company's own number."""
    actor = actor_of(request)
    rows = Account.objects.filter(company_id=actor.company_id, currency=actor.company.base_currency)
    named = rows.order_by("code").values_list("code", "name", "own_number", "own_name")
    widget = form.fields["lines"].widget
    assert isinstance(widget, LinesWidget)
    widget.accounts = tuple(
        (code, " ".join(filter(None, [own_number, own_name or name])))
        for code, name, own_number, own_name in named
    )
