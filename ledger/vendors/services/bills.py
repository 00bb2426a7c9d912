"""Vendors' bills and credit notes: entering and voiding them (docs/domain.md#vendors)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db import IntegrityError, connection, transaction

from batconnect.core.audit import audit_event
from batconnect.core.database.rows import Change
from batconnect.core.database.transactions import joins_transaction, reads
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import FieldError, InvalidInput
from batconnect.core.kernel.ids import uuid7
from batconnect.core.kernel.money import ZERO, format_amount
from batconnect.core.models import AuditEvent
from ledger import chart
from ledger.chart import Category
from ledger.models import Entry
from ledger.rules.amounts import require_in_range
from ledger.rules.reasons import checked_reason
from ledger.services.corrections import reverse_entry
from ledger.services.dates import require_book_date
from ledger.services.journal import post_entries
from ledger.sources import given_documents
from ledger.treasury.services.paying import lock_account
from ledger.vendors import postings
from ledger.vendors.errors import NOT_AN_EXPENSE, VENDOR_CLOSED, AboveOpen, BillNotOpen, BillPaid, BillTaken
from ledger.vendors.models import Vendor, VendorBill, VendorBillLine, VendorCredit
from ledger.vendors.services.items import find_vendor, lock_bills, lock_credits
from ledger.vendors.services.vendors import ENTER

PASSED_ON: Final = tuple(each for each in chart.RECOVERED_CATEGORIES if each is not Category.TAXES)
"""Categories whose charges an agency bills; taxes are held for their authority instead."""
EXPENSES: Final = (
    chart.OTHER_EXPENSES,
    chart.BANK_CHARGES,
    chart.CARD_FEES,
    chart.PRIOR_YEAR_CORRECTIONS,
    chart.DISBURSEMENTS_PAYABLE,
)
"""What else a bill may be for; a workshop's bill of repairs clears disbursements payable."""
MAX_LINES: Final = 100
# What loans have put there is their drivers': it is handed over to them, or taken back by their installments' credits.
_FOR_REPAIRS: Final = """
select coalesce(-sum(p.amount), 0.00) from ledger_postings p
join ledger_entries e on e.company_id = p.company_id and e.id = p.entry_id
where p.company_id = %(company)s::uuid and p.account_id = %(account)s::uuid
  and e.source_type <> all(%(given)s::text[])
"""
_NOT_OF_DOCUMENT: Final = """
  and not exists (select 1 from {table} d where d.company_id = e.company_id and d.id = e.operation_id)
"""
_VOID_BILL: Final = """
update vendor_bills set status = 'voided', open = 0 where company_id = %s::uuid and id = %s::uuid
"""
VOID_CREDIT: Final = """
update vendor_credits set status = 'voided', "left" = 0 where company_id = %s::uuid and id = %s::uuid
"""


@dataclass(frozen=True, slots=True)
class BillLine:
    """A part of a bill: charges of `category` that are passed on, or the expense `account` (a code of EXPENSES)."""

    amount: Decimal
    category: Category | None = None
    account: str = ""
    description: str = ""


@joins_transaction
def enter_bill(
    *,
    actor: Actor,
    vendor_id: UUID,
    number: str,
    issue_date: date,
    lines: Sequence[BillLine],
    due_date: date | None = None,
    description: str = "",
) -> VendorBill:
    """Enter a bill, in the vendor's currency: Dr recovered(category) or expense / Cr vendors payable.

    Due on the day it is dated unless given. Rule: docs/domain.md#vendors. Needs `ledger.enter_bills`. Raises
    VendorNotFound (404), BillTaken (409) naming the bill that has the number, AboveOpen (409) for more than
    repairs have left on disbursements payable, InvalidInput for a closed vendor, a line that is not an expense, a day
    that may not be booked.
    """
    actor.require(ENTER)
    vendor = find_vendor(actor=actor, vendor_id=vendor_id)
    require_active(vendor)
    require_book_date(actor=actor, day=issue_date, field="issue_date")
    debited = check_lines(actor=actor, lines=lines)
    bill = new_bill(
        actor=actor,
        vendor=vendor,
        number=number,
        issue_date=issue_date,
        due_date=due_date or issue_date,
        amount=sum((line.amount for line in lines), ZERO),
        description=description,
    )
    _refuse_taken(bill)
    _require_payable(actor, vendor, lines)
    _write_bill(actor, vendor, bill, lines, debited)
    return bill


def _require_payable(actor: Actor, vendor: Vendor, lines: Sequence[BillLine]) -> None:
    """A workshop bills at most what repairs have left on disbursements payable, which is locked."""
    billed = sum((line.amount for line in lines if line.account == chart.DISBURSEMENTS_PAYABLE), ZERO)
    if not billed:
        return
    lock_account(actor=actor, currency=vendor.currency, code=chart.DISBURSEMENTS_PAYABLE)
    there = _left_for_repairs(actor, vendor.currency)
    if billed > there:
        raise AboveOpen(
            f"{format_amount(billed)} is more than the {format_amount(max(there, ZERO))} {vendor.currency} that stand "
            "on disbursements payable for repairs.",
            field="lines",
        )


