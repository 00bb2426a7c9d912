"""What `migrate` leaves to `distribute` where tables lie on shards already (docs/scale-distributed.md#migrations)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.backends.postgresql.schema import DatabaseSchemaEditor

from batconnect.core.database.constraints import CompanyIsolation, SameCompany, Trigger
from batconnect.core.database.distribution import distributing, migrating
from batconnect.core.database.distribution.plan import Place, planned_triggers
from batconnect.core.database.roles import as_owner
from batconnect.core.database.rule import RuleSQL
from batconnect.directory.models import Customer, Vehicle
from payments.models import Payment

LYING = {
    "customers": Place.BY_COMPANY,
    "payments": Place.BY_COMPANY,
    "users": Place.EVERYWHERE,
    "companies": Place.EVERYWHERE,
}
KEY = 'alter table "{}" add constraint "a_key" foreign key (company_id, "x_id") references "{}" (company_id, id)'
TRIGGER = Trigger(name="no_hammers", event="before insert", body="return new;")


class Editor(migrating.SchemaEditor):
    """Keeps what it would do, and what it would write down."""

    def __init__(self, lying: dict[str, Place]) -> None:
        super().__init__(connection, atomic=False)
        self._lying = lying
        self.asked: list[tuple[str, list[Any]]] = []

    def _ask(self, statement: str, values: list[Any]) -> list[tuple[Any, ...]]:
        self.asked.append((statement, values))
        return []


@pytest.fixture
def done(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The statements that reach the database."""
    statements: list[str] = []
    monkeypatch.setattr(
        DatabaseSchemaEditor, "execute", lambda _, sql, params=(): statements.append(str(sql))
    )
    return statements


@pytest.mark.parametrize(
    ("table", "target", "waits"),
    [
        ("vehicles", "customers", True),
        ("customers", "vehicles", True),
        ("payments", "customers", False),
        ("payments", "users", False),
        ("django_session", "users", False),
        ("gone_tomorrow", "customers", True),
        ("gone_tomorrow", "users", False),
    ],
    ids=[
        "of a new table",
        "to a new table",
        "between shards",
        "to what is everywhere",
        "of the coordinator",
        "of what no model has",
        "of it to what is everywhere",
    ],
)
def test_a_key_waits_until_both_tables_lie_where_they_belong(
    done: list[str], table: str, target: str, waits: bool
) -> None:
    editor, key = Editor(LYING), KEY.format(table, target)

    editor.execute(key)

    assert (done, [each[1] for each in editor.asked]) == (([], [[key]]) if waits else ([key], []))


def test_djangos_own_key_waits_as_well(done: list[str]) -> None:
    editor = Editor(LYING)

    editor.execute(
        editor._create_fk_sql(Vehicle, Vehicle._meta.get_field("company"), "_fk_%(to_table)s_%(to_column)s")
    )

    assert done == []
    assert "REFERENCES" in editor.asked[0][1][0]


def test_policies_and_triggers_of_shards_are_left_to_distribute(done: list[str]) -> None:
    editor = Editor(LYING)
    for rule in (TRIGGER, CompanyIsolation(name="customer_company")):
        editor.execute(RuleSQL(rule.make_sql(Customer), rule, "customers", makes=True))

    assert done == []
    assert editor.asked == [
        (migrating._FORGET, ["trigger no_hammers of customers"]),
        (migrating._FORGET, ["policy customer_company"]),
    ]


def test_a_trigger_that_goes_is_dropped_on_shards_statement_by_statement(done: list[str]) -> None:
    editor = Editor(LYING)

    editor.execute(TRIGGER.remove_sql(Customer, editor))

    assert done == [
        'drop trigger if exists "no_hammers_truncate" on "customers"',
        'drop trigger if exists "no_hammers" on "customers"',
        'drop function if exists "no_hammers"()',
    ]
    assert (migrating._FORGET, ["trigger no_hammers of customers"]) in editor.asked


def test_a_new_table_has_its_rules_at_once(done: list[str]) -> None:
    editor = Editor(LYING)
    made = RuleSQL(TRIGGER.make_sql(Vehicle), TRIGGER, "vehicles", makes=True)

    editor.execute(made)

    assert done == [str(made)]


