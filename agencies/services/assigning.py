"""Rows that wait are assigned by hand, which remembers tags and plates, or set aside (docs/domain.md#agency-desk)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from agencies.errors import NOT_ON_THE_DAY, ROW_NOT_WAITING, AgencyRowNotFound
from agencies.models import AgencyImport, AgencyRow, KnownVehicle, Why
from agencies.rules.fields import TRIPS
from agencies.services.changes import open_charge
from agencies.services.charging import charge_rows
from agencies.services.known import remember
from agencies.services.receiving import form_of_import
from agencies.services.trips import credit_trips
from agencies.subjects import ROW
from batconnect.core.audit import audit_event
from batconnect.core.database.rows import insert_many
from batconnect.core.database.transactions import reads
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import now, week_start
from batconnect.core.kernel.errors import Conflict, FieldError, InvalidInput, NotFound
from batconnect.directory.models import Driver, Lease, LeaseDriver
from ledger.rules.reasons import checked_reason
from ledger.rules.settlement import last_day
from payments.credit_memos.services.moving import Target, move_charge

RIGHT: Final = "agencies.assign"
MAX_AT_ONCE: Final = 200
_SHOWN: Final = 20


@dataclass(frozen=True, slots=True)
class Assigned:
    """What became of rows that were assigned: how many were charged or credited, which wait again with another
    reason, and the tags and plates that are remembered from now on."""

    done: tuple[UUID, ...]
    waiting: tuple[UUID, ...]
    remembered: tuple[KnownVehicle, ...]


@transaction.atomic
def assign_rows(
    *,
    actor: Actor,
    rows: Sequence[UUID],
    lease_id: int,
    driver_id: int,
    remember_marks: bool = True,
    reason: str = "",
) -> Assigned:
    """Assign rows that wait to a lease and a driver, all or none, and charge or credit them at once.

    The driver is or was on the lease; of a trip, has a day on it in the trip's week. With `remember_marks` a tag or
    plate that nothing was known of is the lease's vehicle's from the row's day on. Rows whose number was charged
    otherwise go on waiting. Needs `agencies.assign` and, for what comes of it, `ledger.raise_obligation` or
    `ledger.import_earnings`. Raises AgencyRowNotFound, NotFound for lease or driver, InvalidInput `not_on_the_day`,
    Conflict 409 `row_not_waiting`.
    """
    actor.require(RIGHT)
    chosen = _waiting(actor, rows)
    lease = Lease.objects.filter(company_id=actor.company_id, id=lease_id).first()
    driver = (
        Driver.objects.select_related("customer").filter(company_id=actor.company_id, id=driver_id).first()
    )
    if lease is None or driver is None:
        named = f"lease {lease_id}" if lease is None else f"driver {driver_id}"
        raise NotFound(f"There is no {named}.", field="lease_id" if lease is None else "driver_id")
    _require_on_lease(actor, chosen, lease, driver)
    _require_rights(actor, chosen)
    beside = [row.id for row in chosen if row.why == Why.ENTERED]
    for row in chosen:
        row.state, row.why = AgencyRow.State.JOINED, ""
        row.lease, row.driver, row.customer_id = lease, driver, driver.customer_id
    _decide(
        actor, chosen, reason.strip()[:500], "agencies.row_assigned", also=["lease", "driver", "customer"]
    )
    remembered = remember(actor=actor, rows=chosen, vehicle_id=lease.vehicle_id) if remember_marks else []
    _carry_out(actor, chosen, beside)
    after = AgencyRow.objects.filter(company_id=actor.company_id, id__in=rows).values_list("id", "state")
    done = {key for key, state in after if state == AgencyRow.State.DONE}
    return Assigned(
        tuple(row.id for row in chosen if row.id in done),
        tuple(row.id for row in chosen if row.id not in done),
        tuple(remembered),
    )


@transaction.atomic
def set_aside(*, actor: Actor, rows: Sequence[UUID], reason: str) -> int:
    """Leave rows that wait out for good: nobody is charged or credited; how many. Needs `agencies.assign` and a reason
    of 10 to 500 characters. Raises AgencyRowNotFound, Conflict 409 `row_not_waiting`."""
    actor.require(RIGHT)
    reason = checked_reason(reason)
    chosen = _waiting(actor, rows)
    for row in chosen:
        row.state, row.why = AgencyRow.State.SET_ASIDE, ""
    _decide(actor, chosen, reason, "agencies.row_set_aside")
    return len(chosen)


@reads
def find_row(*, actor: Actor, row_id: UUID, import_id: UUID | None = None) -> AgencyRow:
    """The row, with what it became; of an import only one that a line of it brought or repeats. Raises
    AgencyRowNotFound (404)."""
    rows = AgencyRow.objects.select_related(
        "lease", "driver__customer", "obligation", "trip_week", "import_file"
    ).filter(company_id=actor.company_id, id=row_id)
    if import_id is not None:
        rows = rows.filter(import_file=import_id)
    row = rows.first()
    if row is None:
        raise AgencyRowNotFound(f"There is no row {row_id}.")
    return row


@transaction.atomic
def move_row(*, actor: Actor, row: AgencyRow, lease_id: int, driver_id: int, reason: str) -> bool:
    """Move what was charged for a row to another driver, by the one operation for that (docs/domain.md#moving-charges);
    whether it is done, or waits for a second person. Needs `agencies.assign`, and what moving needs.

    Raises Conflict 409 `row_not_waiting` for a trip, or where nothing was charged; what `move_charge` raises.
    """
    actor.require(RIGHT)
    charge = open_charge(actor=actor, row=row)
    if charge is None:
        what = "a trip that is credited" if row.kind == TRIPS else "a row for which nothing was charged"
        raise Conflict(
            f"{row} is {what}: it cannot be moved. Enter an adjustment of the earnings instead.",
            code=ROW_NOT_WAITING,
        )
    moved = move_charge(
        actor=actor,
        obligation_id=charge.id,
        target=Target(driver_id=driver_id, lease_id=lease_id),
        reason=reason,
    )
    return moved.raised is not None


def _waiting(actor: Actor, rows: Sequence[UUID]) -> list[AgencyRow]:
    """The rows, locked. Raises for one that is not there or does not wait."""
    if not 1 <= len(set(rows)) <= MAX_AT_ONCE:
        raise InvalidInput(f"Name 1 to {MAX_AT_ONCE} rows; there are {len(set(rows)):,}.", field="rows")
    locked = AgencyRow.objects.filter(company_id=actor.company_id, id__in=set(rows))
    chosen = list(locked.order_by("id").select_for_update(no_key=True))
    if missing := sorted(set(rows) - {row.id for row in chosen}):
        raise AgencyRowNotFound(f"There is no row {missing[0]}.")
    other = [row for row in chosen if row.state != AgencyRow.State.WAITING]
    if other:
        raise Conflict(
            f"{other[0]} does not wait: {other[0].get_state_display()}.",
            code=ROW_NOT_WAITING,
            errors=[
                FieldError("rows", f"{row}: {row.get_state_display()}.", ROW_NOT_WAITING)
                for row in other[:_SHOWN]
            ],
        )
    return chosen


def _require_on_lease(actor: Actor, rows: Sequence[AgencyRow], lease: Lease, driver: Driver) -> None:
    times = list(
        LeaseDriver.objects.filter(company_id=actor.company_id, lease=lease, driver=driver).values_list(
            "from_on", "until_on"
        )
    )
    weeks = {week_start(row.day) for row in rows if row.kind == TRIPS}
    if not times:
        raise InvalidInput(
            f"{driver} was never on {lease}: name a driver who is or was.",
            code=NOT_ON_THE_DAY,
            field="driver_id",
        )
    for week in sorted(weeks):
        drove = LeaseDriver.objects.filter(
            Q(until_on__isnull=True) | Q(until_on__gte=week),
            company_id=actor.company_id,
            lease=lease,
            driver=driver,
            from_on__lte=last_day(week),
        )
        if not drove.exists():
            raise InvalidInput(
                f"{driver} has no day on {lease} in the week of {week}: who earns has one.",
                code=NOT_ON_THE_DAY,
                field="driver_id",
            )


def _require_rights(actor: Actor, rows: Sequence[AgencyRow]) -> None:
    if any(row.kind == TRIPS for row in rows):
        actor.require("ledger.import_earnings")
    if any(row.kind != TRIPS for row in rows):
        actor.require("ledger.raise_obligation")


def _decide(
    actor: Actor, rows: Sequence[AgencyRow], reason: str, action: str, also: Sequence[str] = ()
) -> None:
    at = now()
    for row in rows:
        row.decided_by, row.decided_at, row.reason = actor.name, at, reason
    AgencyRow.objects.bulk_update(rows, ["state", "why", "decided_by", "decided_at", "reason", *also])
    insert_many(
        [
            audit_event(
                actor=actor,
                action=action,
                subject_type=ROW,
                subject_id=row.id,
                reason=reason,
                details={
                    "reference": row.reference,
                    "kind": row.kind,
                    "lease": row.lease_id,
                    "driver": row.driver_id,
                },
            )
            for row in rows
        ]
    )


def _carry_out(actor: Actor, rows: Sequence[AgencyRow], beside: Sequence[UUID]) -> None:
    for kind in sorted({row.kind for row in rows} - {TRIPS}):
        charge_rows(actor=actor, kind=kind, rows=[row.id for row in rows if row.kind == kind])
    trips = [row for row in rows if row.kind == TRIPS]
    if not trips:
        return
    imports = AgencyImport.objects.filter(
        company_id=actor.company_id, id__in={row.import_file_id for row in trips}
    )
    authorities = {each.id: form_of_import(each)[0].authorities for each in imports}
    for is_beside in (False, True):
        chosen = [row.id for row in trips if (row.id in beside) is is_beside]
        if chosen:
            credit_trips(actor=actor, rows=chosen, authorities=authorities, beside_entered=is_beside)
