"""What of the cash accounts may have been at the bank on the day of a cut-over (docs/domain.md#bank-cut-over)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db import connection

from batconnect.core.database.transactions import reads
from batconnect.core.kernel.actors import Actor
from ledger import chart

CASH: Final = "cash"
# Payments whose money nobody has seen at the bank, by what their receipts debited; also those that came back since, for
# their money had come.
_PAYMENTS: Final = """
select 'payment', p.id, p.number, coalesce(c.name, ''), p.payment_date, w.code, p.amount, p.customer_id, p.lease_id
from payments p
join customers c on c.company_id = p.company_id and c.id = p.customer_id
join ledger_entries e on e.company_id = p.company_id and e.source_type = 'payments.payment'
  and e.event = 'payment_received' and e.source_id = p.id::text
cross join lateral (
  select a.code from ledger_postings g join ledger_accounts a on a.company_id = g.company_id and a.id = g.account_id
  where g.company_id = e.company_id and g.entry_id = e.id and g.amount > 0 and a.code like 'cash:%%'
) w
where p.company_id = %(company)s::uuid and p.currency = %(currency)s and p.payment_date <= %(day)s::date
  and p.status in ('posted', 'returned') and p.at_bank_id is null and not p.is_opening
  and p.method = any(%(methods)s::text[])
"""
# Whatever else stands on these accounts and is neither undone nor at the bank: payouts and receipts from before there
# were bank accounts, and what the opening put there.
_ENTRIES: Final = """
select 'entry', e.id, replace(e.event, '_', ' '), e.reason, e.effective_on, a.code, sum(p.amount), e.customer_id,
  e.lease_id
from ledger_accounts a
join ledger_postings p on p.company_id = a.company_id and p.account_id = a.id
join ledger_entries e on e.company_id = p.company_id and e.id = p.entry_id
where a.company_id = %(company)s::uuid and a.currency = %(currency)s and a.code = any(%(codes)s::text[])
  and e.effective_on <= %(day)s::date and not e.is_full_reversal
  and e.source_type not in ('payments.payment', 'bank.explanation', 'bank.deposit_slip', 'bank.cut_over')
  and not exists (select from ledger_entries r
    where r.company_id = e.company_id and r.reverses_id = e.id and r.is_full_reversal)
  and not exists (select from bank_cut_over_items i
    where i.company_id = e.company_id and i.source_entry_id = e.id and i.is_live)
  and not exists (select from bank_explanations x
    where x.company_id = e.company_id and e.source_type = 'ledger.opening_line' and x.kind = 'opened'
      and x.status = 'live' and x.source_id = e.source_id)
group by e.company_id, e.id, a.code having sum(p.amount) <> 0
"""
_ALL: Final = f"{_PAYMENTS} union all {_ENTRIES}"
_COUNT: Final = f"select count(*) from ({_ALL}) there"  # noqa: S608 - fixed text
_PAGE: Final = f"""
select * from ({_ALL}) there(kind, id, name, note, day, account_code, amount, customer_id, lease_id)
where %(after_day)s::date is null
  or (day, id, account_code) > (%(after_day)s::date, %(after_id)s::uuid, %(after_code)s::text)
order by day, id, account_code limit %(limit)s offset %(offset)s
"""  # noqa: S608 - fixed text


MAY_BE_ORDER: Final = ("day", "id", "account_code")
_AFTER: Final = ("after_day", "after_id", "after_code")


@dataclass(frozen=True, slots=True)
class MayBeThere:
    """Something on a cash account: `amount` is what the bank has of it, below zero for what was paid out."""

    kind: str
    id: UUID
    name: str
    note: str
    day: date
    account_code: str
    amount: Decimal
    customer_id: UUID | None
    lease_id: int | None


@reads
def may_be_at_bank(
    *,
    actor: Actor,
    currency: str,
    day: date,
    methods: Sequence[str],
    limit: int | None = None,
    offset: int = 0,
    after: Sequence[Any] = (),
) -> list[MayBeThere]:
    """What cash of these methods holds from up to this day, the oldest first. One statement.

    `after` is day, id and account code (`MAY_BE_ORDER`) of what was the last of the page before.

    Of cash itself the payments alone, from whichever drawer took them: what was paid out in cash left the drawer.
    """
    values = {**_values(actor, currency, day, methods), "limit": limit, "offset": offset}
    values |= dict(zip(_AFTER, after or (None, None, None), strict=True))
    with connection.cursor() as cursor:
        cursor.execute(_PAGE, values)
        return [MayBeThere(*row) for row in cursor.fetchall()]


@reads
def count_may_be_at_bank(*, actor: Actor, currency: str, day: date, methods: Sequence[str]) -> int:
    """How many there are. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, _values(actor, currency, day, methods))
        return int(cursor.fetchone()[0])


def _values(actor: Actor, currency: str, day: date, methods: Sequence[str]) -> dict[str, Any]:
    return {
        "company": actor.company_id,
        "currency": currency,
        "day": day,
        "methods": list(methods),
        "codes": [chart.cash(each) for each in methods if each != CASH],
    }
