"""Where the page of a row leads: both ways between customer, case, payment, allocation, entry and receipt.

Keys that a page shows as links already are left out. Every answer is a handful of look-ups by index.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final
from uuid import UUID

from django.apps import apps
from django.db import models
from django.http import HttpRequest
from django.urls import reverse

from batconnect.core.console.base import actor_of, has_permission
from batconnect.core.console.faces.timeline import LATEST, requests_about
from batconnect.core.console.links import Link, LinkGroup
from batconnect.core.kernel.subject import OfCase, find_source, find_subject, subjects_of_cases
from batconnect.core.models import Approval, OutgoingMail
from batconnect.directory.faces import tenures_of
from batconnect.directory.models import Customer, Lease, LeaseDriver, Medallion, Vehicle
from cases.case_page import made_by
from cases.models import Case
from cases.subjects import CASE
from console.addresses import (
    account_address,
    find_address,
    list_of,
    may_see,
    may_see_accounts,
    page_address,
    page_of,
    receipt_address,
    statement_address,
)
from ledger.faces import entries_of_row
from ledger.models import Dtr, DtrLine, Entry, Obligation, Posting
from ledger.postings import DTR, OBLIGATION
from ledger.repayment.kinds import find_kind
from outstanding.models import CustomerPayment, RenewalCase
from payments.credit_memos.postings import CREDIT_REFUND
from payments.models import (
    Allocation,
    CreditMemo,
    CreditRefund,
    Invoice,
    LeaseCorrection,
    Payment,
    Refund,
)
from payments.postings import ALLOCATION, MATCH, PAYMENT, REFUND

LIMIT: Final = 12
"""Links of one kind; a list has the others."""
Groups = Iterator[LinkGroup]


def links_of(request: HttpRequest, row: models.Model) -> list[LinkGroup]:
    """The links of a row's page, among what the request's actor may see."""
    return [group for group in _groups(request, row) if group.links]


def address_of_row(request: HttpRequest, model: type[models.Model], key: object) -> str:
    """The page of a row; a customer's is the account. Empty for what the actor may not see."""
    if model is Customer and may_see_accounts(request):
        return account_address(str(key))
    return page_of(model, key) if may_see(request, model) else ""


def address_of_subject(request: HttpRequest, subject_type: str, subject_id: str) -> str:
    """The page of what an event or a request is about; empty for what has none, or the actor may not see."""
    named = find_source(subject_type)
    if named is None:
        return ""
    subject, source = named
    if not source.named_by and not source.through:
        return address_of_row(request, subject.model_class, subject_id)
    search = subject.search
    if search is None or search.column != source.named_by or not may_see(request, subject.model):
        return ""
    # The search leads on by the number, so that no row is read here.
    return find_address(source.name_in(subject_id), kind=search.kind)


def address_of_case(request: HttpRequest, case_no: str) -> str:
    """The page of the case with this number; empty for a person who may not see cases."""
    return address_of_subject(request, CASE, case_no)


def _groups(request: HttpRequest, row: models.Model) -> Groups:
    customer = row.pk if isinstance(row, Customer) else getattr(row, "customer_id", None)
    if customer is not None and not isinstance(row, Approval | OutgoingMail):
        yield _account(request, row if isinstance(row, Customer) else row.customer)  # type: ignore[attr-defined]  # it has the key
    case_no = getattr(row, "case_no", "")
    if case_no and not isinstance(row, Case) and (address := address_of_case(request, case_no)):
        yield LinkGroup("Case", [Link(case_no, address)])
    yield from _GROUPS.get(type(row), _of_any)(request, row)
    yield _rows(request, "Asked of a second person", requests_about(actor_of(request), row))


def _of_approval(request: HttpRequest, approval: Approval) -> Groups:
    if approval.customer_id is not None:
        yield _account(request, Customer.objects.get(pk=approval.customer_id))
    if address := address_of_subject(request, approval.subject_type, approval.subject_id):
        yield LinkGroup("About", [Link("What it is about", address)])


def _of_mail(request: HttpRequest, mail: OutgoingMail) -> Groups:
    if mail.customer_id is not None:
        yield _account(request, Customer.objects.get(pk=mail.customer_id))


