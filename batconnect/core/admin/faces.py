"""What the pages of people, their places and invitations, of mails and of the trail's lines show first."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from django.utils import timezone

from batconnect.core.console.faces import (
    LATEST,
    Card,
    Face,
    Kept,
    Named,
    Section,
    Stamp,
    Table,
    TimelineEvent,
    adds_to_timeline,
    name_of,
    stamped,
)
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.permissions import Group
from batconnect.core.kernel.words import describe_code
from batconnect.core.models import AuditEvent, Invitation, Membership, OutgoingMail, User
from batconnect.core.people import places

TRAIL: Final = "trail.view"
_EVENT_LABELS: Final = {
    "core.add_user": "added the account",
    "core.change_user": "changed the account",
    "core.close_user": "closed the account",
    "core.open_user": "opened the account",
    "core.reset_second_factor": "reset the second factor",
    "core.unlock_sign_in": "unlocked the sign-in",
    "core.set_up_second_factor": "set up a second factor",
    "core.turn_off_second_factor": "turned the second factor off",
    "core.renew_recovery_codes": "made new recovery codes",
    "core.use_recovery_code": "signed in with a recovery code",
    "core.change_membership": "changed the place in this company",
    "core.confirm_membership": "confirmed the place in this company",
    "core.leave_company": "left this company",
    "core.reset_elsewhere": "the account's own company reset its sign-in",
    "core.join_elsewhere": "accepted a place in another company",
    "core.decline_elsewhere": "declined a place in another company",
    "core.leave_elsewhere": "left another company",
    "core.change_membership_elsewhere": "another company changed the place there",
    "core.confirm_membership_elsewhere": "another company confirmed the place there",
    "core.token_reused": "used a spent token again, so that its sign-in ended",
}


def describe_event(event: AuditEvent) -> str:
    """What happened to an account, as people read it: with the fields that were changed, and why."""
    details = event.details
    said = ", ".join(details.get("fields", ())).replace("_", " ") or str(details.get("company", ""))
    if "before" in details:
        said = f"from {places.format_groups(details['before'])} to {places.format_groups(details['after'])}"
    return ": ".join(
        part
        for part in (_EVENT_LABELS.get(event.action) or describe_code(event.action), said, event.reason)
        if part
    )


def _groups(place: Membership | Invitation | None) -> str:
    labels = dict(Group.choices)
    return ", ".join(str(labels.get(each, each)) for each in place.groups) if place is not None else ""


def _standing(place: Membership | None) -> tuple[str, Any]:
    """The status of a place, and its tone."""
    if place is None:
        return "No place here", "bad"
    if place.is_active:
        return "Works here", "good"
    return ("Suspended", "warn") if place.suspended_since else ("Switched off", "bad")


def _user_card(actor: Actor, row: User) -> Card:
    place = Membership.objects.filter(company_id=actor.company_id, user=row.pk).first()
    status, tone = _standing(place)
    return Card(
        kind="User",
        number=name_of(row),
        status=status if row.is_active else "The account is closed",
        tone=tone if row.is_active else "bad",
        since=place.created_at if place is not None else None,
        facts=(
            ("Signs in as", row.username),
            ("Groups here", _groups(place)),
            (
                "Membership",
                Named(place, f"{name_of(row)} in {actor.company.name}") if place is not None else None,
            ),
        ),
    )


def _place_card(actor: Actor, row: Membership) -> Card:
    status, tone = _standing(row)
    return Card(
        kind="Member",
        number=name_of(row.user),
        person=row.user,
        person_is="Account",
        status=status,
        tone=tone,
        since=row.suspended_since or row.created_at,
        facts=(("Groups", _groups(row)), ("Member since", row.created_at)),
        next_step="Make sure that it is still this person who signs in, then confirm."
        if row.suspended_since
        else "",
        next_action="confirm_place",
    )


def invitation_state(row: Invitation) -> str:
    """Its state, or that nobody answered in time."""
    is_late = row.state == Invitation.State.PENDING and row.expires_at <= timezone.now()
    return "Not answered in time" if is_late else str(row.get_state_display())


def _invitation_card(actor: Actor, row: Invitation) -> Card:
    is_waiting = row.state == Invitation.State.PENDING and row.expires_at > timezone.now()
    accepted = row.state == Invitation.State.ACCEPTED
    return Card(
        kind="Invitation",
        number=row.username,
        status=invitation_state(row),
        tone="warn" if is_waiting else "good" if accepted else "bad",
        since=row.decided_at or row.created_at,
        facts=(
            ("Groups", _groups(row)),
            ("Invited by", Kept(row.invited_by)),
            ("Can be accepted until", row.expires_at),
        ),
        next_step="The person accepts or declines it on the front page." if is_waiting else "",
    )


_MAIL_TONES: Final = {"queued": "warn", "sent": "good", "failed": "bad", "bounced": "bad"}


def _mail_card(actor: Actor, row: OutgoingMail) -> Card:
    is_waiting = row.state == OutgoingMail.State.QUEUED
    is_stopped = row.state in (OutgoingMail.State.FAILED, OutgoingMail.State.BOUNCED)
    return Card(
        kind="Mail",
        number=row.title,
        person=row.recipient,
        person_is="To",
        status=str(row.get_state_display()),
        tone=_MAIL_TONES.get(row.state, ""),  # type: ignore[arg-type]  # tones
        since=row.sent_at or row.created_at,
        sentence=row.failure,
        facts=(
            ("Asked for by", Kept(row.requested_by)),
            ("Attempts", row.attempts),
            ("Next attempt", row.due_at if is_waiting else None),
        ),
        next_step="Look at the address, then send it again." if is_stopped else "",
        next_action="send_again" if is_stopped else "",
    )


def _mail_sections(actor: Actor, row: OutgoingMail) -> Iterable[Section]:
    yield Table(
        title="What it says",
        columns=("Part", "Text"),
        rows=[("Subject", row.subject), ("Text", row.body), ("Attached", row.title)],
        has_heading=False,
    )


def _event_card(actor: Actor, row: AuditEvent) -> Card:
    return Card(
        kind="Line of the audit trail",
        number=describe_code(row.action),
        person=Kept(row.actor, row.user_id),
        person_is="By",
        since=row.at,
        since_is="at",
        sentence=row.reason,
        facts=(("About", describe_code(row.subject_type)),),
    )


USER_FACE: Final = Face(card=_user_card)
PLACE_FACE: Final = Face(card=_place_card)
INVITATION_FACE: Final = Face(card=_invitation_card)
MAIL_FACE: Final = Face(card=_mail_card, sections=_mail_sections)
EVENT_FACE: Final = Face(card=_event_card)

stamped(
    Invitation,
    Stamp("created_at", "Invited", who="invited_by"),
    Stamp("decided_at", lambda row: str(row.get_state_display())),
)
stamped(
    OutgoingMail,
    Stamp("created_at", "Asked for", who="requested_by"),
    Stamp("sent_at", "Handed to the mail server", reason="failure"),
)


@adds_to_timeline(User, Membership)
def _trail_of_people(actor: Actor, row: User | Membership) -> Iterable[TimelineEvent]:
    """What was done to the account in this company, for those who may read the trail."""
    if not actor.can(TRAIL):
        return
    user_id = row.user_id if isinstance(row, Membership) else row.pk
    events = AuditEvent.objects.filter(
        company_id=actor.company_id, subject_type="user", subject_id=str(user_id)
    )
    for each in events.order_by("-id")[:LATEST]:
        yield TimelineEvent(
            at=each.at,
            what=describe_event(each),
            user_id=each.user_id,
            who=each.actor,
        )
