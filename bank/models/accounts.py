"""How the statements of a bank account come: its number, its format, and the columns of its files."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from batconnect.core.database.constraints import tenant_constraints
from batconnect.core.database.encryption import EncryptedTextField
from batconnect.core.database.keys import tenant_key
from batconnect.core.kernel.ids import uuid7
from batconnect.core.kernel.money import MoneyField
from batconnect.core.models import TenantModel


class StatementMapping(TenantModel):
    """Which column of a bank's CSV or XLSX statement holds what; headings as the bank writes them, in any case.

    The amount stands in one signed column, in one with a `direction_column` beside it, or in a column each for money
    out (`debit_column`) and money in (`credit_column`).
    """

    class DecimalSign(models.TextChoices):
        POINT = ".", "Point: 1,234.56"
        COMMA = ",", "Comma: 1.234,56"

    class DateForm(models.TextChoices):
        MONTH_FIRST = "mdy", "Month first: 11/20/2026"
        DAY_FIRST = "dmy", "Day first: 20/11/2026"
        YEAR_FIRST = "ymd", "Year first: 2026-11-20"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=60)
    amount_column = models.CharField(max_length=60, blank=True)
    debit_column = models.CharField(max_length=60, blank=True)
    credit_column = models.CharField(max_length=60, blank=True)
    direction_column = models.CharField(max_length=60, blank=True)
    date_column = models.CharField(max_length=60)
    value_date_column = models.CharField(max_length=60, blank=True)
    reference_column = models.CharField(max_length=60, blank=True)
    payer_name_column = models.CharField(max_length=60, blank=True)
    payer_account_column = models.CharField(max_length=60, blank=True)
    text_column = models.CharField(max_length=60, blank=True)
    currency_column = models.CharField(max_length=60, blank=True)
    balance_column = models.CharField(max_length=60, blank=True)
    decimal_sign = models.CharField(max_length=1, choices=DecimalSign.choices, default=DecimalSign.POINT)
    date_form = models.CharField(max_length=3, choices=DateForm.choices, default=DateForm.MONTH_FIRST)
    encoding = models.CharField(max_length=20, blank=True, help_text="Empty: found by the file's own bytes.")
    separator = models.CharField(max_length=1, blank=True, help_text="Empty: found in the file.")
    skipped_lines = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Empty: found.")
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        db_table = "bank_statement_mappings"
        ordering = ("name",)
        constraints = [
            *tenant_constraints("bank_statement_mapping"),
            models.UniqueConstraint(fields=["company", "name"], name="bank_statement_mapping_name"),
            models.CheckConstraint(
                condition=~Q(amount_column="") & Q(debit_column="", credit_column="")
                | Q(amount_column="", direction_column="") & (~Q(debit_column="") | ~Q(credit_column="")),
                name="bank_statement_mapping_amounts",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class StatementFeed(TenantModel):
    """How a bank account's statements come: by which number files name it, by which columns, and where its chain of
    balances begins. `number_digest` finds the account by the number in a file without reading it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    bank_account = tenant_key("ledger.BankAccount")
    number = EncryptedTextField(null=True, blank=True)
    number_digest = models.CharField(max_length=64, blank=True)
    mapping = tenant_key("bank.StatementMapping", null=True, blank=True)
    opening_balance = MoneyField(null=True, blank=True, help_text="What the chain of statements begins with.")
    opened_on = models.DateField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        db_table = "bank_statement_feeds"
        constraints = [
            *tenant_constraints("bank_statement_feed", "bank_account", "mapping"),
            models.UniqueConstraint(fields=["company", "bank_account"], name="bank_statement_feed_account"),
            models.UniqueConstraint(
                fields=["company", "number_digest"],
                condition=~Q(number_digest=""),
                name="bank_statement_feed_number",
            ),
            models.CheckConstraint(
                condition=Q(opening_balance__isnull=True) | Q(opened_on__isnull=False),
                name="bank_statement_feed_opened",
            ),
        ]

    def __str__(self) -> str:
        return f"Statements of {self.bank_account}"
