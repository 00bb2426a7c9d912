"""What the tests of tenancy ask the catalog of PostgreSQL."""

from __future__ import annotations

from typing import Final

NOT_OF_AN_EXTENSION: Final = "and not exists (select from pg_depend d where d.objid = {} and d.deptype = 'e')"
"""A condition on an oid: of our own making. Citus has views and triggers of its own, which the server guards."""
