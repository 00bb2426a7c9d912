"""The runtime role's rights, table by table and column by column: what is declared is what the catalog says.

The declarations stand in the `grants.py` of each app; nothing here lists a table.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, models, transaction
from django.db.utils import ProgrammingError
from psycopg.errors import InsufficientPrivilege

from batconnect.core.database import rights as database_rights
from batconnect.core.database.constraints import AppendOnly
from batconnect.core.database.granting import find_open_privileges
from batconnect.core.database.rights import declare, table_rights, tables_of_models
from tests.tenancy.catalog import NOT_OF_AN_EXTENSION

RIGHTS = ("select", "insert", "update", "delete", "truncate", "references", "trigger")


def rows(statement: str, *values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, list(values))
        return list(cursor.fetchall())


@contextmanager
def refused(*words: str) -> Iterator[None]:
    """The statement is refused for want of a right, and the transaction goes on."""
    with pytest.raises(ProgrammingError) as failure, transaction.atomic():
        yield
    assert isinstance(failure.value.__cause__, InsufficientPrivilege)
    assert all(word in str(failure.value) for word in words), failure.value


@pytest.fixture
def tables(db: None) -> list[str]:
    """Every table there is, as the catalog has it."""
    names = rows(
        "select c.relname from pg_class c where c.relkind in ('r', 'p', 'f', 'v', 'm') "
        "and c.relnamespace = 'public'::regnamespace " + NOT_OF_AN_EXTENSION.format("c.oid") + " order by 1"
    )
    assert len(names) > 90
    return [name for (name,) in names]


def test_every_table_of_the_database_is_declared(tables: list[str]) -> None:
    assert set(tables) == set(table_rights())


def test_the_role_may_do_what_is_declared_and_nothing_else(tables: list[str]) -> None:
    wrong = []
    for table in tables:
        declared = table_rights()[table]
        columns = [
            name
            for (name,) in rows(
                "select attname from pg_attribute where attrelid = %s::regclass and attnum > 0 and not attisdropped",
                table,
            )
        ]
        assert set(columns) == {*declared.update, *declared.fixed}, table
        has = {
            right: columns_with(table, columns, right)
            for right in ("select", "insert", "update", "references")
        }
        expected = {
            "select": set(columns) if declared.readable else set(),
            "insert": set(columns) - set(declared.defaulted) if declared.insert else set(),
            "update": set(declared.update),
            "references": set(),
        }
        for right in has:
            if has[right] != expected[right]:
                wrong.append((table, right, has[right] ^ expected[right]))
        for right, may in (("delete", declared.delete), ("truncate", False), ("trigger", False)):
            if rows("select has_table_privilege(%s, %s)", table, right) != [(may,)]:
                wrong.append((table, right, "declared" if may else "not declared"))
    assert wrong == []


def columns_with(table: str, columns: list[str], right: str) -> set[str]:
    names = rows(
        "select c from unnest(%s::text[]) c where has_column_privilege(%s, c, %s)", columns, table, right
    )
    return {name for (name,) in names}


def test_append_only_tables_take_inserts_alone(db: None) -> None:
    append_only = [
        model._meta.db_table
        for model in tables_of_models()
        if any(isinstance(rule, AppendOnly) for rule in model._meta.constraints)
    ]

    assert {"ledger_entries", "ledger_postings", "case_events", "audit_events", "customers_history"} <= {
        *append_only
    }
    for table in append_only:
        rights = table_rights()[table]
        assert (rights.insert, rights.update, rights.delete) == (True, (), False), table


def test_a_table_that_changes_cannot_be_locked_against_readers(tables: list[str]) -> None:
    """LOCK TABLE … ACCESS EXCLUSIVE needs a right on the whole table: column rights do not do."""
    whole = [
        table
        for table in tables
        if rows(
            "select has_table_privilege(%s, 'update') or has_table_privilege(%s, 'truncate')", table, table
        )
        != [(False,)]
    ]

    assert whole == []
    with refused("payments"), connection.cursor() as cursor:
        cursor.execute("lock table payments in access exclusive mode")


def test_nothing_of_the_books_can_be_deleted(db: None) -> None:
    kept = {table for table, rights in table_rights().items() if not rights.delete}

    assert {
        *(
            "ledger_entries",
            "ledger_postings",
            "ledger_obligations",
            "payments",
            "payment_allocations",
            "invoices",
        ),
        *(
            "payment_refunds",
            "approvals",
            "limited_deeds",
            "dtrs",
            "dtr_lines",
            "driver_loans",
            "repair_invoices",
        ),
        *("audit_events", "case_events", "cases", "memberships", "users", "company_settings", "customers"),
    } <= kept


def test_the_sequence_of_rights_matches_the_page() -> None:
    """Whoever adds a column says here, by way of the page, whether services change it."""
    written = {}
    for line in Path(settings.BASE_DIR, "docs", "database-rights.md").read_text().splitlines():
        cells = line.split(" | ")
        if line.startswith("| `"):
            written[cells[0].strip("| `")] = set(re.findall(r"`(\w+)`", f"{cells[2]} {cells[3]}"))
    news = [
        f"{table}.{column}: a service that changes it needs it among update=… in the grants.py that declares "
        f"{table}; then run `make manage CMD=generate_docs`, which writes it to docs/database-rights.md"
        for table, rights in table_rights().items()
        for column in sorted({*rights.update, *rights.fixed} - written.get(table, set()))
    ]

    assert "\n".join(news) == ""


def test_an_undeclared_table_stops_and_says_what_to_write(monkeypatch: Any) -> None:
    known = dict(database_rights._declared) or dict(table_rights())
    monkeypatch.setattr(database_rights, "_declared", {k: v for k, v in known.items() if k != "payments"})

    with pytest.raises(ImproperlyConfigured) as failure:
        table_rights.__wrapped__()

    assert str(failure.value) == (
        "Nobody declared what the runtime role may do with the table payments. Write in payments/grants.py, or the "
        "grants.py of the app that brings it in:\n"
        '    declare(Payment, update="the columns that a service changes", delete=False, why="…")'
    )


def test_a_declaration_names_columns_that_are_there(monkeypatch: Any) -> None:
    table_rights()
    monkeypatch.setattr(database_rights, "_declared", {})
    (payment,) = [model for model in tables_of_models() if model._meta.db_table == "payments"]

    with pytest.raises(ImproperlyConfigured, match="payments has no column no_such"):
        declare(payment, update="unallocated no_such", why="")


def test_no_privilege_is_left_beside_the_tables(db: None) -> None:
    assert find_open_privileges(role=settings.RUNTIME_ROLE) == []


@pytest.mark.parametrize(
    "statement",
    [
        "create temp table t (id int)",
        "create table t (id int)",
        "create function f() returns int language sql as 'select 1'",
        "select lo_from_bytea(0, 'x')",
        "select lo_create(0)",
        "select lo_creat(-1)",
        "select lo_import('/etc/passwd')",
        "create policy p on payments using (true)",
        "create trigger t before insert on payments for each row execute function suppress_redundant_updates_trigger()",
        "alter table payments disable trigger all",
        "set session_replication_role = replica",
        "truncate payments",
    ],
)
def test_the_role_makes_nothing_of_its_own(db: None, statement: str) -> None:
    with refused(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "update payments set amount = amount + 1",
        "update payments set customer_id = customer_id",
        "update payments set number = 'x'",
        "update payment_allocations set amount = 1",
        "delete from payment_allocations",
        "delete from payments",
        "update ledger_obligations set original = original + 1",
        "update ledger_entries set reason = 'x'",
        "insert into ledger_entries (posted_at) values (now())",
        "insert into audit_events (at) values (now())",
        "insert into case_events (at) values (now())",
        "update ledger_accounts set code = 'x'",
        "delete from ledger_accounts",
        "update disbursements set amount = 1",
        "insert into django_celery_beat_periodictask (name) values ('x')",
        "delete from django_celery_beat_periodictask",
        "update authenticators set key = ''",
        "update authenticators set user_id = 1",
        "update companies set name = 'x'",
        "update memberships set user_id = 1",
        "delete from memberships",
        "insert into auth_permission (name) values ('x')",
        "update job_runs set task = 'x'",
    ],
)
def test_what_no_service_does_is_refused(in_north: Any, statement: str) -> None:
    with refused("permission denied"), connection.cursor() as cursor:
        cursor.execute(statement)


def test_every_fixed_column_of_every_table_is_refused(in_north: Any) -> None:
    """By trying it, not by asking the catalog: an update that names the column alone."""
    tried = 0
    for table, rights in table_rights().items():
        for column in rights.fixed:
            if settings.DATABASE_DISTRIBUTED and column == "company_id":
                # Citus refuses it to everybody before it looks at rights.
                continue
            with refused("permission denied"), connection.cursor() as cursor:
                cursor.execute(f'update "{table}" set "{column}" = default where false')
            tried += 1

    assert tried > 500


def test_every_table_that_keeps_its_rows_refuses_to_delete(in_north: Any) -> None:
    for table, rights in table_rights().items():
        if not rights.delete:
            with refused("permission denied"), connection.cursor() as cursor:
                cursor.execute(f'delete from "{table}" where false')


def test_every_model_has_rights() -> None:
    without = [
        model._meta.label for model in tables_of_models() if model._meta.db_table not in table_rights()
    ]

    assert without == []
    assert all(issubclass(model, models.Model) for model in tables_of_models())
