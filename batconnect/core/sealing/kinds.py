"""What is sealed: each app declares the rows of its own that never change once they are there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

_kinds: dict[str, SealedKind]


@dataclass(frozen=True, slots=True)
class SealedKind:
    """Rows of one table, called `r` in the SQL.

    `content` is a SQL expression: the jsonb array of everything the row said. `dated` is the instant it names itself.
    `is_final` is a condition: rows for which it does not hold yet are sealed later.
    """

    name: str
    table: str
    content: str
    dated: str
    is_final: str = "true"


_kinds = {}


def register_sealed(kind: SealedKind) -> None:
    """Seal those rows too; from an app's `ready()`."""
    assert kind.name not in _kinds, f"{kind.name!r} is sealed already"
    _kinds[kind.name] = kind


def sealed_kinds() -> tuple[SealedKind, ...]:
    """Every kind, in the order of their names, which is their order within a seal."""
    return tuple(_kinds[name] for name in sorted(_kinds))


def instant_sql(column: str) -> str:
    """SQL: the instant as text, whatever the session's time zone."""
    return f"to_char({column} at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"


APPROVAL: Final = SealedKind(
    name="approval",
    table="approvals",
    content=(
        "jsonb_build_array('approval', r.id, r.kind, r.status, r.subject_type, r.subject_id, r.title, r.customer_id,"
        " r.amount::text, r.currency, r.limit_then::text, r.counted::text, r.parameters, r.reason,"
        f" r.requested_by_id, {instant_sql('r.requested_at')}, r.decided_by_id, {instant_sql('r.decided_at')},"
        " r.decision_reason)"
    ),
    dated="r.decided_at",
    is_final="r.decided_at is not null",
)
