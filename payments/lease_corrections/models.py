"""Corrections of settled weeks, and what each raised or credited (docs/domain.md#lease-corrections)."""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from batconnect.core.database.constraints import AppendOnly, Trigger, tenant_constraints
from batconnect.core.database.keys import tenant_key
from batconnect.core.kernel.ids import uuid7
from batconnect.core.kernel.money import MoneyField
from batconnect.core.kernel.words import format_day
from batconnect.core.models import TenantModel


class LeaseCorrection(TenantModel):
    """A change of a lease over weeks that were settled, done as one operation; `id` is that of its entries.

    `before` and `after` are the lease's terms, by which it is undone.
    """

    class Kind(models.TextChoices):
        DRIVER = "driver", "Another driver"
        RATE = "rate", "Another rate"
        END = "end", "Ended earlier"
        MISSED = "missed", "Weeks that were not charged"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    number = models.CharField(max_length=24, help_text="LCR-2026-001.")
    number_order = models.BigIntegerField(help_text="Year and number as one figure: numbers sort as numbers.")
    lease = tenant_key("directory.Lease")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    day = models.DateField(
        "from", help_text="The first day of the driver or the rate, or the last day of the lease."
    )
    driver = tenant_key("directory.Driver", null=True)
    weekly_amount = MoneyField(null=True)
    currency = models.CharField(max_length=3)
    charged = MoneyField(default=Decimal("0.00"))
    credited = MoneyField(default=Decimal("0.00"))
    before = models.JSONField(help_text="The lease's terms before.")
    after = models.JSONField(help_text="The lease's terms since.")
    reason = models.CharField(max_length=500)
    approval = tenant_key("core.Approval", null=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    entered_by = models.CharField(max_length=150)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    undone_at = models.DateTimeField(null=True)
    undone_by = models.CharField(max_length=150, blank=True)
    undo_reason = models.CharField(max_length=500, blank=True)

    class Meta:
        app_label = "payments"
        db_table = "lease_corrections"
        ordering = ("-number_order",)
        constraints = [
            *tenant_constraints("lease_correction", "lease", "driver", "approval"),
            models.UniqueConstraint(fields=["company", "number"], name="lease_correction_number"),
            models.UniqueConstraint(
                fields=["company", "approval"],
                condition=Q(approval__isnull=False),
                name="lease_correction_approved_once",
            ),
            models.CheckConstraint(
                condition=Q(charged__gte=0, credited__gte=0), name="lease_correction_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(kind="driver", driver__isnull=False, weekly_amount__isnull=True)
                | Q(kind="rate", driver__isnull=True, weekly_amount__gte=0)
                | Q(kind__in=("end", "missed"), driver__isnull=True, weekly_amount__isnull=True),
                name="lease_correction_fits_kind",
            ),
            models.CheckConstraint(
                condition=Q(undone_at__isnull=True, undo_reason="", undone_by="")
                | Q(undone_at__isnull=False) & ~Q(undo_reason=""),
                name="lease_correction_undone_with_reason",
            ),
            Trigger(
                name="lease_correction_fixed",
                event=(
                    "before update of id, company_id, number, number_order, lease_id, kind, day, driver_id,"
                    " weekly_amount, currency, charged, credited, before, after, reason, approval_id, created_by_id,"
                    " entered_by, created_at"
                ),
                body="raise exception 'a lease correction never changes' using errcode = 'restrict_violation';",
            ),
        ]
        indexes = [models.Index(fields=["company", "lease"], name="lease_correction_lease")]

    def __str__(self) -> str:
        return self.number

    @property
    def is_undone(self) -> bool:
        """Whether the terms are back to what they were."""
        return self.undone_at is not None


class LeaseCorrectionLine(TenantModel):
    """What a driver's week owed and owes since: raised in addition (`obligation`), or credited of an item (`memo`).

    `amount` is above zero where it was raised, below where it was credited. `was` and `due` are the driver's share of
    the week's fee by the lease's terms before and since.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    correction = tenant_key("payments.LeaseCorrection", related_name="lines")
    place = models.PositiveSmallIntegerField()
    week = models.DateField()
    driver = tenant_key("directory.Driver")
    was = MoneyField()
    due = MoneyField()
    amount = MoneyField()
    obligation = tenant_key("ledger.Obligation")
    memo = tenant_key("payments.CreditMemo", null=True)

    class Meta:
        app_label = "payments"
        db_table = "lease_correction_lines"
        ordering = ("correction", "place")
        constraints = [
            *tenant_constraints("lease_correction_line", "correction", "driver", "obligation", "memo"),
            models.UniqueConstraint(
                fields=["company", "correction", "place"], name="lease_correction_line_place"
            ),
            models.CheckConstraint(
                condition=Q(amount__gt=0, memo__isnull=True, due__gt=F("was"))
                | Q(amount__lt=0, memo__isnull=False, due__lt=F("was")),
                name="lease_correction_line_one_way",
            ),
            AppendOnly(name="lease_correction_line_append_only"),
        ]
        indexes = [
            models.Index(fields=["company", "obligation"], name="lease_correction_line_item"),
            models.Index(
                fields=["company", "memo"],
                condition=Q(memo__isnull=False),
                name="lease_correction_line_memo",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.driver} in the week of {format_day(self.week)}: {self.amount:,.2f}"
