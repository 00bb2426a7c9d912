"""To which account a driver is paid, who is not paid at present, and how a bank account of ours pays.

Rule: docs/domain.md#payee-accounts. Account numbers stand encrypted (docs/adr/0025-encrypted-fields.md).
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.timezone import localtime

from batconnect.core.database.constraints import Trigger, tenant_constraints
from batconnect.core.database.encryption import EncryptedTextField
from batconnect.core.database.keys import tenant_key
from batconnect.core.kernel.ids import uuid7
from batconnect.core.kernel.money import MoneyField
from batconnect.core.kernel.words import format_day
from batconnect.core.models import TenantModel

ROUTING: Final = RegexValidator(r"^[0-9]{9}$", "A routing number has nine digits.")


def person() -> Any:
    """Whoever did it; null for a job."""
    return models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )


def fixed(name: str, columns: str) -> Trigger:
    """Columns of a row that nobody changes."""
    return Trigger(
        name=name,
        event=f"before update of {columns}",
        body="raise exception 'what was entered never changes' using errcode = 'restrict_violation';",
    )


def kept(name: str) -> Trigger:
    """Rows that nobody deletes."""
    return Trigger(
        name=name,
        event="before delete",
        truncate=True,
        after_table="for each statement",
        body="raise exception 'what was entered is kept' using errcode = 'restrict_violation';",
    )


class AccountKind(models.TextChoices):
    CHECKING = "checking", "Checking"
    SAVINGS = "savings", "Savings"


class PayeeAccount(TenantModel):
    """An account that a driver is paid to: one row for each that was ever proposed, which is its history.

    Proposed by one person, or by a bank's notification of change, and confirmed or turned down by another. One is
    confirmed at a time: the next one replaces it. ACH goes to it from `usable_on` on. Only the last four characters of
    its number are ever shown.
    """

    class Status(models.TextChoices):
        PROPOSED = "proposed", "Proposed"
        CONFIRMED = "confirmed", "Confirmed"
        REJECTED = "rejected", "Turned down"
        REPLACED = "replaced", "Replaced"
        CLOSED = "closed", "Closed"

    class Origin(models.TextChoices):
        PERSON = "person", "A person"
        BANK = "bank", "Notification of change"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    customer = tenant_key("directory.Customer")
    holder_name = models.CharField(
        max_length=120, help_text="As the account is called; a file has 22 characters."
    )
    routing_number = models.CharField(max_length=9, validators=[ROUTING])
    account_number = EncryptedTextField()
    last_digits = models.CharField(max_length=4)
    kind = models.CharField(max_length=8, choices=AccountKind.choices)
    origin = models.CharField(max_length=6, choices=Origin.choices, default=Origin.PERSON)
    change_code = models.CharField(
        max_length=3, blank=True, help_text="C01 to C14, of a notification of change."
    )
    status = models.CharField(max_length=9, choices=Status.choices, default=Status.PROPOSED)
    note = models.CharField(max_length=500, blank=True)
    proposer = person()
    proposed_by = models.CharField(max_length=150)
    proposed_at = models.DateTimeField(db_default=Now(), editable=False)
    decider = person()
    decided_by = models.CharField(max_length=150, blank=True)
    decided_at = models.DateTimeField(null=True)
    usable_on = models.DateField(null=True, help_text="The first day on which ACH may go to it.")

    class Meta:
        app_label = "ledger"
        db_table = "payee_accounts"
        ordering = ("-id",)
        constraints = [
            *tenant_constraints("payee_account", "customer"),
            models.UniqueConstraint(
                fields=["company", "customer"],
                condition=Q(status="confirmed"),
                name="payee_account_confirmed_once",
            ),
            models.UniqueConstraint(
                fields=["company", "customer"],
                condition=Q(status="proposed"),
                name="payee_account_proposed_once",
            ),
            models.CheckConstraint(
                condition=Q(routing_number__regex=r"^[0-9]{9}$"), name="payee_account_routing_digits"
            ),
            models.CheckConstraint(
                condition=Q(status="proposed", decided_at__isnull=True, decided_by="", usable_on__isnull=True)
                | Q(status="rejected", decided_at__isnull=False)
                | Q(
                    status__in=["confirmed", "replaced", "closed"],
                    usable_on__isnull=False,
                    decided_at__isnull=False,
                )
                & (Q(proposer__isnull=True) | Q(decider__isnull=True) | ~Q(decider=F("proposer"))),
                name="payee_account_confirmed_by_another",
            ),
            models.CheckConstraint(
                condition=Q(origin="person", change_code="") | Q(origin="bank") & ~Q(change_code=""),
                name="payee_account_change_code",
            ),
            Trigger(
                name="payee_account_decided_once",
                event="before update of status, decider_id, decided_by, decided_at, usable_on",
                after_table=(
                    "for each row when (old.status not in ('proposed', 'confirmed')"
                    " or (old.status = 'confirmed' and (new.status not in ('replaced', 'closed')"
                    " or new.usable_on is distinct from old.usable_on"
                    " or new.decider_id is distinct from old.decider_id)))"
                ),
                body="raise exception 'it is decided already' using errcode = 'restrict_violation';",
            ),
            fixed(
                "payee_account_fixed",
                "id, company_id, customer_id, holder_name, routing_number, last_digits, kind, origin,"
                " change_code, note, proposer_id, proposed_by, proposed_at",
            ),
            kept("payee_account_kept"),
        ]
        indexes = [models.Index(fields=["company", "customer", "id"], name="payee_account_customer")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} ••••{self.last_digits}"


class PayeeHold(TenantModel):
    """A driver who is not paid until somebody releases it; `origin` says whether a person or a return placed it."""

    class Origin(models.TextChoices):
        PERSON = "person", "A person"
        RETURN = "return", "A return"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    customer = tenant_key("directory.Customer")
    origin = models.CharField(max_length=6, choices=Origin.choices, default=Origin.PERSON)
    reason = models.CharField(max_length=500)
    placed_by = models.CharField(max_length=150)
    placed_at = models.DateTimeField(db_default=Now(), editable=False)
    released_by = models.CharField(max_length=150, blank=True)
    released_at = models.DateTimeField(null=True)
    release_reason = models.CharField(max_length=500, blank=True)

    class Meta:
        app_label = "ledger"
        db_table = "payee_holds"
        ordering = ("-id",)
        constraints = [
            *tenant_constraints("payee_hold", "customer"),
            models.UniqueConstraint(
                fields=["company", "customer"], condition=Q(released_at__isnull=True), name="payee_hold_one"
            ),
            models.CheckConstraint(
                condition=Q(released_at__isnull=True, released_by="")
                | Q(released_at__isnull=False) & ~Q(released_by=""),
                name="payee_hold_released_by_somebody",
            ),
            Trigger(
                name="payee_hold_released_once",
                event="before update",
                after_table="for each row when (old.released_at is not null)",
                body="raise exception 'it is released already' using errcode = 'restrict_violation';",
            ),
            fixed("payee_hold_fixed", "id, company_id, customer_id, origin, reason, placed_by, placed_at"),
            kept("payee_hold_kept"),
        ]
        indexes = [models.Index(fields=["company", "customer", "id"], name="payee_hold_customer")]

    def __str__(self) -> str:
        return f"Hold of {format_day(localtime(self.placed_at))}"


class PayeeNotice(TenantModel):
    """What a driver is told about the account that the money goes to: mailed by a job, where there is an address."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    customer = tenant_key("directory.Customer")
    email = models.EmailField(blank=True, help_text="The driver's address when it happened; empty: no mail.")
    subject = models.CharField(max_length=120)
    text = models.TextField()
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    mailed_at = models.DateTimeField(null=True, help_text="Sent, given up, or nowhere to send it to.")
    is_sent = models.BooleanField(default=False)
    due_at = models.DateTimeField(db_default=Now())
    attempts = models.PositiveSmallIntegerField(default=0)

    class Meta:
        app_label = "ledger"
        db_table = "payee_notices"
        ordering = ("-id",)
        constraints = [
            *tenant_constraints("payee_notice", "customer"),
            fixed("payee_notice_fixed", "id, company_id, customer_id, email, subject, text, created_at"),
            kept("payee_notice_kept"),
        ]
        indexes = [
            models.Index(
                fields=["company", "due_at"],
                condition=Q(mailed_at__isnull=True),
                name="payee_notice_unmailed",
            ),
            models.Index(fields=["company", "customer", "id"], name="payee_notice_customer"),
        ]

    def __str__(self) -> str:
        return self.subject