def _of_payment(request: HttpRequest, payment: Payment) -> Groups:
    yield _receipt(request, payment)
    if payment.available > 0 and (address := page_address("workbench", request, payment.pk)):
        yield LinkGroup("Allocate", [Link("Allocate the rest", address)])
    yield _list(
        request, "Applied to", "payments.Allocation", "Its allocations", payment__id__exact=payment.pk
    )
    mine = Posting.objects.filter(company_id=payment.company_id, payment_id=payment.pk).values("entry")
    yield _entries_among(request, payment, Entry.objects.filter(company_id=payment.company_id, id__in=mine))
    renewals = CustomerPayment.objects.filter(company_id=payment.company_id, payment=payment)
    yield _rows(request, "Customer's payment", renewals)


def _of_allocation(request: HttpRequest, allocation: Allocation) -> Groups:
    yield _account(request, allocation.obligation.customer)
    if allocation.payment is not None:
        yield _rows(request, "Payment", [allocation.payment])
    if allocation.memo is not None:
        yield _rows(request, "Credit memo", [allocation.memo])
    yield _rows(request, "Obligation", [allocation.obligation])
    yield _receipt(request, allocation.payment)
    refunds = Refund.objects.filter(
        company_id=allocation.company_id, payment=allocation.payment_id, allocation=allocation
    )
    yield _entries(
        request,
        Entry.objects.filter(
            models.Q(source_type=ALLOCATION, source_id=str(allocation.pk))
            | models.Q(source_type=REFUND, source_id__in=[str(each.pk) for each in refunds]),
            company_id=allocation.company_id,
        ),
    )
    yield _rows(request, "Refunds", refunds)


def _of_refund(request: HttpRequest, refund: Refund) -> Groups:
    yield _account(request, refund.payment.customer)
    yield _rows(request, "Payment", [refund.payment])
    yield _receipt(request, refund.payment)
    yield _entries_of(request, refund, REFUND)


def _of_memo(request: HttpRequest, memo: CreditMemo) -> Groups:
    if memo.obligation is not None:
        yield _rows(request, "Credits", [memo.obligation])
    yield _list(request, "Applied to", "payments.Allocation", "Its allocations", memo__id__exact=memo.pk)
    refunds = CreditRefund.objects.filter(company_id=memo.company_id, memo=memo)
    yield _rows(request, "Refunds", refunds)
    mine = Posting.objects.filter(company_id=memo.company_id, item_id=memo.pk).values("entry")
    yield _entries_among(request, memo, Entry.objects.filter(company_id=memo.company_id, id__in=mine))


def _of_lease_correction(request: HttpRequest, correction: LeaseCorrection) -> Groups:
    yield _rows(request, "Lease", [correction.lease])
    lines = list(correction.lines.select_related("obligation", "memo").order_by("place")[:LIMIT])
    yield _rows(request, "Charged", [each.obligation for each in lines if each.memo is None])
    yield _rows(request, "Credited", [each.memo for each in lines if each.memo is not None])


def _of_credit_refund(request: HttpRequest, refund: CreditRefund) -> Groups:
    yield _account(request, refund.memo.customer)
    yield _rows(request, "Credit memo", [refund.memo])
    yield _entries_of(request, refund, CREDIT_REFUND)


def _of_invoice(request: HttpRequest, invoice: Invoice) -> Groups:
    yield _rows(request, "Obligation", [invoice.obligation])
    yield _list(
        request,
        "Paid by",
        "payments.Allocation",
        "Its allocations",
        obligation__id__exact=invoice.obligation_id,
    )
    yield _credited(request, invoice.obligation)
    yield _entries_of(request, invoice, OBLIGATION, about=invoice.obligation)


def _of_obligation(request: HttpRequest, obligation: Obligation) -> Groups:
    yield _source(request, obligation.source_type, obligation.source_id)
    yield _list(
        request, "Paid by", "payments.Allocation", "Its allocations", obligation__id__exact=obligation.pk
    )
    yield _credited(request, obligation)
    yield _taken(
        request, Entry.objects.filter(postings__obligation=obligation, company_id=obligation.company_id)
    )


def _credited(request: HttpRequest, obligation: Obligation) -> LinkGroup:
    """The credit memos of an item."""
    memos = CreditMemo.objects.filter(company_id=obligation.company_id, obligation=obligation)
    return _rows(request, "Credited by", memos.order_by("number_order"))


