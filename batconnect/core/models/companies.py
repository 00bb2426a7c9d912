"""Companies, their settings, the currencies they may keep books in, and the base of every row that belongs to one."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models.functions import Now

from batconnect.core.database.constraints import CompanyIsolation, TenantPrimaryKey
from batconnect.core.database.history import tracked
from batconnect.core.kernel.clock import validate_time_zone
from batconnect.core.kernel.ids import uuid7
from batconnect.core.kernel.money import MoneyField

MAIL_COVER: Final = "Dear {name},\n\nplease find attached: {document}.\n\n{company}"


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
        "brand color", max_length=7, default="#1f2937", validators=[RegexValidator(r"^#[0-9a-fA-F]{6}$")]
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
    credit_memo_approval_limit = MoneyField(
        "limit for credit memos",
        default=Decimal("1000.00"),
        db_default=Decimal("1000.00"),
        validators=[MinValueValidator(Decimal(0))],
        help_text="Above it a second person approves.",
    )
    manual_entry_approval_limit = MoneyField(
        "limit for manual journal entries",
        default=Decimal("1000.00"),
        db_default=Decimal("1000.00"),
        validators=[MinValueValidator(Decimal(0))],
        help_text="Above it a second person approves.",
    )
    longest_schedule = models.PositiveSmallIntegerField(
        default=260, help_text="Most rows of a repayment schedule."
    )
    interest_cap_percent = models.DecimalField(
        "highest interest rate",
        max_digits=5,
        decimal_places=2,
        default=Decimal(16),
        db_default=Decimal(16),
        validators=[MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(100))],
        help_text="Percent a year; a loan above it needs a reason.",
    )
    least_payout = MoneyField(
        "least weekly payout",
        default=Decimal("0.00"),
        db_default=Decimal("0.00"),
        validators=[MinValueValidator(Decimal(0))],
        help_text="What a driver is paid of the week's gross in any case, as far as the gross reaches.",
    )
    max_kept_percent = models.DecimalField(
        "highest part kept",
        max_digits=5,
        decimal_places=2,
        default=Decimal(100),
        db_default=Decimal(100),
        validators=[MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(100))],
        help_text="Percent of a week's gross that may be kept for what the driver owes.",
    )
    nets_leases = models.BooleanField(
        "nets a driver's leases",
        default=False,
        db_default=False,
        help_text="What a driver earned on one lease pays what the same driver owes on another.",
    )
    check_hold_days = models.PositiveSmallIntegerField(
        "days a check is held",
        default=0,
        db_default=0,
        help_text="A payment by check is refunded only when this many days have passed since its date.",
    )
    oldest_bookable_days = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        help_text="Payments and charges are dated at most this many days back; empty: as far as the books are open.",
    )
    claims_tax_on_bad_debt = models.BooleanField(
        "claims sales tax on bad debt",
        default=False,
        db_default=False,
        help_text="The sales tax in an invoice that is written off lessens the tax that is payable.",
    )
    posts_agency_bills = models.BooleanField(
        "posts agencies' bills",
        default=False,
        db_default=False,
        help_text="Importing an agency's file of charges posts the agency's bill for all of its rows.",
    )
    match_book_at = models.PositiveSmallIntegerField(
        "points that book a bank line",
        default=100,
        db_default=100,
        validators=[MinValueValidator(50), MaxValueValidator(1000)],
        help_text="A line with at least this much evidence for one customer is booked without a person.",
    )
    match_suggest_at = models.PositiveSmallIntegerField(
        "points that suggest",
        default=20,
        db_default=20,
        validators=[MinValueValidator(1), MaxValueValidator(1000)],
        help_text="A customer with at least this much evidence is suggested.",
    )
    count_difference_limit = MoneyField(
        "limit for counts of drawers that differ",
        default=Decimal("20.00"),
        db_default=Decimal("20.00"),
        validators=[MinValueValidator(Decimal(0))],
        help_text="A count that differs by more needs a second person.",
    )

    mail_cover = models.TextField(
        "text of mails",
        max_length=2000,
        default=MAIL_COVER,
        db_default=MAIL_COVER,
        help_text="What a mail with a document says; {name}, {document} and {company} are filled in.",
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
            models.CheckConstraint(
                condition=models.Q(
                    interest_cap_percent__range=(0, 100),
                    max_kept_percent__range=(0, 100),
                    least_payout__gte=0,
                ),
                name="company_settings_within",
                violation_error_message="Percentages are 0 to 100, and amounts are not negative.",
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
