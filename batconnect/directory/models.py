"""Who and what: customers, drivers, vehicles, medallions and the leases that bring them together."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from batconnect.core.database.constraints import ReferencedFrom, Trigger, tenant_constraints
from batconnect.core.database.history import tracked
from batconnect.core.database.keys import tenant_key
from batconnect.core.kernel.ids import uuid7
from batconnect.core.kernel.money import MoneyField
from batconnect.core.kernel.words import format_day
from batconnect.core.models import TenantModel
from batconnect.directory import search_keys


class SearchKey(TenantModel):
    """A folded number, name or word of a name by which something is found; triggers keep the rows (search_keys)."""

    kind = models.CharField(max_length=20)
    target = models.CharField(max_length=40, help_text="The key of what is found.")
    what = models.CharField(max_length=30, help_text="What of it: a plate, a VIN, a name.")
    key = models.TextField()

    class Meta:
        db_table = "search_keys"
        constraints = [
            *tenant_constraints("search_key"),
            # By bytes, so that a beginning is a range whatever the database's collation.
            models.UniqueConstraint(
                fields=["company", "kind", "key", "target", "what"],
                opclasses=["uuid_ops", "text_ops", "text_pattern_ops", "text_ops", "text_ops"],
                name="search_key_once",
            ),
        ]
        indexes = [models.Index(fields=["company", "kind", "target"], name="search_key_target")]


class Customer(TenantModel):
    """Anyone who owes or pays."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=200)
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=40, blank=True)
    address = models.TextField(blank=True)
    external_reference = models.CharField(
        max_length=60,
        null=True,
        blank=True,
        help_text="The customer's number in another system; unique if given.",
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        db_table = "customers"
        ordering = ("name", "id")
        constraints = [
            *tenant_constraints("customer"),
            ReferencedFrom(table="approvals", column="customer_id", name="approval_customer_key"),
            ReferencedFrom(table="outgoing_mails", column="customer_id", name="outgoing_mail_customer_key"),
            ReferencedFrom(table="notes", column="customer_id", name="note_customer_key"),
            ReferencedFrom(table="limited_deeds", column="customer_id", name="limited_deed_customer_key"),
            search_keys.CUSTOMER.trigger(name="customer_search_keys"),
            search_keys.CUSTOMER_PARTS.trigger(name="customer_search_parts"),
            models.UniqueConstraint(
                fields=["company", "external_reference"], name="customer_external_reference"
            ),
            models.CheckConstraint(condition=~Q(name=""), name="customer_has_name"),
        ]
        indexes = [models.Index(fields=["company", "name"], name="customer_name")]

    def __str__(self) -> str:
        return self.name


class Driver(TenantModel):
    """A customer with a TLC license."""

    class Status(models.TextChoices):
        ACTIVE = "Active", "Active"
        INACTIVE = "Inactive", "Inactive"

    customer = tenant_key("directory.Customer", related_name="drivers")
    driver_id = models.CharField(max_length=20, help_text="The number people use: DRV-101.")
    tlc_license = models.CharField("TLC license", max_length=20)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.ACTIVE)

    class Meta:
        db_table = "drivers"
        ordering = ("driver_id",)
        constraints = [
            *tenant_constraints("driver", "customer"),
            search_keys.DRIVER.trigger(name="driver_search_keys"),
            search_keys.DRIVER_PARTS.trigger(name="driver_search_parts"),
            models.UniqueConstraint(fields=["company", "customer"], name="driver_one_per_customer"),
            models.UniqueConstraint(fields=["company", "driver_id"], name="driver_number"),
            models.UniqueConstraint(fields=["company", "tlc_license"], name="driver_tlc_license"),
        ]

    def __str__(self) -> str:
        return f"{self.driver_id} {self.customer.name}"


