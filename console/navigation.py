"""The console's menu: each line is a registered page or a table's list, shown to those who may open it.

Here is only which line stands where: its title and its icon come from the page, or from the table's declaration
(`core.kernel.subject`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache, lru_cache
from typing import Final, NamedTuple

from django.contrib import admin
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString

from batconnect.core.console.rights import actor_of
from batconnect.core.kernel.permissions import Group
from batconnect.core.kernel.subject import find_subject
from console.badges import count_waiting, explain_badge
from console.pages import registered_pages
from ledger.repayment.counter import counters
from ledger.repayment.kinds import repaid_kinds

TODAY: Final = "index"
ALL_PAGES: Final = "all_pages"
"""The page that lists what every section leads to."""


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
    Section("", (TODAY, "find", ALL_PAGES)),
    Section("Work", ("cases.Case", "workbench_queue", "approvals", "core.Approval", "bulk_operations")),
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
            "bank.BankNotification",
            "bank.MatchRule",
            "bank.Reconciliation",
            "bank.CutOver",
            "ledger.BankAccount",
            "ledger.Drawer",
            "ledger.Disbursement",
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
    Section("Week", ("ledger.Dtr", "ledger.DtrExport", "ledger.LeaseEarning", "ledger.WeeklyRun")),
    Section(
        "Money out",
        (
            "ledger.PayoutBatch",
            "ledger.Payout",
            "ledger.PayoutReturn",
            "payout_returns_import",
            "ledger.PayeeAccount",
            "ledger.PayeeHold",
            "ledger.PayoutOrder",
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
            "seals",
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

MAX_LINES_FOR_CASHIERS: Final = 12
DAY_OF_CASHIERS: Final = Section(
    "",
    (
        TODAY,
        "take_payment",
        "counter_day",
        _made_at_counter,
        "bank.DrawerSession",
        "workbench_queue",
        "payments.Payment",
        "ledger.Obligation",
        "outstanding.RenewalCase",
        "cases.Case",
        ALL_PAGES,
    ),
)
"""The whole menu of who is a cashier alone; the rest is found by name, and stands on the page of all pages."""
FIRST_FOR: Final = {
    Group.AUDITOR.value: ("Reports", "Books"),
    Group.ADMINISTRATOR.value: ("Settings", "Directory"),
}
"""The sections that somebody who is this alone begins the day with; the others follow in their order."""

OFF_MENU: Final = frozenset({"django_celery_beat.PeriodicTask"})
"""Tables with pages that the menu does not offer: beat's rows, which the board links for a superuser."""


class Line(NamedTuple):
    """A line as a person's menu shows it; `address` is where it leads, `badge` how many wait there, and `counts` what
    these are."""

    title: str
    icon: str
    address: str
    target: str
    badge: str = ""
    counts: str = ""


class Part(NamedTuple):
    """A section as a person's menu shows it."""

    title: str
    is_folded: bool
    lines: tuple[Line, ...]


def navigation(request: HttpRequest) -> tuple[Part, ...]:
    """All that the request's actor may see, without empty sections."""
    return _parts(request, SECTIONS)


def menu_of(request: HttpRequest) -> tuple[Part, ...]:
    """The menu of the request's actor, in the order of their day (docs/adr/0084-menu-of-a-day.md)."""
    groups = actor_of(request).groups
    if groups == {Group.CASHIER.value}:
        return _parts(request, (DAY_OF_CASHIERS,))
    first = FIRST_FOR.get(next(iter(groups)), ()) if len(groups) == 1 else ()
    parts = navigation(request)
    leading = [part._replace(is_folded=False) for title in first for part in parts if part.title == title]
    start = [part for part in parts if not part.title]
    return (*start, *leading, *(part for part in parts if part.title and part.title not in first))


def _parts(request: HttpRequest, sections: tuple[Section, ...]) -> tuple[Part, ...]:
    shown = []
    for section in sections:
        lines = tuple(
            Line(entry.title, entry.icon, address, entry.target)
            for entry, address in _leading(section)
            if _is_for(request, entry)
        )
        if lines:
            shown.append(Part(section.title, section.folded, lines))
    return tuple(shown)


def drawn_menu(request: HttpRequest) -> SafeString:
    """The menu as HTML: drawn once for those who see the same lines on the same page."""
    parts = _with_badges(request, menu_of(request))
    here = frozenset(
        line.address
        for part in parts
        for line in part.lines
        if request.path.startswith(line.address) and (line.address != _today() or request.path == _today())
    )
    return _drawn(parts, here)


def _with_badges(request: HttpRequest, parts: tuple[Part, ...]) -> tuple[Part, ...]:
    entries = [line.target for part in parts for line in part.lines]
    waiting = count_waiting(actor=actor_of(request), entries=entries)
    return tuple(
        part._replace(
            lines=tuple(
                line._replace(badge=waiting[line.target], counts=explain_badge(line.target))
                if line.target in waiting
                else line
                for line in part.lines
            )
        )
        for part in parts
    )


@lru_cache(maxsize=512)
def _drawn(parts: tuple[Part, ...], here: frozenset[str]) -> SafeString:
    sections = [(part, any(line.address in here for line in part.lines)) for part in parts]
    return render_to_string("admin/menu.html", {"sections": sections, "here": here})


@cache
def _today() -> str:
    return reverse(f"admin:{TODAY}")


@cache
def _leading(section: Section) -> tuple[tuple[Entry, str], ...]:
    return tuple((entry, _address(entry)) for entry in section.entries)


def _address(entry: Entry) -> str:
    if "." not in entry.target:
        return reverse(f"admin:{entry.target}")
    return reverse(f"admin:{find_subject(entry.target).url_name}_changelist")


def _entry(target: str) -> Entry:
    if target == TODAY:
        return Entry("Today", "dashboard", TODAY)
    if "." in target:
        subject = find_subject(target)
        return Entry(subject.title, subject.icon, target)
    page = registered_pages()[target]
    return Entry(page.title, page.icon, target)


def _is_for(request: HttpRequest, entry: Entry) -> bool:
    if "." in entry.target:
        model = find_subject(entry.target).model_class
        return bool(admin.site.get_model_admin(model).has_view_permission(request))
    page = registered_pages().get(entry.target)
    return page.lets_in(request) if page else entry.target == TODAY
