"""Reads of cases: the one statement that a step begins with, a case's steps as its page shows them, the basket."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Final
from uuid import UUID

import orjson
from django.db import connection
from django.db.models import Q, QuerySet

from batconnect.core.kernel.actors import Actor
from batconnect.core.models import Membership
from cases.errors import CaseNotFound
from cases.models import Case, CaseEntity, CaseEvent
from cases.states import State
from cases.subjects import CASE_DIGITS

# A whole number, which the index finds.
_CASE_NO: Final = re.compile(rf"[A-Za-z]+[0-9]{{{CASE_DIGITS},}}")
_WAITING: Final = frozenset({State.OPEN.value, State.IN_PROGRESS.value})
_COLUMNS: Final = tuple(field.attname for field in Case._meta.concrete_fields)


@dataclass(frozen=True, slots=True)
class CaseContext:
    """A case as one statement finds it, with what the flow tables and the company say of one step or action.

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
    """A step of a case type with one company's settings; `used` says that the case has been through it."""

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
       s.id is not null, coalesce(s.name, ''), coalesce((
         select o.groups from case_step_overrides o where o.company_id = %s::uuid and o.case_step_config_id = s.id
       ), s.groups, '{{}}'),
       coalesce(p.paths, 0), p.path, x.to_state
from found c
join case_types t on t.id = c.case_type_id
left join lateral (
  select s.* from case_step_configs s join case_steps h on h.id = s.case_step_id
  where s.step_id = {step} and h.case_type_id = c.case_type_id and s.is_active
) s on true
left join lateral (
  select count(*) as paths, max(p.path) filter (where p.is_active) as path
  from case_step_config_paths p where p.case_step_config_id = s.id
) p on true
left join case_transitions x on x.case_type_id = c.case_type_id and x.from_state = c.state
  and x.trigger = %s and x.is_active and (x.trigger <> 'release' or x.to_state = c.state_before_hold)
"""


@cache
def _case_context_sql(key: str, *, lock: bool, at_current_step: bool) -> str:
    return _STANDING.format(
        columns=", ".join(f"c.{name}" for name in _COLUMNS),
        found=", ".join(f"c.{name}" for name in _COLUMNS),
        key="case_no = %s" if key == "case_no" else "id = %s::bigint",
        lock="for update" if lock else "",
        step="c.current_step" if at_current_step else "%s",
    )


def find_case_context(
    *, actor: Actor, case: str | int, trigger: str, step_id: str | None = None, lock: bool = False
) -> CaseContext:
    """The case (by number, or by integer id) with its context for a step or action, in one statement.

    With `lock` the row stays locked until the transaction ends: two clicks never run a step twice. Without
    `step_id` the step is the one the case waits for. Raises CaseNotFound.
    """
    statement = _case_context_sql(
        "case_no" if isinstance(case, str) else "id", lock=lock, at_current_step=step_id is None
    )
    company = actor.company_id
    values: list[Any] = [company, case, company, *([] if step_id is None else [step_id]), trigger]
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        row = cursor.fetchone()
    if row is None:
        raise CaseNotFound(f"There is no case {str(case)[:40]}.")
    width = len(_COLUMNS)
    code, known, name, groups, paths, path, to_state = row[width:]
    return CaseContext(
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
    """The steps of a case type with the company's settings, and which of them the case has used; one statement."""
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


_STEP_GROUPS: Final = """
select s.step_id, s.name, coalesce(o.groups, s.groups)
from case_step_configs s
left join case_step_overrides o on o.case_step_config_id = s.id and o.company_id = %s::uuid
"""


@dataclass(frozen=True, slots=True)
class KnownStep:
    """A step of any case type: its name, and the groups that may take it in one company."""

    name: str
    groups: frozenset[str]


def known_steps(*, company_id: UUID) -> dict[str, KnownStep]:
    """Every step there is or was, with the company's settings."""
    with connection.cursor() as cursor:
        cursor.execute(_STEP_GROUPS, [company_id])
        return {step_id: KnownStep(name, frozenset(groups)) for step_id, name, groups in cursor.fetchall()}


@dataclass(frozen=True, slots=True)
class BasketFilter:
    """The filters of a list of cases; None or an empty value leaves one out. `now` decides what is overdue."""

    now: datetime
    mine: bool = False
    case_types: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    overdue: bool | None = None
    search: str | None = None


BASKET_FIELDS: Final = (
    "id",
    "case_no",
    "case_type__code",
    "case_type__name",
    "state",
    "subject",
    "created_by_name",
    "created_on",
    "current_step",
    "action_due_on",
    "escalated_at",
    "assigned_to__first_name",
    "assigned_to__username",
)


