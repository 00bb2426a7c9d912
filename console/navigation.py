"""The console's menu: each line is a registered page or a table's list, shown to those who may open it.

Here is only which line stands where: its title and its icon come from the page, or from the table's declaration
(`core.kernel.subject`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse

from batconnect.core.kernel.subject import find_subject
from console.pages import registered_pages
from ledger.repayment.counter import counters
from ledger.repayment.kinds import repaid_kinds

TODAY: Final = "index"


class Entry(NamedTuple):
    """A line of the menu. `target` is a page's name, or a table's label (`payments.Payment`)."""

    title: str
    icon: str
    target: str


class Section(NamedTuple):
    """A part of the menu with its heading and what its lines lead to; a folded one opens on a click.

    A function stands for the lines of whatever is registered.
    """

    title: str
    targets: tuple[str | Callable[[], Iterator[str]], ...]
    folded: bool = False

    @property
    def entries(self) -> tuple[Entry, ...]:
        """The lines."""
        return tuple(
            _entry(target)
            for each in self.targets
            for target in ((each,) if isinstance(each, str) else each())
        )


def _made_at_counter() -> Iterator[str]:
    """The pages where documents of each kind are made."""
    for counter in counters():
        yield f"new_{counter.kind.noun}"


def _repaid() -> Iterator[str]:
    """The documents of each kind, and their installments."""
    for kind in repaid_kinds():
        yield from (kind.document._meta.label, kind.installment._meta.label)


SECTIONS: Final = (
    Section("", (TODAY, "find")),
    Section("Counter", ("take_payment", "new_charge", "counter_day", _made_at_counter)),
    Section(
        "Money in",
        (
            "payments.Payment",
            "payments.Allocation",
            "payments.Refund",
            "payments.CreditRefund",
            "upload_payments",
            "payments.PaymentBatch",
            "ledger.ProcessorDeposit",
        ),
    ),
    Section(
        "Owed",
        (
            "ledger.Obligation",
            "payments.Invoice",
            "new_invoice",
            "payments.CreditMemo",
            "new_credit",
            _repaid,
            "outstanding.RenewalCase",
            "outstanding.PaymentPlan",
        ),
    ),
    Section(
        "Bank",
        (
            "bank",
            "bank_desk",
            "bank_certain",
            "bank_operations",
            "bank_transfers",
            "bank_import",
            "bank.DrawerSession",
            "bank.DepositSlip",
            "bank.Statement",
            "bank.StatementLine",
            "bank.LinePart",
            "bank.MatchRule",
            "bank.Reconciliation",
            "bank.CutOver",
            "ledger.BankAccount",
            "ledger.Drawer",
            "ledger.Disbursement",
        ),
    ),
    Section(
        "Money out",
        (
            "ledger.PayoutBatch",
            "ledger.Payout",
            "ledger.PayoutReturn",
            "payout_returns_import",
            "ledger.PayeeAccount",
            "ledger.PayeeHold",
            "ledger.PayingAccount",
            "ledger.VendorBill",
            "ledger.VendorCredit",
            "ledger.Remittance",
            "ledger.SecurityDeposit",
        ),
    ),
    Section(
        "Agencies",
        (
            "agency_import",
            "agency_desk",
            "agencies.AgencyImport",
            "agencies.AgencyRow",
            "agencies.AgencyChange",
            "agencies.KnownVehicle",
        ),
    ),
    Section("Week", ("ledger.Dtr", "ledger.DtrExport", "ledger.LeaseEarning", "ledger.WeeklyRun")),
    Section("Work", ("cases.Case", "workbench_queue", "approvals", "core.Approval")),
    Section("Reports", ("reports",)),
    Section(
        "Directory",
        (
            "directory.Customer",
            "directory.Driver",
            "directory.Vehicle",
            "directory.Medallion",
            "directory.Lease",
            "ledger.Vendor",
            "ledger.TaxAuthority",
            "directory.LeaseRate",
            "payments.LeaseCorrection",
        ),
        folded=True,
    ),
    Section(
        "Books",
        (
            "ledger.Account",
            "ledger.Entry",
            "ledger.ManualEntry",
            "ledger.JournalExport",
            "ledger.OpeningBatch",
            "ledger.LedgerVerification",
            "core.AuditEvent",
        ),
        folded=True,
    ),
    Section(
        "Gateway and mail",
        (
            "payments.GatewayCharge",
            "outstanding.CustomerPayment",
            "core.OutgoingMail",
            "outstanding.PaymentReminder",
            "payments.GatewayEndpoint",
        ),
        folded=True,
    ),
    Section(
        "Settings",
        (
            "core.CompanySettings",
            "core.User",
            "core.Membership",
            "core.Invitation",
            "account",
            "notices",
            "handbook",
            "ledger.RepaymentMatrix",
            "bank.StatementMapping",
            "agencies.AgencyLayout",
            "schedules",
            "cases.CaseType",
            "cases.CaseStepConfig",
            "cases.CaseStepOverride",
        ),
        folded=True,
    ),
)

OFF_MENU: Final = frozenset({"django_celery_beat.PeriodicTask"})
"""Tables with pages that the menu does not offer: beat's rows, which the board links for a superuser."""


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


def _entry(target: str) -> Entry:
    if target == TODAY:
        return Entry("Today", "dashboard", TODAY)
    if "." in target:
        subject = find_subject(target)
        return Entry(subject.title, subject.icon, target)
    page = registered_pages()[target]
    return Entry(page.title, page.icon, target)


def _item(request: HttpRequest, entry: Entry) -> dict[str, Any] | None:
    if "." not in entry.target:
        page = registered_pages().get(entry.target)
        allowed = page.lets_in(request) if page else entry.target == TODAY
        link = reverse(f"admin:{entry.target}")
    else:
        subject = find_subject(entry.target)
        allowed = admin.site.get_model_admin(subject.model_class).has_view_permission(request)
        link = reverse(f"admin:{subject.url_name}_changelist")
    return {"title": entry.title, "icon": entry.icon, "link": link} if allowed else None
