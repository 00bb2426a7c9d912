"""The two database roles: an owner that migrates, and a runtime role that owns nothing.

What the latter may do is declared in each app's `grants.py` (database.rights) and granted by database.granting.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.db import connection


@contextmanager
def as_owner() -> Iterator[None]:
    """Connect as the owner for a while: migrations, roles, companies, flow tables. Never in a request."""
    if not settings.DATABASE_OWNER_URL:
        raise RuntimeError("DATABASE_OWNER_URL is not set: this needs the role that owns the tables.")
    owner = urlsplit(settings.DATABASE_OWNER_URL)
    login = {"USER": unquote(owner.username or ""), "PASSWORD": unquote(owner.password or "")}
    kept = {name: connection.settings_dict[name] for name in login}
    connection.close()
    connection.settings_dict.update(login)
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.update(kept)


def make_role(*, role: str, password: str) -> bool:
    """Make the runtime role unless it exists; needs an owner that may create roles. Returns whether it was made."""
    with connection.cursor() as cursor:
        cursor.execute("select 1 from pg_roles where rolname = %s", [role])
        if cursor.fetchone():
            return False
        name = connection.ops.quote_name(role)
        # Utility statements take no bound parameters: the server quotes the text.
        cursor.execute(
            "select format('create role %%s login nosuperuser nobypassrls password %%L', %s::text, %s::text)",
            [name, password],
        )
        (statement,) = cursor.fetchone()
        cursor.execute(statement)
    return True


def set_role_limits(limits: Mapping[str, str]) -> None:
    """Give the role of this connection its limits of `core.database.waits`, for every session that begins from now on.

    Any role may set its own defaults, so this needs no right over others; repeatable, and nothing is written where they
    stand already.
    """
    with connection.cursor() as cursor:
        cursor.execute("select coalesce(rolconfig, '{}') from pg_roles where rolname = current_user")
        (current,) = cursor.fetchone()
        for name, value in limits.items():
            if f"{name}={value}" not in current:
                cursor.execute(f"alter role current_user set {name} = '{value}'")
