"""Places in a company: whether somebody has one, and with which groups.

Nobody can change their own rights. Where a second administrator must agree, rights over money wait (ADR 0020).
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

from django.db import transaction

from batconnect.core.approvals.kinds import ApprovalKind, Carried, register_kind
from batconnect.core.approvals.services import About
from batconnect.core.audit import record_event
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Conflict, InvalidInput, NotAllowed, NotFound
from batconnect.core.kernel.permissions import Group, deciding_groups, money_groups
from batconnect.core.models import Approval, Membership, User
from batconnect.core.notices import full_name
from batconnect.core.people.consent import ask_consent, needs_consent, note_leaving
from batconnect.core.people.elsewhere import notify_home
from batconnect.core.people.notices import notify_administrators

PERMISSION: Final = "core.manage_users"


class NotYourAccount(NotAllowed):
    """403: the account, or the right, is not the administrator's to change."""

    code = "not_your_account"
    title = "Not yours to change"
    remedy = "Ask an administrator of the user's own company, or another administrator of yours."


class LastAdministrator(Conflict):
    """409: the company would be left without anybody who keeps its users."""

    code = "last_administrator"
    title = "The last administrator"
    remedy = "Make somebody else an administrator first."


@transaction.atomic
def change_membership(
    *,
    actor: Actor,
    membership_pk: int,
    groups: Collection[str] | None = None,
    is_active: bool | None = None,
) -> Membership | Approval:
    """Change what a user may do in the actor's company, or end the place; a None leaves that as it is.

    Where a second administrator must agree nothing changes yet, and the request is returned.

    An ended place of somebody whose account another company keeps is not opened again but offered by an
    invitation; a suspended one is confirmed. Raises NotAllowed, NotFound, NotYourAccount (the actor's own membership),
    InvalidInput (unknown group, one that decides for a program), Conflict, LastAdministrator.
    """
    actor.require(PERMISSION)
    require_known(groups or ())
    lock_administrators(actor)
    membership = _lock_place(actor, membership_pk)
    require_may_hold(groups or (), is_program=not membership.user.is_staff)
    if is_active and not membership.is_active:
        _require_may_open(actor, membership)
    new_groups = membership.groups if groups is None else sorted(set(groups))
    open_then = membership.is_active if is_active is None else is_active
    added = set(new_groups if open_then else ()) - set(_held(membership))
    if added & money_groups() and needs_consent(actor=actor):
        _require_administrator_if(actor, membership, new_groups)
        return ask_for_rights(actor, membership, groups=new_groups, is_active=open_then)
    return _set_place(actor, membership, groups=new_groups, is_active=open_then, ended=is_active is False)


def _held(membership: Membership) -> list[str]:
    return sorted(membership.groups) if membership.is_active else []


def _set_place(
    actor: Actor, membership: Membership, *, groups: list[str], is_active: bool, ended: bool = False
) -> Membership:
    before = _held(membership)
    membership.groups, membership.is_active = groups, is_active
    if ended or is_active:
        membership.suspended_since = None
    membership.save(update_fields=["groups", "is_active", "suspended_since"])
    require_administrator(actor)
    note_leaving(actor=actor, user=membership.user, before=before, after=_held(membership))
    _notify_of_place(
        actor, membership, action="core.change_membership", before=before, after=_held(membership)
    )
    return membership


def _require_administrator_if(actor: Actor, membership: Membership, groups: Collection[str]) -> None:
    """Refuse right away what would be refused once it is agreed to."""
    with transaction.atomic():
        Membership.objects.filter(pk=membership.pk).update(groups=sorted(groups))
        require_administrator(actor)
        transaction.set_rollback(True)


def ask_for_rights(actor: Actor, membership: Membership, *, groups: list[str], is_active: bool) -> Approval:
    user = membership.user
    about = About(
        subject_type="user",
        subject_id=str(user.pk),
        title=f"Rights of {user.username}: {format_groups(groups)}, instead of {format_groups(_held(membership))}",
        parameters={
            "membership": membership.pk,
            "groups": groups,
            "is_active": is_active,
            "before": _held(membership),
        },
        reason="",
        holds=f"rights {user.pk}",
    )
    return ask_consent(actor=actor, kind=RIGHTS, about=about, person=user.pk)


def _give_rights(actor: Actor, approval: Approval) -> Carried:
    """Exactly what was asked for, unless the place has changed since. Raises Conflict then."""
    requested = approval.parameters
    lock_administrators(actor)
    membership = _find_place(actor, requested["membership"])
    if _held(membership) != requested["before"] or membership.suspended_since:
        raise Conflict("The place has changed since this was asked for: reject it and ask again.")
    require_may_hold(requested["groups"], is_program=not membership.user.is_staff)
    _set_place(actor, membership, groups=requested["groups"], is_active=requested["is_active"])
    return Carried(f"{membership.user.username} has {format_groups(requested['groups'])} now.")


