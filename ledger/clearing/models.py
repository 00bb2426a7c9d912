"""Whom taxes are held for, what was remitted, security deposits, and processors' deposits.

Rule: docs/domain.md#remittances, docs/domain.md#deposits, docs/domain.md#earnings-clearing.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from batconnect.core.database.constraints import Trigger, tenant_constraints
from batconnect.core.database.keys import tenant_key
from batconnect.core.kernel.ids import uuid7
from batconnect.core.kernel.money import MoneyField
from batconnect.core.kernel.words import format_day
from batconnect.core.models import TenantModel
from ledger.treasury.models import CODE


def _kept(name: str) -> Trigger:
    return Trigger(
        name=name,
        event="before delete",
        truncate=True,
        after_table="for each statement",
        body="raise exception 'it is voided or closed, never deleted' using errcode = 'restrict_violation';",
    )


def _fixed(name: str, columns: str) -> Trigger:
    return Trigger(
        name=name,
        event=f"before update of {columns}",
        body="raise exception 'what was entered never changes' using errcode = 'restrict_violation';",
    )


class TaxAuthority(TenantModel):
    """Whom taxes are held for; its `code` is part of its account's and never changes. What names nobody is held under
    `other`, which has no row here."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    code = models.CharField(
        max_length=20,
        validators=[CODE],
    )
    name = models.CharField(max_length=60)
    is_active = models.BooleanField(default=True)
    created_by = models.CharField(max_length=150)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        app_label = "ledger"
        db_table = "tax_authorities"
        verbose_name_plural = "tax authorities"
        ordering = ("code",)
        constraints = [
            *tenant_constraints("tax_authority"),
            models.UniqueConstraint(fields=["company", "code"], name="tax_authority_code"),
            models.CheckConstraint(condition=~Q(code="other"), name="tax_authority_is_not_other"),
            _fixed("tax_authority_fixed", "id, company_id, code, created_by, created_at"),
            _kept("tax_authority_kept"),
        ]

    def __str__(self) -> str:
        return self.name


class Remittance(TenantModel):
    """Money held for somebody that was passed on: taxes of an authority, sales tax, tax withheld. `account` is what it
    debits; how it was paid, its disbursement says (`source_id` is this row's)."""

    class Status(models.TextChoices):
        PAID = "paid", "Paid"
        VOIDED = "voided", "Voided"
        RETURNED = "returned", "Came back"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    account = models.CharField(max_length=60)
    payee = models.CharField(max_length=120)
    currency = models.CharField(max_length=3)
    amount = MoneyField()
    period = models.CharField(max_length=60, blank=True, help_text="What it is for: Q3 2026.")
    paid_on = models.DateField()
    method = models.CharField(max_length=24)
    reference = models.CharField(max_length=60, blank=True)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PAID)
    created_by = models.CharField(max_length=150)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        app_label = "ledger"
        db_table = "remittances"
        ordering = ("-id",)
        constraints = [
            *tenant_constraints("remittance"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="remittance_amount_positive"),
            _fixed(
                "remittance_fixed",
                "id, company_id, account, payee, currency, amount, period, paid_on, method, reference, created_by,"
                " created_at",
            ),
            _kept("remittance_kept"),
        ]
        indexes = [
            models.Index(fields=["company", "account", "id"], name="remittance_account"),
            models.Index(fields=["company", "paid_on", "id"], name="remittance_paid_on"),
        ]

    def __str__(self) -> str:
        return f"Remittance to {self.payee} of {format_day(self.paid_on)}"


