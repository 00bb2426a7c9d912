"""Hand the runtime role exactly its declared rights, and close what PostgreSQL leaves open to everybody."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import psycopg
from django.conf import settings
from django.db import connection, transaction

from batconnect.core.database.rights import table_rights

# Large objects know neither owner's tables nor row-level security: whoever may call these can fill the disk.
_LARGE_OBJECTS: Final = """
select string_agg(p.oid::regprocedure::text, ', ' order by p.oid) from pg_proc p
where p.pronamespace = 'pg_catalog'::regnamespace and (p.proname like 'lo\\_%' or p.proname in ('loread', 'lowrite'))
  and has_function_privilege('public', p.oid, 'execute')
"""
_MAY: Final = """
select has_database_privilege(%s, current_database(), 'temporary'), has_schema_privilege(%s, 'public', 'create'),
  exists (select from pg_proc p where p.pronamespace = 'pg_catalog'::regnamespace and p.proname = 'lo_from_bytea'
    and has_function_privilege(%s, p.oid, 'execute'))
"""


@dataclass(frozen=True, slots=True)
class OpenPrivilege:
    """What the runtime role still may do although nothing needs it, and the statement that ends it."""

    what: str
    who: str
    remedy: str


def grant_rights(*, role: str) -> None:
    """Give the runtime role exactly its declared rights on every table; run as the owner, repeatable.

    In one transaction: a web server that runs meanwhile never finds a table without its rights. A table that no model
    has any more keeps none. Raises ImproperlyConfigured naming the tables that nobody declared.
    """
    declared = table_rights()
    quoted = connection.ops.quote_name(role)
    with transaction.atomic(), connection.cursor() as cursor:
        if settings.DATABASE_DISTRIBUTED:
            cursor.execute("set local citus.multi_shard_modify_mode to 'sequential'")
        cursor.execute(f"grant usage on schema public to {quoted}")
        cursor.execute(f"grant usage, select on all sequences in schema public to {quoted}")
        for table in connection.introspection.table_names(cursor):
            name = connection.ops.quote_name(table)
            cursor.execute(f"revoke all on {name} from {quoted}")
            if table in declared and (granted := ", ".join(declared[table].grants())):
                if settings.DATABASE_DISTRIBUTED and declared[table].defaulted:
                    _grant_insert_on_shards(cursor, name, quoted)
                cursor.execute(f"grant {granted} on {name} to {quoted}")


def _grant_insert_on_shards(cursor: Any, table: str, role: str) -> None:
    """A shard is given every column, those too that the coordinator filled: which ones a statement may name is the
    coordinator's to decide."""
    cursor.execute(f"grant insert on {table} to {role}")
    cursor.execute("set local citus.enable_ddl_propagation to off")
    cursor.execute(f"revoke insert on {table} from {role}")
    cursor.execute("set local citus.enable_ddl_propagation to on")


def revoke_public_privileges() -> None:
    """Take away what every role has by default: temporary tables, objects in the schema, large objects; repeatable.

    As the owner, who may not own the database or the server's own functions: `find_open_privileges` tells what is left.
    With the embedded server its superuser takes them all away.
    """
    name = str(connection.settings_dict["NAME"])
    statements = [
        f"revoke temporary on database {connection.ops.quote_name(name)} from public",
        "revoke create on schema public from public",
    ]
    with connection.cursor() as cursor:
        cursor.execute(_LARGE_OBJECTS)
        (functions,) = cursor.fetchone()
        if not settings.DATABASE_SUPERUSER_URL:
            for statement in statements:
                cursor.execute(statement)
            return
    if functions:
        statements.append(f"revoke execute on function {functions} from public")
    url = urlsplit(settings.DATABASE_SUPERUSER_URL)._replace(path=f"/{name}").geturl()
    with psycopg.connect(url) as server:
        for statement in statements:
            server.execute(statement.encode())


def find_open_privileges(*, role: str) -> list[OpenPrivilege]:
    """The privileges that the role still has, with what takes them away."""
    with connection.cursor() as cursor:
        cursor.execute(_MAY, [role, role, role])
        temporary, create, large_objects = cursor.fetchone()
        cursor.execute(_LARGE_OBJECTS)
        (functions,) = cursor.fetchone()
    name = connection.ops.quote_name(str(connection.settings_dict["NAME"]))
    open_privileges = []
    if temporary:
        open_privileges.append(
            OpenPrivilege(
                "The runtime role may make temporary tables.",
                "the owner of the database",
                f"revoke temporary on database {name} from public",
            )
        )
    if create:
        open_privileges.append(
            OpenPrivilege(
                "The runtime role may make objects in the schema public.",
                "the owner of that schema",
                "revoke create on schema public from public",
            )
        )
    if large_objects:
        open_privileges.append(
            OpenPrivilege(
                "The runtime role may write large objects.",
                "a superuser, in this database",
                f"revoke execute on function {functions} from public",
            )
        )
    return open_privileges
