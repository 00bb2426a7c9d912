"""What a row's own columns keep of what happened to it, as its timeline tells it: `created_at` and `created_by`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.db import models

from batconnect.core.console.faces.timeline import TimelineEvent, adds_to_timeline
from batconnect.core.kernel.actors import Actor


@dataclass(frozen=True, slots=True)
class Stamp:
    """A column with an instant, what happened then, and the columns that say who did it (a name, a person) and why.

    `what` is words, or says them of the row. A row whose column is empty has no such line.
    """

    at: str
    what: str | Callable[[Any], str]
    who: str = ""
    person: str = ""
    reason: str = ""


def stamped(table: type[models.Model], *stamps: Stamp) -> None:
    """Let the timelines of the table's rows tell what these columns keep."""

    @adds_to_timeline(table)
    def kept(actor: Actor, row: Any) -> Iterable[TimelineEvent]:
        for each in stamps:
            at = getattr(row, each.at)
            if at is not None:
                yield TimelineEvent(
                    at=at,
                    what=each.what if isinstance(each.what, str) else each.what(row),
                    who=getattr(row, each.who) if each.who else "",
                    user_id=getattr(row, f"{each.person}_id") if each.person else None,
                    reason=getattr(row, each.reason) if each.reason else "",
                )
