"""Requests that are waiting for a decision. Reads only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from batconnect.core.approvals.kinds import ApprovalKind, find_kind, visible_kinds
from batconnect.core.kernel.actors import Actor
from batconnect.core.models import Approval
from batconnect.directory.models import Customer

MAX_WAITING: Final = 200


@dataclass(frozen=True, slots=True)
class Waiting:
    """A request that waits, with its kind and the name of its customer, if it has one."""

    approval: Approval
    kind: ApprovalKind
    customer: str


def approvals_waiting(*, actor: Actor) -> list[Waiting]:
    """What waits of the kinds that the actor may see, the oldest first; two statements."""
    approvals = list(
        Approval.objects.filter(
            company_id=actor.company_id, status=Approval.Status.PENDING, kind__in=visible_kinds(actor)
        )
        .select_related("requested_by")
        .order_by("id")[:MAX_WAITING]
    )
    ids = {each.customer_id for each in approvals if each.customer_id}
    names = dict(
        Customer.objects.filter(company_id=actor.company_id, id__in=ids).values_list("id", "name")
        if ids
        else ()
    )
    return [
        Waiting(each, find_kind(each.kind), names.get(each.customer_id, "") if each.customer_id else "")
        for each in approvals
    ]
