"""Users and memberships (DOMAIN 9).

A user's name and password belong to the company that made the account (`home_company`); another company may only
invite the person (`services.invitations`). Nobody changes the own rights, and no flag of Django's is ever granted here.
What an administrator does is told to the other ones and to the person, and to other companies what reaches there.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection
from datetime import timedelta
from typing import Any, Final, TypedDict, Unpack

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from batconnect.core.actors import Actor
from batconnect.core.approvals.kinds import ApprovalKind, Carried, register_kind
from batconnect.core.approvals.models import Approval
from batconnect.core.approvals.services import About
from batconnect.core.audit import audit_event
from batconnect.core.errors import Conflict, FieldError, InvalidInput, NotAllowed, NotFound
from batconnect.core.models import Membership, User
from batconnect.core.permissions import Group, deciding_groups, money_groups
from batconnect.core.services.consent import ask_consent, needs_consent, note_leaving
from batconnect.core.services.elsewhere import suspend_elsewhere, tell_elsewhere, tell_home
from batconnect.core.services.notices import tell, tell_administrators

PERMISSION = "core.manage_users"
ONE_TIME_PASSWORD_DAYS: Final = 7


class UserValues(TypedDict, total=False):
    """What can be said of a user's account; a `password` is set only when one is given, and is good once."""

    first_name: str
    last_name: str
    email: str
    password: str


class UsernameTaken(Conflict):
    """409: another account has the username."""

    code = "username_taken"
    title = "Username taken"
    remedy = "Choose another username."


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
def add_user(
    *,
    actor: Actor,
    username: str,
    groups: Collection[str],
    for_a_program: bool = False,
    **values: Unpack[UserValues],
) -> User:
    """Add an account that belongs to the actor's company, with its place there.

    A person's password is good for one sign-in within ONE_TIME_PASSWORD_DAYS, to choose an own one. A program's
    account has no console and keeps its password. Raises NotAllowed, InvalidInput (values, unknown group,
    weak password, a program without one or with a group that decides), UsernameTaken. Where a second administrator
    must agree to a group, the account has none of them meanwhile: `rights_that_wait` says so.
    """
    actor.require(PERMISSION)
    require_known(groups)
    _require_may_hold(groups, is_program=for_a_program)
    if for_a_program and not values.get("password"):
        raise InvalidInput("A program's account needs a password.", field="password")
    user = User(username=username.strip(), is_staff=not for_a_program, home_company_id=actor.company_id)
    _fill(user, values)
    _save(user)
    waits = bool(money_groups().intersection(groups)) and needs_consent(actor=actor)
    held = [] if waits else sorted(set(groups))
    place = Membership.objects.create(company_id=actor.company_id, user=user, groups=held)
    _record(actor, "core.add_user", user, {"groups": held})
    kind = "a program's account" if for_a_program else "the account"
    tell_administrators(actor=actor, text=f"{actor.name} added {kind} {user.username} with {in_words(held)}.")
    if waits:
        _ask_for_rights(actor, place, groups=sorted(set(groups)), is_active=True)
    return user


def rights_that_wait(*, actor: Actor, user_id: int) -> Approval | None:
    """The rights of a person to which a second administrator has not agreed yet."""
    return Approval.objects.filter(
        company_id=actor.company_id,
        kind=RIGHTS.code,
        subject_id=str(user_id),
        status=Approval.Status.PENDING,
    ).first()


@transaction.atomic
def change_user(*, actor: Actor, user_id: int, **values: Unpack[UserValues]) -> User:
    """Change an account of the actor's own company. A new password suspends the account's places in others.

    Raises NotAllowed, NotFound, NotYourAccount, InvalidInput.
    """
    actor.require(PERMISSION)
    user = lock_account(actor=actor, user_id=user_id, own=not values.get("password"))
    if "email" in values and values["email"].strip() != user.email and user.pk != actor.user_id:
        # Before the change, so that the mail goes to the old address.
        text = f"{actor.name} changed the e-mail address of your account."
        tell(company_id=actor.company_id, user_ids=[user.pk], text=text)
    _fill(user, values)
    _save(user)
    _record(actor, "core.change_user", user, {"fields": sorted(values)})
    if values.get("password"):
        tell_of_reset(actor=actor, user=user, what="password")
    return user


