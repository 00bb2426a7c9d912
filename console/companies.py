"""The companies a person may work in."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from batconnect.core.models import Membership


@dataclass(frozen=True, slots=True)
class Choice:
    """A company with the groups that the person holds there."""

    company_id: UUID
    name: str
    groups: str
    is_home: bool


def choices_of(*, user_id: int) -> list[Choice]:
    """The user's active memberships by company name; the policy shows users their own rows in any company."""
    rows = (
        Membership.objects.filter(user_id=user_id, is_active=True)
        .order_by("company__name")
        .values_list("company_id", "company__name", "groups", "user__home_company_id")
    )
    return [
        Choice(company_id, name, ", ".join(groups), home_id == company_id)
        for company_id, name, groups, home_id in rows
    ]
