"""The page of a customer: its figures are the ledger's, and everything on it leads to what it names."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal

from django.urls import reverse

from batconnect.core.database.tenancy import company_context
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.words import format_day
from batconnect.directory.models import Customer, Driver
from batconnect.directory.services import add_customer
from batconnect.directory.tests.builders import make_fleet
from console.customers.queries import PER_PAGE, read_balance_lines, read_figures
from console.tests.conftest import ConsoleClient
from ledger.chart import Category
from ledger.models import Dtr, Obligation
from ledger.services import Charge, enter_charges
from loans.models import DriverLoan
from outstanding.models import RenewalCase
from payments.models import Invoice, Payment
from payments.services.outstanding import read_outstanding
from payments.services.recording import record_payment
from payments.services.statements import read_statement
from repairs.models import RepairInvoice

Console = Callable[[str], ConsoleClient]


def account(customer: Customer, query: str = "") -> str:
    return reverse("admin:customer", args=[customer.pk]) + query


def linked(page: str) -> set[str]:
    """Every address that a page leads to."""
    return {link.replace("&amp;", "&") for link in re.findall(r'href="(/[^"]+)"', page)}


def test_figures_are_the_ledgers(world: Actor, console_of: Console) -> None:
    customer = Driver.objects.get(driver_id="DRV-101").customer
    day = today(world.company)
    owed = read_outstanding(actor=world, customer_id=customer.pk)
    statement = read_statement(actor=world, customer_id=customer.pk)

    (figures,) = read_figures(actor=world, customer_id=customer.pk, day=day, moved={})
    page = console_of("auditor").get(account(customer)).content.decode()

    assert figures.outstanding == owed.owed("USD") > 0
    assert figures.overdue == owed.owed("USD", overdue=True) > 0
    assert figures.unallocated == owed.unallocated.get("USD", Decimal("0.00"))
    assert figures.net == statement.closing
    for figure in (figures.outstanding, figures.overdue, figures.unallocated, figures.net):
        assert f"{abs(figure):,.2f}" in page


def test_the_running_balance_is_the_statements(world: Actor) -> None:
    customer = Driver.objects.get(driver_id="DRV-101").customer
    statement = read_statement(actor=world, customer_id=customer.pk)

    lines, page = [], 1
    while page:
        page_lines, has_more = read_balance_lines(
            actor=world, customer_id=customer.pk, currency="USD", page=page
        )
        lines += page_lines
        page = page + 1 if has_more else 0

    assert [(line.entry_id, line.change, line.balance, line.text) for line in reversed(lines)] == [
        (line.entry_id, line.charge - line.credit, line.balance, line.text) for line in statement.lines
    ]
    assert len(lines) > 3


def test_pages_the_running_balance(manager: Actor, console_of: Console) -> None:
    fleet = make_fleet(manager)
    driver, lease, day = fleet.driver, fleet.lease, today(manager.company)
    enter_charges(
        actor=manager,
        charges=[
            Charge(
                category=Category.MISC,
                reference_id=f"M-{number:03}",
                amount=Decimal("1.00"),
                driver_id=driver.pk,
                lease_id=lease.pk,
                issue_date=day,
                due_date=day,
            )
            for number in range(PER_PAGE + 1)
        ],
    )
    client = console_of("cashier")

    first, second, last = (
        client.get(account(driver.customer, query)).content.decode() for query in ("", "?page=2", "?page=999")
    )

    assert len(re.findall(r"/admin/ledger/entry/[0-9a-f-]{36}/", first)) == PER_PAGE
    assert "page=2#balance" in first
    assert "page=1#balance" in second
    assert "Nothing has happened yet." in last


def test_says_what_jobs_did_in_words(manager: Actor, console_of: Console) -> None:
    with company_context(manager.company_id, job="settle_week") as job:
        fleet, day = make_fleet(job), today(job.company)
        enter_charges(
            actor=job,
            charges=[
                Charge(
                    category=Category.MISC,
                    reference_id="M-1",
                    amount=Decimal("1.00"),
                    driver_id=fleet.driver.pk,
                    lease_id=fleet.lease.pk,
                    issue_date=day,
                    due_date=day,
                )
            ],
        )
    customer = fleet.driver.customer
    history = reverse("admin:directory_customer_history", args=[customer.pk])

    pages = [console_of("manager").get(each).content.decode() for each in (account(customer), history)]

    assert all("Settle week" in page and "settle_week" not in page for page in pages)
    assert format_day(day) in pages[0]
    assert day.isoformat() not in re.sub(r'="[^"]*"', "", pages[0])


def test_leads_to_everything_of_the_driver(world: Actor, console_of: Console) -> None:
    driver = Driver.objects.get(driver_id="DRV-101")
    customer = driver.customer
    page = console_of("manager").get(account(customer)).content.decode()
    links = set(re.findall(r'href="([^"]+)"', page))

    named = [
        *Obligation.objects.filter(customer=customer, status="open").order_by("due_date", "id")[:5],
        *Payment.objects.filter(customer=customer),
        *Invoice.objects.filter(customer=customer),
        *DriverLoan.objects.filter(customer=customer),
        *RepairInvoice.objects.filter(customer=customer),
        *Dtr.objects.filter(customer=customer),
        driver,
        customer,
    ]

    for row in named:
        meta = row._meta
        assert reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[row.pk]) in links, row
    payment = Payment.objects.filter(customer=customer).first()
    assert payment is not None
    assert f"/payments/interim-payments/{payment.number}/receipt?format=pdf" in links
    assert f"{reverse('admin:take_payment')}?customer={customer.pk}" in links
    assert any("statement?format=pdf" in link for link in links)


def test_a_link_of_every_kind_on_the_page_answers(world: Actor, console_of: Console) -> None:
    customer = Driver.objects.get(driver_id="DRV-101").customer
    renewing = RenewalCase.objects.get().customer
    client = console_of("manager")

    menu = linked(client.get("/admin/find/").content.decode())
    links = set().union(*(linked(client.get(account(one)).content.decode()) for one in (customer, renewing)))
    one_of_each = {
        link.split("?")[0].rstrip("/").rpartition("/")[0][:30]: link for link in sorted(links - menu)
    }
    wrong = {
        link: status
        for link in one_of_each.values()
        if (status := client.get(link).status_code) not in (200, 302)
    }

    assert len(one_of_each) > 8
    assert wrong == {}


def test_shows_each_only_the_way_to_what_they_may_do(manager: Actor, console_of: Console) -> None:
    customer = make_fleet(manager).customer
    taken = record_payment(
        actor=manager,
        customer_id=customer.pk,
        amount=Decimal("7.00"),
        method="cash",
        payment_date=today(manager.company),
    ).payment
    allocate = reverse("admin:workbench", args=[taken.pk])

    cashier = console_of("cashier").get(account(customer)).content.decode()
    auditor = console_of("auditor").get(account(customer)).content.decode()

    assert "Take a payment" in cashier
    assert allocate in linked(cashier)
    assert "Take a payment" not in auditor
    assert allocate not in linked(auditor)
    assert "Change details" not in cashier
    assert console_of("outsider").get(account(customer)).status_code == 404


def test_a_new_customer_has_an_empty_account(manager: Actor, console_of: Console) -> None:
    customer = add_customer(actor=manager, name="<b>Nobody</b>")

    page = console_of("cashier").get(account(customer)).content.decode()

    assert "&lt;b&gt;Nobody" in page
    assert "<b>Nobody" not in page
    assert "Nothing is owed." in page
