"""Figures over many payments."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Count, Q, Sum, Value
from django.db.models.functions import Coalesce

from batconnect.core.database.transactions import reads
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.money import ZERO, MoneyField
from payments.models import Payment
from payments.rules.methods import method_label


@dataclass(frozen=True, slots=True)
class MethodTotal:
    """The payments of one method and currency: `received` = `applied` + `refunded` + `unallocated` + `came_back`.

    Those that came back in part are among them; `voided` ones and those that came back wholly are not. `returned` is
    what came back of all.
    """

    method: str
    currency: str
    count: int
    received: Decimal
    refunded: Decimal
    unallocated: Decimal
    voided: Decimal
    returned: Decimal
    came_back: Decimal

    @property
    def label(self) -> str:
        """The method as people read it."""
        return method_label(self.method)

    @property
    def applied(self) -> Decimal:
        """The cash that pays debts, net of refunds."""
        return self.received - self.refunded - self.unallocated - self.came_back


@reads
def payment_report(*, actor: Actor, first: date, last: date) -> list[MethodTotal]:
    """The payments dated from the first to the last day, by method and currency; one statement.

    Needs `payments.view`.
    """
    actor.require("payments.view")
    posted = Q(status=Payment.Status.POSTED)
    rows = (
        Payment.objects.filter(company_id=actor.company_id, payment_date__gte=first, payment_date__lte=last)
        .values("method", "currency")
        .annotate(
            count=Count("id", filter=posted),
            received=_total("amount", posted),
            paid_back=_total("refunded", posted),
            left=_total("unallocated", posted),
            undone=_total("amount", Q(status=Payment.Status.VOIDED)),
            taken_back=_total("amount", Q(status=Payment.Status.RETURNED)),
            taken_in_part=_total("returned", posted),
        )
        .order_by("currency", "method")
    )
    return [
        MethodTotal(
            method=row["method"],
            currency=row["currency"],
            count=row["count"],
            received=row["received"],
            refunded=row["paid_back"],
            unallocated=row["left"],
            voided=row["undone"],
            returned=row["taken_back"] + row["taken_in_part"],
            came_back=row["taken_in_part"],
        )
        for row in rows
    ]


def _total(column: str, condition: Q) -> Coalesce:
    return Coalesce(Sum(column, filter=condition), Value(ZERO), output_field=MoneyField())
