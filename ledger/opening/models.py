"""The batch that opens a company's books, and its lines (docs/domain.md#opening-batch)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from batconnect.core.database.constraints import Trigger, tenant_constraints
from batconnect.core.database.keys import tenant_key
from batconnect.core.kernel.ids import uuid7
from batconnect.core.kernel.money import MoneyField
from batconnect.core.kernel.words import format_day
from batconnect.core.models import TenantModel

_ONCE = "raise exception 'the opening is locked' using errcode = 'restrict_violation';"


class OpeningBatch(TenantModel):
    """What a company's books begin with, on the day before the cut-over. One per company; once locked it never changes.

    In preparation its lines are replaced as a whole, by the next file.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", "In preparation"
        LOCKED = "locked", "Locked"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    cut_over_on = models.DateField(help_text="The first day of the first week to be settled, unless given.")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.DRAFT)
    version = models.PositiveIntegerField(default=1, help_text="Goes on with each change of the lines.")
    preparer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    prepared_by = models.CharField(max_length=150)
    prepared_at = models.DateTimeField(db_default=Now())
    locked_by = models.CharField(max_length=150, blank=True)
    locked_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "ledger"
        db_table = "opening_batches"
        verbose_name_plural = "opening batches"
        constraints = [
            *tenant_constraints("opening_batch"),
            models.UniqueConstraint(fields=["company"], name="opening_batch_one"),
            models.CheckConstraint(
                condition=Q(status="draft", locked_at__isnull=True, locked_by="")
                | Q(status="locked", locked_at__isnull=False) & ~Q(locked_by=""),
                name="opening_batch_locked_by_somebody",
            ),
            Trigger(
                name="opening_batch_fixed",
                event="before update",
                after_table="for each row when (old.status = 'locked')",
                body=_ONCE,
            ),
            Trigger(
                name="opening_batch_kept",
                event="before delete",
                truncate=True,
                after_table="for each statement",
                body="raise exception 'the opening is kept' using errcode = 'restrict_violation';",
            ),
        ]

    def __str__(self) -> str:
        return f"Opening of {format_day(self.cut_over_on)}"


class OpeningLine(TenantModel):
    """A line of the opening: so much on the debit (positive) or credit side (negative) of what `kind` opens."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    batch = tenant_key("ledger.OpeningBatch", related_name="lines")
    place = models.PositiveIntegerField(help_text="The line of the file.")
    kind = models.CharField(max_length=24)
    account = models.CharField(max_length=60, help_text="What it opens.")
    amount = MoneyField(help_text="A debit is positive, a credit negative.")
    name = models.CharField(max_length=120, blank=True)
    values = models.JSONField(default=dict, help_text="The cells that its kind reads.")

    class Meta:
        app_label = "ledger"
        db_table = "opening_lines"
        ordering = ("place",)
        constraints = [
            *tenant_constraints("opening_line", "batch"),
            models.UniqueConstraint(fields=["company", "batch", "place"], name="opening_line_place"),
            models.CheckConstraint(condition=~Q(amount=0), name="opening_line_not_zero"),
            Trigger(
                name="opening_line_open",
                event="before insert or update or delete",
                body=(
                    "if exists (select 1 from opening_batches b where b.company_id = coalesce(new.company_id,"  # noqa: S608 - fixed text
                    " old.company_id) and b.id = coalesce(new.batch_id, old.batch_id) and b.status = 'locked') then"
                    f" {_ONCE}"
                    " end if; return coalesce(new, old);"
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"Line {self.place}"
