"""Tables of the weekly settlement: its runs, the earnings that came in, and the DTRs with what they cover."""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from batconnect.core.database.constraints import AppendOnly, Trigger, tenant_constraints
from batconnect.core.database.keys import tenant_key
from batconnect.core.kernel.ids import uuid7
from batconnect.core.kernel.money import MoneyField
from batconnect.core.kernel.words import describe_code, format_day
from batconnect.core.models import TenantModel
from ledger.chart import Category

_NOTHING = Decimal("0.00")


class WeeklyRun(TenantModel):
    """One job of one company's Sunday: it gives order and idempotency, and says how far a run is.

    Rule: docs/domain.md#dtr.

    Whoever works on it holds it (`jobs.holds`): a row that says "running" without a holder was a killed worker's.
    """

    class Status(models.TextChoices):
        PENDING = "pending", "Pending"
        RUNNING = "running", "Running"
        COMPLETED = "completed", "Completed"
        FAILED = "failed", "Failed"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    week = models.DateField(help_text="The Sunday that begins the week; it is settled on the next one.")
    job = models.CharField(max_length=30, help_text="`lease_fees`, `repairs`, `loans`, `dtr`: in this order.")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PENDING)
    attempts = models.PositiveIntegerField(default=0)
    figures = models.JSONField(default=dict, help_text="What the job did.")
    error = models.CharField(max_length=500, blank=True, help_text="Why the last attempt stopped.")
    started_at = models.DateTimeField(null=True)
    completed_at = models.DateTimeField(null=True)
    actor = models.CharField(max_length=150, blank=True)

    class Meta:
        app_label = "ledger"
        db_table = "weekly_runs"
        constraints = [
            *tenant_constraints("weekly_run"),
            models.UniqueConstraint(fields=["company", "week", "job"], name="weekly_run_once"),
            models.CheckConstraint(condition=Q(week__week_day=1), name="weekly_run_week_sunday"),
            models.CheckConstraint(
                condition=Q(status="completed", completed_at__isnull=False)
                | (~Q(status="completed") & Q(completed_at__isnull=True)),
                name="weekly_run_completed_at",
            ),
        ]

    def __str__(self) -> str:
        return f"{describe_code(self.job)} of {format_day(self.week)}"


_FIGURES = (
    "gross, prior_balance, charges, interim_payments, credits, adjustments, owed, earned, protected, recovered,"
    " credits_paid, netted_in, netted_out, net, due_to_driver, carried_forward"
)


