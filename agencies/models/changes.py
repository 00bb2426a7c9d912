"""What an agency says of a row later: a penalty, a reduction, or another amount altogether.

Rule: docs/domain.md#agency-changes.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from batconnect.core.database.constraints import Trigger, tenant_constraints
from batconnect.core.database.keys import tenant_key
from batconnect.core.kernel.ids import uuid7
from batconnect.core.kernel.money import MoneyField
from batconnect.core.models import TenantModel


class AgencyChange(TenantModel):
    """Another amount of a row: `before` and `after` are what it costs, `raised` and `lowered` what of the difference
    adds to it and what takes off.

    A penalty or a reduction that the agency names is carried out by itself; another fine, toll or trip is a conflict,
    which waits (`open`) until somebody takes it or dismisses it.
    """

    class Status(models.TextChoices):
        OPEN = "open", "Waits"
        DONE = "done", "Taken"
        DISMISSED = "dismissed", "Dismissed"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    row = tenant_key("agencies.AgencyRow", related_name="changes")
    import_file = tenant_key("agencies.AgencyImport", related_name="changes", db_column="import_id")
    line_no = models.PositiveIntegerField()
    before = MoneyField()
    after = MoneyField()
    raised = MoneyField()
    lowered = MoneyField()
    word = models.JSONField(
        help_text="Fine, penalty and reduction, or of a trip card, fee and taxes, as it is said."
    )
    is_conflict = models.BooleanField()
    was_charged = models.BooleanField(
        default=False,
        help_text="The row was charged or credited when this was read: only then is there to change.",
    )
    message = models.CharField(max_length=300)
    status = models.CharField(max_length=9, choices=Status.choices, default=Status.OPEN)
    obligation = tenant_key("ledger.Obligation", null=True)
    credit_memo = tenant_key("payments.CreditMemo", null=True)
    earning = tenant_key("ledger.LeaseEarning", null=True)
    approval_id = models.UUIDField(null=True, help_text="The request on which a second person decides.")
    decided_by = models.CharField(max_length=150, blank=True, default="")
    decided_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=500, blank=True, default="")
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        db_table = "agency_changes"
        ordering = ("-id",)
        constraints = [
            *tenant_constraints(
                *("agency_change", "row", "import_file", "obligation", "credit_memo", "earning")
            ),
            models.UniqueConstraint(
                fields=["company", "row"], condition=Q(status="open"), name="agency_change_one_open"
            ),
            models.CheckConstraint(
                condition=Q(raised__gte=0, lowered__gte=0) & ~Q(raised=0, lowered=0),
                name="agency_change_says_something",
            ),
            models.CheckConstraint(
                condition=Q(status="done")
                | Q(obligation__isnull=True, credit_memo__isnull=True, earning__isnull=True),
                name="agency_change_done_by_something",
            ),
            Trigger(
                name="agency_change_fixed",
                event=(
                    "before update of id, company_id, row_id, import_id, line_no, before, after, raised, lowered, word,"
                    " is_conflict"
                ),
                body="raise exception 'what an agency said never changes' using errcode = 'restrict_violation';",
            ),
            Trigger(
                name="agency_change_decided_once",
                event="before update of status",
                after_table="for each row when (old.status <> 'open')",
                body="raise exception 'this change is decided already' using errcode = 'restrict_violation';",
            ),
        ]
        indexes = [
            models.Index(
                fields=["company", "created_at", "id"], condition=Q(status="open"), name="agency_change_open"
            ),
            models.Index(fields=["company", "row", "id"], name="agency_change_row"),
            models.Index(fields=["company", "import_file"], name="agency_change_import"),
        ]

    def __str__(self) -> str:
        return self.message
