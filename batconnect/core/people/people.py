"""Users and memberships (docs/domain.md#permissions).

A user's name and password belong to the company that made the account (`home_company`); another company may only
invite the person (`services.invitations`). Nobody can change their own rights, and no flag of Django's is granted here.
The other administrators and the person are told what an administrator does, and other companies what reaches them.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection
from datetime import timedelta
from typing import Final, TypedDict, Unpack

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Conflict, FieldError, InvalidInput, NotFound
from batconnect.core.kernel.permissions import money_groups
from batconnect.core.models import Membership, User
from batconnect.core.notices import full_name
from batconnect.core.people.consent import needs_consent, note_leaving
from batconnect.core.people.elsewhere import notify_elsewhere, suspend_elsewhere
from batconnect.core.people.notices import notify, notify_administrators
from batconnect.core.people.places import (
    PERMISSION,
    NotYourAccount,
    ask_for_rights,
    format_groups,
    lock_administrators,
    record,
    require_administrator,
    require_known,
    require_may_hold,
)

ONE_TIME_PASSWORD_DAYS: Final = 7


class UserValues(TypedDict, total=False):
    """The fields of a user's account; a `password` is set only when one is given, and is good once."""

    first_name: str
    last_name: str
    email: str
    password: str


class UsernameTaken(Conflict):
    """409: another account has the username."""

    code = "username_taken"
    title = "Username taken"
    remedy = "Choose another username."


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

    A person's password is good for one sign-in within ONE_TIME_PASSWORD_DAYS, to choose a new one. A program's
    account has no console and keeps its password. Raises NotAllowed, InvalidInput (values, unknown group,
    weak password, a program without one or with a group that decides), UsernameTaken. Where a second administrator
    must agree to a group, the account has none of them meanwhile: `rights_that_wait` says so.
    """
    actor.require(PERMISSION)
    require_known(groups)
    require_may_hold(groups, is_program=for_a_program)
    if for_a_program and not values.get("password"):
        raise InvalidInput("A program's account needs a password.", field="password")
    user = User(username=username.strip(), is_staff=not for_a_program, home_company_id=actor.company_id)
    _fill(user, values)
    _save(user)
    waits = bool(money_groups().intersection(groups)) and needs_consent(actor=actor)
    held = [] if waits else sorted(set(groups))
    place = Membership.objects.create(company_id=actor.company_id, user=user, groups=held)
    record(actor, "core.add_user", user, {"groups": held})
    kind = "a program's account" if for_a_program else "the account"
    notify_administrators(
        actor=actor, text=f"{full_name(actor)} added {kind} {user.username} with {format_groups(held)}."
    )
    if waits:
        ask_for_rights(actor, place, groups=sorted(set(groups)), is_active=True)
    return user


@transaction.atomic
def change_user(*, actor: Actor, user_id: int, **values: Unpack[UserValues]) -> User:
    """Change an account of the actor's own company. A new password suspends the account's places in others.

    Raises NotAllowed, NotFound, NotYourAccount, InvalidInput.
    """
    actor.require(PERMISSION)
    user = lock_account(actor=actor, user_id=user_id, allow_own=not values.get("password"))
    if "email" in values and values["email"].strip() != user.email and user.pk != actor.user_id:
        # Before the change, so that the mail goes to the old address.
        text = f"{full_name(actor)} changed the e-mail address of your account."
        notify(company_id=actor.company_id, user_ids=[user.pk], text=text)
    _fill(user, values)
    _save(user)
    record(actor, "core.change_user", user, {"fields": sorted(values)})
    if values.get("password"):
        notify_of_reset(actor=actor, user=user, what="password")
    return user


@transaction.atomic
def set_user_active(*, actor: Actor, user_id: int, is_active: bool, reason: str) -> User:
    """Close somebody's account for every company and every session at once, or open it again.

    Raises NotAllowed, NotFound, NotYourAccount (also the actor's own), InvalidInput (it is so already),
    LastAdministrator.
    """
    actor.require(PERMISSION)
    user = lock_account(actor=actor, user_id=user_id, allow_own=False)
    lock_administrators(actor)
    place = Membership.objects.get(company_id=actor.company_id, user=user)
    if user.is_active == is_active:
        raise InvalidInput(f"The account {user.username} is already {'open' if is_active else 'closed'}.")
    user.is_active = is_active
    user.save(update_fields=["is_active"])
    require_administrator(actor)
    if not is_active and place.is_active:
        note_leaving(actor=actor, user=user, before=place.groups)
    action, done = ("core.open_user", "opened") if is_active else ("core.close_user", "closed")
    record(actor, action, user, {}, reason=reason)
    notify_administrators(
        actor=actor, text=f"{full_name(actor)} {done} the account {user.username}.", also=[user.pk]
    )
    notify_elsewhere(
        actor=actor,
        user=user,
        action=action,
        text=f"{actor.company.name} {done} the account {user.username}, which it keeps.",
    )
    return user


@transaction.atomic
def choose_password(*, user: User, password: str) -> None:
    """Set the person's own password in place of one that somebody else gave. Raises InvalidInput if it is weak."""
    locked = User.objects.select_for_update().get(pk=user.pk)
    if locked.check_password(password):
        raise InvalidInput(
            "Choose another password: this one is the same as the present one.", field="password"
        )
    _set_password(locked, password)
    locked.one_time_password_until = None
    locked.save(update_fields=["password", "one_time_password_until"])
    user.password, user.one_time_password_until = locked.password, None


def one_time_password() -> str:
    """A password to hand over: 28 characters that are hard to mistake, 138 bits."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"  # pragma: allowlist secret - letters
    return "-".join("".join(secrets.choice(letters) for _ in range(4)) for _ in range(7))


def lock_account(*, actor: Actor, user_id: int, allow_own: bool) -> User:
    """The account, locked: one that the actor's company keeps; the actor's own only if `allow_own`.

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
    if not allow_own and user.pk == actor.user_id:
        raise NotYourAccount("For your own account use the page Your sign-in.")
    return user


def notify_of_reset(*, actor: Actor, user: User, what: str) -> None:
    """Report a reset of somebody's sign-in, described by `what`; their places in other companies are suspended."""
    notify_administrators(
        actor=actor, text=f"{full_name(actor)} reset the {what} of {user.username}.", also=[user.pk]
    )
    suspend_elsewhere(
        actor=actor,
        user=user,
        action="core.reset_elsewhere",
        text=f"{actor.company.name}, which keeps the account {user.username}, reset its {what}.",
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
        errors = [FieldError(field, text) for field, texts in error.message_dict.items() for text in texts]
        raise InvalidInput("; ".join(each.message for each in errors), errors=errors) from error
    try:
        with transaction.atomic():
            user.save()
    except IntegrityError as error:
        raise UsernameTaken(f"The username {user.username} is taken.", field="username") from error
