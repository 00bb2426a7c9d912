"""The kinds of actions that a second person decides on: each app registers its own when it starts.

A kind says who decides, how what was asked for is carried out and turned down, and which setting of the company is
its limit. Everything else is the same for all of them: `core.approvals.services`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from batconnect.core.kernel.actors import Actor, CompanyProfile
from batconnect.core.kernel.permissions import PERMISSIONS
from batconnect.core.models import Approval


@dataclass(frozen=True, slots=True)
class Carried:
    """What came of an approved request: a sentence for people, what is kept with it, and the service's own answer."""

    sentence: str
    outcome: Mapping[str, Any] = field(default_factory=dict)
    result: Any = None


CarryOut = Callable[[Actor, Approval], Carried]
TurnDown = Callable[[Actor, Approval], Carried | None]


def _nothing(actor: Actor, approval: Approval) -> Carried | None:
    """Most kinds hold nothing while they wait, so that turning one down leaves nothing to do."""
    return None


@dataclass(frozen=True, slots=True)
class ApprovalKind:
    """A kind of action that a second person decides on.

    `permission` is the right to decide, `view_permission` the right to see what waits. `trail` begins the names of its
    audit events (`payments.refund` → `payments.refund_approved`). `carry_out` replays `approval.parameters` as the
    person who approves, inside the transaction of the decision; what it refuses leaves the request waiting.
    `turn_down` frees what the request holds. `limit` names the company's setting, "" for a kind that always waits;
    actions are counted under `counts_as`, where several kinds share one. `pending_code` is the code of the refusal when
    the same thing waits already.
    """

    code: str
    label: str
    permission: str
    view_permission: str
    trail: str
    carry_out: CarryOut
    turn_down: TurnDown = _nothing
    limit: str = ""
    counts_as: str = ""
    pending_code: str = ""

    @property
    def counted(self) -> str:
        """The name under which its actions count against the limit."""
        return self.counts_as or self.code

    def limit_of(self, company: CompanyProfile) -> Decimal | None:
        """The company's limit, in the currency of the action; None: nobody is asked."""
        limit: Decimal | None = getattr(company, self.limit)
        return limit


_kinds: dict[str, ApprovalKind] = {}


def register_kind(kind: ApprovalKind) -> ApprovalKind:
    """Let requests of the kind be made and decided on. Raises ValueError when its code is taken by another."""
    for permission in (kind.permission, kind.view_permission):
        assert permission in PERMISSIONS, permission
    if _kinds.setdefault(kind.code, kind) is not kind:
        raise ValueError(f"Two kinds of approvals are called {kind.code}.")
    return kind


def find_kind(code: str) -> ApprovalKind:
    """The registered kind of this code."""
    return _kinds[code]


def all_kinds() -> tuple[ApprovalKind, ...]:
    """Every kind, by its code."""
    return tuple(kind for _, kind in sorted(_kinds.items()))


def visible_kinds(actor: Actor) -> list[str]:
    """The codes of the kinds whose requests the actor may see."""
    return [kind.code for kind in all_kinds() if actor.can(kind.view_permission)]


def decidable_kinds(actor: Actor) -> list[str]:
    """The codes of the kinds on whose requests the actor may decide."""
    return [kind.code for kind in all_kinds() if actor.can(kind.permission)]
