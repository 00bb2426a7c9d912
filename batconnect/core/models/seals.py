"""Seals: what a company's books held at a time, chained, so that a later change by anybody shows (docs/seals.md)."""

from __future__ import annotations

from typing import Final

from django.db import models
from django.db.models import Q
from django.db.models.functions import Length, Now

from batconnect.core.database.constraints import AppendOnly, Trigger, tenant_constraints
from batconnect.core.database.keys import tenant_key
from batconnect.core.kernel.ids import uuid7
from batconnect.core.models.companies import TenantModel

DIGEST_BYTES: Final = 32

models.BinaryField.register_lookup(Length)

# Each seal is made on the one before it; the first on nothing.
_CHAINED: Final = Trigger(
    name="seal_chained",
    event="before insert",
    body=(
        "if new.number > 1 and new.previous is distinct from"
        " (select s.digest from seals s where s.company_id = new.company_id and s.number = new.number - 1) then"
        " raise exception 'a seal is made on the seal before it' using errcode = 'check_violation';"
        " end if; return new;"
    ),
)


class Seal(TenantModel):
    """One link of a company's chain: the digest of the one before it and of the rows that it covers."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    number = models.PositiveIntegerField()
    previous = models.BinaryField(
        max_length=DIGEST_BYTES, help_text="The digest before; of the first: empty."
    )
    digest = models.BinaryField(max_length=DIGEST_BYTES, help_text="SHA-256.")
    rows = models.PositiveIntegerField(help_text="How many rows it covers.")
    is_backlog = models.BooleanField(default=False, help_text="Of what was there before the first seal.")
    sealed_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        db_table = "seals"
        ordering = ("-number",)
        constraints = [
            *tenant_constraints("seal"),
            models.UniqueConstraint(fields=["company", "number"], name="seal_number"),
            models.CheckConstraint(
                condition=Q(number=1, previous__length=0) | Q(number__gt=1, previous__length=DIGEST_BYTES),
                name="seal_previous_length",
            ),
            models.CheckConstraint(condition=Q(digest__length=DIGEST_BYTES), name="seal_digest_length"),
            models.CheckConstraint(condition=Q(rows__gt=0), name="seal_covers_rows"),
            AppendOnly(name="seal_append_only"),
            _CHAINED,
        ]

    def __str__(self) -> str:
        return f"{self.number}"


class SealedRow(TenantModel):
    """The digest of one row as it was sealed, at its place in the seal."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    seal = tenant_key("core.Seal", related_name="sealed")
    place = models.PositiveIntegerField()
    kind = models.CharField(max_length=20)
    row_id = models.UUIDField()
    digest = models.BinaryField(max_length=DIGEST_BYTES, help_text="SHA-256 of what the row said.")

    class Meta:
        db_table = "sealed_rows"
        constraints = [
            *tenant_constraints("sealed_row", "seal"),
            models.UniqueConstraint(fields=["company", "seal", "place"], name="sealed_row_place"),
            models.UniqueConstraint(fields=["company", "kind", "row_id"], name="sealed_row_once"),
            models.CheckConstraint(condition=Q(place__gte=1), name="sealed_row_from_one"),
            models.CheckConstraint(condition=Q(digest__length=DIGEST_BYTES), name="sealed_row_digest_length"),
            AppendOnly(name="sealed_row_append_only"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.row_id}"