def _left_for_repairs(actor: Actor, currency: str) -> Decimal:
    """One statement, so that nobody hands a loan over between two."""
    given = given_documents()
    values: dict[str, Any] = {
        "company": actor.company_id,
        "account": chart.account_id(actor.company_id, currency, chart.DISBURSEMENTS_PAYABLE),
        "given": list(given),
    }
    others = "".join(_NOT_OF_DOCUMENT.format(table=table) for table in given.values())
    with connection.cursor() as cursor:
        cursor.execute(_FOR_REPAIRS + others, values)
        (left,) = cursor.fetchone()
    return Decimal(left)


def _write_bill(
    actor: Actor, vendor: Vendor, bill: VendorBill, lines: Sequence[BillLine], debited: Sequence[str]
) -> None:
    """The bill with its lines, its entry and its event. Raises BillTaken (409) where somebody was faster."""
    rows = [
        VendorBillLine(
            company_id=actor.company_id,
            bill=bill,
            place=place,
            category=line.category or "",
            account=account,
            amount=line.amount,
            description=line.description,
        )
        for place, (line, account) in enumerate(zip(lines, debited, strict=True), start=1)
    ]
    draft = postings.bill_entered(
        bill_id=bill.id,
        lines=[(row.account, row.amount) for row in rows],
        currency=bill.currency,
        on=bill.issue_date,
    )
    event = audit_event(
        actor=actor,
        action="ledger.enter_bill",
        subject_type=postings.BILL,
        subject_id=bill.id,
        details={"number": bill.number, "amount": str(bill.amount), "vendor": vendor.number},
    )
    try:
        with transaction.atomic():
            post_entries(actor=actor, drafts=[draft], rows=[[bill], rows, [event]])
    except IntegrityError:
        # Somebody else entered it between our look and our insert.
        _refuse_taken(bill)
        raise
    bill._state.adding = False


@joins_transaction
def new_bill(
    *,
    actor: Actor,
    vendor: Vendor,
    number: str,
    issue_date: date,
    due_date: date,
    amount: Decimal,
    description: str = "",
    is_opening: bool = False,
) -> VendorBill:
    """A bill of the vendor that nothing is paid of, unsaved."""
    return VendorBill(
        id=uuid7(),
        company_id=actor.company_id,
        vendor=vendor,
        number=number.strip(),
        currency=vendor.currency,
        issue_date=issue_date,
        due_date=due_date,
        amount=amount,
        open=amount,
        description=description.strip(),
        is_opening=is_opening,
        created_by=actor.name,
    )


@transaction.atomic
def void_bill(*, actor: Actor, bill_id: UUID, reason: str) -> VendorBill:
    """Take back a bill of which nothing was paid; its number is free again.

    Needs `ledger.enter_bills` and a reason of 10 to 500 characters. Raises BillNotFound (404), BillNotOpen and BillPaid
    (409).
    """
    actor.require(ENTER)
    reason = checked_reason(reason)
    bill = lock_bills(actor=actor, ids=[bill_id])[bill_id]
    if bill.status == VendorBill.Status.VOIDED:
        raise BillNotOpen(f"Bill {bill.number} is voided already.")
    if bill.open != bill.amount:
        paid = format_amount(bill.amount - bill.open)
        raise BillPaid(f"{paid} of {format_amount(bill.amount)} is paid on bill {bill.number}.")
    _reverse(actor, postings.BILL, bill.id, postings.BILL_VOIDED, reason, _VOID_BILL)
    bill.refresh_from_db()
    return bill


@joins_transaction
def enter_credit_note(
    *,
    actor: Actor,
    vendor_id: UUID,
    number: str,
    amount: Decimal,
    day: date,
    category: Category | None = None,
    account: str = "",
    reason: str = "",
) -> VendorCredit:
    """Enter a vendor's credit note: Dr vendors payable / Cr what the bill had debited; for a bill, or to be refunded.

    Needs `ledger.enter_bills`. Raises VendorNotFound (404), InvalidInput as `enter_bill`, BillTaken (409) where the
    vendor's note of this number is there.
    """
    actor.require(ENTER)
    vendor = find_vendor(actor=actor, vendor_id=vendor_id)
    require_book_date(actor=actor, day=day, field="day")
    (debited,) = check_lines(actor=actor, lines=[BillLine(amount, category, account)])
    credit = VendorCredit(
        id=uuid7(),
        company_id=actor.company_id,
        vendor=vendor,
        kind=VendorCredit.Kind.CREDIT_NOTE,
        number=number.strip(),
        currency=vendor.currency,
        day=day,
        amount=amount,
        left=amount,
        created_by=actor.name,
    )
    _refuse_taken_note(credit)
    draft = postings.vendor_credited(
        credit_id=credit.id, account=debited, amount=amount, currency=vendor.currency, on=day, reason=reason
    )
    event = _noted(actor, vendor, credit, reason)
    try:
        with transaction.atomic():
            post_entries(actor=actor, drafts=[draft], rows=[[credit], [event]])
    except IntegrityError:
        _refuse_taken_note(credit)
        raise
    credit._state.adding = False
    return credit


