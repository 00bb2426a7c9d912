"""What one company does to a person who has a place in another: told there, and never done behind its back.

An account is kept by one company, and may have accepted places in others. Each company's trail names the other
company, and none of its people.
"""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from batconnect.core.audit import record_event
from batconnect.core.database.tenancy import companies_of, company_context
from batconnect.core.kernel.actors import Actor
from batconnect.core.models import Membership, User
from batconnect.core.people.consent import note_leaving
from batconnect.core.people.notices import notify_administrators


def notify_home(*, actor: Actor, user: User, action: str, details: dict[str, Any] | None = None) -> None:
    """Write into the trail of the company that keeps the account what the actor's company did with it.

    Lock the account or its place first; nothing when it is the actor's own.
    """
    if user.home_company_id is None or user.home_company_id == actor.company_id:
        return
    with company_context(
        user.home_company_id, job=actor.company.name, request_id=actor.request_id
    ) as at_home:
        record_event(
            actor=at_home,
            action=action,
            subject_type="user",
            subject_id=user.pk,
            details={"company": actor.company.name, **(details or {})},
        )


def notify_elsewhere(*, actor: Actor, user: User, action: str, text: str) -> None:
    """Write what the actor's company did to an account it keeps into the trails of the others where it has a place.

    `text` is told to their administrators. Lock the account first.
    """
    _in_other_companies(actor=actor, user=user, action=action, text=text, suspend=False)


def suspend_elsewhere(*, actor: Actor, user: User, action: str, text: str) -> None:
    """The same after a reset of the sign-in: the places there end until an administrator of theirs confirms them.

    Who resets a sign-in could use it: that is for the keeping company to decide at home, not elsewhere.
    """
    _in_other_companies(actor=actor, user=user, action=action, text=text, suspend=True)


def _in_other_companies(*, actor: Actor, user: User, action: str, text: str, suspend: bool) -> None:
    for company_id in companies_of(user_id=user.pk):
        if company_id == actor.company_id:
            continue
        with company_context(company_id, job=actor.company.name, request_id=actor.request_id) as there:
            place = Membership.objects.select_for_update().get(company_id=company_id, user=user)
            if not place.is_active and place.suspended_since is None:
                continue
            suspended = suspend and place.is_active
            if place.is_active and (suspended or not user.is_active):
                note_leaving(actor=there, user=user, before=place.groups)
            if suspended:
                place.is_active, place.suspended_since = False, timezone.now()
                place.save(update_fields=["is_active", "suspended_since"])
            record_event(
                actor=there,
                action=action,
                subject_type="user",
                subject_id=user.pk,
                details={"company": actor.company.name, "suspended": suspended},
            )
            end = " The place here is suspended until you confirm it under Memberships." if suspended else ""
            notify_administrators(actor=there, text=f"{text}{end}")
