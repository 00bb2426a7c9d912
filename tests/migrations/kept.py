"""The demo as the first migrations left it, kept as files: a CSV of each table in one archive.

`python -m tests.migrations.kept` writes the archive anew, from this tree: once, while there is nothing but the first
migrations. What an installation has stored since is never written again.
"""

from __future__ import annotations

import json
import sys
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import psycopg
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from psycopg import sql

from batconnect.core.database.migrating import only_changed_models_rendered
from batconnect.core.database.roles import as_owner

ARCHIVE: Final = Path(__file__).with_name("demo-at-0001.zip")
_LIST: Final = "migrations.json"
# Filled by migrating, or of one run alone.
_LEFT_OUT: Final = ("django_migrations", "django_session", "axes_")
# Nobody signs in to the archive: no password, however well hashed, is kept in the repository.
_BLANKED: Final = {"users": {"password": "'!'"}}
WRITTEN_ON: Final = datetime(2026, 11, 4, 15, tzinfo=UTC)
# Columns that count up by a sequence of their own.
_COUNTED: Final = """
select table_name, column_name from information_schema.columns
where table_schema = 'public' and (is_identity = 'YES' or column_default like 'nextval%')
"""


def tables_of(server: psycopg.Connection) -> dict[str, list[str]]:
    """The columns of every table that is kept; generated ones are the database's."""
    columns: dict[str, list[str]] = {}
    for table, column in server.execute(
        "select c.relname, a.attname from pg_class c join pg_attribute a on a.attrelid = c.oid"
        " where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and a.attnum > 0 and not a.attisdropped"
        " and a.attgenerated = '' order by 1, a.attnum"
    ).fetchall():
        if not table.startswith(_LEFT_OUT):
            columns.setdefault(table, []).append(column)
    return columns


def write_archive(server: psycopg.Connection, *, to: Path = ARCHIVE) -> None:
    """Keep every row of the database that `server` is connected to."""
    applied = server.execute("select app, name from django_migrations order by id").fetchall()
    with zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        archive.writestr(_LIST, json.dumps(applied, indent=0))
        for table, columns in tables_of(server).items():
            blanked = _BLANKED.get(table, {})
            shown = sql.SQL(", ").join(
                sql.SQL(blanked[column]) if column in blanked else sql.Identifier(column)
                for column in columns
            )
            query = sql.SQL("copy (select {} from {}) to stdout (format csv)").format(
                shown, sql.Identifier(table)
            )
            with server.cursor().copy(query) as rows:
                content = b"".join(bytes(each) for each in rows)
            if content:
                archive.writestr(f"{table}.csv", f"{','.join(columns)}\n".encode() + content)


def migrations_of(archive: zipfile.ZipFile) -> list[tuple[str, str]]:
    """Which migrations had been applied, in their order."""
    return [(app, name) for app, name in json.loads(archive.read(_LIST))]


def restore(server: psycopg.Connection, *, source: Path = ARCHIVE) -> dict[str, int]:
    """Put the kept rows into a database that stands at the kept migrations; how many each table has.

    Past triggers and keys, as a restored backup is: `server` is a superuser's connection.
    """
    counts: dict[str, int] = {}
    with zipfile.ZipFile(source) as archive, server.transaction():
        server.execute("set local session_replication_role = replica")
        for table in reversed(tables_of(server)):
            server.execute(sql.SQL("delete from {}").format(sql.Identifier(table)))
        for name in archive.namelist():
            if name == _LIST:
                continue
            header, _, content = archive.read(name).partition(b"\n")
            table = name.removesuffix(".csv")
            columns = sql.SQL(", ").join(sql.Identifier(each) for each in header.decode().split(","))
            query = sql.SQL("copy {} ({}) from stdin (format csv)").format(sql.Identifier(table), columns)
            with server.cursor() as cursor:
                with cursor.copy(query) as rows:
                    rows.write(content)
                counts[table] = cursor.rowcount
        for table, column in server.execute(_COUNTED).fetchall():
            server.execute(
                sql.SQL("select setval(pg_get_serial_sequence({}, {}), coalesce(max({}), 1)) from {}").format(
                    sql.Literal(table), sql.Literal(column), sql.Identifier(column), sql.Identifier(table)
                )
            )
    return counts


def migrate_to(targets: list[tuple[str, str]]) -> None:
    """Migrate an empty database as far as these, and no further."""
    with as_owner(), only_changed_models_rendered():
        # Without what follows a migration: it would use tables that are not there yet.
        MigrationExecutor(connection).migrate(list(dict(targets).items()))


def main() -> int:
    """Write the archive from a database of its own, with the demo of a day that stays the same."""
    import time_machine
    from django.db.models import Value
    from django.db.models.functions import Concat
    from django.test import override_settings

    from batconnect.core.models import User
    from demo.loading import load_demo
    from tests.databases import clone, ensure_template, owners_hand, remove, superuser_connection

    name = "kept_demo"
    clone(template=ensure_template(), name=name)
    try:
        with (
            TemporaryDirectory() as folder,
            override_settings(DATA_DIR=Path(folder), DEMO_PASSWORD="a password that nobody keeps"),
            time_machine.travel(WRITTEN_ON, tick=True),
        ):
            # The suite's own people have the same names.
            with owners_hand():
                User.objects.update(username=Concat(Value("north-"), "username"))
            load_demo()
        with superuser_connection() as server:
            write_archive(server)
    finally:
        remove(name=name)
    sys.stdout.write(f"{ARCHIVE.name}: {ARCHIVE.stat().st_size:,} bytes\n")
    return 0


def _set_up() -> None:
    import os

    import django

    from batconnect.embedded.environment import prepare_operators_environment

    prepare_operators_environment()
    os.environ["DJANGO_SETTINGS_MODULE"] = "batconnect.settings"
    django.setup()


if __name__ == "__main__":
    _set_up()
    sys.exit(main())
