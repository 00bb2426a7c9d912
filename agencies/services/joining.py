"""Who it was: rows are joined by plate, tag, medallion or license and day to a lease and its driver.

Rule: docs/domain.md#agency-joins. One statement finds the lease and the driver of a whole chunk; what is not certain
waits at the desk with its reason.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from django.db import connection

_FOLDED: Final = "upper(regexp_replace({column}, '[^0-9A-Za-z]', '', 'g'))"
# Which vehicle had a plate when: by the trail of the directory. Its first vehicle had it before it was entered, too.
_PLATES: Final = f"""
plates as materialized (
  select p.plate, p.vehicle_id,
    case when p.began = min(p.began) over (partition by p.plate) then '-infinity'::timestamptz else p.began end
      as began, p.ended
  from (
    select {_FOLDED.format(column="h.plate_no")} as plate, h.pgh_obj_id as vehicle_id, h.pgh_created_at as began,
      coalesce(lead(h.pgh_created_at) over (partition by h.pgh_obj_id order by h.pgh_id), 'infinity'::timestamptz)
        as ended
    from vehicles_history h where h.company_id = %(company)s::uuid
  ) p
)"""  # noqa: S608 - fixed text
# SQL about a lease `l` on the row's day.
_LASTS: Final = "l.started_on <= r.day and (l.ended_on is null or l.ended_on >= r.day)"
_DRIVES: Final = "ld.from_on <= r.day and (ld.until_on is null or ld.until_on >= r.day)"
_NAMES: Final = """
id, kind, day, plate, tag, medallion, license,
    (day - extract(dow from day)::int)::timestamp at time zone %(zone)s as week_begins,
    (day - extract(dow from day)::int + 7)::timestamp at time zone %(zone)s as week_ends"""
_JUDGED: Final = f"""
{_PLATES}, marks as materialized (
  select r.id as row_id, k.vehicle_id, k.mark
  from r join agency_known_vehicles k on k.company_id = %(company)s::uuid and k.mark = 'plate' and k.text = r.plate
    and k.from_on <= r.day and (k.until_on is null or k.until_on >= r.day)
  union all
  select r.id, k.vehicle_id, k.mark
  from r join agency_known_vehicles k on k.company_id = %(company)s::uuid and k.mark = 'tag' and k.text = r.tag
    and k.from_on <= r.day and (k.until_on is null or k.until_on >= r.day)
), vehicle as materialized (
  select row_id, vehicle_id, mark from marks
  union
  select r.id, p.vehicle_id, 'plate'
  from r join plates p on p.plate = r.plate and p.began < r.week_ends and p.ended > r.week_begins
  where r.plate <> '' and not exists (select from marks m where m.row_id = r.id and m.mark = 'plate')
), hood as materialized (
  select r.id as row_id, m.id as medallion_id
  from r join medallions m on m.company_id = %(company)s::uuid
    and {_FOLDED.format(column="m.medallion_no")} = r.medallion
  where r.medallion <> ''
), person as materialized (
  select r.id as row_id, d.id as driver_id
  from r join drivers d on d.company_id = %(company)s::uuid
    and ltrim({_FOLDED.format(column="d.tlc_license")}, '0') = r.license
  where r.license <> ''
), by_vehicle as materialized (
  select distinct v.row_id, l.id as lease_id
  from vehicle v join r on r.id = v.row_id
  join leases l on l.company_id = %(company)s::uuid and l.vehicle_id = v.vehicle_id and {_LASTS}
), by_hood as materialized (
  select h.row_id, l.id as lease_id
  from hood h join r on r.id = h.row_id
  join leases l on l.company_id = %(company)s::uuid and l.medallion_id = h.medallion_id and {_LASTS}
), cab as materialized (
  select row_id, lease_id from by_vehicle b where not exists (select from hood h where h.row_id = b.row_id)
  union
  select row_id, lease_id from by_hood b where not exists (select from vehicle v where v.row_id = b.row_id)
  union
  (select row_id, lease_id from by_vehicle intersect select row_id, lease_id from by_hood)
), known as materialized (
  select r.id as row_id, r.license <> '' as names_driver, r.kind = 'trips' as is_trip,
    r.plate <> '' or r.tag <> '' or r.medallion <> '' as names_cab,
    coalesce(v.vehicles, 0) as vehicles, coalesce(v.by_plate, 0) as by_plate, coalesce(h.hoods, 0) as hoods,
    coalesce(p.persons, 0) as persons, l.row_id is not null as was_leased, coalesce(c.cabs, 0) as cabs
  from r
  left join (
    select row_id, count(distinct vehicle_id) as vehicles,
      count(distinct vehicle_id) filter (where mark = 'plate') as by_plate
    from vehicle group by row_id
  ) v on v.row_id = r.id
  left join (select row_id, count(*) as hoods from hood group by row_id) h on h.row_id = r.id
  left join (select row_id, count(*) as persons from person group by row_id) p on p.row_id = r.id
  left join (select row_id from by_vehicle union select row_id from by_hood) l on l.row_id = r.id
  left join (select row_id, count(*) as cabs from cab group by row_id) c on c.row_id = r.id
), candidates as materialized (
  select r.id as row_id, ld.lease_id, ld.driver_id
  from r join known k on k.row_id = r.id
  join person p on p.row_id = r.id
  join lease_drivers ld on ld.company_id = %(company)s::uuid and ld.driver_id = p.driver_id and {_DRIVES}
  join leases l on l.company_id = ld.company_id and l.id = ld.lease_id and {_LASTS}
  left join cab c on c.row_id = r.id and c.lease_id = ld.lease_id
  where not k.names_cab or c.row_id is not null
  union
  select r.id, ld.lease_id, ld.driver_id
  from r join known k on k.row_id = r.id and not k.names_driver
  join cab c on c.row_id = r.id
  join lease_drivers ld on ld.company_id = %(company)s::uuid and ld.lease_id = c.lease_id and {_DRIVES}
    and (k.is_trip or ld.role = 'Primary')
), found as (
  select row_id, count(*) as pairs, count(distinct lease_id) as leases, min(lease_id) as lease_id,
    min(driver_id) as driver_id
  from candidates group by row_id
), judged as (
  select k.row_id, f.lease_id, f.driver_id,
    case
      when k.names_driver and k.persons = 0 then 'unknown_driver'
      when k.persons > 1 then 'two_drivers'
      when k.names_cab and k.vehicles = 0 and k.hoods = 0 then 'unknown_vehicle'
      when k.by_plate > 1 then 'two_vehicles'
      when k.vehicles > 1 then 'contradiction'
      when k.names_cab and k.cabs = 0 and k.was_leased then 'contradiction'
      when k.names_cab and k.cabs = 0 then 'no_lease'
      when f.pairs = 1 then ''
      when f.leases > 1 then 'two_leases'
      when f.pairs > 1 then 'two_drivers'
      when k.cabs > 1 then 'two_leases'
      when k.names_driver and k.names_cab then 'not_on_lease'
      when k.names_driver then 'no_lease'
      else 'no_driver'
    end as why
  from known k left join found f on f.row_id = k.row_id
)"""  # noqa: S608 - fixed text
WHOSE: Final = f"""
r as materialized (select {_NAMES} from said), {_JUDGED}, whose as materialized (
  select s.*, j.why, j.lease_id, j.driver_id, d.customer_id
  from said s join judged j on j.row_id = s.id
  left join drivers d on j.why = '' and d.company_id = %(company)s::uuid and d.id = j.driver_id
)"""  # noqa: S608 - fixed text
"""SQL parts: `whose`, the rows of the part `said` (id, kind, day, plate, tag, medallion, license and more) with lease,
driver and customer, or with why that is not certain. Parameters: company, zone; to be run by `as_sets`."""
_NESTED_LOOPS: Final = "select set_config('enable_nestloop', %s, true)"


@contextmanager
def as_sets() -> Iterator[None]:
    """Plan what is run inside as sets: the planner has no statistics of what was just read, and going through it row by
    row is quadratic."""
    with connection.cursor() as cursor:
        cursor.execute(_NESTED_LOOPS, ["off"])
    yield
    with connection.cursor() as cursor:
        cursor.execute(_NESTED_LOOPS, ["on"])