class Dtr(TenantModel):
    """A Driver Transaction Report: what a lease's week came to for one of its drivers (docs/domain.md#dtr-formula).

    Its figures do not change; `status` goes from Finalized to Paid when `due_to_driver` is paid out, and back only when
    that payout comes back (`returned_payouts` counts them). Amounts are in `currency`. `unallocated_cash` is for
    information and is not part of any sum. `is_former` says that the driver had no day on the lease in that week, in
    whatever role.
    """

    class Status(models.TextChoices):
        FINALIZED = "Finalized", "Finalized"
        PAID = "Paid", "Paid"

    class Method(models.TextChoices):
        ACH = "ach", "ACH"
        CHECK = "check", "Check"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    number = models.CharField(max_length=24, help_text="DTR-2026-000001.")
    number_order = models.BigIntegerField(help_text="Year and number as one figure: numbers sort as numbers.")
    week = models.DateField(help_text="The Sunday that begins the week.")
    settled_on = models.DateField(help_text="The Sunday after it: what is due until then is in it.")
    lease = tenant_key("directory.Lease")
    driver = tenant_key("directory.Driver")
    customer = tenant_key("directory.Customer")
    is_former = models.BooleanField(default=False)
    currency = models.CharField(max_length=3)
    gross = MoneyField()
    prior_balance = MoneyField()
    charges = MoneyField()
    interim_payments = MoneyField()
    credits = MoneyField(default=_NOTHING)
    adjustments = MoneyField()
    owed = MoneyField()
    earned = MoneyField(default=_NOTHING)
    protected = MoneyField(default=_NOTHING)
    recovered = MoneyField()
    credits_paid = MoneyField(default=_NOTHING)
    netted_in = MoneyField(default=_NOTHING)
    netted_out = MoneyField(default=_NOTHING)
    net = MoneyField()
    due_to_driver = MoneyField()
    carried_forward = MoneyField()
    unallocated_cash = MoneyField(default=_NOTHING)
    previous = tenant_key("ledger.Dtr", null=True)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.FINALIZED)
    paid_on = models.DateField(null=True)
    paid_at = models.DateTimeField(null=True)
    paid_by = models.CharField(max_length=150, blank=True)
    payment_method = models.CharField(max_length=10, choices=Method.choices, blank=True)
    payment_reference = models.CharField(max_length=60, blank=True)
    returned_payouts = models.PositiveSmallIntegerField(
        default=0,
        db_default=0,
        help_text="How many payouts came back; the next one is the attempt after them.",
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        app_label = "ledger"
        db_table = "dtrs"
        verbose_name = "DTR"
        verbose_name_plural = "DTRs"
        constraints = [
            *tenant_constraints("dtr", "lease", "driver", "customer", "previous"),
            # By bytes: the console's search asks for numbers by their beginning.
            models.UniqueConstraint(
                fields=["company", "number"], opclasses=["uuid_ops", "text_pattern_ops"], name="dtr_number"
            ),
            models.UniqueConstraint(
                fields=["company", "lease", "customer", "week"], name="dtr_once_per_driver_and_week"
            ),
            models.UniqueConstraint(fields=["company", "previous"], name="dtr_followed_once"),
            models.CheckConstraint(
                condition=Q(week__week_day=1, settled_on__week_day=1, settled_on__gt=F("week")),
                name="dtr_week_sunday",
            ),
            models.CheckConstraint(
                condition=Q(
                    owed=F("prior_balance")
                    + F("charges")
                    - F("interim_payments")
                    - F("credits")
                    - F("adjustments"),
                    gross__gte=0,
                    owed__gte=0,
                    prior_balance__gte=0,
                    unallocated_cash__gte=0,
                ),
                name="dtr_owed_adds_up",
            ),
            models.CheckConstraint(
                condition=Q(
                    due_to_driver=F("gross") - F("recovered") + F("credits_paid") - F("netted_out"),
                    carried_forward=F("owed") - F("recovered") - F("netted_in"),
                    net=F("due_to_driver") - F("carried_forward"),
                    due_to_driver__gte=0,
                    carried_forward__gte=0,
                ),
                name="dtr_net_adds_up",
            ),
            models.CheckConstraint(
                condition=(Q(earned__gte=0, gross=F("earned")) | Q(earned__lt=0, gross=0))
                & Q(
                    protected__gte=0,
                    recovered__gte=0,
                    recovered__lte=F("gross") - F("protected"),
                    netted_in__gte=0,
                    netted_out__gte=0,
                    netted_out__lte=F("gross") - F("recovered") - F("protected"),
                ),
                name="dtr_earned_adds_up",
            ),
            models.CheckConstraint(
                condition=Q(credits_paid=0) | Q(credits_paid__gt=0, carried_forward=0),
                name="dtr_credits_paid_when_nothing_owed",
            ),
            models.CheckConstraint(
                condition=Q(status="Finalized", paid_on__isnull=True, paid_at__isnull=True, payment_method="")
                | Q(
                    status="Paid",
                    paid_on__isnull=False,
                    paid_at__isnull=False,
                    payment_method__in=["ach", "check"],
                    due_to_driver__gt=0,
                ),
                name="dtr_paid_says_how",
            ),
            Trigger(
                name="dtr_fixed",
                event=(
                    "before update of id, company_id, number, number_order, week, settled_on, lease_id, driver_id,"
                    f" customer_id, is_former, currency, {_FIGURES}, unallocated_cash, previous_id"
                ),
                body="raise exception 'a DTR never changes' using errcode = 'restrict_violation';",
            ),
            Trigger(
                name="dtr_paid_once",
                event="before update of status, paid_on, paid_at, payment_method, payment_reference",
                after_table=(
                    "for each row when (old.status = 'Paid'"
                    " and (new.status <> 'Finalized' or new.returned_payouts <> old.returned_payouts + 1))"
                ),
                body="raise exception '% is paid already', old.number using errcode = 'restrict_violation';",
            ),
            Trigger(
                name="dtr_returns_counted",
                event="before update of returned_payouts",
                after_table=(
                    "for each row when (new.returned_payouts <> old.returned_payouts"
                    " + case when old.status = 'Paid' and new.status = 'Finalized' then 1 else 0 end)"
                ),
                body="raise exception 'no payout of % came back', old.number using errcode = 'restrict_violation';",
            ),
            Trigger(
                name="dtr_kept",
                event="before delete",
                truncate=True,
                after_table="for each statement",
                body="raise exception 'DTRs are never deleted' using errcode = 'restrict_violation';",
            ),
        ]
        indexes = [
            models.Index(fields=["company", "week", "number_order"], name="dtr_week"),
            models.Index(fields=["company", "number_order"], name="dtr_number_order"),
            models.Index(fields=["company", "driver", "week"], name="dtr_driver"),
            models.Index(fields=["company", "customer"], name="dtr_customer"),
            models.Index(fields=["company", "due_to_driver", "id"], name="dtr_due_to_driver"),
            models.Index(fields=["company", "carried_forward", "id"], name="dtr_carried_forward"),
        ]

    def __str__(self) -> str:
        return self.number


class LeaseEarning(TenantModel):
    """What a driver earned on a lease in a week, as imported; its entry credits the driver (docs/domain.md#earnings).

    `gross` is the row's amount: above zero of kind gross, of either sign of an adjustment, below zero of a card fee
    that the driver bears; the last two have a reference. `dtr` is the report that covers it: that of its week, or a
    later one that lists it as "delayed earnings".
    """

    class Status(models.TextChoices):
        CREDITED = "credited", "Credited"
        VOIDED = "voided", "Voided"

    class Kind(models.TextChoices):
        GROSS = "gross", "Gross"
        ADJUSTMENT = "adjustment", "Adjustment"
        CARD_FEE = "card_fee", "Card fee"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    driver = tenant_key("directory.Driver")
    customer = tenant_key("directory.Customer")
    lease = tenant_key("directory.Lease")
    week = models.DateField(help_text="The Sunday that begins the week.")
    currency = models.CharField(max_length=3)
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.GROSS)
    reference = models.CharField(max_length=60, blank=True, default="")
    gross = MoneyField()
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.CREDITED)
    entry = tenant_key("ledger.Entry")
    dtr = tenant_key("ledger.Dtr", null=True, related_name="earnings")
    imported_by = models.CharField(max_length=150)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        app_label = "ledger"
        db_table = "lease_earnings"
        constraints = [
            *tenant_constraints("lease_earning", "driver", "customer", "lease", "entry", "dtr"),
            models.UniqueConstraint(
                fields=["company", "lease", "week", "driver"],
                condition=Q(status="credited", kind="gross"),
                name="lease_earning_once",
            ),
            models.UniqueConstraint(
                fields=["company", "reference"],
                condition=Q(status="credited") & ~Q(kind="gross"),
                name="lease_earning_reference",
            ),
            models.CheckConstraint(
                condition=Q(kind="gross", gross__gt=0, reference="")
                | (Q(kind="adjustment") & ~Q(gross=0) & ~Q(reference=""))
                | (Q(kind="card_fee", gross__lt=0) & ~Q(reference="")),
                name="lease_earning_kind_fits",
            ),
            models.CheckConstraint(condition=Q(week__week_day=1), name="lease_earning_week_sunday"),
            models.CheckConstraint(
                condition=Q(status="credited") | Q(dtr__isnull=True), name="lease_earning_voided_has_no_dtr"
            ),
            Trigger(
                name="lease_earning_fixed",
                event=(
                    "before update of id, company_id, driver_id, customer_id, lease_id, week, currency, kind,"
                    " reference, gross, entry_id"
                ),
                body="raise exception 'what was earned never changes' using errcode = 'restrict_violation';",
            ),
            Trigger(
                name="lease_earning_taken_once",
                event="before update of dtr_id, status",
                after_table="for each row when (old.dtr_id is not null)",
                body="raise exception 'these earnings are in a DTR already' using errcode = 'restrict_violation';",
            ),
            Trigger(
                name="lease_earning_kept",
                event="before delete",
                truncate=True,
                after_table="for each statement",
                body="raise exception 'earnings are voided, never deleted' using errcode = 'restrict_violation';",
            ),
        ]
        indexes = [
            # What no DTR has taken; each row leaves it once.
            models.Index(
                fields=["company", "lease", "customer"],
                condition=Q(dtr__isnull=True, status="credited"),
                name="lease_earning_waiting",
            ),
            models.Index(fields=["company", "week", "lease"], name="lease_earning_week"),
            models.Index(fields=["company", "dtr"], name="lease_earning_dtr"),
        ]

    def __str__(self) -> str:
        return f"{self.gross:,.2f} of {format_day(self.week)}"


