"""Reads of the payments that were started on renewal cases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from django.db.models import F, Min, Q, QuerySet, Sum

from batconnect.core.kernel.actors import Actor
from outstanding.errors import CustomerPaymentNotFound
from outstanding.models import CustomerInstallment, CustomerPayment, CustomerPaymentItem, PaymentSchedule

_LARGEST_ID: Final = 2**63 - 1
# Annotations need names that the model's own fields do not have.
_ROW: Final = {
    "key": F("id"),
    "transaction": F("transaction_id"),
    "state": F("status"),
    "by_mode": F("mode"),
    "total": F("amount"),
    "settled": F("settled_amount"),
    "currency": F("renewal_case__currency"),
    "case_key": F("renewal_case_id"),
    "case_number": F("renewal_case__case__case_no"),
    "money_key": F("payment_id"),
    "money_number": F("payment__number"),
    "why_failed": F("failure_reason"),
    "remarks": F("notes"),
    "automatic": F("is_automatic"),
    "begun_on": F("initiated_on"),
    "ended_on": F("finished_on"),
    "made_at": F("created_at"),
    "made_by": F("actor"),
}


def payment_rows(*, company_id: UUID) -> QuerySet[CustomerPayment, Any]:
    """The payments as dicts, to be filtered and paged."""
    return CustomerPayment.objects.filter(company_id=company_id).values(**_ROW)


def find_payment(*, actor: Actor, payment: str) -> tuple[Mapping[str, Any], Sequence[Mapping[str, Any]]]:
    """The payment by integer id or transaction id, and the rows that it is for, oldest first; four statements.

    Needs `outstanding.view`. Raises CustomerPaymentNotFound (404).
    """
    actor.require("outstanding.view")
    text = payment.strip()
    named = Q(transaction_id=text.upper()[:40])
    if text.isascii() and text.isdecimal():
        named = Q(id=min(int(text[:20]), _LARGEST_ID))
    row = payment_rows(company_id=actor.company_id).filter(named).first()
    if row is None:
        raise CustomerPaymentNotFound(f"There is no payment {text[:40]}.")
    return row, _items(actor, row["key"])


def _items(actor: Actor, key: int) -> Sequence[Mapping[str, Any]]:
    here = {"company_id": actor.company_id}
    items = list(
        CustomerPaymentItem.objects.filter(**here, customer_payment=key)
        .values("row_id")
        .annotate(paid=Sum("amount"), first=Min("place"))
        .order_by("first")
    )
    keys = [each["row_id"] for each in items]
    named = dict(CustomerInstallment.objects.filter(**here, id__in=keys).values_list("id", "period"))
    if len(named) < len(keys):
        planned = PaymentSchedule.objects.filter(**here, id__in=keys).select_related("plan")
        named |= {each.pk: f"Payment plan {each.number} of {each.plan.installment_count}" for each in planned}
    return [
        {"id": each["row_id"], "period": named.get(each["row_id"], ""), "amount": each["paid"]}
        for each in items
    ]