def in_basket(*, actor: Actor, steps: Mapping[str, KnownStep]) -> Q:
    """Selects the open cases that the actor may act on: their step is for one of the actor's groups, and they are not
    assigned to somebody else (docs/domain.md#cases)."""
    open_to_actor = [step_id for step_id, step in steps.items() if not actor.groups.isdisjoint(step.groups)]
    return Q(
        Q(assigned_to_id=actor.user_id) | Q(assigned_to__isnull=True),
        closed_at__isnull=True,
        current_step__in=open_to_actor,
    )


def overdue(*, now: datetime) -> Q:
    """Selects the cases that have waited too long; one on hold or final does not wait."""
    return Q(closed_at__isnull=True, action_due_on__lt=now) & ~Q(state=State.ON_HOLD.value)


def basket(
    *, actor: Actor, filters: BasketFilter, steps: Mapping[str, KnownStep]
) -> QuerySet[Case, dict[str, Any]]:
    """The company's cases as rows of BASKET_FIELDS; with `mine` the open ones the actor may act on.

    Rule: docs/domain.md#cases.

    Those are the cases whose current step is for one of the actor's groups and which are not assigned to others.
    """
    rows = Case.objects.filter(company_id=actor.company_id)
    if filters.mine:
        rows = rows.filter(in_basket(actor=actor, steps=steps))
    if filters.case_types:
        rows = rows.filter(case_type__code__in=filters.case_types)
    if filters.statuses:
        rows = rows.filter(state__in=filters.statuses)
    if filters.overdue is not None:
        late = overdue(now=filters.now)
        # A case without a time limit is not overdue, which SQL's comparison with null would not say.
        rows = rows.filter(late if filters.overdue else ~late | Q(action_due_on__isnull=True))
    if filters.search and _CASE_NO.fullmatch(filters.search):
        rows = rows.filter(case_no=filters.search.upper())
    elif filters.search:
        rows = rows.filter(Q(case_no__icontains=filters.search) | Q(subject__icontains=filters.search))
    return rows.values(*BASKET_FIELDS)


_MOVES: Final = (CaseEvent.Kind.STEP, CaseEvent.Kind.MOVED, CaseEvent.Kind.REASSIGNED)


def latest_move(*, company_id: UUID, case_id: int) -> CaseEvent | None:
    """What last moved the case on, or to somebody else."""
    events = CaseEvent.objects.filter(company_id=company_id, case_id=case_id, kind__in=_MOVES)
    return events.order_by("-id").first()


def may_be_given_back(*, actor: Actor, case: Case) -> bool:
    """Whether the case is still where a reassignment left it that says who had it before."""
    if case.assigned_to_id is None:
        return False
    moved = latest_move(company_id=actor.company_id, case_id=case.pk)
    return moved is not None and moved.payload.get("assigned_to_id") == case.assigned_to_id != (
        moved.payload.get("assigned_from_id", case.assigned_to_id)
    )


def may_withdraw(*, actor: Actor, case: Case) -> bool:
    """Whether the actor may have opened the case by mistake: nothing has happened to it since."""
    return (
        case.created_by_id is not None
        and case.created_by_id == actor.user_id
        and case.state == State.OPEN.value
        and not CaseEvent.objects.filter(company_id=actor.company_id, case_id=case.pk)
        .exclude(kind=CaseEvent.Kind.CREATED)
        .exists()
        and not CaseEntity.objects.filter(company_id=actor.company_id, case_id=case.pk).exists()
    )


def who_may_take(*, actor: Actor, case: Case) -> list[tuple[str, str]]:
    """The other members of the company who may take the step that the case waits for: user name, name and groups."""
    step = known_steps(company_id=actor.company_id).get(case.current_step)
    return members(actor=actor, groups=sorted(step.groups if step else ()))


def members(*, actor: Actor, groups: Sequence[str] | None = None) -> list[tuple[str, str]]:
    """The other members of the company, or of these groups of it: user name, name and groups."""
    places = (
        Membership.objects.filter(
            company_id=actor.company_id,
            is_active=True,
            user__is_active=True,
            **({} if groups is None else {"groups__overlap": groups}),
        )
        .select_related("user")
        .order_by("user__first_name", "user__username")
    )
    return [
        (
            place.user.username,
            f"{place.user.get_full_name() or place.user.username} ({', '.join(place.groups)})",
        )
        for place in places
        if place.user_id != actor.user_id
    ]


def is_overdue(*, state: str, action_due_on: datetime | None, now: datetime) -> bool:
    """Whether a case has waited too long; one on hold or final does not wait."""
    return action_due_on is not None and action_due_on < now and state in _WAITING
