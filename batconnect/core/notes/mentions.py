"""@colleague: whom a text means, among those who may sign in to the company."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from batconnect.core.kernel.permissions import permissions_of
from batconnect.core.models import Membership

MAX_MENTIONS: Final = 20
MAX_COLLEAGUES: Final = 200
# As user names may be written; an address mentions nobody.
_MENTION: Final = re.compile(r"(?<![\w.@+-])@([\w.@+-]{1,150})")
_CLOSING: Final = ".@+-"


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody who may be mentioned: `name` in full."""

    user_id: int
    username: str
    name: str
    groups: tuple[str, ...]

    def has_permission(self, permission: str) -> bool:
        """Whether their groups hold the permission."""
        return permission in permissions_of(self.groups)


def colleagues_of(*, company_id: UUID, usernames: Collection[str] | None = None) -> list[Colleague]:
    """Members of the company who may sign in to the console, by name; those of `usernames`, or all, at most
    MAX_COLLEAGUES."""
    places = Membership.objects.filter(
        company_id=company_id, is_active=True, user__is_active=True, user__is_staff=True
    )
    if usernames is not None:
        places = places.filter(user__username__in=usernames)
    rows = places.order_by("user__first_name", "user__last_name", "user__username").values_list(
        "user_id", "user__username", "user__first_name", "user__last_name", "groups"
    )[:MAX_COLLEAGUES]
    return [
        Colleague(user_id, username, f"{first} {last}".strip() or username, tuple(groups))
        for user_id, username, first, last, groups in rows
    ]


def named_in(text: str) -> list[str]:
    """What the text may name with an @, in its order, each once: a name, and the same without a full stop behind it."""
    named: dict[str, None] = {}
    for found in _MENTION.findall(text):
        for candidate in (found, found.rstrip(_CLOSING)):
            if candidate:
                named[candidate] = None
    return list(named)


def parts_of(text: str, mentions: Iterable[str]) -> Sequence[tuple[str, bool]]:
    """The text in pieces, each with whether it is a mention of somebody whom the note was sent to."""
    known = set(mentions)
    parts: list[tuple[str, bool]] = []
    end = 0
    for match in _MENTION.finditer(text):
        name = next((each for each in (match[1], match[1].rstrip(_CLOSING)) if each in known), "")
        if name:
            parts += [(text[end : match.start()], False), (f"@{name}", True)]
            end = match.start() + 1 + len(name)
    parts.append((text[end:], False))
    return [part for part in parts if part[0]]
