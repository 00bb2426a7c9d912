"""Databases of the suite: one migrated template, cloned for every worker and after every committing test.

Everything runs on the server of DATABASE_OWNER_URL. In memory a clone takes some 40 ms, so a test that commits simply
gets a new one: nothing has to be truncated, and the runtime role needs no right that it lacks in production.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
from django.conf import settings
from django.core.management import call_command
from django.db import connection, connections
from psycopg import sql

from batconnect.core.database.distribution.distributing import make_rules_of_shards
from batconnect.core.database.roles import as_owner
from tests.distributed import cluster

ROOT = Path(__file__).resolve().parent.parent
# What the template is made of: migrations, what is synchronized after them, and the cast.
INGREDIENTS = (
    "*/migrations/*.py",
    "batconnect/*/migrations/*.py",
    "payments/*/migrations/*.py",
    "batconnect/core/management/commands/migrate.py",
    "*/bpm_flows/**/*",
    "cases/flow.py",
    "cases/sync.py",
    "*/grants.py",
    "batconnect/*/grants.py",
    "*/tasks.py",
    "batconnect/core/companies/opening.py",
    "batconnect/core/database/constraints.py",
    "batconnect/core/database/distribution/*.py",
    "batconnect/core/companies/currencies.py",
    "batconnect/core/database/rights.py",
    "batconnect/core/database/granting.py",
    "batconnect/core/database/roles.py",
    "batconnect/core/database/rule.py",
    "batconnect/core/database/triggers.py",
    "batconnect/core/database/migrating.py",
    "batconnect/core/jobs/schedules.py",
    "batconnect/core/tasks.py",
    "ledger/chart.py",
    "ledger/services/chart.py",
    "tests/bpm_flows/**/*",
    "tests/cast.py",
    "tests/databases.py",
    "tests/distributed/cluster.py",
)
TEMPLATE_LOCK = 7_041_776
# In the template alone, and in a schema of its own: the runtime role has nothing like it anywhere else.
_OWNERS_HAND = """
create schema testing;
create function testing.run(statement text, out answer text) returns setof text language plpgsql security definer as
$body$ declare added record; begin
  if statement !~* 'returning' then execute statement; return next; return; end if;
  for added in execute statement loop
    select value into answer from json_each_text(row_to_json(added)) limit 1;
    return next;
  end loop;
end $body$;
"""
_holders: list[psycopg.Connection] = []


@cache
def ensure_template() -> str:
    """The name of an up-to-date template; made by whoever comes first, the others wait."""
    name = f"template_batconnect_{_fingerprint()}"
    with _server() as server:
        server.execute("select pg_advisory_lock(%s)", [TEMPLATE_LOCK])
        if not server.execute("select 1 from pg_database where datname = %s", [name]).fetchone():
            # Made under another name: a killed run leaves nothing that looks finished.
            making = f"{name}_making"
            _create(server, making)
            if cluster.NODES:
                cluster.join(making)
            _fill(making)
            if cluster.NODES:
                cluster.close(making, as_name=name)
            else:
                server.execute(
                    sql.SQL("alter database {} rename to {}").format(
                        sql.Identifier(making), sql.Identifier(name)
                    )
                )
        for (old,) in server.execute(
            "select datname from pg_database where datname like 'template_batconnect_%%' and datname <> %s",
            [name],
        ).fetchall():
            # Another run, of another state of the tree, may still clone from it.
            if server.execute("select pg_try_advisory_lock(hashtext(%s))", [old]).fetchone() == (True,):
                _drop(server, old)
        _hold(name)
    return name


def _hold(template: str) -> None:
    """Say, as long as this process lives, that it clones from the template."""
    holder = psycopg.connect(settings.DATABASE_OWNER_URL, autocommit=True)
    holder.execute("select pg_advisory_lock_shared(hashtext(%s))", [template])
    _holders.append(holder)


def clone(*, template: str, name: str) -> None:
    """A new database `name`, replacing an older one, and the connection settings pointed at it."""
    connections.close_all()
    with _server() as server:
        # Cloning refuses while another session is connected to the template, so clones of one take turns.
        server.execute("select pg_advisory_lock(hashtext(%s))", [f"clone {template}"])
        _create(server, name, template=template)
        # What `setup_roles` takes from a database does not come along with its copy.
        server.execute(sql.SQL("revoke temporary on database {} from public").format(sql.Identifier(name)))
    connection.settings_dict["NAME"] = name


def keep_copy(*, name: str) -> None:
    """Keep the test's database as it stands under another name, to be cloned from again."""
    current = str(connection.settings_dict["NAME"])
    connections.close_all()
    with _server() as server, cluster.at_rest(current) if cluster.NODES else nullcontext():
        _create(server, name, template=current)


