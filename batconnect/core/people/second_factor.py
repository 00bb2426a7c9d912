"""A person's second factor: codes of an app (RFC 6238) and ten recovery codes, by django-otp.

A person has at most one device. Recovery codes are kept as keyed digests: nobody can read them again.
"""

from __future__ import annotations

import re
from base64 import b32encode
from datetime import datetime
from math import ceil
from os import urandom
from typing import Any, Final

import structlog
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.util import random_hex

from batconnect.core.approvals.kinds import ApprovalKind, Carried, register_kind
from batconnect.core.approvals.services import About
from batconnect.core.audit import record_event
from batconnect.core.database.rows import insert_batch
from batconnect.core.database.tenancy import company_context
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Conflict, InvalidInput, TooManyRequests
from batconnect.core.models import Approval, AuditEvent, User
from batconnect.core.models.authenticators import Authenticator
from batconnect.core.people.consent import ask_consent, needs_consent, require_other_than
from batconnect.core.people.people import lock_account, notify_of_reset
from batconnect.core.people.places import PERMISSION
from batconnect.core.people.sign_in_limits import forget_failures

RECOVERY_CODES: Final = 10
_log = structlog.stdlib.get_logger("batconnect.second_factor")
_APP_CODE: Final = re.compile(r"[0-9]{6}")
# 28 characters are 136 bits, which need no slow digest; those of an older release had ten.
_RECOVERY_CODE: Final = re.compile(r"[a-z2-7]{28}|[a-z2-7]{10}")


class CodesLocked(TooManyRequests):
    """429: wrong codes were given; the pause doubles with each."""

    code = "codes_locked"
    title = "Too many wrong codes"


class WrongCode(InvalidInput):
    """400: the code is not the one that the app shows now, or was used already."""

    code = "wrong_code"
    title = "Wrong code"
    remedy = "Send the code that the app shows now; each code is good once."


def new_key() -> str:
    """A secret for a new device, in hexadecimal."""
    return str(random_hex(20))


def app_address(*, user: User, key: str) -> str:
    """What the QR code says to the app (otpauth://)."""
    return str(Authenticator(user=user, key=key).config_url)


def readable_key(key: str) -> str:
    """The secret as people type it into an app: base32 in groups of four."""
    text = b32encode(bytes.fromhex(key)).decode()
    return " ".join(text[place : place + 4] for place in range(0, len(text), 4))


@transaction.atomic
def verify_code(*, user: User, code: str) -> bool:
    """Whether the code is the app's, or a recovery code; each is good once. A wrong one is counted.

    Commit also after False: the count is what slows a guesser down. Raises CodesLocked (429, Retry-After).
    """
    right = _is_right(user, re.sub(r"[\s-]", "", code).casefold())
    if not right:
        _log.warning("wrong_code", user=user.pk)
    return right


def _is_right(user: User, text: str) -> bool:
    given: Authenticator | StaticDevice | None
    if _APP_CODE.fullmatch(text):
        given = Authenticator.objects.select_for_update().filter(user=user, confirmed=True).first()
    elif _RECOVERY_CODE.fullmatch(text):
        given = StaticDevice.objects.select_for_update().filter(user=user, confirmed=True).first()
        text = _kept_digest(given, text)
    else:
        return False
    if given is None:
        return False
    allowed, why = given.verify_is_allowed()
    if not allowed:
        raise _locked_until((why or {})["locked_until"])
    right = bool(given.verify_token(text))
    if right and isinstance(given, StaticDevice):
        _record(user, "core.use_recovery_code", {"left": given.token_set.count()})
    return right


@transaction.atomic
def set_up(*, user: User, key: str, code: str) -> list[str]:
    """Make the device with this key the user's only one; returns the new recovery codes, to be shown once.

    Every session's proof ends, the caller's too. Raises WrongCode, and changes nothing, unless `code` is the device's;
    Conflict when another session was faster: only one that has shown its code may replace that device.
    """
    locked = User.objects.select_for_update().get(pk=user.pk)
    if locked.second_factor_since != user.second_factor_since:
        raise Conflict("Your second factor has been changed in another browser in the meantime.")
    device = Authenticator(user=locked, name="Authenticator app", key=key, confirmed=True)
    with transaction.atomic():
        device.save()
        right = device.verify_token(re.sub(r"\s", "", code))
        if not right:
            transaction.set_rollback(True)
    if not right:
        raise WrongCode("This is not the code that the app shows now.", field="code")
    Authenticator.objects.filter(user=locked).exclude(pk=device.pk).delete()
    codes = _replace_codes(locked)
    _begin_anew(locked, since=timezone.now())
    user.second_factor_since = locked.second_factor_since
    _record(locked, "core.set_up_second_factor", {})
    return codes


@transaction.atomic
def renew_recovery_codes(*, user: User) -> list[str]:
    """Ten new recovery codes, to be shown once; the old ones are void. First make sure that it is the user."""
    locked = User.objects.select_for_update().get(pk=user.pk)
    codes = _replace_codes(locked)
    _record(locked, "core.renew_recovery_codes", {})
    return codes


@transaction.atomic
def turn_off(*, user: User) -> None:
    """Remove the user's own device and codes. First make sure that it is the user."""
    locked = User.objects.select_for_update().get(pk=user.pk)
    _remove(locked)
    user.second_factor_since = None
    _record(locked, "core.turn_off_second_factor", {})