class DtrLine(TenantModel):
    """An entry that a DTR covers, with what it adds to its column; an entry is covered once (docs/domain.md#dtr).

    Signs are the columns': a charge and earnings as they are, the others positive when they make the debt smaller.
    `is_delayed` marks a charge or earnings that belong to an earlier week.
    """

    class Kind(models.TextChoices):
        CHARGE = "charge", "Charge"
        INTERIM_PAYMENT = "interim_payment", "Interim payment"
        CREDIT = "credit", "Credit"
        ADJUSTMENT = "adjustment", "Adjustment"
        RECOVERED = "recovered", "Recovered from earnings"
        NETTED_IN = "netted_in", "Recovered from another lease"
        EARNINGS = "earnings", "Earnings"
        CREDIT_PAID = "credit_paid", "Credit paid out"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    dtr = tenant_key("ledger.Dtr", related_name="lines")
    entry = tenant_key("ledger.Entry")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    category = models.CharField(
        max_length=10, choices=[(each.value, each.label) for each in Category], blank=True
    )
    obligation = tenant_key("ledger.Obligation", null=True)
    amount = MoneyField()
    is_delayed = models.BooleanField(default=False)

    class Meta:
        app_label = "ledger"
        db_table = "dtr_lines"
        verbose_name = "DTR line"
        constraints = [
            *tenant_constraints("dtr_line", "dtr", "entry", "obligation"),
            AppendOnly(name="dtr_line_append_only"),
            models.UniqueConstraint(fields=["company", "entry"], name="dtr_line_entry_once"),
            models.CheckConstraint(condition=~Q(amount=0), name="dtr_line_not_zero"),
            models.CheckConstraint(
                condition=Q(kind__in=["earnings", "credit_paid"], category="", obligation__isnull=True)
                | (~Q(kind__in=["earnings", "credit_paid"]) & ~Q(category="") & Q(obligation__isnull=False)),
                name="dtr_line_names_obligation",
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=["charge", "recovered", "netted_in", "credit_paid"]) | Q(amount__gt=0),
                name="dtr_line_sign",
            ),
        ]
        indexes = [models.Index(fields=["company", "dtr"], name="dtr_line_dtr")]


class DtrExport(TenantModel):
    """A week's DTRs as one ZIP of PDFs, made in the background; `done` of `total` are written.

    The row says what must be done, a message just wakes a worker; whoever makes the file holds it (`jobs.holds`), and
    the file of a killed worker is taken up again.
    """

    class Status(models.TextChoices):
        PENDING = "pending", "Pending"
        RUNNING = "running", "Running"
        COMPLETED = "completed", "Completed"
        FAILED = "failed", "Failed"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    week = models.DateField()
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PENDING)
    total = models.PositiveIntegerField()
    done = models.PositiveIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    size = models.PositiveBigIntegerField(default=0)
    error = models.CharField(max_length=500, blank=True)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    requested_at = models.DateTimeField(db_default=Now(), editable=False)
    completed_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "ledger"
        db_table = "dtr_exports"
        verbose_name = "DTR export"
        constraints = [
            *tenant_constraints("dtr_export"),
            models.CheckConstraint(condition=Q(done__lte=F("total")), name="dtr_export_done_within"),
        ]
        indexes = [models.Index(fields=["company", "status", "id"], name="dtr_export_status")]

    def __str__(self) -> str:
        return f"DTRs of the week of {format_day(self.week)}"
