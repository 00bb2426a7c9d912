"""Where a person is signed in, in browsers and by the API: seen by the person alone, and ended one by one."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, Final

import structlog
from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from batconnect.core.kernel.browsers import describe_browser
from batconnect.core.models import TokenFamily, User
from batconnect.core.people.sign_in import BEGUN_AT, CLIENT, USED_AT

_log = structlog.stdlib.get_logger("batconnect.sign_in")
_NAME_LENGTH: Final = 32


@dataclass(frozen=True, slots=True)
class OpenSession:
    """One of them. `name` is what a form sends, and signs nobody in; `client` is what the browser said it is."""

    name: str
    is_this: bool
    begun_at: datetime
    used_at: datetime | None = None
    client: str = ""
    is_by_token: bool = False

    @property
    def browser(self) -> str:
        """The browser and its system as people call them."""
        return describe_browser(self.client)


def open_sessions(*, user: User, this: str | None = None) -> list[OpenSession]:
    """The person's sessions and sign-ins for tokens that are not over, the present one (`this` is its key) first.

    Sessions say whose they are in what they hold, so all live ones are looked at.
    """
    sessions = [
        OpenSession(
            name=_name(session),
            is_this=session.session_key == this,
            begun_at=_instant(held[BEGUN_AT]),
            used_at=_instant(held[USED_AT]),
            client=held.get(CLIENT, ""),
        )
        for session, held in _live(user)
    ]
    families = [
        OpenSession(name=family.pk.hex, is_this=False, begun_at=family.begun_at, is_by_token=True)
        for family in _families(user)
    ]
    return sorted([*sessions, *families], key=lambda each: (not each.is_this, -each.begun_at.timestamp()))


@transaction.atomic
def end_sessions(*, user: User, names: Collection[str]) -> int:
    """End the person's sessions of these names; how many there were. Another person's are not found.

    First make sure that it is the user.
    """
    keys = [session.pk for session, _ in _live(user) if _name(session) in names]
    families = [family.pk for family in _families(user) if family.pk.hex in names]
    ended, _ = Session.objects.filter(pk__in=keys).delete()
    ended += TokenFamily.objects.filter(pk__in=families, ended_at=None).update(
        ended_at=Now(), ended_why=TokenFamily.Ended.SIGNED_OUT
    )
    _log.info("sessions_ended", user=user.pk, sessions=ended)
    return ended


def _live(user: User) -> Iterator[tuple[Session, dict[str, Any]]]:
    now = timezone.now()
    begun_after = (now - timedelta(hours=settings.SESSION_HOURS)).timestamp()
    used_after = (now - timedelta(minutes=settings.SESSION_IDLE_MINUTES)).timestamp()
    for session in Session.objects.filter(expire_date__gt=now).iterator():
        held = session.get_decoded()
        if (
            held.get(SESSION_KEY) == str(user.pk)
            and held.get(BEGUN_AT, 0) > begun_after
            and held.get(USED_AT, 0) > used_after
            # A new password ends them without touching their rows.
            and constant_time_compare(held.get(HASH_SESSION_KEY, ""), user.get_session_auth_hash())
        ):
            yield session, held


def _families(user: User) -> Collection[TokenFamily]:
    return TokenFamily.objects.filter(user=user, ended_at=None, ends_at__gt=timezone.now())


def _name(session: Session) -> str:
    return sha256(session.session_key.encode()).hexdigest()[:_NAME_LENGTH]


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, tz=UTC)