class Vehicle(TenantModel):
    """A car, known by its plate and its VIN."""

    plate_no = models.CharField("plate", max_length=12)
    vin = models.CharField("VIN", max_length=17)
    make = models.CharField(max_length=40, blank=True)
    model = models.CharField(max_length=40, blank=True)
    year = models.PositiveSmallIntegerField(null=True, blank=True)

    class Meta:
        db_table = "vehicles"
        ordering = ("plate_no",)
        constraints = [
            *tenant_constraints("vehicle"),
            search_keys.VEHICLE.trigger(name="vehicle_search_keys"),
            search_keys.VEHICLE_PARTS.trigger(name="vehicle_search_parts"),
            models.UniqueConstraint(fields=["company", "vin"], name="vehicle_vin"),
            models.UniqueConstraint(fields=["company", "plate_no"], name="vehicle_plate"),
        ]

    def __str__(self) -> str:
        return self.plate_no


class Medallion(TenantModel):
    """The license plate on the hood that lets a car be a taxi."""

    medallion_no = models.CharField("medallion", max_length=10)

    class Meta:
        db_table = "medallions"
        ordering = ("medallion_no",)
        constraints = [
            *tenant_constraints("medallion"),
            search_keys.MEDALLION.trigger(name="medallion_search_keys"),
            search_keys.MEDALLION_PARTS.trigger(name="medallion_search_parts"),
            models.UniqueConstraint(fields=["company", "medallion_no"], name="medallion_number"),
        ]

    def __str__(self) -> str:
        return self.medallion_no


# Whoever adds a lease, it has a rate from its first day; what it costs later is entered by `set_lease_rate`.
FIRST_RATE = Trigger(
    name="lease_first_rate",
    event="after insert",
    body=(
        "insert into lease_rates (company_id, lease_id, from_on, weekly_amount, entered_by)"
        " values (new.company_id, new.id, new.started_on, new.weekly_amount, ''); return null;"
    ),
)


class Lease(TenantModel):
    """A medallion and a vehicle leased by the week; one active lease per medallion.

    `weekly_amount` is its latest rate; `lease_rates` say from which day each counts (docs/domain.md#lease-rates).
    """

    class Type(models.TextChoices):
        LONG_TERM = "Long term", "Long term"
        SHORT_TERM = "Short term", "Short term"
        MEDALLION_ONLY = "Medallion only", "Medallion only"

    class Status(models.TextChoices):
        ACTIVE = "Active", "Active"
        ENDED = "Ended", "Ended"

    lease_id = models.CharField("lease", max_length=20, help_text="The number people use: LS-2054.")
    lease_type = models.CharField(max_length=20, choices=Type.choices, default=Type.LONG_TERM)
    medallion = tenant_key("directory.Medallion")
    vehicle = tenant_key("directory.Vehicle")
    weekly_amount = MoneyField(
        validators=[MinValueValidator(Decimal(0))], help_text="A week, by the latest rate of the lease."
    )
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.ACTIVE)
    started_on = models.DateField()
    ended_on = models.DateField(null=True, blank=True, help_text="The last day of the lease.")

    class Meta:
        db_table = "leases"
        ordering = ("lease_id",)
        constraints = [
            *tenant_constraints("lease", "medallion", "vehicle"),
            search_keys.LEASE.trigger(name="lease_search_keys"),
            search_keys.LEASE_PARTS.trigger(name="lease_search_parts"),
            FIRST_RATE,
            models.UniqueConstraint(fields=["company", "lease_id"], name="lease_number"),
            models.UniqueConstraint(
                fields=["company", "medallion"],
                condition=Q(status="Active"),
                name="lease_one_active_per_medallion",
            ),
            models.CheckConstraint(
                condition=Q(weekly_amount__gte=0), name="lease_weekly_amount_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(ended_on__isnull=True) | Q(ended_on__gte=F("started_on")),
                name="lease_ends_after_start",
            ),
            models.CheckConstraint(
                condition=Q(status="Active") | Q(ended_on__isnull=False), name="lease_ended_has_last_day"
            ),
        ]
        indexes = [models.Index(fields=["company", "vehicle"], name="lease_vehicle")]

    def __str__(self) -> str:
        return self.lease_id


