"""The console's page on loans: to read, with the verbs that a loan's status allows."""

from __future__ import annotations

from django.contrib import admin

from ledger.repayment.admin import DocumentAdmin, InstallmentInline
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
