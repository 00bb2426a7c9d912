"""Which tables lie where when PostgreSQL is distributed by company: read from the models, not listed.

Rule: docs/scale-distributed.md#where-tables-lie.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from django.apps import apps
from django.db import connection, models

from batconnect.core.database.constraints import CompanyIsolation
from batconnect.core.database.triggers import Trigger

COMPANY: Final = "company_id"
HISTORY: Final = "_history"

ON_EVERY_NODE: Final = {
    "companies": "every table of companies points at it",
    "currencies": "read beside companies' rows",
    "users": "companies' rows name who made them",
    "memberships": "read before there is a company, in each request",
    "company_settings": "read with memberships, in each request",
    "case_types": "flows are code, and cases point at them",
    "case_steps": "as above",
    "case_step_configs": "as above",
    "case_step_config_paths": "as above",
    "case_states": "as above",
    "case_transitions": "as above",
}
"""Reference tables, each with its reason: small, read in joins, seldom written."""


class Place(StrEnum):
    """Where the rows of a table are."""

    BY_COMPANY = "by company"
    EVERYWHERE = "on every node"
    COORDINATOR = "on the coordinator"


@dataclass(frozen=True, slots=True)
class PlannedTable:
    """A table and where its rows belong."""

    model: type[models.Model]
    place: Place

    @property
    def name(self) -> str:
        return self.model._meta.db_table

    def policies(self) -> list[CompanyIsolation]:
        return [each for each in self.model._meta.constraints if isinstance(each, CompanyIsolation)]

    def small_keys(self) -> list[str]:
        """The columns that nodes number, and that have not enough bits for each node to have a range of its own."""
        return [
            str(field.column)
            for field in self.model._meta.local_concrete_fields
            if field.get_internal_type() == "AutoField" and self.place is Place.BY_COMPANY
        ]


def where_tables_lie() -> dict[str, Place]:
    """Where the distributed database has which table; empty when nothing of this one is distributed."""
    with connection.cursor() as cursor:
        cursor.execute("select to_regclass('pg_catalog.pg_dist_partition') is not null")
        if cursor.fetchone() == (False,):
            return {}
        cursor.execute("select logicalrelid::text, partmethod::text, repmodel::text from pg_dist_partition")
        found = cursor.fetchall()
    kinds = {("h", "s"): Place.BY_COMPANY, ("n", "t"): Place.EVERYWHERE}
    return {table: kinds.get((method, model), Place.COORDINATOR) for table, method, model in found}


def planned_tables() -> list[PlannedTable]:
    """Every table of the models, with its place."""
    return [
        PlannedTable(model, place_of(model))
        for model in sorted(
            apps.get_models(include_auto_created=True), key=lambda model: str(model._meta.db_table)
        )
        if model._meta.managed and not model._meta.proxy
    ]


def place_of(model: type[models.Model]) -> Place:
    """Where the rows of a model belong: by company if it has one, unless it is read without one or follows such."""
    table = model._meta.db_table
    if table in ON_EVERY_NODE:
        return Place.EVERYWHERE
    if not any(field.column == COMPANY for field in model._meta.local_concrete_fields):
        return Place.COORDINATOR
    # Its trigger fires where the coordinator changes its own copy: only there is it inside that trigger.
    if table.removesuffix(HISTORY) in ON_EVERY_NODE:
        return Place.COORDINATOR
    return Place.BY_COMPANY


def planned_triggers() -> Iterator[tuple[Any, str, Place]]:
    """Every declared trigger with its table and that table's place."""
    places = {planned.name: planned.place for planned in planned_tables()}
    for planned in planned_tables():
        for rule in planned.model._meta.constraints:
            if isinstance(rule, Trigger):
                table = rule.table_of(planned.model)
                yield rule, table, places.get(table, Place.COORDINATOR)
