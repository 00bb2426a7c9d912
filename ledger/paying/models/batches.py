"""Batches of payouts, what each payout covers, the file that the bank is handed, and what came back.

Rule: docs/domain.md#payout-batches.
"""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.timezone import localtime

from batconnect.core.database.constraints import AppendOnly, Trigger, tenant_constraints
from batconnect.core.database.encryption import EncryptedTextField
from batconnect.core.database.keys import tenant_key
from batconnect.core.kernel.ids import uuid7
from batconnect.core.kernel.money import MoneyField
from batconnect.core.kernel.words import format_day
from batconnect.core.models import TenantModel
from ledger.paying.models.payees import fixed, kept, person


class PayoutBatch(TenantModel):
    """Drivers who are paid together, from one bank account, in one way.

    A draft reserves what it covers. A second person approves it; building it gives numbers and fixes the file; sending
    it posts. Until then it is undone as a unit. What somebody pays by hand is a batch that is sent at once. Whether the
    bank has shown it is read from what it paid out.
    """

    class Way(models.TextChoices):
        ACH = "ach", "ACH file"
        CHECK = "check", "Checks"
        BY_HAND = "by_hand", "By hand"

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        APPROVED = "approved", "Approved"
        BUILT = "built", "Built"
        SENT = "sent", "Sent"
        UNDONE = "undone", "Undone"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    number = models.CharField(max_length=24, help_text="PB-2026-001.")
    way = models.CharField(max_length=7, choices=Way.choices)
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.DRAFT)
    bank_account = tenant_key("ledger.BankAccount")
    currency = models.CharField(max_length=3)
    payout_count = models.PositiveIntegerField()
    total = MoneyField()
    left_out = models.JSONField(default=list, help_text="Who was asked for and is not paid, and why.")
    effective_on = models.DateField(null=True, help_text="ACH: the bank's day. Checks: their date.")
    maker = person()
    created_by = models.CharField(max_length=150)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    approver = person()
    approved_by = models.CharField(max_length=150, blank=True)
    approved_at = models.DateTimeField(null=True)
    built_by = models.CharField(max_length=150, blank=True)
    built_at = models.DateTimeField(null=True)
    sent_by = models.CharField(max_length=150, blank=True)
    sent_at = models.DateTimeField(null=True)
    sent_on = models.DateField(null=True, help_text="The day on which it posted.")
    undone_by = models.CharField(max_length=150, blank=True)
    undone_at = models.DateTimeField(null=True)
    undo_reason = models.CharField(max_length=500, blank=True)

    class Meta:
        app_label = "ledger"
        db_table = "payout_batches"
        ordering = ("-id",)
        verbose_name_plural = "payout batches"
        constraints = [
            *tenant_constraints("payout_batch", "bank_account"),
            models.UniqueConstraint(
                fields=["company", "number"],
                opclasses=["uuid_ops", "text_pattern_ops"],
                name="payout_batch_number",
            ),
            models.CheckConstraint(condition=Q(payout_count__gte=1, total__gt=0), name="payout_batch_pays"),
            models.CheckConstraint(
                condition=Q(way="by_hand")
                | Q(status__in=["draft", "undone"])
                | Q(approved_at__isnull=False, approver__isnull=False)
                & (Q(maker__isnull=True) | ~Q(approver=F("maker"))),
                name="payout_batch_second_person",
            ),
            models.CheckConstraint(
                condition=Q(way="by_hand")
                | ~Q(status__in=["built", "sent"])
                | Q(built_at__isnull=False, effective_on__isnull=False),
                name="payout_batch_built_at",
            ),
            models.CheckConstraint(
                condition=Q(status="sent", sent_at__isnull=False, sent_on__isnull=False)
                | ~Q(status="sent") & Q(sent_at__isnull=True, sent_on__isnull=True),
                name="payout_batch_sent_at",
            ),
            models.CheckConstraint(
                condition=Q(status="undone", undone_at__isnull=False)
                | ~Q(status="undone") & Q(undone_at__isnull=True),
                name="payout_batch_undone_at",
            ),
            Trigger(
                name="payout_batch_goes_on",
                event="before update of status",
                after_table=(
                    "for each row when (old.status <> new.status and not (old.status || '>' || new.status) = any(array["
                    "'draft>approved', 'approved>built', 'built>sent',"
                    " 'draft>undone', 'approved>undone', 'built>undone'"
                    "]))"
                ),
                body=(
                    "raise exception '% is %: it cannot become %', old.number, old.status, new.status"
                    " using errcode = 'restrict_violation';"
                ),
            ),
            fixed(
                "payout_batch_fixed",
                "id, company_id, number, way, bank_account_id, currency, payout_count, total, left_out,"
                " maker_id, created_by, created_at",
            ),
            kept("payout_batch_kept"),
        ]
        indexes = [models.Index(fields=["company", "status", "id"], name="payout_batch_status")]

    def __str__(self) -> str:
        return self.number


