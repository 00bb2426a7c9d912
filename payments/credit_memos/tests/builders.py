"""Items to credit, and memos of them, by the services."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.directory.models import Customer
from ledger.chart import Category
from ledger.models import Entry, Obligation, Posting
from ledger.services import Charge, enter_charges
from ledger.verification import verify
from payments.credit_memos.services.issuing import Issued, MemoRequest, issue_credit_memo
from payments.models import CreditMemo, Invoice
from payments.services.invoices import InvoiceItem, ItemTax, issue_invoice
from payments.tests.builders import Debtor

REASON = "It was never owed."


def toll(actor: Actor, john: Debtor, amount: str = "45.00", **values: Any) -> Obligation:
    """A charge of the driver's."""
    given: dict[str, Any] = {
        "category": Category.EZPASS,
        "reference_id": "EZ-1",
        "due_date": today(actor.company),
        "driver_id": john.driver.pk,
        "lease_id": john.lease.pk,
        **values,
    }
    (raised,) = enter_charges(actor=actor, charges=[Charge(amount=Decimal(amount), **given)])
    return raised.obligation


def taxed_invoice(actor: Actor, customer: Customer, *nets: str, **values: Any) -> Invoice:
    """An invoice with 8.875 percent tax on each line; of 1,000.00 unless given."""
    day = today(actor.company)
    return issue_invoice(
        actor=actor,
        customer_id=customer.pk,
        items=[
            InvoiceItem("Dispatch", Decimal(1), Decimal(net), (ItemTax("Sales tax", Decimal("8.875")),))
            for net in nets or ("1000.00",)
        ],
        **{"issue_date": day, "due_date": day, **values},
    )


def credit(actor: Actor, item: Obligation, amount: str | None = None, **values: Any) -> Issued:
    """Credit an item, all of it unless given."""
    request = MemoRequest(
        reason=values.pop("reason", REASON),
        amount=Decimal(amount) if amount else None,
        obligation_id=item.id,
        **values,
    )
    return issue_credit_memo(actor=actor, request=request)


def memo_of(issued: Issued) -> CreditMemo:
    """The memo, as the database has it."""
    assert issued.memo is not None
    return CreditMemo.objects.get(id=issued.memo.id)


def lines_of(entry_id: UUID) -> dict[str, Decimal]:
    """What an entry posts, by account."""
    posted: dict[str, Decimal] = {}
    for code, amount in Posting.objects.filter(entry=entry_id).values_list("account__code", "amount"):
        posted[code] = posted.get(code, Decimal("0.00")) + amount
    return posted


def entry_lines(event: str) -> dict[str, Decimal]:
    """What the last entry of an event posts."""
    return lines_of(Entry.objects.filter(event=event).order_by("-id")[0].id)


def fresh(item: Obligation) -> Obligation:
    """The item as the database has it."""
    return Obligation.objects.get(id=item.id)


def assert_clean(actor: Actor) -> None:
    """Every check of the books agrees."""
    assert list(verify(actor=actor)) == []
