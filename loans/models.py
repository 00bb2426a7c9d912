"""Driver loans and their schedules (docs/domain.md#loans-and-repairs)."""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.db.models import F, Q

from batconnect.core.database.keys import tenant_key
from batconnect.core.kernel.money import MoneyField
from ledger.repayment.models import (
    Installment,
    RepaidDocument,
    document_constraints,
    document_indexes,
    installment_constraints,
    installment_indexes,
)


class DriverLoan(RepaidDocument):
    """Money lent to a driver, repaid weekly with simple interest on the declining principal."""

    interest_rate = models.DecimalField(
        max_digits=7, decimal_places=4, default=Decimal(0), help_text="Percent a year, 0 to 100."
    )
    loan_date = models.DateField()

    class Meta:
        db_table = "driver_loans"
        ordering = ("-number_order",)
        constraints = [
            *document_constraints(
                "driver_loan",
                installments="loan_installments",
                parent="loan_id",
                fixed=", interest_rate, loan_date",
            ),
            models.CheckConstraint(
                condition=Q(interest_rate__gte=0, interest_rate__lte=100), name="driver_loan_rate_within"
            ),
            models.CheckConstraint(
                condition=Q(start_week__gte=F("loan_date")), name="driver_loan_starts_after_loan_date"
            ),
        ]
        indexes = document_indexes("driver_loan")


class LoanInstallment(Installment):
    """One week's share of a loan: principal, and the interest earned when it falls due."""

    loan = tenant_key("loans.DriverLoan", related_name="installments")
    interest = MoneyField(default=Decimal("0.00"))

    class Meta:
        db_table = "loan_installments"
        ordering = ("loan", "number")
        constraints = [
            *installment_constraints(
                "loan_installment", parent="loan", documents="driver_loans", amounts=("principal", "interest")
            ),
            models.CheckConstraint(
                condition=Q(interest__gte=0), name="loan_installment_interest_not_negative"
            ),
        ]
        indexes = installment_indexes("loan_installment")

    @property
    def total_due(self) -> Decimal:
        """Principal and interest."""
        return self.principal + self.interest
