"""The counter's day: drawers opened and counted, cash and checks brought to the bank.

Rule: docs/domain.md#drawers-counted, docs/domain.md#deposit-slips.
"""

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
from batconnect.core.kernel.words import format_day
from batconnect.core.models import TenantModel


def _signed(help_text: str = "") -> models.DecimalField[Decimal | None, Decimal | None]:
    return models.DecimalField(max_digits=14, decimal_places=2, null=True, help_text=help_text)


class DrawerSession(TenantModel):
    """A drawer from its opening with a counted float until it is counted again. `drawer` is null for the office's.

    `expected` is what the books say at the count, `difference = counted − expected`, which `entry` posts. A count that
    differs by more than the company's limit waits until a second person agrees. Checks are counted by number and
    amount against those that were received and are not on a closed slip; what differs there is shown, and posts
    nothing. `attempt` numbers the counts: 0 is the float, each further one the next try.
    """

    class Status(models.TextChoices):
        OPEN = "open", "Open"
        WAITING = "waiting", "Waits for a second person"
        COUNTED = "counted", "Counted"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    drawer = tenant_key("ledger.Drawer", null=True)
    currency = models.CharField(max_length=3)
    holder = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    opened_by = models.CharField(max_length=150)
    opened_on = models.DateField()
    opened_at = models.DateTimeField(db_default=Now(), editable=False)
    opening_expected = models.DecimalField(
        max_digits=14, decimal_places=2, help_text="By the books, when it was opened."
    )
    opening_counted = MoneyField(help_text="The float.")
    status = models.CharField(max_length=7, choices=Status.choices, default=Status.OPEN)
    attempt = models.PositiveSmallIntegerField(default=0)
    expected = _signed("By the books, when it was counted.")
    counted = MoneyField(null=True)
    difference = _signed("What was counted less what was expected.")
    checks_expected = models.PositiveIntegerField(null=True)
    checks_expected_amount = MoneyField(null=True)
    checks_counted = models.PositiveIntegerField(null=True)
    checks_counted_amount = MoneyField(null=True)
    reason = models.CharField(max_length=500, blank=True)
    counted_by = models.CharField(max_length=150, blank=True)
    counted_on = models.DateField(null=True)
    counted_at = models.DateTimeField(null=True)
    approved_by = models.CharField(max_length=150, blank=True)
    entry = tenant_key("ledger.Entry", null=True)

    class Meta:
        db_table = "bank_drawer_sessions"
        ordering = ("-id",)
        constraints = [
            *tenant_constraints("bank_drawer_session", "drawer", "entry"),
            models.UniqueConstraint(
                fields=["company", "drawer", "currency"],
                condition=~Q(status="counted"),
                nulls_distinct=False,
                name="bank_drawer_session_once",
            ),
            models.CheckConstraint(
                condition=Q(opening_counted__gte=0)
                & (Q(counted__isnull=True) | Q(counted__gte=0))
                & (Q(checks_counted_amount__isnull=True) | Q(checks_counted_amount__gte=0)),
                name="bank_drawer_session_counts",
            ),
            models.CheckConstraint(
                condition=Q(status="open", counted__isnull=True, expected__isnull=True)
                | Q(status__in=["waiting", "counted"])
                & Q(counted__isnull=False, expected__isnull=False, counted_at__isnull=False),
                name="bank_drawer_session_status_fits",
            ),
            models.CheckConstraint(
                condition=Q(counted__isnull=True, difference__isnull=True)
                | Q(difference=F("counted") - F("expected")),
                name="bank_drawer_session_difference",
            ),
            models.CheckConstraint(
                condition=Q(entry__isnull=True) & (~Q(status="counted") | Q(difference=0))
                | Q(entry__isnull=False, status="counted") & ~Q(difference=0) & ~Q(reason=""),
                name="bank_drawer_session_posted",
            ),
            Trigger(
                name="bank_drawer_session_fixed",
                event=(
                    "before update of id, company_id, drawer_id, currency, holder_id, opened_by, opened_on, opened_at,"
                    " opening_expected, opening_counted"
                ),
                body="raise exception 'how a drawer was opened never changes' using errcode = 'restrict_violation';",
            ),
            Trigger(
                name="bank_drawer_session_kept",
                event="before update or delete",
                body=(
                    "if old.status = 'counted' then raise exception 'what was counted stays' using errcode ="
                    " 'restrict_violation'; end if; if tg_op = 'DELETE' then return old; end if; return new;"
                ),
            ),
        ]
        indexes = [
            models.Index(fields=["company", "opened_on", "id"], name="bank_drawer_session_opened"),
        ]

    def __str__(self) -> str:
        return (
            f"{self.drawer.name if self.drawer else 'Office'} {self.currency}, {format_day(self.opened_on)}"
        )


