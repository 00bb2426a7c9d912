"""The company context: set inside a transaction and gone with it. No context, no rows.

Rule: docs/architecture.md#tenancy.

Never per session: pooled connections would show the next request another company's rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from typing import Any, Final
from uuid import UUID

import orjson
from django.conf import settings
from django.db import connection, transaction

from batconnect.core.database.distribution.of_company import company_kept, remember_company
from batconnect.core.database.local_settings import set_local
from batconnect.core.database.waits import JOB, Patience
from batconnect.core.kernel.actors import Actor, CompanyProfile
from batconnect.core.kernel.permissions import permissions_of

# The company's own columns; all others of its profile are settings.
_OWN: Final = ("id", "name", "time_zone", "base_currency")
_PROFILE_COLUMNS: Final = [field.name for field in fields(CompanyProfile)]
_PROFILE: Final = ", ".join(f"{'c' if name in _OWN else 's'}.{name}" for name in _PROFILE_COLUMNS)
_SETTINGS: Final = (
    "app.current_company_id",
    "app.current_user_id",
    "pghistory.context_metadata",
)

# The parts run in this order: each later one reads the row of the earlier through a lateral join with
# OFFSET 0, which the planner may not flatten; so a policy is first evaluated after its setting is made.
_OPEN_REQUEST: Final = f"""
with asked as materialized (
  select set_config('app.current_user_id', %s, true) as user_id, %s::uuid as company_id,
         %s::int as generation, %s::uuid as family,
         set_config('app.current_company_id', '', true) as nothing
), member as materialized (
  select m.* from asked cross join lateral (
    select company_id, groups, user_id from memberships
    where user_id = asked.user_id::bigint and is_active
      and (asked.company_id is null or memberships.company_id = asked.company_id)
    order by company_id limit 2 offset 0
  ) m
), chosen as materialized (
  select member.*, set_config('app.current_company_id', company_id::text, true) as setting,
         set_config('pghistory.context_metadata', %s, true) as history
  from member where (select count(*) from member) = 1
)
select u.id, u.username, u.first_name, u.last_name, u.email, u.is_staff, u.is_superuser, chosen.groups,
       {_PROFILE}
from asked
join users u on u.id = asked.user_id::bigint and u.is_active
  and (asked.generation is null or u.token_generation = asked.generation)
  and (asked.family is null or exists (
    select from token_families f
    where f.id = asked.family and f.user_id = u.id and f.ended_at is null and f.ends_at > now()))
left join chosen on true
left join companies c on c.id = chosen.company_id
left join lateral (select * from company_settings where company_id = chosen.company_id offset 0) s on true
"""  # noqa: S608 - fixed text
# The same one after another, where a setting made by a statement would not reach the nodes that hold the rows.
_PERSON: Final = """
select u.id, u.username, u.first_name, u.last_name, u.email, u.is_staff, u.is_superuser from users u
where u.id = %s::bigint and u.is_active and (%s::int is null or u.token_generation = %s::int)
  and (%s::uuid is null or exists (
    select from token_families f
    where f.id = %s::uuid and f.user_id = u.id and f.ended_at is null and f.ends_at > now()))
