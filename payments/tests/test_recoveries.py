"""Write-offs by category, the sales tax in them, and what is recovered of them.

Rule: docs/domain.md#write-offs-by-category, docs/domain.md#recoveries, docs/worked-weeks.md.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.errors import Conflict
from batconnect.core.models import AuditEvent, CompanySettings
from batconnect.directory.models import Customer
from ledger.models import Entry, Obligation, Posting
from ledger.services import void_posting, write_off
from ledger.verification import verify
from payments.models import Invoice
from payments.rules.write_offs import tax_written_off
from payments.services.invoices import InvoiceItem, ItemTax, issue_invoice
from payments.tests.billing import assert_identities, make_customer, post, receive
from tests.cast import StaffClient
from tests.digest import assert_nothing_written

D = Decimal
WHY = "He left the country"


@pytest.fixture
def claiming(manager: Actor, in_north: Any) -> Actor:
    """The finance manager of a company that claims the sales tax of bad debt."""
    settings: dict[str, Any] = {"claims_tax_on_bad_debt": True, "write_off_approval_limit": D("10000.00")}
    CompanySettings.objects.update(**settings)
    return replace(manager, company=replace(manager.company, **settings))


@pytest.fixture
def acme(manager: Actor) -> Customer:
    """A customer of north."""
    return make_customer(manager)


@pytest.fixture
def invoice(manager: Actor, acme: Customer) -> Invoice:
    """1,000.00 with 8.875 % of tax: 1,088.75."""
    return taxed(manager, acme, "1000.00", "8.875")


@pytest.fixture
def boss(client_of: Callable[..., StaffClient], in_north: Any) -> StaffClient:
    """The finance manager's client."""
    return client_of("manager")


def taxed(actor: Actor, customer: Customer, net: str, *rates: str) -> Invoice:
    day = today(actor.company)
    return issue_invoice(
        actor=actor,
        customer_id=customer.pk,
        issue_date=day,
        due_date=day + timedelta(days=30),
        items=[
            InvoiceItem("Premium", D(1), D(net), tuple(ItemTax(f"Tax {rate}", D(rate)) for rate in rates))
        ],
    )


def give_up(actor: Actor, invoice: Invoice, amount: str) -> Entry:
    done = write_off(actor=actor, obligation_id=invoice.obligation_id, amount=D(amount), reason=WHY)
    return Entry.objects.get(id=done.entry_id)


def lines(entry: Entry) -> list[tuple[str, Decimal]]:
    return list(
        Posting.objects.filter(entry=entry.id).order_by("line").values_list("account__code", "amount")
    )


def pay(client: StaffClient, payment_id: Any, obligation_id: Any, amount: str, **values: Any) -> Any:
    body = {"obligation_id": str(obligation_id), "amount": amount, **values}
    return post(client, f"/api/payments/{payment_id}/allocations", body)


def undo(actor: Actor, entry: Entry, reason: str = "It was a mistake") -> Any:
    line = Posting.objects.filter(entry=entry.id).order_by("line").first()
    assert line is not None
    return void_posting(actor=actor, posting_id=line.id, reason=reason)


def assert_clean(actor: Actor) -> None:
    assert_identities()
    assert [f"{found.check}: {found.difference}" for found in verify(actor=actor)] == []


def test_the_tax_share_of_a_write_off(claiming: Actor, invoice: Invoice) -> None:
    entry = give_up(claiming, invoice, "500.00")

    assert lines(entry) == [
        ("bad_debt", D("459.24")),
        ("tax_payable", D("40.76")),
        ("receivable:INVOICE", D("-500.00")),
    ]
    # The rest with the rest of the tax, to the cent.
    rest = give_up(claiming, invoice, "588.75")
    assert lines(rest)[1] == ("tax_payable", D("47.99"))
    assert_clean(claiming)


def test_no_tax_is_claimed_unless_the_company_says_so(manager: Actor, invoice: Invoice) -> None:
    entry = give_up(manager, invoice, "500.00")

    assert lines(entry) == [("bad_debt", D("500.00")), ("receivable:INVOICE", D("-500.00"))]


def test_each_rate_has_its_own_share(claiming: Actor, acme: Customer) -> None:
    two = taxed(claiming, acme, "1000.00", "4.5", "4.375")

    entry = give_up(claiming, two, "500.00")

    # 40.76 in all, 20.67 and 20.09 by largest remainder: 45.00 and 43.75 of 88.75, lowest rate first.
    assert lines(entry)[1:3] == [("tax_payable", D("20.09")), ("tax_payable", D("20.67"))]


