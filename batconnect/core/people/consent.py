"""When one administrator is not enough: rights over money, limits, and second factors of others (ADR 0020).

Where the company has a second administrator, what would let one of them alone move money, directly or through somebody
else's account, waits for that second one (`core.approvals`). Where there is one alone it is done at once, and told.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import Final

from django.utils import timezone

from batconnect.core.approvals.kinds import ApprovalKind
from batconnect.core.approvals.services import About, request_approval
from batconnect.core.audit import record_event
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Conflict
from batconnect.core.kernel.permissions import Group
from batconnect.core.models import Approval, AuditEvent, User
from batconnect.core.notices import full_name
from batconnect.core.people.notices import administrators_of, notify_administrators

# An administrator who left still counts for this long: else whoever removes the other is alone, and free, at once.
COUNTS_AFTER_LEAVING: Final = timedelta(days=7)
_LEFT: Final = "core.administrator_left"


class NeedsSecondAdministrator(Conflict):
    """409: a second administrator must agree, and there is none who could."""

    code = "second_administrator_required"
    title = "A second administrator is needed"
    remedy = "Whoever runs the installation adds one with `manage.py add_administrator`, who then agrees."


def needs_consent(*, actor: Actor) -> bool:
    """Whether the actor needs a second administrator: the company has one, or had one within the last days."""
    return not actor.is_job and bool(_others(actor) or _left_lately(actor))


def ask_consent(*, actor: Actor, kind: ApprovalKind, about: About, person: int | None = None) -> Approval:
    """Ask the company's other administrators, and tell them; `person` is told, too, and does not decide about it.

    Raises NeedsSecondAdministrator when nobody is there to agree, Conflict when the same waits already.
    """
    if not _others(actor):
        raise NeedsSecondAdministrator(
            f"Another administrator left within the last {COUNTS_AFTER_LEAVING.days} days, and a second one must agree."
        )
    approval = request_approval(actor=actor, kind=kind, about=about, notifies=False)
    text = (
        f"{full_name(actor)} asks for a second administrator's consent: {about.title}. See Work, Approvals."
    )
    notify_administrators(actor=actor, text=text, also=[person] if person else [])
    return approval


def require_other_than(*, actor: Actor, user_id: int) -> None:
    """Raises NeedsSecondAdministrator when the only one who could agree is the person it is about."""
    if not _others(actor) - {user_id}:
        raise NeedsSecondAdministrator("The only other administrator is the person it is about.")


def note_leaving(*, actor: Actor, user: User, before: Collection[str], after: Collection[str] = ()) -> None:
    """Note that the company has one administrator fewer, if that is so."""
    if Group.ADMINISTRATOR.value in set(before) - set(after):
        record_event(actor=actor, action=_LEFT, subject_type="user", subject_id=user.pk)


def _others(actor: Actor) -> set[int]:
    return set(administrators_of(company_id=actor.company_id)) - {actor.user_id or 0}


def _left_lately(actor: Actor) -> bool:
    since = timezone.now() - COUNTS_AFTER_LEAVING
    return AuditEvent.objects.filter(company_id=actor.company_id, at__gt=since, action=_LEFT).exists()