class PayingAccount(TenantModel):
    """How a bank account of ours pays: what its ACH files say, and which checks it has.

    `origin` is what the bank calls the sender (ten characters), `odfi` the first eight digits of the originating bank.
    A balanced file debits `offset_number` in the file itself. Checks are numbered from `next_check` to `last_check`.
    """

    class SecCode(models.TextChoices):
        PPD = "PPD", "PPD: accounts of persons"
        CCD = "CCD", "CCD: accounts of companies"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    bank_account = tenant_key("ledger.BankAccount")
    destination = models.CharField("immediate destination", max_length=9, blank=True)
    destination_name = models.CharField(max_length=23, blank=True)
    origin = models.CharField("immediate origin", max_length=10, blank=True)
    origin_name = models.CharField(max_length=23, blank=True)
    company_name = models.CharField(max_length=16, blank=True)
    company_identification = models.CharField(max_length=10, blank=True)
    odfi = models.CharField("ODFI", max_length=8, blank=True)
    sec_code = models.CharField("SEC code", max_length=3, choices=SecCode.choices, default=SecCode.PPD)
    entry_description = models.CharField(max_length=10, default="PAYOUT")
    offset_routing = models.CharField(max_length=9, blank=True)
    offset_number = EncryptedTextField(null=True, blank=True)
    offset_last_digits = models.CharField(max_length=4, blank=True)
    offset_kind = models.CharField(max_length=8, choices=AccountKind.choices, default=AccountKind.CHECKING)
    next_check = models.PositiveBigIntegerField(null=True, blank=True)
    last_check = models.PositiveBigIntegerField(null=True, blank=True)
    changed_by = models.CharField(max_length=150)
    changed_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        app_label = "ledger"
        db_table = "paying_accounts"
        constraints = [
            *tenant_constraints("paying_account", "bank_account"),
            models.UniqueConstraint(fields=["company", "bank_account"], name="paying_account_once"),
            models.CheckConstraint(
                condition=Q(next_check__isnull=True, last_check__isnull=True)
                | Q(next_check__gte=1, last_check__gte=F("next_check") - 1),
                name="paying_account_checks",
            ),
            models.CheckConstraint(
                condition=Q(offset_number__isnull=True, offset_routing="")
                | Q(offset_number__isnull=False) & ~Q(offset_routing=""),
                name="paying_account_offset",
            ),
            fixed("paying_account_fixed", "id, company_id, bank_account_id"),
            kept("paying_account_kept"),
        ]

    def __str__(self) -> str:
        return f"How {self.bank_account} pays"

    @property
    def has_ach(self) -> bool:
        """Whether all that an ACH file says is there."""
        return bool(self.destination and self.origin and self.company_identification and self.odfi)


