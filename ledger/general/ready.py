"""What the general ledger registers with the app when it starts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from batconnect.core.approvals.kinds import register_kind
from batconnect.core.kernel.actors import Actor
from batconnect.core.models import Approval
from batconnect.core.sealing.kinds import register_sealed
from ledger import sources
from ledger.general.models import ManualEntry
from ledger.general.postings import MANUAL_ENTRY
from ledger.general.services import manual
from ledger.general.verification import register_general_checks
from ledger.sealed import ENTRY


def register_general() -> None:
    """The approval of manual entries, what they are called and how they are voided, the checks, and the seals."""
    register_kind(manual.KIND)
    sources.register(MANUAL_ENTRY, describe=_describe, void=_void)
    register_general_checks()
    register_sealed(ENTRY)


def _describe(actor: Actor, ids: Sequence[str]) -> Mapping[str, sources.Description]:
    rows = ManualEntry.objects.filter(company_id=actor.company_id, id__in=ids)
    return {str(key): sources.Description(number) for key, number in rows.values_list("id", "number")}


def _void(*, actor: Actor, source_id: str, reason: str, **_: Any) -> Approval | None:
    done = manual.void_manual_entry(actor=actor, manual_entry_id=UUID(source_id), reason=reason)
    return done if isinstance(done, Approval) else None
