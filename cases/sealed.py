"""What of cases is sealed: each event (docs/seals.md#what-is-sealed)."""

from __future__ import annotations

from typing import Final

from batconnect.core.sealing.kinds import SealedKind, instant_sql

CASE_EVENT: Final = SealedKind(
    name="case_event",
    table="case_events",
    content=(
        f"jsonb_build_array('case_event', r.id, r.case_id, {instant_sql('r.at')}, r.kind, r.step_id, r.trigger,"
        " r.from_state, r.to_state, r.user_id, r.actor, r.reason, r.payload, r.created, r.request_id)"
    ),
    dated="r.at",
)
