"""The sections of the customer page: the newest rows of each kind, shown to those who may see that kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any, Final

from django.http import HttpRequest
from django.urls import reverse
from django.utils.timezone import localtime

from batconnect.core.console.base import actor_of, has_permission
from batconnect.core.console.faces.timeline import describe_name
from batconnect.core.models import OutgoingMail
from batconnect.directory.models import Customer, Driver
from batconnect.directory.querysets import leases_of_customer
from console.addresses import find_address, list_of, page_address, page_of, receipt_address
from console.customers.queries import BalanceLine, read_cases
from console.customers.tables import Cell, Table, columns, day, money
from ledger.models import Dtr, Obligation
from ledger.repayment.kinds import RepaidKind, repaid_kinds
from outstanding.models import RenewalCase
from payments.models import CreditMemo, Invoice, Payment
from payments.rules.methods import method_label

LIMIT: Final = 10
"""Rows of a section."""
CUSTOMER: Final = "customer__id__exact"
Section = Callable[[HttpRequest, Customer], Table]


def sections(request: HttpRequest, customer: Customer, driver: Driver | None) -> Iterator[Table]:
    """Every section that the request's actor may see; one statement each."""
    for permission, section, is_for_drivers in _sections():
        if has_permission(request, permission) and (driver is not None or not is_for_drivers):
            yield section(request, customer)


def balance_table(lines: list[BalanceLine], currency: str) -> Table:
    """The running balance, newest first."""
    return Table(
        "balance",
        f"Running balance, {currency}",
        columns(
            *("Date", "What", "Document", "Case", "Who", "Change", "Balance"),
            amounts=("Change", "Balance"),
            long=("What",),
        ),
        [_balance_row(line) for line in lines],
        empty="Nothing has happened yet.",
    )


def _balance_row(line: BalanceLine) -> list[Cell]:
    entry = page_of("ledger.Entry", line.entry_id)
    if line.payment_id is not None:
        document = Cell(line.payment_number, page_of("payments.Payment", line.payment_id))
    elif line.obligation_id is not None:
        document = Cell(line.reference_id, page_of("ledger.Obligation", line.obligation_id))
    else:
        document = Cell("")
    text = f"{line.text} ({line.reason})" if line.reason else line.text
    if line.applied:
        text = f"{text}, {money(abs(line.applied)).text} in cash"
    return [
        day(line.effective_on),
        Cell(text, entry),
        document,
        Cell(line.case_no, find_address(line.case_no, kind="case")) if line.case_no else Cell(""),
        Cell(describe_name(line.actor)),
        money(line.change),
        money(line.balance),
    ]


def _obligations(request: HttpRequest, customer: Customer) -> Table:
    rows = _mine(request, Obligation, customer).filter(status=Obligation.Status.OPEN).select_related("lease")
    amounts = ("Original", "Outstanding")
    return Table(
        "obligations",
        "Open obligations, oldest due first",
        columns("Due", "Category", "Reference", "Lease", *amounts, amounts=amounts),
        [
            [
                day(row.due_date),
                Cell(row.get_category_display()),
                Cell(row.reference_id, page_of("ledger.Obligation", row.pk)),
                _lease(row),
                money(row.original),
                _amount(request, row.outstanding, row.currency),
            ]
            for row in rows.order_by("due_date", "id")[:LIMIT]
        ],
        list_of("ledger.Obligation", **{CUSTOMER: customer.pk}),
        "Nothing is owed.",
    )


def _payments(request: HttpRequest, customer: Customer) -> Table:
    rows = (
        _mine(request, Payment, customer).select_related("lease").order_by("-payment_date", "-number_order")
    )
    return Table(
        "payments",
        "Payments",
        columns(
            *("Date", "Number", "Method", "Lease", "Status", "Amount", "Unallocated", "Receipt", "Case"),
            amounts=("Amount", "Unallocated"),
        ),
        [
            [
                day(row.payment_date),
                Cell(row.number, page_of("payments.Payment", row.pk)),
                Cell(method_label(row.method)),
                _lease(row),
                Cell(row.get_status_display()),
                _amount(request, row.amount, row.currency),
                money(row.unallocated, _allocate(request, row)),
                Cell("PDF", receipt_address(row)),
                _case(row),
            ]
            for row in rows[:LIMIT]
        ],
        list_of("payments.Payment", **{CUSTOMER: customer.pk}),
        "No payment yet.",
    )


