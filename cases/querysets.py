"""Reads of cases: the one statement a step begins with, a case's steps as its page shows them, the basket."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Final
from uuid import UUID

import orjson
from django.db import connection

from batconnect.core.actors import Actor
from cases.errors import CaseNotFound
from cases.models import Case

_COLUMNS: Final = tuple(field.attname for field in Case._meta.concrete_fields)


@dataclass(frozen=True, slots=True)
class Standing:
    """A case as one statement finds it, with what the flow tables and the company say of one step or verb.

    `groups` may take the step (the company's own, else the default). `path` is its form's active path, None
    when there is none; `paths` counts all. `to_state` is where the trigger leads, None when no row leads on.
    """

    case: Case
    type_code: str
    step_known: bool
    step_name: str
    groups: frozenset[str]
    paths: int
    path: str | None
    to_state: str | None


@dataclass(frozen=True, slots=True)
class StepRow:
    """A step of a case type as one company has it; `used` says that the case has been through it."""

    step_id: str
    name: str
    operation: str
    heading: str
    groups: frozenset[str]
    used: bool


# Locking in a CTE of its own: a waiter then joins the flow tables to the row as the winner left it.
_STANDING: Final = """
with found as materialized (
  select {columns} from cases c where c.company_id = %s::uuid and c.{key} {lock}
)
select {found}, t.code,
       s.id is not null, coalesce(s.name, ''), coalesce(o.groups, s.groups, '{{}}'),
       coalesce(p.paths, 0), p.path, x.to_state
from found c
join case_types t on t.id = c.case_type_id
left join lateral (
  select s.* from case_step_configs s join case_steps h on h.id = s.case_step_id
  where s.step_id = {step} and h.case_type_id = c.case_type_id and s.is_active
) s on true
left join case_step_overrides o on o.company_id = c.company_id and o.case_step_config_id = s.id
left join lateral (
  select count(*) as paths, max(p.path) filter (where p.is_active) as path
  from case_step_config_paths p where p.case_step_config_id = s.id
) p on true
left join case_transitions x on x.case_type_id = c.case_type_id and x.from_state = c.state
  and x.trigger = %s and x.is_active and (x.trigger <> 'release' or x.to_state = c.state_before_hold)
"""


@cache
def _standing_sql(key: str, *, lock: bool, at_current_step: bool) -> str:
    return _STANDING.format(
        columns=", ".join(f"c.{name}" for name in _COLUMNS),
        found=", ".join(f"c.{name}" for name in _COLUMNS),
        key="case_no = %s" if key == "case_no" else "id = %s::bigint",
        lock="for update" if lock else "",
        step="c.current_step" if at_current_step else "%s",
    )


def find_standing(
    *, actor: Actor, case: str | int, trigger: str, step_id: str | None = None, lock: bool = False
) -> Standing:
    """The case (by number, or by integer id) with its standing for a step or verb, in one statement.

    With `lock` the row stays locked until the transaction ends: two clicks never run a step twice. Without
    `step_id` the step is the one the case waits for. Raises CaseNotFound.
    """
    statement = _standing_sql(
        "case_no" if isinstance(case, str) else "id", lock=lock, at_current_step=step_id is None
    )
    values: list[Any] = [actor.company_id, case, *([] if step_id is None else [step_id]), trigger]
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        row = cursor.fetchone()
    if row is None:
        raise CaseNotFound(f"There is no case {str(case)[:40]}.")
    width = len(_COLUMNS)
    code, known, name, groups, paths, path, to_state = row[width:]
    return Standing(
        case=_as_case(row[:width]),
        type_code=code,
        step_known=known,
        step_name=name,
        groups=frozenset(groups),
        paths=paths,
        path=path,
        to_state=to_state,
    )


def _as_case(row: Sequence[Any]) -> Case:
    values = list(row)
    draft = _COLUMNS.index("draft")
    if isinstance(values[draft], str):
        values[draft] = orjson.loads(values[draft])
    return Case.from_db("default", list(_COLUMNS), values)


_STEPS: Final = """
select t.id, t.name, t.prefix, t.is_creatable, h.name, s.step_id, s.name, s.operation,
       coalesce(o.groups, s.groups), coalesce(o.sla, s.sla),
       exists (select 1 from case_events e
               where e.company_id = %s::uuid and e.case_id = %s::bigint and e.kind = 'step'
                 and e.step_id = s.step_id)
from case_types t
join case_steps h on h.case_type_id = t.id and h.is_active
join case_step_configs s on s.case_step_id = h.id and s.is_active
left join case_step_overrides o on o.case_step_config_id = s.id and o.company_id = %s::uuid
where t.code = %s and t.is_active
order by h.position, s.position
"""


@dataclass(frozen=True, slots=True)
class TypeSteps:
    """A case type with its steps in order; `first_sla_seconds` is how long the first may wait."""

    id: int
    name: str
    prefix: str
    is_creatable: bool
    steps: tuple[StepRow, ...]
    first_sla_seconds: float | None


def steps_of(*, company_id: UUID, type_code: str, case_id: int | None = None) -> TypeSteps | None:
    """The steps of a case type as the company has them, and which the case has used; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(_STEPS, [company_id, case_id, company_id, type_code])
        rows = cursor.fetchall()
    if not rows:
        return None
    type_id, name, prefix, creatable = rows[0][:4]
    sla = rows[0][9]
    return TypeSteps(
        id=type_id,
        name=name,
        prefix=prefix,
        is_creatable=creatable,
        first_sla_seconds=sla.total_seconds() if sla else None,
        steps=tuple(
            StepRow(
                step_id=row[5],
                name=row[6],
                operation=row[7],
                heading=row[4],
                groups=frozenset(row[8]),
                used=row[10],
            )
            for row in rows
        ),
    )


def creatable_types() -> list[str]:
    """The codes of the case types that people open, in order."""
    with connection.cursor() as cursor:
        cursor.execute("select code from case_types where is_active and is_creatable order by code")
        return [code for (code,) in cursor.fetchall()]


@dataclass(frozen=True, slots=True)
class BasketFilter:
    """What the work basket is narrowed to; None leaves a filter out. `now` decides what is overdue."""

    now: datetime
    mine: bool = False
    case_type: str | None = None
    status: str | None = None
    overdue: bool | None = None
    search: str | None = None


_BASKET_FROM: Final = """
from cases c
join case_types t on t.id = c.case_type_id
left join case_step_configs s on s.step_id = c.current_step
left join case_step_overrides o on o.company_id = c.company_id and o.case_step_config_id = s.id
left join users u on u.id = c.assigned_to_id
where c.company_id = %s::uuid
"""
_OVERDUE: Final = "(c.closed_at is null and c.state <> 'On Hold' and c.action_due_on < %s::timestamptz)"
BASKET_ORDERS: Final = {
    "action_due_on": "c.action_due_on",
    "case_no": "c.id",
    "case_created_on": "c.created_on",
    "case_status": "c.state",
    "case_type": "t.code",
}


def basket(
    *, actor: Actor, wanted: BasketFilter, limit: int, offset: int, sort_by: str, descending: bool
) -> tuple[list[dict[str, Any]], int]:
    """A page of cases and how many there are in all; with `mine` those the actor may act on (DOMAIN 4).

    Oldest time limit first unless sorted otherwise; cases without a limit come last.
    """
    where, values = _basket_where(actor, wanted)
    direction = "desc" if descending else "asc"
    with connection.cursor() as cursor:
        cursor.execute(f"select count(*) {_BASKET_FROM} {where}", values)
        (total,) = cursor.fetchone()
        cursor.execute(
            "select c.id, c.case_no, t.code, t.name, c.state, c.subject, c.created_by_name, c.created_on, "
            f"c.current_step, coalesce(s.name, ''), c.action_due_on, {_OVERDUE}, "
            "coalesce(nullif(u.first_name, ''), u.username), c.escalated_at "
            f"{_BASKET_FROM} {where} "
            f"order by {BASKET_ORDERS[sort_by]} {direction} nulls last, c.id {direction} limit %s offset %s",
            [wanted.now, *values, limit, offset],
        )
        rows = cursor.fetchall()
    return [dict(zip(BASKET_FIELDS, row, strict=True)) for row in rows], total


BASKET_FIELDS: Final = (
    "id",
    "case_no",
    "case_type",
    "case_type_name",
    "case_status",
    "subject",
    "created_by",
    "case_created_on",
    "current_step_id",
    "current_step_name",
    "action_due_on",
    "overdue",
    "assigned_to",
    "escalated_at",
)


def _basket_where(actor: Actor, wanted: BasketFilter) -> tuple[str, list[Any]]:
    parts: list[str] = []
    values: list[Any] = [actor.company_id]
    if wanted.mine:
        parts.append(
            "c.closed_at is null and (c.assigned_to_id is null or c.assigned_to_id = %s::bigint) "
            "and coalesce(o.groups, s.groups) && %s::varchar[]"
        )
        values += [actor.user_id, sorted(actor.groups)]
    if wanted.case_type is not None:
        parts.append("t.code = %s")
        values.append(wanted.case_type)
    if wanted.status is not None:
        parts.append("c.state = %s")
        values.append(wanted.status)
    if wanted.overdue is not None:
        parts.append(_OVERDUE if wanted.overdue else f"not coalesce({_OVERDUE}, false)")
        values.append(wanted.now)
    if wanted.search:
        parts.append("(c.case_no ilike %s or c.subject ilike %s)")
        pattern = "%" + wanted.search.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        values += [pattern, pattern]
    return "".join(f" and {part}" for part in parts), values
