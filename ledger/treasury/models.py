"""Bank accounts, drawers, and the money that was paid out of them (docs/domain.md#bank-accounts)."""

from __future__ import annotations

from typing import Final

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from batconnect.core.database.constraints import Trigger, tenant_constraints
from batconnect.core.database.keys import tenant_key
from batconnect.core.kernel.ids import uuid7
from batconnect.core.kernel.money import MoneyField
from batconnect.core.models import TenantModel

CODE: Final = RegexValidator(
    r"^[a-z0-9][a-z0-9_-]{0,19}$", "Use 1 to 20 small letters, digits, hyphens and underscores."
)

LAST_DIGITS: Final = RegexValidator(r"^[0-9A-Z]{1,4}$", "Use up to four digits and capital letters.")


class _PlaceOfMoney(TenantModel):
    """Where money lies. `code` is part of the codes of its accounts and never changes."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    code = models.CharField(max_length=20, validators=[CODE])
    name = models.CharField(max_length=60)
    currency = models.CharField(max_length=3)
    is_active = models.BooleanField(default=True)
    created_by = models.CharField(max_length=150)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name


def _fixed(name: str) -> Trigger:
    return Trigger(
        name=name,
        event="before update of id, company_id, code, currency, created_by, created_at",
        body="raise exception 'its code and currency name its accounts' using errcode = 'restrict_violation';",
    )


def _kept(name: str) -> Trigger:
    return Trigger(
        name=name,
        event="before delete",
        truncate=True,
        after_table="for each statement",
        body="raise exception 'its accounts stay: it is closed, not deleted' using errcode = 'restrict_violation';",
    )


class BankAccount(_PlaceOfMoney):
    """An account at a bank, in one currency; the default one of its currency is used where none is named."""

    bank_name = models.CharField(max_length=80, blank=True)
    last_digits = models.CharField(
        max_length=4,
        blank=True,
        validators=[RegexValidator(r"^[0-9A-Z]{1,4}$")],
        help_text="The last four characters of its number.",
    )
    is_default = models.BooleanField(default=False, help_text="Used in its currency where none is named.")

    class Meta:
        app_label = "ledger"
        db_table = "bank_accounts"
        ordering = ("currency", "code")
        constraints = [
            *tenant_constraints("bank_account"),
            models.UniqueConstraint(fields=["company", "code"], name="bank_account_code"),
            models.UniqueConstraint(
                fields=["company", "currency"], condition=Q(is_default=True), name="bank_account_default"
            ),
            models.CheckConstraint(
                condition=Q(is_default=False) | Q(is_active=True), name="bank_account_default_is_active"
            ),
            _fixed("bank_account_fixed"),
            _kept("bank_account_kept"),
        ]


class Drawer(_PlaceOfMoney):
    """A cash drawer beside the office's, which is the account of the method Cash; `holder` takes cash into it."""

    holder = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        help_text="Whose drawer it is.",
    )

    class Meta:
        app_label = "ledger"
        db_table = "drawers"
        ordering = ("currency", "code")
        constraints = [
            *tenant_constraints("drawer"),
            models.UniqueConstraint(fields=["company", "code"], name="drawer_code"),
            models.UniqueConstraint(
                fields=["company", "holder", "currency"],
                condition=Q(is_active=True, holder__isnull=False),
                name="drawer_one_per_holder",
            ),
            _fixed("drawer_fixed"),
            _kept("drawer_kept"),
        ]


class Disbursement(TenantModel):
    """Money that left us: a payout, a refund, a loan handed over, a vendor paid, a remittance, a deposit returned; or
    a payment that the bank took back.

    From a bank account it is in transit until the line of a statement clears it; it may be stopped before. In cash
    (`bank_account` is null) it comes from a drawer, the office's when that is null too, and is `paid` at once.
    `entry` is what posted it, `stop_entry` what took it back.
    """

    class Kind(models.TextChoices):
        PAYOUT = "payout", "Payout to a driver"
        REFUND = "refund", "Refund"
        LOAN = "loan", "Loan handed over"
        VENDOR_PAYMENT = "vendor_payment", "Payment of a vendor"
        REMITTANCE = "remittance", "Remittance"
        DEPOSIT_RETURN = "deposit_return", "Security deposit returned"
        PAYMENT_RETURN = "payment_return", "Payment taken back by the bank"

    class Status(models.TextChoices):
        IN_TRANSIT = "in_transit", "In transit"
        CLEARED = "cleared", "Cleared"
        PAID = "paid", "Paid in cash"
        STOPPED = "stopped", "Stopped"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=20, choices=Kind.choices)
    source_type = models.CharField(max_length=40, help_text="Of the entry that posted it.")
    source_id = models.CharField(max_length=60)
    entry = tenant_key("ledger.Entry")
    customer = tenant_key("directory.Customer", null=True)
    currency = models.CharField(max_length=3)
    amount = MoneyField()
    bank_account = tenant_key("ledger.BankAccount", null=True)
    drawer = tenant_key("ledger.Drawer", null=True)
    method = models.CharField(max_length=24)
    reference = models.CharField(max_length=60, blank=True)
    payee = models.CharField(max_length=120, blank=True)
    paid_on = models.DateField()
    status = models.CharField(max_length=10, choices=Status.choices)
    cleared_on = models.DateField(null=True)
    stop_entry = tenant_key("ledger.Entry", null=True)
    stopped_on = models.DateField(null=True)
    stop_reason = models.CharField(max_length=500, blank=True)
    made_by = models.CharField(max_length=150)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        app_label = "ledger"
        db_table = "disbursements"
        ordering = ("-id",)
        constraints = [
            *tenant_constraints("disbursement", "entry", "customer", "bank_account", "drawer", "stop_entry"),
            models.UniqueConstraint(fields=["company", "entry"], name="disbursement_entry"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="disbursement_amount_positive"),
            models.CheckConstraint(
                condition=Q(bank_account__isnull=True, status="paid")
                | Q(bank_account__isnull=False, drawer__isnull=True)
                & Q(status__in=["in_transit", "cleared", "stopped"]),
                name="disbursement_from_one_place",
            ),
            models.CheckConstraint(
                condition=Q(status="cleared", cleared_on__isnull=False)
                | ~Q(status__in=["cleared", "stopped"]) & Q(cleared_on__isnull=True)
                | Q(status="stopped"),
                name="disbursement_cleared_on",
            ),
            models.CheckConstraint(
                condition=Q(status="stopped", stop_entry__isnull=False, stopped_on__isnull=False)
                | ~Q(status="stopped") & Q(stop_entry__isnull=True, stopped_on__isnull=True),
                name="disbursement_stopped_by_entry",
            ),
            Trigger(
                name="disbursement_fixed",
                event=(
                    "before update of id, company_id, kind, source_type, source_id, entry_id, customer_id, currency,"
                    " amount, bank_account_id, drawer_id, method, reference, payee, paid_on, made_by, created_at"
                ),
                body="raise exception 'what was paid never changes' using errcode = 'restrict_violation';",
            ),
            _kept("disbursement_kept"),
        ]
        indexes = [
            models.Index(fields=["company", "source_type", "source_id"], name="disbursement_source"),
            models.Index(
                fields=["company", "bank_account", "paid_on"],
                condition=Q(status="in_transit"),
                name="disbursement_in_transit",
            ),
            models.Index(fields=["company", "paid_on", "id"], name="disbursement_paid_on"),
            models.Index(fields=["company", "customer", "id"], name="disbursement_customer"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {self.amount:,.2f} {self.currency}"