def _of_entry(request: HttpRequest, entry: Entry) -> Groups:
    yield _source(request, entry.source_type, entry.source_id)
    mine = Posting.objects.filter(company_id=entry.company_id, entry=entry)
    named = mine.exclude(payment_id=None).values_list("payment_id", flat=True)
    ids = {key for key in named[:LIMIT] if key is not None}
    if entry.source_type not in (PAYMENT, MATCH):
        payments = list(Payment.objects.filter(company_id=entry.company_id, id__in=ids))
        yield _rows(request, "Payment", payments)
        for payment in payments[:1]:
            yield _receipt(request, payment)
    else:
        yield _receipt(
            request, Payment.objects.filter(company_id=entry.company_id, id=entry.source_id).first()
        )
    undone_by = Entry.objects.filter(company_id=entry.company_id, reverses=entry, is_full_reversal=True)
    yield LinkGroup("Undone by", _entries(request, undone_by).links)
    yield _taken(request, Entry.objects.filter(company_id=entry.company_id, pk=entry.pk))


def _of_dtr(request: HttpRequest, dtr: Dtr) -> Groups:
    yield LinkGroup(
        "PDF", [Link(f"{dtr.number} (PDF)", reverse("admin:ledger_dtr_statement", args=[dtr.pk]))]
    )
    yield _rows(request, "Next", Dtr.objects.filter(company_id=dtr.company_id, previous=dtr))
    yield LinkGroup("Paid out by", _entries_of(request, dtr, DTR).links)


def _of_any(request: HttpRequest, row: models.Model) -> Groups:
    """A row that the books know by its key: what it posted; of a repaid document also what is owed."""
    if find_kind(type(row)) is not None:
        yield _list(request, "Owed", "ledger.Obligation", "Posted installments", q=row.number)  # type: ignore[attr-defined]  # a document has one
    subject = find_subject(type(row))
    codes = [source.code for source in subject.sources if not source.named_by and not source.through]
    if codes and hasattr(row, "company_id"):
        yield _entries_of(request, row, *codes)


