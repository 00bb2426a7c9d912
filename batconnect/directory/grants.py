"""What the runtime role may do with the directory's tables (core.database.rights)."""

from __future__ import annotations

from batconnect.core.database.rights import declare
from batconnect.directory.models import (
    Customer,
    Driver,
    Lease,
    LeaseDriver,
    LeaseRate,
    Medallion,
    SearchKey,
    Vehicle,
)

_WHY = "Reference data: added, corrected, never deleted; its history is kept by a trigger."

declare(Customer, update="name email phone address external_reference", why=_WHY)
declare(Driver, update="driver_id tlc_license status", why=_WHY)
declare(Vehicle, update="plate_no vin make model year", why=_WHY)
declare(Medallion, update="medallion_no", why=_WHY)
declare(
    Lease,
    update="lease_type vehicle_id weekly_amount status ended_on",
    why=_WHY,
)
declare(LeaseRate, update="weekly_amount entered_by", why=_WHY)
declare(LeaseDriver, update="until_on", why=_WHY)
declare(
    SearchKey,
    delete=True,
    why="What the search finds rows by: triggers keep it, with the rights of whoever changed the row.",
)
