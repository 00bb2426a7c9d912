"""Files of customers and of drivers."""

from typing import Any

from django.db import models

from batconnect.core.files import cells
from batconnect.core.files.imports import BadCells, Row
from batconnect.core.kernel.actors import Actor
from batconnect.directory import services
from batconnect.directory.imports.base import (
    LONGEST_TEXT,
    DirectoryImport,
    DirectoryReport,
    Field,
    _uuid_or_none,
    lookup,
)
from batconnect.directory.models import Customer, Driver


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
        Field("id", cells.text(LONGEST_TEXT), default="", help="empty for a new one"),
        Field("external_reference", cells.text(LONGEST_TEXT), help="unique", examples=("C-1001",)),
        Field("name", cells.text(LONGEST_TEXT), required=True, examples=("Ann Lee",)),
        Field("email", cells.text(LONGEST_TEXT), default="", examples=("ann@example.com",)),
        Field("phone", cells.text(LONGEST_TEXT), default="", examples=("+1 212 555 0100",)),
        Field("address", cells.text(LONGEST_TEXT), default=""),
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
        Field("driver_id", cells.text(LONGEST_TEXT), required=True, help="unique", examples=("DRV-101",)),
        Field(
            "customer",
            lookup(Customer, "external_reference", by_id=True),
            required=True,
            help="external reference or id",
            examples=("C-1001",),
            called="external_reference",
            fixed="The customer of a driver cannot be changed.",
        ),
        Field("tlc_license", cells.text(LONGEST_TEXT), required=True, examples=("00504124",)),
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
