"""Tags and plates that are remembered, by days (docs/domain.md#known-vehicles)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final
from uuid import UUID

from django.db import IntegrityError, transaction

from agencies.errors import KNOWN_OTHERWISE, KnownVehicleNotFound
from agencies.models import AgencyRow, KnownVehicle
from agencies.readers.cells import name
from agencies.subjects import KNOWN
from batconnect.core.audit import record_event
from batconnect.core.database.rows import insert_many
from batconnect.core.database.transactions import joins_transaction
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Conflict, FieldError, InvalidInput, NotFound
from batconnect.core.kernel.field_codes import INVALID, REQUIRED
from batconnect.directory.models import Vehicle

RIGHT: Final = "agencies.assign"
_LONGEST: Final = 20


@joins_transaction
def remember(*, actor: Actor, rows: Sequence[AgencyRow], vehicle_id: int) -> list[KnownVehicle]:
    """Remember the rows' tags and plates that nothing is known of as the vehicle's, each from the first of the rows'
    days on; what was remembered. The caller has checked permission."""
    first: dict[tuple[str, str], AgencyRow] = {}
    for row in sorted(rows, key=lambda each: (each.day, each.id)):
        for mark in KnownVehicle.Mark.values:
            if text := getattr(row, mark):
                first.setdefault((mark, text), row)
    known = set(
        KnownVehicle.objects.filter(
            company_id=actor.company_id, text__in={text for _, text in first}
        ).values_list("mark", "text")
    )
    plates = (
        {
            name(plate)
            for plate in Vehicle.objects.filter(company_id=actor.company_id).values_list(
                "plate_no", flat=True
            )
        }
        if any(mark == KnownVehicle.Mark.PLATE for mark, _ in first)
        else set()
    )
    made = [
        KnownVehicle(
            company_id=actor.company_id,
            mark=mark,
            text=text,
            vehicle_id=vehicle_id,
            from_on=row.day,
            learned_from=row,
            created_by=actor.name,
        )
        for (mark, text), row in first.items()
        if (mark, text) not in known and not (mark == KnownVehicle.Mark.PLATE and text in plates)
    ]
    insert_many(made)
    return made


@transaction.atomic
def add_known_vehicle(
    *, actor: Actor, mark: str, text: str, vehicle_id: int, from_on: date, until_on: date | None = None
) -> KnownVehicle:
    """Say that a tag or a plate is in a vehicle, from a day on. Needs `agencies.assign`.

    Raises NotFound for the vehicle, InvalidInput, Conflict 409 `known_otherwise` for days on which it is in another.
    """
    actor.require(RIGHT)
    plain = name(text).lstrip("0") if mark == KnownVehicle.Mark.TAG else name(text)
    if not plain:
        wrong = FieldError("text", "Enter the letters and digits of the tag or plate.", REQUIRED)
        raise InvalidInput(wrong.message, errors=[wrong])
    if len(plain) > _LONGEST:
        raise InvalidInput(f"At most {_LONGEST} letters and digits.", code=INVALID, field="text")
    if not Vehicle.objects.filter(company_id=actor.company_id, id=vehicle_id).exists():
        raise NotFound(f"There is no vehicle {vehicle_id}.", field="vehicle_id")
    known = KnownVehicle(
        company_id=actor.company_id,
        mark=mark,
        text=plain,
        vehicle_id=vehicle_id,
        from_on=from_on,
        until_on=until_on,
        created_by=actor.name,
    )
    _require_days(known)
    try:
        with transaction.atomic():
            known.save(force_insert=True)
    except IntegrityError as error:
        raise Conflict(
            f"{known} begins in this vehicle on {from_on} already.", code=KNOWN_OTHERWISE
        ) from error
    _trail(actor, known, "agencies.mark_remembered")
    return known


@transaction.atomic
def end_known_vehicle(*, actor: Actor, known_id: UUID, until_on: date | None) -> KnownVehicle:
    """Say until which day a tag or plate was in its vehicle, or that it still is. Needs `agencies.assign`.

    Raises KnownVehicleNotFound (404), InvalidInput for a day before it began.
    """
    actor.require(RIGHT)
    rows = KnownVehicle.objects.select_for_update().filter(company_id=actor.company_id)
    known = rows.filter(id=known_id).first()
    if known is None:
        raise KnownVehicleNotFound(f"There is no remembered tag or plate {known_id}.")
    known.until_on = until_on
    _require_days(known)
    known.save(update_fields=["until_on"])
    _trail(actor, known, "agencies.mark_ended")
    return known


def _require_days(known: KnownVehicle) -> None:
    if known.until_on is not None and known.until_on < known.from_on:
        raise InvalidInput(
            f"It cannot end on {known.until_on}: it begins on {known.from_on}.",
            code=INVALID,
            field="until_on",
        )


def _trail(actor: Actor, known: KnownVehicle, action: str) -> None:
    record_event(
        actor=actor,
        action=action,
        subject_type=KNOWN,
        subject_id=known.id,
        details={
            "text": known.text,
            "vehicle": known.vehicle_id,
            "from": str(known.from_on),
            "until": str(known.until_on or ""),
        },
    )
