"""Reads of batches, payouts, accounts of payees and what came back; they write nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.money import ZERO, MoneyField
from ledger.paying.models import (
    PayeeAccount,
    PayeeHold,
    PayingAccount,
    Payout,
    PayoutBatch,
    PayoutDownload,
    PayoutFile,
    PayoutItem,
    PayoutOrder,
    PayoutReturn,
)

# What became of the payouts of batches: each DTR's payment out, by the attempt that the batch paid.
_PROGRESS: Final = """
select p.batch_id, count(*) filter (where x.status = 'cleared'), count(*) filter (where x.status = 'in_transit'),
  count(*) filter (where i.state = 'returned')
from payouts p
join payout_items i on i.company_id = p.company_id and i.payout_id = p.id
left join disbursements x on x.company_id = i.company_id and x.source_type = 'ledger.dtr'
  and x.source_id = case when i.attempt = 1 then i.dtr_id::text else i.dtr_id || '/' || i.attempt end
where p.company_id = %(company)s::uuid and p.batch_id = any(%(batches)s::uuid[])
group by p.batch_id
"""


@dataclass(frozen=True, slots=True)
class Progress:
    """Of the DTRs that a batch covers: how many the bank has shown, how many are on their way, how many came back."""

    cleared: int = 0
    in_transit: int = 0
    returned: int = 0


def progress_of(*, company_id: UUID, batch_ids: Iterable[UUID]) -> dict[UUID, Progress]:
    """How far batches are at the bank, by their ids, in one statement."""
    with connection.cursor() as cursor:
        cursor.execute(_PROGRESS, {"company": company_id, "batches": list(batch_ids)})
        return {key: Progress(*counts) for key, *counts in cursor.fetchall()}


def stage_of(batch: PayoutBatch, progress: Progress) -> str:
    """The status of a batch; `settled` once the bank has shown all of it that did not come back."""
    is_settled = batch.status == PayoutBatch.Status.SENT and not progress.in_transit and progress.cleared
    return "settled" if is_settled else str(batch.status)


def batches(*, actor: Actor) -> QuerySet[PayoutBatch]:
    """The company's batches with their bank accounts."""
    return PayoutBatch.objects.filter(company_id=actor.company_id).select_related("bank_account")


def payouts(*, actor: Actor) -> QuerySet[Payout]:
    """The company's payouts with what they cover."""
    rows = Payout.objects.filter(company_id=actor.company_id).select_related("batch", "account")
    return rows.prefetch_related("items__dtr", "items__deductions__order").defer("account__account_number")


def accounts(*, actor: Actor) -> QuerySet[PayeeAccount]:
    """The company's accounts of payees, without their numbers."""
    rows = PayeeAccount.objects.filter(company_id=actor.company_id).select_related("customer")
    return rows.defer("account_number")


def holds(*, actor: Actor) -> QuerySet[PayeeHold]:
    """Who is and was on hold."""
    return PayeeHold.objects.filter(company_id=actor.company_id).select_related("customer")


def orders(*, actor: Actor) -> QuerySet[PayoutOrder]:
    """The company's orders on payouts, each with what payouts that are reserved or sent have `kept` for it."""
    counts = Q(deductions__item__state__in=(PayoutItem.State.RESERVED, PayoutItem.State.SENT))
    kept = Coalesce(Sum("deductions__amount", filter=counts), ZERO, output_field=MoneyField())
    rows = PayoutOrder.objects.filter(company_id=actor.company_id).select_related("customer")
    return rows.annotate(kept=kept)


def returns(*, actor: Actor) -> QuerySet[PayoutReturn]:
    """What came back, with its payout."""
    return PayoutReturn.objects.filter(company_id=actor.company_id).select_related("payout__batch")


def paying_accounts(*, actor: Actor) -> QuerySet[PayingAccount]:
    """How bank accounts pay, without the number of the account that is debited."""
    rows = PayingAccount.objects.filter(company_id=actor.company_id).select_related("bank_account")
    return rows.defer("offset_number")


