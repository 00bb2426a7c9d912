"""Companies, their settings, the currencies they may keep books in, and the base of every row that belongs to one."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.db.models.functions import Now

from batconnect.core.database.constraints import CompanyIsolation, TenantPrimaryKey
from batconnect.core.database.history import tracked
from batconnect.core.kernel.clock import validate_time_zone
from batconnect.core.kernel.ids import uuid7
from batconnect.core.kernel.money import MoneyField


class Currency(models.Model):
    """A currency the system offers; only those with two decimals. Read-only at runtime."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    code = models.CharField(max_length=3, unique=True, validators=[RegexValidator(r"^[A-Z]{3}$")])
    name = models.CharField(max_length=60)
    decimals = models.PositiveSmallIntegerField(default=2)

    class Meta:
        db_table = "currencies"
        ordering = ("code",)
        verbose_name_plural = "currencies"
        constraints = [
            models.CheckConstraint(condition=models.Q(decimals=2), name="currency_two_decimals"),
        ]

    def __str__(self) -> str:
        return self.code


class Company(models.Model):
    """The tenant: every business row belongs to exactly one. Read-only at runtime; made by `add_company`."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=120, unique=True)
    time_zone = models.CharField(max_length=60, default="America/New_York", validators=[validate_time_zone])
    base_currency = models.CharField(max_length=3, default="USD")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "companies"
        ordering = ("name",)
        verbose_name_plural = "companies"

    def __str__(self) -> str:
        return self.name


class TenantModel(models.Model):
    """A row that belongs to a company. `Meta.constraints` must include `tenant_constraints(…)`."""

    company = models.ForeignKey(
        Company, on_delete=models.PROTECT, db_index=False, related_name="+", editable=False
    )

    class Meta:
        abstract = True


def company_by_key() -> Any:
    """The company of a row whose other keys hold it already: written by the thousand, it needs no check of its own."""
    return models.ForeignKey(
        Company,
        on_delete=models.PROTECT,
        db_constraint=False,
        db_index=False,
        related_name="+",
        editable=False,
    )


class CompanySettings(TenantModel):
    """What a company decides for itself: branding, limits, the closing date, where settlement begins."""

    legal_name = models.CharField(
        max_length=160, blank=True, help_text="As documents print it; empty: the company's name."
    )
    address = models.TextField(blank=True)
    phone = models.CharField(max_length=40, blank=True)
    email = models.EmailField(blank=True)
    logo = models.BinaryField(null=True, blank=True, help_text="PNG or JPEG, at most 200 kB")
    brand_colour = models.CharField(
        max_length=7, default="#1f2937", validators=[RegexValidator(r"^#[0-9a-fA-F]{6}$")]
    )
    closed_until = models.DateField(
        null=True, blank=True, help_text="No payment, issue or allocation date lies on or before this day."
    )
    settles_from = models.DateField(null=True, blank=True, help_text="The first Sunday that is settled.")
    back_dating_days = models.PositiveSmallIntegerField(
        default=10,
        help_text="A payment dated further back than this earns no early-payment discount by itself.",
    )
    refund_approval_limit = MoneyField(
        default=Decimal("1000.00"),
        validators=[MinValueValidator(Decimal(0))],
        help_text="Above it a second person approves.",
    )
    write_off_approval_limit = MoneyField(
        default=Decimal("1000.00"),
        validators=[MinValueValidator(Decimal(0))],
        help_text="Above it a second person approves.",
    )
    void_approval_limit = MoneyField(
        "limit for voids of payments",
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal(0))],
        help_text="Above it a second person approves; empty: nobody does.",
    )
    payout_approval_limit = MoneyField(
        "limit for payouts to drivers",
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal(0))],
        help_text="Above it a second person approves; empty: nobody does.",
    )
    loan_approval_limit = MoneyField(
        "limit for driver loans",
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal(0))],
        help_text="Above it a second person approves; empty: nobody does.",
    )
    longest_schedule = models.PositiveSmallIntegerField(
        default=260, help_text="Most rows of a repayment schedule."
    )

    class Meta:
        db_table = "company_settings"
        verbose_name_plural = "company settings"
        constraints = [
            # One row per company, which is therefore the whole key.
            TenantPrimaryKey(name="company_settings_primary_key", columns=("company_id",)),
            CompanyIsolation(name="company_settings_company"),
            models.CheckConstraint(
                condition=models.Q(settles_from__isnull=True) | models.Q(settles_from__week_day=1),
                name="company_settings_settles_from_sunday",
                violation_error_message="Settlement must begin on a Sunday.",
            ),
        ]

    def __str__(self) -> str:
        return f"Settings of {self.company}"

    @classmethod
    def changeable(cls) -> tuple[str, ...]:
        """The names of all settings: every column but the row's key and its company."""
        return tuple(
            field.name
            for field in cls._meta.local_concrete_fields
            if not field.primary_key and field.name != "company"
        )


CompanySettingsHistory = tracked(CompanySettings, prefix="company_settings")
