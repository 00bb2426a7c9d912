"""Tools and what is done with them: as the first release has them, and from WORKSHOP_RELEASE=2 on as the second."""

from __future__ import annotations

import os
from typing import Final

from django.conf import settings
from django.db import models
from django.db.models import Q

from batconnect.core.database.constraints import AppendOnly, SameCompany, Trigger, tenant_constraints
from batconnect.core.database.history import tracked
from batconnect.core.database.keys import tenant_key
from batconnect.core.kernel.ids import uuid7
from batconnect.core.models import TenantModel

IS_SECOND: Final = os.environ.get("WORKSHOP_RELEASE", "1") >= "2"


class Tool(TenantModel):
    """Somebody's tool, with a history."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=40)
    customer = tenant_key("directory.Customer")
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, db_index=False, related_name="+"
    )
    if IS_SECOND:
        weight = models.PositiveIntegerField(default=1)
        spare = tenant_key("self", null=True)
        seen_by = models.ForeignKey(
            settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, db_index=False, related_name="+"
        )
        place = tenant_key("workshop.Place", null=True)

    class Meta:
        db_table = "workshop_tools"
        constraints = [
            *tenant_constraints("tool", "customer"),
            models.UniqueConstraint(fields=["company", "name"], name="tool_once"),
            *(
                [
                    SameCompany(field="spare", name="tool_spare_key"),
                    SameCompany(field="place", name="tool_place_key"),
                    models.CheckConstraint(condition=Q(weight__lte=50), name="tool_can_be_lifted"),
                    Trigger(
                        name="tool_no_anvil",
                        event="before insert or update",
                        body="if new.name = 'anvil' then raise exception 'no anvils' using errcode = '23514'; end if;"
                        " return new;",
                    ),
                ]
                if IS_SECOND
                else [
                    Trigger(
                        name="tool_no_hammer",
                        event="before insert or update",
                        body="if new.name = 'hammer' then raise exception 'no hammers' using errcode = '23514';"
                        " end if; return new;",
                    )
                ]
            ),
        ]
        indexes = [models.Index(fields=["company", "weight", "id"], name="tool_weight")] if IS_SECOND else []


class Repair(TenantModel):
    """What was done to a tool: rows are added."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    tool = tenant_key(Tool)

    class Meta:
        db_table = "workshop_repairs"
        constraints = [*tenant_constraints("tool_repair", "tool"), AppendOnly(name="tool_repair_append_only")]


if IS_SECOND:

    class Place(TenantModel):
        """Where tools lie: a table that an older one gets a key to."""

        id = models.UUIDField(primary_key=True, default=uuid7, editable=False)

        class Meta:
            db_table = "workshop_places"
            constraints = tenant_constraints("tool_place")


ToolHistory = tracked(Tool, prefix="tool")
