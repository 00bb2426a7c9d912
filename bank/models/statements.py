"""What banks say: statements, and the files that they came in (docs/domain.md#statements)."""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.timezone import localtime

from batconnect.core.database.constraints import AppendOnly, tenant_constraints
from batconnect.core.database.keys import tenant_key
from batconnect.core.kernel.ids import uuid7
from batconnect.core.kernel.money import MoneyField
from batconnect.core.kernel.words import format_day
from batconnect.core.models import TenantModel


class StatementFormat(models.TextChoices):
    """What a statement came as."""

    CAMT = "camt", "CAMT.053"
    MT940 = "mt940", "MT940"
    BAI2 = "bai2", "BAI2"
    OFX = "ofx", "OFX or QFX"
    TABLE = "table", "CSV or XLSX"


class Statement(TenantModel):
    """A statement of one bank account: the figures that the bank gives, and how far its lines are booked.

    `opening + Σ booked lines = closing` is checked before anything is booked. The same statement is the one with the
    same account, sequence number and period. `hold_code` and `hold_message` say why one is held or waits.
    """

    class Status(models.TextChoices):
        RECEIVED = "received", "Received"
        BOOKING = "booking", "Booking"
        BOOKED = "booked", "Booked"
        WAITING = "waiting", "Waits for the one before it"
        HELD = "held", "Held"
        REFUSED = "refused", "Refused"
        REPLACED = "replaced", "Replaced by a correction"

    class OpeningSource(models.TextChoices):
        FILE = "file", "From the file"
        CHAIN = "chain", "From the statement before"
        TYPED = "typed", "Typed in"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    bank_account = tenant_key("ledger.BankAccount")
    batch = tenant_key("payments.PaymentBatch", null=True)
    operation_id = models.UUIDField(
        default=uuid7, help_text="What the system explains by itself is undone by it."
    )
    format = models.CharField(max_length=6, choices=StatementFormat.choices)
    file_name = models.CharField(max_length=200, blank=True)
    checksum = models.CharField(max_length=64, help_text="SHA-256 of the file.")
    place = models.PositiveSmallIntegerField(default=1, help_text="Which statement of its file it is.")
    is_forced = models.BooleanField(default=False)
    sequence_no = models.CharField(max_length=35, blank=True)
    message_id = models.CharField(max_length=60, blank=True)
    period_from = models.DateField(null=True)
    period_to = models.DateField(null=True)
    currency = models.CharField(max_length=3)
    opening = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    opening_source = models.CharField(max_length=5, choices=OpeningSource.choices, blank=True)
    closing = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    is_proven = models.BooleanField(default=False, help_text="Its closing balance is the bank's and agrees.")
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.RECEIVED)
    hold_code = models.CharField(max_length=40, blank=True)
    hold_message = models.CharField(max_length=500, blank=True)
    hold_details = models.JSONField(default=dict)
    replaces = tenant_key("bank.Statement", null=True)
    accepted_by = models.CharField(max_length=150, blank=True, help_text="Who took a gap or a correction.")
    accepted_at = models.DateTimeField(null=True)
    accept_reason = models.CharField(max_length=500, blank=True)
    strategy = models.CharField(max_length=20, blank=True, help_text="How payments from it are applied.")
    total_lines = models.PositiveIntegerField(default=0)
    new_lines = models.PositiveIntegerField(default=0)
    known_lines = models.PositiveIntegerField(default=0)
    shown_lines = models.PositiveIntegerField(default=0, help_text="Pending and information: shown alone.")
    held_lines = models.PositiveIntegerField(default=0)
    booked_lines = models.PositiveIntegerField(default=0)
    decided_to = models.PositiveIntegerField(
        default=0, db_default=0, help_text="The last line that the system looked at, once all were booked."
    )
    money_in = MoneyField(default=Decimal("0.00"))
    money_out = MoneyField(default=Decimal("0.00"))
    warnings = models.JSONField(default=list)
    problems = models.JSONField(default=list, help_text="What of the file could not be read, with its place.")
    chain_no = models.PositiveIntegerField(
        null=True,
        help_text="Its place among the booked statements of the account; null where it adds nothing.",
    )
    has_gap = models.BooleanField(default=False, help_text="Taken while the statement before it was missing.")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    created_by_name = models.CharField(max_length=150)
    request_id = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "bank_statements"
        ordering = ("-id",)
        constraints = [
            *tenant_constraints("bank_statement", "bank_account", "batch", "replaces"),
            models.UniqueConstraint(
                fields=["company", "bank_account", "sequence_no", "period_from", "period_to"],
                condition=~Q(sequence_no="") & Q(status__in=["received", "booking", "booked", "waiting"]),
                nulls_distinct=False,
                name="bank_statement_once",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["held", "waiting"]) | ~Q(hold_code=""),
                name="bank_statement_says_why",
            ),
            models.CheckConstraint(
                condition=Q(opening__isnull=True, opening_source="")
                | Q(opening__isnull=False) & ~Q(opening_source=""),
                name="bank_statement_opening_from",
            ),
            models.CheckConstraint(
                condition=Q(is_proven=False) | Q(opening__isnull=False, closing__isnull=False),
                name="bank_statement_proven_by_figures",
            ),
            models.CheckConstraint(
                condition=Q(period_to__isnull=True)
                | Q(period_from__isnull=True)
                | Q(period_to__gte=F("period_from")),
                name="bank_statement_period",
            ),
        ]
        indexes = [
            models.Index(
                fields=["company", "bank_account", "period_to", "id"], name="bank_statement_account"
            ),
            models.Index(fields=["company", "created_at", "id"], name="bank_statement_created"),
            models.Index(
                fields=["company", "created_at"],
                condition=Q(status__in=["received", "booking", "waiting", "held"]),
                name="bank_statement_unfinished",
            ),
            models.Index(fields=["company", "checksum"], name="bank_statement_file"),
            models.Index(
                fields=["company", "batch"], condition=Q(batch__isnull=False), name="bank_statement_batch"
            ),
        ]

    def __str__(self) -> str:
        number = f" {self.sequence_no}" if self.sequence_no else ""
        return f"Statement{number} of {format_day(self.period_to or localtime(self.created_at))}"

    @property
    def progress_percentage(self) -> int:
        """How far it is: half of the way its lines are booked, the other half the system looks what they are."""
        if self.status == self.Status.BOOKED:
            return 100
        booked = 50 * self.booked_lines // self.new_lines if self.new_lines else 0
        decided = 50 * self.decided_to // self.total_lines if self.total_lines else 0
        return min(booked + decided, 99)


class StatementFile(TenantModel):
    """A statement's file as it came, compressed: it stays readable."""

    checksum = models.CharField(max_length=64)
    name = models.CharField(max_length=200, blank=True)
    content = models.BinaryField()
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        db_table = "bank_statement_files"
        constraints = [
            *tenant_constraints("bank_statement_file"),
            models.UniqueConstraint(fields=["company", "checksum"], name="bank_statement_file_once"),
            AppendOnly(name="bank_statement_file_append_only"),
        ]

    def __str__(self) -> str:
        return self.name or self.checksum[:12]