@transaction.atomic
def reset_second_factor(*, actor: Actor, user_id: int, reason: str) -> User | Approval:
    """Remove the device and codes of somebody else who lost them; a new one is set up at the next sign-in.
    The account's places in other companies are suspended. Where a second administrator must agree, nothing
    happens yet and the request is returned.

    Raises NotAllowed, NotFound, NotYourAccount (also the actor's own), InvalidInput when there is none.
    """
    actor.require(PERMISSION)
    user = lock_account(actor=actor, user_id=user_id, allow_own=False)
    if user.second_factor_since is None:
        raise InvalidInput(f"{user.username} has no second factor.")
    if needs_consent(actor=actor):
        require_other_than(actor=actor, user_id=user.pk)
        about = About(
            subject_type="user",
            subject_id=str(user.pk),
            title=f"Reset the second factor of {user.username}",
            parameters={"user": user.pk, "since": user.second_factor_since.isoformat()},
            reason=reason,
            holds=f"second factor {user.pk}",
        )
        return ask_consent(actor=actor, kind=RESET, about=about, person=user.pk)
    return _reset(actor, user, reason)


def _reset_after_all(actor: Actor, approval: Approval) -> Carried:
    user = lock_account(actor=actor, user_id=approval.parameters["user"], allow_own=False)
    since = user.second_factor_since
    if since is None or since.isoformat() != approval.parameters["since"]:
        raise Conflict(f"{user.username} has since set up another device, or has none: reject this request.")
    _reset(actor, user, approval.reason)
    return Carried(f"{user.username} sets up a new second factor at the next sign-in.")


RESET: Final = register_kind(
    ApprovalKind(
        code="second_factor_reset",
        label="Reset of a second factor",
        permission=PERMISSION,
        view_permission=PERMISSION,
        trail="core.second_factor_reset",
        carry_out=_reset_after_all,
    )
)


def _reset(actor: Actor, user: User, reason: str) -> User:
    _remove(user)
    record_event(
        actor=actor,
        action="core.reset_second_factor",
        subject_type="user",
        subject_id=user.pk,
        reason=reason,
    )
    notify_of_reset(actor=actor, user=user, what="second factor")
    return user


@transaction.atomic
def unlock_sign_in(*, actor: Actor, user_id: int, reason: str) -> User:
    """Forget an account's wrong passwords and codes. Raises NotAllowed, NotFound, NotYourAccount (the actor's)."""
    actor.require(PERMISSION)
    user = lock_account(actor=actor, user_id=user_id, allow_own=False)
    forget_failures(username=user.username)
    for devices in (Authenticator.objects, StaticDevice.objects):
        devices.filter(user=user).update(throttling_failure_count=0, throttling_failure_timestamp=None)
    record_event(
        actor=actor, action="core.unlock_sign_in", subject_type="user", subject_id=user.pk, reason=reason
    )
    return user


def recovery_codes_left(*, user: User) -> int:
    """How many recovery codes are unused."""
    return StaticToken.objects.filter(device__user=user, device__confirmed=True).count()


def _replace_codes(user: User) -> list[str]:
    StaticDevice.objects.filter(user=user).delete()
    device = StaticDevice.objects.create(user=user, name="Recovery codes", confirmed=True)
    codes = [b32encode(urandom(17)).decode().lower().rstrip("=") for _ in range(RECOVERY_CODES)]
    StaticToken.objects.bulk_create(StaticToken(device=device, token=_digest(code)) for code in codes)
    return ["-".join(code[place : place + 7] for place in range(0, len(code), 7)) for code in codes]


def _kept_digest(device: StaticDevice | None, code: str) -> str:
    """The digest by the present key or an earlier one, whichever is kept: a new key voids no recovery code."""
    digests = [_digest(code, secret=key) for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]
    kept = (
        StaticToken.objects.filter(device=device, token__in=digests).values_list("token", flat=True).first()
    )
    return str(kept or digests[0])


def _digest(code: str, *, secret: str | None = None) -> str:
    """80 bits keyed by SECRET_KEY: as long as the column is wide."""
    digest = salted_hmac("batconnect.recovery_code", code, secret=secret, algorithm="sha256").digest()
    return b32encode(digest).decode().lower()[:16]


def _remove(user: User) -> None:
    Authenticator.objects.filter(user=user).delete()
    StaticDevice.objects.filter(user=user).delete()
    _begin_anew(user, since=None)


def _begin_anew(user: User, *, since: datetime | None) -> None:
    user.second_factor_since = since
    user.save(update_fields=["second_factor_since"])


def _locked_until(instant: datetime) -> CodesLocked:
    seconds = max(1, ceil((instant - timezone.now()).total_seconds()))
    return CodesLocked(
        f"Too many wrong codes: wait {format_wait(seconds)}, then try again with a new code.",
        headers={"Retry-After": str(seconds)},
    )


def format_wait(seconds: int) -> str:
    """`8 seconds`, `5 minutes`, `3 hours`: rounded up, for people."""
    for size, unit in ((3600, "hour"), (60, "minute"), (1, "second")):
        if seconds >= 2 * size or size == 1:
            count = ceil(seconds / size)
            return f"{count} {unit}{'' if count == 1 else 's'}"
    raise AssertionError("seconds always match")


def _record(user: User, action: str, details: dict[str, Any]) -> None:
    """The event in the trail of the company that keeps the account; without one, a line in the log."""
    if user.home_company_id is None:
        _log.info("second_factor", action=action, user=user.pk)
        return
    with company_context(user.home_company_id, job="sign_in"):
        insert_batch(
            [
                AuditEvent(
                    company_id=user.home_company_id,
                    user_id=user.pk,
                    actor=user.display_name,
                    action=action,
                    subject_type="user",
                    subject_id=str(user.pk),
                    details=details,
                )
            ]
        )
