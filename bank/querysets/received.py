"""What was received, deposited and is at the bank, by day and method (docs/domain.md#received-deposited)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.db import connection

from batconnect.core.kernel.actors import Actor

# Each posting of a cash account is one of five; what a slip moved reaches the bank in its shares of cash and checks.
RECEIVED: Final = r"""
with moved as (
  select e.effective_on as day, e.currency, split_part(a.code, ':', 2) as method,
    case e.source_type
      when 'payments.payment' then 'received'
      when 'bank.drawer_session' then 'over_short'
      when 'bank.deposit_slip' then 'deposited'
      when 'bank.explanation' then 'direct'
      when 'bank.cut_over' then 'direct'
      else 'other' end as what,
    p.amount
  from ledger_postings p
  join ledger_accounts a on a.company_id = p.company_id and a.id = p.account_id and a.code like 'cash:%%'
  join ledger_entries e on e.company_id = p.company_id and e.id = p.entry_id
  where p.company_id = %(company)s::uuid and e.effective_on <= %(last)s::date
    and (%(currency)s = '' or e.currency = %(currency)s)
), met as (
  select e.effective_on as day, e.currency, share.method, 'slip' as what,
    -sign(p.amount) * share.amount as amount
  from ledger_postings p
  join ledger_accounts a on a.company_id = p.company_id and a.id = p.account_id
    and a.code like 'deposits\_in\_transit:%%'
  join ledger_entries e on e.company_id = p.company_id and e.id = p.entry_id and e.source_type = 'bank.explanation'
  join bank_deposit_slips s on s.company_id = p.company_id and s.id = p.item_id
  cross join lateral (values ('cash', s.cash), ('check', s.checks)) as share(method, amount)
  where p.company_id = %(company)s::uuid and e.effective_on <= %(last)s::date and share.amount <> 0
    and (%(currency)s = '' or e.currency = %(currency)s)
), days as (
  select day, currency, method,
    coalesce(sum(amount) filter (where what = 'received'), 0.00) as received,
    coalesce(sum(amount) filter (where what = 'other'), 0.00) as other,
    coalesce(sum(amount) filter (where what = 'over_short'), 0.00) as over_short,
    coalesce(-sum(amount) filter (where what in ('deposited', 'direct')), 0.00) as deposited,
    coalesce(sum(case what when 'slip' then amount when 'direct' then -amount else 0 end), 0.00) as at_bank,
    coalesce(sum(amount) filter (where what <> 'slip'), 0.00) as stays
  from (select * from moved union all select * from met) moves
  group by day, currency, method
), running as (
  select days.*,
    sum(stays) over so_far as here,
    sum(deposited - at_bank) over so_far as in_transit
  from days window so_far as (partition by currency, method order by day)
)
select day, currency, method, received, other, over_short, deposited, at_bank, here, in_transit
from running where day >= %(first)s::date and (%(method)s = '' or method = %(method)s)
"""


@dataclass(frozen=True, slots=True)
class ReceivedRow:
    """A day of a method: received (less what was voided), `other` (paid out of it, opened, …), counted over or short,
    deposited, seen at the bank; and what was `here` and `in_transit` at its end."""

    day: date
    currency: str
    method: str
    received: Decimal
    other: Decimal
    over_short: Decimal
    deposited: Decimal
    at_bank: Decimal
    here: Decimal
    in_transit: Decimal


def received_values(
    *, actor: Actor, first: date, last: date, currency: str = "", method: str = ""
) -> dict[str, Any]:
    """The values of the statement."""
    return {
        "company": actor.company_id,
        "first": first,
        "last": last,
        "currency": currency,
        "method": method,
    }


def received_deposited(
    *, actor: Actor, first: date, last: date, currency: str = "", method: str = ""
) -> list[ReceivedRow]:
    """The days of the period on which anything moved, by currency and method; one statement."""
    values = received_values(actor=actor, first=first, last=last, currency=currency, method=method)
    with connection.cursor() as cursor:
        cursor.execute(f"{RECEIVED} order by currency, day, method", values)
        rows = cursor.fetchall()
    return [ReceivedRow(*row) for row in rows]
