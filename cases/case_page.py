"""What a case's page shows besides its columns: how long its step may still wait, and where to find what it created."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode

from django.urls import reverse

from batconnect.core.console.faces import (
    LATEST,
    MAX_ROWS,
    Card,
    Face,
    Kept,
    Part,
    Section,
    Table,
    TimelineEvent,
    adds_to_timeline,
    format_instant,
)
from batconnect.core.console.links import Link
from batconnect.core.console.once import once
from batconnect.core.kernel import clock
from batconnect.core.kernel.actors import Actor
from cases import registry
from cases.drawing import draw_flow
from cases.models import Case, CaseEntity, CaseEvent, CaseStepConfig
from cases.states import FINAL_STATES, State

ON_TIME: Final = "on time"
SOON: Final = "soon"
LATE: Final = "late"
WAITS: Final = "waits"
NO_LIMIT: Final = "no limit"
# Green, amber and red of the theme; each also says so in words.
COLORS: Final = {ON_TIME: "success", SOON: "warning", LATE: "danger", WAITS: "info"}
# A step is due soon when less than this fraction of its time is left.
_LAST_PART: Final = 4


def time_limit(case: Case, *, now: datetime) -> tuple[str, str]:
    """How close the case's step is to its time limit: one of the colors' keys, and the same in words."""
    if case.state in FINAL_STATES:
        return NO_LIMIT, ""
    if case.state == State.ON_HOLD.value:
        return WAITS, "Limit waits"
    if case.action_due_on is None:
        return NO_LIMIT, "No limit"
    left = case.action_due_on - now
    if left < timedelta(0):
        return LATE, f"Late by {_span(-left)}"
    whole = case.action_due_on - case.state_changed_at
    return (SOON if left * _LAST_PART < whole else ON_TIME), f"{_span(left)} left"


def _case_card(actor: Actor, row: Case) -> Card:
    limit, words = time_limit(row, now=clock.now())
    step = CaseStepConfig.objects.filter(step_id=row.current_step).first() if row.current_step else None
    until = f", until {format_instant(row.action_due_on)}" if row.action_due_on and not row.closed_at else ""
    is_held = row.state == State.ON_HOLD.value
    return Card(
        kind=row.case_type.name,
        number=row.case_no,
        person=row.subject or None,
        person_is="About",
        status=str(row.get_state_display()),
        tone="warn" if is_held or limit == LATE else "good" if row.state == State.CLOSED.value else "",
        since=row.closed_at or row.state_changed_at,
        facts=(
            ("Time limit", f"{words}{until}" if words else ""),
            ("With", _with(row)),
            ("Opened by", Kept(row.created_by_name, row.created_by_id)),
            ("Opened", row.created_on),
            ("Handed on late since", row.escalated_at),
        ),
        next_step=f"{step.name}." if step is not None and row.state not in FINAL_STATES else "",
        next_action="release" if is_held else "",
    )


def _with(row: Case) -> Kept | str:
    """Who has to take the step."""
    if row.assigned_to_id is not None:
        return Kept("", row.assigned_to_id)
    return "" if row.closed_at else "Whoever may take the step"


def made_by(row: Case) -> list[CaseEntity]:
    """What the case made, the oldest first, a page of it; read once for its document and its links."""
    made = CaseEntity.objects.filter(company_id=row.company_id, case=row.pk).order_by("id")
    return once(row, "made", lambda: list(made[: MAX_ROWS + 1]))


def _case_sections(actor: Actor, row: Case) -> Iterator[Section]:
    rows = made_by(row)[: MAX_ROWS + 1]
    if rows:
        yield Table(
            title="What it created",
            columns=("What", "Number", "When"),
            rows=[
                (
                    named(each.entity).capitalize(),
                    Link(each.entity_id, find_number(each.entity_id)),
                    each.created_at,
                )
                for each in rows
            ],
        )
    flow = registry.find(row.case_type.code)
    if flow is not None:
        yield Part(
            template="admin/faces/flow.html", context={"diagram": draw_flow(flow, current=State(row.state))}
        )


CASE_FACE: Final = Face(card=_case_card, sections=_case_sections)


@adds_to_timeline()
def _case_events(actor: Actor, row: Any) -> Iterable[TimelineEvent]:
    """What happened to a case, on its own page and on those of what it made."""
    return happened_in(actor, getattr(row, "case_no", ""), prefix="" if isinstance(row, Case) else "Case ")


def happened_in(actor: Actor, case_no: str, *, prefix: str = "") -> Iterable[TimelineEvent]:
    """What happened to the case, for those who may see cases; a prefix begins the words with the case's number."""
    if not case_no or not actor.can("cases.view"):
        return
    events = CaseEvent.objects.filter(company_id=actor.company_id, case__case_no=case_no)
    found = list(events.order_by("-id")[:LATEST])
    ids = {each.step_id for each in found if each.step_id}
    names = dict(CaseStepConfig.objects.filter(step_id__in=ids).values_list("step_id", "name")) if ids else {}
    for each in found:
        says = _says(each, names)
        yield TimelineEvent(
            at=each.at,
            what=f"{prefix}{case_no}: {says}" if prefix else says,
            user_id=each.user_id,
            who=each.actor,
            reason=each.reason,
        )


def _says(event: CaseEvent, names: Mapping[str, str]) -> str:
    """`Enter details: Open → In Progress; made interim payment INTPAY-2026-00001`."""
    what = names.get(event.step_id) or str(event.get_kind_display())
    if event.from_state and event.from_state != event.to_state:
        what = f"{what}: {event.from_state} → {event.to_state}"
    made = ", ".join(f"{named(each['entity'])} {each['id']}" for each in event.created)
    return f"{what}; made {made}" if made else what


def _span(length: timedelta) -> str:
    """The length in the largest unit that it fills: `3 days`, `5 hours`, `1 minute`."""
    for unit, name in (
        (timedelta(days=1), "day"),
        (timedelta(hours=1), "hour"),
        (timedelta(minutes=1), "minute"),
    ):
        if length >= unit:
            count = length // unit
            return f"{count} {name}{'' if count == 1 else 's'}"
    return "less than a minute"


def find_number(number: str) -> str:
    """The address that searches for this number, whatever kind of row has it."""
    return f"{reverse('admin:find')}?{urlencode({'q': number})}"


def named(entity: str) -> str:
    """The kind of a created thing as people say it: `interim_payment` is `interim payment`."""
    return entity.replace("_", " ")
