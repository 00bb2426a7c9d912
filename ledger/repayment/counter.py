"""How a kind of document is made at the counter: declared beside the kind, shown by the console.

Rule: docs/contributing.md#adding.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Final

from django import forms

from batconnect.core.console.counter_forms import CounterForm, day_field
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import week_start
from batconnect.core.kernel.errors import FieldError
from ledger.repayment.inputs import SentDocument, checked_form
from ledger.repayment.kinds import RepaidKind
from ledger.repayment.rules import WEEK
from ledger.repayment.services.opening import DocumentPlan
from ledger.repayment.shapes import planned_rows

A_SUNDAY: Final = "2000-01-02"  # the calendar offers the Sundays alone, counted from one of them


class DocumentForm(CounterForm):
    """A document that a driver repays; the fields are called as its step calls them."""

    def __init__(self, data: dict[str, str] | None = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.lease_error = ""

    def place_error(self, error: FieldError) -> bool:
        """Show the lease's error beside the leases."""
        if error.field == "lease_id":
            self.lease_error = error.message
            return True
        return False

    @classmethod
    def first_values(cls, day: date) -> dict[str, str]:
        """What the form begins with on the day: the next Sunday as first week."""
        return {"start_week": next_sunday(day).isoformat()}


def first_week_field() -> forms.CharField:
    """From when the document is repaid."""
    return day_field(
        "First week",
        help_text="The Sunday on which the first installment falls due.",
        step=7,
        min=A_SUNDAY,
    )


def next_sunday(day: date) -> date:
    """The first Sunday from the day on."""
    start = week_start(day)
    return start if start == day else start + WEEK


def _no_facts(row: Mapping[str, Any]) -> list[tuple[str, str]]:
    return []


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file that belongs to a document: `name` in a sentence, `accepted` media types and `allowed` in words.

    `largest` is in bytes; `keep(actor=, number=, name=, content=)` stores it, or raises a Refusal.
    """

    name: str
    accepted: tuple[str, ...]
    allowed: str
    largest: int
    keep: Callable[..., object]


@dataclass(frozen=True, slots=True, kw_only=True)
class AtCounter:
    """The counter's pages of one kind: `icon` in the menu, `action` and `done` for what is done to a document ("make",
    "made").

    `schema` is the step's form; `read` makes of its data what `plan(actor=, …)` takes. A schedule is shown while the
    form is typed: `unplanned` are the values of fields that it does not depend on, as long as they are empty. `facts`
    are what the page of a document shows of it besides what all documents have: (name, value).
    """

    kind: RepaidKind
    icon: str
    action: str
    done: str
    form: type[DocumentForm]
    schema: Path
    read: Callable[[Mapping[str, Any]], SentDocument]
    plan: Callable[..., DocumentPlan]
    unplanned: Mapping[str, str] = field(default_factory=dict)
    facts: Callable[[Mapping[str, Any]], list[tuple[str, str]]] = _no_facts
    attachment: Attachment | None = None

    def preview(self, *, actor: Actor, step: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The schedule that the step would make; writes nothing. Raises what the step refuses."""
        typed = {**step, **{name: step[name] or value for name, value in self.unplanned.items()}}
        sent = self.read(checked_form(self.schema, typed))
        return planned_rows(self.plan(actor=actor, **sent.terms).rows)


_COUNTERS: Final[dict[str, AtCounter]] = {}


def add_counter(counter: AtCounter) -> None:
    """Let the console have the pages."""
    _COUNTERS[counter.kind.app] = counter


def counters() -> tuple[AtCounter, ...]:
    """Every kind that is made at the counter, in the order of the installed apps."""
    return tuple(_COUNTERS.values())
