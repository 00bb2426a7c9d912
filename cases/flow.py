"""How an app declares a workflow: a table that people can read (docs/domain.md#cases).

A `Flow` subclass per case type says its steps, in groups, and every transition that exists. What is not in
the table is refused. `cases.sync` copies the declaration into the flow tables after every migrate, and
`cases.drawing` draws it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar, Final

from django.core.exceptions import ImproperlyConfigured
from django.db import models

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.permissions import Group
from cases.models import Case
from cases.states import APPROVED, CANCEL, HOLD, LIVE_STATES, REASSIGN, REJECTED, RELEASE, WAITS, State

STAFF: Final = frozenset({Group.CASHIER.value, Group.FINANCE_MANAGER.value})


@dataclass(frozen=True, slots=True)
class CreatedEntity:
    """Something a case made: `entity` is its kind (`interim_payment`), `url` where an API client reads it."""

    entity: str
    id: str
    url: str


@dataclass(frozen=True, slots=True)
class StepContext:
    """What a step's functions are handed.

    `params` are the query of a fetch. `data` is the validated data of a submit, over the case's draft when
    the step uses it; `sent` is what the client sent; `known` is what an entry point of ours has found out already (ids
    of rows), which no client can send. `case` is read-only: the result says what changes.
    During a submit the case's row is locked and the transaction is the request's.
    """

    actor: Actor
    case: Case
    flow: Flow
    step: Step
    params: Mapping[str, str] = field(default_factory=dict)
    data: dict[str, Any] = field(default_factory=dict)
    sent: dict[str, Any] = field(default_factory=dict)
    known: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StepResult:
    """What a submit did.

    `message` and `payload` are the answer. `entities` are listed on the case. `rows` are groups of unsaved
    model instances (each of one model) written in the same statement as the case's own, which saves a round
    trip. `draft` replaces the case's draft, `subject` the line by which people find the case, `next_step` the
    step that follows (else the next in the flow's order). `summary` goes into the event. `waits` names the transition
    by which the case goes on to wait for a second person, in place of the step's own: it waits for no step then, and
    the answer is 202.
    """

    message: str
    payload: Mapping[str, Any] = field(default_factory=dict)
    entities: Sequence[CreatedEntity] = ()
    rows: Sequence[Sequence[models.Model]] = ()
    draft: dict[str, Any] | None = None
    subject: str | None = None
    next_step: str | None = None
    summary: Mapping[str, Any] = field(default_factory=dict)
    waits: str = ""


Fetch = Callable[[StepContext], Mapping[str, Any]]
Submit = Callable[[StepContext], StepResult]


@dataclass(frozen=True, slots=True)
class Step:
    """One step: what it is called, who may take it, which form it has, what it runs.

    `operation` is `fetch` or `process`, as clients see it. `schema` is the form's path relative to the
    `bpm_flows` folder that holds the flow; blank means "no form". `sla` is how long the step may wait.
    With `uses_draft` the data sent is laid over the case's draft before it is validated. `parameters` are what a fetch
    may be asked with; any other is refused.
    """

    step_id: str
    name: str
    operation: str = "process"
    groups: frozenset[str] = STAFF
    schema: str = ""
    sla: timedelta | None = None
    fetch: Fetch | None = None
    submit: Submit | None = None
    uses_draft: bool = False
    parameters: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StepGroup:
    """Steps under one heading, in order."""

    name: str
    steps: Sequence[Step]


@dataclass(frozen=True, slots=True)
class Transition:
    """One row of the state machine: what moves a case from one state to another.

    `trigger` is a step's id, a managing action, or a name that an app fires with `cases.services.move_case`.
    `who`, `guards` and `effect` are for people: the step's groups, permission and code decide.
    """

    trigger: str
    from_state: State
    to_state: State
    who: str = ""
    guards: str = ""
    effect: str = ""


MANAGED: Final[tuple[Transition, ...]] = (
    *(
        Transition(HOLD, state, State.ON_HOLD, "cases.manage", "reason", "remembers the state")
        for state in (State.OPEN, State.IN_PROGRESS)
    ),
    *(
        Transition(
            RELEASE,
            State.ON_HOLD,
            state,
            "cases.manage",
            f"reason; held from {state}",
            "the time limit goes on",
        )
        for state in (State.OPEN, State.IN_PROGRESS)
    ),
    *(
        Transition(
            CANCEL,
            state,
            State.CANCELLED,
            "cases.manage; while nothing was done, who opened it" if state is State.OPEN else "cases.manage",
            "reason",
            "no step runs again",
        )
        for state in LIVE_STATES
    ),
    *(
        Transition(
            REASSIGN, state, state, "cases.manage", "reason; somebody who may act", "another person acts"
        )
        for state in LIVE_STATES
    ),
)
"""The transitions that every flow has: hold, release to the state before, cancel, reassign."""

BY_SECOND_PERSON: Final[tuple[Transition, ...]] = (
    Transition(
        WAITS,
        State.OPEN,
        State.IN_PROGRESS,
        "the step's groups",
        "above the company's limit",
        "a request waits",
    ),
    Transition(
        APPROVED,
        State.IN_PROGRESS,
        State.CLOSED,
        "another person with the kind's right",
        "not who asked",
        "what was asked for is carried out",
    ),
    Transition(
        REJECTED,
        State.IN_PROGRESS,
        State.OPEN,
        "another person with the kind's right",
        "not who asked",
        "the step can be taken again",
    ),
)
"""The transitions that a flow adds when one of its steps may have to wait for a second person."""


@dataclass(frozen=True, slots=True)
class Instead:
    """What takes the place of a managing action that the flow does not have.

    `trigger` is the flow's own transition; where the case's state has it, a refusal of the action ends with `advice`,
    which says how to fire it and may name `{case_id}` and `{case_no}`.
    """

    trigger: str
    advice: str


class Flow:
    """A case type. Subclass it in `<app>/bpm_flows/<flow>/flows.py` and register the class.

    `code` is the case type, `prefix` begins its case numbers. `creatable` is False for types whose cases
    come by import (`POST /bpm/case` answers 400). `instead` says, by managing action, what a flow without it has in its
    place.
    """

    code: ClassVar[str]
    name: ClassVar[str]
    prefix: ClassVar[str]
    creatable: ClassVar[bool] = True
    steps: ClassVar[Sequence[StepGroup]]
    transitions: ClassVar[Sequence[Transition]]
    instead: ClassVar[Mapping[str, Instead]] = {}

    def __init__(self) -> None:
        self._steps = {step.step_id: step for group in self.steps for step in group.steps}
        self._check()

    @property
    def step_ids(self) -> tuple[str, ...]:
        """Every step's id, in order."""
        return tuple(self._steps)

    def step(self, step_id: str) -> Step | None:
        """The step of this id, if the flow has it."""
        return self._steps.get(step_id)

    def following(self, step_id: str) -> str:
        """The step after this one in the flow's order; the last is its own successor."""
        order = self.step_ids
        return order[min(order.index(step_id) + 1, len(order) - 1)]

    def advice(self, trigger: str, state: str) -> str:
        """What to do in the place of an action that the flow does not have; blank where there is nothing."""
        instead = self.instead.get(trigger)
        if instead is None:
            return ""
        return instead.advice if (instead.trigger, state) in self._moves() else ""

    def _moves(self) -> set[tuple[str, str]]:
        return {(row.trigger, row.from_state.value) for row in self.transitions}

    def forms_folder(self) -> Path:
        """The `bpm_flows` folder that the paths of this flow's forms are relative to."""
        source = Path(str(sys.modules[type(self).__module__].__file__)).resolve()
        return next((folder for folder in source.parents if folder.name == "bpm_flows"), source.parent)

    def _check(self) -> None:
        """Raise when the declaration cannot work; called as the app starts."""
        ids = [step.step_id for group in self.steps for step in group.steps]
        pairs = [(row.trigger, row.from_state) for row in self.transitions if row.trigger != RELEASE]
        submits = {step_id for step_id, step in self._steps.items() if step.submit}
        triggers = {row.trigger for row in self.transitions}
        moving = triggers & set(ids)
        replaced = set(self.instead) & triggers | {each.trigger for each in self.instead.values()} - triggers
        for wrong, what in (
            (not ids or len(set(ids)) < len(ids), "a flow needs steps, and their ids must differ"),
            (len(set(pairs)) < len(pairs), "one transition per state and trigger"),
            (
                moving != submits,
                f"a step has a submit if and only if it has a transition: {sorted(moving ^ submits)}",
            ),
            (
                bool(replaced),
                f"what takes the place of an action is a transition, the action none: {sorted(replaced)}",
            ),
        ):
            if wrong:
                raise ImproperlyConfigured(f"{self.code}: {what}")
