"""What a case's page shows besides its columns: how long its step may still wait, and where to find what it created."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from batconnect.core.kernel import clock
from cases import registry
from cases.drawing import draw_flow
from cases.models import Case, CaseStepConfig
from cases.states import FINAL_STATES, State

ON_TIME: Final = "on time"
SOON: Final = "soon"
LATE: Final = "late"
WAITS: Final = "waits"
NO_LIMIT: Final = "no limit"
# Green, amber and red of the theme; each also says so in words.
COLORS: Final = {ON_TIME: "success", SOON: "warning", LATE: "danger", WAITS: "info"}
_STATE_COLORS: Final = {
    State.OPEN.value: "info",
    State.IN_PROGRESS.value: "primary",
    State.ON_HOLD.value: "warning",
    State.CLOSED.value: "success",
}
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


def status_context(case: Case) -> dict[str, Any]:
    """What the page says first: the flow with the state in it, the step it waits for, the time limit."""
    flow = registry.find(case.case_type.code)
    color, limit = time_limit(case, now=clock.now())
    step = CaseStepConfig.objects.filter(step_id=case.current_step).first() if case.current_step else None
    return {
        "diagram": draw_flow(flow, current=State(case.state)) if flow else "",
        "flow_name": case.case_type.name,
        "limit": limit,
        "limit_color": COLORS.get(color, ""),
        "state_color": _STATE_COLORS.get(case.state, ""),
        "step_name": step.name if step else "",
    }


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


def link_to_number(number: str) -> SafeString:
    """A link that searches for this number, whatever kind of row has it."""
    return format_html('<a href="{}?{}">{}</a>', reverse("admin:find"), urlencode({"q": number}), number)


def links_to_created(created: list[dict[str, Any]]) -> SafeString:
    """What an event created: each kind with the link to its row."""
    return format_html_join(
        ", ", "{} {}", ((named(made["entity"]), link_to_number(str(made["id"]))) for made in created)
    )


def named(entity: str) -> str:
    """The kind of a created thing as people say it: `interim_payment` is `interim payment`."""
    return entity.replace("_", " ")