class Payout(TenantModel):
    """What one driver is paid in a batch: one entry of its file, or one check. It covers one DTR or more of the driver.

    `reference` is the trace number of the entry, the number of the check, or what whoever paid by hand typed.
    """

    class Method(models.TextChoices):
        ACH = "ach", "ACH"
        CHECK = "check", "Check"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    batch = tenant_key("ledger.PayoutBatch", related_name="payouts")
    place = models.PositiveIntegerField(help_text="1, 2, … in the batch.")
    customer = tenant_key("directory.Customer")
    account = tenant_key("ledger.PayeeAccount", null=True)
    payee = models.CharField(max_length=120)
    method = models.CharField(max_length=5, choices=Method.choices)
    amount = MoneyField()
    reference = models.CharField(max_length=60, blank=True)

    class Meta:
        app_label = "ledger"
        db_table = "payouts"
        ordering = ("batch", "place")
        constraints = [
            *tenant_constraints("payout", "batch", "customer", "account"),
            models.UniqueConstraint(fields=["company", "batch", "place"], name="payout_place"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="payout_amount_positive"),
            models.CheckConstraint(
                condition=Q(account__isnull=True) | Q(method="ach", amount__lte=Decimal("99999999.99")),
                name="payout_fits_an_entry",
            ),
            Trigger(
                name="payout_numbered_once",
                event="before update of reference",
                after_table="for each row when (old.reference <> '')",
                body="raise exception 'it has its number already' using errcode = 'restrict_violation';",
            ),
            fixed(
                "payout_fixed",
                "id, company_id, batch_id, place, customer_id, account_id, payee, method, amount",
            ),
            kept("payout_kept"),
        ]
        indexes = [
            models.Index(fields=["company", "customer", "id"], name="payout_customer"),
            models.Index(
                fields=["company", "reference"], condition=~Q(reference=""), name="payout_reference"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount:,.2f} to {self.payee}"


class PayoutItem(TenantModel):
    """A DTR that a payout covers, as its `attempt`-th payout. A DTR has one that is reserved or sent at most."""

    class State(models.TextChoices):
        RESERVED = "reserved", "Reserved"
        SENT = "sent", "Sent"
        RETURNED = "returned", "Came back"
        UNDONE = "undone", "Undone"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    payout = tenant_key("ledger.Payout", related_name="items")
    dtr = tenant_key("ledger.Dtr", related_name="payout_items")
    amount = MoneyField()
    attempt = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.RESERVED)

    class Meta:
        app_label = "ledger"
        db_table = "payout_items"
        ordering = ("payout", "id")
        constraints = [
            *tenant_constraints("payout_item", "payout", "dtr"),
            models.UniqueConstraint(
                fields=["company", "dtr"],
                condition=Q(state__in=["reserved", "sent"]),
                name="payout_item_live_once",
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="payout_item_amount_positive"),
            Trigger(
                name="payout_item_goes_on",
                event="before update of state",
                after_table=(
                    "for each row when (old.state <> new.state and not (old.state || '>' || new.state) = any(array["
                    "'reserved>sent', 'reserved>undone', 'sent>returned']))"
                ),
                body="raise exception 'a payout goes on, not back' using errcode = 'restrict_violation';",
            ),
            fixed("payout_item_fixed", "id, company_id, payout_id, dtr_id, amount, attempt"),
            kept("payout_item_kept"),
        ]
        indexes = [
            models.Index(fields=["company", "payout"], name="payout_item_payout"),
            models.Index(fields=["company", "dtr", "id"], name="payout_item_dtr"),
        ]

    def __str__(self) -> str:
        return f"{self.amount:,.2f}"


