"""A batch is a row, and so is every row of its file: what a worker must do is kept here; a message only wakes it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from batconnect.core.database.constraints import tenant_constraints
from batconnect.core.database.keys import tenant_key
from batconnect.core.kernel.ids import uuid7
from batconnect.core.kernel.money import MoneyField
from batconnect.core.models import TenantModel


class PaymentBatch(TenantModel):
    """Up to 10,000 payments received together (docs/domain.md#batches).

    The counts change in the transaction that changes the rows; who works on it holds it, beside others (`jobs.holds`):
    a sweeping schedule wakes a worker for one that waits and that nobody holds.
    """

    class Source(models.TextChoices):
        CSV_IMPORT = "csv_import", "CSV import"
        MANUAL = "manual", "Manual entries"
        BANK_FEED = "bank_feed", "Bank feed"

    class Status(models.TextChoices):
        PENDING = "pending", "Pending"
        PROCESSING = "processing", "Processing"
        COMPLETED = "completed", "Completed"
        COMPLETED_WITH_ERRORS = "completed_with_errors", "Completed with errors"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    number = models.CharField(max_length=30, help_text="BATCH-20260131-001")
    operation_id = models.UUIDField(default=uuid7, help_text="Undoes the whole batch as a unit.")
    source_type = models.CharField(max_length=12, choices=Source.choices)
    status = models.CharField(max_length=22, choices=Status.choices, default=Status.PENDING)
    file_name = models.CharField(max_length=200, blank=True)
    checksum = models.CharField(max_length=64, help_text="SHA-256 of the file, or of the entries.")
    is_forced = models.BooleanField(
        default=False, help_text="Taken although the same file had been taken before."
    )
    notes = models.CharField(max_length=500, blank=True)
    layout = models.JSONField(default=dict, help_text="How a row's raw text is read: columns, delimiter, …")
    warnings = models.JSONField(default=list)
    totals = models.JSONField(default=list, help_text="Rows and amount per currency, as the file has them.")
    total_rows = models.PositiveIntegerField()
    succeeded_rows = models.PositiveIntegerField(default=0)
    failed_rows = models.PositiveIntegerField(default=0)
    unmatched_rows = models.PositiveIntegerField(default=0)
    cancelled_rows = models.PositiveIntegerField(default=0)
    held_rows = models.PositiveIntegerField(default=0, help_text="Likely repeats, until somebody decides.")
    known_rows = models.PositiveIntegerField(
        default=0, db_default=0, help_text="Lines of a bank that bring nothing new: booked before, or known."
    )
    money_out_rows = models.PositiveIntegerField(
        default=0, db_default=0, help_text="Lines of a bank by which money went out."
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    created_by_name = models.CharField(max_length=150)
    request_id = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "payment_batches"
        verbose_name_plural = "payment batches"
        constraints = [
            *tenant_constraints("payment_batch"),
            # By bytes: the console's search asks for numbers by their beginning.
            models.UniqueConstraint(
                fields=["company", "number"],
                opclasses=["uuid_ops", "text_pattern_ops"],
                name="payment_batch_number",
            ),
            models.UniqueConstraint(fields=["company", "operation_id"], name="payment_batch_operation"),
            models.UniqueConstraint(
                fields=["company", "checksum"],
                condition=Q(is_forced=False),
                name="payment_batch_file_once",
            ),
            models.CheckConstraint(
                condition=Q(total_rows__gt=0, total_rows__lte=10_000), name="payment_batch_size"
            ),
            models.CheckConstraint(
                condition=Q(
                    total_rows__gte=F("succeeded_rows")
                    + F("failed_rows")
                    + F("unmatched_rows")
                    + F("cancelled_rows")
                    + F("held_rows")
                    + F("known_rows")
                    + F("money_out_rows")
                ),
                name="payment_batch_counts_within",
            ),
        ]
        indexes = [
            models.Index(fields=["company", "created_at", "id"], name="payment_batch_created"),
            models.Index(
                fields=["company", "created_at"],
                condition=Q(status__in=["pending", "processing"]),
                name="payment_batch_waiting",
            ),
            # Few, and asked for by the front page.
            models.Index(
                fields=["company", "created_at"], condition=Q(held_rows__gt=0), name="payment_batch_held"
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def processed_rows(self) -> int:
        """How many rows no worker has to do, whatever became of them; held ones wait for a person."""
        done = self.succeeded_rows + self.failed_rows + self.unmatched_rows + self.cancelled_rows
        return done + self.held_rows + self.known_rows + self.money_out_rows

    @property
    def is_finished(self) -> bool:
        """Whether nothing is left to do."""
        return self.status not in (self.Status.PENDING, self.Status.PROCESSING)


class PaymentBatchRow(TenantModel):
    """A row of a batch as it came, and what became of it.

    A pending row without a customer has not been checked yet; `amount` is null when it cannot be read. A held row
    `repeats` another payment; once somebody decided, it is pending, or cancelled, with who and when. A row repaired
    in place is read by its `cells`, and `amount` is theirs; what the file said stays in `raw` and `file_amount`. A row
    of an errors file that came back has its `origin`, the failed row that it corrects (ADR 58). A row of a bank's
    statement is a part of one of its lines, and what is held of it is decided on the line.
    """

    class Status(models.TextChoices):
        PENDING = "pending", "Pending"
        SUCCEEDED = "succeeded", "Succeeded"
        FAILED = "failed", "Failed"
        UNMATCHED = "unmatched", "Unmatched"
        CANCELLED = "cancelled", "Cancelled"
        HELD = "held", "Held"
        KNOWN = "known", "Known"
        MONEY_OUT = "money_out", "Money out"

    batch = tenant_key("payments.PaymentBatch", related_name="rows")
    row_no = models.PositiveIntegerField()
    raw = models.TextField()
    amount = MoneyField(null=True)
    currency = models.CharField(max_length=3, blank=True)
    same_as_row = models.PositiveIntegerField(null=True, help_text="The earlier row that says the very same.")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PENDING)
    customer = tenant_key("directory.Customer", null=True)
    payment = tenant_key("payments.Payment", null=True)
    error_code = models.CharField(max_length=40, blank=True)
    error_field = models.CharField(max_length=40, blank=True)
    error_message = models.CharField(max_length=500, blank=True)
    error_hint = models.CharField(max_length=300, blank=True)
    further_errors = models.JSONField(
        default=list, help_text="What else is wrong: field, code, message, hint."
    )
    repeats = tenant_key("payments.Payment", null=True)
    decided_by = models.CharField(max_length=150, blank=True)
    decided_at = models.DateTimeField(null=True)
    cells = models.JSONField(null=True, help_text="Its cells by column name, once it was repaired.")
    file_amount = MoneyField(null=True, help_text="What the file said, once it was repaired.")
    file_currency = models.CharField(max_length=3, blank=True, default="", db_default="")
    repairs = models.PositiveSmallIntegerField(default=0, db_default=0)
    repaired_by = models.CharField(max_length=150, blank=True, default="", db_default="")
    repaired_at = models.DateTimeField(null=True)
    origin = tenant_key("payments.PaymentBatch", related_name="+", null=True)
    origin_row = models.PositiveIntegerField(null=True)

    class Meta:
        db_table = "payment_batch_rows"
        constraints = [
            *tenant_constraints("payment_batch_row", "batch", "customer", "payment", "repeats", "origin"),
            models.UniqueConstraint(fields=["company", "batch", "row_no"], name="payment_batch_row_once"),
            models.UniqueConstraint(
                fields=["company", "payment"],
                condition=Q(payment__isnull=False),
                name="payment_batch_row_payment",
            ),
            models.CheckConstraint(
                condition=Q(status="succeeded", payment__isnull=False)
                | (~Q(status="succeeded") & Q(payment__isnull=True)),
                name="payment_batch_row_paid",
            ),
            models.CheckConstraint(
                condition=~Q(status="failed") | ~Q(error_code=""), name="payment_batch_row_says_why"
            ),
            models.CheckConstraint(
                condition=~Q(status="held")
                | Q(repeats__isnull=False, customer__isnull=False, decided_at__isnull=True)
                # A bank's line, on which is decided where the lines are.
                | Q(repeats__isnull=True, customer__isnull=True, payment__isnull=True),
                name="payment_batch_row_held_for_a_payment",
            ),
            models.CheckConstraint(
                condition=Q(decided_at__isnull=True, decided_by="")
                | (Q(decided_at__isnull=False, repeats__isnull=False) & ~Q(decided_by="")),
                name="payment_batch_row_decided_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(cells__isnull=True, repairs=0, repaired_by="", repaired_at__isnull=True)
                | (Q(cells__isnull=False, repairs__gt=0, repaired_at__isnull=False) & ~Q(repaired_by="")),
                name="payment_batch_row_repaired_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(origin__isnull=True, origin_row__isnull=True)
                | Q(origin__isnull=False, origin_row__isnull=False) & ~Q(origin=F("batch")),
                name="payment_batch_row_origin_whole",
            ),
        ]
        indexes = [
            models.Index(
                fields=["company", "batch", "customer", "row_no"],
                condition=Q(status="pending"),
                name="payment_batch_row_pending",
            ),
            models.Index(
                fields=["company", "batch", "row_no"],
                condition=Q(status="failed"),
                name="payment_batch_row_failed",
            ),
            models.Index(
                fields=["company", "batch", "repeats"],
                condition=Q(repeats__isnull=False),
                name="payment_batch_row_repeats",
            ),
            models.Index(
                fields=["company", "origin", "origin_row"],
                condition=Q(origin__isnull=False),
                name="payment_batch_row_origin",
            ),
        ]

    def __str__(self) -> str:
        return f"Row {self.row_no}"
