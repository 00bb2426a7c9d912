"""What is told to people about their accounts, rights and companies: a row in the transaction of the action, and a mail
by a job, outside of any."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final
from uuid import UUID

from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce
from django.utils import timezone

from batconnect.core.database.tenancy import company_context
from batconnect.core.database.transactions import outside_transactions
from batconnect.core.jobs.outbox import Outbox, Sent, send_mails
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.permissions import Group
from batconnect.core.models import Invitation, Membership, Notice, User
from batconnect.core.notices import notify

JOB: Final = "send_notices"
_MAX_SHOWN: Final = 50


def notify_administrators(*, actor: Actor, text: str, also: Collection[int] = ()) -> None:
    """Tell the company's other administrators and the person it is about; not the one who did it."""
    people = {*administrators_of(company_id=actor.company_id), *also} - {actor.user_id}
    notify(company_id=actor.company_id, user_ids=[each for each in people if each is not None], text=text)


def administrators_of(*, company_id: UUID) -> list[int]:
    """The ids of those who keep the company's users now."""
    places = Membership.objects.filter(
        company_id=company_id,
        is_active=True,
        user__is_active=True,
        user__is_staff=True,
        groups__contains=[Group.ADMINISTRATOR.value],
    )
    return list(places.order_by("user_id").values_list("user_id", flat=True))


def notices_for(user_id: int) -> QuerySet[Notice]:
    """What the person is shown: about their account, and of companies in which they have a place now."""
    return Notice.objects.filter(_is_account() | Exists(_places()), user_id=user_id)


def unread_count(user_id: int) -> Combinable:
    """How many of these are not read, for a statement that asks for something else as well."""
    unread = notices_for(user_id).filter(read_at__isnull=True).order_by()
    counted = unread.values("user_id").annotate(rows=Count("pk")).values("rows")
    return Coalesce(Subquery(counted), 0)


def notices_of(*, user_id: int, unread: bool = False) -> list[Notice]:
    """The person's latest notices, newest first; needs the person's own context."""
    notices = notices_for(user_id).select_related("company")
    if unread:
        notices = notices.filter(read_at__isnull=True)
    return list(notices[:_MAX_SHOWN])


@transaction.atomic
def mark_read(*, user_id: int, notice_ids: Collection[UUID] | None = None) -> None:
    """Mark the person's notices as read, these or all; other people's stay as they are, and a second call changes
    nothing."""
    rows = Notice.objects.filter(user_id=user_id, read_at__isnull=True)
    if notice_ids is not None:
        rows = rows.filter(pk__in=notice_ids)
    by_company: dict[UUID, list[UUID]] = {}
    for company_id, notice_id in rows.order_by("company_id", "pk").values_list("company_id", "pk"):
        by_company.setdefault(company_id, []).append(notice_id)
    for company_id, ids in by_company.items():
        with company_context(company_id, job="notices"):
            Notice.objects.filter(pk__in=ids, read_at__isnull=True).update(read_at=timezone.now())


@transaction.atomic
def wish_for_mail(*, user_id: int, wished: bool) -> None:
    """Whether the person has notices of what waits for them mailed from now on."""
    User.objects.filter(pk=user_id).update(mails_notices=wished)


@outside_transactions
def send_notices(*, company_id: UUID, limit: int = 1_000) -> Sent:
    """Mail what the company's people were told, and its invitations (`core.jobs.outbox`)."""
    prepare_invitation_mails(company_id=company_id)
    return send_mails(_OUTBOX, company_id=company_id, limit=limit)


def prepare_invitation_mails(*, company_id: UUID) -> None:
    """Leave a notice for everyone invited since. Here, not when inviting, which takes equally long for any name."""
    with company_context(company_id, job=JOB) as actor:
        waiting = list(
            Invitation.objects.select_for_update()
            .filter(company_id=company_id, state=Invitation.State.PENDING, mailed_at__isnull=True)
            .order_by("pk")
        )
        names = [each.username for each in waiting]
        people = User.objects.filter(username__in=names, is_staff=True).values_list("pk", flat=True)
        text = f"{actor.company.name} invites you to work there: answer on the console's page of companies."
        notify(company_id=company_id, user_ids=list(people), text=text)
        Invitation.objects.filter(pk__in=[each.pk for each in waiting]).update(mailed_at=timezone.now())


def _mail(notice: Notice) -> EmailMessage:
    if notice.kind != Notice.Kind.ACCOUNT:
        return EmailMessage(
            f"{notice.company}: {notice.get_kind_display().lower()}",
            f"{notice.text}\n\nOn {notice.created_at:%Y-%m-%d at %H:%M} UTC, in {notice.company}. It stands under "
            "the bell in the console. You asked for such mails on the page Your sign-in, and can end that there.\n",
            to=[notice.email],
        )
    return EmailMessage(
        f"{notice.company}: a notice about your account",
        f"{notice.text}\n\nOn {notice.created_at:%Y-%m-%d at %H:%M} UTC, in {notice.company}. You can find this "
        "notice in the console under Settings, Your sign-in. If it surprises you, tell an administrator of your "
        "company.\n",
        to=[notice.email],
    )


def _unmailed(company_id: UUID) -> QuerySet[Notice]:
    rows = Notice.objects.select_related("company")
    return rows.filter(
        # A place that ended, and a wish that was taken back, stop what still waits.
        _is_account() | (Q(user__mails_notices=True) & Exists(_places())),
        ~Q(email=""),
        company_id=company_id,
        mailed_at__isnull=True,
    )


def _is_account() -> Q:
    return Q(kind=Notice.Kind.ACCOUNT)


def _places() -> QuerySet[Membership]:
    """The place of a notice's person in its company."""
    return Membership.objects.filter(
        company_id=OuterRef("company_id"), user_id=OuterRef("user_id"), is_active=True
    )


_OUTBOX: Final = Outbox(
    job=JOB,
    waiting=_unmailed,
    mail=_mail,
    # One that was given up is not tried again either; the person finds the notice in the console.
    ended=lambda ended, why: {"mailed_at": timezone.now()},
    due="mail_due_at",
    attempts="mail_attempts",
)
