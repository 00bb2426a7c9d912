"""The console's page on loans: read-only, with the actions that a loan's status allows."""

from __future__ import annotations

from typing import ClassVar

from django import forms
from django.contrib import admin
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from unfold.decorators import action

from batconnect.core.console.confirmations import OptionalReasonForm, ReasonForm
from ledger.repayment.admin import DocumentAction, DocumentAdmin, HoldForm, InstallmentInline
from ledger.repayment.installment_admin import InstallmentAdmin, installment_filters
from loans import services
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
    number_argument = "loan_id"
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
    row_actions: ClassVar = {
        "hold": DocumentAction(
            "Hold",
            "nothing more of it is posted until it is released.",
            services.hold_loan,
            frozenset({"Open"}),
            HoldForm,
        ),
        "release": DocumentAction(
            "Release",
            "what fell due meanwhile is posted by the next run, with its own due dates.",
            services.release_loan,
            frozenset({"Hold"}),
            OptionalReasonForm,
        ),
        "payoff": DocumentAction(
            "Pay off early",
            "everything falls due today, with interest up to today.",
            services.pay_off_loan,
            frozenset({"Open"}),
            forms.Form,
        ),
        "cancel": DocumentAction(
            "Cancel",
            "the loan is taken back for good; possible while nothing is posted.",
            services.cancel_loan,
            frozenset({"Open", "Hold"}),
            ReasonForm,
        ),
    }

    @action(description="Pay off early", url_path="payoff", permissions=["manage"], icon="speed")
    def payoff(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Everything falls due today."""
        return self.carry_out(request, object_id, self.row_action("payoff"))


@admin.register(LoanInstallment)
class LoanInstallmentAdmin(InstallmentAdmin):
    """Every week's share of every loan: what is due and waits to be posted."""

    kind = LOANS
    total = F("principal") + F("interest")
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
