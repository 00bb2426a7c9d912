"""Until when a bank account agrees with its bank (docs/domain.md#reconciliation)."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from batconnect.core.database.constraints import AppendOnly, tenant_constraints
from batconnect.core.database.keys import tenant_key
from batconnect.core.kernel.ids import uuid7
from batconnect.core.kernel.words import format_day
from batconnect.core.models import TenantModel


class Reconciliation(TenantModel):
    """Somebody confirmed that a bank account agrees with its bank until a day; what was in transit and open on that day
    stands beside it. The latest one counts."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    bank_account = tenant_key("ledger.BankAccount")
    statement = tenant_key("bank.Statement")
    reconciled_until = models.DateField()
    currency = models.CharField(max_length=3)
    bank_balance = models.DecimalField(max_digits=14, decimal_places=2)
    book_balance = models.DecimalField(max_digits=14, decimal_places=2)
    deposits_in_transit = models.DecimalField(max_digits=14, decimal_places=2)
    payments_in_transit = models.DecimalField(max_digits=14, decimal_places=2)
    unidentified = models.DecimalField(max_digits=14, decimal_places=2)
    unexplained = models.DecimalField(max_digits=14, decimal_places=2)
    made_by = models.CharField(max_length=150)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        db_table = "bank_reconciliations"
        ordering = ("-id",)
        constraints = [
            *tenant_constraints("bank_reconciliation", "bank_account", "statement"),
            models.UniqueConstraint(
                fields=["company", "bank_account", "reconciled_until"], name="bank_reconciliation_once"
            ),
            models.CheckConstraint(
                condition=Q(bank_balance=F("book_balance")), name="bank_reconciliation_agrees"
            ),
            AppendOnly(name="bank_reconciliation_append_only"),
        ]

    def __str__(self) -> str:
        return f"{self.bank_account} until {format_day(self.reconciled_until)}"
