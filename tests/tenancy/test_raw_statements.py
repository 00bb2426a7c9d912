"""Statements of one's own as the app's role: every table and every function of the catalog, in another
company and in none.

What the console's world has in north is what south tries to read, lock, change, delete and add to.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from psycopg.errors import FeatureNotSupported, InsufficientPrivilege

from batconnect.core.database.rights import TableRights, table_rights
from batconnect.core.database.tenancy import clear_company, set_company
from batconnect.core.kernel.actors import Actor
from console.tests.conftest import world
from tests.cast import NORTH, SOUTH
from tests.digest import assert_nothing_written
from tests.tenancy.catalog import NOT_OF_AN_EXTENSION

__all__ = ["world"]

# Which rows a person sees of oneself without a company, by their own policies (test_catalog).
OWN_PLACES = {"memberships", "notices", "invitations"}


# Citus refuses it to everybody before it looks at rights.
REFUSED_TO_MOVE = (InsufficientPrivilege, *([FeatureNotSupported] if settings.DATABASE_DISTRIBUTED else []))


def rows(statement: str, *values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, list(values))
        return list(cursor.fetchall())


@contextmanager
def inside(company_id: UUID | None) -> Iterator[None]:
    """As south, or in no company; afterwards in north, where the fixtures look."""
    if company_id is None:
        clear_company()
    else:
        set_company(company_id, metadata={"job": "test"})
    yield
    set_company(NORTH, metadata={"job": "test"})


@pytest.fixture
def filled(world: Actor) -> dict[str, dict[str, Any]]:
    """A row of north of every table of companies that has one, as JSON."""
    tables = rows(
        "select c.relname from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'company_id' "
        "where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v', 'm') and not a.attisdropped"
    )
    kept = {}
    for (table,) in tables:
        found = rows(f'select row_to_json(t)::text from "{table}" t limit 1')
        if found:
            kept[table] = json.loads(found[0][0])
    assert len(kept) > 110, len(kept)
    return kept


def tried(statement: str, *values: Any) -> int | type[BaseException]:
    """How many rows the statement reached, or why the database refused it; either way it is taken back."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, list(values))
            reached = cursor.rowcount
            transaction.set_rollback(True)
    except DatabaseError as refusal:
        return type(refusal.__cause__)
    return reached


def statements(table: str, rights: TableRights) -> Iterator[str]:
    """What reaches rows that are there; only what the role has a right to: no refusal stands in for the policy."""
    yield f"select * from \"{table}\" where company_id = '{NORTH}'"
    if rights.update:
        yield f"select 1 from \"{table}\" where company_id = '{NORTH}' for update"
        column = rights.update[0]
        yield f'update "{table}" set "{column}" = "{column}" where company_id = \'{NORTH}\''
    if rights.delete:
        yield f"delete from \"{table}\" where company_id = '{NORTH}'"


@pytest.mark.parametrize("company_id", [SOUTH, None], ids=["another", "none"])
def test_no_statement_reaches_a_row_of_another_company(
    filled: dict[str, Any], company_id: UUID | None
) -> None:
    declared, reached, count = table_rights(), {}, 0

    with assert_nothing_written(), inside(company_id):
        for table in filled:
            for statement in statements(table, declared[table]):
                count += 1
                if (outcome := tried(statement)) != 0:
                    reached[statement] = outcome

    assert count > 250
    assert reached == {}


def test_the_same_statements_reach_the_company_s_own_rows(filled: dict[str, Any]) -> None:
    """Otherwise the other tests would prove nothing."""
    missed = [table for table in filled if tried(next(statements(table, table_rights()[table]))) == 0]

    assert missed == []


def test_no_row_can_be_added_to_another_company(filled: dict[str, Any]) -> None:
    """A row of north's own, sent again by south: the policy refuses it before any key is compared."""
    declared, wrong, by_policy = table_rights(), {}, 0

    with assert_nothing_written(), inside(SOUTH):
        for table, row in filled.items():
            rights = declared[table]
            if not rights.insert:
                continue
            columns = [name for name in row if name not in rights.defaulted]
            named = ", ".join(f'"{name}"' for name in columns)
            outcome = tried(
                f'insert into "{table}" ({named}) select {named} from json_populate_record(null::"{table}", %s)',
                json.dumps(row),
            )
            by_policy += outcome is InsufficientPrivilege
            if isinstance(outcome, int):
                wrong[table] = outcome

    assert wrong == {}
    # Of the others a trigger has refused the row before the policy saw it.
    assert by_policy > 60, by_policy


def test_a_row_of_its_own_cannot_be_moved_to_another_company(world: Actor) -> None:
    moved = {
        table: outcome
        for table, rights in table_rights().items()
        if "company_id" in (*rights.fixed, *rights.update)
        and (outcome := tried(f"update \"{table}\" set company_id = '{SOUTH}'")) not in REFUSED_TO_MOVE
    }

    assert moved == {}


def test_every_function_shows_nothing_of_another_company(filled: dict[str, Any]) -> None:
    """Functions that the role may call by itself, with an id of north's for whatever takes one."""
    functions = rows(
        "select p.oid::regprocedure::text, p.proname, p.provolatile::text, p.prosecdef, "
        "array(select format_type(kind, null) from unnest(p.proargtypes) kind) "
        "from pg_proc p where p.pronamespace = 'public'::regnamespace and p.prokind = 'f' "
        "and p.prorettype <> 'trigger'::regtype and has_function_privilege(p.oid, 'execute') "
        "and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')"
    )
    given = {"uuid": str(NORTH), "text": "north", "jsonb": "{}", "json": "{}", "uuid[]": f"{{{NORTH}}}"}

    with assert_nothing_written(), inside(SOUTH):
        for signature, name, _, as_owner, kinds in functions:
            assert not as_owner, signature
            for kind in kinds:
                assert kind in given or kind, signature
            arguments = ", ".join(f"%s::{kind}" for kind in kinds)
            with transaction.atomic():
                try:
                    with transaction.atomic():
                        shown = rows(
                            f'select "{name}"({arguments})::text', *(given.get(kind) for kind in kinds)
                        )
                except DatabaseError:
                    continue
                ids = {str(value) for row in filled.values() for key, value in row.items() if key == "id"}
                assert not ids & {text for (text,) in shown}, signature


def test_there_is_no_view_beside_the_tables(db: None) -> None:
    """A view would be tried like a table; test_catalog asks that it reads with the reader's rights."""
    views = rows(
        "select c.relname from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('v', 'm') "
        + NOT_OF_AN_EXTENSION.format("c.oid")
    )

    assert views == []
