"""Telling people what they have to know: a row for each, in the transaction of what it is about.

Who reads them and who mails them is `core.people.notices`. Rule: docs/domain.md#notices.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final
from uuid import UUID

from django.utils import timezone

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.permissions import GROUP_PERMISSIONS, Group
from batconnect.core.models import Membership, Notice, User

MANAGING: Final = (Group.FINANCE_MANAGER.value, Group.ADMINISTRATOR.value)
"""Who is told of what failed."""
MAX_TOLD: Final = 100
_LONGEST: Final = 500


def notify(
    *,
    company_id: UUID,
    user_ids: Collection[int],
    text: str,
    kind: Notice.Kind = Notice.Kind.ACCOUNT,
    subject_model: str = "",
    subject_key: object = "",
) -> None:
    """Leave a notice for each person, in the company's context and the caller's transaction.

    What is done to an account is mailed to everybody, the rest to those who asked for it. Nobody has two unread ones
    of a kind about one row.
    """
    people = User.objects.filter(pk__in=user_ids, is_active=True).order_by("pk")
    Notice.objects.bulk_create(
        (
            _notice(
                Notice(
                    company_id=company_id,
                    user_id=user_id,
                    kind=kind,
                    text=text[:_LONGEST],
                    subject_model=subject_model,
                    subject_key=str(subject_key)[:100],
                ),
                email=email if kind == Notice.Kind.ACCOUNT or is_mailed else "",
            )
            for user_id, email, is_mailed in people.values_list("pk", "email", "mails_notices")
        ),
        ignore_conflicts=True,
    )


def full_name(actor: Actor) -> str:
    """What the person is called in a notice: in full, as on every page; a job by its name."""
    user = User.objects.filter(pk=actor.user_id).first() if actor.user_id is not None else None
    return (user.get_full_name() or user.username) if user is not None else actor.name


def _notice(notice: Notice, *, email: str) -> Notice:
    notice.email = email
    if not email:
        # Nothing waits where there is nowhere to send it to.
        notice.mailed_at = timezone.now()
    return notice


def members_with(*, company_id: UUID, permission: str) -> list[int]:
    """The ids of at most MAX_TOLD people who may sign in to the console and hold the permission in the company."""
    groups = [group for group, held in GROUP_PERMISSIONS.items() if permission in held]
    return members_in(company_id=company_id, groups=groups)


def members_in(*, company_id: UUID, groups: Collection[str]) -> list[int]:
    """The same for those who are in one of the groups."""
    return list(
        Membership.objects.filter(
            company_id=company_id,
            is_active=True,
            user__is_active=True,
            user__is_staff=True,
            groups__overlap=list(groups),
        )
        .order_by("user_id")
        .values_list("user_id", flat=True)[:MAX_TOLD]
    )


def notify_of_failure(
    *, company_id: UUID, text: str, subject_model: str, subject_key: object, asked_by: int | None = None
) -> None:
    """Tell managers and administrators, and who asked for it, that something failed: once, until they have read it."""
    managing = members_in(company_id=company_id, groups=MANAGING)
    notify(
        company_id=company_id,
        user_ids=managing if asked_by is None else {*managing, asked_by},
        text=text,
        kind=Notice.Kind.FAILURE,
        subject_model=subject_model,
        subject_key=subject_key,
    )


def notify_who_asked(
    *, company_id: UUID, text: str, subject_model: str, subject_key: object, asked_by: int | None
) -> None:
    """Tell the person who asked for it that it came to nothing: once, until it is read. Where nobody asked, or that
    person works here no longer, managers and administrators."""
    if asked_by is None or not _works_here(company_id, asked_by):
        notify_of_failure(
            company_id=company_id, text=text, subject_model=subject_model, subject_key=subject_key
        )
        return
    notify(
        company_id=company_id,
        user_ids=[asked_by],
        text=text,
        kind=Notice.Kind.FAILURE,
        subject_model=subject_model,
        subject_key=subject_key,
    )


def _works_here(company_id: UUID, user_id: int) -> bool:
    places = Membership.objects.filter(company_id=company_id, user_id=user_id, is_active=True)
    return places.filter(user__is_active=True, user__is_staff=True).exists()
