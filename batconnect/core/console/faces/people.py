"""The full names of whoever did something."""

from __future__ import annotations

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.words import describe_code, is_code
from batconnect.core.models import User


class People:
    """The people of the actor's company, read once, when the first name is asked for."""

    def __init__(self, actor: Actor) -> None:
        self._actor = actor
        self._by_key: dict[int, str] | None = None
        self._by_name: dict[str, str] = {}

    def full_name(self, kept: str, user_id: int | None) -> str:
        """Of the person; else of the one colleague who answers to the name that was kept; else that name."""
        if not kept and user_id is None:
            return ""
        by_key = self._read() if self._by_key is None else self._by_key
        if user_id is None:
            return self._by_name.get(kept) or describe_name(kept)
        if user_id not in by_key:
            # Somebody who has no place here any more.
            by_key[user_id] = name_of(User.objects.filter(pk=user_id).first(), kept)
        return by_key[user_id]

    def _read(self) -> dict[int, str]:
        """Who is who, by key and by what rows keep: the first name, else the user name. Two who are called alike are
        left out of the latter."""
        named: dict[str, set[str]] = {}
        self._by_key = {}
        # Their names alone: a company has many people, and every record's page asks.
        here = User.objects.filter(memberships__company_id=self._actor.company_id)
        for each in here.only("username", "first_name", "last_name"):
            self._by_key[each.pk] = name_of(each)
            for kept in (each.display_name, each.username):
                named.setdefault(kept, set()).add(name_of(each))
        self._by_name = {kept: next(iter(full)) for kept, full in named.items() if len(full) == 1}
        return self._by_key


def name_of(user: User | None, kept: str = "") -> str:
    """What the person is called; else the name that was kept, of a job in words."""
    return (user.get_full_name() or user.username) if user is not None else describe_name(kept)


def describe_name(kept: str) -> str:
    """A job's or a command's name in words; a person's as it is."""
    if kept == "migration":
        return "Set-up of the system"
    if kept in ("", "unknown"):
        return "–"
    return describe_code(kept) if is_code(kept) else kept
