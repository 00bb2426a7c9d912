"""Trips become what a driver earned on a lease in a week, with the processor's fees and what is held of them.

Rule: docs/domain.md#agency-trips.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.db.models import Max

from agencies.models import TripWeek, TripWeekTax
from agencies.rules.fields import SURCHARGES
from batconnect.core.database.rows import insert_batch
from batconnect.core.database.transactions import joins_transaction
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.ids import uuid7
from batconnect.core.kernel.money import ZERO, sum_of
from batconnect.directory.models import Lease
from ledger.chart import OTHER_AUTHORITY, Category
from ledger.postings import charge_credits
from ledger.rules.settlement import last_day
from ledger.services import ObligationDraft, raise_obligations
from ledger.services.dates import open_day
from ledger.settlement.models import Dtr, LeaseEarning
from ledger.settlement.services.earnings import EarningRow, import_earnings

WEEKS_AT_ONCE: Final = 300
_WEEK: Final = timedelta(days=7)
_SUMS: Final = ", ".join(f"sum({each})" for each in ("amount", "fee", *SURCHARGES))
_GROUPS: Final = f"""
with r as materialized (
  select * from agency_rows
  where company_id = %s::uuid and id = any(%s::uuid[]) and kind = 'trips' and state = 'joined'
  order by id for no key update
)
select lease_id, driver_id, customer_id, day - extract(dow from day)::int as week, import_id, count(*), {_SUMS},
  array_agg(id)
from r group by 1, 2, 3, 4, 5 order by 1, 4, 2, 5
"""  # noqa: S608 - fixed text
# All trips of a lease, driver and week go together.
_NEXT: Final = """
with groups as (
  select lease_id, driver_id, day - extract(dow from day)::int as week from agency_rows
  where company_id = %(company)s::uuid and import_id = %(import)s::uuid and state = 'joined'
  group by 1, 2, 3 order by 1, 3, 2 limit %(groups)s::int
)
select r.id from agency_rows r
join groups g on g.lease_id = r.lease_id and g.driver_id = r.driver_id
  and g.week = r.day - extract(dow from r.day)::int
where r.company_id = %(company)s::uuid and r.import_id = %(import)s::uuid and r.state = 'joined'
"""
_ENTERED: Final = """
update agency_rows set state = 'waiting', why = 'week_entered', lease_id = null, driver_id = null, customer_id = null
where company_id = %s::uuid and id = any(%s::uuid[])
"""
_DONE: Final = """
update agency_rows set state = 'done', charged = amount, trip_week_id = %s::uuid, is_late = %s::bool
where company_id = %s::uuid and id = any(%s::uuid[]) and state = 'joined'
"""

Pair = tuple[int, date, int]
"""Lease, the week's Sunday, driver."""


@dataclass(frozen=True, slots=True)
class _Group:
    """Trips of one lease, driver and week, out of one file."""

    pair: Pair
    customer_id: UUID
    import_id: UUID
    trips: int
    gross: Decimal
    fee: Decimal
    held: Mapping[str, Decimal]
    rows: list[UUID]


@joins_transaction
def credit_chunk(*, actor: Actor, import_id: UUID, authorities: Mapping[str, str]) -> int:
    """Credit the next weeks of an import's trips; how many trips, 0 when none is left."""
    with connection.cursor() as cursor:
        cursor.execute(_NEXT, {"company": actor.company_id, "import": import_id, "groups": WEEKS_AT_ONCE})
        rows = [key for (key,) in cursor.fetchall()]
    if rows:
        credit_trips(actor=actor, rows=rows, authorities={import_id: authorities})
    return len(rows)


@joins_transaction
def credit_trips(
    *,
    actor: Actor,
    rows: Sequence[UUID],
    authorities: Mapping[UUID, Mapping[str, str]],
    beside_entered: bool = False,
) -> None:
    """Credit joined trips, as a week of each lease and driver: the first time as the week's gross, later, or when the
    week has been settled, as an adjustment with a reference; fees as a card fee, surcharges as taxes held for the
    authorities that each import's layout names.

    Where somebody entered the week's gross otherwise, the trips wait, unless `beside_entered`. Needs
    `ledger.import_earnings` and, for surcharges, `ledger.raise_obligation`. Locks the leases. Raises what importing
    earnings raises.
    """
    groups = _groups(actor, rows)
    leases = Lease.objects.filter(company_id=actor.company_id, id__in={each.pair[0] for each in groups})
    list(leases.order_by("id").select_for_update(no_key=True).values_list("id"))
    numbers, entered, settled = _so_far(actor, groups)
    made: list[tuple[_Group, TripWeek]] = []
    for each in groups:
        if each.pair in entered and each.pair not in numbers and not beside_entered:
            with connection.cursor() as cursor:
                cursor.execute(_ENTERED, [actor.company_id, each.rows])
            continue
        numbers[each.pair] = numbers.get(each.pair, 0) + 1
        is_late = each.pair[1] in settled
        made.append((each, _week(actor, each, numbers[each.pair], is_late=is_late)))
    _earn(actor, made, entered)
    taxes = _hold(actor, made, authorities)
    insert_batch([week for _, week in made], taxes)
    with connection.cursor() as cursor:
        for group, week in made:
            cursor.execute(_DONE, [week.id, week.is_late, actor.company_id, group.rows])


