"""Where the books lead: what is owed, entries, DTRs, and any row that has posted something."""

from __future__ import annotations

from django.db import models
from django.http import HttpRequest
from django.urls import reverse

from batconnect.core.console.links import Link, LinkGroup
from batconnect.core.kernel.subject import find_subject
from console.related.groups import (
    LIMIT,
    Groups,
    document_behind,
    dtrs_of,
    entries_of,
    entry_links,
    list_link,
    receipt_link,
    row_links,
)
from ledger.models import Dtr, Entry, Obligation, Posting
from ledger.postings import DTR
from ledger.repayment.kinds import find_kind
from payments.models import (
    CreditMemo,
    Payment,
)
from payments.postings import MATCH, PAYMENT


def of_obligation(request: HttpRequest, obligation: Obligation) -> Groups:
    """What raised it, what paid and what credited it, the DTR that covers it."""
    yield document_behind(request, obligation.source_type, obligation.source_id)
    yield list_link(
        request, "Paid by", "payments.Allocation", "Its allocations", obligation__id__exact=obligation.pk
    )
    yield credited_by(request, obligation)
    yield dtrs_of(
        request, Entry.objects.filter(postings__obligation=obligation, company_id=obligation.company_id)
    )


def credited_by(request: HttpRequest, obligation: Obligation) -> LinkGroup:
    """The credit memos of an item."""
    memos = CreditMemo.objects.filter(company_id=obligation.company_id, obligation=obligation)
    return row_links(request, "Credited by", memos.order_by("number_order"))


def of_entry(request: HttpRequest, entry: Entry) -> Groups:
    """What it is about, its payment, what undid it, the DTR that covers it."""
    yield document_behind(request, entry.source_type, entry.source_id)
    mine = Posting.objects.filter(company_id=entry.company_id, entry=entry)
    named = mine.exclude(payment_id=None).values_list("payment_id", flat=True)
    ids = {key for key in named[:LIMIT] if key is not None}
    if entry.source_type not in (PAYMENT, MATCH):
        payments = list(Payment.objects.filter(company_id=entry.company_id, id__in=ids))
        yield row_links(request, "Payment", payments)
        for payment in payments[:1]:
            yield receipt_link(request, payment)
    else:
        yield receipt_link(
            request, Payment.objects.filter(company_id=entry.company_id, id=entry.source_id).first()
        )
    undone_by = Entry.objects.filter(company_id=entry.company_id, reverses=entry, is_full_reversal=True)
    yield LinkGroup("Undone by", entry_links(request, undone_by).links)
    yield dtrs_of(request, Entry.objects.filter(company_id=entry.company_id, pk=entry.pk))


def of_dtr(request: HttpRequest, dtr: Dtr) -> Groups:
    """Its PDF, the report after it, what paid it out."""
    yield LinkGroup(
        "PDF", [Link(f"{dtr.number} (PDF)", reverse("admin:ledger_dtr_statement", args=[dtr.pk]))]
    )
    yield row_links(request, "Next", Dtr.objects.filter(company_id=dtr.company_id, previous=dtr))
    yield LinkGroup("Paid out by", entries_of(request, dtr, DTR).links)


def of_any(request: HttpRequest, row: models.Model) -> Groups:
    """A row that the books know by its key: what it posted; of a repaid document also what is owed."""
    if find_kind(type(row)) is not None:
        yield list_link(request, "Owed", "ledger.Obligation", "Posted installments", q=row.number)  # type: ignore[attr-defined]  # a document has one
    subject = find_subject(type(row))
    codes = [source.code for source in subject.sources if not source.named_by and not source.through]
    if codes and hasattr(row, "company_id"):
        yield entries_of(request, row, *codes)
