"""A step of a migration that gave up is taken up by the next run (docs/contributing.md#migrations)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import IntegrityError, NotSupportedError, connection, models
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ModelState, ProjectState

from batconnect.core.database.building import BuildIndex, BuildUnique
from batconnect.core.database.roles import as_owner

pytestmark = pytest.mark.django_db(transaction=True)
UNIQUE = models.UniqueConstraint(condition=models.Q(place__gt=0), fields=["place"], name="built_row_place")
INDEX = models.Index(fields=["place"], name="built_row_index")


@pytest.fixture
def rows() -> Iterator[None]:
    """A table with two rows of one place."""
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("create table built_rows (id bigint primary key, place integer)")
        cursor.execute("insert into built_rows values (1, 7), (2, 7)")
        try:
            yield
        finally:
            cursor.execute("drop table built_rows")


def run(operation: Operation, *, atomic: bool = False) -> None:
    before = ProjectState()
    fields = [("id", models.BigIntegerField(primary_key=True)), ("place", models.IntegerField())]
    before.add_model(ModelState("ledger", "BuiltRow", fields, options={"db_table": "built_rows"}))
    after = before.clone()
    operation.state_forwards("ledger", after)
    with connection.schema_editor(atomic=atomic) as editor:
        operation.database_forwards("ledger", editor, before, after)


def indexes() -> dict[str, bool]:
    with connection.cursor() as cursor:
        cursor.execute(
            "select indexrelid::regclass::text, indisvalid from pg_index where indrelid = 'built_rows'::regclass"
        )
        return {name: valid for name, valid in cursor.fetchall() if name != "built_rows_pkey"}


def test_an_index_that_was_left_invalid_is_built_anew(rows: None) -> None:
    with pytest.raises(IntegrityError):
        run(BuildUnique(model_name="builtrow", constraint=UNIQUE))
    assert indexes() == {"built_row_place": False}
    with connection.cursor() as cursor:
        cursor.execute("update built_rows set place = 8 where id = 2")

    run(BuildUnique(model_name="builtrow", constraint=UNIQUE))

    assert indexes() == {"built_row_place": True}


@pytest.mark.parametrize(
    "operation",
    [
        BuildIndex(model_name="builtrow", index=INDEX),
        BuildUnique(
            model_name="builtrow",
            constraint=models.UniqueConstraint(
                condition=models.Q(place__gt=7), fields=["place"], name="built_row_index"
            ),
        ),
    ],
)
def test_what_is_built_is_left_as_it_is(rows: None, operation: Operation) -> None:
    run(operation)
    run(operation)

    assert indexes() == {"built_row_index": True}


def test_refuses_a_unique_constraint_that_is_no_index_of_its_own(rows: None) -> None:
    constraint = models.UniqueConstraint(fields=["place"], name="built_row_place")

    with pytest.raises(ValueError, match="built_row_place"):
        run(BuildUnique(model_name="builtrow", constraint=constraint))

    assert indexes() == {}


def test_refuses_to_build_within_a_transaction(rows: None) -> None:
    with pytest.raises(NotSupportedError):
        run(BuildIndex(model_name="builtrow", index=INDEX), atomic=True)

    assert indexes() == {}
