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
    interest_reason = models.CharField(
        max_length=500, blank=True, help_text="Why the rate was above the company's highest."
    )
    loan_date = models.DateField()
    handed_over = tenant_key(
        "ledger.Disbursement", null=True, related_name="+", help_text="What was given for it."
    )
    is_opening = models.BooleanField(
        default=False,
        editable=False,
        help_text="It ran when the books were opened: it had been handed over before.",
    )

    class Meta:
        db_table = "driver_loans"
        ordering = ("-number_order",)
        constraints = [
            *document_constraints(
                "driver_loan",
                "handed_over",
                documents="driver_loans",
                installments="loan_installments",
                parent="loan_id",
                fixed=", interest_rate, interest_reason, loan_date, is_opening",
            ),
            models.CheckConstraint(
                condition=Q(interest_rate__gte=0, interest_rate__lte=100), name="driver_loan_rate_within"
            ),
            models.UniqueConstraint(
                fields=["company", "handed_over"],
                condition=Q(handed_over__isnull=False),
                name="driver_loan_handed_over_once",
            ),
            models.CheckConstraint(
                condition=~Q(status="Cancelled") | Q(handed_over__isnull=True),
                name="driver_loan_cancelled_not_given",
            ),
            models.CheckConstraint(
                condition=Q(is_opening=False) | Q(handed_over__isnull=True),
                name="driver_loan_opened_was_given",
            ),
            models.CheckConstraint(
                condition=Q(start_week__gte=F("loan_date")), name="driver_loan_starts_after_loan_date"
            ),
        ]
        indexes = document_indexes("driver_loan")

    @property
    def is_given(self) -> bool:
        """Whether the driver has the principal."""
        return self.is_opening or self.handed_over_id is not None


class LoanInstallment(Installment):
    """One week's share of a loan: principal, and the interest earned when it falls due."""

    loan = tenant_key("loans.DriverLoan", related_name="installments")
    interest = MoneyField(default=Decimal("0.00"))
    prepaid_on = models.DateField(
        null=True, help_text="When principal was prepaid; empty for a row of the schedule."
    )

    class Meta:
        db_table = "loan_installments"
        ordering = ("loan", "number")
        constraints = [
            *installment_constraints(
                "loan_installment",
                table="loan_installments",
                parent="loan",
                documents="driver_loans",
                amounts=("principal", "interest"),
            ),
            models.CheckConstraint(
                condition=Q(interest__gte=0), name="loan_installment_interest_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(prepaid_on__isnull=True) | Q(prepaid_on=F("due_date"), interest=0),
                name="loan_installment_prepaid_is_principal",
            ),
        ]
        indexes = installment_indexes("loan_installment")

    @property
    def total_due(self) -> Decimal:
        """Principal and interest."""
        return self.principal + self.interest
