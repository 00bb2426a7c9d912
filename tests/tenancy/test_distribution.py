"""What a PostgreSQL that is distributed by company asks of the schema (docs/scale-distributed.md#what-shards-ask).

Read from the models and the catalog, not listed: a new table or trigger is judged as the others.
"""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection

from batconnect.core.database.distribution import of_company
from batconnect.core.database.distribution.distributing import trigger_statements
from batconnect.core.database.distribution.plan import (
    HISTORY,
    ON_EVERY_NODE,
    Place,
    planned_tables,
    planned_triggers,
)
from ledger.models import Entry
from tests.cast import NORTH

BY_COMPANY = [planned for planned in planned_tables() if planned.place is Place.BY_COMPANY]


def rows(statement: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall()


def test_every_table_of_companies_is_distributed_or_says_why_not() -> None:
    others = {
        planned.name
        for planned in planned_tables()
        if planned.place is not Place.BY_COMPANY
        and any(field.column == "company_id" for field in planned.model._meta.local_concrete_fields)
    }

    assert {table.removesuffix(HISTORY) for table in others} == {"company_settings", "memberships"}
    assert all(ON_EVERY_NODE.values())


def test_no_trigger_on_shards_has_transition_tables() -> None:
    without = [
        rule.name
        for rule, table, place in planned_triggers()
        if place is Place.BY_COMPANY
        and any("referencing" in each.lower() for each in trigger_statements(rule, table, place))
    ]

    assert without == []


def test_what_is_judged_together_is_judged_when_the_transaction_ends() -> None:
    """The rows of an entry or a schedule come to shards by several statements."""
    immediate = {
        rule.name
        for rule, _, _ in planned_triggers()
        if "referencing" in rule.after_table.lower() and not any(each.is_deferred for each in rule.on_shards)
    }

    assert immediate == {"ledger_posting_balanced"}, (
        "it looks at each posting by itself; its entry is judged whole"
    )


def test_triggers_on_shards_insert_values_of_the_rows_company() -> None:
    """What a query finds would be copied, which row security forbids."""
    written = re.compile(r"insert into (?:\"?\w+\"?) \([^)]*\) (\w+)(?: \(?(?:new|here)\.\"?company_id)?")
    wrong = [
        (rule.name, found[0])
        for rule, table, place in planned_triggers()
        if place is Place.BY_COMPANY
        for statement in trigger_statements(rule, table, place)
        for found in written.finditer(statement)
        if found[1] != "values"
    ]

    assert wrong == []


def test_triggers_on_shards_name_the_company_in_every_query() -> None:
    tables = {planned.name for planned in BY_COMPANY}
    named = re.compile(r"\b(?:from|join|update|delete from) \"?(\w+)")
    wrong = [
        rule.name
        for rule, _, _ in planned_triggers()
        for each in rule.on_shards
        if tables & set(named.findall(each.body))
        and "company_id = new.company_id" not in each.body
        and "company_id = old.company_id" not in each.body
    ]

    assert wrong == []


def test_policies_of_shards_have_no_query_in_them() -> None:
    wrong = [
        policy.name
        for planned in planned_tables()
        for policy in planned.policies()
        if any("select" in expression for expression in policy.on_shards())
    ]

    assert wrong == []


def test_keys_of_companies_tables_point_where_shards_can_look(db: None) -> None:
    places = {planned.name: planned.place for planned in planned_tables()}
    wrong = [
        (table, target)
        for table, target in rows(
            "select conrelid::regclass::text, confrelid::regclass::text from pg_constraint where contype = 'f'"
        )
        if (places.get(table), places.get(target))
        in {
            (Place.BY_COMPANY, Place.COORDINATOR),
            (Place.EVERYWHERE, Place.BY_COMPANY),
            (Place.EVERYWHERE, Place.COORDINATOR),
        }
    ]

    assert wrong == []


def test_nodes_number_rows_in_ranges_of_their_own() -> None:
    """Only histories have keys of 32 bits, which `distribute` widens."""
    assert {planned.name for planned in BY_COMPANY if planned.small_keys()} == {
        planned.name for planned in BY_COMPANY if planned.name.endswith(HISTORY)
    }


def test_queries_within_a_query_begin_with_the_company_too(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of what `exclude()` makes over a reverse relation the first tables are taken away again."""
    monkeypatch.setattr(connection, "company_of_queries", str(NORTH), raising=False)
    query = Entry.objects.exclude(postings__amount=1).values("id").query
    monkeypatch.setattr(connection.ops, "compiler_module", of_company.__name__)
    monkeypatch.setattr(connection.ops, "_cache", None)

    statement, values = query.sql_with_params()

    assert 'FROM "ledger_postings" U1 WHERE' in statement
    assert 'U1."company_id" = ' in statement
    assert '"ledger_entries"."company_id" = ' in statement
    assert values.count(NORTH) == 2
    assert list(Entry.objects.exclude(postings__amount=1).values("id")) == []
