"""Vendors' bills from a file, and the bill of an agency that comes with its charges (docs/domain.md#vendors)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from batconnect.core.files import cells
from batconnect.core.files.cells import BadCell
from batconnect.core.files.imports import Column, Import, ImportReport, Progress, Row
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.errors import Refusal
from batconnect.core.kernel.money import LARGEST, ZERO, format_amount
from ledger.chart import Category
from ledger.rules.categories import UnknownCategory, parse_category
from ledger.services.dates import require_book_date
from ledger.services.imports import ChargeImport
from ledger.vendors.errors import BILL_INCOMPLETE, VENDOR_CLOSED, BillTaken
from ledger.vendors.models import Vendor, VendorBill
from ledger.vendors.services.bills import EXPENSES, PASSED_ON, BillLine, check_lines, enter_bill
from ledger.vendors.services.vendors import ENTER

_NOT_FOUND: Final = "vendor_not_found"
_Key = tuple[UUID, str]


@dataclass(slots=True)
class _Bill:
    """A bill as the file's rows make it up."""

    line: int
    vendor: Vendor
    number: str
    issue_date: date
    due_date: date | None
    lines: list[BillLine] = field(default_factory=list)

    @property
    def amount(self) -> Decimal:
        return sum((line.amount for line in self.lines), ZERO)


def _purpose(cell: str, actor: Actor) -> Category | str:
    """A category that is passed on, or an account of expenses."""
    if cell in EXPENSES:
        return cell
    try:
        category = parse_category(cell)
    except UnknownCategory as error:
        raise BadCell(f"{error} Or name an account: {', '.join(EXPENSES)}.") from error
    if category not in PASSED_ON:
        raise BadCell(f"{category.label} is not passed on from vendors.")
    return category


class BillImport(Import):
    """A row is a line of a bill; rows of one vendor and number are one bill. A bill that is there is left alone."""

    name = "vendor-bills"
    told = "Enter vendors' bills. Rows with the same vendor and number are the lines of one bill."
    permission = ENTER
    done, planned = "entered", "to enter"
    keeps_good = False
    columns = (
        Column(
            "vendor",
            cells.text(120, required=True),
            required=True,
            help="its number or its name",
            examples=("VEN0001", "VEN0001"),
        ),
        Column(
            "number",
            cells.text(60, required=True),
            required=True,
            help="the vendor's number of the bill",
            examples=("2026-01", "2026-01"),
        ),
        Column("issue_date", cells.day, required=True, examples=("2026-01-31", "2026-01-31")),
        Column("due_date", cells.day, help="the issue date if empty", examples=("2026-02-15", "2026-02-15")),
        Column(
            "purpose",
            _purpose,
            required=True,
            help="a category that is passed on, or an account of expenses",
            examples=("EZPASS", "expenses:other"),
        ),
        Column("amount", cells.amount, required=True, examples=("420.00", "12.50")),
        Column("description", cells.text(200), default="", examples=("", "Replaced tags")),
    )

    def check(
        self, *, actor: Actor, rows: Sequence[Row], report: ImportReport, progress: Progress
    ) -> list[_Bill]:
        find = _vendor_finder(actor)
        made: dict[_Key, _Bill] = {}
        for row in rows:
            vendor = find(row["vendor"])
            if vendor is None:
                report.refuse(row.line, "vendor", f"There is no vendor {row['vendor']}.", code=_NOT_FOUND)
                continue
            key = (vendor.id, row["number"].casefold())
            bill = made.setdefault(
                key, _Bill(row.line, vendor, row["number"], row["issue_date"], row["due_date"])
            )
            if (bill.issue_date, bill.due_date) != (row["issue_date"], row["due_date"]):
                report.refuse(
                    row.line, "issue_date", f"Bill {bill.number} has other dates in line {bill.line}."
                )
            bill.lines.append(_line(row["purpose"], row["amount"], row["description"]))
        progress(len(rows))
        return _not_there(actor, list(made.values()), report, number="number", day="issue_date")

    def carry_out(self, *, actor: Actor, good: Sequence[Any], report: ImportReport) -> None:
        _enter(actor, good)


class AgencyChargeImport(ChargeImport):
    """Charges as they are, and with `vendor` and `bill_number` the agency's bill for all rows of it, once."""

    told = (
        f"{ChargeImport.told} With vendor and bill_number the agency's bill of all these rows is entered too, whether "
        "or not a row found its driver, where the company has it so."
    )
    columns = (
        *ChargeImport.columns,
        Column("vendor", cells.text(120), default="", help="the agency's number or name", examples=("", "")),
        Column("bill_number", cells.text(60), default="", help="the number of its bill", examples=("", "")),
        Column("bill_date", cells.day, help="today if empty", examples=("", "")),
    )

    def check(
        self, *, actor: Actor, rows: Sequence[Row], report: ImportReport, progress: Progress
    ) -> list[Any]:
        unread = len(report.errors)
        good: list[Any] = list(super().check(actor=actor, rows=rows, report=report, progress=progress))
        if not actor.company.posts_agency_bills:
            return good
        named = [row for row in rows if row["bill_number"] or row["vendor"]]
        if named and unread:
            message = f"{unread} cells of the file cannot be read: its bill cannot be added up."
            report.refuse(named[0].line, "bill_number", message, code=BILL_INCOMPLETE)
            return good
        counted = (report.created, report.existing, report.total)
        bills = _agency_bills(actor, named, report)
        report.created, report.existing, report.total = counted
        return [*good, *bills]

    def carry_out(self, *, actor: Actor, good: Sequence[Any], report: ImportReport) -> None:
        super().carry_out(
            actor=actor, good=[each for each in good if not isinstance(each, _Bill)], report=report
        )
        _enter(actor, [each for each in good if isinstance(each, _Bill)])


