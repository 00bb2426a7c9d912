"""The hook by which the ledger tells higher apps what happened to the obligations they raised.

Rule: docs/architecture.md#hooks.

An app registers its source types when it is loaded. The callbacks run in the transaction of the event.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from batconnect.core.kernel.actors import Actor
from batconnect.core.models import Approval


@dataclass(frozen=True, slots=True)
class Description:
    """What is behind an event, for `explain`: a text, the document's address, the case and the payment."""

    text: str
    url: str = ""
    case_no: str = ""
    payment_number: str = ""


Notify = Callable[[Actor, Sequence[str]], None]
Describe = Callable[[Actor, Sequence[str]], Mapping[str, Description]]


@dataclass(frozen=True, slots=True)
class Source:
    """What the app of a source type does: when its obligations are settled or reopened, to describe its ids, and
    to void the business event behind an entry (`void(actor=…, source_id=…, event=…, reason=…)`, which returns the
    request when a second person has to agree first).

    `owner` names the document that alone may undo its obligations ("loan", "repair", "renewal case").
    """

    on_settled: Notify | None = None
    on_reopened: Notify | None = None
    describe: Describe | None = None
    void: Callable[..., Approval | None] | None = None
    owner: str = ""


_sources: dict[str, Source] = {}


def register(
    source_type: str,
    *,
    on_settled: Notify | None = None,
    on_reopened: Notify | None = None,
    describe: Describe | None = None,
    void: Callable[..., Approval | None] | None = None,
    owner: str = "",
) -> None:
    """Register a source type, once, from an app's `ready()`."""
    assert source_type not in _sources, f"{source_type} is registered already"
    _sources[source_type] = Source(on_settled, on_reopened, describe, void, owner)


def source(source_type: str) -> Source:
    """What was registered for the type; an empty source if nothing was."""
    return _sources.get(source_type, Source())


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
