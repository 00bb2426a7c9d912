"""The console's page on loans: read-only, with the actions that a loan's status allows."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from unfold.decorators import action

from ledger.repayment.admin import DocumentAdmin, InstallmentInline
from ledger.repayment.installment_admin import InstallmentAdmin, installment_filters
from loans.actions import ACTIONS
from loans.kind import LOANS
from loans.models import DriverLoan, LoanInstallment


class LoanInstallmentInline(InstallmentInline):
    """The loan's schedule."""

    model = LoanInstallment
    view_permission = "loans.view"
    fields = ("installment_id", "due_date", "principal", "interest", "status", "posted_on")


@admin.register(DriverLoan)
class DriverLoanAdmin(DocumentAdmin):
    """Money lent to drivers."""

    kind = LOANS
    view_permission = "loans.view"
    list_display = (
        "number",
        "customer",
        "lease",
        "amount",
        "interest_rate",
        "loan_date",
        "start_week",
        "status",
    )
    list_filter = ("status", "customer", "loan_date", "start_week", "amount")
    date_hierarchy = "loan_date"
    exclude = ("number_order",)
    inlines = (LoanInstallmentInline,)
    actions_detail = ("hold", "release", "payoff", "cancel")
    document_actions = ACTIONS

    @action(description="Pay off early", url_path="payoff", permissions=["manage"], icon="speed")
    def payoff(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Everything falls due today."""
        return self.carry_out(request, object_id, self.row_action("payoff"))


@admin.register(LoanInstallment)
class LoanInstallmentAdmin(InstallmentAdmin):
    """Every week's share of every loan: what is due and waits to be posted."""

    kind = LOANS
    total = F("principal") + F("interest")
    view_permission = "loans.view"
    list_filter = installment_filters(LOANS)
    search_fields = ("^installment_id", "loan__customer__name")
    totals_currency = "loan__currency"
    fields = (
        "installment_id",
        "loan",
        "due_date",
        "principal",
        "interest",
        "total_due",
        "status",
        "posted_on",
    )
