"""Refuse to start where the database would not protect what is in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.core.exceptions import ImproperlyConfigured
from django.db import connections

from batconnect.core.database.encryption import encrypt
from batconnect.core.database.granting import find_open_privileges
from batconnect.core.database.rights import table_rights
from batconnect.core.serving.production import PRODUCTION

_ROLE = """
select r.rolsuper, r.rolbypassrls,
       exists (select 1 from pg_class c join pg_namespace n on n.oid = c.relnamespace
               where n.nspname = 'public' and c.relkind in ('r', 'p') and c.relowner = r.oid),
       current_setting('lock_timeout') = '0', current_setting('statement_timeout') = '0'
from pg_roles r where r.rolname = current_user
"""


@register(Tags.database)
def runtime_role_is_harmless(*, databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """The runtime role is not a superuser, cannot bypass row-level security, owns no table, and never
    waits without a limit."""
    if not databases or "default" not in databases:
        return []
    if connections["default"].settings_dict["USER"] != settings.RUNTIME_ROLE:
        return []  # a command that connects as the owner: migrate
    with connections["default"].cursor() as cursor:
        cursor.execute(_ROLE)
        superuser, bypasses, owns, waits, runs = cursor.fetchone()
    problems: list[CheckMessage] = []
    for wrong, what in (
        (superuser, "is a superuser"),
        (bypasses, "can bypass row-level security"),
        (owns, "owns tables"),
        (waits, "waits for locks without a limit"),
        (runs, "runs statements without a limit"),
    ):
        if wrong:
            problems.append(
                Error(
                    f"The runtime role of DATABASE_URL {what}.",
                    hint="Connect as the role that `manage.py setup_roles` makes.",
                    id="core.E001",
                )
            )
    if not superuser:  # who may do all that anyway
        problems += [
            Warning(privilege.what, hint=f"Run as {privilege.who}: {privilege.remedy}", id="core.W002")
            for privilege in find_open_privileges(role=settings.RUNTIME_ROLE)
        ]
    return problems


@register(Tags.security, PRODUCTION)
def encryption_keys_are_usable(**_: Any) -> list[CheckMessage]:
    """ENCRYPTION_KEYS holds keys that encrypt."""
    try:
        encrypt("")
    except ImproperlyConfigured as error:
        return [Error(str(error), id="core.E003")]
    return []


@register(Tags.models)
def every_table_is_declared(**_: Any) -> list[CheckMessage]:
    """What the runtime role may do with each table stands in some app's grants.py."""
    try:
        table_rights()
    except ImproperlyConfigured as error:
        return [Error(str(error), id="core.E004")]
    return []