@pytest.mark.parametrize(
    ("taxes", "before", "amount", "shares"),
    [
        (["88.75"], "0.00", "500.00", ["40.76"]),
        (["88.75"], "500.00", "588.75", ["47.99"]),
        (["0.00"], "0.00", "500.00", ["0.00"]),
        (["0.01", "0.01", "0.01"], "0.00", "544.38", ["0.01", "0.01", "0.00"]),
    ],
)
def test_shares_are_whole_cents(taxes: list[str], before: str, amount: str, shares: list[str]) -> None:
    found = tax_written_off(
        taxes=[D(each) for each in taxes], total=D("1088.75"), before=D(before), amount=D(amount)
    )

    assert found == [D(each) for each in shares]


def test_a_recovery_is_an_event_of_its_own(
    claiming: Actor, boss: StaffClient, acme: Customer, invoice: Invoice
) -> None:
    give_up(claiming, invoice, "500.00")
    payment = receive(claiming, acme, "838.75")

    # What is outstanding, and half of what was written off.
    answer = pay(boss, payment.id, invoice.obligation_id, "838.75", recover_written_off=True)

    assert answer.status_code == 201, answer.content
    recovered = Entry.objects.get(event="recovered")
    assert lines(recovered) == [
        ("receivable:INVOICE", D("250.00")),
        ("recoveries", D("-229.62")),
        ("tax_payable", D("-20.38")),
    ]
    debt = Obligation.objects.get(id=invoice.obligation_id)
    assert (debt.status, debt.outstanding, debt.written_off) == ("settled", D("0.00"), D("250.00"))
    assert AuditEvent.objects.filter(action="ledger.recover").count() == 1
    assert_clean(claiming)


def test_without_being_asked_nothing_is_recovered(
    manager: Actor, boss: StaffClient, acme: Customer, invoice: Invoice
) -> None:
    give_up(manager, invoice, "500.00")
    payment = receive(manager, acme, "838.75")

    with assert_nothing_written():
        answer = pay(boss, payment.id, invoice.obligation_id, "838.75")

    assert (answer.status_code, answer.json()["code"]) == (400, "above_outstanding")
    assert "500.00 of it is written off and can be recovered" in answer.json()["detail"]


def test_no_more_is_recovered_than_was_written_off(
    manager: Actor, boss: StaffClient, acme: Customer, invoice: Invoice
) -> None:
    give_up(manager, invoice, "500.00")
    payment = receive(manager, acme, "2000.00")

    with assert_nothing_written():
        answer = pay(boss, payment.id, invoice.obligation_id, "1088.76", recover_written_off=True)

    assert (answer.status_code, answer.json()["code"]) == (400, "above_written_off")
    assert "500.01 is more than the 500.00" in answer.json()["detail"]


def test_a_debt_of_somebody_else_is_not_recovered(
    manager: Actor, boss: StaffClient, invoice: Invoice
) -> None:
    give_up(manager, invoice, "500.00")
    payment = receive(manager, make_customer(manager, "Other"), "600.00")

    with assert_nothing_written():
        answer = pay(boss, payment.id, invoice.obligation_id, "600.00", recover_written_off=True)

    assert (answer.status_code, answer.json()["code"]) == (400, "other_customer")


def test_what_was_recovered_is_undone_after_the_payment(
    manager: Actor, boss: StaffClient, acme: Customer, invoice: Invoice
) -> None:
    written_off = give_up(manager, invoice, "1000.00")
    payment = receive(manager, acme, "200.00")
    line = pay(boss, payment.id, invoice.obligation_id, "200.00", recover_written_off=True).json()
    recovered = Entry.objects.get(event="recovered")

    # First the recovery has to be undone, and before that its payment.
    with assert_nothing_written(), pytest.raises(Conflict, match="was recovered on"):
        undo(manager, written_off)
    with assert_nothing_written(), pytest.raises(Conflict, match="is paid; undo that first"):
        undo(manager, recovered)
    path = f"/api/payments/{payment.id}/allocations/{line['allocations'][0]['id']}/void"
    assert post(boss, path, {"reason": "Another customer's money"}).status_code == 200
    undo(manager, recovered)

    debt = Obligation.objects.get(id=invoice.obligation_id)
    assert (debt.outstanding, debt.written_off) == (D("88.75"), D("1000.00"))
    undo(manager, written_off)
    debt.refresh_from_db()
    assert (debt.outstanding, debt.written_off) == (D("1088.75"), D("0.00"))
    assert_clean(manager)
