"""When a customer is reminded: once per stage of a due date."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from batconnect.core.kernel.words import format_day

# Days after the due date from which a stage applies; the last that fits counts.
STAGES: Final = (("upcoming", -3), ("overdue", 1), ("second", 7), ("final", 30))
FIRST: Final = timedelta(days=-STAGES[0][1])
_OPENINGS: Final = {
    "upcoming": "is due on {due}",
    "overdue": "was due on {due} and has not been paid yet",
    "second": "was due on {due} and has still not been paid",
    "final": "was due on {due}; this is our last reminder",
}


def stage_of(*, due_date: date, on: date) -> str | None:
    """The stage that a row has reached by a day; None before the first."""
    days = (on - due_date).days
    reached = [name for name, since in STAGES if days >= since]
    return reached[-1] if reached else None


def mail_subject(*, stage: str, period: str) -> str:
    """The mail's subject."""
    return (
        f"Your premium {period} is due soon" if stage == "upcoming" else f"Your premium {period} is overdue"
    )


def mail_body(
    *, stage: str, name: str, period: str, due: date, amount: str, policy: str, company: str
) -> str:
    """The mail's text."""
    return (
        f"Dear {name},\n\n"
        f"the premium {period} of policy {policy}, {amount}, {_OPENINGS[stage].format(due=format_day(due))}.\n"
        "If you have already paid, please disregard this message.\n\n"
        f"{company}\n"
    )
