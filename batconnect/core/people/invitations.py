"""Places for people of other companies: offered by an administrator, taken by the person.

The user name is stored as it was typed and looked up only by the person it names, once signed in: inviting a known
or an unknown name makes the same row, the same answer and the same work. A pending invitation is not a membership and
counts nowhere.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from batconnect.core.approvals.kinds import ApprovalKind, Carried, register_kind
from batconnect.core.approvals.services import About
from batconnect.core.audit import record_event
from batconnect.core.database.tenancy import company_context, set_company
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Conflict, InvalidInput, NotFound
from batconnect.core.kernel.permissions import money_groups
from batconnect.core.models import Approval, Invitation, Membership, User
from batconnect.core.notices import full_name
from batconnect.core.people.consent import ask_consent, needs_consent, note_leaving
from batconnect.core.people.elsewhere import notify_home
from batconnect.core.people.notices import notify_administrators
from batconnect.core.people.places import (
    PERMISSION,
    format_groups,
    lock_administrators,
    require_administrator,
    require_known,
)

DAYS: Final = 14
MAX_PENDING: Final = 50
_PENDING: Final = Invitation.State.PENDING


@dataclass(frozen=True, slots=True)
class Offer:
    """An invitation as the invited person sees it."""

    id: UUID
    company: str
    groups: tuple[str, ...]
    expires_at: datetime


@transaction.atomic
def invite(*, actor: Actor, username: str, groups: Collection[str]) -> Invitation | Approval:
    """Offer a place in the actor's company to whoever has the user name, for DAYS days; they accept it themselves.

    Where a second administrator must agree, nobody is invited yet and the request is returned. The answer is the same
    whether there is such an account or not. Raises NotAllowed, InvalidInput (no name, unknown group), Conflict (has a
    place here, is invited already, MAX_PENDING others are).
    """
    actor.require(PERMISSION)
    require_known(groups)
    username = username.strip()
    if not username or len(username) > 150:
        raise InvalidInput("Type the user name of the account: 1 to 150 characters.", field="username")
    _require_free(actor, username)
    sorted_groups = sorted(set(groups))
    if money_groups().intersection(sorted_groups) and needs_consent(actor=actor):
        about = About(
            subject_type="invitation",
            subject_id="",
            title=f"Invite {username} with {format_groups(sorted_groups)}",
            parameters={"username": username, "groups": sorted_groups, "invited_by": actor.name},
            reason="",
            holds=f"invitation {hashlib.sha256(username.encode()).hexdigest()[:32]}",
        )
        return ask_consent(actor=actor, kind=INVITATION, about=about)
    return _offer(actor, username=username, groups=sorted_groups, invited_by=actor.name)


def _offer(actor: Actor, *, username: str, groups: list[str], invited_by: str) -> Invitation:
    now = timezone.now()
    here = Invitation.objects.filter(company_id=actor.company_id, state=_PENDING)
    here.filter(expires_at__lte=now).update(state=Invitation.State.WITHDRAWN, decided_at=now)
    invitation = Invitation(
        company_id=actor.company_id,
        username=username,
        groups=groups,
        invited_by=invited_by,
        created_at=now,
        expires_at=now + timedelta(days=DAYS),
    )
    invitation.save(force_insert=True)
    _record(actor, "core.invite", invitation)
    notify_administrators(
        actor=actor, text=f"{full_name(actor)} invited {username} with {format_groups(invitation.groups)}."
    )
    return invitation


def _invite_after_all(actor: Actor, approval: Approval) -> Carried:
    offer = approval.parameters
    _require_free(actor, offer["username"])
    _offer(actor, **offer)
    return Carried(f"{offer['username']} is invited with {format_groups(offer['groups'])}.")


INVITATION: Final = register_kind(
    ApprovalKind(
        code="invitation",
        label="Invitation",
        permission=PERMISSION,
        view_permission=PERMISSION,
        trail="core.invitation",
        carry_out=_invite_after_all,
    )
)


def _require_free(actor: Actor, username: str) -> None:
    # What the actor's company knows anyway: its members and its invitations.
    place = Membership.objects.filter(company_id=actor.company_id, user__username=username).first()
    if place is not None and (place.is_active or place.suspended_since):
        raise Conflict(f"{username} already has a place in this company.", field="username")
    pending = Invitation.objects.filter(
        company_id=actor.company_id, state=_PENDING, expires_at__gt=timezone.now()
    )
    if pending.filter(username=username).exists():
        raise Conflict(f"{username} is already invited: withdraw that invitation first.", field="username")
    if pending.count() >= MAX_PENDING:
        raise Conflict(
            f"{MAX_PENDING} invitations are waiting for an answer, the most allowed: withdraw some first.",
            field="username",
        )


@transaction.atomic
def withdraw(*, actor: Actor, invitation_id: UUID, reason: str) -> Invitation:
    """Withdraw an invitation that was not answered. Raises NotAllowed, NotFound, Conflict (it was answered)."""
    actor.require(PERMISSION)
    invitation = (
        Invitation.objects.select_for_update().filter(company_id=actor.company_id, pk=invitation_id).first()
    )
    if invitation is None:
        raise NotFound("No such invitation in this company.")
    if invitation.state != _PENDING:
        raise Conflict("This invitation has already been answered or withdrawn.")
    _decide(invitation, Invitation.State.WITHDRAWN)
    _record(actor, "core.withdraw_invitation", invitation, reason=reason)
    return invitation


def offers_to(*, user: User) -> list[Offer]:
    """The invitations that the person may answer now, from all companies; needs the person's own context."""
    rows = Invitation.objects.filter(
        username=user.get_username(), state=_PENDING, expires_at__gt=timezone.now()
    )
    return [
        Offer(row.pk, row.company.name, tuple(row.groups), row.expires_at)
        for row in rows.select_related("company").order_by("created_at", "pk")
    ]


