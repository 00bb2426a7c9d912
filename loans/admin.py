"""The console's page on loans: to read, with the verbs that a loan's status allows."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import F

from ledger.repayment.admin import DocumentAdmin, InstallmentInline
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
    verbs = (
        (
            "hold",
            "Nothing more of it is posted until it is released.",
            services.hold_loan,
            frozenset({"Open"}),
            True,
        ),
        (
            "release",
            "What fell due meanwhile is posted by the next run, with its own due dates.",
            services.release_loan,
            frozenset({"Hold"}),
            True,
        ),
        (
            "cancel",
            "The loan is taken back for good; only while nothing is posted.",
            services.cancel_loan,
            frozenset({"Open", "Hold"}),
            True,
        ),
        (
            "payoff",
            "Everything falls due today, with interest up to today.",
            services.pay_off_loan,
            frozenset({"Open"}),
            False,
        ),
    )


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
