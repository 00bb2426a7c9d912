"""Credit memos of items and customers: what they debit, and what becomes of the credit."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.errors import Conflict, InvalidInput
from batconnect.directory.models import Customer
from ledger import chart
from ledger.chart import Category
from ledger.models import Account, Entry
from ledger.services import void_obligation, write_off
from payments.credit_memos.services.issuing import MemoRequest, issue_credit_memo
from payments.credit_memos.services.items import LineRequest
from payments.credit_memos.tests.builders import (
    REASON,
    assert_clean,
    credit,
    entry_lines,
    fresh,
    lines_of,
    memo_of,
    taxed_invoice,
    toll,
)
from payments.models import CreditMemo
from payments.services.credit_voids import void_credit_application
from payments.services.invoices import void_invoice
from payments.tests.billing import allocate, assert_identities, make_customer, receive
from payments.tests.builders import Debtor, owe, pay
from tests.digest import assert_nothing_written

pytestmark = pytest.mark.django_db
D = Decimal


@pytest.fixture
def acme(manager: Actor) -> Customer:
    """A customer who is not a driver."""
    return make_customer(manager)


def test_lowers_an_open_item_by_itself(manager: Actor, john: Debtor) -> None:
    item = toll(manager, john)

    issued = credit(manager, item, "20.00")

    memo = memo_of(issued)
    assert memo.number.startswith("CRM-")
    assert (memo.applied, memo.left, memo.status) == (D("20.00"), D("0.00"), "used")
    assert (fresh(item).outstanding, fresh(item).credited) == (D("25.00"), D("20.00"))
    assert lines_of(memo.entry_id) == {"recovered:EZPASS": D("20.00"), "customer_credits": D("-20.00")}
    assert entry_lines("credit_applied") == {
        "customer_credits": D("20.00"),
        "receivable:EZPASS": D("-20.00"),
    }
    assert_identities()
    assert_clean(manager)


def test_what_is_paid_becomes_a_credit(manager: Actor, john: Debtor) -> None:
    item = toll(manager, john)
    pay(manager, "30.00", ("EZPass", "EZ-1", "30.00"))

    memo = memo_of(credit(manager, item))

    assert (memo.amount, memo.applied, memo.left) == (D("45.00"), D("15.00"), D("30.00"))
    assert memo.lease_id == john.lease.pk
    assert fresh(item).status == "settled"
    assert_identities()
    assert_clean(manager)


@pytest.mark.parametrize(
    ("category", "debited"),
    [
        (Category.EZPASS, "recovered:EZPASS"),
        (Category.PVB, "recovered:PVB"),
        (Category.TLC, "recovered:TLC"),
        (Category.MISC, "recovered:MISC"),
    ],
)
def test_debits_what_the_charge_had_credited(
    manager: Actor, john: Debtor, category: Category, debited: str
) -> None:
    item = toll(manager, john, category=category, reference_id="X-1")

    memo = memo_of(credit(manager, item))

    assert lines_of(memo.entry_id) == {debited: D("45.00"), "customer_credits": D("-45.00")}
    assert_clean(manager)


def test_debits_what_held_the_tax(manager: Actor, john: Debtor) -> None:
    """Whatever the charge credited: taxes held, or recovered when it is older."""
    item = toll(manager, john, category=Category.TAXES, reference_id="T-1")
    raised = lines_of(Entry.objects.get(source_id=str(item.id)).id)

    memo = memo_of(credit(manager, item, "45.00"))

    (held,) = raised.keys() - {"receivable:TAXES"}
    assert lines_of(memo.entry_id) == {held: D("45.00"), "customer_credits": D("-45.00")}


def test_an_opening_balance_debits_opening_balances(manager: Actor, john: Debtor) -> None:
    (item,) = owe(manager, john, ("Lease", "OLD-1", "100.00", "2025-01-05"))

    memo = memo_of(credit(manager, item, "40.00"))

    assert lines_of(memo.entry_id) == {"opening_balances": D("40.00"), "customer_credits": D("-40.00")}


def test_after_the_opening_is_locked_it_is_a_correction_of_the_past(
    manager: Actor, john: Debtor, monkeypatch: pytest.MonkeyPatch
) -> None:
    (item,) = owe(manager, john, ("Lease", "OLD-1", "100.00", "2025-01-05"))
    monkeypatch.setattr("payments.credit_memos.services.items.opening_is_locked", lambda *, actor: True)

    memo = memo_of(credit(manager, item, "40.00"))

    assert lines_of(memo.entry_id) == {"prior_year_corrections": D("40.00"), "customer_credits": D("-40.00")}


def test_partial_credits_sum_to_the_whole_and_not_a_cent_more(manager: Actor, john: Debtor) -> None:
    item = toll(manager, john)
    credit(manager, item, "20.00")
    credit(manager, item, "24.99")

    with pytest.raises(InvalidInput) as refused:
        credit(manager, item, "0.02")

    assert refused.value.code == "above_creditable"
    for figure in ("45.00", "44.99", "0.01"):
        assert figure in refused.value.message
    assert CreditMemo.objects.count() == 2
    credit(manager, item, "0.01")
    with pytest.raises(Conflict) as nothing_left:
        credit(manager, item)
    assert nothing_left.value.code == "not_creditable"
    assert_clean(manager)


def test_what_is_written_off_is_not_credited_too(manager: Actor, john: Debtor) -> None:
    item = toll(manager, john)
    write_off(actor=manager, obligation_id=item.id, amount=D("25.00"), reason=REASON)

    with pytest.raises(InvalidInput) as refused:
        credit(manager, item, "20.01")

    assert "25.00 written off" in refused.value.message
    assert not CreditMemo.objects.exists()


def test_what_is_credited_is_not_written_off_too(manager: Actor, john: Debtor) -> None:
    item = toll(manager, john)
    issued = credit(manager, item, "20.00")
    assert issued.allocation is not None
    void_credit_application(actor=manager, allocation_id=issued.allocation.id, reason=REASON)

    with pytest.raises(InvalidInput) as refused:
        write_off(actor=manager, obligation_id=item.id, amount=D("30.00"), reason=REASON)
    with pytest.raises(Conflict) as in_use:
        void_obligation(actor=manager, obligation_id=item.id, reason=REASON)

    assert refused.value.code == "above_outstanding"
    assert in_use.value.code == "obligation_in_use"
    assert fresh(item).outstanding == D("45.00")


def test_voided_items_are_not_credited(manager: Actor, john: Debtor, acme: Customer) -> None:
    item = toll(manager, john)
    void_obligation(actor=manager, obligation_id=item.id, reason=REASON)
    invoice = taxed_invoice(manager, acme)
    void_invoice(actor=manager, invoice_id=invoice.id, reason=REASON)

    for values in ({"obligation_id": item.id}, {"invoice_id": invoice.id}):
        with pytest.raises(Conflict) as refused:
            issue_credit_memo(actor=manager, request=MemoRequest(reason=REASON, **values))
        assert refused.value.code == "not_creditable"
    assert not CreditMemo.objects.exists()


@pytest.mark.parametrize("reference", ["NEG-DTR-2026-000001", "RET-PAY-2026-001"])
def test_what_stands_for_something_else_is_not_credited(manager: Actor, john: Debtor, reference: str) -> None:
    item = toll(manager, john, category=Category.MISC, reference_id=reference)

    with pytest.raises(Conflict) as refused:
        credit(manager, item)

    assert refused.value.code == "not_creditable"


def test_credits_a_discounted_invoice_in_full(manager: Actor, acme: Customer) -> None:
    """The check of docs/domain.md#credit-memos."""
    day = today(manager.company)
    invoice = taxed_invoice(
        manager,
        acme,
        due_date=day + timedelta(days=30),
        early_payment_discount_percent=D(2),
        early_payment_discount_days=10,
    )
    payment = receive(manager, acme, "1066.97")
    allocate(manager, payment, (invoice, "1088.75"), apply_early_payment_discount=True)

    memo = memo_of(
        issue_credit_memo(actor=_big(manager), request=MemoRequest(reason=REASON, invoice_id=invoice.id))
    )

    assert lines_of(memo.entry_id) == {
        "income:invoices": D("1000.00"),
        "tax_payable": D("88.75"),
        "discounts_allowed": D("-21.78"),
        "customer_credits": D("-1066.97"),
    }
    assert (memo.amount, memo.discount_amount, memo.left) == (D("1088.75"), D("21.78"), D("1066.97"))
    assert_identities()
    assert_clean(manager)