def _credits(request: HttpRequest, customer: Customer) -> Table:
    rows = (
        _mine(request, CreditMemo, customer).select_related("lease", "obligation").order_by("-number_order")
    )
    return Table(
        "credits",
        "Credit memos",
        columns(
            "Issued", "Number", "Lease", "Credits", "Status", "Amount", "Left", amounts=("Amount", "Left")
        ),
        [
            [
                day(row.issued_on),
                Cell(row.number, page_of("payments.CreditMemo", row.pk)),
                _lease(row),
                Cell(str(row.obligation) if row.obligation else ""),
                Cell(row.get_status_display()),
                _amount(request, row.amount, row.currency),
                money(row.left),
            ]
            for row in rows[:LIMIT]
        ],
        list_of("payments.CreditMemo", **{CUSTOMER: customer.pk}),
        "No credit memo yet.",
    )


def _invoices(request: HttpRequest, customer: Customer) -> Table:
    rows = _mine(request, Invoice, customer).select_related("obligation").order_by("-issue_date", "-id")
    return Table(
        "invoices",
        "Invoices",
        columns("Issued", "Number", "Due", "Total", "Outstanding", amounts=("Total", "Outstanding")),
        [
            [
                day(row.issue_date),
                Cell(row.number, page_of("payments.Invoice", row.pk)),
                day(row.due_date),
                _amount(request, row.total, row.currency),
                money(row.obligation.outstanding, page_of("ledger.Obligation", row.obligation_id)),
            ]
            for row in rows[:LIMIT]
        ],
        list_of("payments.Invoice", **{CUSTOMER: customer.pk}),
        "No invoice yet.",
    )


def _cases(request: HttpRequest, customer: Customer) -> Table:
    cases = read_cases(actor=actor_of(request), customer_id=customer.pk, limit=LIMIT)
    return Table(
        "cases",
        "Cases",
        columns("Opened", "Case", "Type", "About", "State", long=("About",)),
        [
            [
                day(localtime(row.created_on)),
                Cell(row.case_no, page_of("cases.Case", row.id)),
                Cell(row.case_type),
                Cell(row.subject),
                Cell(row.state),
            ]
            for row in cases
        ],
        list_of("cases.Case", q=customer.name),
        "No case yet.",
    )


def _mails(request: HttpRequest, customer: Customer) -> Table:
    rows = _mine(request, OutgoingMail, customer).order_by("-id")[:LIMIT]
    return Table(
        "mails",
        "Sent mail",
        columns("Asked for", "Document", "To", "State", "By", long=("Document",)),
        [
            [
                day(localtime(row.created_at)),
                Cell(row.title, page_of("core.OutgoingMail", row.pk)),
                Cell(row.recipient),
                Cell(row.get_state_display()),
                Cell(row.requested_by),
            ]
            for row in rows
        ],
        list_of("core.OutgoingMail"),
        "Nothing was mailed yet.",
    )


def _documents(kind: RepaidKind) -> Section:
    """The section of a kind of repaid documents."""
    label = kind.subject.model

    def section(request: HttpRequest, customer: Customer) -> Table:
        rows = _mine(request, kind.document, customer).select_related("lease").order_by("-number_order")
        return Table(
            kind.app,
            kind.subject.title,
            columns(
                "Number",
                "Lease",
                "First due",
                "Installments",
                "Status",
                "Case",
                "Amount",
                amounts=("Amount",),
            ),
            [
                [
                    Cell(row.number, page_of(label, row.pk)),
                    _lease(row),
                    day(row.start_week),
                    Cell(str(row.installment_count)),
                    Cell(row.get_status_display()),
                    _case(row),
                    _amount(request, row.amount, row.currency),
                ]
                for row in rows[:LIMIT]
            ],
            list_of(label, **{CUSTOMER: customer.pk}),
        )

    return section