@transaction.atomic
def set_user_active(*, actor: Actor, user_id: int, is_active: bool, reason: str) -> User:
    """Close somebody's account, in every company and for every session at once, or open it again.

    Raises NotAllowed, NotFound, NotYourAccount (also the own one), InvalidInput (it is so already), LastAdministrator.
    """
    actor.require(PERMISSION)
    user = lock_account(actor=actor, user_id=user_id, own=False)
    lock_administrators(actor)
    place = Membership.objects.get(company_id=actor.company_id, user=user)
    if user.is_active == is_active:
        raise InvalidInput(f"The account {user.username} is {'open' if is_active else 'closed'} already.")
    user.is_active = is_active
    user.save(update_fields=["is_active"])
    require_administrator(actor)
    if not is_active and place.is_active:
        note_leaving(actor=actor, user=user, before=place.groups)
    action, done = ("core.open_user", "opened") if is_active else ("core.close_user", "closed")
    _record(actor, action, user, {}, reason=reason)
    tell_administrators(actor=actor, text=f"{actor.name} {done} the account {user.username}.", also=[user.pk])
    tell_elsewhere(
        actor=actor,
        user=user,
        action=action,
        text=f"{actor.company.name} {done} the account {user.username}, which it keeps.",
    )
    return user


@transaction.atomic
def choose_password(*, user: User, password: str) -> None:
    """Set the person's own password in place of one that somebody else gave. Raises InvalidInput when it is weak."""
    locked = User.objects.select_for_update().get(pk=user.pk)
    if locked.check_password(password):
        raise InvalidInput("Choose another password than the present one.", field="password")
    _set_password(locked, password)
    locked.one_time_password_until = None
    locked.save(update_fields=["password", "one_time_password_until"])
    user.password, user.one_time_password_until = locked.password, None


def one_time_password() -> str:
    """A password to hand over: 20 characters that are hard to mistake."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(letters) for _ in range(5)) for _ in range(4))


def lock_account(*, actor: Actor, user_id: int, own: bool) -> User:
    """The account, locked: one that the actor's company keeps; the actor's own only if `own`.

    Raises NotFound, NotYourAccount.
    """
    user = (
        User.objects.select_for_update(of=("self",), no_key=True)
        .filter(pk=user_id, memberships__company_id=actor.company_id)
        .first()
    )
    if user is None:
        raise NotFound("No such user in this company.")
    if user.home_company_id != actor.company_id or user.is_superuser:
        raise NotYourAccount(f"The account {user.username} is kept by another company.")
    if not own and user.pk == actor.user_id:
        raise NotYourAccount("For your own account use the page Your sign-in.")
    return user


def tell_of_reset(*, actor: Actor, user: User, what: str) -> None:
    """Tell of a reset of somebody's sign-in, `what` in words; their places in other companies are suspended."""
    tell_administrators(
        actor=actor, text=f"{actor.name} reset the {what} of {user.username}.", also=[user.pk]
    )
    suspend_elsewhere(
        actor=actor,
        user=user,
        action="core.reset_elsewhere",
        text=f"{actor.company.name}, which keeps the account {user.username}, reset its {what}.",
    )


@transaction.atomic
def change_membership(
    *,
    actor: Actor,
    membership_pk: int,
    groups: Collection[str] | None = None,
    is_active: bool | None = None,
) -> Membership | Approval:
    """Change what a user may do in the actor's company, or end the place; what is None stays.

    Where a second administrator must agree nothing changes yet, and the request is returned.

    A place that was ended of somebody whose account another company keeps is not opened again, but offered by an
    invitation; one that is suspended is confirmed. Raises NotAllowed, NotFound, NotYourAccount (the own membership),
    InvalidInput (unknown group, one that decides for a program), Conflict, LastAdministrator.
    """
    actor.require(PERMISSION)
    require_known(groups or ())
    lock_administrators(actor)
    membership = _lock_place(actor, membership_pk)
    _require_may_hold(groups or (), is_program=not membership.user.is_staff)
    if is_active and not membership.is_active:
        _require_may_open(actor, membership)
    wanted = membership.groups if groups is None else sorted(set(groups))
    open_then = membership.is_active if is_active is None else is_active
    added = set(wanted if open_then else ()) - set(_held(membership))
    if added & money_groups() and needs_consent(actor=actor):
        _require_administrator_if(actor, membership, wanted)
        return _ask_for_rights(actor, membership, groups=wanted, is_active=open_then)
    return _set_place(actor, membership, groups=wanted, is_active=open_then, ended=is_active is False)


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
    _tell_of_place(actor, membership, action="core.change_membership", before=before, after=_held(membership))
    return membership


def _require_administrator_if(actor: Actor, membership: Membership, groups: Collection[str]) -> None:
    """What would be refused at once is not asked for either."""
    with transaction.atomic():
        Membership.objects.filter(pk=membership.pk).update(groups=sorted(groups))
        require_administrator(actor)
        transaction.set_rollback(True)