class DrawerCount(TenantModel):
    """How many pieces of one denomination a drawer held, at one count of its session."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    session = tenant_key("bank.DrawerSession", related_name="counts")
    attempt = models.PositiveSmallIntegerField()
    denomination = MoneyField()
    pieces = models.PositiveIntegerField()

    class Meta:
        db_table = "bank_drawer_counts"
        ordering = ("session", "attempt", "-denomination")
        constraints = [
            *tenant_constraints("bank_drawer_count", "session"),
            models.UniqueConstraint(
                fields=["company", "session", "attempt", "denomination"], name="bank_drawer_count_once"
            ),
            models.CheckConstraint(
                condition=Q(denomination__gt=0, pieces__gt=0), name="bank_drawer_count_positive"
            ),
            AppendOnly(name="bank_drawer_count_append_only"),
        ]

    def __str__(self) -> str:
        return f"{self.pieces} × {self.denomination:,.2f}"

    @property
    def amount(self) -> Decimal:
        """What the pieces come to."""
        return self.denomination * self.pieces


class DepositSlip(TenantModel):
    """Cash and checks that are brought to the bank together, which its line meets as one amount.

    A draft may be changed; closing posts it (`entry`), reopening reverses that today. `closings` counts how often it
    was closed and names its entries. It is `cleared` while a line of a statement is explained by it.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        CLOSED = "closed", "On its way"
        CLEARED = "cleared", "At the bank"
        VOIDED = "voided", "Voided"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    number = models.CharField(max_length=24)
    number_order = models.BigIntegerField()
    bank_account = tenant_key("ledger.BankAccount")
    currency = models.CharField(max_length=3)
    status = models.CharField(max_length=7, choices=Status.choices, default=Status.DRAFT)
    cash = MoneyField(default=Decimal("0.00"))
    checks = MoneyField(default=Decimal("0.00"))
    check_count = models.PositiveIntegerField(default=0)
    amount = MoneyField(default=Decimal("0.00"))
    denominations = models.JSONField(
        default=list, help_text="The cash by denomination, if it was counted: pairs of value and pieces."
    )
    notes = models.CharField(max_length=500, blank=True)
    version = models.PositiveIntegerField(default=1)
    closings = models.PositiveSmallIntegerField(default=0)
    entry = tenant_key("ledger.Entry", null=True)
    closed_on = models.DateField(null=True)
    closed_by = models.CharField(max_length=150, blank=True)
    void_reason = models.CharField(max_length=500, blank=True)
    created_by = models.CharField(max_length=150)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        db_table = "bank_deposit_slips"
        ordering = ("-number_order",)
        constraints = [
            *tenant_constraints("bank_deposit_slip", "bank_account", "entry"),
            # By bytes: the console's search asks for numbers by their beginning.
            models.UniqueConstraint(
                fields=["company", "number"],
                opclasses=["uuid_ops", "text_pattern_ops"],
                name="bank_deposit_slip_number",
            ),
            models.CheckConstraint(
                condition=Q(cash__gte=0, checks__gte=0, amount=F("cash") + F("checks")),
                name="bank_deposit_slip_amount",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["draft", "voided"], entry__isnull=True, closed_on__isnull=True)
                | Q(
                    status__in=["closed", "cleared"],
                    entry__isnull=False,
                    closed_on__isnull=False,
                    amount__gt=0,
                ),
                name="bank_deposit_slip_status_fits",
            ),
            Trigger(
                name="bank_deposit_slip_fixed",
                event="before update of id, company_id, number, number_order, currency, created_by, created_at",
                body="raise exception 'a slip keeps its number' using errcode = 'restrict_violation';",
            ),
            Trigger(
                name="bank_deposit_slip_as_closed",
                event="before update of cash, checks, check_count, amount, bank_account_id, denominations",
                body=(
                    "if old.status <> 'draft' and (old.cash, old.checks, old.check_count, old.amount,"
                    " old.bank_account_id, old.denominations) is distinct from (new.cash, new.checks,"
                    " new.check_count, new.amount, new.bank_account_id, new.denominations) then"
                    " raise exception 'only a draft is changed' using errcode = 'restrict_violation'; end if;"
                    " return new;"
                ),
            ),
        ]
        indexes = [
            models.Index(fields=["company", "number_order"], name="bank_deposit_slip_order"),
            models.Index(
                fields=["company", "bank_account", "amount"],
                condition=Q(status="closed"),
                name="bank_deposit_slip_on_its_way",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class DepositSlipItem(TenantModel):
    """What lies on a slip: an amount of cash out of a drawer (null: the office's), or the check of a payment.

    `is_live` is false once its slip is voided; a live check lies on one slip.
    """

    class Kind(models.TextChoices):
        CASH = "cash", "Cash"
        CHECK = "check", "Check"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    slip = tenant_key("bank.DepositSlip", related_name="items")
    kind = models.CharField(max_length=5, choices=Kind.choices)
    drawer = tenant_key("ledger.Drawer", null=True)
    payment = tenant_key("payments.Payment", null=True)
    amount = MoneyField()
    is_live = models.BooleanField(default=True)

    class Meta:
        db_table = "bank_deposit_slip_items"
        ordering = ("slip", "id")
        constraints = [
            *tenant_constraints("bank_deposit_slip_item", "slip", "drawer", "payment"),
            models.UniqueConstraint(
                fields=["company", "payment"],
                condition=Q(payment__isnull=False, is_live=True),
                name="bank_deposit_slip_item_check_once",
            ),
            models.UniqueConstraint(
                fields=["company", "slip", "drawer"],
                condition=Q(kind="cash", is_live=True),
                nulls_distinct=False,
                name="bank_deposit_slip_item_drawer_once",
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="bank_deposit_slip_item_positive"),
            models.CheckConstraint(
                condition=Q(kind="cash", payment__isnull=True)
                | Q(kind="check", payment__isnull=False, drawer__isnull=True),
                name="bank_deposit_slip_item_one_source",
            ),
            Trigger(
                name="bank_deposit_slip_item_of_a_draft",
                event="before insert or update or delete",
                declare="item record;",
                body=(
                    "if tg_op = 'DELETE' then item := old; else item := new; end if;"
                    " if not exists (select from bank_deposit_slips s where s.company_id = item.company_id"
                    " and s.id = item.slip_id"
                    " and (s.status = 'draft' or tg_op = 'UPDATE' and s.status = 'voided')) then"
                    " raise exception 'only a draft is changed' using errcode = 'restrict_violation'; end if;"
                    " if tg_op = 'DELETE' then return old; end if; return new;"
                ),
                by_index=True,
            ),
        ]
        indexes = [models.Index(fields=["company", "slip"], name="bank_deposit_slip_item_slip")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.amount:,.2f}"
