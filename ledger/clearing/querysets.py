"""Reads of what is held for others and of what has not been deposited."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.db import connection
from django.db.models import QuerySet

from batconnect.core.kernel.actors import Actor
from ledger.clearing.models import DepositMove, ProcessorDeposit, Remittance, SecurityDeposit

_HELD: Final = """
select a.code, a.name, coalesce(-sum(p.amount), 0.00) as held
from ledger_accounts a left join ledger_postings p on p.company_id = a.company_id and p.account_id = a.id
where a.company_id = %(company)s::uuid and a.currency = %(currency)s
  and (a.code like 'taxes\\_held:%%' or a.code = 'tax_payable')
group by a.code, a.name order by a.code
"""
# What was credited by week, less what deposits have cleared: the oldest first.
CLEARING: Final = """
with moved as (
  select e.effective_on as day, a.currency, p.amount
  from ledger_postings p
  join ledger_accounts a on a.company_id = p.company_id and a.id = p.account_id and a.code = 'earnings_clearing'
  join ledger_entries e on e.company_id = p.company_id and e.id = p.entry_id
  where p.company_id = %(company)s::uuid and e.effective_on <= %(as_of)s::date
), cleared as (
  select currency, -sum(amount) as total from moved where amount < 0 group by currency
), earned as (
  select day, currency, sum(amount) as amount from moved where amount > 0 group by day, currency
), running as (
  select day, currency, amount, sum(amount) over (partition by currency order by day) as until from earned
)
select r.currency, r.day, r.amount as earned,
  least(r.amount, greatest(r.until - coalesce(c.total, 0), 0.00)) as remains,
  (%(as_of)s::date - r.day) as age
from running r left join cleared c on c.currency = r.currency
where r.until > coalesce(c.total, 0) and (%(currency)s = '' or r.currency = %(currency)s)
"""
"""What of the earnings, by the day they are effective, no deposit has cleared, by age."""


@dataclass(frozen=True, slots=True)
class HeldTax:
    """What is held on an account of taxes."""

    account: str
    name: str
    held: Decimal


@dataclass(frozen=True, slots=True)
class Undeposited:
    """Earnings of a day that no deposit has cleared."""

    currency: str
    day: date
    earned: Decimal
    remains: Decimal
    age: int


def held_taxes(*, actor: Actor, currency: str) -> list[HeldTax]:
    """What is held on every account of taxes in the currency; below zero where more was credited than raised."""
    with connection.cursor() as cursor:
        cursor.execute(_HELD, {"company": actor.company_id, "currency": currency})
        return [HeldTax(*row) for row in cursor.fetchall()]


def undeposited(*, actor: Actor, as_of: date, currency: str) -> list[Undeposited]:
    """Earnings that no processor's deposit has cleared, the oldest first."""
    values: dict[str, Any] = {"company": actor.company_id, "as_of": as_of, "currency": currency}
    with connection.cursor() as cursor:
        cursor.execute(f"{CLEARING} order by r.currency, r.day", values)
        return [Undeposited(*row) for row in cursor.fetchall()]


def remittances(*, actor: Actor) -> QuerySet[Any, Any]:
    """The company's remittances as dicts."""
    return Remittance.objects.filter(company_id=actor.company_id).values(
        *("id", "account", "payee", "currency", "amount", "period", "paid_on", "method", "reference"),
        *("status", "created_by", "created_at"),
    )


def deposits(*, actor: Actor) -> QuerySet[Any, Any]:
    """The security deposits as dicts."""
    return SecurityDeposit.objects.filter(company_id=actor.company_id).values(
        *("id", "lease_id", "lease__lease_id", "customer_id", "customer__name", "currency", "held"),
    )


def moves_of(*, actor: Actor, deposit_id: Any) -> list[dict[str, Any]]:
    """What happened to the deposit, the latest first."""
    rows = DepositMove.objects.filter(company_id=actor.company_id, deposit=deposit_id).order_by("-id")
    return list(
        rows.values(
            *("id", "kind", "amount", "payment_id", "obligation_id", "entry_id", "is_voided", "reason"),
            *("made_by", "created_at"),
        )
    )


def processor_deposits(*, actor: Actor) -> QuerySet[Any, Any]:
    """The processors' deposits as dicts."""
    return ProcessorDeposit.objects.filter(company_id=actor.company_id).values(
        *("id", "processor", "currency", "gross", "fee", "net", "deposited_on", "report", "receipt_id"),
        *("status", "created_by", "created_at"),
    )
