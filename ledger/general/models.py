"""Numbers of entries, manual journal entries, and journals that were exported (docs/domain.md#entry-numbers)."""

from __future__ import annotations

from typing import Final

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from batconnect.core.database.constraints import AppendOnly, Trigger, tenant_constraints
from batconnect.core.database.distribution.shards import OnShards
from batconnect.core.database.keys import tenant_key
from batconnect.core.kernel.ids import uuid7
from batconnect.core.kernel.money import MoneyField
from batconnect.core.kernel.words import format_day
from batconnect.core.models import TenantModel
from ledger.rules.entry_numbers import format_entry_number

# A year's numbers that are added together follow on what is there: so by induction no number is missing.
_GAPLESS: Final = Trigger(
    name="entry_number_gapless",
    event="after insert",
    after_table="referencing new table as added for each statement",
    by_index=True,
    body=(
        "if exists (select 1 from (select company_id, year, min(number) as first, max(number) as last,"
        " count(*) as numbers from added group by company_id, year) a"
        " where last - first + 1 <> numbers or first > 1 and (select n.number from entry_numbers n"
        " where n.company_id = a.company_id and n.year = a.year and n.number = a.first - 1) is null) then"
        " raise exception 'numbers of entries follow one another without a gap' using errcode = 'check_violation';"
        " end if; return null;"
    ),
    on_shards=(
        OnShards(
            event="after insert",
            is_deferred=True,
            body=(
                "if new.number > 1 and not exists (select from entry_numbers n where n.company_id = new.company_id"
                " and n.year = new.year and n.number = new.number - 1) then"
                " raise exception 'numbers of entries follow one another without a gap'"
                " using errcode = 'check_violation'; end if; return null;"
            ),
        ),
    ),
)


class EntryNumber(TenantModel):
    """The number of an entry in its company and the year of its posting: given after the fact, never changed."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    year = models.PositiveSmallIntegerField(help_text="Of `posted_at`, in the company's time.")
    number = models.PositiveIntegerField()
    entry = tenant_key("ledger.Entry", related_name="numbered")
    numbered_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        app_label = "ledger"
        db_table = "entry_numbers"
        constraints = [
            *tenant_constraints("entry_number", "entry"),
            models.UniqueConstraint(fields=["company", "year", "number"], name="entry_number_once"),
            models.UniqueConstraint(fields=["company", "entry"], name="entry_number_entry"),
            models.CheckConstraint(condition=Q(number__gte=1), name="entry_number_from_one"),
            AppendOnly(name="entry_number_append_only"),
            _GAPLESS,
        ]

    def __str__(self) -> str:
        return format_entry_number(self.year, self.number)


class ManualEntry(TenantModel):
    """What a person entered in the journal. `entry` posted it; `reversal` took it back, on its day or by a void."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    number = models.CharField(max_length=24)
    number_order = models.BigIntegerField()
    effective_on = models.DateField()
    currency = models.CharField(max_length=3)
    amount = MoneyField(help_text="What its debits come to.")
    reason = models.CharField(max_length=500)
    entry = tenant_key("ledger.Entry")
    reverse_on = models.DateField(null=True, blank=True, help_text="The day on which it is taken back.")
    reversal = tenant_key("ledger.Entry", null=True)
    is_voided = models.BooleanField(default=False)
    entered_on = models.DateField(help_text="The company's day of entering it: what the limit counts by.")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    entered_by = models.CharField(max_length=150)
    approved_by = models.CharField(max_length=150, blank=True, help_text="The second person's name.")
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        app_label = "ledger"
        db_table = "manual_entries"
        verbose_name_plural = "manual entries"
        ordering = ("-number_order",)
        constraints = [
            *tenant_constraints("manual_entry", "entry", "reversal"),
            models.UniqueConstraint(fields=["company", "number"], name="manual_entry_number"),
            models.UniqueConstraint(fields=["company", "entry"], name="manual_entry_entry"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="manual_entry_amount_positive"),
            models.CheckConstraint(
                condition=Q(reverse_on__isnull=True) | Q(reverse_on__gt=F("effective_on")),
                name="manual_entry_reversed_later",
            ),
            models.CheckConstraint(
                condition=Q(is_voided=False) | Q(reversal__isnull=False), name="manual_entry_voided_by_entry"
            ),
            Trigger(
                name="manual_entry_fixed",
                event=(
                    "before update of id, company_id, number, number_order, effective_on, currency, amount, reason,"
                    " entry_id, reverse_on, entered_on, created_by_id, entered_by, approved_by, created_at"
                ),
                body="raise exception 'what was entered never changes' using errcode = 'restrict_violation';",
            ),
            Trigger(
                name="manual_entry_kept",
                event="before delete",
                truncate=True,
                after_table="for each statement",
                body="raise exception 'entries are reversed, never deleted' using errcode = 'restrict_violation';",
            ),
        ]
        indexes = [
            models.Index(fields=["company", "entered_on"], name="manual_entry_entered_on"),
            models.Index(fields=["company", "number_order"], name="manual_entry_order"),
            models.Index(
                fields=["company", "reverse_on"],
                condition=Q(reverse_on__isnull=False, reversal__isnull=True),
                name="manual_entry_to_reverse",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class JournalExport(TenantModel):
    """The journal of a period as files, made once: each entry is in one export. `numbers` is the last number of each
    year that had been given by then; what is numbered later is in the period's next part."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    first = models.DateField()
    last = models.DateField()
    part = models.PositiveSmallIntegerField(help_text="1, and 2 … for what was booked into the period later.")
    numbers = models.JSONField(default=dict, help_text='The last number of each year: {"2026": 812}.')
    entries = models.PositiveIntegerField()
    postings = models.PositiveIntegerField()
    totals = models.JSONField(default=list, help_text="Debits and credits by currency, as text.")
    left_out = models.PositiveIntegerField(help_text="Entries of the period without a number by then.")
    digests = models.JSONField(default=dict, help_text="SHA-256 of each file.")
    made_by = models.CharField(max_length=150)
    made_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        app_label = "ledger"
        db_table = "journal_exports"
        ordering = ("-id",)
        constraints = [
            *tenant_constraints("journal_export"),
            models.UniqueConstraint(fields=["company", "first", "last", "part"], name="journal_export_part"),
            models.CheckConstraint(condition=Q(last__gte=F("first")), name="journal_export_period"),
            models.CheckConstraint(condition=Q(part__gte=1), name="journal_export_from_one"),
            AppendOnly(name="journal_export_append_only"),
        ]

    def __str__(self) -> str:
        return f"Journal of {format_day(self.first)} to {format_day(self.last)}, part {self.part}"