def test_where_nothing_is_distributed_everything_is_done_at_once(done: list[str]) -> None:
    editor = Editor({})
    statements = [KEY.format("vehicles", "customers"), TRIGGER.make_sql(Customer)]
    for statement in statements:
        editor.execute(RuleSQL(statement, TRIGGER, "customers", makes=True))

    assert done == statements


def test_every_rule_says_what_it_is_to_who_runs_it() -> None:
    class Collecting:
        deferred_sql: list[Any] = []

    key = SameCompany(field="customer", name="payment_customer_key")
    key.create_sql(Payment, Collecting)  # type: ignore[arg-type]  # an editor's one list

    (made,) = Collecting.deferred_sql
    assert (made.rule, made.table, made.makes) == (key, "payments", True)
    assert made == key.make_sql(Payment)


def test_the_names_of_triggers_on_shards_are_those_that_are_made() -> None:
    for rule, table, place in planned_triggers():
        if place is Place.COORDINATOR:
            continue
        made = [each for each in distributing.trigger_statements(rule, table, place) if " function " in each]
        names = {
            each.split('"')[1]
            for each in made
            if each.startswith(("create trigger", "create constraint trigger"))
        }
        assert names == set(distributing.names_on_shards(rule)), rule.name


@pytest.fixture
def ledger(transactional_db: None) -> Iterator[Any]:
    """The owner's cursor, in a database in which `distribute` has written down what it took off."""
    with as_owner(), connection.cursor() as cursor:
        cursor.execute(distributing._LEDGER)
        yield cursor


def _waiting(cursor: Any) -> list[str]:
    cursor.execute("select statement from distribution.taken_off order by place")
    return [row[0] for row in cursor.fetchall()]


def test_a_key_that_waits_is_dropped_and_validated_where_it_is_written_down(ledger: Any) -> None:
    editor = migrating.SchemaEditor(connection, atomic=False)
    editor._lying = LYING
    key, other = (
        KEY.format("vehicles", "customers"),
        KEY.format("vehicles", "users").replace("a_key", "b_key"),
    )
    for statement in (f"{key} not valid", other):
        editor.execute(statement)
    assert _waiting(ledger) == [f"{key} not valid", other]

    editor.execute('ALTER TABLE "vehicles" VALIDATE CONSTRAINT "a_key"')
    assert _waiting(ledger) == [key, other]

    editor.execute('alter table "vehicles" drop constraint if exists "b_key"')
    assert _waiting(ledger) == [key]


def test_what_waits_is_put_back_once(ledger: Any) -> None:
    made = 'alter table "vehicles" add constraint "put_back" foreign key (company_id) references "companies" (id)'
    for statement in (made, KEY.format("dropped_since", "customers")):
        ledger.execute("insert into distribution.taken_off (statement) values (%s)", [statement])

    assert distributing._put_back() == 2
    assert distributing._put_back() == 0

    ledger.execute("select convalidated from pg_constraint where conname = 'put_back'")
    assert ledger.fetchall() == [(True,)]


def test_what_waits_is_said(ledger: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert distributing.what_waits() == []

    lying = {each.name: each.place for each in distributing.planned_tables() if each.name != "vehicles"}
    monkeypatch.setattr(distributing, "where_tables_lie", lambda: lying)
    ledger.execute("insert into distribution.taken_off (statement) values ('a key')")

    assert distributing.what_waits() == ["vehicles goes by company", "keys to be put back: 1"]


def test_a_distributed_database_is_migrated_as_one(
    db: None, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.DATABASE_DISTRIBUTED = False
    monkeypatch.setattr("batconnect.core.management.commands.migrate.where_tables_lie", lambda: LYING)
    monkeypatch.setattr("batconnect.core.management.commands.migrate.as_owner", _nobody)

    with pytest.raises(CommandError, match="DATABASE_DISTRIBUTED=true"):
        call_command("migrate", verbosity=0)


class _nobody:  # noqa: N801 - in the place of a function
    def __enter__(self) -> None: ...

    def __exit__(self, *_: object) -> None: ...
