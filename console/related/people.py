"""Where people and what they work on lead: customers, leases, cars, cases, renewals, requests and mails."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.apps import apps
from django.http import HttpRequest

from batconnect.core.console.base import has_permission
from batconnect.core.console.links import Link, LinkGroup
from batconnect.core.kernel.subject import OfCase, subjects_of_cases
from batconnect.core.models import Approval, OutgoingMail
from batconnect.directory.faces import tenures_of
from batconnect.directory.models import Customer, Lease, LeaseDriver, Medallion, Vehicle
from cases.case_page import made_by
from cases.models import Case
from console.addresses import (
    account_address,
    may_see_accounts,
    statement_address,
)
from console.related.groups import (
    LIMIT,
    Groups,
    account_link,
    address_of_subject,
    entry_links,
    list_link,
    receipt_link,
    row_links,
)
from ledger.models import Entry, Posting
from outstanding.models import RenewalCase
from payments.models import (
    Payment,
)


def of_approval(request: HttpRequest, approval: Approval) -> Groups:
    """Whom and what it is about."""
    if approval.customer_id is not None:
        yield account_link(request, Customer.objects.get(pk=approval.customer_id))
    if address := address_of_subject(request, approval.subject_type, approval.subject_id):
        yield LinkGroup("About", [Link("What it is about", address)])


def of_mail(request: HttpRequest, mail: OutgoingMail) -> Groups:
    """To whom it went."""
    if mail.customer_id is not None:
        yield account_link(request, Customer.objects.get(pk=mail.customer_id))


def of_case(request: HttpRequest, case: Case) -> Groups:
    """Whom it is about, its mails, what it has and has made."""
    parts = [(of_case.word, rows) for of_case, rows in _parts_of(case)]
    customers = {row.customer for _, rows in parts for row in rows if hasattr(row, "customer_id")}
    for customer in customers:
        yield account_link(request, customer)
    mails = OutgoingMail.objects.filter(company_id=case.company_id, case_no=case.case_no).order_by("-id")
    yield row_links(request, "Sent mail", mails[:LIMIT])
    for word, rows in parts:
        yield row_links(request, word, rows)
        if isinstance(rows[0], Payment):
            yield receipt_link(request, rows[0])
            postings = Posting.objects.filter(company_id=case.company_id, payment_id=rows[0].pk)
            yield entry_links(
                request, Entry.objects.filter(company_id=case.company_id, id__in=postings.values("entry"))
            )


def _parts_of(case: Case) -> Iterator[tuple[OfCase, list[Any]]]:
    """What the case has and has made, by table; tables without any such row are left out."""
    made: dict[str, list[str]] = {}
    for each in made_by(case)[: 4 * LIMIT]:
        made.setdefault(each.entity, []).append(each.entity_id)
    for subject, of_case in subjects_of_cases():
        model = subject.model_class
        if of_case.entity and of_case.entity not in made:
            continue
        rows: Any = model._default_manager.filter(company_id=case.company_id)
        if hasattr(model, "customer"):
            rows = rows.select_related("customer")
        wanted = {f"{of_case.named_by}__in": made[of_case.entity]} if of_case.entity else {"case": case}
        if found := list(rows.filter(**wanted)):
            yield of_case, found


def of_renewal(request: HttpRequest, renewal: RenewalCase) -> Groups:
    """What its customer owes."""
    yield list_link(
        request,
        "Owed",
        "ledger.Obligation",
        "The customer's obligations",
        customer__id__exact=renewal.customer_id,
    )


def of_customer(request: HttpRequest, customer: Customer) -> Groups:
    """The statement of account."""
    if has_permission(request, "payments.view"):
        statement = statement_address(customer.pk, customer.company.base_currency)
        yield LinkGroup("Statement", [Link("Statement of account (PDF)", statement)])


def of_lease(request: HttpRequest, lease: Lease) -> Groups:
    """Its drivers, and what is owed, paid, settled and corrected on it."""
    yield _drivers(request, tenures_of(lease)[:LIMIT])
    for name, label in (
        ("Owed", "ledger.Obligation"),
        ("Paid", "payments.Payment"),
        ("Weeks", "ledger.Dtr"),
        ("Corrected", "payments.LeaseCorrection"),
    ):
        plural = str(apps.get_model(label)._meta.verbose_name_plural)
        yield list_link(request, name, label, f"Its {plural}", lease__id__exact=lease.pk)


def of_car(request: HttpRequest, row: Vehicle | Medallion) -> Groups:
    """The leases of a vehicle or a medallion, and who drove."""
    mine = {"vehicle": row} if isinstance(row, Vehicle) else {"medallion": row}
    leases = list(Lease.objects.filter(company_id=row.company_id, **mine).order_by("-started_on")[:LIMIT])
    yield row_links(request, "Leases", leases)
    tenures = LeaseDriver.objects.filter(company_id=row.company_id, lease__in=leases)
    yield _drivers(request, tenures.select_related("driver__customer").order_by("-from_on", "-id")[:LIMIT])


def _drivers(request: HttpRequest, recent: Iterable[LeaseDriver]) -> LinkGroup:
    """The drivers' accounts, the latest first, each once."""
    if not may_see_accounts(request):
        return row_links(request, "Drivers", list(dict.fromkeys(each.driver for each in recent)))
    accounts = {str(each.driver): account_address(each.driver.customer_id) for each in recent}
    return LinkGroup("Drivers", [Link(text, address) for text, address in accounts.items()])
