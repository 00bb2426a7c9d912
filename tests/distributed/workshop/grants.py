"""What the runtime role may do with the workshop's tables (core.database.rights)."""

from __future__ import annotations

from django.apps import apps

from batconnect.core.database.rights import declare
from tests.distributed.workshop.models import IS_SECOND, Tool

declare(Tool, update="name weight" if IS_SECOND else "name", why="Renamed.")
if IS_SECOND:
    declare(apps.get_model("workshop", "Place"), why="Written once.")