def make_empty(*, name: str) -> None:
    """A database without anything in it, and the connection settings pointed at it."""
    connections.close_all()
    with _server() as server:
        _create(server, name)
        if cluster.NODES:
            cluster.join(name)
    connection.settings_dict["NAME"] = name


def remove(*, name: str) -> None:
    """Drop the database of a finished worker."""
    connections.close_all()
    with _server() as server:
        _drop(server, name)


def superuser_connection() -> psycopg.Connection:
    """A connection to the test database that may do anything: only to corrupt a copy or look behind RLS."""
    return psycopg.connect(
        _at(settings.DATABASE_SUPERUSER_URL, str(connection.settings_dict["NAME"])), autocommit=True
    )


@contextmanager
def owners_hand() -> Iterator[None]:
    """Inside, the test's own updates, inserts and deletes are the owner's, in the running transaction.

    To make what time or an older release would have left behind, and no service can: a payment of last year. A new
    row's key comes back as text: read the row again.
    """

    def handed_over(execute: Any, statement: str, values: Any, many: bool, context: Any) -> Any:
        if not statement.lstrip().lower().startswith(("update", "insert", "delete")):
            return execute(statement, values, many, context)
        text = psycopg.ClientCursor(connection.connection).mogrify(statement, values)
        return execute("select * from testing.run(%s::text)", [text], many, context)

    connection.ensure_connection()
    with connection.execute_wrapper(handed_over):
        yield


def _fingerprint() -> str:
    digest = hashlib.sha256(f"{settings.DATABASE_DISTRIBUTED} {cluster.NODES}".encode())
    for pattern in INGREDIENTS:
        for path in sorted(ROOT.glob(pattern)):
            if path.is_file() and "/tests/" not in str(path.relative_to(ROOT).parent) + "/":
                digest.update(str(path.relative_to(ROOT)).encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def _fill(name: str) -> None:
    from tests.cast import make_cast

    kept = connection.settings_dict["NAME"]
    connections.close_all()
    connection.settings_dict["NAME"] = name
    try:
        call_command("migrate", verbosity=0, interactive=False)
        if cluster.NODES:
            call_command("distribute", verbosity=0)
        call_command("setup_roles", verbosity=0)
        if settings.DATABASE_DISTRIBUTED and not cluster.NODES:
            with as_owner():
                make_rules_of_shards()
        with as_owner(), connection.cursor() as cursor:
            cursor.execute(_OWNERS_HAND)
            role = connection.ops.quote_name(settings.RUNTIME_ROLE)
            cursor.execute(f"grant usage on schema testing to {role}")
        make_cast()
    finally:
        connections.close_all()
        connection.settings_dict["NAME"] = kept


@contextmanager
def _server() -> Iterator[psycopg.Connection]:
    url = settings.DATABASE_SUPERUSER_URL or settings.DATABASE_OWNER_URL
    owner = urlsplit(settings.DATABASE_OWNER_URL).username
    with psycopg.connect(url, autocommit=True) as server:
        if settings.DATABASE_SUPERUSER_URL:
            server.execute(sql.SQL("set role {}").format(sql.Identifier(str(owner))))
        yield server


def _create(server: psycopg.Connection, name: str, *, template: str = "") -> None:
    """A new database, replacing an older one; on a cluster one on each node."""
    _drop(server, name)
    if cluster.NODES:
        cluster.create(name, template=template)
        return
    statement = sql.SQL("create database {}").format(sql.Identifier(name))
    if template:
        statement += sql.SQL(" template {}").format(sql.Identifier(template))
    server.execute(statement)


def _drop(server: psycopg.Connection, name: str) -> None:
    if cluster.NODES:
        cluster.drop(name)
        return
    statement = sql.SQL("drop database if exists {}").format(sql.Identifier(name))
    if settings.DATABASE_SUPERUSER_URL:
        # Ending a left-over session of the runtime role takes more than ownership.
        server.execute("reset role")
        server.execute(statement + sql.SQL(" with (force)"))
        server.execute(
            sql.SQL("set role {}").format(sql.Identifier(str(urlsplit(settings.DATABASE_OWNER_URL).username)))
        )
    else:
        server.execute(statement)


def _at(url: str, database: str) -> str:
    return urlsplit(url)._replace(path=f"/{database}").geturl()
