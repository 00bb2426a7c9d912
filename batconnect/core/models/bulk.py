"""What is done to many rows at once: the operation, and what became of each of its rows."""

from __future__ import annotations

from typing import Final

from django.conf import settings
from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Now

from batconnect.core.database.constraints import Trigger, tenant_constraints
from batconnect.core.database.keys import tenant_key
from batconnect.core.kernel.ids import uuid7
from batconnect.core.kernel.money import MoneyField
from batconnect.core.models.companies import TenantModel

_CHOSEN: Final = ("id", "company_id", "action", "asked_by_id", "created_at", "undoes_id", "total")
_AGREED: Final = ("answers", "said", "version", "confirmed_at", "request_id")
_PLACE: Final = ("id", "company_id", "operation_id", "place", "subject_id", "title")
_PLAN: Final = ("planned", "digest", "amount", "currency")


def _differ(columns: tuple[str, ...]) -> str:
    new = ", ".join(f"new.{each}" for each in columns)
    return f"({new}) is distinct from ({new.replace('new.', 'old.')})"


OPERATION_KEPT: Final = Trigger(
    name="bulk_operation_kept",
    event="before update or delete",
    body=(
        "if tg_op = 'DELETE' then if old.confirmed_at is not null then "
        "raise exception 'what was confirmed is kept' using errcode = 'restrict_violation'; end if; "
        "return old; end if; "
        f"if {_differ(_CHOSEN)} or old.confirmed_at is not null and {_differ(_AGREED)} "
        "or old.state = 'done' then "
        "raise exception 'what was chosen or confirmed never changes' using errcode = 'restrict_violation'; "
        "end if; return new;"
    ),
)
ROW_KEPT: Final = Trigger(
    name="bulk_row_kept",
    event="before update or delete",
    declare="confirmed boolean;",
    by_index=True,
    body=(
        "select o.confirmed_at is not null into confirmed from bulk_operations o "  # noqa: S608 - fixed text
        "where o.company_id = old.company_id and o.id = old.operation_id; "
        "if tg_op = 'DELETE' then if confirmed then "
        "raise exception 'what was confirmed is kept' using errcode = 'restrict_violation'; end if; "
        "return old; end if; "
        f"if {_differ(_PLACE)} or confirmed is distinct from (new.state in ('done', 'refused')) "
        f"or confirmed and (old.state <> 'planned' or {_differ(_PLAN)}) then "
        "raise exception 'a row of a confirmed operation is carried out once, as it was planned' "
        "using errcode = 'restrict_violation'; end if; return new;"
    ),
)


class BulkOperation(TenantModel):
    """One action on many rows: chosen, planned, confirmed, carried out (docs/domain.md#bulk).

    `answers` are the form's, as typed; `said` is how people read them. `version` counts the plans, so that who confirms
    confirms the one that was seen. After the confirmation nothing changes but how far it is.
    """

    class State(models.TextChoices):
        CHOSEN = "chosen", "Not confirmed"
        PLANNING = "planning", "Being previewed"
        PLANNED = "planned", "Previewed, not confirmed"
        RUNNING = "running", "Being carried out"
        DONE = "done", "Done"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    action = models.CharField(
        max_length=100, help_text="Table and action: `core.approval.approve`; see core.console.bulk."
    )
    title = models.CharField(max_length=120)
    state = models.CharField(max_length=10, choices=State, default=State.CHOSEN)
    answers = models.JSONField(default=dict)
    said = models.JSONField(default=list)
    version = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField()
    done_rows = models.PositiveIntegerField(null=True)
    undoes = tenant_key("core.BulkOperation", null=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    asked_by_name = models.CharField(max_length=150)
    request_id = models.CharField(max_length=100, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    confirmed_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "bulk_operations"
        ordering = ("-id",)
        verbose_name = "operation"
        constraints = [
            *tenant_constraints("bulk_operation", "undoes"),
            models.CheckConstraint(
                condition=Q(state__in=["running", "done"], confirmed_at__isnull=False)
                | Q(state__in=["chosen", "planning", "planned"], confirmed_at__isnull=True),
                name="bulk_operation_confirmed",
            ),
            models.CheckConstraint(
                condition=Q(state="done", finished_at__isnull=False, done_rows__isnull=False)
                | (~Q(state="done") & Q(finished_at__isnull=True, done_rows__isnull=True)),
                name="bulk_operation_finished",
            ),
            models.UniqueConstraint(
                fields=["company", "undoes"],
                condition=Q(confirmed_at__isnull=False, undoes__isnull=False),
                name="bulk_operation_undone_once",
            ),
            OPERATION_KEPT,
        ]
        indexes = [
            models.Index(
                fields=["company", "id"],
                condition=Q(state__in=["planning", "running"]),
                name="bulk_operation_waiting",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class BulkRow(TenantModel):
    """A row of an operation: what it would become, and what became of it. Carried out once, as it was planned."""

    class State(models.TextChoices):
        CHOSEN = "chosen", "Chosen"
        PLANNED = "planned", "To be done"
        LEFT = "left", "Left out"
        DONE = "done", "Done"
        REFUSED = "refused", "Not done"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    operation = tenant_key("core.BulkOperation")
    place = models.PositiveIntegerField()
    subject_id = models.CharField(max_length=60, help_text="The row's key in its table.")
    title = models.CharField(max_length=200)
    state = models.CharField(max_length=10, choices=State, default=State.CHOSEN)
    planned = models.CharField(max_length=500, blank=True, help_text="What it becomes, in words.")
    digest = models.CharField(max_length=64, blank=True, help_text="Names all that was planned.")
    amount = MoneyField(null=True)
    currency = models.CharField(max_length=3, blank=True)
    said = models.CharField(max_length=500, blank=True, help_text="Why it was left out, or what came of it.")
    kept = models.JSONField(
        default=dict,
        db_default=Value({}, models.JSONField()),
        help_text="What the action that takes it back has to know of the row.",
    )

    class Meta:
        db_table = "bulk_rows"
        ordering = ("place",)
        verbose_name = "row of an operation"
        verbose_name_plural = "rows of operations"
        constraints = [
            *tenant_constraints("bulk_row", "operation"),
            models.UniqueConstraint(fields=["company", "operation", "place"], name="bulk_row_place"),
            ROW_KEPT,
        ]

    def __str__(self) -> str:
        return self.title
