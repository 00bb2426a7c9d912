"""What is bought and what is held for others: an agency's bills, a remittance, a security deposit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from demo.fleet import JOHN_DOE, Seat
from demo.staff import act_as
from ledger.chart import Category, taxes_held
from ledger.clearing.services.taxes import remit
from ledger.treasury.services.paying import PaidFrom
from ledger.vendors.models import Vendor
from ledger.vendors.services.bills import BillLine, enter_bill
from ledger.vendors.services.paying import pay_bills, top_up
from ledger.vendors.services.vendors import add_vendor
from payments.services.deposits import take_deposit
from payments.services.recording import record_payment

_DEPOSIT: Final = Decimal("500.00")
_BY_TRANSFER: Final = PaidFrom(method="ach", reference="OUT-0001")


def buy_and_hold(*, seats: Sequence[Seat], today: date) -> None:
    """Enter two agencies' bills and pay one of them, top a prepaid account up, remit taxes, take a deposit."""
    actor = act_as("manager")
    tolls = add_vendor(actor=actor, name="E-ZPass New York", kind=Vendor.Kind.AGENCY)
    city = add_vendor(actor=actor, name="NYC Department of Finance", kind=Vendor.Kind.AGENCY)
    lines = [
        BillLine(Decimal("412.50"), Category.EZPASS),
        BillLine(Decimal("15.00"), account="expenses:other"),
    ]
    paid = enter_bill(actor=actor, vendor_id=tolls.id, number="EZ-1", issue_date=today, lines=lines)
    fines = [BillLine(Decimal("345.00"), Category.PVB)]
    enter_bill(actor=actor, vendor_id=city.id, number="PVB-1", issue_date=today, lines=fines)
    pay_bills(actor=actor, amounts={paid.id: None}, paid_from=_BY_TRANSFER)
    top_up(actor=actor, vendor_id=tolls.id, amount=Decimal("250.00"), paid_from=_BY_TRANSFER)
    remit(
        actor=actor,
        account=taxes_held(),
        amount=Decimal("25.00"),
        paid_from=_BY_TRANSFER,
        period=f"{today.year}",
    )
    driver = next(seat for seat in seats if seat.active and seat.driver.pk != JOHN_DOE)
    payment = record_payment(
        actor=actor,
        customer_id=driver.driver.customer_id,
        amount=_DEPOSIT,
        method="check",
        payment_date=today - timedelta(days=1),
        reference_number="DEPOSIT-1",
    ).payment
    take_deposit(actor=actor, payment_id=payment.id, lease=driver.lease.pk, amount=_DEPOSIT)
