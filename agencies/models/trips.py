"""What trips became: earnings of a driver on a lease in a week, with their fees and what is held of them.

Rule: docs/domain.md#agency-trips.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from batconnect.core.database.constraints import AppendOnly, tenant_constraints
from batconnect.core.database.keys import tenant_key
from batconnect.core.kernel.ids import uuid7
from batconnect.core.kernel.money import MoneyField
from batconnect.core.kernel.words import format_day
from batconnect.core.models import TenantModel


class TripWeek(TenantModel):
    """Trips that were credited together, the `number`-th time for their lease, driver and week: the first as the gross
    of the week, whatever came later as an adjustment. `gross` is what cards paid, `fee` what the processor took of it,
    `taxes` what is held for authorities."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    lease = tenant_key("directory.Lease")
    driver = tenant_key("directory.Driver")
    customer = tenant_key("directory.Customer")
    week = models.DateField(help_text="The Sunday that begins the week.")
    number = models.PositiveIntegerField()
    trips = models.PositiveIntegerField()
    gross = MoneyField()
    fee = MoneyField()
    taxes = MoneyField()
    is_late = models.BooleanField(default=False, help_text="The week was settled before.")
    earning = tenant_key("ledger.LeaseEarning", null=True)
    fee_earning = tenant_key("ledger.LeaseEarning", null=True)
    created_by = models.CharField(max_length=150)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        db_table = "agency_trip_weeks"
        verbose_name = "week of trips"
        verbose_name_plural = "weeks of trips"
        ordering = ("-id",)
        constraints = [
            *tenant_constraints("agency_trip_week", "lease", "driver", "customer", "earning", "fee_earning"),
            AppendOnly(name="agency_trip_week_append_only"),
            models.UniqueConstraint(
                fields=["company", "lease", "week", "driver", "number"], name="agency_trip_week_once"
            ),
            models.CheckConstraint(
                condition=Q(
                    week__week_day=1, number__gt=0, trips__gt=0, gross__gte=0, fee__gte=0, taxes__gte=0
                ),
                name="agency_trip_week_fits",
            ),
            models.CheckConstraint(
                condition=(Q(gross=0, earning__isnull=True) | Q(gross__gt=0, earning__isnull=False))
                & (Q(fee=0, fee_earning__isnull=True) | Q(fee__gt=0, fee_earning__isnull=False)),
                name="agency_trip_week_earned",
            ),
        ]

    def __str__(self) -> str:
        return f"Trips of {format_day(self.week)}"


class TripWeekTax(TenantModel):
    """What of a week's trips is held for one authority: a TAXES obligation."""

    trip_week = tenant_key("agencies.TripWeek", related_name="held")
    authority = models.CharField(max_length=20)
    amount = MoneyField()
    obligation = tenant_key("ledger.Obligation")

    class Meta:
        db_table = "agency_trip_week_taxes"
        constraints = [
            *tenant_constraints("agency_trip_week_tax", "trip_week", "obligation"),
            AppendOnly(name="agency_trip_week_tax_append_only"),
            models.UniqueConstraint(
                fields=["company", "trip_week", "authority"], name="agency_trip_week_tax_once"
            ),
            models.UniqueConstraint(fields=["company", "obligation"], name="agency_trip_week_tax_obligation"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="agency_trip_week_tax_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.amount:,.2f} for {self.authority}"
