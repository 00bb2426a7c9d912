"""Import and export of the directory: a file's rows go through the same services as a form's."""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from import_export.fields import Field
from import_export.resources import ModelResource
from import_export.widgets import ForeignKeyWidget

from batconnect.core.actors import Actor
from batconnect.core.errors import Refusal
from batconnect.directory import services
from batconnect.directory.models import Customer, Driver, Lease, Medallion, Vehicle


class DirectoryResource(ModelResource):
    """A file of one table. A row whose key is known changes that row, any other adds one."""

    written: ClassVar[tuple[str, ...]]

    def __init__(self, *, actor: Actor | None = None, **kwargs: Any) -> None:
        super().__init__()
        self.actor = actor

    def do_instance_save(self, instance: Any, is_create: bool) -> None:
        assert self.actor is not None, "an import is somebody's"
        imported = {field.attribute for field in self.get_import_fields()}
        values = {name: getattr(instance, name) for name in self.written if name in imported}
        try:
            if is_create:
                instance.__dict__.update(self.add(self.actor, values).__dict__)
            else:
                self.change(self.actor, instance, values)
        except Refusal as refusal:
            raise ValidationError(refusal.message) from refusal

    def import_instance(self, instance: Any, row: Any, **kwargs: Any) -> None:
        if instance.company_id is None and self.actor is not None:
            instance.company_id = self.actor.company_id
        super().import_instance(instance, row, **kwargs)

    def after_import(self, dataset: Any, result: Any, **kwargs: Any) -> None:
        """No file names primary keys, so no sequence is set back; the runtime role could not either."""

    def add(self, actor: Actor, values: dict[str, Any]) -> models.Model:
        """Add the row by the table's service."""
        raise NotImplementedError

    def change(self, actor: Actor, instance: Any, values: dict[str, Any]) -> None:
        """Change the row by the table's service."""
        raise NotImplementedError


class CustomerResource(DirectoryResource):
    """Customers, known by their external reference."""

    written = ("name", "email", "phone", "address", "external_reference")

    class Meta:
        model = Customer
        fields = ("external_reference", "name", "email", "phone", "address")
        import_id_fields = ("external_reference",)
        skip_unchanged = True

    def add(self, actor: Actor, values: dict[str, Any]) -> models.Model:
        return services.add_customer(actor=actor, **values)

    def change(self, actor: Actor, instance: Any, values: dict[str, Any]) -> None:
        services.change_customer(actor=actor, customer_id=instance.pk, **values)


class DriverResource(DirectoryResource):
    """Drivers, known by their number; the customer by the external reference."""

    written = ("customer", "driver_id", "tlc_license", "status")
    customer = Field(
        attribute="customer",
        column_name="customer",
        widget=ForeignKeyWidget(Customer, "external_reference"),
    )

    class Meta:
        model = Driver
        fields = ("driver_id", "customer", "tlc_license", "status")
        import_id_fields = ("driver_id",)
        skip_unchanged = True

    def add(self, actor: Actor, values: dict[str, Any]) -> models.Model:
        return services.add_driver(actor=actor, **values)

    def change(self, actor: Actor, instance: Any, values: dict[str, Any]) -> None:
        values.pop("customer", None)
        services.change_driver(actor=actor, driver_pk=instance.pk, **values)


class VehicleResource(DirectoryResource):
    """Vehicles, known by their VIN."""

    written = ("plate_no", "vin", "make", "model", "year")

    class Meta:
        model = Vehicle
        fields = ("vin", "plate_no", "make", "model", "year")
        import_id_fields = ("vin",)
        skip_unchanged = True

    def add(self, actor: Actor, values: dict[str, Any]) -> models.Model:
        return services.add_vehicle(actor=actor, **values)

    def change(self, actor: Actor, instance: Any, values: dict[str, Any]) -> None:
        services.change_vehicle(actor=actor, vehicle_pk=instance.pk, **values)


class MedallionResource(DirectoryResource):
    """Medallions, known by their number."""

    written = ("medallion_no",)

    class Meta:
        model = Medallion
        fields = ("medallion_no",)
        import_id_fields = ("medallion_no",)
        skip_unchanged = True

    def add(self, actor: Actor, values: dict[str, Any]) -> models.Model:
        return services.add_medallion(actor=actor, **values)

    def change(self, actor: Actor, instance: Any, values: dict[str, Any]) -> None:
        services.change_medallion(actor=actor, medallion_pk=instance.pk, **values)


class LeaseResource(DirectoryResource):
    """Leases, known by their number; medallion by number, vehicle by VIN, primary driver (of a new lease) by number."""

    written = ("lease_id", "lease_type", "medallion", "vehicle", "weekly_amount", "started_on")
    medallion = Field(
        attribute="medallion", column_name="medallion", widget=ForeignKeyWidget(Medallion, "medallion_no")
    )
    vehicle = Field(attribute="vehicle", column_name="vin", widget=ForeignKeyWidget(Vehicle, "vin"))
    primary_driver = Field(
        attribute="imported_primary_driver",
        column_name="primary_driver",
        widget=ForeignKeyWidget(Driver, "driver_id"),
    )

    class Meta:
        model = Lease
        fields = (
            "lease_id",
            "lease_type",
            "medallion",
            "vehicle",
            "weekly_amount",
            "started_on",
            "primary_driver",
        )
        import_id_fields = ("lease_id",)
        skip_unchanged = True

    def dehydrate_primary_driver(self, lease: Lease) -> str:
        now = lease.lease_drivers.filter(role="Primary").order_by("-from_on").first()
        return now.driver.driver_id if now else ""

    def do_instance_save(self, instance: Any, is_create: bool) -> None:
        self.primary_of_row = getattr(instance, "imported_primary_driver", None)
        super().do_instance_save(instance, is_create)

    def add(self, actor: Actor, values: dict[str, Any]) -> models.Model:
        return services.add_lease(actor=actor, primary_driver=self.primary_of_row, **values)

    def change(self, actor: Actor, instance: Any, values: dict[str, Any]) -> None:
        changeable = {
            name: values[name] for name in ("lease_type", "vehicle", "weekly_amount") if name in values
        }
        services.change_lease(actor=actor, lease_pk=instance.pk, **changeable)
