"""What services keep besides the business's own rows: numbers, answers to repeated writes, runs, holds, filters."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from batconnect.core.database.constraints import OwnersColumns, Uncompressed, tenant_constraints
from batconnect.core.database.keys import tenant_key
from batconnect.core.kernel.ids import uuid7
from batconnect.core.kernel.recurrence import QUARTERS, Recurrence
from batconnect.core.models.companies import TenantModel
from batconnect.core.models.people import User


class Counter(TenantModel):
    """The last number given out in a series (`INTPAY`, period `2026`); see `core.database.numbers`."""

    series = models.CharField(max_length=20)
    period = models.CharField(max_length=8, blank=True)
    value = models.BigIntegerField(default=0)

    class Meta:
        db_table = "counters"
        constraints = [
            *tenant_constraints("counter"),
            models.UniqueConstraint(fields=["company", "series", "period"], name="counter_series"),
        ]


class IdempotencyKey(TenantModel):
    """A key with the answer to its request, written in the transaction of the work.

    Rule: docs/domain.md#idempotency.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", db_index=False)
    key = models.UUIDField()
    request_hash = models.BinaryField(max_length=32)
    status = models.PositiveSmallIntegerField(null=True)
    body = models.BinaryField(null=True)
    headers = models.JSONField(default=dict)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "idempotency_keys"
        constraints = [
            *tenant_constraints("idempotency"),
            models.UniqueConstraint(fields=["company", "user", "key"], name="idempotency_once"),
            # Answers come compressed.
            Uncompressed(column="body", name="idempotency_body_uncompressed"),
        ]
        indexes = [models.Index(fields=["company", "created_at"], name="idempotency_age")]


class SavedFilter(TenantModel):
    """A view of a list that somebody gave a name: filters, order and columns as a query string, for oneself or for the
    whole company."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", db_index=False)
    page = models.CharField(max_length=80, help_text="The list it belongs to: `payments.payment`.")
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=2000, help_text="Known parameters of that list alone.")
    is_shared = models.BooleanField(default=False)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "saved_filters"
        constraints = [
            *tenant_constraints("saved_filter"),
            models.UniqueConstraint(fields=["company", "page", "user", "name"], name="saved_filter_name"),
        ]

    def __str__(self) -> str:
        return self.name


class ListChoice(TenantModel):
    """How somebody has a list: which of its columns are shown, and which view it opens with."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", db_index=False)
    page = models.CharField(max_length=80, help_text="The list: `payments.payment`.")
    columns = models.CharField(max_length=1000, blank=True, help_text="Their names; empty: all of them.")
    view = tenant_key("core.SavedFilter", null=True)
    changed_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "list_choices"
        constraints = [
            *tenant_constraints("list_choice", "view"),
            models.UniqueConstraint(fields=["company", "page", "user"], name="list_choice_once"),
        ]
        indexes = [models.Index(fields=["company", "view"], name="list_choice_view")]

    def __str__(self) -> str:
        return self.page


class JobRun(TenantModel):
    """A run of a scheduled job in one company: asked for, running, over. Only each job's newest are kept."""

    class State(models.TextChoices):
        QUEUED = "queued", "Waiting"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        REFUSED = "refused", "Refused"
        FAILED = "failed", "Failed"
        RETRIED = "retried", "Tried again"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    task = models.CharField(max_length=100)
    state = models.CharField(max_length=10, choices=State)
    requested_by = models.CharField(
        max_length=150, blank=True, help_text="Who asked for it; empty: the schedule."
    )
    requested_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    detail = models.CharField(
        max_length=300, blank=True, help_text="Why it was refused, or which fault it met."
    )
    counts = models.JSONField(default=dict, help_text="What it did, as it told.")

    class Meta:
        db_table = "job_runs"
        constraints = [
            *tenant_constraints("job_run"),
            models.UniqueConstraint(
                fields=["company", "task"], condition=models.Q(state="queued"), name="job_run_queued_once"
            ),
            # Beat writes a schedule whole when it notes a run: which code runs with what stays.
            OwnersColumns(
                name="schedule_owners_columns",
                table="django_celery_beat_periodictask",
                columns=(
                    *(
                        "name",
                        "task",
                        "args",
                        "kwargs",
                        "queue",
                        "exchange",
                        "routing_key",
                        "headers",
                        "priority",
                    ),
                    *("solar_id", "clocked_id", "expires", "expire_seconds", "one_off", "start_time"),
                ),
            ),
        ]
        indexes = [models.Index(fields=["company", "task", "id"], name="job_run_task")]


class CompanySchedule(TenantModel):
    """When a company's part of a job runs, where its administrators changed that (docs/domain.md#schedules).

    `handled_through` is the time up to which it was sent to a worker, or was not to be; `version` counts the changes.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    job = models.CharField(max_length=40, help_text="`weekly_run`, …: see core.jobs.company_jobs.")
    weekday = models.PositiveSmallIntegerField(
        null=True, help_text="0 is Sunday, 6 is Saturday; empty: every day."
    )
    at = models.TimeField(help_text="On the clock of the zone, at a quarter of an hour.")
    time_zone = models.CharField(max_length=60, help_text="An IANA name.")
    paused_at = models.DateTimeField(null=True)
    pause_reason = models.CharField(max_length=500, blank=True)
    handled_through = models.DateTimeField()
    changed_by = models.CharField(max_length=150)
    changed_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    class Meta:
        db_table = "company_schedules"
        constraints = [
            *tenant_constraints("company_schedule"),
            models.UniqueConstraint(fields=["company", "job"], name="company_schedule_once"),
            models.CheckConstraint(
                condition=models.Q(weekday__isnull=True) | models.Q(weekday__lte=6),
                name="company_schedule_weekday",
            ),
            models.CheckConstraint(
                condition=models.Q(at__minute__in=QUARTERS, at__second=0), name="company_schedule_quarter"
            ),
            models.CheckConstraint(
                condition=models.Q(paused_at__isnull=True, pause_reason="")
                | (models.Q(paused_at__isnull=False) & ~models.Q(pause_reason="")),
                name="company_schedule_pause_has_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.job}: {self.recurrence.describe()}"

    @property
    def recurrence(self) -> Recurrence:
        """The day and the time."""
        return Recurrence(self.weekday, self.at, self.time_zone)


class WorkHold(TenantModel):
    """Somebody is at a piece of work; `until` is renewed every few seconds while the process lives (`jobs.holds`)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=60, help_text="`ledger.weekly_run`, `payments.batch`, …")
    subject = models.CharField(max_length=100, help_text="Which of its kind.")
    share = models.CharField(
        max_length=36, blank=True, help_text="Empty: held alone. Else the hold's own id."
    )
    held_by = models.CharField(max_length=200, help_text="Job, process and machine.")
    since = models.DateTimeField()
    until = models.DateTimeField()

    class Meta:
        db_table = "work_holds"
        constraints = [
            *tenant_constraints("work_hold"),
            models.UniqueConstraint(fields=["company", "kind", "subject", "share"], name="work_hold_once"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"