def _ask_for_rights(actor: Actor, membership: Membership, *, groups: list[str], is_active: bool) -> Approval:
    user = membership.user
    about = About(
        subject_type="user",
        subject_id=str(user.pk),
        title=f"Rights of {user.username}: {in_words(groups)}, instead of {in_words(_held(membership))}",
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
    wanted = approval.parameters
    lock_administrators(actor)
    membership = _find_place(actor, wanted["membership"])
    if _held(membership) != wanted["before"] or membership.suspended_since:
        raise Conflict("The place has changed since this was asked for: reject it, and ask anew.")
    _require_may_hold(wanted["groups"], is_program=not membership.user.is_staff)
    _set_place(actor, membership, groups=wanted["groups"], is_active=wanted["is_active"])
    return Carried(f"{membership.user.username} has {in_words(wanted['groups'])} now.")


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
    """Give a place back that was suspended because the account's own company reset its sign-in.

    Raises NotAllowed, NotFound, NotYourAccount (the own place), Conflict (it is not suspended).
    """
    actor.require(PERMISSION)
    membership = _lock_place(actor, membership_pk)
    if membership.suspended_since is None:
        raise Conflict("This place is not suspended.")
    membership.is_active, membership.suspended_since = True, None
    membership.save(update_fields=["is_active", "suspended_since"])
    after = sorted(membership.groups)
    _tell_of_place(actor, membership, action="core.confirm_membership", before=[], after=after, reason=reason)
    return membership


def _lock_place(actor: Actor, membership_pk: int) -> Membership:
    membership = _find_place(actor, membership_pk)
    if membership.user_id == actor.user_id:
        raise NotYourAccount("Nobody changes the own rights: ask another administrator.")
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
        raise Conflict("This place is suspended: confirm it, once you know that it is the person.")
    if membership.user.home_company_id not in (None, actor.company_id):
        raise Conflict(
            "Another company keeps this account: invite the person again, who then accepts.",
            field="is_active",
        )


def _tell_of_place(
    actor: Actor,
    membership: Membership,
    *,
    action: str,
    before: list[str],
    after: list[str],
    reason: str = "",
) -> None:
    user = membership.user
    _record(actor, action, user, {"before": before, "after": after}, reason=reason)
    text = f"{actor.name} changed the place of {user.username}: from {in_words(before)} to {in_words(after)}."
    tell_administrators(actor=actor, text=text, also=[user.pk])
    tell_home(actor=actor, user=user, action=f"{action}_elsewhere", details={"open": membership.is_active})


def in_words(groups: Collection[str]) -> str:
    """The groups as a sentence names them."""
    return ", ".join(sorted(groups)) or "no group"


def lock_administrators(actor: Actor) -> None:
    """Two administrators who remove one another at the same moment take turns: the second finds itself the last."""
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
    """Raises InvalidInput for a group that there is not."""
    unknown = sorted(set(groups) - set(Group.values))
    if unknown:
        raise InvalidInput(f"Unknown groups: {', '.join(unknown)}.", field="groups")


def _require_may_hold(groups: Collection[str], *, is_program: bool) -> None:
    deciding = sorted(deciding_groups().intersection(groups))
    if is_program and deciding:
        raise InvalidInput(
            f"A program's account decides nothing: it cannot be {' or '.join(deciding)}. "
            "What it does needs a person who approves.",
            field="groups",
        )


def _fill(user: User, values: UserValues) -> None:
    for name in ("first_name", "last_name", "email"):
        if name in values:
            setattr(user, name, values[name].strip())
    password = values.get("password")
    if password:
        _set_password(user, password)
        if user.is_staff:
            user.one_time_password_until = timezone.now() + timedelta(days=ONE_TIME_PASSWORD_DAYS)
    elif user._state.adding:
        user.set_unusable_password()


def _set_password(user: User, password: str) -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise InvalidInput(" ".join(error.messages), field="password") from error
    user.set_password(password)


def _save(user: User) -> None:
    try:
        user.full_clean(exclude={"password"}, validate_unique=False)
    except ValidationError as error:
        found = [FieldError(field, text) for field, texts in error.message_dict.items() for text in texts]
        raise InvalidInput("; ".join(each.message for each in found), errors=found) from error
    try:
        with transaction.atomic():
            user.save()
    except IntegrityError as error:
        raise UsernameTaken(f"The username {user.username} is taken.", field="username") from error


def _record(actor: Actor, action: str, user: User, details: dict[str, Any], *, reason: str = "") -> None:
    event = audit_event(
        actor=actor, action=action, subject_type="user", subject_id=user.pk, reason=reason, details=details
    )
    event.save(force_insert=True)