def test_the_discount_comes_back_in_parts_and_exactly(manager: Actor, acme: Customer) -> None:
    day = today(manager.company)
    invoice = taxed_invoice(
        manager,
        acme,
        due_date=day + timedelta(days=30),
        early_payment_discount_percent=D(2),
        early_payment_discount_days=10,
    )
    allocate(
        manager, receive(manager, acme, "1066.97"), (invoice, "1088.75"), apply_early_payment_discount=True
    )
    big = _big(manager)

    for amount in ("100.00", "333.33", "0.01", None):
        issue_credit_memo(
            actor=big,
            request=MemoRequest(reason=REASON, invoice_id=invoice.id, amount=D(amount) if amount else None),
        )

    memos = list(CreditMemo.objects.order_by("number_order"))
    assert memos[0].discount_amount == D("2.00")
    assert sum(each.discount_amount for each in memos) == D("21.78")
    assert sum(each.left for each in memos) == D("1066.97")
    posted: dict[str, Decimal] = {}
    for each in memos:
        for code, amount_posted in lines_of(each.entry_id).items():
            posted[code] = posted.get(code, D(0)) + amount_posted
    assert posted == {
        "income:invoices": D("1000.00"),
        "tax_payable": D("88.75"),
        "discounts_allowed": D("-21.78"),
        "customer_credits": D("-1066.97"),
    }
    assert_clean(manager)


