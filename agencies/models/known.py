"""Tags and plates that somebody said belong to a vehicle, by days (docs/domain.md#known-vehicles)."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from batconnect.core.database.constraints import tenant_constraints
from batconnect.core.database.keys import tenant_key
from batconnect.core.kernel.ids import uuid7
from batconnect.core.models import TenantModel


class KnownVehicle(TenantModel):
    """A tag or a plate in a vehicle, from a day on and until it is ended; learned when a row is assigned."""

    class Mark(models.TextChoices):
        TAG = "tag", "Tag"
        PLATE = "plate", "Plate"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    mark = models.CharField(max_length=5, choices=Mark.choices)
    text = models.CharField(
        max_length=20, help_text="Capitals and digits alone, without zeros in front of a tag."
    )
    vehicle = tenant_key("directory.Vehicle")
    from_on = models.DateField("from")
    until_on = models.DateField(
        "until", null=True, blank=True, help_text="The last day; empty while it lasts."
    )
    learned_from = tenant_key("agencies.AgencyRow", null=True)
    created_by = models.CharField(max_length=150)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        db_table = "agency_known_vehicles"
        verbose_name = "remembered tag or plate"
        verbose_name_plural = "remembered tags and plates"
        ordering = ("mark", "text", "from_on")
        constraints = [
            *tenant_constraints("agency_known_vehicle", "vehicle", "learned_from"),
            models.UniqueConstraint(
                fields=["company", "mark", "text", "vehicle", "from_on"], name="agency_known_vehicle_once"
            ),
            models.CheckConstraint(condition=~Q(text=""), name="agency_known_vehicle_says_something"),
            models.CheckConstraint(
                condition=Q(until_on__isnull=True) | Q(until_on__gte=F("from_on")),
                name="agency_known_vehicle_ends_after_start",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_mark_display()} {self.text}"