RIGHTS: Final = register_kind(
    ApprovalKind(
        code="rights",
        label="Rights of a person",
        permission=PERMISSION,
        view_permission=PERMISSION,
        trail="core.rights",
        carry_out=_give_rights,
    )
)


@transaction.atomic
def confirm_place(*, actor: Actor, membership_pk: int, reason: str) -> Membership:
    """Restore a place that was suspended because the account's own company reset its sign-in.

    Raises NotAllowed, NotFound, NotYourAccount (the actor's own place), Conflict (it is not suspended).
    """
    actor.require(PERMISSION)
    membership = _lock_place(actor, membership_pk)
    if membership.suspended_since is None:
        raise Conflict("This place is not suspended.")
    membership.is_active, membership.suspended_since = True, None
    membership.save(update_fields=["is_active", "suspended_since"])
    after = sorted(membership.groups)
    _notify_of_place(
        actor, membership, action="core.confirm_membership", before=[], after=after, reason=reason
    )
    return membership


def _lock_place(actor: Actor, membership_pk: int) -> Membership:
    membership = _find_place(actor, membership_pk)
    if membership.user_id == actor.user_id:
        raise NotYourAccount("You cannot change your own rights: ask another administrator.")
    return membership


def _find_place(actor: Actor, membership_pk: int) -> Membership:
    membership = (
        Membership.objects.select_for_update(of=("self",))
        .select_related("user")
        .filter(pk=membership_pk, company_id=actor.company_id)
        .first()
    )
    if membership is None:
        raise NotFound("No such membership in this company.")
    return membership


def _require_may_open(actor: Actor, membership: Membership) -> None:
    if membership.suspended_since:
        raise Conflict("This place is suspended: confirm it once you are sure that it is really this person.")
    if membership.user.home_company_id not in (None, actor.company_id):
        raise Conflict(
            "Another company keeps this account: invite the person again, so that they can accept.",
            field="is_active",
        )


def _notify_of_place(
    actor: Actor,
    membership: Membership,
    *,
    action: str,
    before: list[str],
    after: list[str],
    reason: str = "",
) -> None:
    user = membership.user
    record(actor, action, user, {"before": before, "after": after}, reason=reason)
    text = (
        f"{full_name(actor)} changed the place of {user.username}: from {format_groups(before)} to "
        f"{format_groups(after)}."
    )
    notify_administrators(actor=actor, text=text, also=[user.pk])
    notify_home(actor=actor, user=user, action=f"{action}_elsewhere", details={"open": membership.is_active})


def format_groups(groups: Collection[str]) -> str:
    """The groups as a sentence names them."""
    return ", ".join(sorted(groups)) or "no group"


def lock_administrators(actor: Actor) -> None:
    """Two administrators who remove each other at the same moment take turns: the second one is then the last."""
    places = Membership.objects.filter(
        company_id=actor.company_id, groups__contains=[Group.ADMINISTRATOR.value]
    )
    list(places.order_by("pk").select_for_update().values_list("pk", flat=True))


def require_administrator(actor: Actor) -> None:
    """Raises LastAdministrator when nobody is left who keeps the company's users."""
    left = Membership.objects.filter(
        company_id=actor.company_id,
        groups__contains=[Group.ADMINISTRATOR.value],
        is_active=True,
        user__is_active=True,
    )
    if not left.exists():
        raise LastAdministrator("The company would be left without an administrator.")


def require_known(groups: Collection[str]) -> None:
    """Raises InvalidInput for an unknown group."""
    unknown = sorted(set(groups) - set(Group.values))
    if unknown:
        raise InvalidInput(f"Unknown groups: {', '.join(unknown)}.", field="groups")


def require_may_hold(groups: Collection[str], *, is_program: bool) -> None:
    """Raises InvalidInput for a group that decides, of a program's account."""
    deciding = sorted(deciding_groups().intersection(groups))
    if is_program and deciding:
        raise InvalidInput(
            f"A program's account makes no decisions: it cannot be {' or '.join(deciding)}. "
            "What it does needs the approval of a person.",
            field="groups",
        )


def rights_that_wait(*, actor: Actor, user_id: int) -> Approval | None:
    """The rights of a person to which a second administrator has not agreed yet."""
    return Approval.objects.filter(
        company_id=actor.company_id,
        kind=RIGHTS.code,
        subject_id=str(user_id),
        status=Approval.Status.PENDING,
    ).first()


def record(actor: Actor, action: str, user: User, details: dict[str, Any], *, reason: str = "") -> None:
    """The event in the company's trail, about a person."""
    record_event(
        actor=actor, action=action, subject_type="user", subject_id=user.pk, reason=reason, details=details
    )