def file_of(*, batch: PayoutBatch) -> PayoutFile | None:
    """The file of a batch, without its content."""
    rows = PayoutFile.objects.filter(company_id=batch.company_id, batch=batch.id)
    return rows.defer("content").first()


def downloads_of(*, batch: PayoutBatch) -> list[PayoutDownload]:
    """Who took the file, in order."""
    return list(PayoutDownload.objects.filter(company_id=batch.company_id, batch=batch.id).order_by("id"))


@dataclass(frozen=True, slots=True)
class Waiting:
    """A payment out of a payout that is in transit."""

    disbursement_id: UUID
    customer_id: UUID
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Together:
    """Payments out that a bank may show as one amount: all of a batch that is in transit, or one payout of several
    DTRs; `reference` is the batch's number, or the payout's own."""

    title: str
    reference: str
    currency: str
    sent_on: date
    amount: Decimal
    items: tuple[Waiting, ...]


_IN_TRANSIT: Final = """
select b.id as batch_id, b.number, p.id as payout_id, p.payee, p.reference, b.currency, b.sent_on,
  x.id as paid_id, x.customer_id, x.amount
from payout_batches b
join payouts p on p.company_id = b.company_id and p.batch_id = b.id
join payout_items i on i.company_id = p.company_id and i.payout_id = p.id and i.state = 'sent'
join disbursements x on x.company_id = i.company_id and x.source_type = 'ledger.dtr' and x.status = 'in_transit'
  and x.source_id = case when i.attempt = 1 then i.dtr_id::text else i.dtr_id || '/' || i.attempt end
where b.company_id = %(company)s::uuid and b.status = 'sent'
"""
_OF_BATCHES: Final = f"{_IN_TRANSIT} and b.id = any(%(batches)s::uuid[]) order by p.place, x.id"
# A line of one item is found by that item; here are those of more.
_TOGETHER: Final = f"""
with waiting as ({_IN_TRANSIT} and b.sent_on between %(first)s::date and %(last)s::date)
select max(number), max(number), max(currency), max(sent_on), sum(amount),
  array_agg(paid_id::text order by paid_id), array_agg(customer_id::text order by paid_id),
  array_agg(amount order by paid_id)
from waiting group by batch_id having count(*) > 1 and sum(amount) = any(%(amounts)s::numeric[])
union all
select 'the payout to ' || max(payee), max(reference), max(currency), max(sent_on), sum(amount),
  array_agg(paid_id::text order by paid_id), array_agg(customer_id::text order by paid_id),
  array_agg(amount order by paid_id)
from waiting w
where exists (select 1 from waiting o where o.batch_id = w.batch_id and o.payout_id <> w.payout_id)
group by payout_id having count(*) > 1 and sum(amount) = any(%(amounts)s::numeric[])
order by 4 desc, 1
"""  # noqa: S608 - fixed texts of this file


def waiting_of(*, actor: Actor, batch_ids: Iterable[UUID]) -> dict[UUID, list[Waiting]]:
    """What of batches is in transit, by their ids, in one statement."""
    found: dict[UUID, list[Waiting]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_OF_BATCHES, {"company": actor.company_id, "batches": list(batch_ids)})
        for batch_id, *_, paid_id, customer_id, amount in cursor.fetchall():
            found.setdefault(batch_id, []).append(Waiting(paid_id, customer_id, amount))
    return found


def find_together(
    *, actor: Actor, amounts: Iterable[Decimal], sent_from: date, sent_to: date
) -> list[Together]:
    """Batches that were sent in those days, and payouts of several DTRs, whose sum in transit is one of the amounts."""
    values: dict[str, Any] = {
        "company": actor.company_id,
        "amounts": list(amounts),
        "first": sent_from,
        "last": sent_to,
    }
    with connection.cursor() as cursor:
        cursor.execute(_TOGETHER, values)
        return [
            Together(title, reference, currency, sent_on, total, tuple(map(_waiting, ids, customers, sums)))
            for title, reference, currency, sent_on, total, ids, customers, sums in cursor.fetchall()
        ]


def _waiting(paid_id: str, customer_id: str, amount: Decimal) -> Waiting:
    return Waiting(UUID(paid_id), UUID(customer_id), amount)
