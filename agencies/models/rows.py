"""What agencies say happened: each trip, toll, violation and summons once, by the agency's own number.

Rule: docs/domain.md#agency-rows.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from batconnect.core.database.constraints import Trigger, tenant_constraints
from batconnect.core.database.keys import tenant_key
from batconnect.core.kernel.ids import uuid7
from batconnect.core.kernel.money import MoneyField
from batconnect.core.models import TenantModel

_NOTHING: Final = Decimal("0.00")


class Kind(models.TextChoices):
    """What a file brings."""

    TRIPS = "trips", "Trips"
    TOLLS = "tolls", "Tolls"
    VIOLATIONS = "violations", "Parking and camera violations"
    SUMMONSES = "summonses", "TLC summonses"


class Why(models.TextChoices):
    """Why a row waits for a person."""

    NONE = "", "Does not wait"
    UNKNOWN = "unknown_vehicle", "Plate, tag or medallion is not known"
    UNKNOWN_DRIVER = "unknown_driver", "The license is not known"
    NO_LEASE = "no_lease", "No lease on that day"
    TWO_LEASES = "two_leases", "Several leases on that day"
    TWO_VEHICLES = "two_vehicles", "Several vehicles had it that week"
    CONTRADICTION = "contradiction", "What it names does not belong together"
    NO_DRIVER = "no_driver", "Nobody drove on that day"
    NOT_ON_LEASE = "not_on_lease", "The driver is not on the lease that day"
    TWO_DRIVERS = "two_drivers", "Several drivers on that day"
    TAKEN = "reference_taken", "Its number was charged otherwise"
    ENTERED = "week_entered", "The week's earnings were entered otherwise"


class AgencyRow(TenantModel):
    """A trip, toll, violation or summons; `reference` is the agency's number, unique for agency and kind.

    `day` is the company's calendar day on which it happened or, of a trip, began. `amount` is what it costs now by the
    agency's word, of a trip what the card paid; `charged` is what its obligation was raised with, or what of a trip is
    in `trip_week`. What the file said first stays; what an agency says later is a change (`AgencyChange`).
    """

    class State(models.TextChoices):
        NEW = "new", "To be joined"
        JOINED = "joined", "To be charged or credited"
        WAITING = "waiting", "Waits at the desk"
        DONE = "done", "Charged or credited"
        SET_ASIDE = "set_aside", "Set aside"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    agency = models.CharField(max_length=40)
    reference = models.CharField(max_length=60)
    import_file = tenant_key("agencies.AgencyImport", related_name="rows", db_column="import_id")
    line_no = models.PositiveIntegerField()
    day = models.DateField()
    happened_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    plate = models.CharField(max_length=12, blank=True)
    plate_state = models.CharField(max_length=2, blank=True)
    tag = models.CharField(max_length=20, blank=True)
    medallion = models.CharField(max_length=10, blank=True)
    license = models.CharField(max_length=20, blank=True)
    description = models.CharField(max_length=160, blank=True)
    due_date = models.DateField(null=True)
    amount = MoneyField()
    fine = MoneyField()
    penalty = MoneyField(default=_NOTHING)
    reduction = MoneyField(default=_NOTHING)
    fee = MoneyField(default=_NOTHING)
    state_surcharge = MoneyField(default=_NOTHING)
    city_surcharge = MoneyField(default=_NOTHING)
    congestion_surcharge = MoneyField(default=_NOTHING)
    airport_fee = MoneyField(default=_NOTHING)
    words = models.JSONField(default=list, help_text="Amounts that the agency said of it at another time.")
    state = models.CharField(max_length=9, choices=State.choices, default=State.NEW)
    why = models.CharField(max_length=16, choices=Why.choices, blank=True, default="")
    is_late = models.BooleanField(default=False, help_text="Of a trip: its week has been settled.")
    lease = tenant_key("directory.Lease", null=True)
    driver = tenant_key("directory.Driver", null=True)
    customer = tenant_key("directory.Customer", null=True)
    charged = MoneyField(null=True)
    obligation = tenant_key("ledger.Obligation", null=True)
    trip_week = tenant_key("agencies.TripWeek", null=True, related_name="rows")
    decided_by = models.CharField(
        max_length=150, blank=True, default="", help_text="Who assigned it or set it aside."
    )
    decided_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=500, blank=True, default="")
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        db_table = "agency_rows"
        verbose_name = "row of an agency"
        verbose_name_plural = "rows of agencies"
        ordering = ("-id",)
        constraints = [
            *tenant_constraints(
                *("agency_row", "import_file", "lease", "driver", "customer", "obligation", "trip_week")
            ),
            models.UniqueConstraint(
                fields=["company", "kind", "agency", "reference"], name="agency_row_once"
            ),
            models.UniqueConstraint(
                fields=["company", "obligation"],
                condition=Q(obligation__isnull=False),
                name="agency_row_obligation_once",
            ),
            models.CheckConstraint(
                condition=Q(state="waiting") & ~Q(why="") | ~Q(state="waiting") & Q(why=""),
                name="agency_row_says_why",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["new", "waiting", "set_aside"])
                | Q(lease__isnull=False, driver__isnull=False, customer__isnull=False),
                name="agency_row_joined_to_somebody",
            ),
            models.CheckConstraint(
                condition=Q(state="done", charged__isnull=False)
                & ~Q(kind="trips", trip_week__isnull=True)
                & (Q(kind="trips", obligation__isnull=True) | Q(obligation__isnull=False) | Q(charged=0))
                | ~Q(state="done") & Q(charged__isnull=True, obligation__isnull=True, trip_week__isnull=True),
                name="agency_row_done_by_something",
            ),
            models.CheckConstraint(
                condition=Q(kind="trips") | Q(trip_week__isnull=True), name="agency_row_trips_are_earned"
            ),
            models.CheckConstraint(
                condition=Q(
                    amount__gte=0,
                    fine__gte=0,
                    penalty__gte=0,
                    reduction__gte=0,
                    fee__gte=0,
                    state_surcharge__gte=0,
                    city_surcharge__gte=0,
                    congestion_surcharge__gte=0,
                    airport_fee__gte=0,
                ),
                name="agency_row_not_below_zero",
            ),
            Trigger(
                name="agency_row_fixed",
                event=(
                    "before update of id, company_id, kind, agency, reference, import_id, line_no, day, happened_at,"
                    " ended_at, plate, tag, medallion, license"
                ),
                body="raise exception 'what an agency said first never changes' using errcode = 'restrict_violation';",
            ),
            Trigger(
                name="agency_row_done_once",
                event="before update of charged, obligation_id, trip_week_id, state",
                after_table="for each row when (old.state = 'done')",
                body="raise exception 'this row is charged or credited already' using errcode = 'restrict_violation';",
            ),
            Trigger(
                name="agency_row_kept",
                event="before delete",
                truncate=True,
                after_table="for each statement",
                body="raise exception 'rows of agencies are never deleted' using errcode = 'restrict_violation';",
            ),
        ]
        indexes = [
            models.Index(
                fields=["company", "day", "id"], condition=Q(state="waiting"), name="agency_row_waiting"
            ),
            models.Index(
                fields=["company", "import_file", "state", "id"],
                condition=Q(state__in=["new", "joined"]),
                name="agency_row_unfinished",
            ),
            models.Index(fields=["company", "import_file", "line_no"], name="agency_row_import"),
            # By bytes: lists ask for plates and tags by their beginning.
            models.Index(
                fields=["company", "plate", "day"],
                opclasses=["uuid_ops", "text_pattern_ops", "date_ops"],
                condition=~Q(plate=""),
                name="agency_row_plate",
            ),
            models.Index(
                fields=["company", "tag", "day"],
                opclasses=["uuid_ops", "text_pattern_ops", "date_ops"],
                condition=~Q(tag=""),
                name="agency_row_tag",
            ),
            models.Index(
                fields=["company", "trip_week"],
                condition=Q(trip_week__isnull=False),
                name="agency_row_trip_week",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.reference}"
