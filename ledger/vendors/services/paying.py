"""Paying vendors: bills, prepaid accounts, and what vendors owe us (docs/domain.md#vendors)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final
from uuid import UUID

from django.db import models, transaction

from batconnect.core.audit import audit_event
from batconnect.core.database.rows import Change
from batconnect.core.database.transactions import joins_transaction, reads
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.errors import NotFound
from batconnect.core.kernel.ids import uuid7
from batconnect.core.kernel.money import ZERO, format_amount
from batconnect.core.models import AuditEvent
from ledger import chart
from ledger.models import Entry, Posting
from ledger.rules.reasons import checked_reason
from ledger.services.corrections import reverse_entry
from ledger.services.journal import post_entries
from ledger.treasury.models import Disbursement
from ledger.treasury.services.paying import PaidFrom, prepare_disbursement
from ledger.treasury.services.stopping import reverse_payment
from ledger.vendors import postings
from ledger.vendors.errors import BillPaid
from ledger.vendors.models import Vendor, VendorBill, VendorCredit
from ledger.vendors.services.bills import VOID_CREDIT, require_active
from ledger.vendors.services.items import (
    find_vendor,
    lock_bills,
    lock_credits,
    move_bills,
    move_credits,
    require_left,
    require_one_vendor,
    require_open,
)

PAY: Final = "ledger.pay_vendors"


@dataclass(frozen=True, slots=True)
class VendorPaid:
    """A payment of a vendor: its row, the bills that it paid or the prepaid account that it topped up, and warnings."""

    payment: Disbursement
    bills: tuple[VendorBill, ...] = ()
    credit: VendorCredit | None = None
    warnings: tuple[str, ...] = ()


@joins_transaction
def pay_bills(*, actor: Actor, amounts: Mapping[UUID, Decimal | None], paid_from: PaidFrom) -> VendorPaid:
    """Pay bills of one vendor together, each in full (None) or in part: Dr vendors payable / Cr in transit or drawer.

    Amounts are in the bills' currency, by the bill's id. Needs `ledger.pay_vendors`. Raises BillNotFound (404),
    BillNotOpen and AboveOpen (409) naming what is open, InvalidInput `other_vendor`, and what
    `treasury.prepare_disbursement` raises: DrawerShort (409), a day that may not be booked, …
    """
    actor.require(PAY)
    assert amounts, "the entry point names a bill"
    bills = lock_bills(actor=actor, ids=amounts)
    require_one_vendor(vendor_ids=[bill.vendor_id for bill in bills.values()], field="bill_id")
    shares: dict[UUID, Decimal] = {}
    for key, bill in bills.items():
        shares[key] = bill.open if (asked := amounts[key]) is None else asked
        require_open(bill, shares[key])
    vendor = find_vendor(actor=actor, vendor_id=next(iter(bills.values())).vendor_id)
    return _pay(actor, vendor, shares, paid_from, bills=tuple(bills.values()))


@joins_transaction
def top_up(*, actor: Actor, vendor_id: UUID, amount: Decimal, paid_from: PaidFrom) -> VendorPaid:
    """Pay into a prepaid account of the vendor: Dr vendors payable / Cr in transit or drawer. Later bills use it up.

    Needs `ledger.pay_vendors`. Raises VendorNotFound (404), InvalidInput for a closed vendor, and what
    `treasury.prepare_disbursement` raises.
    """
    actor.require(PAY)
    vendor = find_vendor(actor=actor, vendor_id=vendor_id)
    require_active(vendor)
    credit = VendorCredit(
        id=uuid7(),
        company_id=actor.company_id,
        vendor=vendor,
        kind=VendorCredit.Kind.PREPAID,
        currency=vendor.currency,
        day=paid_from.paid_on or today(actor.company),
        amount=amount,
        left=amount,
        created_by=actor.name,
    )
    return _pay(actor, vendor, {credit.id: amount}, paid_from, credit=credit)


def _pay(
    actor: Actor,
    vendor: Vendor,
    shares: Mapping[UUID, Decimal],
    paid_from: PaidFrom,
    *,
    bills: tuple[VendorBill, ...] = (),
    credit: VendorCredit | None = None,
) -> VendorPaid:
    """Post the payment with its row; what is open follows."""
    entry_id, payment_id = uuid7(), uuid7()
    total = sum(shares.values(), ZERO)
    prepared = prepare_disbursement(
        actor=actor,
        kind=Disbursement.Kind.VENDOR_PAYMENT,
        amount=total,
        currency=vendor.currency,
        paid_from=paid_from,
        entry_id=entry_id,
        source_type=postings.PAYMENT,
        source_id=str(payment_id),
    )
    prepared.row.payee = prepared.row.payee or vendor.name
    draft = postings.vendor_paid(
        entry_id=entry_id,
        payment_id=payment_id,
        shares=sorted(shares.items()),
        paid=prepared.leg,
        currency=vendor.currency,
        on=prepared.row.paid_on,
    )
    about = (postings.CREDIT, credit.id) if credit else (postings.BILL, bills[0].id)
    trail = _event(actor, "ledger.pay_vendor", about, amount=str(total), vendor=vendor.number)
    rows: list[list[models.Model]] = [[prepared.row], [trail]]
    if credit:
        rows.append([credit])
    by_bill = {bill.id: -shares[bill.id] for bill in bills}
    changes = [move_bills(actor=actor, by_bill=by_bill)] if by_bill else []
    post_entries(actor=actor, drafts=[draft], rows=rows, changes=changes)
    for bill in bills:
        bill.refresh_from_db()
    if credit:
        credit._state.adding = False
    prepared.row._state.adding = False
    return VendorPaid(prepared.row, bills, credit, prepared.warnings)


@transaction.atomic
def use_credit(*, actor: Actor, bill_id: UUID, credit_id: UUID, amount: Decimal | None = None) -> VendorBill:
    """Use what the vendor owes us on one of its bills, as far as both go unless an amount is given; no money moves.

    Needs `ledger.pay_vendors`. Raises BillNotFound, VendorCreditNotFound (404), BillNotOpen, AboveOpen (409),
    InvalidInput `other_vendor`.
    """
    actor.require(PAY)
    bill = lock_bills(actor=actor, ids=[bill_id])[bill_id]
    credit = lock_credits(actor=actor, ids=[credit_id])[credit_id]
    require_one_vendor(vendor_ids=[bill.vendor_id, credit.vendor_id], field="credit_id")
    used = min(bill.open, credit.left) if amount is None else amount
    require_open(bill, used)
    require_left(credit, used or Decimal("0.01"))
    draft = postings.credit_used(
        offset_id=uuid7(),
        bill_id=bill.id,
        credit_id=credit.id,
        amount=used,
        currency=bill.currency,
        on=today(actor.company),
    )
    trail = _event(actor, "ledger.use_vendor_credit", (postings.BILL, bill.id), amount=str(used))
    post_entries(
        actor=actor,
        drafts=[draft],
        rows=[[trail]],
        changes=[
            move_bills(actor=actor, by_bill={bill.id: -used}),
            move_credits(actor=actor, by_credit={credit.id: -used}),
        ],
    )
    bill.refresh_from_db()
    return bill


@joins_transaction
def post_vendor_refund(
    *, actor: Actor, credit_id: UUID, amount: Decimal, currency: str, on: date | None = None
) -> tuple[UUID, UUID]:
    """Post that a vendor paid back what it owed us: Dr unidentified receipts / Cr vendors payable, effective `on` an
    open day (today unless given); the ids of the refund and its entry.

    The caller explains a receipt of this amount by it, and has checked its own right; needs `ledger.pay_vendors` too.
    Raises VendorCreditNotFound (404), AboveOpen (409), InvalidInput `other_vendor` for another currency.
    """
    actor.require(PAY)
    credit = lock_credits(actor=actor, ids=[credit_id])[credit_id]
    require_left(credit, amount)
    require_one_vendor(
        vendor_ids=[credit.vendor_id, *([] if credit.currency == currency else [uuid7()])], field="credit_id"
    )
    refund_id = uuid7()
    draft = postings.vendor_refunded(
        refund_id=refund_id,
        credit_id=credit.id,
        amount=amount,
        currency=currency,
        on=on or today(actor.company),
    )
    trail = _event(actor, "ledger.vendor_refunded", (postings.CREDIT, credit.id), amount=str(amount))
    post_entries(
        actor=actor,
        drafts=[draft],
        rows=[[trail]],
        changes=[move_credits(actor=actor, by_credit={credit.id: -amount})],
    )
    return refund_id, draft.id


@joins_transaction
def reverse_vendor_refund(*, actor: Actor, refund_id: UUID, reason: str) -> UUID:
    """Take the explanation of a receipt back: the vendor owes us the amount again; the id of the entry that did. The
    caller opens the receipt."""
    entry = _entry_of(actor, postings.REFUND, str(refund_id))
    _, by_credit = _lock_items(actor, entry)
    posted = reverse_entry(
        actor=actor,
        entry=entry,
        event=postings.REFUND_VOIDED,
        reason=reason,
        changes=[move_credits(actor=actor, by_credit=by_credit)],
    )
    return posted.entry_ids[0]


@transaction.atomic
def stop_vendor_payment(*, actor: Actor, payment_id: UUID, reason: str) -> None:
    """Take a payment back that has not reached the bank: the bills are open again, the top-up is void.

    Needs `ledger.pay_vendors` and a reason. Raises NotFound; Conflict 409 `not_in_transit`, `already_voided`; BillPaid
    (409) for a top-up of which something was used.
    """
    actor.require(PAY)
    reason = checked_reason(reason)
    entry = _entry_of(actor, postings.PAYMENT, str(payment_id))
    by_bill, by_credit = _lock_items(actor, entry)
    changes = [move_bills(actor=actor, by_bill=by_bill)] if by_bill else []
    about = (postings.BILL, next(iter(by_bill), entry.id))
    for credit in lock_credits(actor=actor, ids=by_credit).values():
        if credit.left != credit.amount:
            used = format_amount(credit.amount - credit.left)
            raise BillPaid(f"{used} of {format_amount(credit.amount)} of {credit} is used.")
        about = (postings.CREDIT, credit.id)
        changes.append(_voided(actor, credit))
    trail = _event(actor, "ledger.stop_vendor_payment", about, reason=reason)
    reverse_payment(
        actor=actor,
        entry=entry,
        event=postings.PAYMENT_STOPPED,
        reason=reason,
        rows=[[trail]],
        changes=changes,
    )


@transaction.atomic
def release_credit(*, actor: Actor, offset_id: UUID, reason: str) -> None:
    """Undo the use of a credit: the bill is open again, the credit is left again. Needs `ledger.pay_vendors`.

    Raises NotFound, Conflict 409 `already_voided`.
    """
    actor.require(PAY)
    reason = checked_reason(reason)
    entry = _entry_of(actor, postings.OFFSET, str(offset_id))
    by_bill, by_credit = _lock_items(actor, entry)
    reverse_entry(
        actor=actor,
        entry=entry,
        event=postings.OFFSET_VOIDED,
        reason=reason,
        changes=[
            move_bills(actor=actor, by_bill=by_bill),
            move_credits(actor=actor, by_credit=by_credit),
        ],
    )


@reads
def payments_of(*, actor: Actor, bill_id: UUID) -> list[Disbursement]:
    """The payments of the bill, the latest first; those that were stopped are among them."""
    entries = Posting.objects.filter(
        company_id=actor.company_id, item_id=bill_id, entry__source_type=postings.PAYMENT, amount__gt=0
    ).values("entry_id")
    return list(Disbursement.objects.filter(company_id=actor.company_id, entry__in=entries).order_by("-id"))


def _voided(actor: Actor, credit: VendorCredit) -> Change:
    return Change(VOID_CREDIT, [actor.company_id, credit.id])


def _entry_of(actor: Actor, source_type: str, source_id: str) -> Entry:
    entry = Entry.objects.filter(
        company_id=actor.company_id, source_type=source_type, source_id=source_id, reverses__isnull=True
    ).first()
    if entry is None:
        raise NotFound("There is no such payment of a vendor.")
    return entry


def _lock_items(actor: Actor, entry: Entry) -> tuple[dict[UUID, Decimal], dict[UUID, Decimal]]:
    """How much undoing the entry adds to what is open on bills and left of credits; both are locked."""
    lines = Posting.objects.filter(
        company_id=actor.company_id, entry=entry.id, subledger=chart.BILLS
    ).values_list("item_id", "amount")
    moved = {key: amount for key, amount in lines if key is not None}
    here = VendorBill.objects.filter(company_id=actor.company_id, id__in=list(moved))
    bill_ids = set(here.values_list("id", flat=True))
    lock_bills(actor=actor, ids=bill_ids)
    # A bill's line is a debit of what was paid; a credit's line of a use or refund is a credit.
    by_bill = {key: moved[key] for key in bill_ids}
    by_credit = {key: -amount for key, amount in moved.items() if key not in bill_ids}
    lock_credits(actor=actor, ids=by_credit)
    return by_bill, by_credit


def _event(
    actor: Actor, action: str, about: tuple[str, UUID], *, reason: str = "", **details: str
) -> AuditEvent:
    return audit_event(
        actor=actor,
        action=action,
        subject_type=about[0],
        subject_id=about[1],
        reason=reason,
        details=dict(details),
    )
