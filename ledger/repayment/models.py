"""Tables that loans and repairs share or shape alike: the matrix, and the bases of documents and installments.

What differs between the kinds is in a `RepaidKind` (`ledger.repayment.kinds`).
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from batconnect.core.database.constraints import AppendOnly, Trigger, tenant_constraints
from batconnect.core.database.keys import tenant_key
from batconnect.core.kernel.ids import uuid7
from batconnect.core.kernel.money import MoneyField
from batconnect.core.models import TenantModel
from ledger.repayment.triggers import BANDS_FIT, not_whole, whole_on_shards


class RepaymentMatrix(TenantModel):
    """One version of the company's repayment matrix; on a day the latest one in effect applies.

    Rule: docs/domain.md#repayment-matrix.

    A version does not change: editing the matrix adds the next one, and a schedule keeps the one it was made with.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    version = models.PositiveIntegerField(editable=False)
    effective_from = models.DateField(help_text="The first day whose new schedules follow it.")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        editable=False,
    )
    actor = models.CharField("made by", max_length=150, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        app_label = "ledger"
        db_table = "repayment_matrices"
        ordering = ("-version",)
        verbose_name_plural = "repayment matrices"
        constraints = [
            *tenant_constraints("repayment_matrix"),
            AppendOnly(name="repayment_matrix_append_only"),
            models.UniqueConstraint(fields=["company", "version"], name="repayment_matrix_version"),
            models.CheckConstraint(condition=Q(version__gte=1), name="repayment_matrix_version_positive"),
        ]

    def __str__(self) -> str:
        return f"Version {self.version}"


class RepaymentBand(TenantModel):
    """One band of a matrix: amounts above `above` up to and with `up_to` repay `weekly_principal` a week."""

    matrix = tenant_key("ledger.RepaymentMatrix", related_name="bands")
    position = models.PositiveSmallIntegerField()
    above = MoneyField()
    up_to = MoneyField(null=True, blank=True, help_text="Empty for the last band: no upper end.")
    weekly_principal = MoneyField(null=True, blank=True, help_text="Empty: all at once.")

    class Meta:
        app_label = "ledger"
        db_table = "repayment_bands"
        ordering = ("matrix", "position")
        constraints = [
            *tenant_constraints("repayment_band", "matrix"),
            AppendOnly(name="repayment_band_append_only"),
            BANDS_FIT,
            models.UniqueConstraint(fields=["company", "matrix", "position"], name="repayment_band_position"),
            models.CheckConstraint(
                condition=Q(above__gte=0) & (Q(up_to__isnull=True) | Q(up_to__gt=F("above"))),
                name="repayment_band_is_a_range",
            ),
            models.CheckConstraint(
                condition=Q(weekly_principal__isnull=True) | Q(weekly_principal__gt=0),
                name="repayment_band_repays",
            ),
        ]

    def __str__(self) -> str:
        return f"Above {self.above:,.2f}"


class RepaidDocument(TenantModel):
    """What is repaid by installments. `amount` is the principal, in `currency`.

    It is lowered when the document was entered wrongly, and never changes otherwise: `adjusted` is by how much in all,
    `adjustments` in how many steps. What is still to be repaid is not stored: it follows from the installments and what
    their obligations owe.
    """

    class Status(models.TextChoices):
        OPEN = "Open", "Open"
        HOLD = "Hold", "Hold"
        CLOSED = "Closed", "Closed"
        CANCELLED = "Cancelled", "Cancelled"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    number = models.CharField(max_length=24, help_text="DLN-2026-001 or RPR-2026-001.")
    number_order = models.BigIntegerField(help_text="Year and number as one figure: numbers sort as numbers.")
    customer = tenant_key("directory.Customer")
    driver = tenant_key("directory.Driver")
    lease = tenant_key("directory.Lease")
    currency = models.CharField(max_length=3)
    amount = MoneyField()
    adjusted = MoneyField(
        default=Decimal("0.00"), db_default=Decimal("0.00"), help_text="By how much the amount was lowered."
    )
    adjustments = models.PositiveSmallIntegerField(default=0, db_default=0, editable=False)
    start_week = models.DateField(help_text="The Sunday on which the first installment falls due.")
    matrix = tenant_key("ledger.RepaymentMatrix")
    installment_count = models.PositiveSmallIntegerField()
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.OPEN)
    status_reason = models.CharField(
        max_length=500, blank=True, help_text="Why it is on hold or was cancelled."
    )
    closed_at = models.DateTimeField(null=True)
    notes = models.CharField(max_length=500, blank=True)
    case_no = models.CharField(max_length=20, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    created_by_name = models.CharField(max_length=150)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.number


class Installment(TenantModel):
    """One row of a schedule. Once posted it is the obligation with the same id, whose source it is.

    `is_suspended` keeps it from being posted: its document is on hold or cancelled. A row never changes its principal:
    it is withdrawn, and others take its place.
    """

    class Status(models.TextChoices):
        SCHEDULED = "Scheduled", "Scheduled"
        POSTED = "Posted", "Posted"
        PAID = "Paid", "Paid"
        WITHDRAWN = "Withdrawn", "Withdrawn"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    number = models.PositiveSmallIntegerField()
    installment_id = models.CharField("installment", max_length=30, help_text="DLN-2026-001-01")
    week_start_date = models.DateField()
    due_date = models.DateField()
    principal = MoneyField()
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.SCHEDULED)
    is_suspended = models.BooleanField(default=False)
    posted_on = models.DateField(null=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.installment_id


_WHAT_IT_IS = (
    "id, company_id, number, number_order, customer_id, driver_id, lease_id, currency, start_week, matrix_id,"
    " case_no, created_by_id, created_by_name, created_at"
)
_MOVES = (
    "('Open', 'Hold'), ('Hold', 'Open'), ('Open', 'Cancelled'), ('Hold', 'Cancelled'), ('Open', 'Closed'),"
    " ('Closed', 'Open')"
)
_INSTALLMENT_MOVES = (
    "('Scheduled', 'Posted'), ('Posted', 'Paid'), ('Paid', 'Posted'), ('Scheduled', 'Withdrawn'),"
    " ('Posted', 'Withdrawn')"
)


def _unless(moves: str) -> str:
    return (
        "for each row when (old.status <> new.status"
        f" and (old.status::text, new.status::text) not in ({moves}))"
    )


def _amount_rules(prefix: str, *, installments: str, documents: str, key: str) -> list[models.BaseConstraint]:
    """An amount is lowered by adjustments alone, in the statement that takes it off the schedule."""
    return [
        models.CheckConstraint(condition=Q(adjusted__gte=0), name=f"{prefix}_adjusted_not_negative"),
        Trigger(
            name=f"{prefix}_amount_lowered",
            event="before update of amount, adjusted, adjustments",
            after_table=(
                "for each row when ((old.amount, old.adjusted, old.adjustments) is distinct from"
                " (new.amount, new.adjusted, new.adjustments) and not (new.amount < old.amount"
                " and new.amount + new.adjusted = old.amount + old.adjusted"
                " and new.adjustments = old.adjustments + 1))"
            ),
            body="raise exception 'an amount never changes, but is lowered by an adjustment'"
            " using errcode = 'restrict_violation';",
        ),
        Trigger(
            name=f"{prefix}_stays_whole",
            event="after update of amount, installment_count",
            after_table=(
                "for each row when (old.amount <> new.amount or old.installment_count <> new.installment_count)"
            ),
            declare="wrong text;",
            by_index=True,
            body=not_whole(
                installments=installments,
                documents=documents,
                key=key,
                of="select new.company_id as company_id, new.id as id",
            ),
            on_shards=whole_on_shards(
                "after update of amount, installment_count",
                installments=installments,
                documents=documents,
                key=key,
                document="id",
            ),
        ),
    ]


def document_constraints(
    prefix: str, *keys: str, documents: str, installments: str, parent: str, fixed: str = ""
) -> list[models.BaseConstraint]:
    """The rules of the table `documents`. `installments` is the table of its rows, `parent` their key's column;
    `fixed` names further columns that never change."""
    return [
        *tenant_constraints(prefix, "customer", "driver", "lease", "matrix", *keys),
        # By bytes: the console's search asks for numbers by their beginning.
        models.UniqueConstraint(
            fields=["company", "number"], opclasses=["uuid_ops", "text_pattern_ops"], name=f"{prefix}_number"
        ),
        *_amount_rules(prefix, installments=installments, documents=documents, key=parent),
        models.CheckConstraint(condition=Q(amount__gt=0), name=f"{prefix}_amount_positive"),
        models.CheckConstraint(condition=Q(start_week__week_day=1), name=f"{prefix}_start_week_sunday"),
        models.CheckConstraint(condition=Q(installment_count__gte=1), name=f"{prefix}_has_installments"),
        models.CheckConstraint(
            condition=Q(status__in=RepaidDocument.Status.values), name=f"{prefix}_known_status"
        ),
        models.CheckConstraint(
            condition=Q(status="Closed", closed_at__isnull=False)
            | (~Q(status="Closed") & Q(closed_at__isnull=True)),
            name=f"{prefix}_closed_at",
        ),
        Trigger(
            name=f"{prefix}_fixed",
            event=f"before update of {_WHAT_IT_IS}{fixed}",
            body="raise exception 'what a document is never changes' using errcode = 'restrict_violation';",
        ),
        Trigger(
            name=f"{prefix}_kept",
            event="before delete",
            truncate=True,
            after_table="for each statement",
            body="raise exception 'documents are cancelled, never deleted' using errcode = 'restrict_violation';",
        ),
        Trigger(
            name=f"{prefix}_begins_open",
            event="before insert",
            after_table="for each row when (new.status <> 'Open')",
            body="raise exception 'a document begins Open, not %', new.status using errcode = 'check_violation';",
        ),
        Trigger(
            name=f"{prefix}_legal_move",
            event="before update of status",
            after_table=_unless(_MOVES),
            body="raise exception '% cannot move from % to %', old.number, old.status, new.status"
            " using errcode = 'check_violation';",
        ),
        Trigger(
            name=f"{prefix}_whole",
            event="after insert",
            after_table="referencing new table as added for each statement",
            body=(
                f"if exists (select 1 from added d where (select i.number from {installments} i"  # noqa: S608 - our tables
                f" where i.company_id = d.company_id and i.{parent} = d.id limit 1) is null) then"
                " raise exception 'a document comes with its schedule, in one statement'"
                " using errcode = 'check_violation'; end if; return null;"
            ),
            on_shards=whole_on_shards(
                "after insert", installments=installments, documents=documents, key=parent, document="id"
            ),
        ),
    ]


def installment_constraints(
    prefix: str, *, table: str, parent: str, documents: str, amounts: tuple[str, ...]
) -> list[models.BaseConstraint]:
    """The rules of the schedules' `table`. `parent` is the field of the document, in the table `documents`;
    `amounts` are the columns that a row's total consists of."""
    key = f"{parent}_id"
    whole = {"installments": table, "documents": documents, "key": key}
    may_change = ", ".join(("due_date", *(column for column in amounts if column != "principal")))
    return [
        *tenant_constraints(prefix, parent),
        models.UniqueConstraint(fields=["company", parent, "number"], name=f"{prefix}_place"),
        models.UniqueConstraint(fields=["company", "installment_id"], name=f"{prefix}_number"),
        models.CheckConstraint(condition=Q(principal__gt=0), name=f"{prefix}_principal_positive"),
        models.CheckConstraint(condition=Q(week_start_date__week_day=1), name=f"{prefix}_week_is_a_week"),
        models.CheckConstraint(
            condition=Q(status="Scheduled", posted_on__isnull=True)
            | Q(status__in=["Posted", "Paid"], posted_on__isnull=False, is_suspended=False)
            | Q(status="Withdrawn", is_suspended=False),
            name=f"{prefix}_status_fits",
        ),
        Trigger(
            name=f"{prefix}_whole",
            event="after insert",
            after_table="referencing new table as added for each statement",
            declare="wrong text;",
            by_index=True,
            body=not_whole(**whole, of=f"select company_id, {key} as id from added"),  # noqa: S608 - our tables
            on_shards=whole_on_shards("after insert", **whole, document=key),
        ),
        Trigger(
            name=f"{prefix}_withdrawn",
            event="after update of status",
            after_table="for each row when (old.status <> 'Withdrawn' and new.status = 'Withdrawn')",
            declare="wrong text;",
            by_index=True,
            body=not_whole(**whole, of=f"select new.company_id as company_id, new.{key} as id"),
            on_shards=whole_on_shards("after update of status", **whole, document=key),
        ),
        Trigger(
            name=f"{prefix}_fixed",
            event=f"before update of id, company_id, {key}, number, installment_id, week_start_date, principal",
            body="raise exception 'what an installment is never changes' using errcode = 'restrict_violation';",
        ),
        Trigger(
            name=f"{prefix}_posted_fixed",
            event=f"before update of {may_change}",
            after_table="for each row when (old.status <> 'Scheduled')",
            body="raise exception 'a posted installment never changes' using errcode = 'restrict_violation';",
        ),
        Trigger(
            name=f"{prefix}_begins_scheduled",
            event="before insert",
            after_table="for each row when (new.status <> 'Scheduled')",
            body="raise exception 'an installment begins Scheduled' using errcode = 'check_violation';",
        ),
        Trigger(
            name=f"{prefix}_legal_move",
            event="before update of status",
            after_table=_unless(_INSTALLMENT_MOVES),
            body="raise exception '% cannot move from % to %', old.installment_id, old.status, new.status"
            " using errcode = 'check_violation';",
        ),
        Trigger(
            name=f"{prefix}_kept",
            event="before delete",
            truncate=True,
            after_table="for each statement",
            body="raise exception 'installments are never deleted' using errcode = 'restrict_violation';",
        ),
    ]


def document_indexes(prefix: str) -> list[Any]:
    """What lists are sorted and filtered by; the number's order is the usual one."""
    return [
        models.Index(fields=["company", "number_order", "id"], name=f"{prefix}_order"),
        models.Index(fields=["company", "customer", "number_order"], name=f"{prefix}_customer"),
        models.Index(fields=["company", "lease", "number_order"], name=f"{prefix}_lease"),
        models.Index(fields=["company", "status", "number_order"], name=f"{prefix}_status"),
        models.Index(fields=["company", "start_week", "id"], name=f"{prefix}_start_week"),
        models.Index(fields=["company", "amount", "id"], name=f"{prefix}_amount"),
    ]


def installment_indexes(prefix: str) -> list[Any]:
    """What the posting reads: the rows that wait for their day."""
    return [
        models.Index(
            fields=["company", "due_date", "id"],
            condition=Q(status="Scheduled", is_suspended=False),
            name=f"{prefix}_due",
        )
    ]
