"""Who has what rows name their customer by: one statement for all rows of a chunk (docs/domain.md#batches)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final
from uuid import UUID

from django.db import connection

from batconnect.core.database.transactions import reads
from batconnect.core.kernel.actors import Actor
from batconnect.directory.search_keys import folded
from payments.batches.rules.naming import ENTITY, Holder, Named, Register, numbers_without_zeros

_LONGEST: Final = 200
# By the folded keys that the search goes by, since row security lets an index serve no `upper(…)`; whether a text is
# the same but for case is compared afterwards. Arrays keep each step a look-up by key, however little the planner knows
# of how many were found. A lease is its drivers', each in their time.
_HOLDERS: Final = f"""
with found as materialized (
  select distinct k.kind, k.target from search_keys k
  where k.company_id = %(company)s::uuid and k.kind in ('customer', 'driver', 'lease', 'medallion')
    and k.key = any(array(select {folded("w")} from unnest(%(texts)s::text[]) w where {folded("w")} <> ''))
), customer as materialized (
  select c.id, c.external_reference, c.name from customers c
  where c.company_id = %(company)s::uuid
    and c.id = any(array(select target::uuid from found where kind = 'customer'))
), driver as materialized (
  select d.driver_id, d.tlc_license, d.customer_id from drivers d
  where d.company_id = %(company)s::uuid
    and d.id = any(array(select target::bigint from found where kind = 'driver'))
), lease as materialized (
  select 'lease' as kind, l.lease_id as text, l.id, l.started_on, l.ended_on from leases l
  where l.company_id = %(company)s::uuid
    and l.id = any(array(select target::bigint from found where kind = 'lease'))
  union all
  select 'medallion', m.medallion_no, l.id, l.started_on, l.ended_on from medallions m
  join leases l on l.company_id = m.company_id and l.medallion_id = m.id
  where m.company_id = %(company)s::uuid
    and m.id = any(array(select target::bigint from found where kind = 'medallion'))
), holder as materialized (
  select '{ENTITY}' as kind, c.id::text as text, c.id as customer_id, true as is_primary, null::date as from_on,
    null::date as until_on
  from customers c where c.company_id = %(company)s::uuid and c.id = any(%(ids)s::uuid[])
  union all
  select 'customer_reference', external_reference, id, true, null, null from customer
  where external_reference is not null
  union all
  select 'name', name, id, true, null, null from customer
  union all
  select 'driver', driver_id, customer_id, true, null, null from driver
  union all
  select 'license', tlc_license, customer_id, true, null, null from driver
  union all
  select 'license', tlc_license, customer_id, true, null, null from drivers
  where %(numbers)s::text[] <> '{{}}' and company_id = %(company)s::uuid
    and ltrim(tlc_license, '0') = any(%(numbers)s::text[])
  union all
  select l.kind, l.text, d.customer_id, ld.role = 'Primary', greatest(ld.from_on, l.started_on),
    least(ld.until_on, l.ended_on)
  from lease l
  join lease_drivers ld on ld.company_id = %(company)s::uuid and ld.lease_id = l.id
    and ld.until_on >= ld.from_on is not false
  join drivers d on d.company_id = ld.company_id and d.id = ld.driver_id
), named as materialized (
  select c.id, c.name from customers c
  where c.company_id = %(company)s::uuid and c.id = any(array(select customer_id from holder))
)
select distinct h.kind, h.text, h.customer_id, n.name, h.is_primary, h.from_on, h.until_on
from holder h join named n on n.id = h.customer_id
"""  # noqa: S608 - fixed text


@reads
def read_register(*, actor: Actor, named: Iterable[Named]) -> Register:
    """Everybody in the company who has one of the identifiers that the rows name; one statement."""
    texts = {text[:_LONGEST] for row in named for _, text in row}
    if not texts:
        return Register()
    with connection.cursor() as cursor:
        cursor.execute(
            _HOLDERS,
            {
                "company": actor.company_id,
                "texts": sorted(texts),
                "ids": sorted(_ids(texts)),
                "numbers": numbers_without_zeros(texts),
            },
        )
        return Register(Holder(*row) for row in cursor.fetchall())


def _ids(texts: Iterable[str]) -> set[UUID]:
    """Those of the texts that are ids."""
    ids = set()
    for text in texts:
        try:
            ids.add(UUID(text))
        except ValueError:
            continue
    return ids
