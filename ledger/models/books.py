"""The double-entry journal and the open items that its postings make up (docs/domain.md#journal)."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from django.conf import settings
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Now, Substr
from django.utils.timezone import localtime

from batconnect.core.database.constraints import (
    AppendOnly,
    CompanyIsolation,
    FullPages,
    SameCompany,
    TenantPrimaryKey,
    tenant_constraints,
)
from batconnect.core.database.keys import tenant_key
from batconnect.core.kernel.ids import uuid7
from batconnect.core.kernel.money import MoneyField
from batconnect.core.kernel.words import describe_code, format_day
from batconnect.core.models import TenantModel, company_by_key
from batconnect.core.models.seals import DIGEST_BYTES
from ledger import chart, triggers
from ledger.chart import REPAID_CATEGORIES, Category

LEAST_LINES: Final = 2
MAX_LINES: Final = 200


class Account(TenantModel):
    """A line of the chart of accounts, per company and currency; its id follows from them (`postings.account_id`)."""

    class Kind(models.TextChoices):
        ASSET = chart.Kind.ASSET.value, "Asset"
        LIABILITY = chart.Kind.LIABILITY.value, "Liability"
        EQUITY = chart.Kind.EQUITY.value, "Equity"
        INCOME = chart.Kind.INCOME.value, "Income"
        CONTRA_INCOME = chart.Kind.CONTRA_INCOME.value, "Contra income"
        EXPENSE = chart.Kind.EXPENSE.value, "Expense"
        CONTRA_EXPENSE = chart.Kind.CONTRA_EXPENSE.value, "Contra expense"

    id = models.UUIDField(primary_key=True, editable=False)
    currency = models.CharField(max_length=3)
    code = models.CharField(max_length=60, help_text="`cash:ach`, `receivable:LEASE`, `unallocated_cash`, …")
    name = models.CharField(max_length=100)
    kind = models.CharField(max_length=20, choices=Kind.choices)
    own_number = models.CharField(
        max_length=20, blank=True, default="", help_text="The company's own number of the account."
    )
    own_name = models.CharField(
        max_length=100, blank=True, default="", help_text="The company's own name of the account."
    )
    subledger = models.GeneratedField(
        expression=Case(
            When(code=chart.UNALLOCATED_CASH, then=Value(chart.PAYMENTS)),
            When(code=chart.CUSTOMER_CREDITS, then=Value(chart.CREDITS)),
            When(code=chart.VENDORS_PAYABLE, then=Value(chart.BILLS)),
            When(code__startswith=chart.payments_in_transit(""), then=Value(chart.DISBURSEMENTS)),
            When(code__startswith=chart.deposits_in_transit(""), then=Value(chart.RETURNED)),
            When(code__startswith=chart.receivable(""), then=Substr("code", len(chart.receivable("")) + 1)),
            default=Value(""),
        ),
        output_field=models.CharField(max_length=60),
        db_persist=True,
        help_text="Which single items make up the account: a category's obligations, payments, credits, …, or none.",
    )

    class Meta:
        db_table = "ledger_accounts"
        ordering = ("currency", "code")
        constraints = [
            *tenant_constraints("ledger_account"),
            models.UniqueConstraint(fields=["company", "currency", "code"], name="ledger_account_code"),
            models.UniqueConstraint(
                fields=["company", "currency", "own_number"],
                condition=~Q(own_number=""),
                name="ledger_account_own_number",
            ),
            triggers.ACCOUNT_FIXED,
            triggers.ACCOUNT_KEPT,
        ]

    def __str__(self) -> str:
        return f"{self.name}, {self.currency}"


class Obligation(TenantModel):
    """One open item: who owes how much, for what, and since when. The seed's "ledger balance".

    `outstanding` and `written_off` change together with postings, in the same transaction, `credited` with credit
    memos; the database keeps them within 0 … `original`, and `verify_ledger` recomputes them.
    """

    class Status(models.TextChoices):
        OPEN = "open", "Open"
        SETTLED = "settled", "Settled"
        VOIDED = "voided", "Voided"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    company = company_by_key()
    customer = tenant_key("directory.Customer")
    lease = tenant_key("directory.Lease", null=True, blank=True)
    currency = models.CharField(max_length=3)
    category = models.CharField(max_length=10, choices=[(each.value, each.label) for each in Category])
    reference_id = models.CharField(max_length=60)
    description = models.CharField(max_length=200)
    original = MoneyField()
    outstanding = MoneyField()
    written_off = MoneyField(default=Decimal("0.00"))
    credited = MoneyField(
        default=Decimal("0.00"),
        db_default=Decimal("0.00"),
        help_text="What credit memos of it say was wrong, whether or not they are applied to it.",
    )
    issue_date = models.DateField()
    due_date = models.DateField()
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.OPEN)
    is_opening = models.BooleanField(default=False)
    source_type = models.CharField(
        max_length=40, help_text="Whose it is (`ledger.charge`, `loans.installment`): see ledger.sources."
    )
    source_id = models.CharField(max_length=60)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        db_table = "ledger_obligations"
        constraints = [
            *tenant_constraints("ledger_obligation", "customer", "lease"),
            models.UniqueConstraint(
                fields=["company", "category", "reference_id"], name="ledger_obligation_reference"
            ),
            models.CheckConstraint(condition=Q(original__gt=0), name="ledger_obligation_original_positive"),
            models.CheckConstraint(
                condition=Q(outstanding__gte=0, outstanding__lte=F("original")),
                name="ledger_obligation_outstanding_within",
            ),
            models.CheckConstraint(
                condition=Q(written_off__gte=0, written_off__lte=F("original") - F("outstanding")),
                name="ledger_obligation_written_off_within",
            ),
            models.CheckConstraint(
                condition=Q(status="open", outstanding__gt=0)
                | Q(status="settled", outstanding=0)
                | Q(status="voided", outstanding=0, written_off=0),
                name="ledger_obligation_status_fits",
            ),
            models.CheckConstraint(
                condition=Q(credited__gte=0, credited__lte=F("original") - F("written_off")),
                name="ledger_obligation_credited_within",
            ),
            models.CheckConstraint(
                condition=~Q(status="voided") | Q(credited=0), name="ledger_obligation_voided_not_credited"
            ),
            triggers.OBLIGATION_FIXED,
            triggers.OBLIGATION_KEPT,
        ]
        # No index names the amount that is outstanding but two of the open, by which the largest debt is found and what
        # is owed is summed: a payment in part writes two entries more (docs/adr/0083-saved-views-and-orders.md).
        indexes = [
            models.Index(
                fields=["company", "customer", "status", "due_date"], name="ledger_obligation_customer"
            ),
            models.Index(fields=["company", "lease", "status", "due_date"], name="ledger_obligation_lease"),
            models.Index(fields=["company", "due_date", "id"], name="ledger_obligation_due"),
            models.Index(fields=["company", "issue_date", "id"], name="ledger_obligation_issued"),
            models.Index(fields=["company", "category", "due_date", "id"], name="ledger_obligation_category"),
            models.Index(fields=["company", "source_type"], name="ledger_obligation_source_type"),
            # What is outstanding, by age: with all that aging reads of it, so that no row is fetched.
            models.Index(
                fields=["company", "due_date", "id"],
                include=["customer", "currency", "category", "outstanding"],
                condition=Q(status="open"),
                name="ledger_obligation_owed",
            ),
            models.Index(
                fields=["company", "outstanding", "id"],
                condition=Q(status="open"),
                name="ledger_obligation_debt",
            ),
            # What is still to be repaid, with all that the report of loans and repairs reads of it.
            models.Index(
                fields=["company", "category", "reference_id"],
                include=["id", "source_type", "currency", "customer", "original", "outstanding"],
                condition=Q(status="open", category__in=[each.value for each in REPAID_CATEGORIES]),
                name="ledger_obligation_repaid",
            ),
            models.Index(fields=["company", "original", "id"], name="ledger_obligation_original"),
        ]

    def __str__(self) -> str:
        return f"{self.get_category_display()} {self.reference_id}"


class Entry(TenantModel):
    """One business event in the journal: immutable, named by its source so that it exists once.

    `effective_on` is the day it counts for, `posted_at` the instant it was recorded.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    company = company_by_key()
    currency = models.CharField(max_length=3)
    effective_on = models.DateField()
    posted_at = models.DateTimeField(db_default=Now(), editable=False)
    event = models.CharField(max_length=40, help_text="`payment_received`, `allocation_applied`, …")
    source_type = models.CharField(max_length=40)
    source_id = models.CharField(max_length=60)
    customer = tenant_key("directory.Customer", null=True)
    lease = tenant_key("directory.Lease", null=True)
    reverses = tenant_key("ledger.Entry", null=True)
    is_full_reversal = models.BooleanField(default=False)
    line_count = models.PositiveSmallIntegerField(
        help_text="How many postings it has; each posting repeats the count."
    )
    case_no = models.CharField(max_length=20, blank=True)
    reason = models.CharField(max_length=500, blank=True)
    operation_id = models.UUIDField(null=True)
    approval_id = models.UUIDField(
        null=True, help_text="The request of a second person's that it carries out (`approvals`)."
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    actor = models.CharField(max_length=150)
    request_id = models.CharField(max_length=64, blank=True)

    class Meta:
        db_table = "ledger_entries"
        verbose_name_plural = "entries"
        constraints = [
            *tenant_constraints("ledger_entry", "customer", "lease", "reverses"),
            # What a posting's key points at: none can be added to an entry beyond its count.
            models.UniqueConstraint(fields=["company", "id", "line_count"], name="ledger_entry_line_count"),
            models.CheckConstraint(
                condition=Q(line_count__range=(LEAST_LINES, MAX_LINES)), name="ledger_entry_lines"
            ),
            AppendOnly(name="ledger_entry_append_only"),
            triggers.ENTRY_WHOLE,
            models.UniqueConstraint(
                fields=["company", "source_type", "source_id", "event"], name="ledger_entry_source_once"
            ),
            models.UniqueConstraint(
                fields=["company", "reverses"],
                condition=Q(is_full_reversal=True),
                name="ledger_entry_reversed_once",
            ),
            models.CheckConstraint(
                condition=Q(is_full_reversal=False) | Q(reverses__isnull=False),
                name="ledger_entry_reversal_names_one",
            ),
            FullPages(
                name="ledger_entry_full_pages",
                indexes=(
                    *("ledger_entries_pkey", "ledger_entry_line_count", "ledger_entry_source_once"),
                    "ledger_entry_lease",
                ),
            ),
        ]
        # Entries of one customer or instant: the index holds the value once, with a list of rows. An id behind it would
        # make every entry's value its own, eight times as long (docs/adr/0104-bytes-of-a-payment.md).
        indexes = [
            models.Index(fields=["company", "customer"], name="ledger_entry_of_customer"),
            models.Index(
                fields=["company", "lease", "id"], condition=Q(lease__isnull=False), name="ledger_entry_lease"
            ),
            models.Index(fields=["company", "effective_on", "id"], name="ledger_entry_effective"),
            models.Index(fields=["company", "posted_at"], name="ledger_entry_posted_at"),
        ]

    def __str__(self) -> str:
        return f"{describe_code(self.event)}, {format_day(self.effective_on)}"


class Posting(TenantModel):
    """One line of an entry: debit positive, credit negative. An entry's lines are inserted together.

    A line on a receivable names its obligation, one on unallocated cash its payment (held by a key that the
    app of payments declares: the ledger stands below it), one on another account that is made up of items its
    `item_id`: a credit memo, a vendor's bill, a disbursement. `currency` and `subledger` are the account's.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    company = company_by_key()
    entry = tenant_key("ledger.Entry", related_name="postings")
    line = models.PositiveSmallIntegerField()
    line_count = models.PositiveSmallIntegerField(help_text="Its entry's.")
    account = tenant_key("ledger.Account")
    currency = models.CharField(max_length=3)
    subledger = models.CharField(max_length=60, blank=True)
    amount = MoneyField()
    obligation = tenant_key("ledger.Obligation", null=True, related_name="postings")
    payment_id = models.UUIDField(null=True)
    item_id = models.UUIDField(null=True)

    class Meta:
        db_table = "ledger_postings"
        constraints = [
            # An entry's lines, each once, are the key: a posting is found by its entry, and by its id in the narrow
            # index below (docs/adr/0104-bytes-of-a-payment.md).
            TenantPrimaryKey(name="ledger_posting_primary_key", columns=("company_id", "entry_id", "line")),
            CompanyIsolation(name="ledger_posting_company"),
            AppendOnly(name="ledger_posting_append_only"),
            triggers.POSTINGS_BALANCED,
            models.CheckConstraint(
                condition=Q(subledger="", obligation__isnull=True, item_id__isnull=True)
                | Q(subledger=chart.PAYMENTS, obligation__isnull=True, payment_id__isnull=False)
                | Q(subledger__in=chart.ITEM_SUBLEDGERS, obligation__isnull=True, item_id__isnull=False)
                | ~Q(subledger__in=("", chart.PAYMENTS, *chart.ITEM_SUBLEDGERS))
                & Q(obligation__isnull=False),
                name="ledger_posting_names_its_item",
            ),
            SameCompany(field="entry", name="ledger_posting_entry_key", carries="line_count"),
            # The lines of an entry are 1 … line_count, each once: when they are all there, nothing can be appended.
            models.CheckConstraint(
                condition=Q(line__gte=1, line__lte=F("line_count")), name="ledger_posting_line_counted"
            ),
            models.CheckConstraint(condition=~Q(amount=0), name="ledger_posting_not_zero"),
            FullPages(
                name="ledger_posting_full_pages", indexes=("ledger_postings_pkey", "ledger_posting_account")
            ),
        ]
        indexes = [
            models.Index(
                fields=["company", "obligation"],
                condition=Q(obligation__isnull=False),
                name="ledger_posting_obligation",
            ),
            models.Index(
                fields=["company", "payment_id"],
                condition=Q(payment_id__isnull=False),
                name="ledger_posting_payment",
            ),
            models.Index(
                fields=["company", "item_id"], condition=Q(item_id__isnull=False), name="ledger_posting_item"
            ),
            models.Index(fields=["company", "account", "entry"], name="ledger_posting_account"),
            # Ids are times, and rows are only added: those of one place in the table lie between two ids.
            BrinIndex(
                fields=["company", "id"], autosummarize=True, pages_per_range=32, name="ledger_posting_id"
            ),
        ]


class LedgerVerification(TenantModel):
    """A run of the checks of the ledger, over everything or over what is new (docs/domain.md#verification).

    `differences` counts them all; `findings` names the first, as `{check, subject, message}`. The next one over what is
    new begins behind `sealed_upto`, whose digest it holds against the seal's.
    """

    class Scope(models.TextChoices):
        WHOLE = "whole", "Everything"
        NEW = "new", "What is new"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField()
    checks = models.PositiveSmallIntegerField(help_text="How many checks ran.")
    differences = models.PositiveIntegerField()
    findings = models.JSONField(default=list)
    actor = models.CharField(max_length=150, help_text="The person's name, or the job's.")
    scope = models.CharField(
        max_length=5,
        choices=Scope.choices,
        default=Scope.WHOLE,
        db_default=Scope.WHOLE,
        help_text="What it read.",
    )
    sealed_upto = models.PositiveIntegerField(
        default=0, db_default=0, help_text="The last seal that it covers; 0: none was there."
    )
    seal_digest = models.BinaryField(
        max_length=DIGEST_BYTES, default=b"", db_default=b"", help_text="Of that seal, as it was then."
    )

    class Meta:
        db_table = "ledger_verifications"
        constraints = [
            *tenant_constraints("ledger_verification"),
            models.CheckConstraint(
                condition=Q(scope="whole", sealed_upto=0, seal_digest__length=0)
                | Q(scope__in=("whole", "new"), sealed_upto__gt=0, seal_digest__length=DIGEST_BYTES),
                name="ledger_verification_upto_a_seal",
            ),
            AppendOnly(name="ledger_verification_append_only"),
        ]

    def __str__(self) -> str:
        return f"Verification of {format_day(localtime(self.finished_at))}"

    @property
    def is_clean(self) -> bool:
        """Whether the run found no difference: entries sum to zero, and every stored figure matches its postings."""
        return self.differences == 0
