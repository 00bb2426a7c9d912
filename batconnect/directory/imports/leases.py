"""Files of leases and of their rates."""

from typing import Any

from django.db import models
from django.db.models import OuterRef, Subquery

from batconnect.core.files import cells
from batconnect.core.files.imports import BadCells, Row
from batconnect.core.kernel.actors import Actor
from batconnect.directory import services
from batconnect.directory.imports.base import (
    LONGEST_TEXT,
    DirectoryImport,
    DirectoryReport,
    Field,
    lookup,
    read_amount,
)
from batconnect.directory.models import Driver, Lease, LeaseDriver, LeaseRate, Medallion, Vehicle


class LeaseImport(DirectoryImport):
    """Leases, known by their number; medallion and primary driver by number, vehicle by VIN.

    The primary driver is that of a new lease, from its first day; a later change is made on the lease's page.
    """

    name = "leases"
    told = (
        "Leases, known by their number; medallion and primary driver by number, vehicle by VIN. The primary driver is "
        "that of a new lease, from its first day; a later change is made on the lease's page."
    )
    model = Lease
    key = "lease_id"
    changeable = ("lease_type", "vehicle", "weekly_amount")
    columns = (
        Field("lease_id", cells.text(LONGEST_TEXT), required=True, help="unique", examples=("LS-2054",)),
        Field("lease_type", cells.choice(Lease.Type), default="", examples=("Long term",)),
        Field(
            "medallion",
            lookup(Medallion, "medallion_no"),
            required=True,
            examples=("1P43",),
            called="medallion_no",
            fixed="The medallion of a lease cannot be changed: end the lease and open another.",
        ),
        Field(
            "vin",
            lookup(Vehicle, "vin"),
            required=True,
            help="the vehicle's",
            examples=("4T1BF1FK5HU123456",),
            attribute="vehicle",
            called="vin",
        ),
        Field(
            "weekly_amount",
            read_amount,
            required=True,
            help="changed, it is the rate from today on",
            examples=("500.00",),
            kind="money",
        ),
        Field(
            "started_on",
            cells.day,
            required=True,
            examples=("2026-01-04",),
            fixed="The first day of a lease cannot be changed.",
            kind="date",
        ),
        Field(
            "primary_driver",
            lookup(Driver, "driver_id"),
            help="the driver's number",
            examples=("DRV-101",),
            called="driver_id",
            fixed="A new primary driver needs a first day: make the change on the lease's page.",
        ),
    )

    def rows(self, actor: Actor) -> models.QuerySet[Any]:
        return super().rows(actor).select_related("medallion", "vehicle")

    def exported(self, rows: models.QuerySet[Any]) -> models.QuerySet[Any]:
        number = (
            _primary_times(OuterRef("pk"))
            .filter(company_id=OuterRef("company_id"))
            .values("driver__driver_id")[:1]
        )
        return rows.select_related("medallion", "vehicle").annotate(primary_number=Subquery(number))

    def find(self, *, actor: Actor, row: Row, report: DirectoryReport) -> Any:
        lease = super().find(actor=actor, row=row, report=report)
        if lease is not None:
            last = _primary_times(lease.pk).select_related("driver").first()
            lease.primary_driver = last.driver if last else None
        return lease

    def shown(self, column: Field, instance: Any) -> Any:
        return instance.primary_number if column.name == "primary_driver" else super().shown(column, instance)

    def add(self, *, actor: Actor, values: dict[str, Any]) -> Any:
        return services.add_lease(actor=actor, **values)

    def change(self, *, actor: Actor, key: Any, values: dict[str, Any]) -> Any:
        return services.change_lease(actor=actor, lease_pk=key, **values)


def _primary_times(lease: Any) -> models.QuerySet[LeaseDriver]:
    """The times of a lease's primary drivers, the latest first."""
    return LeaseDriver.objects.filter(lease=lease, role=LeaseDriver.Role.PRIMARY).order_by("-from_on")


class LeaseRateImport(DirectoryImport):
    """Rates of leases, known by the lease's number and the first day; a rate that is in force already is left alone."""

    name = "lease_rates"
    told = (
        "What leases cost a week, from a day on until the next rate. A rate over weeks that are settled is refused, "
        "with the weeks named."
    )
    model = LeaseRate
    key = "lease_id"
    changeable = ("weekly_amount",)
    columns = (
        Field(
            "lease_id",
            lookup(Lease, "lease_id"),
            required=True,
            help="the lease's number",
            examples=("LS-2054",),
            attribute="lease",
            called="lease_id",
        ),
        Field(
            "from_on", cells.day, required=True, help="the first day", examples=("2026-02-01",), kind="date"
        ),
        Field("weekly_amount", read_amount, required=True, examples=("520.00",), kind="money"),
    )

    def rows(self, actor: Actor) -> models.QuerySet[Any]:
        return super().rows(actor).select_related("lease")

    def exported(self, rows: models.QuerySet[Any]) -> models.QuerySet[Any]:
        return rows.select_related("lease")

    def find(self, *, actor: Actor, row: Row, report: DirectoryReport) -> Any:
        empty = {name: "This is required." for name in ("lease_id", "from_on") if row[name] is None}
        if empty:
            raise BadCells(empty)
        line = report.places.setdefault(f"{row['lease_id'].pk} {row['from_on']}", row.line)
        if line != row.line:
            raise BadCells({"from_on": f"Row {line} already names this lease and day."})
        in_force = (
            self.rows(actor)
            .filter(lease=row["lease_id"], from_on__lte=row["from_on"])
            .order_by("-from_on")
            .first()
        )
        if in_force is None or in_force.from_on == row["from_on"]:
            return in_force
        return in_force if in_force.weekly_amount == row["weekly_amount"] else None

    def add(self, *, actor: Actor, values: dict[str, Any]) -> Any:
        return services.set_lease_rate(actor=actor, lease_pk=values.pop("lease").pk, **values)

    def change(self, *, actor: Actor, key: Any, values: dict[str, Any]) -> Any:
        rate = LeaseRate.objects.get(company_id=actor.company_id, pk=key)
        return services.set_lease_rate(actor=actor, lease_pk=rate.lease_id, from_on=rate.from_on, **values)