class LeaseRate(TenantModel):
    """What a lease costs a week from a day on, until its next rate begins (docs/domain.md#lease-rates)."""

    lease = tenant_key("directory.Lease", related_name="rates")
    from_on = models.DateField("from", help_text="The first day that costs this much.")
    weekly_amount = MoneyField(validators=[MinValueValidator(Decimal(0))])
    entered_by = models.CharField(
        max_length=150, blank=True, help_text="Who entered it; empty: it came with the lease."
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        db_table = "lease_rates"
        ordering = ("lease", "from_on")
        constraints = [
            *tenant_constraints("lease_rate", "lease"),
            models.UniqueConstraint(fields=["company", "lease", "from_on"], name="lease_rate_once"),
            models.CheckConstraint(condition=Q(weekly_amount__gte=0), name="lease_rate_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.weekly_amount:,.2f} a week from {format_day(self.from_on)}"


# The lease's row is locked first: two drivers added at the same moment see each other. A time that ended before its
# first day holds no day.
ONE_PRIMARY = Trigger(
    name="lease_driver_one_primary",
    event="before insert or update",
    body=(
        # A time that ends before it begins is a check constraint's to refuse.
        "if new.role = 'Primary' and new.until_on >= new.from_on is not false then"
        " perform 1 from leases where company_id = new.company_id and id = new.lease_id for update;"
        " if exists (select 1 from lease_drivers other where other.company_id = new.company_id"
        " and other.lease_id = new.lease_id and other.role = 'Primary' and other.id <> new.id"
        " and other.until_on >= other.from_on is not false"
        " and daterange(other.from_on, other.until_on, '[]') && daterange(new.from_on, new.until_on, '[]')) then"
        " raise exception 'lease % has a primary driver in that time', new.lease_id"
        " using errcode = 'exclusion_violation', constraint = 'lease_driver_one_primary';"
        " end if;"
        " end if;"
        " return new;"
    ),
)


class LeaseDriver(TenantModel):
    """A driver's time on a lease, by whole days (docs/domain.md#who-drove).

    A primary driver who was replaced on the very first day holds none: `until_on` is then the day before `from_on`.
    """

    class Role(models.TextChoices):
        PRIMARY = "Primary", "Primary"
        ADDITIONAL = "Additional", "Additional"

    lease = tenant_key("directory.Lease", related_name="lease_drivers")
    driver = tenant_key("directory.Driver", related_name="lease_drivers")
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.PRIMARY)
    from_on = models.DateField("from")
    until_on = models.DateField(
        "until", null=True, blank=True, help_text="The last day; empty while it lasts."
    )

    class Meta:
        db_table = "lease_drivers"
        constraints = [
            *tenant_constraints("lease_driver", "lease", "driver"),
            ONE_PRIMARY,
            models.UniqueConstraint(
                fields=["company", "lease"],
                condition=Q(role="Primary", until_on__isnull=True),
                name="lease_driver_one_current_primary",
            ),
            models.UniqueConstraint(
                fields=["company", "lease", "driver", "from_on"], name="lease_driver_once"
            ),
            models.CheckConstraint(
                condition=Q(until_on__isnull=True)
                | Q(until_on__gte=F("from_on"))
                | Q(role="Primary", until_on=F("from_on") - timedelta(days=1)),
                name="lease_driver_ends_after_start",
            ),
        ]
        indexes = [models.Index(fields=["company", "driver"], name="lease_driver_driver")]

    def __str__(self) -> str:
        return f"{self.driver} on {self.lease}"


CustomerHistory = tracked(Customer, prefix="customer")
DriverHistory = tracked(Driver, prefix="driver")
VehicleHistory = tracked(Vehicle, prefix="vehicle")
MedallionHistory = tracked(Medallion, prefix="medallion")
LeaseHistory = tracked(Lease, prefix="lease")
LeaseRateHistory = tracked(LeaseRate, prefix="lease_rate")
LeaseDriverHistory = tracked(LeaseDriver, prefix="lease_driver")
