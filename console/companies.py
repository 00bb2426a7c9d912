"""The companies a person may work in."""

from __future__ import annotations

from dataclasses import dataclass, replace
from uuid import UUID

from batconnect.core.models import Membership
from batconnect.core.people.notices import unread_count


@dataclass(frozen=True, slots=True)
class Choice:
    """A company with the groups that the person holds there."""

    company_id: UUID
    name: str
    groups: str
    is_home: bool


@dataclass(frozen=True, slots=True)
class Places:
    """Where a person works, and how many notices of theirs are not read: what every page asks for, in one statement."""

    choices: list[Choice]
    unread: int = 0


def places_of(*, user_id: int) -> Places:
    """The user's active memberships by company name; the policy shows users their own rows in any company."""
    rows = (
        Membership.objects.filter(user_id=user_id, is_active=True)
        .order_by("company__name")
        .values_list("company_id", "company__name", "groups", "user__home_company_id", unread_count(user_id))
    )
    places = Places([])
    for company_id, name, groups, home_id, unread in rows:
        places.choices.append(Choice(company_id, name, ", ".join(groups), home_id == company_id))
        places = replace(places, unread=unread)
    return places


def choices_of(*, user_id: int) -> list[Choice]:
    """The companies alone."""
    return places_of(user_id=user_id).choices
