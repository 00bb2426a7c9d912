"""CAMT messages as a stream: header, entries and details one by one, of any namespace, without entities (ADR 59)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO, Final, Literal
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

from bank.readers import refusals
from bank.readers.interface import MAX_LINES, UnreadableStatement
from bank.readers.refusals import refuse, too_many_lines
from bank.readers.values import clean
from batconnect.core.files.uploads import ExpatError, ForbiddenXml, TooHeavy, XmlBounds, check_xml

STATEMENT: Final = "BkToCstmrStmt"
NOTIFICATION: Final = "BkToCstmrDbtCdtNtfctn"
_VERSION: Final = re.compile(r"V[0-9]{2}$", re.ASCII)
_BODIES: Final = {STATEMENT: "Stmt", NOTIFICATION: "Ntfctn"}
_ENTRY: Final = "Ntry"
_DETAIL: Final = "TxDtls"
_BOUNDS: Final = XmlBounds(elements=1_500_000, attributes=400_000, depth=40)
_MAX_HELD: Final = 20_000
_MAX_OF_AN_ENTRY: Final = 300_000
_MAX_PARTS: Final = 1_000
_OTHERS: Final = {
    "BkToCstmrAcctRpt": (
        refusals.NOT_FINAL,
        "This is a CAMT.052, an account report of the day that is not final: import the CAMT.053 statement.",
    ),
    NOTIFICATION: (
        refusals.DETAILS_ONLY,
        "This is a CAMT.054, the details of a CAMT.053: import the statement.",
    ),
    STATEMENT: (refusals.WRONG_FILE, "This is a CAMT.053 statement, not the CAMT.054 with its details."),
    "CstmrCdtTrfInitn": (
        refusals.WRONG_FILE,
        "This is a pain.001, payments sent to the bank, not a statement.",
    ),
    "CstmrPmtStsRpt": (
        refusals.WRONG_FILE,
        "This is a pain.002, what became of payments sent, not a statement.",
    ),
    "CstmrDrctDbtInitn": (
        refusals.WRONG_FILE,
        "This is a pain.008, debits sent to the bank, not a statement.",
    ),
}


@dataclass(slots=True)
class Head:
    """What a message says beside its entries: the parts of its group header and of the statement, in order."""

    group: list[Element] = field(default_factory=list)
    parts: list[Element] = field(default_factory=list)


Event = tuple[Literal["entry", "end"], Head, Element | None, list[Element]]


def check_weight(file: IO[bytes]) -> None:
    """Refuse XML that is heavier than 10,000 entries make it, before anything is made of it.

    Raises UnreadableStatement.
    """
    file.seek(0)
    try:
        check_xml(file, _BOUNDS)
    except TooHeavy as error:
        raise refuse(refusals.TOO_HEAVY, str(error)) from error
    except ForbiddenXml as error:
        raise _forbidden() from error
    except (ExpatError, LookupError, ValueError) as error:
        raise _unreadable(error) from error


def read_events(file: IO[bytes], message: str) -> Iterator[Event]:
    """The message as events: `entry` with its details taken out of it, `end` of a statement.

    What is read of a statement so far is in `Head`; an element is dropped once it was handed out. Raises
    UnreadableStatement for another message, a document type, and XML that does not end well.
    """
    check_weight(file)
    file.seek(0)
    stream = _Stream(message)
    try:
        for event, element in iterparse(file, events=("start", "end"), forbid_dtd=True):
            if event == "start":
                stream.begin(element)
            elif (found := stream.end(element)) is not None:
                yield found
    except DefusedXmlException as error:
        raise _forbidden() from error
    except UnreadableStatement:
        raise
    except (ParseError, ValueError, LookupError) as error:
        raise _unreadable(error) from error
    if stream.base is None:
        raise refuse(refusals.WRONG_FILE, f"The XML holds {stream.root[:60]!r}, not a CAMT.053 statement.")


class _Stream:
    """Where in the message the reading is, and what is held of it. Elements lose their namespace when they begin."""

    def __init__(self, message: str) -> None:
        self.message = message
        self.path: list[Element] = []
        self.base: int | None = None
        self.root = ""
        self._head = Head()
        self._details: list[Element] = []
        self._held = 0
        self._of_entry = 0
        self._detail_from = 0

    def begin(self, element: Element) -> None:
        """An element begins."""
        name = element.tag = _plain(str(element.tag))
        self.path.append(element)
        self.root = self.root or name
        self._held += 1
        if self._held > _MAX_HELD:
            raise refuse(refusals.TOO_HEAVY, f"One entry holds more than {_MAX_HELD:,} elements.")
        if self.base is None:
            if name == self.message:
                self.base = len(self.path)
            elif name in _OTHERS:
                raise refuse(*_OTHERS[name])
            return
        depth = len(self.path) - self.base
        if depth == 1 and name == _BODIES[self.message]:
            self._head = Head(group=self._head.group)
        elif name == _DETAIL:
            self._detail_from = self._held

    def end(self, element: Element) -> Event | None:
        """An element ends; an event when it was an entry or a statement."""
        self.path.pop()
        name = element.tag
        if self.base is None:
            return None
        depth = len(self.path) + 1 - self.base
        found: Event | None = None
        if depth == 1:
            if name == _BODIES[self.message]:
                found = ("end", self._head, None, [])
            elif name == "GrpHdr":
                self._head.group = list(element)
        elif depth == 2 and self.path[-1].tag == _BODIES[self.message]:
            if name == _ENTRY:
                found = ("entry", self._head, element, self._details)
                self._details = []
                self._of_entry = 0
            else:
                self._head.parts.append(element)
                if len(self._head.parts) > _MAX_PARTS:
                    raise refuse(refusals.TOO_HEAVY, f"The statement has more than {_MAX_PARTS:,} parts.")
        elif name == _DETAIL and depth == 4:
            self._details.append(element)
            self.path[-1].remove(element)
            self._of_entry += self._held - self._detail_from
            self._held = self._detail_from
            if len(self._details) > MAX_LINES:
                raise too_many_lines()
            if self._of_entry > _MAX_OF_AN_ENTRY:
                raise refuse(refusals.TOO_HEAVY, f"One entry holds more than {_MAX_OF_AN_ENTRY:,} elements.")
            return None
        if depth <= 1 or (depth == 2 and self.path[-1].tag == _BODIES[self.message]):
            if self.path:
                self.path[-1].clear()
            self._held = 0
        return found


def _plain(tag: str) -> str:
    """A name without its namespace, and without the version that the first messages have behind theirs."""
    return _VERSION.sub("", tag.rpartition("}")[2])


def each_of(element: Element | None, name: str) -> list[Element]:
    """The children of that name."""
    return [] if element is None else element.findall(name)


def one_of(element: Element | None, *names: str) -> Element | None:
    """The first element down that path, None where there is none."""
    for name in names:
        if element is None:
            return None
        element = element.find(name)
    return element


def text_of(element: Element | None, *names: str) -> str:
    """The text of the first element down that path, cleaned; "" where there is none."""
    return clean(raw_of(element, *names))


def raw_of(element: Element | None, *names: str) -> str:
    """The text of the first element down that path as it stands."""
    child = one_of(element, *names)
    return (child.text or "") if child is not None else ""


def _forbidden() -> UnreadableStatement:
    return refuse(refusals.XML_FORBIDDEN, "The XML declares a document type or entities, so it is refused.")


def _unreadable(error: Exception) -> UnreadableStatement:
    return refuse(refusals.BAD_XML, f"The XML cannot be read: {str(error)[:150]}.")
