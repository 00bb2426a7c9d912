"""Where the page of a row leads: both ways between customer, case, payment, allocation, entry and receipt.

Keys that a page shows as links already are left out. Every answer is a handful of look-ups by index.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from django.db import models
from django.http import HttpRequest

from batconnect.core.console.base import actor_of
from batconnect.core.console.faces.timeline import requests_about
from batconnect.core.console.links import Link, LinkGroup
from batconnect.core.models import Approval, OutgoingMail
from batconnect.directory.models import Customer, Lease, Medallion, Vehicle
from cases.models import Case
from console.related.books import of_any, of_dtr, of_entry, of_obligation
from console.related.groups import (
    Groups,
    account_link,
    address_of_case,
    address_of_row,
    address_of_subject,
    row_links,
)
from console.related.money import (
    of_allocation,
    of_credit_refund,
    of_invoice,
    of_lease_correction,
    of_memo,
    of_payment,
    of_refund,
)
from console.related.people import of_approval, of_car, of_case, of_customer, of_lease, of_mail, of_renewal
from ledger.models import Dtr, Entry, Obligation
from outstanding.models import RenewalCase
from payments.models import (
    Allocation,
    CreditMemo,
    CreditRefund,
    Invoice,
    LeaseCorrection,
    Payment,
    Refund,
)

__all__ = ["address_of_case", "address_of_row", "address_of_subject", "links_of"]


def links_of(request: HttpRequest, row: models.Model) -> list[LinkGroup]:
    """The links of a row's page, among what the request's actor may see."""
    return [group for group in _groups(request, row) if group.links]


def _groups(request: HttpRequest, row: models.Model) -> Groups:
    customer = row.pk if isinstance(row, Customer) else getattr(row, "customer_id", None)
    if customer is not None and not isinstance(row, Approval | OutgoingMail):
        yield account_link(request, row if isinstance(row, Customer) else row.customer)  # type: ignore[attr-defined]  # it has the key
    case_no = getattr(row, "case_no", "")
    if case_no and not isinstance(row, Case) and (address := address_of_case(request, case_no)):
        yield LinkGroup("Case", [Link(case_no, address)])
    yield from _GROUPS.get(type(row), of_any)(request, row)
    yield row_links(request, "Asked of a second person", requests_about(actor_of(request), row))


# Rows that lead to more than what they posted.
_GROUPS: Final[dict[type[models.Model], Callable[[HttpRequest, Any], Groups]]] = {
    Payment: of_payment,
    Allocation: of_allocation,
    Refund: of_refund,
    CreditMemo: of_memo,
    CreditRefund: of_credit_refund,
    LeaseCorrection: of_lease_correction,
    Approval: of_approval,
    OutgoingMail: of_mail,
    Invoice: of_invoice,
    Obligation: of_obligation,
    Entry: of_entry,
    Dtr: of_dtr,
    Case: of_case,
    RenewalCase: of_renewal,
    Customer: of_customer,
    Lease: of_lease,
    Vehicle: of_car,
    Medallion: of_car,
}
