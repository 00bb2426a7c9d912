"""Where money leads: payments, what they were applied to, what was paid back, credits and invoices."""

from __future__ import annotations

from django.db import models
from django.http import HttpRequest

from batconnect.core.console.links import Link, LinkGroup
from console.addresses import (
    page_address,
)
from console.related.books import credited_by
from console.related.groups import (
    LIMIT,
    Groups,
    account_link,
    entries_among,
    entries_of,
    entry_links,
    list_link,
    receipt_link,
    row_links,
)
from ledger.models import Entry, Posting
from ledger.postings import OBLIGATION
from outstanding.models import CustomerPayment
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
from payments.postings import ALLOCATION, REFUND


def of_payment(request: HttpRequest, payment: Payment) -> Groups:
    """Receipt, what it was applied to, entries, what the customer started."""
    yield receipt_link(request, payment)
    if payment.available > 0 and (address := page_address("workbench", request, payment.pk)):
        yield LinkGroup("Allocate", [Link("Allocate the rest", address)])
    yield list_link(
        request, "Applied to", "payments.Allocation", "Its allocations", payment__id__exact=payment.pk
    )
    mine = Posting.objects.filter(company_id=payment.company_id, payment_id=payment.pk).values("entry")
    yield entries_among(request, payment, Entry.objects.filter(company_id=payment.company_id, id__in=mine))
    renewals = CustomerPayment.objects.filter(company_id=payment.company_id, payment=payment)
    yield row_links(request, "Customer's payment", renewals)


def of_allocation(request: HttpRequest, allocation: Allocation) -> Groups:
    """Who owed, what paid it, what it paid, what was paid back of it."""
    yield account_link(request, allocation.obligation.customer)
    if allocation.payment is not None:
        yield row_links(request, "Payment", [allocation.payment])
    if allocation.memo is not None:
        yield row_links(request, "Credit memo", [allocation.memo])
    yield row_links(request, "Obligation", [allocation.obligation])
    yield receipt_link(request, allocation.payment)
    refunds = Refund.objects.filter(
        company_id=allocation.company_id, payment=allocation.payment_id, allocation=allocation
    )
    yield entry_links(
        request,
        Entry.objects.filter(
            models.Q(source_type=ALLOCATION, source_id=str(allocation.pk))
            | models.Q(source_type=REFUND, source_id__in=[str(each.pk) for each in refunds]),
            company_id=allocation.company_id,
        ),
    )
    yield row_links(request, "Refunds", refunds)


def of_refund(request: HttpRequest, refund: Refund) -> Groups:
    """The payment that it is of, and its entry."""
    yield account_link(request, refund.payment.customer)
    yield row_links(request, "Payment", [refund.payment])
    yield receipt_link(request, refund.payment)
    yield entries_of(request, refund, REFUND)


def of_memo(request: HttpRequest, memo: CreditMemo) -> Groups:
    """What it credits, where it went, what was paid back of it."""
    if memo.obligation is not None:
        yield row_links(request, "Credits", [memo.obligation])
    yield list_link(request, "Applied to", "payments.Allocation", "Its allocations", memo__id__exact=memo.pk)
    refunds = CreditRefund.objects.filter(company_id=memo.company_id, memo=memo)
    yield row_links(request, "Refunds", refunds)
    mine = Posting.objects.filter(company_id=memo.company_id, item_id=memo.pk).values("entry")
    yield entries_among(request, memo, Entry.objects.filter(company_id=memo.company_id, id__in=mine))


def of_lease_correction(request: HttpRequest, correction: LeaseCorrection) -> Groups:
    """The lease, what was charged and what was credited."""
    yield row_links(request, "Lease", [correction.lease])
    lines = list(correction.lines.select_related("obligation", "memo").order_by("place")[:LIMIT])
    yield row_links(request, "Charged", [each.obligation for each in lines if each.memo is None])
    yield row_links(request, "Credited", [each.memo for each in lines if each.memo is not None])


def of_credit_refund(request: HttpRequest, refund: CreditRefund) -> Groups:
    """The credit that it is of, and its entry."""
    yield account_link(request, refund.memo.customer)
    yield row_links(request, "Credit memo", [refund.memo])
    yield entries_of(request, refund, CREDIT_REFUND)


def of_invoice(request: HttpRequest, invoice: Invoice) -> Groups:
    """What is owed on it, what paid and what credited it."""
    yield row_links(request, "Obligation", [invoice.obligation])
    yield list_link(
        request,
        "Paid by",
        "payments.Allocation",
        "Its allocations",
        obligation__id__exact=invoice.obligation_id,
    )
    yield credited_by(request, invoice.obligation)
    yield entries_of(request, invoice, OBLIGATION, about=invoice.obligation)
