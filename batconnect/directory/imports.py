"""Import and export of the directory: a file's rows go through the same services as a form's.

A row whose key is known changes that row, any other adds one. A column that the file leaves out stays as it is; an
empty cell empties the field. A row that would change what only a page of its own may change is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar, Final, cast
from uuid import UUID

from django.db import models
from django.db.models import OuterRef, Subquery

from batconnect.core.audit import record_event
from batconnect.core.files import cells
from batconnect.core.files.cells import BadCell, Parser
from batconnect.core.files.exports.columns import Kind
from batconnect.core.files.imports import BadCells, Column, ImportReport, Row, RowByRow, RowChange
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.money import NotMoney, parse_money
from batconnect.directory import services
from batconnect.directory.models import Customer, Driver, Lease, LeaseDriver, LeaseRate, Medallion, Vehicle

IMPORT: Final = "directory.import"
_WHAT_NAMES_IT: Final = "This is what identifies the row: fill it in."
_TEXT: Final = 2_000


@dataclass(frozen=True, slots=True)
class Field(Column):
    """A column that fills an attribute of the row, by default that of its name.

    `called` names a row of another table by one of its attributes; `fixed` says why no file changes the field.
    """

    attribute: str = ""
    called: str = ""
    fixed: str = ""
    kind: Kind = "text"

    @property
    def fills(self) -> str:
        """The attribute."""
        return self.attribute or self.name


@dataclass(slots=True)
class DirectoryReport(ImportReport):
    """`places` are the lines by what they name."""

    places: dict[str, int] = field(default_factory=dict)


class DirectoryImport(RowByRow):
    """A file of one table. `key` is the column that names its rows; `changeable` attributes a file may change."""

    model: ClassVar[type[models.Model]]
    columns: ClassVar[Sequence[Field]]
    key: ClassVar[str]
    changeable: ClassVar[tuple[str, ...]]
    permission = IMPORT
    max_rows = 2_000
    max_bytes = 2 * 1024 * 1024
    report = DirectoryReport

    def rows(self, actor: Actor) -> models.QuerySet[Any]:
        """The company's rows, with what the columns show of other tables."""
        return self.model._default_manager.filter(company_id=actor.company_id)

    def exported(self, rows: models.QuerySet[Any]) -> models.QuerySet[Any]:
        """The rows of a list, with what `shown` asks of them."""
        return rows

    def find(self, *, actor: Actor, row: Row, report: DirectoryReport) -> Any:
        """The row that a line names, None for a new one. Raises BadCells for a line without a name, or twice."""
        if not row[self.key]:
            raise BadCells({self.key: _WHAT_NAMES_IT})
        self.once(self.key, row, report)
        return self.rows(actor).filter(**{self.key: row[self.key]}).first()

    def once(self, column: str, row: Row, report: DirectoryReport) -> None:
        """Note what a line names. Raises BadCells when an earlier line named the same."""
        line = report.places.setdefault(str(row[column]), row.line)
        if line != row.line:
            raise BadCells({column: f"Row {line} already names it."})

    def add(self, *, actor: Actor, values: dict[str, Any]) -> Any:
        """Add the row by the table's service. May raise any Refusal."""
        raise NotImplementedError

    def change(self, *, actor: Actor, key: Any, values: dict[str, Any]) -> Any:
        """Change the row by the table's service. May raise any Refusal."""
        raise NotImplementedError

    def shown(self, column: Field, instance: Any) -> Any:
        """What an export shows of the row: a text, an amount, a date or None."""
        value = getattr(instance, column.fills)
        return _called(column, value) if column.called else value

    def make(self, *, actor: Actor, row: Row, report: ImportReport) -> None:
        instance = self.find(actor=actor, row=row, report=cast(DirectoryReport, report))
        given = [each for each in self.columns if each.name in row.given]
        # A row of another table that is not named stays the one it is.
        values = {
            each.fills: row[each.name] for each in given if not (each.called and row[each.name] is None)
        }
        before = {each.fills: getattr(instance, each.fills, None) for each in self.columns}
        _refuse_wrong(self.columns, values=values, before=before, is_new=instance is None)
        values = {
            name: value for name, value in values.items() if name in self.changeable or instance is None
        }
        changed = {name: value for name, value in values.items() if value != before[name]}
        if instance is not None and not changed:
            report.existing += 1
            return
        if instance is None:
            values.pop("id", None)
            self.add(actor=actor, values=values)
            report.created += 1
        else:
            self.change(actor=actor, key=instance.pk, values=changed)
            report.changed += 1
        after = {**before, **values}
        texts = ((_text(each, before[each.fills]), _text(each, after[each.fills])) for each in given)
        report.changed_columns = tuple(each.name for each in given)
        report.changes.append(RowChange(row.line, instance is None, tuple(texts)))

    def carry_out(self, *, actor: Actor, good: Sequence[Any], report: ImportReport) -> None:
        """The rows are made already: note who imported how many."""
        record_event(
            actor=actor,
            action=IMPORT,
            subject_type=str(self.model._meta.model_name),
            subject_id="",
            details={"new": report.created, "update": report.changed, "skip": report.existing},
        )

    def column_of(self, field: str) -> str:
        return next((each.name for each in self.columns if each.fills == field), field)

    def counted(self, report: ImportReport) -> str:
        return f"{report.created:,} new, {report.changed:,} changed"

    def outcome(self, report: ImportReport) -> str:
        what = self.done if report.written else f"{self.planned} (nothing was written)"
        return f"{report.rows:,} rows: {self.counted(report)} {what}."

    def preview(self, report: ImportReport, *, currency: str) -> str:
        return f"{self.counted(report)}, {report.existing:,} as they are; {len(report.errors):,} errors."


