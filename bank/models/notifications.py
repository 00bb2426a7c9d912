"""What entries of statements consist of, as the bank tells it beside them (docs/domain.md#notifications)."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from bank.models.lines import Direction
from batconnect.core.database.constraints import Trigger, tenant_constraints
from batconnect.core.database.keys import tenant_key
from batconnect.core.kernel.ids import uuid7
from batconnect.core.kernel.money import MoneyField
from batconnect.core.kernel.words import format_day
from batconnect.core.models import TenantModel


class BankNotification(TenantModel):
    """What one entry of an account consists of, as a CAMT.054 says; never booked itself.

    It is joined to the line of a statement that it is of, once there is one and only one (`line`); `code` and `message`
    say why one is not. `is_decided` is false while the system has not looked at the parts that it gave a booked line.
    """

    class Status(models.TextChoices):
        RECEIVED = "received", "To be joined"
        WAITING = "waiting", "Waits for its line"
        JOINED = "joined", "Joined to its line"
        TOLD = "told", "For a person to look at"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    bank_account = tenant_key("ledger.BankAccount")
    file_name = models.CharField(max_length=200, blank=True)
    checksum = models.CharField(max_length=64, help_text="SHA-256 of the file.")
    place = models.PositiveIntegerField(help_text="Which entry of its file it is.")
    identity = models.CharField(max_length=64)
    bank_reference = models.CharField(max_length=60, blank=True)
    booked_on = models.DateField()
    direction = models.CharField(max_length=3, choices=Direction.choices)
    amount = MoneyField()
    currency = models.CharField(max_length=3)
    details = models.JSONField(default=list, help_text="What the entry consists of.")
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.RECEIVED)
    code = models.CharField(max_length=40, blank=True)
    message = models.CharField(max_length=500, blank=True)
    line = tenant_key("bank.StatementLine", null=True, related_name="notifications")
    is_decided = models.BooleanField(default=True)
    created_by_name = models.CharField(max_length=150)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        db_table = "bank_notifications"
        ordering = ("-id",)
        constraints = [
            *tenant_constraints("bank_notification", "bank_account", "line"),
            models.UniqueConstraint(
                fields=["company", "bank_account", "identity"], name="bank_notification_once"
            ),
            models.UniqueConstraint(
                fields=["company", "line"],
                condition=Q(line__isnull=False),
                name="bank_notification_of_a_line",
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="bank_notification_amount"),
            models.CheckConstraint(
                condition=Q(status="joined", line__isnull=False)
                | ~Q(status="joined") & Q(line__isnull=True, is_decided=True),
                name="bank_notification_joined",
            ),
            models.CheckConstraint(
                condition=~Q(status="told") | ~Q(code="") & ~Q(message=""), name="bank_notification_says_why"
            ),
            Trigger(
                name="bank_notification_fixed",
                event=(
                    "before update of id, company_id, bank_account_id, file_name, checksum, place, identity,"
                    " bank_reference, booked_on, direction, amount, currency, details, created_by_name, created_at"
                ),
                body="raise exception 'what the bank said never changes' using errcode = 'restrict_violation';",
            ),
            Trigger(
                name="bank_notification_fits",
                event="before update of line_id",
                body=(
                    "if new.line_id is not null and not exists (select from bank_statement_lines l"
                    " where l.company_id = new.company_id and l.id = new.line_id"
                    " and l.bank_account_id = new.bank_account_id and l.currency = new.currency"
                    " and l.direction = new.direction and l.amount = new.amount) then"
                    " raise exception 'the line is not the one that the notification is of'"
                    " using errcode = 'restrict_violation'; end if; return new;"
                ),
                by_index=True,
            ),
            Trigger(
                name="bank_notification_kept",
                event="before delete",
                after_table="for each statement",
                truncate=True,
                body="raise exception 'what the bank said stays' using errcode = 'restrict_violation';",
            ),
        ]
        indexes = [
            models.Index(
                fields=["company", "bank_account", "booked_on", "id"],
                condition=Q(status__in=["received", "waiting"]),
                name="bank_notification_open",
            ),
            models.Index(fields=["company", "checksum"], name="bank_notification_file"),
            models.Index(fields=["company", "status", "id"], name="bank_notification_status"),
        ]

    def __str__(self) -> str:
        return f"{self.amount:,.2f} {self.currency} {self.direction} on {format_day(self.booked_on)}"
