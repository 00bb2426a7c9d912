"""What every kind of explanation can do (docs/domain.md#explanations)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Protocol, runtime_checkable
from uuid import UUID

from django.db import models

from bank.models import Explanation, LinePart
from batconnect.core.approvals.limits import Excess
from batconnect.core.database.rows import Change
from batconnect.core.kernel.actors import Actor
from batconnect.core.models import Approval
from ledger.postings import EntryDraft
from payments.models import Payment


@dataclass(frozen=True, slots=True)
class Piece:
    """What a part, or an amount of it, is said to be. `amount` is in the part's direction; `values` are what the kind
    alone needs, such as a fee or a reason code."""

    kind: str
    amount: Decimal
    customer_id: UUID | None = None
    payment_id: UUID | None = None
    disbursement_id: UUID | None = None
    account_code: str = ""
    source_type: str = ""
    source_id: str = ""
    note: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ids:
    """What an explanation, its entry and its operation are called; `decided_by` says who decided."""

    explanation_id: UUID
    entry_id: UUID
    operation_id: UUID
    decided_by: str = Explanation.DecidedBy.PERSON.value


@dataclass(frozen=True, slots=True)
class Applied:
    """What is to be written with an explanation: its entry (`draft`), or that of a service which posted it already
    (`entry_id`), new payments, which get their numbers when they are written, further rows and changes, and what the
    explanation names."""

    draft: EntryDraft | None = None
    entry_id: UUID | None = None
    payments: Sequence[Payment] = ()
    rows: Sequence[Sequence[models.Model]] = ()
    changes: Sequence[Change] = ()
    names: Mapping[str, Any] = field(default_factory=dict)
    warnings: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Undone:
    """What takes an explanation back: entries, of which the last reverses the explanation's, or the id of an entry that
    a service posted already."""

    drafts: Sequence[EntryDraft] = ()
    entry_id: UUID | None = None
    rows: Sequence[Sequence[models.Model]] = ()
    changes: Sequence[Change] = ()


class Kind(Protocol):
    """A kind of explanation. `directions` are those of parts that it can explain.

    `lock` takes the locks that stand before the part's (payments, customers, obligations) and returns what it read;
    `apply` checks and says what is to be written, and refuses by InvalidInput or Conflict; `ask_to_undo` returns the
    request of a second person where one is needed first; `undo` says what takes it back.
    """

    directions: frozenset[str]

    def lock(self, *, actor: Actor, piece: Piece) -> Any: ...

    def apply(self, *, actor: Actor, part: LinePart, piece: Piece, ids: Ids, locked: Any) -> Applied: ...

    def ask_to_undo(self, *, actor: Actor, explanation: Explanation, reason: str) -> Approval | None: ...

    def undo(self, *, actor: Actor, explanation: Explanation, reason: str) -> Undone: ...


@runtime_checkable
class LocksDocuments(Protocol):
    """A kind whose pieces lock documents before what was paid out: their place among those of other pieces."""

    def place(self, *, actor: Actor, piece: Piece) -> int: ...


@runtime_checkable
class AsksFirst(Protocol):
    """A kind that needs a second person above a limit: why it does, or None; before anything is written.

    Asked for, the whole explanation waits, and is given when the other user agrees (`bank.services.explaining`): the
    piece's `values` then name the request, as `approval`.
    """

    def excess(self, *, actor: Actor, part: LinePart, piece: Piece, locked: Any) -> Excess | None: ...
