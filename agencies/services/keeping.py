"""What a chunk of a file says is kept: each row with its lease and driver, and what it costs as an obligation, at once.

Rule: docs/domain.md#agency-rows, docs/domain.md#agency-charges. A row is written once, as what it became: written as
new, then joined, then charged it would cost three times as much.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any, Final

from django.db import connection

from agencies.models import AgencyImport, AgencyRow
from agencies.rules.fields import CATEGORIES, TRIPS
from agencies.rules.reading import COLUMNS
from agencies.services.joining import WHOSE, as_sets
from batconnect.core.database.rows import as_document, numbered_id, typed_columns
from batconnect.core.database.transactions import joins_transaction
from batconnect.core.kernel.actors import Actor
from ledger import chart
from ledger.chart import Category
from ledger.postings import CHARGE
from ledger.services.journal import post_rows
from ledger.services.sets import CALLERS_PARTS, RowEvents, RowPosting, compose, raised_rows

_OBLIGATION: Final = CALLERS_PARTS[0]
_SAID_COLUMNS: Final = (
    "id",
    "reference",
    "line_no",
    *(name for name in COLUMNS if name not in ("reference", "digest")),
)
# One chunk of an agency at a time: which of its numbers are there does not change meanwhile.
_ALONE: Final = "select pg_advisory_xact_lock(hashtextextended(%s, 18))"
_THERE: Final = """
select reference from agency_rows
where company_id = %s::uuid and kind = %s and agency = %s and reference = any(%s::text[])
"""
_SAID: Final = """
said as materialized (
  select %(kind)s::text as kind, s.* from json_to_recordset(%(said)s::json) as s({typed})
)"""
_SET: Final = """
select r.*, {id} as id from (
  select row_number() over (order by reference) as place, id as row_id, reference as reference_id, customer_id,
    lease_id, %(currency)s::text as currency, amount, day, coalesce(due_date, day) as due_date, '' as case_no,
    left(case when description = '' then kind else description end || ' on ' || day, 200) as told
  from {rows}
) r
"""
# A number that was charged before stays joined: `charging` looks at what it is.
_KEEP: Final = """
insert into agency_rows (company_id, kind, agency, import_id, words, is_late, decided_by, reason, {columns}, state, why,
  lease_id, driver_id, customer_id, charged, obligation_id)
select %(company)s::uuid, %(kind)s::text, %(agency)s::text, %(import)s::uuid, '[]', false, '', '', {values},
  case when w.why <> '' then 'waiting' when {is_done} then 'done' else 'joined' end, w.why,
  case when w.why = '' then w.lease_id end, case when w.why = '' then w.driver_id end, w.customer_id,
  case when w.why = '' and {is_done} then w.amount end, {obligation}
from whose w{charged}
order by w.reference
"""


@joins_transaction
def taken_references(*, actor: Actor, received: AgencyImport, references: Sequence[str]) -> set[str]:
    """Which of the numbers the agency's rows have already; nobody adds any until the transaction ends."""
    name = f"{actor.company_id}{received.kind}{received.agency}"
    with connection.cursor() as cursor:
        cursor.execute(_ALONE, [name])
        cursor.execute(_THERE, [actor.company_id, received.kind, received.agency, list(references)])
        return {reference for (reference,) in cursor.fetchall()}


@joins_transaction
def keep_rows(*, actor: Actor, received: AgencyImport, said: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows whose numbers are not taken (`taken_references`, in this transaction), joined to lease and driver or
    waiting; what joined ones but trips cost is raised with them. A number that was charged already stays joined."""
    if not said:
        return
    values: dict[str, Any] = {
        "agency": received.agency,
        "kind": received.kind,
        "import": received.id,
        "said": as_document(said),
        "zone": actor.company.time_zone,
    }
    with as_sets():
        if received.kind == TRIPS:
            with connection.cursor() as cursor:
                cursor.execute(_trips(), {**values, "company": actor.company_id})
        else:
            values["currency"] = actor.company.base_currency
            post_rows(actor=actor, posting=_charges(received.kind), values=values)


@joins_transaction
def charged_rows(*, kind: str, rows: str) -> RowEvents:
    """The event by which what rows of one kind cost is raised; `rows` is SQL, a part or a selection of its."""
    event = raised_rows(
        name="charged",
        rows=_SET.format(rows=rows, id=numbered_id(_OBLIGATION, "r.place")),
        category=Category(CATEGORIES[kind]),
        source_type=CHARGE,
        source_id="id::text",
        credits=((chart.recovered(CATEGORIES[kind]), "amount"),),
        own_day="day",
        skips_taken=True,
    )
    return replace(event, raises={**event.raises, "description": "told"})


@cache
def _charges(kind: str) -> RowPosting:
    return compose(
        charged_rows(kind=kind, rows="whose where why = '' and amount > 0"),
        before=f"{_said()}, {WHOSE}",
        along={
            "kept": _keep(
                is_done="(c.id is not null or w.amount = 0)",
                obligation="c.id",
                charged=" left join charged c on c.row_id = w.id",
            )
        },
        answer="select count(*) from charged",
    )


@cache
def _trips() -> str:
    return f"with {_said()}, {WHOSE} {_keep(is_done='false', obligation='null::uuid', charged='')}"


def _said() -> str:
    return _SAID.format(typed=typed_columns(AgencyRow, _SAID_COLUMNS))


def _keep(*, is_done: str, obligation: str, charged: str) -> str:
    return _KEEP.format(
        columns=", ".join(_SAID_COLUMNS),
        values=", ".join(f"w.{name}" for name in _SAID_COLUMNS),
        is_done=is_done,
        obligation=obligation,
        charged=charged,
    )
