"""The hook by which the app of the bank's word takes a `bank_feed`, which is a second way to send it statements.

Rule: docs/architecture.md#hooks, docs/domain.md#statements.

It is registered once, when that app is ready. A feed's batch and rows are kept as those of any other source; what its
lines are is decided there, and written to the rows as their outcomes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import IO, Any, Protocol
from uuid import UUID

from batconnect.core.database.rows import Change
from batconnect.core.kernel.actors import Actor
from batconnect.core.models import Approval
from ledger.postings import EntryDraft
from payments.batches.models import PaymentBatch
from payments.models import Payment


@dataclass(frozen=True, slots=True)
class FeedUpload:
    """What was uploaded: `mapping` names the columns of a table, `strategy` applies what is identified."""

    file: IO[bytes]
    file_name: str = ""
    mapping: str = ""
    strategy: str = ""
    bank_account_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class FeedRow:
    """A line of the statement, or a detail of one: `raw` are its cells as JSON, `amount` is below zero when it left."""

    raw: str
    amount: Decimal | None
    currency: str


@dataclass(frozen=True, slots=True)
class FeedFile:
    """A statement that may be taken: its rows in the order of the file, and what the bank's app keeps of it itself.

    Of a table, the `headings` as they are written, and what parts its cells: its rows that cannot be read have their
    own `cells` beside, for the file of errors.
    """

    checksum: str
    rows: Sequence[FeedRow]
    kept: Any
    file_name: str = ""
    currency: str = ""
    strategy: str = ""
    warnings: Sequence[str] = ()
    headings: Sequence[str] = ()
    delimiter: str = ","


@dataclass(frozen=True, slots=True)
class FeedFault:
    """Why a row is not booked."""

    row_no: int
    field: str
    code: str
    message: str


@dataclass(slots=True)
class FeedCheck:
    """What would become of a statement; `identified` is what new payments would come to, by currency."""

    new_rows: int = 0
    identified_rows: int = 0
    unmatched_rows: int = 0
    known_rows: int = 0
    money_out_rows: int = 0
    held_rows: int = 0
    identified: dict[str, Decimal] = field(default_factory=dict)
    faults: list[FeedFault] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class TakenBack:
    """What takes payments off the lines that they lie on: the last entry of each, and the changes along with them."""

    drafts: Sequence[EntryDraft]
    changes: Sequence[Change]


class BankFeed(Protocol):
    """What the app of the bank's word does with a feed.

    `read` refuses a file by UnreadableFile or InvalidInput. `receive` keeps the statement in the transaction that
    stores the batch. `process` does what is left of the batch and writes the rows' outcomes, each chunk in its own
    transaction; it may be called at any time and again after a crash. `cancel` gives up what nobody began to book.

    Undoing a batch takes back what the system said of its lines, which stay booked: `payments_of` are the payments
    that are voided by it; `undo_parts` takes back what is more than one payment; `take_back` says what takes the
    payments off their lines; `void_receipts` takes out what was received before there were statements.
    """

    def read(self, *, actor: Actor, upload: FeedUpload) -> FeedFile: ...

    def check(self, *, actor: Actor, feed: FeedFile) -> FeedCheck: ...

    def receive(self, *, actor: Actor, batch: PaymentBatch, feed: FeedFile, force: bool) -> None: ...

    def process(self, *, company_id: UUID, batch_id: UUID, progress: Callable[[int], Any]) -> None: ...

    def cancel(self, *, actor: Actor, batch: PaymentBatch) -> None: ...

    def places_of(
        self, *, company_id: UUID, payments: Sequence[UUID]
    ) -> Mapping[UUID, tuple[UUID, str, int]]: ...

    def payments_of(self, *, actor: Actor, batch: PaymentBatch) -> Sequence[UUID]: ...

    def refuse_undo(self, *, actor: Actor, batch: PaymentBatch) -> None: ...

    def undo_parts(
        self, *, actor: Actor, batch: PaymentBatch, reason: str, approval: Approval | None
    ) -> None: ...

    def take_back(
        self, *, actor: Actor, payments: Sequence[Payment], reason: str, operation_id: UUID
    ) -> TakenBack: ...

    def void_receipts(self, *, actor: Actor, batch: PaymentBatch, reason: str, operation_id: UUID) -> int: ...


_feeds: list[BankFeed] = []


def register_feed(feed: BankFeed) -> None:
    """The app of the bank's word registers what it does with a feed."""
    _feeds[:] = [feed]


def bank_feed() -> BankFeed:
    """What was registered."""
    (feed,) = _feeds
    return feed