class SecurityDeposit(TenantModel):
    """What is held of a customer for a lease, in one currency; it changes together with the postings."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    lease = tenant_key("directory.Lease")
    customer = tenant_key("directory.Customer")
    currency = models.CharField(max_length=3)
    held = MoneyField()
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        app_label = "ledger"
        db_table = "security_deposits"
        ordering = ("-id",)
        constraints = [
            *tenant_constraints("security_deposit", "lease", "customer"),
            models.UniqueConstraint(
                fields=["company", "lease", "customer", "currency"], name="security_deposit_once"
            ),
            models.CheckConstraint(condition=Q(held__gte=0), name="security_deposit_never_below_zero"),
            _fixed("security_deposit_fixed", "id, company_id, lease_id, customer_id, currency, created_at"),
            _kept("security_deposit_kept"),
        ]
        indexes = [
            models.Index(fields=["company", "customer", "id"], name="security_deposit_customer"),
        ]

    def __str__(self) -> str:
        return f"Deposit of {self.held:,.2f} {self.currency}"


class DepositMove(TenantModel):
    """Something that happened to a security deposit: `amount` was taken, used for an obligation, or returned."""

    class Kind(models.TextChoices):
        TAKEN = "taken", "Taken"
        USED = "used", "Used"
        RETURNED = "returned", "Returned"
        OPENING = "opening", "Opening"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    deposit = tenant_key("ledger.SecurityDeposit", related_name="moves")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    amount = MoneyField()
    payment_id = models.UUIDField(null=True, help_text="The payment that it was taken from.")
    obligation = tenant_key("ledger.Obligation", null=True)
    entry = tenant_key("ledger.Entry")
    is_voided = models.BooleanField(default=False)
    reason = models.CharField(max_length=500, blank=True)
    made_by = models.CharField(max_length=150)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        app_label = "ledger"
        db_table = "security_deposit_moves"
        ordering = ("-id",)
        constraints = [
            *tenant_constraints("security_deposit_move", "deposit", "obligation", "entry"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="security_deposit_move_amount_positive"),
            models.CheckConstraint(
                condition=Q(kind="used", obligation__isnull=False)
                | ~Q(kind="used") & Q(obligation__isnull=True),
                name="security_deposit_move_used_for_one",
            ),
            models.CheckConstraint(
                condition=Q(kind="taken", payment_id__isnull=False)
                | ~Q(kind="taken") & Q(payment_id__isnull=True),
                name="security_deposit_move_taken_from_one",
            ),
            _fixed(
                "security_deposit_move_fixed",
                "id, company_id, deposit_id, kind, amount, payment_id, obligation_id, entry_id, reason, made_by,"
                " created_at",
            ),
            _kept("security_deposit_move_kept"),
        ]
        indexes = [models.Index(fields=["company", "deposit", "id"], name="security_deposit_move_deposit")]


class ProcessorDeposit(TenantModel):
    """A deposit of a card processor for drivers' trips: the gross is cleared, the fee is what its report says or a
    person gives, and the net is what came. `receipt_id` is the receipt that it explains."""

    class Status(models.TextChoices):
        POSTED = "posted", "Posted"
        VOIDED = "voided", "Voided"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    processor = models.CharField(max_length=60)
    currency = models.CharField(max_length=3)
    gross = MoneyField()
    fee = MoneyField()
    net = MoneyField()
    deposited_on = models.DateField()
    report = models.CharField(max_length=60, blank=True, help_text="The processor's report of the fee.")
    receipt_id = models.UUIDField()
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.POSTED)
    created_by = models.CharField(max_length=150)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        app_label = "ledger"
        db_table = "processor_deposits"
        ordering = ("-id",)
        constraints = [
            *tenant_constraints("processor_deposit"),
            models.UniqueConstraint(
                fields=["company", "receipt_id"],
                condition=Q(status="posted"),
                name="processor_deposit_receipt",
            ),
            models.CheckConstraint(
                condition=Q(gross__gt=0, fee__gte=0, net__gt=0, gross=F("net") + F("fee")),
                name="processor_deposit_adds_up",
            ),
            _fixed(
                "processor_deposit_fixed",
                "id, company_id, processor, currency, gross, fee, net, deposited_on, report, receipt_id, created_by,"
                " created_at",
            ),
            _kept("processor_deposit_kept"),
        ]
        indexes = [
            models.Index(fields=["company", "deposited_on", "id"], name="processor_deposit_day"),
        ]

    def __str__(self) -> str:
        return f"Deposit of {self.processor} of {format_day(self.deposited_on)}"
