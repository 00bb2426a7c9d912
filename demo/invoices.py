"""Business customers with invoices and payments, as docs/seeds.md#payment-allocation and docs/allocations.md need them.

One invoice was paid early at a discount, one still may be, one is paid in part, two are overdue, and both customers
have cash that nobody has allocated.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from batconnect.core.database.rows import insert_many
from batconnect.core.kernel.actors import Actor
from batconnect.directory.models import Customer
from demo.staff import act_as
from payments.models import Invoice, Payment
from payments.services.choosing import AllocationRequest, allocate_payment
from payments.services.invoices import InvoiceItem, ItemTax, issue_invoice
from payments.services.recording import record_payment

DISCOUNT_PERCENT: Final = Decimal(2)
DISCOUNT_DAYS: Final = 10
_SALES_TAX: Final = ItemTax("NYC sales tax", Decimal("8.875"))


def add_invoices(*, today: date) -> None:
    """Invoice two customers, record what they paid, and allocate a part of it; the manager does all of it.

    A discount of a payment dated weeks back is his to grant (docs/domain.md#payments).
    """
    manager = act_as("manager")
    lexington, gotham = _customers(manager)
    early = _bill(manager, lexington, today, issued=75, due=45, net="1800.00", discount=True)
    _bill(manager, lexington, today, issued=45, due=15, net="300.00")
    _bill(manager, lexington, today, issued=5, due=-25, net="1000.00", discount=True)
    partly = _bill(manager, gotham, today, issued=50, due=20, net="640.00")
    _bill(manager, gotham, today, issued=10, due=-20, net="2000.00", taxes=(_SALES_TAX,))
    paid = _receive(manager, lexington, today, "1900.00", "bank_transfer", days_ago=60)
    _allocate(manager, paid, early, "1800.00", discount=True)
    _receive(manager, lexington, today, "1200.00", "bank_transfer", days_ago=1)
    _allocate(manager, _receive(manager, gotham, today, "240.00", "check", days_ago=14), partly, "240.00")
    _receive(manager, gotham, today, "500.00", "ach", days_ago=3)


def _customers(actor: Actor) -> list[Customer]:
    customers = [
        Customer(
            company_id=actor.company_id, name=name, email=f"ap@{domain}.example", external_reference=code
        )
        for name, domain, code in (
            ("Lexington Media Group", "lexingtonmedia", "ADV-03"),
            ("Gotham Ferry Tours", "gothamferry", "ADV-04"),
        )
    ]
    insert_many(customers)
    return customers


def _bill(
    actor: Actor,
    customer: Customer,
    today: date,
    *,
    issued: int,
    due: int,
    net: str,
    discount: bool = False,
    taxes: tuple[ItemTax, ...] = (),
) -> Invoice:
    """One line for a month's advertising; `issued` and `due` are days before today."""
    issue_date = today - timedelta(days=issued)
    return issue_invoice(
        actor=actor,
        customer_id=customer.pk,
        issue_date=issue_date,
        due_date=today - timedelta(days=due),
        items=[InvoiceItem(f"Rooftop advertising from {issue_date}", Decimal(1), Decimal(net), taxes)],
        early_payment_discount_percent=DISCOUNT_PERCENT if discount else None,
        early_payment_discount_days=DISCOUNT_DAYS if discount else None,
    )


def _receive(
    actor: Actor, customer: Customer, today: date, amount: str, method: str, *, days_ago: int
) -> Payment:
    return record_payment(
        actor=actor,
        customer_id=customer.pk,
        amount=Decimal(amount),
        method=method,
        payment_date=today - timedelta(days=days_ago),
        reference_number=f"{customer.external_reference}-{days_ago:02d}",
    ).payment


def _allocate(
    actor: Actor, payment: Payment, invoice: Invoice, amount: str, *, discount: bool = False
) -> None:
    request = AllocationRequest(
        amount=Decimal(amount), invoice_id=invoice.pk, apply_early_payment_discount=discount
    )
    allocate_payment(actor=actor, payment_id=payment.pk, requests=[request])