class PayoutFile(TenantModel):
    """The file of a built batch, as it was fixed: it names accounts, and so stands encrypted."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    batch = tenant_key("ledger.PayoutBatch")
    name = models.CharField(max_length=80)
    content = EncryptedTextField()
    sha256 = models.CharField("SHA-256", max_length=64)
    size = models.PositiveIntegerField()
    modifier = models.CharField(max_length=1, blank=True, help_text="Tells the ACH files of a day apart.")
    made_on = models.DateField()
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        app_label = "ledger"
        db_table = "payout_files"
        constraints = [
            *tenant_constraints("payout_file", "batch"),
            models.UniqueConstraint(fields=["company", "batch"], name="payout_file_once"),
            fixed(
                "payout_file_fixed",
                "id, company_id, batch_id, name, sha256, size, modifier, made_on, created_at",
            ),
            kept("payout_file_kept"),
        ]
        indexes = [models.Index(fields=["company", "made_on"], name="payout_file_day")]

    def __str__(self) -> str:
        return self.name


class PayoutDownload(TenantModel):
    """Somebody took the file of a batch: the first time without a reason, later with one."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    batch = tenant_key("ledger.PayoutBatch")
    reason = models.CharField(max_length=500, blank=True)
    taken_by = models.CharField(max_length=150)
    taken_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        app_label = "ledger"
        db_table = "payout_downloads"
        ordering = ("id",)
        constraints = [
            *tenant_constraints("payout_download", "batch"),
            models.UniqueConstraint(
                fields=["company", "batch"],
                condition=Q(reason=""),
                name="payout_download_once_without_reason",
            ),
            AppendOnly(name="payout_download_append_only"),
        ]
        indexes = [models.Index(fields=["company", "batch", "id"], name="payout_download_batch")]

    def __str__(self) -> str:
        return f"{self.taken_by}, {format_day(localtime(self.taken_at))}"


class PayoutReturn(TenantModel):
    """What the bank said of an entry that we sent: it came back (R…), its account is to be corrected (C…), or a
    person said that a check was stopped, voided or is stale. What it changed is `outcome`; one of an unknown trace
    number changed nothing and is listed."""

    class Outcome(models.TextChoices):
        RETURNED = "returned", "Came back, due again"
        PROPOSED = "proposed", "Corrected account proposed"
        NOTED = "noted", "Noted, nothing to change"
        AGAIN = "again", "Known already"
        UNKNOWN = "unknown", "No such entry of ours"
        DIFFERS = "differs", "Another amount than ours"
        WAITING = "waiting", "Another change waits"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    payout = tenant_key("ledger.Payout", null=True)
    code = models.CharField(max_length=6, help_text="R01 to R85, C01 to C14; of a check: VOID, STALE, STOP.")
    trace = models.CharField(max_length=15, blank=True)
    amount = MoneyField()
    note = models.CharField(max_length=500, blank=True)
    outcome = models.CharField(max_length=8, choices=Outcome.choices)
    account = tenant_key("ledger.PayeeAccount", null=True)
    file_name = models.CharField(max_length=200, blank=True)
    line = models.PositiveIntegerField(default=0)
    recorded_by = models.CharField(max_length=150)
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        app_label = "ledger"
        db_table = "payout_returns"
        ordering = ("-id",)
        constraints = [
            *tenant_constraints("payout_return", "payout", "account"),
            models.CheckConstraint(
                condition=Q(outcome="unknown", payout__isnull=True)
                | ~Q(outcome="unknown") & Q(payout__isnull=False),
                name="payout_return_of_a_payout",
            ),
            models.UniqueConstraint(
                fields=["company", "payout"], condition=Q(outcome="returned"), name="payout_return_once"
            ),
            AppendOnly(name="payout_return_append_only"),
        ]
        indexes = [
            models.Index(fields=["company", "payout", "id"], name="payout_return_payout"),
        ]

    def __str__(self) -> str:
        return f"{self.code} of {self.amount:,.2f}"
