"""What the page of a request for a second person shows first."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from batconnect.core.approvals.kinds import find_kind
from batconnect.core.console.faces import Card, Face, Kept, Money, TimelineEvent, adds_to_timeline
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.words import describe_code
from batconnect.core.models import Approval
from batconnect.directory.models import Customer

_TONES: Final = {"pending_approval": "warn", "approved": "good", "rejected": "bad"}


def _card(actor: Actor, row: Approval) -> Card:
    customer = None
    if row.customer_id is not None:
        customer = Customer.objects.filter(company_id=row.company_id, id=row.customer_id).first()
    is_waiting = row.status == Approval.Status.PENDING
    may_decide = actor.can(find_kind(row.kind).permission) and row.requested_by_id != actor.user_id
    return Card(
        kind=f"Request, {describe_code(row.kind).lower()}",
        number=row.title,
        person=customer,
        amount=Money(row.amount, row.currency) if row.amount is not None else None,
        status=str(row.get_status_display()),
        tone=_TONES.get(row.status, ""),  # type: ignore[arg-type]  # tones
        since=row.decided_at or row.requested_at,
        sentence=row.reason,
        facts=(
            ("Asked by", Kept("", row.requested_by_id)),
            ("Asked", row.requested_at),
            ("Above the limit of", row.limit_then),
            ("Counted before it", row.counted),
            ("Decided by", Kept("", row.decided_by_id)),
            ("Why", row.decision_reason),
        ),
        next_step="" if not is_waiting else "Decide on it." if may_decide else "Another person decides.",
        next_action="approve",
    )


APPROVAL_FACE: Final = Face(card=_card)


@adds_to_timeline(Approval)
def _asked_and_decided(actor: Actor, row: Approval) -> Iterable[TimelineEvent]:
    yield TimelineEvent(
        at=row.requested_at, what="Asked a second person", user_id=row.requested_by_id, reason=row.reason
    )
    if row.decided_at is not None:
        yield TimelineEvent(
            at=row.decided_at,
            what=str(row.get_status_display()),
            user_id=row.decided_by_id,
            reason=row.decision_reason,
        )
