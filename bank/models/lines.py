"""Lines of statements, and the parts that a line is explained by (docs/domain.md#statement-lines)."""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.functional import cached_property

from bank.rules.evidence_text import folded
from batconnect.core.database.constraints import Trigger, tenant_constraints
from batconnect.core.database.keys import tenant_key
from batconnect.core.kernel.ids import uuid7
from batconnect.core.kernel.money import MoneyField
from batconnect.core.kernel.words import format_day
from batconnect.core.models import TenantModel


class Direction(models.TextChoices):
    """Which way money went: the direction that happened, by the bank's word."""

    IN = "in", "Money in"
    OUT = "out", "Money out"


class StatementLine(TenantModel):
    """A line of a statement: the bank's entry. `direction` is what happened; `amount` is never below zero.

    Booked, it has one entry, bank against suspense, which is never undone (`entry`; one of 0.00 has none). `identity`
    is what makes two lines the same (docs/domain.md#identity-of-a-line); a line that is known names the one it repeats.
    """

    class Kind(models.TextChoices):
        BOOKED = "booked", "Booked"
        PENDING = "pending", "Pending"
        INFORMATION = "information", "Information"

    class State(models.TextChoices):
        NEW = "new", "To be booked"
        BOOKED = "booked", "Booked"
        KNOWN = "known", "Known"
        HELD = "held", "Held"
        WAITING = "waiting", "Dated after today"
        SHOWN = "shown", "Shown alone"
        WITHDRAWN = "withdrawn", "Withdrawn by the bank"

    class Mark(models.TextChoices):
        NONE = "", "None"
        REVERSAL = "reversal", "Reversal"
        RETURN = "return", "Return"
        CHARGE = "charge", "Charge"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    statement = tenant_key("bank.Statement", related_name="lines")
    line_no = models.PositiveIntegerField()
    bank_account = tenant_key("ledger.BankAccount")
    kind = models.CharField(max_length=11, choices=Kind.choices, default=Kind.BOOKED)
    booked_on = models.DateField()
    value_on = models.DateField(null=True)
    direction = models.CharField(max_length=3, choices=Direction.choices)
    amount = MoneyField()
    currency = models.CharField(max_length=3)
    mark = models.CharField(max_length=8, choices=Mark.choices, blank=True)
    return_code = models.CharField(max_length=20, blank=True)
    bank_reference = models.CharField(max_length=60, blank=True)
    end_to_end_id = models.CharField(max_length=60, blank=True)
    transaction_code = models.CharField(max_length=60, blank=True)
    payer_name = models.CharField(max_length=200, blank=True)
    payer_account = models.CharField(max_length=60, blank=True)
    text = models.CharField(max_length=1000, blank=True)
    foreign_text = models.CharField(max_length=200, blank=True)
    occurrence = models.PositiveIntegerField(default=1, help_text="Of lines alike on one day, which it is.")
    identity = models.CharField(max_length=64)
    state = models.CharField(max_length=9, choices=State.choices, default=State.NEW)
    same_as = tenant_key("bank.StatementLine", null=True)
    note = models.CharField(max_length=500, blank=True, help_text="What does not add up, or why it is held.")
    details = models.JSONField(default=list, help_text="What its parts are made of once it is booked.")
    entry = tenant_key("ledger.Entry", null=True)
    withdrawn_entry = tenant_key("ledger.Entry", null=True)
    decided_by = models.CharField(max_length=150, blank=True)
    decided_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        db_table = "bank_statement_lines"
        ordering = ("statement", "line_no")
        constraints = [
            *tenant_constraints(
                "bank_statement_line", "statement", "bank_account", "same_as", "entry", "withdrawn_entry"
            ),
            models.UniqueConstraint(
                fields=["company", "statement", "line_no"], name="bank_statement_line_number"
            ),
            models.UniqueConstraint(
                fields=["company", "bank_account", "identity"],
                condition=Q(state__in=["new", "booked", "waiting"]),
                name="bank_statement_line_once",
            ),
            models.UniqueConstraint(
                fields=["company", "entry"],
                condition=Q(entry__isnull=False),
                name="bank_statement_line_entry",
            ),
            models.CheckConstraint(condition=Q(amount__gte=0), name="bank_statement_line_amount"),
            models.CheckConstraint(
                condition=Q(state="booked") & (Q(entry__isnull=False) | Q(amount=0))
                | Q(state="withdrawn") & (Q(withdrawn_entry__isnull=False) | Q(amount=0))
                | Q(state__in=["new", "known", "held", "waiting", "shown"])
                & Q(entry__isnull=True, withdrawn_entry__isnull=True),
                name="bank_statement_line_has_entry",
            ),
            models.CheckConstraint(
                condition=~Q(state="known") | Q(same_as__isnull=False), name="bank_statement_line_known_as"
            ),
            models.CheckConstraint(
                condition=Q(kind="booked") | Q(state="shown"), name="bank_statement_line_booked_alone"
            ),
            Trigger(
                name="bank_statement_line_fixed",
                event=(
                    "before update of id, company_id, statement_id, line_no, bank_account_id, kind, booked_on,"
                    " value_on, direction, amount, currency, mark, return_code, bank_reference, end_to_end_id, identity"
                ),
                body="raise exception 'what the bank said never changes' using errcode = 'restrict_violation';",
            ),
        ]
        indexes = [
            models.Index(
                fields=["company", "bank_account", "booked_on", "id"], name="bank_statement_line_day"
            ),
            models.Index(
                fields=["company", "bank_account", "bank_reference"],
                condition=~Q(bank_reference=""),
                name="bank_statement_line_ref",
            ),
            models.Index(
                fields=["company", "statement", "line_no"],
                condition=Q(state__in=["new", "held", "waiting"]),
                name="bank_statement_line_left",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount:,.2f} {self.currency} {self.direction} on {format_day(self.booked_on)}"


class LinePart(TenantModel):
    """What a booked line consists of, explained singly: a detail of the bank's, or the whole line.

    `explained` is the sum of its live explanations. A part without a line was received before there were statements:
    its entry debited cash of its method. Money in that is not explained stands on unidentified receipts, money out on
    unexplained payments.
    """

    class Status(models.TextChoices):
        OPEN = "open", "Open"
        EXPLAINED = "explained", "Explained"
        VOIDED = "voided", "Voided"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    line = tenant_key("bank.StatementLine", null=True, related_name="parts")
    part_no = models.PositiveIntegerField(default=1)
    batch = tenant_key("payments.PaymentBatch", null=True)
    row_no = models.PositiveIntegerField(null=True)
    bank_account = tenant_key("ledger.BankAccount", null=True)
    direction = models.CharField(max_length=3, choices=Direction.choices)
    amount = MoneyField()
    currency = models.CharField(max_length=3)
    method = models.CharField(max_length=24)
    payment_date = models.DateField(help_text="The bank's day.")
    reference_number = models.CharField(max_length=60, blank=True)
    end_to_end_id = models.CharField(max_length=60, blank=True)
    payer_name = models.CharField(max_length=200, blank=True)
    payer_account = models.CharField(max_length=60, blank=True)
    text = models.CharField(max_length=1000, blank=True)
    named = models.JSONField(default=list, help_text="References of the structured remittance.")
    mark = models.CharField(max_length=8, choices=StatementLine.Mark.choices, blank=True)
    return_code = models.CharField(max_length=20, blank=True)
    explained = MoneyField(default=Decimal("0.00"))
    status = models.CharField(max_length=9, choices=Status.choices, default=Status.OPEN)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        db_table = "bank_line_parts"
        ordering = ("-id",)
        constraints = [
            *tenant_constraints("bank_line_part", "line", "batch", "bank_account"),
            models.UniqueConstraint(
                fields=["company", "line", "part_no"],
                condition=Q(line__isnull=False),
                name="bank_line_part_number",
            ),
            models.UniqueConstraint(
                fields=["company", "batch", "row_no"],
                condition=Q(batch__isnull=False),
                name="bank_line_part_row",
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="bank_line_part_amount_positive"),
            models.CheckConstraint(
                condition=Q(status="explained", explained=F("amount"))
                | Q(status="open", explained__gte=0, explained__lt=F("amount"))
                | Q(status="voided", explained=0),
                name="bank_line_part_status_fits",
            ),
            models.CheckConstraint(
                condition=Q(line__isnull=False, bank_account__isnull=False)
                | Q(line__isnull=True, batch__isnull=False, direction="in"),
                name="bank_line_part_of_a_line",
            ),
            Trigger(
                name="bank_line_part_fixed",
                event=(
                    "before update of id, company_id, line_id, part_no, batch_id, row_no, bank_account_id, direction,"
                    " amount, currency, method, payment_date, reference_number, end_to_end_id, payer_name,"
                    " payer_account, text, named"
                ),
                body="raise exception 'what the bank said never changes' using errcode = 'restrict_violation';",
            ),
        ]
        indexes = [
            models.Index(
                fields=["company", "direction", "payment_date", "id"],
                condition=Q(status="open"),
                name="bank_line_part_open",
            ),
            models.Index(fields=["company", "status", "id"], name="bank_line_part_status"),
        ]

    def __str__(self) -> str:
        return f"{self.amount:,.2f} {self.currency} of {format_day(self.payment_date)}"

    @cached_property
    def said(self) -> str:
        """Its words and references, folded as they are looked for."""
        return folded(f"{self.text} {self.reference_number} {self.end_to_end_id}")

    @property
    def left(self) -> Decimal:
        """What is not explained of it."""
        return self.amount - self.explained if self.status != self.Status.VOIDED else Decimal("0.00")
