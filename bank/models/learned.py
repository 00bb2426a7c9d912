"""What was learned: whose money a line is, or what it is, when it says the same again (docs/domain.md#match-rules)."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from bank.models.lines import Direction
from batconnect.core.database.constraints import tenant_constraints
from batconnect.core.database.keys import tenant_key
from batconnect.core.kernel.ids import uuid7
from batconnect.core.models import TenantModel


class MatchRule(TenantModel):
    """What a line that says `pattern` is: a customer's money, or an amount of an account of the chart.

    Rules are learned from what people confirm, and may be written by hand; one that was undone often has more misses
    than hits and says nothing anymore. `pattern` is folded: capitals, single blanks.
    """

    class On(models.TextChoices):
        ACCOUNT = "account", "The payer's account"
        NAME = "name", "The payer's name"
        TEXT = "text", "Words of its text"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    on = models.CharField(max_length=7, choices=On.choices)
    pattern = models.CharField(max_length=200)
    direction = models.CharField(max_length=3, choices=Direction.choices)
    bank_account = tenant_key("ledger.BankAccount", null=True, blank=True)
    customer = tenant_key("directory.Customer", null=True, blank=True)
    account_code = models.CharField(max_length=60, blank=True)
    is_active = models.BooleanField(default=True)
    is_learned = models.BooleanField(default=True)
    hits = models.PositiveIntegerField(default=0)
    misses = models.PositiveIntegerField(default=0)
    last_hit_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=200, blank=True)
    created_by = models.CharField(max_length=150)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        db_table = "bank_match_rules"
        ordering = ("-id",)
        constraints = [
            *tenant_constraints("bank_match_rule", "bank_account", "customer"),
            models.UniqueConstraint(
                fields=["company", "on", "pattern", "direction", "bank_account", "customer", "account_code"],
                nulls_distinct=False,
                name="bank_match_rule_once",
            ),
            models.CheckConstraint(condition=~Q(pattern=""), name="bank_match_rule_says_something"),
            models.CheckConstraint(
                condition=Q(customer__isnull=False, account_code="")
                | Q(customer__isnull=True) & ~Q(account_code=""),
                name="bank_match_rule_of_one_kind",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_on_display()} {self.pattern}"
