"""Paying out what DTRs say is due to drivers: each once (DOMAIN 3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

from django.db import transaction

from batconnect.core.actors import Actor
from batconnect.core.audit import audit_event
from batconnect.core.clock import now, today
from batconnect.core.errors import FieldError, InvalidInput
from batconnect.core.money import ZERO
from batconnect.core.rows import Change
from ledger.postings import DTR, dtr_paid_out
from ledger.services.dates import require_book_date
from ledger.services.journal import post_entries
from ledger.settlement.errors import DtrNotFound, DtrPaid, NothingDue
from ledger.settlement.models import Dtr

MOST_AT_ONCE: Final = 1_000
_SHOWN: Final = 20
_PAY: Final = """
update dtrs d set status = 'Paid', paid_on = %s::date, paid_at = %s::timestamptz, paid_by = %s, payment_method = %s,
  payment_reference = p.reference
from unnest(%s::uuid[], %s::text[]) as p(id, reference)
where d.company_id = %s::uuid and d.id = p.id
"""


@transaction.atomic
def pay_dtrs(
    *,
    actor: Actor,
    numbers: Sequence[str],
    method: str,
    paid_on: date | None = None,
    reference_number: str = "",
    references: Mapping[str, str] | None = None,
) -> list[Dtr]:
    """Pay out what the DTRs owe their drivers, all or none, in one statement; each DTR once in its life.

    `method` is `ach` or `check`, `paid_on` the company's today unless given; `references` are single ones by number
    where they differ from `reference_number`. Needs `ledger.pay_out`. Raises DtrNotFound (404), DtrPaid and NothingDue
    (409) naming the DTRs, InvalidInput for the day: in the future, closed, before the DTR was made.
    """
    actor.require("ledger.pay_out")
    if not 1 <= len(numbers) <= MOST_AT_ONCE:
        raise InvalidInput(
            f"Name 1 to {MOST_AT_ONCE:,} DTRs; there are {len(numbers):,}.", field="dtr_numbers"
        )
    day = paid_on or today(actor.company)
    require_book_date(actor=actor, day=day, field="paid_on")
    found = list(
        Dtr.objects.filter(company_id=actor.company_id, number__in=set(numbers))
        .order_by("id")
        .select_for_update(no_key=True)
    )
    _require_payable(actor, found, numbers, day)
    named = references or {}
    paid_at = now()
    for dtr in found:
        dtr.status = Dtr.Status.PAID
        dtr.paid_on, dtr.paid_at, dtr.paid_by = day, paid_at, actor.name
        dtr.payment_method = method
        dtr.payment_reference = named.get(dtr.number, reference_number)
    drafts = [
        dtr_paid_out(
            dtr_id=dtr.id,
            method=method,
            amount=dtr.due_to_driver,
            currency=dtr.currency,
            on=day,
            customer_id=dtr.customer_id,
            lease_id=dtr.lease_id,
            reason=dtr.payment_reference,
        )
        for dtr in found
    ]
    trail = [
        audit_event(
            actor=actor,
            action="ledger.pay_out",
            subject_type=DTR,
            subject_id=dtr.id,
            details={"number": dtr.number, "amount": str(dtr.due_to_driver), "method": method},
        )
        for dtr in found
    ]
    values = [day, paid_at, actor.name, method, [dtr.id for dtr in found]]
    values += [[dtr.payment_reference for dtr in found], actor.company_id]
    post_entries(actor=actor, drafts=drafts, rows=[trail], changes=[Change(_PAY, values)])
    return sorted(found, key=lambda dtr: dtr.number_order)


def payable_numbers(*, actor: Actor, week: date) -> list[str]:
    """The DTRs of the week that wait for their payout."""
    rows = Dtr.objects.filter(
        company_id=actor.company_id, week=week, status=Dtr.Status.FINALIZED, due_to_driver__gt=ZERO
    )
    return list(rows.order_by("number_order").values_list("number", flat=True))


def _require_payable(actor: Actor, found: Sequence[Dtr], numbers: Sequence[str], day: date) -> None:
    there = {dtr.number for dtr in found}
    if missing := [number for number in numbers if number not in there]:
        raise DtrNotFound(f"There is no DTR {', '.join(each[:24] for each in missing[:_SHOWN])}.")
    if paid := [dtr for dtr in found if dtr.status == Dtr.Status.PAID]:
        told = ", ".join(f"{dtr.number} on {dtr.paid_on}" for dtr in paid[:_SHOWN])
        raise DtrPaid(f"Paid out already: {told}.")
    if nothing := [dtr.number for dtr in found if dtr.due_to_driver <= 0]:
        raise NothingDue(f"Nothing is due to the driver on {', '.join(nothing[:_SHOWN])}.")
    first = max(dtr.settled_on for dtr in found)
    if day < first:
        message = f"{day} lies before {first}, the day on which the week was settled."
        raise InvalidInput(message, errors=[FieldError("paid_on", message)])