def _refuse_wrong(
    columns: Sequence[Field], *, values: dict[str, Any], before: dict[str, Any], is_new: bool
) -> None:
    """Raises BadCells for fields that no file changes, and for those that would be empty."""
    wrong = {} if is_new else {
        each.name: each.fixed
        for each in columns
        if each.fixed and each.fills in values and values[each.fills] != before[each.fills]
    }  # fmt: skip
    if not wrong:
        after = {**before, **values}
        wrong = {
            each.name: "This is required."
            for each in columns
            if each.required and after[each.fills] in (None, "")
        }
    if wrong:
        raise BadCells(wrong)


def _called(column: Field, value: Any) -> str:
    """What people call a row of another table; its id where nobody has named it."""
    return "" if value is None else str(getattr(value, column.called) or value.pk)


def _text(column: Field, value: Any) -> str:
    if column.called:
        return _called(column, value)
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, date):
        return value.isoformat()
    return "" if value is None else str(value)


def _lookup(model: Any, attribute: str, *, by_id: bool = False) -> Parser:
    """Parses what a row of another table is called; `by_id` also its id. An empty cell names none."""

    def parse(cell: str, actor: Actor) -> Any:
        if not cell:
            return None
        rows = model.objects.filter(company_id=actor.company_id)
        matched = rows.filter(**{attribute: cell}).first()
        if matched is None and by_id and (key := _uuid_or_none(cell)) is not None:
            matched = rows.filter(pk=key).first()
        if matched is None:
            raise BadCell(f"There is no {model._meta.verbose_name} {cell}.")
        return matched

    return parse


def _amount(cell: str, actor: Actor) -> Decimal:
    try:
        return parse_money(cell, currency=actor.company.base_currency)
    except NotMoney as error:
        raise BadCell(str(error)) from error


