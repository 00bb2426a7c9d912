"""To whom a row that waits may belong: leases and drivers that something of it points at.

Rule: docs/domain.md#agency-desk.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db import connection

from agencies.models import AgencyRow
from batconnect.core.database.transactions import reads
from batconnect.core.kernel.actors import Actor
from batconnect.directory.models import Driver, Lease

_LIMIT: Final = 5
_FOLDED: Final = "upper(regexp_replace({column}, '[^0-9A-Za-z]', '', 'g'))"
# Each kind of pointer with its weight; the nearest driver of the lease by day comes with it.
_PROPOSED: Final = f"""
with r as (
  select id, day, kind, plate, tag, medallion, license from agency_rows
  where company_id = %(company)s::uuid and id = any(%(rows)s::uuid[])
), pointed as (
  select r.id as row_id, r.day, l.id as lease_id, 'vehicle ' || v.plate_no as what, 1 as rank
  from r join vehicles v on v.company_id = %(company)s::uuid and r.plate <> ''
    and {_FOLDED.format(column="v.plate_no")} = r.plate
  join leases l on l.company_id = %(company)s::uuid and l.vehicle_id = v.id
  union all
  select r.id, r.day, l.id, k.mark || ' ' || k.text, 1
  from r join agency_known_vehicles k on k.company_id = %(company)s::uuid
    and (k.mark = 'plate' and k.text = r.plate or k.mark = 'tag' and k.text = r.tag)
  join leases l on l.company_id = %(company)s::uuid and l.vehicle_id = k.vehicle_id
  union all
  select r.id, r.day, l.id, 'medallion ' || m.medallion_no, 1
  from r join medallions m on m.company_id = %(company)s::uuid and r.medallion <> ''
    and {_FOLDED.format(column="m.medallion_no")} = r.medallion
  join leases l on l.company_id = %(company)s::uuid and l.medallion_id = m.id
  union all
  select r.id, r.day, ld.lease_id, 'license ' || d.tlc_license, 2
  from r join drivers d on d.company_id = %(company)s::uuid and r.license <> ''
    and ltrim({_FOLDED.format(column="d.tlc_license")}, '0') = r.license
  join lease_drivers ld on ld.company_id = %(company)s::uuid and ld.driver_id = d.id
  union all
  select r.id, r.day, o.lease_id, 'other rows with the same tag', 3
  from r join agency_rows o on o.company_id = %(company)s::uuid and o.tag <> '' and o.tag = r.tag
    and o.day between r.day - 31 and r.day + 31 and o.state = 'done'
  union all
  select r.id, r.day, o.lease_id, 'other rows with the same plate', 3
  from r join agency_rows o on o.company_id = %(company)s::uuid and o.plate <> '' and o.plate = r.plate
    and o.day between r.day - 31 and r.day + 31 and o.state = 'done'
), drove as (
  select p.row_id, p.lease_id, ld.driver_id, p.what, p.rank,
    case when ld.from_on <= p.day and (ld.until_on is null or ld.until_on >= p.day) then 0
      else least(abs(ld.from_on - p.day), abs(coalesce(ld.until_on, p.day) - p.day)) end as distance,
    case when ld.role = 'Primary' then 0 else 1 end as role
  from pointed p
  join lease_drivers ld on ld.company_id = %(company)s::uuid and ld.lease_id = p.lease_id
), best as (
  select row_id, lease_id, driver_id, min(what) as what, min(distance) as distance, min(rank) as rank, min(role) as role
  from drove group by row_id, lease_id, driver_id
), ranked as (
  select *, row_number() over (partition by row_id order by distance, rank, role, lease_id, driver_id) as place
  from best
)
select row_id, lease_id, driver_id, what, distance from ranked where place <= %(most)s::int order by row_id, place
"""  # noqa: S608 - fixed text


@dataclass(frozen=True, slots=True)
class Proposal:
    """A lease with a driver, and what points at them."""

    lease: Lease
    driver: Driver
    because: str


@reads
def propose_for(*, actor: Actor, rows: Sequence[AgencyRow]) -> dict[UUID, list[Proposal]]:
    """To whom rows that wait may belong, the nearest by day first, at most five each."""
    waiting = [row.id for row in rows if row.state == AgencyRow.State.WAITING]
    if not waiting:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_PROPOSED, {"company": actor.company_id, "rows": waiting, "most": _LIMIT})
        found = cursor.fetchall()
    leases = Lease.objects.filter(company_id=actor.company_id).in_bulk({each[1] for each in found})
    drivers = (
        Driver.objects.select_related("customer")
        .filter(company_id=actor.company_id)
        .in_bulk({each[2] for each in found})
    )
    proposals: dict[UUID, list[Proposal]] = {}
    for row_id, lease_id, driver_id, what, distance in found:
        when = "that day" if distance == 0 else f"{distance} days from it"
        because = f"{what}, on the lease {when}"
        proposals.setdefault(row_id, []).append(Proposal(leases[lease_id], drivers[driver_id], because))
    return proposals
