"""Users and memberships (DOMAIN 9).

A user's name and password belong to the company that made the account (`home_company`); any company gives
memberships in itself. Nobody changes the own rights, and no flag of Django's is ever granted here.
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
from batconnect.core.errors import Conflict, FieldError, InvalidInput, NotAllowed, NotFound
from batconnect.core.models import AuditEvent, Membership, User
from batconnect.core.permissions import Group

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
    weak password, a program without one), UsernameTaken.
    """
    actor.require(PERMISSION)
    _require_known(groups)
    if for_a_program and not values.get("password"):
        raise InvalidInput("A program's account needs a password.", field="password")
    user = User(username=username.strip(), is_staff=not for_a_program, home_company_id=actor.company_id)
    _fill(user, values)
    _save(user)
    Membership.objects.create(company_id=actor.company_id, user=user, groups=sorted(groups))
    _record(actor, "core.add_user", user, {"groups": sorted(groups)})
    return user


@transaction.atomic
def change_user(*, actor: Actor, user_id: int, **values: Unpack[UserValues]) -> User:
    """Change an account of the actor's own company. Raises NotAllowed, NotFound, NotYourAccount, InvalidInput."""
    actor.require(PERMISSION)
    user = lock_account(actor=actor, user_id=user_id, own=not values.get("password"))
    _fill(user, values)
    _save(user)
    _record(actor, "core.change_user", user, {"fields": sorted(values)})
    return user


@transaction.atomic
def set_user_active(*, actor: Actor, user_id: int, is_active: bool, reason: str) -> User:
    """Close somebody's account, in every company and for every session at once, or open it again.

    Raises NotAllowed, NotFound, NotYourAccount (also the own one), InvalidInput (it is so already), LastAdministrator.
    """
    actor.require(PERMISSION)
    _lock_administrators(actor)
    user = lock_account(actor=actor, user_id=user_id, own=False)
    if user.is_active == is_active:
        raise InvalidInput(f"The account {user.username} is {'open' if is_active else 'closed'} already.")
    user.is_active = is_active
    user.save(update_fields=["is_active"])
    _require_administrator(actor)
    _record(actor, "core.open_user" if is_active else "core.close_user", user, {}, reason=reason)
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
        User.objects.select_for_update(of=("self",))
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


@transaction.atomic
def add_membership(*, actor: Actor, username: str, groups: Collection[str]) -> Membership:
    """Give an existing account a place in the actor's company. Raises NotAllowed, InvalidInput, Conflict."""
    actor.require(PERMISSION)
    _require_known(groups)
    user = User.objects.filter(username=username.strip(), is_active=True).first()
    if user is None:
        raise InvalidInput("There is no such active account.", field="username")
    if Membership.objects.filter(company_id=actor.company_id, user=user).exists():
        raise Conflict(f"{user.username} has a place in this company already.", field="username")
    return Membership.objects.create(company_id=actor.company_id, user=user, groups=sorted(groups))


@transaction.atomic
def change_membership(
    *,
    actor: Actor,
    membership_pk: int,
    groups: Collection[str] | None = None,
    is_active: bool | None = None,
) -> Membership:
    """Change what a user may do in the actor's company; what is None stays.

    Raises NotAllowed, NotFound, NotYourAccount (the own membership), InvalidInput (unknown group), LastAdministrator.
    """
    actor.require(PERMISSION)
    _require_known(groups or ())
    _lock_administrators(actor)
    membership = (
        Membership.objects.select_for_update().filter(pk=membership_pk, company_id=actor.company_id).first()
    )
    if membership is None:
        raise NotFound("No such membership in this company.")
    if membership.user_id == actor.user_id:
        raise NotYourAccount("Nobody changes the own rights: ask another administrator.")
    if groups is not None:
        membership.groups = sorted(groups)
    if is_active is not None:
        membership.is_active = is_active
    membership.save(update_fields=["groups", "is_active"])
    _require_administrator(actor)
    return membership


def _lock_administrators(actor: Actor) -> None:
    """Two administrators who remove one another at the same moment take turns: the second finds itself the last."""
    places = Membership.objects.filter(
        company_id=actor.company_id, groups__contains=[Group.ADMINISTRATOR.value]
    )
    list(places.order_by("pk").select_for_update().values_list("pk", flat=True))


def _require_administrator(actor: Actor) -> None:
    left = Membership.objects.filter(
        company_id=actor.company_id,
        groups__contains=[Group.ADMINISTRATOR.value],
        is_active=True,
        user__is_active=True,
    )
    if not left.exists():
        raise LastAdministrator("The company would be left without an administrator.")


def _require_known(groups: Collection[str]) -> None:
    unknown = sorted(set(groups) - set(Group.values))
    if unknown:
        raise InvalidInput(f"Unknown groups: {', '.join(unknown)}.", field="groups")


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
    AuditEvent.objects.create(
        company_id=actor.company_id,
        user_id=actor.user_id,
        actor=actor.name,
        action=action,
        subject_type="user",
        subject_id=str(user.pk),
        reason=reason,
        request_id=actor.request_id,
        details=details,
    )
