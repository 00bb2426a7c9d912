"""What of the floor's work is watched (docs/operations.md#watching)."""

from __future__ import annotations

from batconnect.core.jobs.figures import declare_figure
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import now
from batconnect.core.models import OutgoingMail
from batconnect.core.sealing.waiting import seconds_unsealed


def _mail_waiting(actor: Actor) -> int:
    return OutgoingMail.objects.filter(
        company_id=actor.company_id, state=OutgoingMail.State.QUEUED, due_at__lte=now()
    ).count()


def _seal_age(actor: Actor) -> int:
    return seconds_unsealed(actor=actor)


declare_figure(
    name="mails_waiting",
    help="Mails that are due and not sent yet, over all companies.",
    measure=_mail_waiting,
)
declare_figure(
    name="seal_age_seconds",
    help="How long the books that wait longest for a seal have waited since their last one.",
    measure=_seal_age,
    over=max,
)