@transaction.atomic
def void_credit_note(*, actor: Actor, credit_id: UUID, reason: str) -> VendorCredit:
    """Take back a credit note of which nothing was used. Needs `ledger.enter_bills` and a reason.

    Raises VendorCreditNotFound (404), BillPaid (409) where something was used, BillNotOpen for a prepaid account, whose
    payment is stopped instead.
    """
    actor.require(ENTER)
    reason = checked_reason(reason)
    credit = lock_credits(actor=actor, ids=[credit_id])[credit_id]
    if credit.kind != VendorCredit.Kind.CREDIT_NOTE or credit.status == VendorCredit.Status.VOIDED:
        raise BillNotOpen(f"{credit} is not a credit note that stands.")
    if credit.left != credit.amount:
        used = format_amount(credit.amount - credit.left)
        raise BillPaid(f"{used} of {format_amount(credit.amount)} of {credit} is used.")
    _reverse(actor, postings.CREDIT, credit.id, postings.CREDIT_VOIDED, reason, VOID_CREDIT)
    credit.refresh_from_db()
    return credit


@reads
def check_lines(*, actor: Actor, lines: Sequence[BillLine]) -> list[str]:
    """The account that each line debits. Raises InvalidInput `not_an_expense` naming the lines, and for more in
    all than the largest amount."""
    accounts: list[str] = []
    wrong: list[FieldError] = []
    offered = ", ".join([*(each.label for each in PASSED_ON), *EXPENSES])
    for place, line in enumerate(lines):
        if (line.category is None) == (not line.account):
            message = "Send either category or account."
            wrong.append(FieldError(f"lines.{place}.category", message, NOT_AN_EXPENSE))
        elif line.category is not None and line.category not in PASSED_ON:
            message = f"{line.category.label} is not passed on from vendors; choose one of {offered}."
            wrong.append(FieldError(f"lines.{place}.category", message, NOT_AN_EXPENSE))
        elif line.account and line.account not in EXPENSES:
            message = f"{line.account[:60]} is not an account of bills; choose one of {offered}."
            wrong.append(FieldError(f"lines.{place}.account", message, NOT_AN_EXPENSE))
        accounts.append(chart.recovered(line.category) if line.category else line.account)
    if wrong:
        raise InvalidInput(wrong[0].message, code=wrong[0].code, errors=wrong)
    total = sum((line.amount for line in lines), ZERO)
    require_in_range(total, field="lines", what="The lines come to")
    return accounts


def _reverse(actor: Actor, source_type: str, source_id: UUID, event: str, reason: str, change: str) -> None:
    entry = Entry.objects.get(
        company_id=actor.company_id,
        source_type=source_type,
        source_id=str(source_id),
        reverses__isnull=True,
    )
    trail = audit_event(
        actor=actor, action="ledger.void", subject_type=source_type, subject_id=source_id, reason=reason
    )
    reverse_entry(
        actor=actor,
        entry=entry,
        event=event,
        reason=reason,
        rows=[[trail]],
        changes=[Change(change, [actor.company_id, source_id])],
    )


def _noted(actor: Actor, vendor: Vendor, credit: VendorCredit, reason: str) -> AuditEvent:
    return audit_event(
        actor=actor,
        action="ledger.enter_credit_note",
        subject_type=postings.CREDIT,
        subject_id=credit.id,
        reason=reason,
        details={"number": credit.number, "amount": str(credit.amount), "vendor": vendor.number},
    )


@reads
def require_active(vendor: Vendor) -> None:
    """Raise InvalidInput `vendor_closed` for a vendor that is bought from no more."""
    if not vendor.is_active:
        raise InvalidInput(f"{vendor} is closed.", code=VENDOR_CLOSED, field="vendor_id")


def _refuse_taken(bill: VendorBill) -> None:
    there = (
        VendorBill.objects.filter(
            company_id=bill.company_id, vendor=bill.vendor_id, number=bill.number, currency=bill.currency
        )
        .exclude(status=VendorBill.Status.VOIDED)
        .first()
    )
    if there is not None:
        raise BillTaken(
            f"Bill {there.number} of {bill.vendor.name} is there already: {format_amount(there.amount)} "
            f"{there.currency} of {there.issue_date}.",
            field="number",
        )


def _refuse_taken_note(credit: VendorCredit) -> None:
    here = VendorCredit.objects.filter(company_id=credit.company_id, vendor=credit.vendor_id)
    there = here.filter(number=credit.number).exclude(status=VendorCredit.Status.VOIDED).first()
    if credit.number and there is not None:
        raise BillTaken(
            f"Credit note {there.number} of {credit.vendor.name} is there already: "
            f"{format_amount(there.amount)} of {there.day}.",
            field="number",
        )
