"""The runtime role and its rights: made by an owner that may create roles and nothing more."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from io import StringIO
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from psycopg import sql

from batconnect.core.database.checks import runtime_role_is_harmless
from batconnect.core.database.roles import as_owner
from tests.databases import superuser_connection

PASSWORD = 'it\'s "quoted" %s'


@pytest.fixture
def deployment(transactional_db: None, settings: Any) -> Iterator[str]:
    """The test's database in the hands of an owner as operations.md asks for, and no runtime role yet; its name."""
    owner, runtime = (f"{name}_{secrets.token_hex(4)}" for name in ("owner", "runtime"))
    kept = dict(connection.settings_dict)
    first_owner = str(urlsplit(settings.DATABASE_OWNER_URL).username)
    with superuser_connection() as server:
        server.execute(
            sql.SQL("create role {} login createrole nosuperuser nobypassrls password 'owner'").format(
                sql.Identifier(owner)
            )
        )
        hand_over(server, database=str(kept["NAME"]), to=owner)
    connection.close()
    settings.DATABASE_OWNER_URL = (
        urlsplit(settings.DATABASE_OWNER_URL)
        ._replace(netloc=f"{owner}:owner@{urlsplit(settings.DATABASE_OWNER_URL).hostname}:{kept['PORT']}")
        .geturl()
    )
    settings.RUNTIME_ROLE = runtime
    connection.settings_dict.update(USER=runtime, PASSWORD=PASSWORD)
    yield runtime
    connection.close()
    connection.settings_dict.update(kept)
    with superuser_connection() as server:
        server.execute(
            sql.SQL("reassign owned by {} to {}").format(sql.Identifier(owner), sql.Identifier(first_owner))
        )
        for role in (runtime, owner):
            server.execute(sql.SQL("drop owned by {}").format(sql.Identifier(role)))
            server.execute(sql.SQL("drop role {}").format(sql.Identifier(role)))


def hand_over(server: psycopg.Connection, *, database: str, to: str) -> None:
    """Make a role the owner of everything in this database; REASSIGN OWNED would take every database there is."""
    server.execute(
        sql.SQL("alter database {} owner to {}").format(sql.Identifier(database), sql.Identifier(to))
    )
    server.execute(sql.SQL("alter schema public owner to {}").format(sql.Identifier(to)))
    for kind, names in (
        (
            "table",
            "select relname from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace",
        ),
        (
            "sequence",
            "select relname from pg_class c where relkind = 'S' and relnamespace = 'public'::regnamespace "
            "and not exists (select 1 from pg_depend d where d.objid = c.oid and d.deptype in ('a', 'i'))",
        ),
        ("function", "select proname from pg_proc where pronamespace = 'public'::regnamespace"),
    ):
        for (name,) in server.execute(sql.SQL(names)).fetchall():
            statement = sql.SQL("alter {} public.{} owner to {}")
            server.execute(statement.format(sql.SQL(kind), sql.Identifier(name), sql.Identifier(to)))


def one(statement: str) -> tuple[Any, ...]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        row: tuple[Any, ...] = cursor.fetchone()
        return row


def test_an_owner_that_may_create_roles_makes_a_harmless_one(deployment: str) -> None:
    out = StringIO()

    call_command("setup_roles", stdout=out)
    call_command("setup_roles", stdout=out)

    assert out.getvalue().splitlines() == [
        f"Role {deployment} made; its rights are up to date.",
        f"Role {deployment} was there; its rights are up to date.",
    ]
    assert one(
        "select current_user::text, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb from pg_roles "
        "where rolname = current_user"
    ) == (deployment, False, False, False, False)
    assert runtime_role_is_harmless(databases=["default"]) == []
    # No company, no rows; and nothing of the journal can be changed.
    assert one("select count(*) from memberships") == (0,)
    assert one(
        "select has_table_privilege('ledger_postings', 'insert'), "
        "has_table_privilege('ledger_postings', 'update'), "
        "has_table_privilege('companies', 'insert')"
    ) == (True, False, False)


def test_both_roles_are_held_to_their_limits(deployment: str) -> None:
    call_command("setup_roles", stdout=StringIO())

    def limits() -> tuple[Any, ...]:
        names = ("statement_timeout", "idle_in_transaction_session_timeout", "lock_timeout")
        return one("select " + ", ".join(f"current_setting('{name}')" for name in names))

    assert limits() == ("30s", "1min", "5s")
    assert runtime_role_is_harmless(databases=["default"]) == []
    with as_owner():
        assert limits() == ("0", "0", "5s")

    with connection.cursor() as cursor:
        cursor.execute("alter role current_user reset lock_timeout")
    connection.close()
    (problem,) = runtime_role_is_harmless(databases=["default"])
    assert problem.msg == "The runtime role of DATABASE_URL waits for locks without a limit."

    call_command("setup_roles", stdout=StringIO())
    assert limits() == ("30s", "1min", "5s")


def test_a_running_server_never_misses_its_rights(deployment: str) -> None:
    call_command("setup_roles", stdout=StringIO())
    seen = []

    def watch(execute: Any, statement: str, values: Any, many: bool, context: Any) -> Any:
        answer = execute(statement, values, many, context)
        if statement.startswith("revoke all"):
            table = statement.split('"')[1]
            with superuser_connection() as other:
                seen.append(
                    other.execute(
                        "select has_table_privilege(%s, %s, 'select')", [deployment, table]
                    ).fetchone()
                )
        return answer

    with connection.execute_wrapper(watch):
        call_command("setup_roles", stdout=StringIO())

    assert seen
    assert set(seen) == {(True,)}


def test_refuses_one_role_for_both(settings: Any) -> None:
    settings.RUNTIME_ROLE = urlsplit(settings.DATABASE_OWNER_URL).username

    with pytest.raises(CommandError, match="name the same role"):
        call_command("setup_roles")


@pytest.mark.django_db(transaction=True)
def test_refuses_to_serve_as_a_superuser(settings: Any) -> None:
    superuser = urlsplit(settings.DATABASE_SUPERUSER_URL)
    kept = dict(connection.settings_dict)
    connection.close()
    connection.settings_dict.update(USER=superuser.username, PASSWORD=superuser.password)
    settings.RUNTIME_ROLE = superuser.username
    try:
        problems = [each.msg for each in runtime_role_is_harmless(databases=["default"])]
    finally:
        connection.close()
        connection.settings_dict.update(kept)

    assert "The runtime role of DATABASE_URL is a superuser." in problems
    assert "The runtime role of DATABASE_URL can bypass row-level security." in problems