@transaction.atomic
def answer(*, user: User, invitation_id: UUID, accept: bool, request_id: str = "") -> str:
    """Accept the offered place for the person, or decline it; returns the company's name.

    Both companies' trails say so. Raises NotFound (no such invitation of this person, or it is over; also for a
    program's account, which answers nothing).
    """
    offered = Invitation.objects.filter(pk=invitation_id, username=user.get_username()).first()
    if offered is None or not user.is_staff:
        raise NotFound("There is no such invitation for you.")
    with company_context(offered.company_id, job="invitation", request_id=request_id) as job:
        actor = replace(job, user_id=user.pk, name=user.display_name, is_job=False)
        set_company(offered.company_id, metadata={"user": user.pk, "request_id": request_id}, user_id=user.pk)
        invitation = Invitation.objects.select_for_update().get(pk=offered.pk)
        if invitation.state != _PENDING or invitation.expires_at <= timezone.now():
            raise NotFound(
                f"The invitation from {job.company.name} is over: it was answered or withdrawn, or has expired."
            )
        if accept:
            _take_place(actor, user, invitation)
        _decide(invitation, Invitation.State.ACCEPTED if accept else Invitation.State.DECLINED)
        _record(actor, "core.accept_invitation" if accept else "core.decline_invitation", invitation)
        done = "accepted" if accept else "declined"
        notify_administrators(
            actor=actor, text=f"{invitation.username} {done} the invitation to this company."
        )
        notify_home(
            actor=actor,
            user=user,
            action="core.join_elsewhere" if accept else "core.decline_elsewhere",
        )
    return job.company.name


@transaction.atomic
def leave(*, user: User, company_id: UUID, request_id: str = "") -> str:
    """End the person's own place in a company that does not keep the account; returns the company's name.

    Raises NotFound, Conflict (it is the account's own company), LastAdministrator.
    """
    if company_id == user.home_company_id:
        raise Conflict("This company keeps your account: its administrators end your place there.")
    place = Membership.objects.filter(user_id=user.pk, company_id=company_id, is_active=True).first()
    if place is None:
        raise NotFound("You have no place in that company.")
    with company_context(company_id, job="invitation", request_id=request_id) as job:
        actor = replace(job, user_id=user.pk, name=user.display_name, is_job=False)
        set_company(company_id, metadata={"user": user.pk, "request_id": request_id}, user_id=user.pk)
        lock_administrators(actor)
        Membership.objects.filter(pk=place.pk).update(is_active=False)
        note_leaving(actor=actor, user=user, before=place.groups)
        require_administrator(actor)
        record_event(actor=actor, action="core.leave_company", subject_type="user", subject_id=user.pk)
        notify_administrators(actor=actor, text=f"{user.get_username()} left this company.")
        notify_home(actor=actor, user=user, action="core.leave_elsewhere")
    return job.company.name


def _take_place(actor: Actor, user: User, invitation: Invitation) -> None:
    place = (
        Membership.objects.select_for_update().filter(company_id=actor.company_id, user_id=user.pk).first()
    )
    if place is None:
        Membership.objects.create(company_id=actor.company_id, user=user, groups=invitation.groups)
        return
    if place.is_active or place.suspended_since:
        raise Conflict(f"You already have a place in {actor.company.name}.")
    place.groups, place.is_active = invitation.groups, True
    place.save(update_fields=["groups", "is_active"])


def _decide(invitation: Invitation, state: Invitation.State) -> None:
    invitation.state, invitation.decided_at = state, timezone.now()
    invitation.save(update_fields=["state", "decided_at"])


def _record(actor: Actor, action: str, invitation: Invitation, *, reason: str = "") -> None:
    record_event(
        actor=actor,
        action=action,
        subject_type="invitation",
        subject_id=invitation.pk,
        reason=reason,
        details={"username": invitation.username, "groups": invitation.groups},
    )