BILLS: Final = BillImport()
AGENCY_CHARGES: Final = AgencyChargeImport()


def _agency_bills(actor: Actor, rows: Sequence[Row], report: ImportReport) -> list[_Bill]:
    """The bills that rows name, each with a line per category; what the bill is for was charged or not."""
    if rows and not actor.can(ENTER):
        report.refuse(rows[0].line, "vendor", "Entering the agency's bill takes the right to enter bills.")
        return []
    find = _vendor_finder(actor)
    sums: dict[_Key, tuple[_Bill, dict[Category, Decimal]]] = {}
    for row in rows:
        vendor = find(row["vendor"])
        if vendor is None or not row["bill_number"]:
            field_name = "bill_number" if vendor is not None else "vendor"
            message = "Name both the vendor, by number or name, and the number of its bill."
            report.refuse(row.line, field_name, message, code=_NOT_FOUND)
            continue
        if vendor.currency != actor.company.base_currency:
            message = (
                f"The charges are in {actor.company.base_currency}, but {vendor} bills in {vendor.currency}: "
                "name a vendor in the same currency, or enter its bill by itself."
            )
            report.refuse(row.line, "vendor", message)
            continue
        if row["category"] not in PASSED_ON or row["opening"]:
            message = (
                f"{row['category'].label} is not billed by an agency: leave vendor and bill_number empty."
            )
            report.refuse(row.line, "bill_number", message)
            continue
        key = (vendor.id, row["bill_number"].casefold())
        day = row["bill_date"] or today(actor.company)
        bill, by_category = sums.setdefault(key, (_Bill(row.line, vendor, row["bill_number"], day, None), {}))
        by_category[row["category"]] = by_category.get(row["category"], ZERO) + row["amount"]
    for bill, by_category in sums.values():
        bill.lines = [BillLine(amount, category) for category, amount in by_category.items()]
    bills = [bill for bill, _ in sums.values()]
    return _not_there(actor, bills, report, number="bill_number", day="bill_date")


def _not_there(
    actor: Actor, bills: Sequence[_Bill], report: ImportReport, *, number: str, day: str
) -> list[_Bill]:
    """The bills that can be entered; those that are there with the same amount are counted, others refused."""
    here = VendorBill.objects.filter(
        company_id=actor.company_id, vendor__in=[bill.vendor.id for bill in bills]
    ).exclude(status=VendorBill.Status.VOIDED)
    there = {
        (vendor, text.casefold()): amount
        for vendor, text, amount in here.values_list("vendor_id", "number", "amount")
    }
    good: list[_Bill] = []
    for bill in bills:
        known = there.get((bill.vendor.id, bill.number.casefold()))
        if known == bill.amount:
            report.existing += 1
        elif known is not None:
            message = (
                f"Bill {bill.number} of {bill.vendor.name} is there already with {format_amount(known)}; "
            )
            message += f"the file says {format_amount(bill.amount)}."
            report.refuse(bill.line, number, message, code=BillTaken.code)
        elif not bill.vendor.is_active:
            report.refuse(bill.line, "vendor", f"{bill.vendor} is closed.", code=VENDOR_CLOSED)
        elif _can_be_booked(actor, bill, report, day):
            report.created += 1
            report.total += bill.amount
            good.append(bill)
    return good


def _can_be_booked(actor: Actor, bill: _Bill, report: ImportReport, day: str) -> bool:
    try:
        require_book_date(actor=actor, day=bill.issue_date, field=day)
        check_lines(actor=actor, lines=bill.lines)
    except Refusal as refusal:
        column = "amount" if bill.amount > LARGEST else day
        report.refuse(bill.line, column, refusal.message, code=refusal.code)
        return False
    return True


def _enter(actor: Actor, bills: Sequence[_Bill]) -> None:
    for bill in bills:
        enter_bill(
            actor=actor,
            vendor_id=bill.vendor.id,
            number=bill.number,
            issue_date=bill.issue_date,
            due_date=bill.due_date,
            lines=bill.lines,
        )


def _line(purpose: Category | str, amount: Decimal, description: str) -> BillLine:
    if isinstance(purpose, Category):
        return BillLine(amount, purpose, description=description)
    return BillLine(amount, account=purpose, description=description)


def _vendor_finder(actor: Actor) -> Callable[[str], Vendor | None]:
    """Finds vendors by number, or by a name that only one of them has."""
    by_number: dict[str, Vendor] = {}
    by_name: dict[str, list[Vendor]] = {}
    for vendor in Vendor.objects.filter(company_id=actor.company_id):
        by_number[vendor.number.casefold()] = vendor
        by_name.setdefault(vendor.name.casefold(), []).append(vendor)

    def find(text: str) -> Vendor | None:
        named = by_name.get(text.casefold(), [])
        return by_number.get(text.casefold()) or (named[0] if len(named) == 1 else None)

    return find
