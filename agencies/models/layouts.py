"""How the files of an exporter are read, as a company keeps it (docs/domain.md#agency-layouts)."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from agencies.models.rows import Kind
from batconnect.core.database.constraints import tenant_constraints
from batconnect.core.kernel.ids import uuid7
from batconnect.core.models import TenantModel


class AgencyLayout(TenantModel):
    """A layout of the company's own; `columns` says which heading holds a field, `agency` who numbers the rows."""

    class DateForm(models.TextChoices):
        MONTH_FIRST = "mdy", "Month first: 11/30/2026"
        DAY_FIRST = "dmy", "Day first: 30/11/2026"
        YEAR_FIRST = "ymd", "Year first: 2026-11-30"

    class DecimalSign(models.TextChoices):
        POINT = ".", "Point: 1,234.56"
        COMMA = ",", "Comma: 1.234,56"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=60)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    agency = models.CharField(
        max_length=40, help_text="Who numbers the rows: their numbers are unique for it."
    )
    columns = models.JSONField(default=dict, help_text="Which heading holds a field.")
    date_form = models.CharField(max_length=3, choices=DateForm.choices, default=DateForm.MONTH_FIRST)
    decimal_sign = models.CharField(max_length=1, choices=DecimalSign.choices, default=DecimalSign.POINT)
    zone = models.CharField(
        max_length=40, blank=True, help_text="The wall clock of its times; empty: the company's."
    )
    is_negative = models.BooleanField(default=False, help_text="Charges stand below zero, as in an account.")
    authorities = models.JSONField(
        default=dict, blank=True, help_text="Of trips: for which tax authority a surcharge is held."
    )
    is_active = models.BooleanField(default=True)
    created_by = models.CharField(max_length=150)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        db_table = "agency_layouts"
        ordering = ("name",)
        constraints = [
            *tenant_constraints("agency_layout"),
            models.UniqueConstraint(
                fields=["company", "name"], condition=Q(is_active=True), name="agency_layout_name"
            ),
            models.CheckConstraint(condition=~Q(name="") & ~Q(agency=""), name="agency_layout_named"),
        ]

    def __str__(self) -> str:
        return self.name
