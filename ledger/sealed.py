"""What of the ledger is sealed: each entry with its postings (docs/seals.md#what-is-sealed)."""

from __future__ import annotations

from typing import Any, Final

from django.db import connection

from batconnect.core.kernel.actors import Actor
from batconnect.core.sealing.documents import Period
from batconnect.core.sealing.kinds import SealedKind, instant_sql

_POSTINGS: Final = (
    "(select jsonb_agg(jsonb_build_array(p.line, p.id, p.currency, a.code, p.subledger, p.amount::text,"
    " p.obligation_id, p.payment_id, p.item_id) order by p.line)"
    " from ledger_postings p join ledger_accounts a on a.company_id = p.company_id and a.id = p.account_id"
    " where p.company_id = r.company_id and p.entry_id = r.id)"
)
ENTRY: Final = SealedKind(
    name="entry",
    table="ledger_entries",
    content=(
        f"jsonb_build_array('entry', r.id, r.currency, r.effective_on, {instant_sql('r.posted_at')}, r.event,"
        " r.source_type, r.source_id, r.customer_id, r.lease_id, r.reverses_id, r.is_full_reversal, r.line_count,"
        " r.case_no, r.reason, r.operation_id, r.approval_id, r.created_by_id, r.actor, r.request_id,"
        f" {_POSTINGS})"
    ),
    dated="r.posted_at",
)
_OF_SEALS: Final = """
from seals l
join sealed_rows w on w.company_id = l.company_id and w.seal_id = l.id and w.kind = 'entry'
join ledger_entries e on e.company_id = w.company_id and e.id = w.row_id
where l.company_id = %s::uuid and l.number between %s and %s
"""


def sealed_sources(*, actor: Actor, period: Period, source_type: str) -> list[str]:
    """The ids of the sources of that type whose entries the period's seals cover, in order."""
    statement = f"select distinct e.source_id {_OF_SEALS} and e.source_type = %s order by 1"
    rows = _rows(statement, [actor.company_id, period.first, period.last, source_type])
    return [source for (source,) in rows]


def sealed_customers(*, actor: Actor, period: Period) -> list[tuple[str, str]]:
    """The customers, with the currency, that entries in the period's seals are of."""
    columns = "select distinct e.customer_id::text, e.currency::text"
    statement = f"{columns} {_OF_SEALS} and e.customer_id is not null order by 1, 2"
    return _rows(statement, [actor.company_id, period.first, period.last])


def _rows(statement: str, values: list[Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()