def _groups(actor: Actor, rows: Sequence[UUID]) -> list[_Group]:
    with connection.cursor() as cursor:
        cursor.execute(_GROUPS, [actor.company_id, list(rows)])
        return [
            _Group(
                (lease, week, driver),
                customer,
                import_id,
                trips,
                gross,
                fee,
                dict(zip(SURCHARGES, sums[:-1], strict=True)),
                sums[-1],
            )
            for lease, driver, customer, week, import_id, trips, gross, fee, *sums in cursor.fetchall()
        ]


def _so_far(actor: Actor, groups: Sequence[_Group]) -> tuple[dict[Pair, int], set[Pair], set[date]]:
    """Of the pairs: how often trips were credited, where a gross is there; and which weeks have been settled."""
    weeks = {each.pair[1] for each in groups}
    of: dict[str, Any] = {
        "company_id": actor.company_id,
        "lease__in": {each.pair[0] for each in groups},
        "week__in": weeks,
    }
    numbers = {
        (lease, week, driver): number
        for lease, week, driver, number in TripWeek.objects.filter(**of)
        .values_list("lease", "week", "driver")
        .annotate(Max("number"))
        .order_by()
    }
    gross = LeaseEarning.objects.filter(
        **of, kind=LeaseEarning.Kind.GROSS, status=LeaseEarning.Status.CREDITED
    )
    settled = Dtr.objects.filter(company_id=actor.company_id, week__in=weeks)
    return (
        numbers,
        set(gross.values_list("lease_id", "week", "driver_id")),
        set(settled.order_by().values_list("week", flat=True).distinct()),
    )


def _week(actor: Actor, group: _Group, number: int, *, is_late: bool) -> TripWeek:
    lease, week, driver = group.pair
    return TripWeek(
        id=uuid7(),
        company_id=actor.company_id,
        lease_id=lease,
        driver_id=driver,
        customer_id=group.customer_id,
        week=week,
        number=number,
        trips=group.trips,
        gross=group.gross,
        fee=group.fee,
        taxes=sum_of(group.held.values()),
        is_late=is_late,
        created_by=actor.name,
    )


def reference_of(week: TripWeek) -> str:
    """What the earnings of a week of trips are called: `TRIPS-{lease}-{week}-{driver}-{number}`."""
    return f"TRIPS-{week.lease_id}-{week.week:%Y%m%d}-{week.driver_id}-{week.number}"


def _earn(actor: Actor, made: Sequence[tuple[_Group, TripWeek]], entered: set[Pair]) -> None:
    """Import the earnings of the weeks, and note on each which rows they became."""
    rows: list[EarningRow] = []
    places: dict[Any, TripWeek] = {}
    for group, week in made:
        reference = reference_of(week)
        is_first = week.number == 1 and not week.is_late and group.pair not in entered
        if week.gross:
            kind = LeaseEarning.Kind.GROSS if is_first else LeaseEarning.Kind.ADJUSTMENT
            named = "" if is_first else reference
            rows.append(EarningRow(week.driver_id, week.lease_id, week.week, week.gross, kind.value, named))
            places[named or group.pair] = week
        if week.fee:
            fee = LeaseEarning.Kind.CARD_FEE.value
            rows.append(
                EarningRow(week.driver_id, week.lease_id, week.week, -week.fee, fee, f"{reference}-F")
            )
            places[f"{reference}-F"] = week
    if not rows:
        return
    report = import_earnings(actor=actor, rows=rows)
    assert len(report.created) == len(rows), "references of trips are theirs alone"
    for earning in report.created:
        week = places[earning.reference or (earning.lease_id, earning.week, earning.driver_id)]
        if earning.kind == LeaseEarning.Kind.CARD_FEE:
            week.fee_earning = earning
        else:
            week.earning = earning


def _hold(
    actor: Actor,
    made: Sequence[tuple[_Group, TripWeek]],
    authorities: Mapping[UUID, Mapping[str, str]],
) -> list[TripWeekTax]:
    """Raise what is held of the weeks' trips: an obligation for each authority, due when the week is settled."""
    taxes: list[TripWeekTax] = []
    drafts: list[ObligationDraft] = []
    for group, week in made:
        for authority, amount in sorted(_by_authority(group.held, authorities[group.import_id]).items()):
            draft = ObligationDraft(
                category=Category.TAXES,
                reference_id=f"{reference_of(week)}-{authority}"[:60],
                amount=amount,
                issue_date=open_day(actor=actor, day=min(last_day(week.week), today(actor.company))),
                due_date=week.week + _WEEK,
                customer_id=week.customer_id,
                lease_id=week.lease_id,
                description=f"Surcharges of {week.trips:,} trips in the week of {week.week}",
                credits=charge_credits(category=Category.TAXES, amount=amount, authority=authority),
            )
            drafts.append(draft)
            taxes.append(
                TripWeekTax(
                    company_id=actor.company_id,
                    trip_week_id=week.id,
                    authority=authority,
                    amount=amount,
                    obligation_id=draft.id,
                )
            )
    if drafts:
        actor.require("ledger.raise_obligation")
        raised = raise_obligations(actor=actor, drafts=drafts)
        assert all(each.created for each in raised), "references of trips are theirs alone"
    return taxes


def _by_authority(held: Mapping[str, Decimal], named: Mapping[str, str]) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = {}
    for name, amount in held.items():
        if amount:
            authority = named.get(name) or OTHER_AUTHORITY
            sums[authority] = sums.get(authority, ZERO) + amount
    return sums
