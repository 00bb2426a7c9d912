"""The console's page on repairs: read-only, with the actions that a repair's status allows."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import F

from batconnect.core.console.sending import send_action
from ledger.repayment.actions import ACTIONS
from ledger.repayment.admin import DocumentAdmin, bulk_holding, post_due_action, row_action
from ledger.repayment.faces import document_face, installment_face
from ledger.repayment.installment_admin import InstallmentAdmin, installment_filters
from repairs.kind import REPAIRS
from repairs.models import RepairInstallment, RepairInvoice
from repairs.printed import REPAIR_STATEMENT


@admin.register(RepairInvoice)
class RepairInvoiceAdmin(DocumentAdmin):
    """Invoices that drivers repay."""

    kind = REPAIRS
    list_display = (
        "number",
        "invoice_number",
        "invoice_date",
        "workshop_type",
        "customer",
        "lease",
        "amount",
        "start_week",
        "status",
    )
    list_filter = ("status", "workshop_type", "customer", "invoice_date", "start_week", "amount")
    date_hierarchy = "invoice_date"
    search_fields = (*DocumentAdmin.search_fields, "^invoice_number")
    exclude = ("number_order", "document_path")
    face = document_face(
        REPAIRS,
        (
            ("Invoice", "invoice_number"),
            ("Of", "invoice_date"),
            ("Workshop", "workshop_type"),
            ("Vehicle", "vehicle"),
        ),
    )
    row_actions = (
        *(row_action(REPAIRS, each) for each in ACTIONS),
        send_action(lambda actor, row: (REPAIR_STATEMENT.code, row.number)),
    )
    bulk_actions = bulk_holding(REPAIRS)
    list_actions = (post_due_action(REPAIRS),)


@admin.register(RepairInstallment)
class RepairInstallmentAdmin(InstallmentAdmin):
    """Every week's share of every repair: what is due and waits to be posted."""

    kind = REPAIRS
    face = installment_face(REPAIRS)
    total = F("principal")
    list_filter = installment_filters(REPAIRS)
    search_fields = ("^installment_id", "repair__customer__name")
    totals_currency = "repair__currency"
    fields = ("installment_id", "repair", "due_date", "principal", "status", "posted_on")
