"""Groups of links that several kinds of rows lead to, and the addresses of rows, for whom they are open."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final
from uuid import UUID

from django.db import models
from django.http import HttpRequest

from batconnect.core.console.base import actor_of
from batconnect.core.console.faces.timeline import LATEST
from batconnect.core.console.links import Link, LinkGroup
from batconnect.core.kernel.subject import find_source
from batconnect.directory.models import Customer
from cases.subjects import CASE
from console.addresses import (
    account_address,
    find_address,
    list_of,
    may_see,
    may_see_accounts,
    page_of,
    receipt_address,
)
from ledger.faces import entries_of_row
from ledger.models import Dtr, DtrLine, Entry
from payments.models import (
    Payment,
)

LIMIT: Final = 12
"""Links of one kind; a list has the others."""
Groups = Iterator[LinkGroup]


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


def document_behind(request: HttpRequest, source_type: str, source_id: str) -> LinkGroup:
    """The document behind an event."""
    named = find_source(source_type)
    if named is None or not may_see(request, named[0].model):
        return LinkGroup("Document", [])
    subject, source = named
    rows = subject.model_class._default_manager.filter(**source.lookup(source_id))
    return row_links(request, "Document", rows[:1])


def dtrs_of(request: HttpRequest, entries: models.QuerySet[Entry]) -> LinkGroup:
    """The DTRs that cover the entries."""
    lines = DtrLine.objects.filter(entry__in=entries.values("id")).values("dtr")
    return row_links(request, "DTR", Dtr.objects.filter(id__in=lines).order_by("number_order"))


def entries_of(
    request: HttpRequest, row: models.Model, *codes: str, about: models.Model | None = None
) -> LinkGroup:
    """What the row has posted under these names; or another one that it is about."""
    company_id: UUID = row.company_id  # type: ignore[attr-defined]  # a tenant's row
    source_id = str((about or row).pk)
    found = Entry.objects.filter(company_id=company_id, source_type__in=codes, source_id=source_id)
    return entries_among(
        request, row, found, lambda each: each.source_type in codes and each.source_id == source_id
    )


def entries_among(
    request: HttpRequest,
    row: models.Model,
    found: models.QuerySet[Entry],
    is_found: Callable[[Entry], bool] = lambda each: True,
) -> LinkGroup:
    """Those of the entries about the row, which its timeline reads too; of more than these, looked for."""
    read = entries_of_row(actor_of(request), row)
    if len(read) == LATEST:
        return entry_links(request, found)
    oldest = sorted(filter(is_found, read), key=lambda each: (each.posted_at, each.pk))
    return _as_links(request, oldest[:LIMIT])


def entry_links(request: HttpRequest, entries: models.QuerySet[Entry]) -> LinkGroup:
    """These entries, the oldest first."""
    may = may_see(request, "ledger.Entry")
    return _as_links(request, entries.order_by("posted_at", "id")[:LIMIT] if may else ())


def _as_links(request: HttpRequest, entries: Iterable[Entry]) -> LinkGroup:
    may = may_see(request, "ledger.Entry")
    return LinkGroup(
        "Entries", [Link(str(each), page_of("ledger.Entry", each.pk)) for each in entries] if may else []
    )


def account_link(request: HttpRequest, customer: Customer) -> LinkGroup:
    """The customer's account."""
    links = [Link(customer.name, account_address(customer.pk))] if may_see_accounts(request) else []
    return LinkGroup("Account", links)


def receipt_link(request: HttpRequest, payment: Payment | None) -> LinkGroup:
    """The receipt of a payment, if there is one."""
    if payment is None or not may_see(request, "payments.Payment"):
        return LinkGroup("Receipt", [])
    return LinkGroup("Receipt", [Link(f"{payment.receipt_number} (PDF)", receipt_address(payment))])


def list_link(request: HttpRequest, name: str, label: str, text: str, **filters: object) -> LinkGroup:
    """The list of a table with these filters."""
    links = [Link(text, list_of(label, **filters))] if may_see(request, label) else []
    return LinkGroup(name, links)


def row_links(
    request: HttpRequest, name: str, rows: Sequence[models.Model] | models.QuerySet[Any]
) -> LinkGroup:
    """The pages of these rows, under their own names."""
    return LinkGroup(
        name,
        [Link(str(row), page_of(type(row), row.pk)) for row in rows[:LIMIT] if may_see(request, type(row))],
    )
