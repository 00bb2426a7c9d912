"""The console's page on loans: read-only, with the actions that a loan's status allows."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import F

from batconnect.core.console.sending import send_action
from ledger.repayment.actions import ADJUST, CANCEL, HOLD, RELEASE
from ledger.repayment.admin import DocumentAdmin, bulk_holding, post_due_action, row_action
from ledger.repayment.faces import document_face, installment_face
from ledger.repayment.installment_admin import InstallmentAdmin, installment_filters
from loans.actions import HAND_OVER, NOT_GIVEN, PAYOFF, PREPAY, STOP, UNDO_PAYOFF
from loans.admin_filters import HandOverFilter
from loans.kind import LOANS
from loans.models import DriverLoan, LoanInstallment
from loans.printed import LOAN_STATEMENT


@admin.register(DriverLoan)
class DriverLoanAdmin(DocumentAdmin):
    """Money lent to drivers."""

    kind = LOANS
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
    list_filter = (HandOverFilter, "status", "customer", "loan_date", "start_week", "amount")
    date_hierarchy = "loan_date"
    exclude = ("number_order",)
    face = document_face(LOANS, (("Rate a year", "interest_rate"), ("Lent on", "loan_date")))
    row_actions = (
        *(
            row_action(LOANS, each)
            for each in (
                *(HAND_OVER, STOP, HOLD, RELEASE, PREPAY, PAYOFF, UNDO_PAYOFF, ADJUST),
                *(CANCEL, NOT_GIVEN),
            )
        ),
        send_action(lambda actor, row: (LOAN_STATEMENT.code, row.number)),
    )
    bulk_actions = bulk_holding(LOANS)
    list_actions = (post_due_action(LOANS),)


@admin.register(LoanInstallment)
class LoanInstallmentAdmin(InstallmentAdmin):
    """Every week's share of every loan: what is due and waits to be posted."""

    kind = LOANS
    face = installment_face(LOANS)
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
