"""Users and memberships (DOMAIN 9).

A user's name and password belong to the company that made the account (`home_company`); any company gives
memberships in itself. Nobody changes the own rights, and no flag of Django's is ever granted here.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, TypedDict, Unpack

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from batconnect.core.actors import Actor
from batconnect.core.errors import Conflict, FieldError, InvalidInput, NotAllowed, NotFound
from batconnect.core.models import AuditEvent, Membership, User
from batconnect.core.permissions import Group

PERMISSION = "core.manage_users"


class UserValues(TypedDict, total=False):
    """What can be said of a user's account; a `password` is set only when one is given."""

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


@transaction.atomic
def add_user(*, actor: Actor, username: str, groups: Collection[str], **values: Unpack[UserValues]) -> User:
    """Add an account that belongs to the actor's company, with its place there.

    Raises NotAllowed, InvalidInput (values, unknown group, weak password), UsernameTaken.
    """
    actor.require(PERMISSION)
    _require_known(groups)
    user = User(username=username.strip(), is_staff=True, home_company_id=actor.company_id)
    _fill(user, values)
    _save(user)
    Membership.objects.create(company_id=actor.company_id, user=user, groups=sorted(groups))
    _record(actor, "core.add_user", user, {"groups": sorted(groups)})
    return user


@transaction.atomic
def change_user(*, actor: Actor, user_id: int, **values: Unpack[UserValues]) -> User:
    """Change an account of the actor's own company. Raises NotAllowed, NotFound, NotYourAccount, InvalidInput."""
    actor.require(PERMISSION)
    user = (
        User.objects.select_for_update().filter(pk=user_id, memberships__company_id=actor.company_id).first()
    )
    if user is None:
        raise NotFound("No such user in this company.")
    if user.home_company_id != actor.company_id or user.is_superuser:
        raise NotYourAccount(f"The account {user.username} is kept by another company.")
    _fill(user, values)
    _save(user)
    _record(actor, "core.change_user", user, {"fields": sorted(values)})
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

    Raises NotAllowed, NotFound, NotYourAccount (the own membership), InvalidInput (unknown group).
    """
    actor.require(PERMISSION)
    _require_known(groups or ())
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
    return membership


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
        try:
            validate_password(password, user)
        except ValidationError as error:
            raise InvalidInput(" ".join(error.messages), field="password") from error
        user.set_password(password)
    elif user._state.adding:
        user.set_unusable_password()


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


def _record(actor: Actor, action: str, user: User, details: dict[str, Any]) -> None:
    AuditEvent.objects.create(
        company_id=actor.company_id,
        user_id=actor.user_id,
        actor=actor.name,
        action=action,
        subject_type="user",
        subject_id=str(user.pk),
        request_id=actor.request_id,
        details=details,
    )