def test_credits_a_line_with_its_tax(manager: Actor, acme: Customer) -> None:
    invoice = taxed_invoice(manager, acme, "100.00", "50.00")

    memo = memo_of(
        issue_credit_memo(
            actor=manager,
            request=MemoRequest(reason=REASON, invoice_id=invoice.id, lines=(LineRequest(2),)),
        )
    )
    part = memo_of(
        issue_credit_memo(
            actor=manager,
            request=MemoRequest(reason=REASON, invoice_id=invoice.id, lines=(LineRequest(1, D("10.00")),)),
        )
    )

    assert lines_of(memo.entry_id) == {
        "income:invoices": D("50.00"),
        "tax_payable": D("4.44"),
        "customer_credits": D("-54.44"),
    }
    assert lines_of(part.entry_id)["tax_payable"] == D("0.89")
    with pytest.raises(InvalidInput) as refused:
        issue_credit_memo(
            actor=manager,
            request=MemoRequest(
                reason=REASON,
                invoice_id=invoice.id,
                lines=(LineRequest(1, D("90.01")), LineRequest(2), LineRequest(3)),
            ),
        )
    assert [each.field for each in refused.value.errors] == ["lines.0.net", "lines.1.net", "lines.2.line"]
    assert_clean(manager)


@pytest.mark.parametrize(
    ("category", "debited"),
    [
        (Category.LEASE, "income:lease"),
        (Category.EZPASS, "recovered:EZPASS"),
        (Category.TAXES, "taxes_held:other"),
        (Category.PREMIUM, "premiums_payable"),
        (Category.INVOICE, "income:invoices"),
        (Category.LOANS, "income:interest"),
    ],
)
def test_credits_a_customer_by_category(
    manager: Actor, acme: Customer, category: Category, debited: str
) -> None:
    memo = memo_of(
        issue_credit_memo(
            actor=manager,
            request=MemoRequest(reason=REASON, customer_id=acme.pk, amount=D("25.00"), category=category),
        )
    )

    assert (memo.left, memo.obligation_id) == (D("25.00"), None)
    assert lines_of(memo.entry_id) == {debited: D("25.00"), "customer_credits": D("-25.00")}
    assert_clean(manager)


def test_a_driver_is_credited_for_a_lease(manager: Actor, john: Debtor) -> None:
    def ask(**values: Any) -> CreditMemo:
        return memo_of(
            issue_credit_memo(actor=manager, request=MemoRequest(reason=REASON, amount=D("25.00"), **values))
        )

    for values, code in (
        ({"driver_id": john.driver.pk, "category": Category.LEASE}, "lease_required"),
        ({"customer_id": john.customer.pk, "category": Category.LEASE}, "lease_required"),
        ({"driver_id": john.driver.pk, "lease_id": 9, "category": Category.LEASE}, "not_found"),
        ({"driver_id": john.driver.pk, "lease_id": john.lease.pk}, "account_not_debited"),
        (
            {"driver_id": john.driver.pk, "lease_id": john.lease.pk, "account": "receivable:LEASE"},
            "account_not_debited",
        ),
        ({"category": Category.LEASE}, "one_subject"),
    ):
        with pytest.raises(InvalidInput) as refused:
            ask(**values)
        assert refused.value.code == code, values
    assert not CreditMemo.objects.exists()

    memo = ask(driver_id=john.driver.pk, lease_id=john.lease.pk, account="income:lease")

    assert (memo.customer_id, memo.lease_id) == (john.customer.pk, john.lease.pk)


def test_an_account_is_one_of_the_memos_currency(manager: Actor, acme: Customer) -> None:
    held = chart.authority_line("nys", "New York State")
    Account.objects.create(
        id=chart.account_id(manager.company_id, "USD", held.code),
        company_id=manager.company_id,
        currency="USD",
        code=held.code,
        name=held.name,
        kind=held.kind.value,
    )

    def ask(currency: str, account: str) -> CreditMemo:
        request = MemoRequest(
            reason=REASON, customer_id=acme.pk, amount=D("5.00"), account=account, currency=currency
        )
        return memo_of(issue_credit_memo(actor=manager, request=request))

    with assert_nothing_written(), pytest.raises(InvalidInput) as refused:
        ask("EUR", "taxes_held:nys")

    assert refused.value.code == "account_not_debited"
    assert "in EUR" in str(refused.value)
    assert ask("USD", "taxes_held:nys").currency == "USD"
    assert ask("EUR", "income:lease").currency == "EUR"
    assert_clean(manager)


def _big(actor: Actor) -> Actor:
    """The manager of a company whose limit is far away."""
    return replace(actor, company=replace(actor.company, credit_memo_approval_limit=D("100000.00")))
