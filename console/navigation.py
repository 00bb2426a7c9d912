"""The console's menu: each entry is a registered page or a table's list, shown to those who may open it."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from django.apps import apps
from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse

from console.pages import registered_pages

TODAY: Final = "index"


class Entry(NamedTuple):
    """A line of the menu. `target` is a page's name, or a table's label (`payments.Payment`)."""

    title: str
    icon: str
    target: str


class Section(NamedTuple):
    """A part of the menu with its heading; a folded one opens on a click."""

    title: str
    entries: tuple[Entry, ...]
    folded: bool = False


SECTIONS: Final = (
    Section("", (Entry("Today", "dashboard", TODAY), Entry("Find", "search", "find"))),
    Section(
        "Counter",
        (
            Entry("Take a payment", "point_of_sale", "take_payment"),
            Entry("New loan", "add_card", "new_loan"),
            Entry("New repair", "build", "new_repair"),
        ),
    ),
    Section(
        "Money in",
        (
            Entry("Payments", "payments", "payments.Payment"),
            Entry("Applied payments", "checklist", "payments.Allocation"),
            Entry("Refunds", "currency_exchange", "payments.Refund"),
            Entry("Upload payments", "upload", "upload_payments"),
            Entry("Payment batches", "upload_file", "payments.PaymentBatch"),
            Entry("Unidentified receipts", "help", "payments.UnidentifiedReceipt"),
        ),
    ),
    Section(
        "Owed",
        (
            Entry("Obligations", "account_balance_wallet", "ledger.Obligation"),
            Entry("Invoices", "receipt_long", "payments.Invoice"),
            Entry("Driver loans", "request_quote", "loans.DriverLoan"),
            Entry("Loan installments", "view_timeline", "loans.LoanInstallment"),
            Entry("Vehicle repairs", "car_repair", "repairs.RepairInvoice"),
            Entry("Repair installments", "view_timeline", "repairs.RepairInstallment"),
            Entry("Renewal cases", "autorenew", "outstanding.RenewalCase"),
            Entry("Payment plans", "event_repeat", "outstanding.PaymentPlan"),
        ),
    ),
    Section(
        "Week",
        (
            Entry("DTRs", "description", "ledger.Dtr"),
            Entry("DTR exports", "folder_zip", "ledger.DtrExport"),
            Entry("Earnings", "trending_up", "ledger.LeaseEarning"),
            Entry("Weekly runs", "event_available", "ledger.WeeklyRun"),
        ),
    ),
    Section(
        "Work",
        (
            Entry("Cases", "work", "cases.Case"),
            Entry("Cash to allocate", "call_split", "workbench_queue"),
            Entry("Approvals", "how_to_reg", "approvals"),
            Entry("All requests", "rule", "core.Approval"),
        ),
    ),
    Section("Reports", (Entry("Reports", "summarize", "reports"),)),
    Section(
        "Directory",
        (
            Entry("Customers", "groups", "directory.Customer"),
            Entry("Drivers", "badge", "directory.Driver"),
            Entry("Vehicles", "local_taxi", "directory.Vehicle"),
            Entry("Medallions", "verified", "directory.Medallion"),
            Entry("Leases", "contract", "directory.Lease"),
        ),
        folded=True,
    ),
    Section(
        "Books",
        (
            Entry("Accounts", "account_tree", "ledger.Account"),
            Entry("Entries", "menu_book", "ledger.Entry"),
            Entry("Verifications", "fact_check", "ledger.LedgerVerification"),
            Entry("Audit trail", "history", "core.AuditEvent"),
        ),
        folded=True,
    ),
    Section(
        "Gateway and mail",
        (
            Entry("Charges", "credit_card", "payments.GatewayCharge"),
            Entry("Customers' payments", "credit_score", "outstanding.CustomerPayment"),
            Entry("Reminders", "mail", "outstanding.PaymentReminder"),
            Entry("Gateways", "lan", "payments.GatewayEndpoint"),
        ),
        folded=True,
    ),
    Section(
        "Settings",
        (
            Entry("Company", "settings", "core.CompanySettings"),
            Entry("Users", "person", "core.User"),
            Entry("Memberships", "group", "core.Membership"),
            Entry("Invitations", "person_add", "core.Invitation"),
            Entry("Your sign-in", "lock", "account"),
            Entry("Notices to you", "notifications", "notices"),
            Entry("Repayment matrix", "table_chart", "ledger.RepaymentMatrix"),
            Entry("Statement columns", "view_column", "payments.StatementMapping"),
            Entry("Schedules", "schedule", "schedules"),
            Entry("Times of schedules", "more_time", "django_celery_beat.PeriodicTask"),
            Entry("Case types", "schema", "cases.CaseType"),
            Entry("Case steps", "account_tree", "cases.CaseStepConfig"),
            Entry("Step overrides", "tune", "cases.CaseStepOverride"),
        ),
        folded=True,
    ),
)


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """The menu as the theme takes it: what the request's actor may see, without empty sections."""
    shown = []
    for section in SECTIONS:
        items = [item for entry in section.entries if (item := _item(request, entry))]
        if items:
            shown.append(
                {
                    "title": section.title,
                    "separator": bool(section.title),
                    "collapsible": section.folded,
                    "items": items,
                }
            )
    return shown


def _item(request: HttpRequest, entry: Entry) -> dict[str, Any] | None:
    if "." not in entry.target:
        page = registered_pages().get(entry.target)
        allowed = page.lets_in(request) if page else entry.target == TODAY
        link = reverse(f"admin:{entry.target}")
    else:
        model = apps.get_model(entry.target)
        allowed = admin.site.get_model_admin(model).has_view_permission(request)
        link = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    return {"title": entry.title, "icon": entry.icon, "link": link} if allowed else None