def _of_case(request: HttpRequest, case: Case) -> Groups:
    parts = [(of_case.word, rows) for of_case, rows in _parts_of(case)]
    customers = {row.customer for _, rows in parts for row in rows if hasattr(row, "customer_id")}
    for customer in customers:
        yield _account(request, customer)
    mails = OutgoingMail.objects.filter(company_id=case.company_id, case_no=case.case_no).order_by("-id")
    yield _rows(request, "Sent mail", mails[:LIMIT])
    for word, rows in parts:
        yield _rows(request, word, rows)
        if isinstance(rows[0], Payment):
            yield _receipt(request, rows[0])
            postings = Posting.objects.filter(company_id=case.company_id, payment_id=rows[0].pk)
            yield _entries(
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


def _of_renewal(request: HttpRequest, renewal: RenewalCase) -> Groups:
    yield _list(
        request,
        "Owed",
        "ledger.Obligation",
        "The customer's obligations",
        customer__id__exact=renewal.customer_id,
    )


def _of_customer(request: HttpRequest, customer: Customer) -> Groups:
    if has_permission(request, "payments.view"):
        statement = statement_address(customer.pk, customer.company.base_currency)
        yield LinkGroup("Statement", [Link("Statement of account (PDF)", statement)])


def _of_lease(request: HttpRequest, lease: Lease) -> Groups:
    yield _drivers(request, tenures_of(lease)[:LIMIT])
    for name, label in (
        ("Owed", "ledger.Obligation"),
        ("Paid", "payments.Payment"),
        ("Weeks", "ledger.Dtr"),
        ("Corrected", "payments.LeaseCorrection"),
    ):
        plural = str(apps.get_model(label)._meta.verbose_name_plural)
        yield _list(request, name, label, f"Its {plural}", lease__id__exact=lease.pk)


def _of_car(request: HttpRequest, row: Vehicle | Medallion) -> Groups:
    mine = {"vehicle": row} if isinstance(row, Vehicle) else {"medallion": row}
    leases = list(Lease.objects.filter(company_id=row.company_id, **mine).order_by("-started_on")[:LIMIT])
    yield _rows(request, "Leases", leases)
    tenures = LeaseDriver.objects.filter(company_id=row.company_id, lease__in=leases)
    yield _drivers(request, tenures.select_related("driver__customer").order_by("-from_on", "-id")[:LIMIT])


def _drivers(request: HttpRequest, recent: Iterable[LeaseDriver]) -> LinkGroup:
    """The drivers' accounts, the latest first, each once."""
    if not may_see_accounts(request):
        return _rows(request, "Drivers", list(dict.fromkeys(each.driver for each in recent)))
    accounts = {str(each.driver): account_address(each.driver.customer_id) for each in recent}
    return LinkGroup("Drivers", [Link(text, address) for text, address in accounts.items()])


def _source(request: HttpRequest, source_type: str, source_id: str) -> LinkGroup:
    """The document behind an event."""
    named = find_source(source_type)
    if named is None or not may_see(request, named[0].model):
        return LinkGroup("Document", [])
    subject, source = named
    rows = subject.model_class._default_manager.filter(**source.lookup(source_id))
    return _rows(request, "Document", rows[:1])


def _taken(request: HttpRequest, entries: models.QuerySet[Entry]) -> LinkGroup:
    """The DTRs that cover the entries."""
    lines = DtrLine.objects.filter(entry__in=entries.values("id")).values("dtr")
    return _rows(request, "DTR", Dtr.objects.filter(id__in=lines).order_by("number_order"))


def _entries_of(
    request: HttpRequest, row: models.Model, *codes: str, about: models.Model | None = None
) -> LinkGroup:
    """What the row posted; or, of what it has read already, what another one did that it is about."""
    company_id: UUID = row.company_id  # type: ignore[attr-defined]  # a tenant's row
    source_id = str((about or row).pk)
    found = Entry.objects.filter(company_id=company_id, source_type__in=codes, source_id=source_id)
    return _entries_among(
        request, row, found, lambda each: each.source_type in codes and each.source_id == source_id
    )


def _entries_among(
    request: HttpRequest,
    row: models.Model,
    found: models.QuerySet[Entry],
    is_found: Callable[[Entry], bool] = lambda each: True,
) -> LinkGroup:
    """Those of the entries about the row, which its timeline reads too; of more than these, looked for."""
    read = entries_of_row(actor_of(request), row)
    if len(read) == LATEST:
        return _entries(request, found)
    oldest = sorted(filter(is_found, read), key=lambda each: (each.posted_at, each.pk))
    return _as_links(request, oldest[:LIMIT])


def _entries(request: HttpRequest, entries: models.QuerySet[Entry]) -> LinkGroup:
    may = may_see(request, "ledger.Entry")
    return _as_links(request, entries.order_by("posted_at", "id")[:LIMIT] if may else ())


def _as_links(request: HttpRequest, entries: Iterable[Entry]) -> LinkGroup:
    may = may_see(request, "ledger.Entry")
    return LinkGroup(
        "Entries", [Link(str(each), page_of("ledger.Entry", each.pk)) for each in entries] if may else []
    )


def _account(request: HttpRequest, customer: Customer) -> LinkGroup:
    links = [Link(customer.name, account_address(customer.pk))] if may_see_accounts(request) else []
    return LinkGroup("Account", links)


def _receipt(request: HttpRequest, payment: Payment | None) -> LinkGroup:
    if payment is None or not may_see(request, "payments.Payment"):
        return LinkGroup("Receipt", [])
    return LinkGroup("Receipt", [Link(f"{payment.receipt_number} (PDF)", receipt_address(payment))])


def _list(request: HttpRequest, name: str, label: str, text: str, **filters: object) -> LinkGroup:
    links = [Link(text, list_of(label, **filters))] if may_see(request, label) else []
    return LinkGroup(name, links)


def _rows(request: HttpRequest, name: str, rows: Sequence[models.Model] | models.QuerySet[Any]) -> LinkGroup:
    return LinkGroup(
        name,
        [Link(str(row), page_of(type(row), row.pk)) for row in rows[:LIMIT] if may_see(request, type(row))],
    )


# Rows that lead to more than what they posted.
_GROUPS: Final[dict[type[models.Model], Callable[[HttpRequest, Any], Groups]]] = {
    Payment: _of_payment,
    Allocation: _of_allocation,
    Refund: _of_refund,
    CreditMemo: _of_memo,
    CreditRefund: _of_credit_refund,
    LeaseCorrection: _of_lease_correction,
    Approval: _of_approval,
    OutgoingMail: _of_mail,
    Invoice: _of_invoice,
    Obligation: _of_obligation,
    Entry: _of_entry,
    Dtr: _of_dtr,
    Case: _of_case,
    RenewalCase: _of_renewal,
    Customer: _of_customer,
    Lease: _of_lease,
    Vehicle: _of_car,
    Medallion: _of_car,
}