def _uuid_or_none(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


class CustomerImport(DirectoryImport):
    """Customers, known by their id, or else by their external reference; a row with neither is a new one."""

    name = "customers"
    told = (
        "Customers, known by their id, or else by their external reference; a row with neither is a new one."
    )
    model = Customer
    key = "external_reference"
    changeable = ("external_reference", "name", "email", "phone", "address")
    columns = (
        Field("id", cells.text(_TEXT), default="", help="empty for a new one"),
        Field("external_reference", cells.text(_TEXT), help="unique", examples=("C-1001",)),
        Field("name", cells.text(_TEXT), required=True, examples=("Ann Lee",)),
        Field("email", cells.text(_TEXT), default="", examples=("ann@example.com",)),
        Field("phone", cells.text(_TEXT), default="", examples=("+1 212 555 0100",)),
        Field("address", cells.text(_TEXT), default=""),
    )

    def find(self, *, actor: Actor, row: Row, report: DirectoryReport) -> Any:
        if row["id"]:
            self.once("id", row, report)
            customer = self.rows(actor).filter(pk=_uuid_or_none(row["id"])).first()
            if customer is None:
                raise BadCells({"id": "There is no customer with this id; leave it empty for a new one."})
            return customer
        return super().find(actor=actor, row=row, report=report) if row[self.key] else None

    def shown(self, column: Field, instance: Any) -> Any:
        return str(instance.pk) if column.name == "id" else super().shown(column, instance)

    def add(self, *, actor: Actor, values: dict[str, Any]) -> Any:
        return services.add_customer(actor=actor, **values)

    def change(self, *, actor: Actor, key: Any, values: dict[str, Any]) -> Any:
        return services.change_customer(actor=actor, customer_id=key, **values)


class DriverImport(DirectoryImport):
    """Drivers, known by their number; the customer by the external reference, or by the id."""

    name = "drivers"
    told = "Drivers, known by their number; the customer by the external reference, or by the id."
    model = Driver
    key = "driver_id"
    changeable = ("driver_id", "tlc_license", "status")
    columns = (
        Field("driver_id", cells.text(_TEXT), required=True, help="unique", examples=("DRV-101",)),
        Field(
            "customer",
            _lookup(Customer, "external_reference", by_id=True),
            required=True,
            help="external reference or id",
            examples=("C-1001",),
            called="external_reference",
            fixed="The customer of a driver cannot be changed.",
        ),
        Field("tlc_license", cells.text(_TEXT), required=True, examples=("00504124",)),
        Field("status", cells.choice(Driver.Status), default="", examples=("Active",)),
    )

    def rows(self, actor: Actor) -> models.QuerySet[Any]:
        return super().rows(actor).select_related("customer")

    def exported(self, rows: models.QuerySet[Any]) -> models.QuerySet[Any]:
        return rows.select_related("customer")

    def add(self, *, actor: Actor, values: dict[str, Any]) -> Any:
        return services.add_driver(actor=actor, **values)

    def change(self, *, actor: Actor, key: Any, values: dict[str, Any]) -> Any:
        return services.change_driver(actor=actor, driver_pk=key, **values)


class VehicleImport(DirectoryImport):
    """Vehicles, known by their VIN."""

    name = "vehicles"
    told = "Vehicles, known by their VIN."
    model = Vehicle
    key = "vin"
    changeable = ("plate_no", "vin", "make", "model", "year")
    columns = (
        Field("vin", cells.text(_TEXT), required=True, help="unique", examples=("4T1BF1FK5HU123456",)),
        Field("plate_no", cells.text(_TEXT), required=True, help="unique", examples=("8SAM401",)),
        Field("make", cells.text(_TEXT), default="", examples=("Toyota",)),
        Field("model", cells.text(_TEXT), default="", examples=("Camry",)),
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
    columns = (Field("medallion_no", cells.text(_TEXT), required=True, help="unique", examples=("1P43",)),)

    def add(self, *, actor: Actor, values: dict[str, Any]) -> Any:
        return services.add_medallion(actor=actor, **values)


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
        Field("lease_id", cells.text(_TEXT), required=True, help="unique", examples=("LS-2054",)),
        Field("lease_type", cells.choice(Lease.Type), default="", examples=("Long term",)),
        Field(
            "medallion",
            _lookup(Medallion, "medallion_no"),
            required=True,
            examples=("1P43",),
            called="medallion_no",
            fixed="The medallion of a lease cannot be changed: end the lease and open another.",
        ),
        Field(
            "vin",
            _lookup(Vehicle, "vin"),
            required=True,
            help="the vehicle's",
            examples=("4T1BF1FK5HU123456",),
            attribute="vehicle",
            called="vin",
        ),
        Field(
            "weekly_amount",
            _amount,
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
            _lookup(Driver, "driver_id"),
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
            _lookup(Lease, "lease_id"),
            required=True,
            help="the lease's number",
            examples=("LS-2054",),
            attribute="lease",
            called="lease_id",
        ),
        Field(
            "from_on", cells.day, required=True, help="the first day", examples=("2026-02-01",), kind="date"
        ),
        Field("weekly_amount", _amount, required=True, examples=("520.00",), kind="money"),
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


CUSTOMERS: Final = CustomerImport()
DRIVERS: Final = DriverImport()
VEHICLES: Final = VehicleImport()
MEDALLIONS: Final = MedallionImport()
LEASES: Final = LeaseImport()
LEASE_RATES: Final = LeaseRateImport()
