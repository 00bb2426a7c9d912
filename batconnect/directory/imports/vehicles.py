"""Files of vehicles and of medallions."""

from typing import Any

from batconnect.core.files import cells
from batconnect.core.kernel.actors import Actor
from batconnect.directory import services
from batconnect.directory.imports.base import LONGEST_TEXT, DirectoryImport, Field
from batconnect.directory.models import Medallion, Vehicle


class VehicleImport(DirectoryImport):
    """Vehicles, known by their VIN."""

    name = "vehicles"
    told = "Vehicles, known by their VIN."
    model = Vehicle
    key = "vin"
    changeable = ("plate_no", "vin", "make", "model", "year")
    columns = (
        Field("vin", cells.text(LONGEST_TEXT), required=True, help="unique", examples=("4T1BF1FK5HU123456",)),
        Field("plate_no", cells.text(LONGEST_TEXT), required=True, help="unique", examples=("8SAM401",)),
        Field("make", cells.text(LONGEST_TEXT), default="", examples=("Toyota",)),
        Field("model", cells.text(LONGEST_TEXT), default="", examples=("Camry",)),
        Field("year", cells.key, examples=("2024",), kind="number"),
    )

    def add(self, *, actor: Actor, values: dict[str, Any]) -> Any:
        return services.add_vehicle(actor=actor, **values)

    def change(self, *, actor: Actor, key: Any, values: dict[str, Any]) -> Any:
        return services.change_vehicle(actor=actor, vehicle_pk=key, **values)


class MedallionImport(DirectoryImport):
    """Medallions, known by their number."""

    name = "medallions"
    told = "Medallions, known by their number."
    model = Medallion
    key = "medallion_no"
    changeable = ("medallion_no",)
    columns = (
        Field("medallion_no", cells.text(LONGEST_TEXT), required=True, help="unique", examples=("1P43",)),
    )

    def add(self, *, actor: Actor, values: dict[str, Any]) -> Any:
        return services.add_medallion(actor=actor, **values)
