"""A statement in steps answers what the whole one does (docs/scale-distributed.md#statements-in-steps)."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from batconnect.core.database.distribution.stepwise import by_value, needs_steps, split, step_by_step
from batconnect.core.kernel.actors import Actor
from payments.tests.builders import new_key
from tests.cast import NORTH

KEYS = "select company_id, user_id, request_hash from idempotency_keys where key = %s::uuid"


def stepwise(statement: str, values: Any = None) -> list[tuple[Any, ...]]:
    with connection.execute_wrapper(step_by_step), connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall() if cursor.description else []


@pytest.mark.parametrize(
    ("statement", "parts"),
    [
        ("select 1", []),
        ("with a as (select ')'), b(x) as materialized (select (1)) select 1", ["a", "b"]),
        ("with recursive a as (select 1) select 1", []),
        ("with a as (select 'it''s (' -- )\n) select 1", ["a"]),
        ("with a as (select E'\\'(' as x) select 1", ["a"]),
    ],
    ids=["none", "two", "recursive", "quotes and comment", "escapes"],
)
def test_the_parts_are_told_apart(statement: str, parts: list[str]) -> None:
    found, last = split(statement)

    assert [part.name for part in found] == parts
    assert last == ("select 1" if parts else statement)


@pytest.mark.parametrize(
    ("statement", "steps"),
    [
        ("insert into t (a) values (1)", False),
        ("insert into t (a) select 1", True),
        ("with a as (select 1) select * from a", False),
        ("with a as (delete from t returning id) select * from a", True),
        ("with a as (select 1) update t set x = 1 from a", True),
        ("update t set a = (select 1)", False),
    ],
)
def test_what_needs_steps(statement: str, steps: bool) -> None:
    assert needs_steps(statement) is steps


def test_companies_are_compared_with_the_running_one() -> None:
    written = 'join a on a.company_id = b.company_id and "a"."company_id" = ("c"."company_id") and a.x = b.x'

    assert by_value(written, "") == written
    assert by_value(written, "N") == (
        "join a on a.company_id = 'N'::uuid "
        'and "a"."company_id" = \'N\'::uuid and "c"."company_id" = \'N\'::uuid and a.x = b.x'
    )


def test_what_a_part_wrote_is_read_by_the_next(manager: Actor) -> None:
    key = new_key()
    statement = """
    with wanted as (select %(company)s::uuid as company_id, null::text as nothing, 'it''s'::text as said),
    claimed as (
      insert into idempotency_keys (company_id, user_id, key, request_hash, headers)
      select company_id, %(user)s::bigint, %(key)s::uuid, 'x'::bytea, jsonb_build_object('said', said) from wanted
      on conflict (company_id, user_id, key) do nothing returning id, headers
    )
    select c.headers ->> 'said', w.nothing, (select count(*) from claimed) from wanted w left join claimed c on true
    """
    values = {"company": NORTH, "user": manager.user_id, "key": key}

    assert stepwise(statement, values) == [("it's", None, 1)]
    # The second time nothing is inserted.
    assert stepwise(statement, values) == [(None, None, 0)]


def test_no_row_found_inserts_none_and_answers_its_columns(manager: Actor) -> None:
    statement = (
        "with made as (insert into idempotency_keys (company_id, user_id, key, request_hash, headers) "
        "select company_id, user_id, key, request_hash, headers from idempotency_keys where false "
        "returning key, user_id) select m.key, u.username from made m join users u on u.id = m.user_id"
    )

    assert stepwise(statement) == []
