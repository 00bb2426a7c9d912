"""Links both ways between customer, case, payment, allocation, entry, obligation and receipt."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.urls import reverse

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.directory.models import Driver
from batconnect.directory.tests.builders import make_fleet
from cases.models import Case
from cases.services import create_case, submit_step
from console.addresses import find_address
from console.tests.conftest import ConsoleClient
from console.tests.world import row_of
from ledger.models import Dtr, Entry, Obligation
from ledger.tests.builders import next_sunday
from loans.models import DriverLoan
from payments.models import Allocation, Invoice, Payment
from payments.services.voids import void_payment

Console = Callable[[str], ConsoleClient]


def page_of(row: Any) -> str:
    meta = row._meta
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[row.pk])


def links_on(client: ConsoleClient, address: str) -> set[str]:
    page = client.get(address)
    assert page.status_code == 200, address
    return {link.replace("&amp;", "&") for link in re.findall(r'href="([^"]+)"', page.content.decode())}


def test_leads_both_ways_between_payment_allocation_entry_and_customer(
    world: Actor, console_of: Console
) -> None:
    client = console_of("auditor")
    payment = Payment.objects.get(kind=Payment.Kind.INTERIM)
    allocation = Allocation.objects.get(payment=payment)
    received = Entry.objects.get(source_type="payments.payment", source_id=str(payment.pk))
    applied = Entry.objects.get(source_type="payments.allocation", source_id=str(allocation.pk))
    obligation = allocation.obligation
    account = reverse("admin:customer", args=[payment.customer_id])
    receipt = f"/payments/interim-payments/{payment.number}/receipt?format=pdf"

    links = {
        name: links_on(client, address)
        for name, address in {
            "payment": page_of(payment),
            "allocation": page_of(allocation),
            "received": page_of(received),
            "applied": page_of(applied),
            "obligation": page_of(obligation),
            "account": account,
            "allocations_list": reverse("admin:payments_allocation_changelist"),
        }.items()
    }

    assert {
        page_of(allocation),
        page_of(obligation),
        page_of(received),
        page_of(applied),
        receipt,
        account,
    } <= (links["payment"])
    assert {page_of(payment), page_of(obligation), page_of(applied), receipt, account} <= links["allocation"]
    assert {page_of(payment), page_of(obligation), page_of(allocation)} <= links["allocations_list"]
    assert {page_of(payment), receipt, account} <= links["received"]
    assert {page_of(allocation), page_of(payment), page_of(obligation), receipt, account} <= links["applied"]
    assert {page_of(applied), account} <= links["obligation"]
    assert any("/payments/allocation/?obligation__id__exact=" in link for link in links["obligation"])
    assert {page_of(payment), page_of(obligation), page_of(applied), page_of(received), receipt} <= links[
        "account"
    ]


def test_leads_both_ways_between_case_and_what_it_made(manager: Actor, console_of: Console) -> None:
    fleet = make_fleet(manager)
    case_no = create_case(actor=manager, case_type="DRLNS").case.case_no
    terms = {
        "driver_id": fleet.driver.pk,
        "lease_id": fleet.lease.pk,
        "loan_amount": "1000.00",
        "start_week": next_sunday(manager).isoformat(),
    }
    submit_step(actor=manager, case_no=case_no, step_id="LOAN_ENTER_DETAILS", data=terms)
    case, loan = Case.objects.get(case_no=case_no), DriverLoan.objects.get()
    client = console_of("manager")
    account = reverse("admin:customer", args=[fleet.customer.pk])

    of_case = links_on(client, page_of(case))
    of_loan = links_on(client, page_of(loan))
    of_list = links_on(client, reverse("admin:loans_driverloan_changelist"))
    of_account = links_on(client, account)

    way = find_address(case_no, kind="case")
    assert {page_of(loan), account} <= of_case
    assert {way, account} <= of_loan
    assert account in of_list
    assert {page_of(loan), page_of(case), way} <= of_account
    assert client.get(way)["Location"] == page_of(case)


def test_a_driver_has_the_case_that_is_only_begun(manager: Actor, console_of: Console) -> None:
    fleet = make_fleet(manager)
    begun, other = (create_case(actor=manager, case_type="INTPAY").case.case_no for _ in range(2))
    details = {
        "driver_id": fleet.driver.pk,
        "lease_id": fleet.lease.pk,
        "total_amount": "50.00",
        "payment_method": "Cash",
        "payment_date": today(manager.company).isoformat(),
    }
    submit_step(actor=manager, case_no=begun, step_id="INTPAY-001", data=details)

    links = links_on(console_of("manager"), reverse("admin:customer", args=[fleet.customer.pk]))

    assert page_of(Case.objects.get(case_no=begun)) in links
    assert page_of(Case.objects.get(case_no=other)) not in links


def test_every_entry_leads_to_what_stands_behind_it(world: Actor, console_of: Console) -> None:
    client = console_of("auditor")
    kinds = {entry.source_type: entry for entry in Entry.objects.order_by("pk")}

    without = [
        source_type
        for source_type, entry in kinds.items()
        if "Document" not in client.get(page_of(entry)).content.decode()
    ]

    assert len(kinds) > 6
    assert {each for each in without if not each.startswith("test.")} <= {"ledger.write_off"}


def test_a_reversed_entry_and_its_reversal_lead_to_one_another(world: Actor, console_of: Console) -> None:
    payment = Payment.objects.get(kind=Payment.Kind.INTERIM)
    entry = Entry.objects.get(source_type="payments.payment", source_id=str(payment.pk))
    void_payment(actor=world, payment_id=payment.pk, reason="The check has bounced.")
    reversal = Entry.objects.get(reverses=entry)
    client = console_of("auditor")

    assert page_of(reversal) in links_on(client, page_of(entry))
    assert page_of(entry) in links_on(client, page_of(reversal))


def test_documents_and_directory_lead_to_the_account(world: Actor, console_of: Console) -> None:
    client = console_of("auditor")
    driver = Driver.objects.get(driver_id="DRV-101")
    account = reverse("admin:customer", args=[driver.customer_id])
    tenure: Any = driver.lease_drivers.select_related("lease").get()
    lease = tenure.lease

    for row in (
        driver,
        driver.customer,
        lease,
        lease.medallion,
        lease.vehicle,
        Invoice.objects.get(),
        Dtr.objects.get(),
        DriverLoan.objects.get(),
        Obligation.objects.get(reference_id="LEASE-1"),
    ):
        assert account in links_on(client, page_of(row)), row


def test_lists_lead_to_the_customer_of_each_row(world: Actor, console_of: Console) -> None:
    account = reverse("admin:customer", args=[Driver.objects.get(driver_id="DRV-101").customer_id])
    client = console_of("cashier")

    for table in ("payments_payment", "payments_invoice", "ledger_obligation", "ledger_dtr", "ledger_entry"):
        assert account in links_on(client, reverse(f"admin:{table}_changelist")), table


def test_who_may_not_see_money_is_led_to_none(manager: Actor, console_of: Console) -> None:
    driver = make_fleet(manager).driver

    links = links_on(console_of("administrator"), page_of(driver))

    assert reverse("admin:customer", args=[driver.customer_id]) not in links
    assert page_of(driver.customer) in links


def test_no_page_of_a_row_asks_for_more_than_31_statements(
    world: Actor, console_of: Console, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    client = console_of("manager")
    labels = ("payments.Payment", "payments.Allocation", "ledger.Entry", "ledger.Obligation", "cases.Case")
    models = [model for model in admin.site._registry if model._meta.label in labels]

    for model in models:
        with django_assert_max_num_queries(31):
            client.get(page_of(row_of(model)))
    # Its sections are one statement each; notes, their files and colleagues, and the counts of the menu are the last.
    with django_assert_max_num_queries(30):
        client.get(reverse("admin:customer", args=[Driver.objects.get(driver_id="DRV-101").customer_id]))
    assert len(models) == len(labels)