def _dtrs(request: HttpRequest, customer: Customer) -> Table:
    rows = _mine(request, Dtr, customer).select_related("lease").order_by("-week", "-number_order")
    amounts = ("Earned", "Owed", "Due to driver", "Carried forward")
    return Table(
        "dtrs",
        "DTRs",
        columns("Week", "Number", "Lease", "Status", *amounts, "PDF", amounts=amounts),
        [
            [
                day(row.week),
                Cell(row.number, page_of("ledger.Dtr", row.pk)),
                _lease(row),
                Cell(row.get_status_display()),
                money(row.gross),
                money(row.owed),
                money(row.due_to_driver),
                money(row.carried_forward),
                Cell("PDF", reverse("admin:ledger_dtr_statement", args=[row.pk])),
            ]
            for row in rows[:LIMIT]
        ],
        list_of("ledger.Dtr", **{CUSTOMER: customer.pk}),
        "No week has been settled yet.",
    )


def _leases(request: HttpRequest, customer: Customer) -> Table:
    rows = leases_of_customer(customer.pk).filter(company_id=customer.company_id)[:LIMIT]
    return Table(
        "leases",
        "Leases",
        columns("Lease", "Role", "From", "Until", "Medallion", "Plate", "Weekly", amounts=("Weekly",)),
        [
            [
                Cell(row.lease.lease_id, page_of("directory.Lease", row.lease_id)),
                Cell(row.get_role_display()),
                day(row.from_on),
                day(row.until_on),
                Cell(
                    row.lease.medallion.medallion_no,
                    page_of("directory.Medallion", row.lease.medallion_id),
                ),
                Cell(row.lease.vehicle.plate_no, page_of("directory.Vehicle", row.lease.vehicle_id)),
                money(row.lease.weekly_amount),
            ]
            for row in rows
        ],
        empty="No lease yet.",
    )


def _renewals(request: HttpRequest, customer: Customer) -> Table:
    rows = _mine(request, RenewalCase, customer).select_related("case").order_by("-case")
    return Table(
        "renewals",
        "Renewals",
        columns("Policy", "Type", "Case", "State", "Premium", amounts=("Premium",)),
        [
            [
                Cell(row.policy_number, page_of("outstanding.RenewalCase", row.pk)),
                Cell(row.policy_type),
                Cell(row.case.case_no, page_of("cases.Case", row.case_id)),
                Cell(row.case.state),
                _amount(request, row.premium, row.currency),
            ]
            for row in rows[:LIMIT]
        ],
        list_of("outstanding.RenewalCase", **{CUSTOMER: customer.pk}),
    )


def _sections() -> Iterator[tuple[str, Section, bool]]:
    """Each section in its place, with the right that it needs, and whether drivers alone have it."""
    yield "ledger.view", _obligations, False
    yield "payments.view", _payments, False
    yield "payments.view", _invoices, False
    yield "payments.view", _credits, False
    for kind in repaid_kinds():
        yield kind.subject.permission, _documents(kind), True
    yield "ledger.view", _dtrs, True
    yield "outstanding.view", _renewals, False
    yield "cases.view", _cases, False
    yield "directory.view", _leases, True
    yield "mail.view", _mails, False


def _mine(request: HttpRequest, model: Any, customer: Customer) -> Any:
    return model.objects.filter(company_id=actor_of(request).company_id, customer_id=customer.pk)


def _lease(row: Any) -> Cell:
    if row.lease_id is None:
        return Cell("")
    return Cell(row.lease.lease_id, page_of("directory.Lease", row.lease_id))


def _case(row: Any) -> Cell:
    return Cell(row.case_no, find_address(row.case_no, kind="case")) if row.case_no else Cell("")


def _amount(request: HttpRequest, amount: Decimal, currency: str) -> Cell:
    """An amount, with its currency where that is not the company's."""
    if currency == actor_of(request).company.base_currency:
        return money(amount)
    return Cell(f"{money(amount).text} {currency}")


def _allocate(request: HttpRequest, payment: Payment) -> str:
    """Where the rest of the payment is applied, while there is one."""
    return page_address("workbench", request, payment.pk) if payment.available > 0 else ""
