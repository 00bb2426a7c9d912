"""The console's page of the columns of banks' statements."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.contrib import admin

from bank.faces import MAPPING_FACE
from bank.models import StatementMapping
from bank.services.mappings import unreadable
from batconnect.core.console.base import BaseAdmin

_MANAGE: Final = "bank.import_statements"


class MappingForm(forms.ModelForm):
    """The bank's headings."""

    class Meta:
        model = StatementMapping
        fields = (
            *("name", "amount_column", "debit_column", "credit_column", "direction_column", "date_column"),
            *("value_date_column", "currency_column", "reference_column", "payer_name_column"),
            *("payer_account_column", "text_column", "balance_column", "decimal_sign", "date_form"),
            *("encoding", "separator", "skipped_lines"),
        )

    def clean(self) -> dict[str, Any]:
        """What a table can be read with."""
        values: dict[str, Any] = super().clean() or {}
        wrong = unreadable(encoding=values.get("encoding", ""), separator=values.get("separator", ""))
        if wrong:
            raise forms.ValidationError({each.field: each.message for each in wrong})
        return values


@admin.register(StatementMapping)
class StatementMappingAdmin(BaseAdmin):
    """Which column of a bank's CSV or XLSX statement holds what."""

    add_permission = _MANAGE
    change_permission = _MANAGE
    form = MappingForm
    list_display = ("name", "amount_column", "date_column")
    face = MAPPING_FACE
