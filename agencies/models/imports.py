"""A file of an agency is a row, and so is every line of it: what a worker must do is kept here (ADR 28)."""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from agencies.models.rows import Kind
from batconnect.core.database.constraints import Trigger, tenant_constraints
from batconnect.core.database.keys import tenant_key
from batconnect.core.kernel.ids import uuid7
from batconnect.core.kernel.money import MoneyField
from batconnect.core.models import TenantModel


class AgencyImport(TenantModel):
    """A file as it was received (docs/domain.md#agency-imports). `layout` is how it is read, with its headings, and
    stays what it was; the counts change in the transaction that changes the lines."""

    class Status(models.TextChoices):
        RECEIVED = "received", "Received"
        PROCESSING = "processing", "Processing"
        COMPLETED = "completed", "Completed"
        COMPLETED_WITH_ERRORS = "completed_with_errors", "Completed with errors"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    agency = models.CharField(max_length=40)
    layout_name = models.CharField(max_length=60)
    layout = models.JSONField(help_text="Columns, headings, forms: how a line is read.")
    file_name = models.CharField(max_length=200, blank=True)
    checksum = models.CharField(max_length=64, help_text="SHA-256 of the file.")
    is_forced = models.BooleanField(default=False)
    status = models.CharField(max_length=22, choices=Status.choices, default=Status.RECEIVED)
    total_lines = models.PositiveIntegerField()
    read_lines = models.PositiveIntegerField(default=0, help_text="How many lines were read; the rest waits.")
    new_lines = models.PositiveIntegerField(default=0)
    repeated_lines = models.PositiveIntegerField(default=0)
    changed_lines = models.PositiveIntegerField(default=0)
    failed_lines = models.PositiveIntegerField(default=0)
    skipped_lines = models.PositiveIntegerField(default=0)
    amount = models.DecimalField(
        max_digits=14,
        decimal_places=2,
        default=Decimal("0.00"),
        help_text="Of every line that could be read.",
    )
    vendor = tenant_key("ledger.Vendor", null=True)
    bill_number = models.CharField(max_length=60, blank=True)
    bill_date = models.DateField(null=True)
    bill = tenant_key("ledger.VendorBill", null=True)
    bill_message = models.CharField(max_length=300, blank=True, help_text="Why no bill was entered.")
    warnings = models.JSONField(default=list)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    created_by_name = models.CharField(max_length=150)
    request_id = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "agency_imports"
        verbose_name = "import from an agency"
        verbose_name_plural = "imports from agencies"
        ordering = ("-id",)
        constraints = [
            *tenant_constraints("agency_import", "vendor", "bill"),
            models.UniqueConstraint(
                fields=["company", "checksum"], condition=Q(is_forced=False), name="agency_import_file_once"
            ),
            models.CheckConstraint(
                condition=Q(total_lines__gt=0, total_lines__lte=200_000), name="agency_import_size"
            ),
            models.CheckConstraint(
                condition=Q(
                    read_lines__lte=F("total_lines"),
                    read_lines=F("new_lines")
                    + F("repeated_lines")
                    + F("changed_lines")
                    + F("failed_lines")
                    + F("skipped_lines"),
                ),
                name="agency_import_counts",
            ),
            models.CheckConstraint(
                condition=Q(bill_number="", vendor__isnull=True)
                | (~Q(bill_number="") & Q(vendor__isnull=False)),
                name="agency_import_bill_named",
            ),
            models.CheckConstraint(
                condition=Q(finished_at__isnull=True, status__in=["received", "processing"])
                | Q(finished_at__isnull=False, status__in=["completed", "completed_with_errors"]),
                name="agency_import_finished",
            ),
        ]
        indexes = [
            models.Index(fields=["company", "created_at", "id"], name="agency_import_created"),
            models.Index(
                fields=["company", "created_at"],
                condition=Q(status__in=["received", "processing"]),
                name="agency_import_waiting",
            ),
        ]

    def __str__(self) -> str:
        return self.file_name or f"file of {self.agency}"

    @property
    def is_finished(self) -> bool:
        """Whether nothing is left to do."""
        return self.finished_at is not None


class AgencyImportLine(TenantModel):
    """A line of a file as it came, and what became of it; `row` is the agency's row that it brought or repeats."""

    class Status(models.TextChoices):
        PENDING = "pending", "To be read"
        NEW = "new", "New"
        REPEATED = "repeated", "There already"
        CHANGED = "changed", "Other amount"
        FAILED = "failed", "Failed"
        SKIPPED = "skipped", "Nothing to charge"

    import_file = tenant_key("agencies.AgencyImport", related_name="lines", db_column="import_id")
    line_no = models.PositiveIntegerField(help_text="The file's line.")
    cells = models.JSONField(help_text="Its cells as they came.")
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.PENDING)
    digest = models.CharField(
        max_length=20, blank=True, default="", help_text="Where the agency gives no number."
    )
    row = tenant_key("agencies.AgencyRow", null=True)
    amount = MoneyField(null=True)
    error_field = models.CharField(max_length=40, blank=True, default="")
    error_code = models.CharField(max_length=40, blank=True, default="")
    error_message = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        db_table = "agency_import_lines"
        constraints = [
            *tenant_constraints("agency_import_line", "import_file", "row"),
            models.UniqueConstraint(
                fields=["company", "import_file", "line_no"], name="agency_import_line_once"
            ),
            models.CheckConstraint(
                condition=Q(
                    status__in=["new", "repeated", "changed"], row__isnull=False, amount__isnull=False
                )
                | Q(status__in=["pending", "failed", "skipped"], row__isnull=True),
                name="agency_import_line_names_its_row",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["failed", "skipped"]) | ~Q(error_message=""),
                name="agency_import_line_says_why",
            ),
            Trigger(
                name="agency_import_line_fixed",
                event="before update of id, company_id, import_id, line_no, cells",
                body="raise exception 'what a file said never changes' using errcode = 'restrict_violation';",
            ),
        ]
        indexes = [
            models.Index(
                fields=["company", "import_file", "line_no"],
                condition=Q(status="pending"),
                name="agency_import_line_pending",
            ),
            models.Index(
                fields=["company", "import_file", "status", "line_no"],
                condition=Q(status__in=["failed", "skipped", "changed"]),
                name="agency_import_line_failed",
            ),
            models.Index(
                fields=["company", "import_file", "digest"],
                condition=~Q(digest=""),
                name="agency_import_line_digest",
            ),
        ]

    def __str__(self) -> str:
        return f"line {self.line_no}"
