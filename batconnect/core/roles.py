"""The two database roles: an owner that migrates, and a runtime role that owns nothing (DESIGN 3).

Rights follow the models: `AppendOnly` tables take inserts alone, those of `READ_ONLY_AT_RUNTIME` none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import unquote, urlsplit

from django.apps import apps
from django.conf import settings
from django.db import connection, transaction

from batconnect.core.constraints import AppendOnly

READ_ONLY_AT_RUNTIME = frozenset(
    {
        "companies",
        "currencies",
        "case_types",
        "case_steps",
        "case_step_configs",
        "case_step_config_paths",
        "case_states",
        "case_transitions",
        "django_migrations",
        "django_content_type",
        "auth_permission",
    }
)


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


def grant_rights(*, role: str) -> None:
    """Give the runtime role exactly what it needs on every table; run as the owner, repeatable.

    In one transaction: a web server that runs meanwhile never finds a table without its rights.
    """
    append_only = {
        model._meta.db_table
        for model in apps.get_models(include_auto_created=True)
        if any(isinstance(rule, AppendOnly) for rule in model._meta.constraints)
    }
    quoted = connection.ops.quote_name(role)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"grant usage on schema public to {quoted}")
        cursor.execute(f"grant usage, select on all sequences in schema public to {quoted}")
        for table in connection.introspection.table_names(cursor):
            name = connection.ops.quote_name(table)
            if table in READ_ONLY_AT_RUNTIME:
                rights = "select"
            elif table in append_only:
                rights = "select, insert"
            else:
                rights = "select, insert, update, delete"
            cursor.execute(f"revoke all on {name} from {quoted}")
            cursor.execute(f"grant {rights} on {name} to {quoted}")


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
    """Give the role of this connection its limits of `core.waits`, for every session that begins from now on.

    Any role may set its own defaults, so this needs no right over others; repeatable, and nothing is written where they
    stand already.
    """
    with connection.cursor() as cursor:
        cursor.execute("select coalesce(rolconfig, '{}') from pg_roles where rolname = current_user")
        (standing,) = cursor.fetchone()
        for name, value in limits.items():
            if f"{name}={value}" not in standing:
                cursor.execute(f"alter role current_user set {name} = '{value}'")
