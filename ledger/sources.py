"""The hook by which the ledger tells higher apps what happened to the obligations they raised.

Rule: docs/architecture.md#hooks.

An app registers its source types when it is loaded. The callbacks run in the transaction of the event.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from batconnect.core.kernel.actors import Actor
from batconnect.core.models import Approval


@dataclass(frozen=True, slots=True)
class Description:
    """What is behind an event, for `explain`: a text, the document's address, the case and the payment."""

    text: str
    url: str = ""
    case_no: str = ""
    payment_number: str = ""


# (actor, source id, what had been written off before, what is written off now) → (account code, amount) pairs
PassedOn = Callable[[Actor, str, Decimal, Decimal], Sequence[tuple[str, Decimal]]]
Notify = Callable[[Actor, Sequence[str]], None]
Describe = Callable[[Actor, Sequence[str]], Mapping[str, Description]]


@dataclass(frozen=True, slots=True)
class Advanced:
    """What had been credited when the money was advanced that an obligation asks back: a credit memo of the obligation
    debits this account in place of the one where advances stand that are not due yet. `limit` is how much of it there
    is to take back (None: all of it), `item_id` the item of an account that is made up of items.

    `document_id` is the document that had advanced it, which the memo's entries name as their operation. `final` says
    why what memos have debited stands for good, as it does once the document is over."""

    account: str
    item_id: UUID | None = None
    limit: Decimal | None = None
    document_id: UUID | None = None
    final: str = ""


AdvancedBy = Callable[[Actor, str], Advanced]
# (actor, source id) → why nothing of the obligation is credited any more, empty if it is
CreditEnded = Callable[[Actor, str], str]


@dataclass(frozen=True, slots=True)
class Source:
    """What the app of a source type does: when its obligations are settled or reopened, to describe its ids, and
    to void the business event behind an entry (`void(actor=…, source_id=…, event=…, reason=…)`, which returns the
    request when a second person has to agree first). `advanced` says what stands behind the principal of the
    obligation of an id; `credit_ended` why credit memos of the obligation of an id are refused.

    `owner` names the document that alone may undo its obligations ("loan", "repair", "renewal case"). `passed_on` says
    which parts of a write-off of such an obligation are not a loss: what would have been handed on to others.

    `given_table` is that of the documents which the source type is, where their principal is given to drivers: what
    their entries leave on disbursements payable is owed to those drivers, and to no workshop.
    """

    on_settled: Notify | None = None
    on_reopened: Notify | None = None
    describe: Describe | None = None
    void: Callable[..., Approval | None] | None = None
    owner: str = ""
    passed_on: PassedOn | None = None
    advanced: AdvancedBy | None = None
    credit_ended: CreditEnded | None = None
    given_table: str = ""


_sources: dict[str, Source] = {}


def register(
    source_type: str,
    *,
    on_settled: Notify | None = None,
    on_reopened: Notify | None = None,
    describe: Describe | None = None,
    void: Callable[..., Approval | None] | None = None,
    owner: str = "",
    passed_on: PassedOn | None = None,
    advanced: AdvancedBy | None = None,
    credit_ended: CreditEnded | None = None,
    given_table: str = "",
) -> None:
    """Register a source type, once, from an app's `ready()`."""
    assert source_type not in _sources, f"{source_type} is registered already"
    _sources[source_type] = Source(
        on_settled, on_reopened, describe, void, owner, passed_on, advanced, credit_ended, given_table
    )


def source(source_type: str) -> Source:
    """What was registered for the type; an empty source if nothing was."""
    return _sources.get(source_type, Source())


def given_documents() -> dict[str, str]:
    """The tables of documents whose principal is given to drivers, by source type."""
    return {code: each.given_table for code, each in sorted(_sources.items()) if each.given_table}


def notify(actor: Actor, *, settled: Sequence[tuple[str, str]], reopened: Sequence[tuple[str, str]]) -> None:
    """Tell each type's app which of its ids were settled and which reopened: (source type, source id) pairs."""
    for pairs, attribute in ((settled, "on_settled"), (reopened, "on_reopened")):
        by_type: dict[str, list[str]] = {}
        for source_type, source_id in pairs:
            by_type.setdefault(source_type, []).append(source_id)
        for source_type, ids in by_type.items():
            callback: Notify | None = getattr(source(source_type), attribute)
            if callback:
                callback(actor, ids)
