"""What happened to a row, from what apps keep of it: entries, the trail, requests, cases, changes of columns.

Each app adds what it keeps by `adds_to_timeline`; the frame puts it in order, says names in full, and joins what one
act left behind in several places.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import models

from batconnect.core.approvals.kinds import visible_kinds
from batconnect.core.console.faces.people import People, describe_name
from batconnect.core.console.once import once
from batconnect.core.database.history import history_of
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.subject import SourceType, find_subject
from batconnect.core.kernel.words import describe_code
from batconnect.core.models import Approval, AuditEvent

LATEST: Final = 60
"""What one page shows at most; the audit trail has all."""
_ONE_ACT: Final = timedelta(seconds=1)
"""What one person did within it, one after the other, is one line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineEvent:
    """Something that happened: when, who did it, and what, in words.

    `user_id` is the person, whose full name is shown; `who` the name that was kept, of a job or of somebody else.
    `about` is a row, or another value, shown after the words. `is_trail` is left out where something better tells of
    the same act.
    """

    at: datetime
    what: str
    user_id: int | None = None
    who: str = ""
    reason: str = ""
    about: Any = None
    is_trail: bool = False


Provider = Callable[[Actor, Any], Iterable[TimelineEvent]]
_PROVIDERS: Final[list[tuple[Provider, tuple[type[models.Model], ...]]]] = []


def adds_to_timeline(*tables: type[models.Model]) -> Callable[[Provider], Provider]:
    """Add what the decorated function finds to the timelines of these tables' rows; of all rows without any."""

    def add(provider: Provider) -> Provider:
        _PROVIDERS.append((provider, tables))
        return provider

    return add


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a timeline: what one person did at one instant."""

    at: datetime
    who: str
    did: tuple[tuple[str, Any], ...]
    reason: str


def timeline_of(actor: Actor, row: models.Model, people: People) -> list[Line]:
    """The row's latest events, newest first."""
    found = [
        each
        for provider, tables in _PROVIDERS
        if not tables or isinstance(row, tables)
        for each in provider(actor, row)
    ]
    acts: list[tuple[str, list[TimelineEvent]]] = []
    for each in sorted(found, key=lambda each: each.at, reverse=True):
        who = people.full_name(each.who, each.user_id) or describe_name("")
        if acts and acts[-1][0] == who and acts[-1][1][0].at - each.at <= _ONE_ACT:
            acts[-1][1].append(each)
        else:
            acts.append((who, [each]))
    return [_line(person, act) for person, act in acts[:LATEST]]


def _line(who: str, act: list[TimelineEvent]) -> Line:
    """What one act left behind in several places, in the order in which it was done."""
    act.reverse()
    better = [each for each in act if not each.is_trail] or act
    did = tuple(dict.fromkeys((each.what, each.about) for each in better))
    return Line(act[-1].at, who, did, next((each.reason for each in act if each.reason), ""))


def sources_of(row: models.Model) -> list[tuple[SourceType, str]]:
    """The names by which entries, events and requests are about the row, each with the row's id under it."""
    try:
        sources = find_subject(type(row)).sources
    except LookupError:
        return []
    return [(each, str(getattr(row, each.named_by or "pk"))) for each in sources if not each.through]


@adds_to_timeline()
def _trail(actor: Actor, row: models.Model) -> Iterable[TimelineEvent]:
    """What people did to it outside cases, for those who may read the trail."""
    named = sources_of(row)
    if not named or not actor.can(find_subject(AuditEvent).permission):
        return
    events = AuditEvent.objects.filter(
        company_id=actor.company_id,
        subject_type__in=[source.code for source, _ in named],
        subject_id__in={key for _, key in named},
    )
    for each in events.order_by("-id")[:LATEST]:
        yield TimelineEvent(
            at=each.at,
            what=describe_code(each.action),
            user_id=each.user_id,
            who=each.actor,
            reason=each.reason,
            is_trail=True,
        )


def requests_about(actor: Actor, row: models.Model) -> list[Approval]:
    """What was asked of a second person about the row, of the kinds that the actor may see, the latest first; read once
    for its timeline and its links."""

    def read() -> list[Approval]:
        named = [] if isinstance(row, Approval) else sources_of(row)
        asked = Approval.objects.filter(
            company_id=actor.company_id,
            subject_type__in=[source.code for source, _ in named],
            subject_id__in={key for _, key in named},
            kind__in=visible_kinds(actor),
        )
        return list(asked.order_by("-id")[:LATEST]) if named else []

    return once(row, "requests", read)


@adds_to_timeline()
def _requests(actor: Actor, row: models.Model) -> Iterable[TimelineEvent]:
    """What was asked of a second person, and what that person said, of the kinds that the actor may see."""
    for each in requests_about(actor, row):
        yield TimelineEvent(
            at=each.requested_at,
            what=f"Asked a second person: {each.title}",
            user_id=each.requested_by_id,
            reason=each.reason,
        )
        if each.decided_at is not None:
            yield TimelineEvent(
                at=each.decided_at,
                what=f"{each.get_status_display()}: {each.title}",
                user_id=each.decided_by_id,
                reason=each.decision_reason,
            )


@adds_to_timeline()
def _changes(actor: Actor, row: models.Model) -> Iterable[TimelineEvent]:
    """Which columns were changed, where the database keeps that."""
    for each in history_of(row, limit=LATEST):
        fields = "; ".join(
            f"{field.field} {field.before or 'nothing'} → {field.after or 'nothing'}"
            for field in each.fields
            if field.before or field.after
        )
        text = f"Changed: {fields}" if each.what == "changed" else each.what.capitalize()
        yield TimelineEvent(at=each.at, what=text, who=each.who)
