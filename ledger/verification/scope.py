"""What an incremental verification looks at: the entries of the seals behind the last verified one and what they touch.

A statement of a check has places for these texts, `{new}` at the front of its `with` and conditions where its rows are
chosen; empty in all of them it reads the whole ledger. Rule: docs/domain.md#verification.
"""

from __future__ import annotations

from typing import Final

_SEALED: Final = """{name} as materialized (
  select w.row_id as id from seals l
  join sealed_rows w on w.company_id = l.company_id and w.seal_id = l.id
  where l.company_id = %(company)s::uuid and l.number > %(after)s::int and l.number <= %(upto)s::int
    and w.kind = '{kind}')"""
_TOUCHED: Final = """{name} as materialized (
  select distinct p.{column} as id from new_entries n
  join ledger_postings p on p.company_id = %(company)s::uuid and p.entry_id = n.id
  where p.{column} is not null)"""
NEW_ENTRIES: Final = _SEALED.format(name="new_entries", kind="entry")
NEW_ALLOCATIONS: Final = _SEALED.format(name="new_allocations", kind="allocation")
OBLIGATIONS: Final = f"{NEW_ENTRIES}, {_TOUCHED.format(name='touched_obligations', column='obligation_id')}"
PAYMENTS: Final = f"{NEW_ENTRIES}, {_TOUCHED.format(name='touched_payments', column='payment_id')}"
DAYS: Final = f"""{NEW_ENTRIES}, days as materialized (
  select min((e.posted_at at time zone 'UTC')::date) as first, max((e.posted_at at time zone 'UTC')::date) as last
  from new_entries n join ledger_entries e on e.company_id = %(company)s::uuid and e.id = n.id)"""  # noqa: S608 - fixed texts


def among(column: str, table: str) -> str:
    """SQL: the condition that the column is of those rows."""
    return f"and {column} in (select id from {table})"  # noqa: S608 - fixed texts
