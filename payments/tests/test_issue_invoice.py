"""Issuing an invoice, and voiding it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import InvalidInput, NotAllowed
from batconnect.core.kernel.money import CENT, round_half_up
from batconnect.core.models import AuditEvent
from batconnect.directory.models import Customer
from ledger.models import Entry, Obligation, Posting
from payments.errors import CustomerNotFound, InvoiceNumberTaken
from payments.filters import INVOICE_CONDITIONS
from payments.models import Invoice, InvoiceTax
from payments.rules.invoices import invoice_status, line_amounts, tax_per_rate, wrong_terms
from payments.services.invoices import InvoiceItem, ItemTax, issue_invoice, void_invoice
from tests.digest import assert_nothing_written

ISSUED, DUE = date(2025, 9, 1), date(2025, 10, 1)


@pytest.fixture
def acme(manager: Actor) -> Customer:
    return Customer.objects.create(company_id=manager.company_id, name="Acme", email="ap@acme.example")


def issue(actor: Actor, customer: Customer, *items: InvoiceItem, **values: Any) -> Invoice:
    given: dict[str, Any] = {"issue_date": ISSUED, "due_date": DUE, **values}
    return issue_invoice(
        actor=actor,
        customer_id=given.pop("customer_id", customer.id),
        items=items or [InvoiceItem("Dispatch", Decimal(1), Decimal("1000.00"))],
        **given,
    )


def test_raises_gross_against_net_and_tax_per_rate(manager: Actor, acme: Customer) -> None:
    state, city = ItemTax("NY State", Decimal(4)), ItemTax("City", Decimal("4.875"))

    invoice = issue(
        manager,
        acme,
        InvoiceItem("Meter", Decimal(3), Decimal("33.3333"), (state, city)),
        InvoiceItem("Labor", Decimal("1.5"), Decimal(80), (state,)),
    )

    assert (invoice.net_total, invoice.tax_total, invoice.total) == (
        *(Decimal("220.00"), Decimal("13.68"), Decimal("233.68")),
    )
    entry = Entry.objects.get(postings__obligation=invoice.obligation_id)
    legs = Posting.objects.filter(entry=entry).order_by("line")
    assert [(leg.account.code, leg.amount) for leg in legs] == [
        ("receivable:INVOICE", Decimal("233.68")),
        ("income:invoices", Decimal("-220.00")),
        ("tax_payable", Decimal("-8.80")),
        ("tax_payable", Decimal("-4.88")),
    ]
    assert entry.effective_on == ISSUED
    assert list(InvoiceTax.objects.order_by("line__line", "place").values_list("name", "amount")) == [
        ("NY State", Decimal("4.00")),
        ("City", Decimal("4.88")),
        ("NY State", Decimal("4.80")),
    ]
    obligation = invoice.obligation
    assert (obligation.reference_id, obligation.outstanding) == (invoice.number, Decimal("233.68"))
    event = AuditEvent.objects.get(subject_id=str(invoice.id))
    assert (event.action, event.actor, event.request_id) == (
        "invoices.invoice_issued",
        "Mara",
        "test-request",
    )


def test_numbers_the_year_and_steps_over_given_numbers(manager: Actor, acme: Customer) -> None:
    first = issue(manager, acme)
    year = first.number[4:8]
    issue(manager, acme, number=f"INV-{year}-002")

    third = issue(manager, acme)

    assert (first.number, third.number) == (f"INV-{year}-001", f"INV-{year}-003")


def test_takes_terms_up_to_the_credit_term(manager: Actor, acme: Customer) -> None:
    terms = {"early_payment_discount_percent": Decimal("99.9999"), "early_payment_discount_days": 30}

    invoice = issue(manager, acme, **terms)

    assert invoice.early_payment_discount_days == (DUE - ISSUED).days


def test_zero_percent_for_zero_days_are_no_terms(manager: Actor, acme: Customer) -> None:
    terms = {"early_payment_discount_percent": Decimal("0.0000"), "early_payment_discount_days": 0}

    invoice = issue(manager, acme, **terms)

    assert (invoice.early_payment_discount_percent, invoice.early_payment_discount_days) == (None, None)


@pytest.mark.parametrize(
    ("values", "field", "code"),
    [
        ({"issue_date": date(2999, 1, 1), "due_date": date(2999, 1, 2)}, "issue_date", "date_in_future"),
        ({"due_date": date(2025, 8, 31)}, "due_date", "date_too_early"),
        ({"currency": "JPY"}, "currency", "unknown_currency"),
        (
            {"early_payment_discount_percent": Decimal(2)},
            *("early_payment_discount_days", "discount_terms"),
        ),
        ({"early_payment_discount_days": 5}, "early_payment_discount_percent", "discount_terms"),
        (
            {"early_payment_discount_percent": Decimal(0), "early_payment_discount_days": 5},
            *("early_payment_discount_percent", "discount_terms"),
        ),
        (
            {"early_payment_discount_percent": Decimal(2), "early_payment_discount_days": 0},
            *("early_payment_discount_days", "discount_terms"),
        ),
        ({"early_payment_discount_percent": Decimal(0)}, "early_payment_discount_days", "discount_terms"),
        ({"early_payment_discount_days": 0}, "early_payment_discount_percent", "discount_terms"),
        (
            {"early_payment_discount_percent": Decimal(100), "early_payment_discount_days": 5},
            *("early_payment_discount_percent", "discount_terms"),
        ),
        (
            {"early_payment_discount_percent": Decimal(2), "early_payment_discount_days": 31},
            *("early_payment_discount_days", "discount_terms"),
        ),
    ],
)
def test_refuses(manager: Actor, acme: Customer, values: dict[str, Any], field: str, code: str) -> None:
    with assert_nothing_written(), pytest.raises(InvalidInput) as refused:
        issue(manager, acme, **values)

    assert [(each.field, each.code) for each in refused.value.errors] == [(field, code)]


@pytest.mark.parametrize("price", ["0", "0.004", "999999999.9999"])
def test_refuses_a_total_that_is_not_an_amount(manager: Actor, acme: Customer, price: str) -> None:
    item = InvoiceItem("Much or nothing", Decimal(1), Decimal(price))

    with assert_nothing_written(), pytest.raises(InvalidInput) as refused:
        issue(manager, acme, item)

    assert refused.value.code == "invoice_amounts"


def test_refuses_more_rates_than_an_entry_has_room_for(manager: Actor, acme: Customer) -> None:
    items = [
        InvoiceItem("Line", Decimal(1), Decimal(100), (ItemTax("T", Decimal(rate) / 100),))
        for rate in range(101)
    ]

    with assert_nothing_written(), pytest.raises(InvalidInput) as refused:
        issue(manager, acme, *items)

    assert "101 tax rates; at most 100" in refused.value.message


def test_refuses_a_number_that_is_taken(manager: Actor, acme: Customer) -> None:
    issue(manager, acme, number="A-1")

    with assert_nothing_written(), pytest.raises(InvoiceNumberTaken):
        issue(manager, acme, number=" A-1 ")


def test_refuses_an_unknown_customer(manager: Actor, acme: Customer) -> None:
    with assert_nothing_written(), pytest.raises(CustomerNotFound):
        issue(manager, acme, customer_id=uuid4())


def test_refuses_who_may_not(cashier: Actor, manager: Actor, acme: Customer) -> None:
    with assert_nothing_written(), pytest.raises(NotAllowed):
        issue(cashier, acme)


def test_voids_what_nothing_is_applied_to(manager: Actor, acme: Customer) -> None:
    invoice = issue(manager, acme)

    void_invoice(actor=manager, invoice_id=invoice.id, reason="Billed to the wrong garage")

    obligation = Obligation.objects.get(id=invoice.obligation_id)
    assert (obligation.status, obligation.outstanding) == ("voided", Decimal("0.00"))
    with assert_nothing_written(), pytest.raises(InvoiceNumberTaken):
        issue(manager, acme, number=invoice.number)


MONEY = st.decimals(min_value=0, max_value=10_000, places=4)
RATES = st.decimals(min_value=0, max_value=100, places=4)


@given(
    lines=st.lists(
        st.tuples(MONEY, MONEY, st.lists(st.tuples(st.sampled_from("AB"), RATES), max_size=3)), max_size=5
    )
)
def test_totals_add_up_to_the_cent(lines: list[tuple[Decimal, Decimal, list[tuple[str, Decimal]]]]) -> None:
    amounts = [
        line_amounts(quantity=quantity, unit_price=price, taxes=taxes) for quantity, price, taxes in lines
    ]

    for (quantity, price, taxes), each in zip(lines, amounts, strict=True):
        assert abs(each.net - quantity * price) <= CENT / 2
        assert [tax.amount for tax in each.taxes] == [
            round_half_up(each.net * rate / 100) for _, rate in taxes
        ]
    assert sum(tax_per_rate(amounts).values()) == sum(each.tax for each in amounts)


def test_terms_need_both_or_none() -> None:
    days = {"issue_date": ISSUED, "due_date": ISSUED}

    assert wrong_terms(percent=None, days=None, **days) is None
    assert wrong_terms(percent=Decimal(2), days=1, **days) == (
        *("days", "1 is not accepted: enter 1 up to the credit term, which is 0 days."),
    )


@pytest.mark.parametrize(
    ("status", "outstanding", "written_off", "expected"),
    [
        ("open", "10.00", "0.00", "open"),
        ("open", "3.00", "0.00", "partial"),
        ("settled", "0.00", "0.00", "paid"),
        ("settled", "0.00", "4.00", "paid"),
        ("settled", "0.00", "10.00", "written_off"),
        ("voided", "0.00", "0.00", "voided"),
    ],
)
def test_status_follows_the_obligation(
    status: str, outstanding: str, written_off: str, expected: str
) -> None:
    actual = invoice_status(
        status=status,
        original=Decimal("10.00"),
        outstanding=Decimal(outstanding),
        written_off=Decimal(written_off),
    )

    assert actual == expected


def test_status_is_the_same_for_the_list(manager: Actor, acme: Customer) -> None:
    invoice = issue(manager, acme)
    total = invoice.total
    parts = [total * tenths / 10 for tenths in range(11)]
    figures = [("voided", Decimal(0), Decimal(0))]
    for left in parts:
        status = "open" if left else "settled"
        figures += [(status, left, written_off) for written_off in parts if written_off + left <= total]

    for status, left, written_off in figures:
        Obligation.objects.filter(id=invoice.obligation_id).update(
            status=status, outstanding=left, written_off=written_off
        )
        expected = invoice_status(status=status, original=total, outstanding=left, written_off=written_off)
        matching = [
            name
            for name, condition in INVOICE_CONDITIONS.items()
            if Invoice.objects.filter(condition, id=invoice.id).exists()
        ]
        assert matching == [expected]


def test_invoice_keeps_its_id_everywhere(manager: Actor, acme: Customer) -> None:
    invoice = issue(manager, acme)

    assert invoice.obligation.source_id == str(invoice.id)
    assert UUID(invoice.obligation.source_id) == invoice.id