class PayoutSettings(TenantModel):
    """What a company decides about paying its drivers; a company without a row has the defaults."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    waiting_days = models.PositiveSmallIntegerField(
        default=3,
        validators=[MaxValueValidator(60)],
        help_text="Days after its confirmation before ACH goes to a new account.",
    )
    minimum = MoneyField(
        default=Decimal("0.01"),
        validators=[MinValueValidator(Decimal("0.01"))],
        help_text="What is due to a driver below it waits for the next batch.",
    )
    stale_days = models.PositiveSmallIntegerField(
        default=180,
        validators=[MinValueValidator(30), MaxValueValidator(1000)],
        help_text="A check that the bank has not shown after so many days is stale.",
    )
    changed_by = models.CharField(max_length=150)

    class Meta:
        app_label = "ledger"
        db_table = "payout_settings"
        verbose_name_plural = "payout settings"
        constraints = [
            *tenant_constraints("payout_settings"),
            models.UniqueConstraint(fields=["company"], name="payout_settings_one"),
            models.CheckConstraint(condition=Q(minimum__gt=0), name="payout_settings_minimum"),
            fixed("payout_settings_fixed", "id, company_id"),
            kept("payout_settings_kept"),
        ]

    def __str__(self) -> str:
        return "How drivers are paid"
