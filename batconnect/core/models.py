"""Companies, people and what every app stands on: currencies, counters, idempotency keys, the audit trail."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.db.models.functions import Now

from batconnect.core.authenticators import Authenticator  # noqa: F401 - registered by being imported
from batconnect.core.clock import validate_time_zone
from batconnect.core.constraints import (
    AppendOnly,
    CompanyIsolation,
    OwnersColumns,
    Trigger,
    tenant_constraints,
)
from batconnect.core.history import tracked
from batconnect.core.ids import uuid7
from batconnect.core.money import MoneyField
from batconnect.core.permissions import Group
from batconnect.core.rows import insert_many
from batconnect.core.token_models import SpentToken as SpentToken
from batconnect.core.token_models import TokenFamily as TokenFamily


class User(AbstractUser):
    """A person who signs in. What they may do is decided per company, by their memberships."""

    home_company = models.ForeignKey(
        "core.Company",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        help_text="Whose administrators keep the account; other companies only give it memberships.",
    )
    second_factor_since = models.DateTimeField(
        null=True,
        blank=True,
        editable=False,
        help_text="When the person's device was set up; a session proves it anew after each change. Empty: none.",
    )
    one_time_password_until = models.DateTimeField(
        null=True,
        blank=True,
        editable=False,
        help_text="The password was set by somebody else: good until then, and only to choose an own one.",
    )

    token_generation = models.PositiveIntegerField(
        default=0,
        editable=False,
        help_text="Tokens name the one they were made in; raised by the database when the sign-in changes.",
    )

    class Meta(AbstractUser.Meta):
        db_table = "users"
        constraints = [
            OwnersColumns(
                name="user_owners_columns",
                columns=("username", "is_superuser", "is_staff", "date_joined", "home_company_id"),
                never="new.is_superuser",
            ),
            OwnersColumns(
                name="static_device_owners_columns",
                table="otp_static_staticdevice",
                columns=("user_id", "created_at"),
            ),
            # Whatever door changes the password, the second factor or the account itself ends every token of before;
            # and no door sets it back, though Django's save() names every column.
            Trigger(
                name="user_token_generation",
                event="before update",
                body="new.token_generation := old.token_generation + ((new.password, new.second_factor_since, "
                "new.is_active) is distinct from (old.password, old.second_factor_since, old.is_active))::int; "
                "return new;",
            ),
        ]

    @property
    def display_name(self) -> str:
        """The first name, else the username: how cases and receipts name a person.

        Rule: docs/seeds.md#interim-payments.
        """
        return self.first_name or self.username


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
            *tenant_constraints("company_settings"),
            models.UniqueConstraint(fields=["company"], name="company_settings_one_per_company"),
            models.CheckConstraint(
                condition=models.Q(settles_from__isnull=True) | models.Q(settles_from__week_day=1),
                name="company_settings_settles_from_sunday",
                violation_error_message="Settlement begins on a Sunday.",
            ),
        ]

    def __str__(self) -> str:
        return f"Settings of {self.company}"


# The groups that hold `permissions.FOR_PEOPLE_ALONE`; a test compares. What was there before stays as it is:
# `permissions_of` gives such a program none of those rights.
_NO_PROGRAM_DECIDES: Final = """
if new.groups && '{Finance manager,Administrator}'::varchar[]
   and (tg_op = 'INSERT' or new.groups is distinct from old.groups or new.user_id is distinct from old.user_id)
   and exists (select from users where id = new.user_id and not is_staff) then
  raise exception 'a program account decides nothing: %', new.groups using errcode = 'check_violation',
    constraint = tg_name;
end if;
return new;
"""


class Membership(TenantModel):
    """A user's place in a company, with the groups held there."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships", db_index=False)
    groups = ArrayField(models.CharField(max_length=30, choices=Group.choices), default=list)
    is_active = models.BooleanField(default=True)
    suspended_since = models.DateTimeField(
        null=True,
        blank=True,
        editable=False,
        help_text="The company that keeps the account reset its sign-in: inactive until confirmed here.",
    )
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "memberships"
        constraints = [
            CompanyIsolation(name="membership_company", or_own_user=True),
            models.UniqueConstraint(fields=["company", "user"], name="membership_once_per_company"),
            models.CheckConstraint(
                condition=models.Q(groups__contained_by=Group.values), name="membership_known_groups"
            ),
            # So that whoever asks for active places alone asks rightly.
            models.CheckConstraint(
                condition=models.Q(is_active=False) | models.Q(suspended_since__isnull=True),
                name="membership_suspended_is_inactive",
            ),
            Trigger(
                name="membership_no_program_decides",
                event="before insert or update of groups, user_id",
                body=_NO_PROGRAM_DECIDES,
            ),
        ]
        # The one index that does not begin with the company: a sign-in asks for the user's companies.
        indexes = [models.Index(fields=["user"], name="membership_user")]

    def __str__(self) -> str:
        return f"{self.user} in {self.company}"


class Counter(TenantModel):
    """The last number given out in a series (`INTPAY`, period `2026`); see `core.numbers`."""

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
        ]
        indexes = [models.Index(fields=["company", "created_at"], name="idempotency_age")]


class AuditEvent(TenantModel):
    """What somebody did outside a case: append-only; who, when, to what, why, in which request."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    at = models.DateTimeField(db_default=Now())
    user = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    actor = models.CharField(max_length=150, help_text="The person's name, or the job's.")
    action = models.CharField(max_length=60, help_text="`payments.void`, `ledger.write_off`, …")
    subject_type = models.CharField(max_length=60)
    subject_id = models.CharField(max_length=60)
    reason = models.CharField(max_length=500, blank=True)
    request_id = models.CharField(max_length=64, blank=True)
    details = models.JSONField(default=dict)

    class Meta:
        db_table = "audit_events"
        ordering = ("-at", "-id")
        constraints = [*tenant_constraints("audit_event"), AppendOnly(name="audit_event_append_only")]
        indexes = [
            models.Index(fields=["company", "subject_type", "subject_id"], name="audit_event_subject"),
            models.Index(fields=["company", "at"], name="audit_event_at"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.subject_type} {self.subject_id}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Insert it without naming `at`: an event cannot be dated by whoever writes it."""
        insert_many([self])
        self._state.adding = False


class SavedFilter(TenantModel):
    """A list's filter that somebody gave a name: its query string, for oneself or for the whole company."""

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


class WorkHold(TenantModel):
    """Somebody is at a piece of work; `until` is renewed every few seconds while the process lives (`core.holds`)."""

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


CompanySettingsHistory = tracked(CompanySettings, prefix="company_settings")
MembershipHistory = tracked(Membership, prefix="membership")

# What waits for a second person, and how people are invited and told, stand in modules of their own; Django looks
# for their tables here.
from batconnect.core.approvals import models as approval_models  # noqa: E402, F401 - it needs the models above
from batconnect.core.people_models import Invitation as Invitation  # noqa: E402 - it needs the models above
from batconnect.core.people_models import Notice as Notice  # noqa: E402 - it needs the models above
