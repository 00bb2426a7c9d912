"""Entries of explanations voided from the journal: what they explained is open again (docs/domain.md#explanations)."""

from __future__ import annotations

from uuid import UUID

from bank import postings
from bank.models import Explanation
from bank.services.explaining import undo_explanation
from batconnect.core.database.transactions import joins_transaction
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Conflict, NotFound
from batconnect.core.models import Approval
from ledger.errors import ALREADY_VOIDED


@joins_transaction
def void_match(*, actor: Actor, source_id: str, event: str, reason: str) -> Approval | None:
    """Void the entry that made a line a payment. Raises Conflict 409 `already_voided` for one that is taken back."""
    made = Explanation.objects.filter(
        company_id=actor.company_id, payment=UUID(source_id), status=Explanation.Status.LIVE
    ).first()
    if event != postings.IDENTIFIED or made is None:
        raise Conflict("There is no match to take back.", code=ALREADY_VOIDED)
    done = undo_explanation(actor=actor, explanation_id=made.id, reason=reason)
    return done if isinstance(done, Approval) else None


@joins_transaction
def void_explanation(*, actor: Actor, source_id: str, event: str, reason: str) -> Approval | None:
    """Void the entry of the document that a line is explained by. Raises NotFound when nothing is explained by it."""
    made = Explanation.objects.filter(
        company_id=actor.company_id, source_id=source_id, status=Explanation.Status.LIVE
    ).first()
    if made is None:
        raise NotFound("No line is explained by this.")
    done = undo_explanation(actor=actor, explanation_id=made.id, reason=reason)
    return done if isinstance(done, Approval) else None