"""
_PLACES: Final = """
select company_id, groups from memberships
where user_id = %s::bigint and is_active and (%s::uuid is null or company_id = %s::uuid) order by company_id limit 2
"""
_COMPANY: Final = (
    f"select {_PROFILE} from companies c join company_settings s on s.company_id = c.id "  # noqa: S608 - fixed text
    "where c.id = %s::uuid"
)


def open_request(
    *,
    user_id: int,
    company_id: UUID | None,
    request_id: str,
    generation: int | None = None,
    family: UUID | None = None,
) -> tuple[dict[str, Any], Actor | None] | None:
    """Read user, membership and rights and set the company context, in one statement.

    Returns the user's columns and the actor; the actor is None when the user has no (or, with no
    `company_id`, no single) membership; the whole result is None when there is no such active user, or when the
    `generation` or `family` of the token that asks is over.
    Must run inside a transaction: the context ends with it.
    """
    assert connection.in_atomic_block, "the company context lives inside a transaction"
    metadata = orjson.dumps({"user": user_id, "request_id": request_id}).decode()
    row = (_read_stepwise if settings.DATABASE_DISTRIBUTED else _read_at_once)(
        user_id, company_id, generation, family, metadata
    )
    if row is None:
        return None
    columns = ("id", "username", "first_name", "last_name", "email", "is_staff", "is_superuser")
    user = dict(zip(columns, row, strict=False))
    groups, profile = row[len(columns)], row[len(columns) + 1 :]
    if groups is None:
        return user, None
    actor = Actor(
        company=CompanyProfile(*profile),
        user_id=user_id,
        name=user["first_name"] or user["username"],
        groups=frozenset(groups),
        permissions=permissions_of(groups, is_program=not user["is_staff"]),
        request_id=request_id,
    )
    return user, actor


def _read_at_once(
    user_id: int, company_id: UUID | None, generation: int | None, family: UUID | None, metadata: str
) -> tuple[Any, ...] | None:
    with connection.cursor() as cursor:
        cursor.execute(_OPEN_REQUEST, [str(user_id), company_id, generation, family, metadata])
        row: tuple[Any, ...] | None = cursor.fetchone()
        return row


def _read_stepwise(
    user_id: int, company_id: UUID | None, generation: int | None, family: UUID | None, metadata: str
) -> tuple[Any, ...] | None:
    _write_settings(("", str(user_id), ""))
    with connection.cursor() as cursor:
        cursor.execute(_PERSON, [user_id, generation, generation, family, family])
        person: tuple[Any, ...] | None = cursor.fetchone()
        if person is None:
            return None
        set_local([("app.current_username", person[1])])
        cursor.execute(_PLACES, [user_id, company_id, company_id])
        places = cursor.fetchall()
        if len(places) != 1:
            return (*person, None, *(None for _ in _PROFILE_COLUMNS))
        ((chosen, groups),) = places
        _write_settings((str(chosen), str(user_id), metadata))
        cursor.execute(_COMPANY, [chosen])
        return (*person, groups, *(cursor.fetchone() or ()))


@contextmanager
def company_context(company_id: UUID, *, job: str, request_id: str = "") -> Iterator[Actor]:
    """A transaction inside which the company's rows are visible; yields the job's actor.

    For tasks, commands and tests: outermost, it may take as long as a job may (`waits.JOB`). Nested, it restores
    the outer context when it ends well; when it ends badly the rollback does. Raises LookupError for a company that
    does not exist.
    """
    with company_kept(), transaction.atomic():
        previous = _read_settings() if connection.savepoint_ids else None
        set_company(
            company_id,
            metadata={"job": job, "request_id": request_id},
            patience=JOB if previous is None else None,
        )
        with connection.cursor() as cursor:
            cursor.execute(_COMPANY, [company_id])
            row = cursor.fetchone()
        if row is None:
            raise LookupError(f"no company {company_id}, or it has no settings")
        yield Actor(company=CompanyProfile(*row), user_id=None, name=job, request_id=request_id, is_job=True)
        if previous is not None:
            _write_settings(previous)


def job_actor(*, company_id: UUID, job: str, request_id: str = "") -> Actor:
    """The actor of a job in the company, for work that opens its own transactions. Raises LookupError for a company
    that does not exist."""
    with company_context(company_id, job=job, request_id=request_id) as actor:
        return actor


@contextmanager
def actor_transaction(actor: Actor) -> Iterator[None]:
    """A transaction in the actor's company, as long as a job's may be (`waits.JOB`); within a running one, which has
    the context, a savepoint. What a job commits by such chunks stays when a later one fails.
    """
    inside = connection.in_atomic_block
    with company_kept(), transaction.atomic():
        if not inside:
            set_company(
                actor.company_id,
                metadata={"job": actor.name, "request_id": actor.request_id},
                user_id=actor.user_id,
                patience=JOB,
            )
        yield


def set_company(
    company_id: UUID,
    *,
    metadata: dict[str, Any],
    user_id: int | None = None,
    patience: Patience | None = None,
) -> None:
    """Set the context of the running transaction, and what history rows say of it; with `patience`, how long it may
    take (`core.database.waits`)."""
    _write_settings(
        (str(company_id), "" if user_id is None else str(user_id), orjson.dumps(metadata).decode()),
        also=patience.settings() if patience else (),
    )


def clear_company() -> None:
    """Leave the company: from here on the transaction sees no rows."""
    _write_settings(("", "", ""))


def companies_of(*, user_id: int) -> list[UUID]:
    """Every company in which the person has, or had, a place: in the order in which they are to be locked.

    Inside a transaction; the context is afterwards what it was.
    """
    before = _read_settings()
    _write_settings((before[0], str(user_id), before[2]))
    with connection.cursor() as cursor:
        cursor.execute("select company_id from memberships where user_id = %s order by company_id", [user_id])
        companies = [row[0] for row in cursor.fetchall()]
    _write_settings(before)
    return companies


def company_ids() -> list[UUID]:
    """Every company's id, for jobs that visit each in a context of its own."""
    with connection.cursor() as cursor:
        cursor.execute("select id from companies order by id")
        return [row[0] for row in cursor.fetchall()]


def _read_settings() -> tuple[str, ...]:
    with connection.cursor() as cursor:
        cursor.execute(
            "select " + ", ".join(f"coalesce(current_setting('{name}', true), '')" for name in _SETTINGS)
        )
        row: tuple[str, ...] = cursor.fetchone()
        return row


def _write_settings(values: tuple[str, ...], *, also: tuple[tuple[str, str], ...] = ()) -> None:
    """Set them for the running transaction; a distributed database is told in each query as well (`of_company`)."""
    set_local((*zip(_SETTINGS, values, strict=True), *also))
    remember_company(values[0])
