"""OFX as records: SGML without closing tags and XML alike, in one pass and to no depth (ADR 59).

ofxtools takes an empty value without a closing tag for an aggregate and hangs what follows below it, and knows no
self-closing tag; so tags are read here.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from bank.readers import refusals
from bank.readers.refusals import refuse
from bank.readers.values import clean

_TOKEN: Final = re.compile(
    r"<(?P<close>/?)(?P<name>[A-Za-z][A-Za-z0-9._]{0,40})(?P<rest>[^<>]{0,200})>(?P<text>[^<]*)", re.ASCII
)
_CDATA: Final = "<![CDATA["
_AGGREGATES: Final = frozenset(
    (
        *(
            "OFX",
            "BANKMSGSRSV1",
            "STMTTRNRS",
            "STMTRS",
            "BANKTRANLIST",
            "BANKTRANLISTP",
            "STMTTRN",
            "STMTTRNP",
        ),
        *(
            "LEDGERBAL",
            "AVAILBAL",
            "BALLIST",
            "BAL",
            "BANKACCTFROM",
            "BANKACCTTO",
            "CCACCTTO",
            "PAYEE",
            "STATUS",
        ),
        *("CURRENCY", "ORIGCURRENCY", "SIGNONMSGSRSV1", "SONRS", "FI", "CREDITCARDMSGSRSV1", "CCSTMTTRNRS"),
        *(
            "CCSTMTRS",
            "CCACCTFROM",
            "INVSTMTMSGSRSV1",
            "INVSTMTTRNRS",
            "INVSTMTRS",
            "STMTENDRS",
            "LOANMSGSRSV1",
        ),
        *("EXTDPAYEE", "EXTDNAME", "IMAGEDATA", "BANKMSGSRSV2", "STMTTRNRQ", "STMTRQ"),
    )
)
_MAX_DEPTH: Final = 40
_MAX_TAGS: Final = 500_000
_MAX_VALUES: Final = 200


@dataclass(slots=True)
class Aggregate:
    """An aggregate that ended: its name, the aggregates around it, its own values and the aggregates in it that are
    values of it (payee, currency)."""

    name: str
    within: tuple[str, ...]
    values: dict[str, str] = field(default_factory=dict)
    inner: dict[str, dict[str, str]] = field(default_factory=dict)


def read_aggregates(text: str) -> Iterator[Aggregate]:
    """Every aggregate when it ends, an inner one before the outer. Raises UnreadableStatement above a limit."""
    open_ones: list[Aggregate] = []
    for count, token in enumerate(_TOKEN.finditer(_without_cdata(text))):
        if count > _MAX_TAGS:
            raise refuse(refusals.TOO_HEAVY, f"The OFX file has more than {_MAX_TAGS:,} tags.")
        name = token["name"].upper()
        value = html.unescape(token["text"]).strip()
        if token["close"]:
            yield from _close(open_ones, name)
        elif token["rest"].rstrip().endswith("/"):
            yield Aggregate(name, tuple(each.name for each in open_ones))
        elif name in _AGGREGATES or (name.endswith(("MSGSRSV1", "MSGSRSV2")) and not value):
            if len(open_ones) >= _MAX_DEPTH:
                raise refuse(
                    refusals.TOO_HEAVY, f"The OFX file is nested more than {_MAX_DEPTH} levels deep."
                )
            open_ones.append(Aggregate(name, tuple(each.name for each in open_ones)))
        else:
            if open_ones and value:
                _keep(open_ones[-1], name, value)
    while open_ones:
        yield from _close(open_ones, open_ones[-1].name)


def _without_cdata(text: str) -> str:
    """The text with what stands in CDATA sections escaped; what follows one that never ends is left out."""
    before, *sections = text.split(_CDATA)
    parts = [before]
    for section in sections:
        inside, end, rest = section.partition("]]>")
        if not end:
            break
        parts += [html.escape(inside, quote=False), rest]
    return "".join(parts)


def _keep(aggregate: Aggregate, name: str, value: str) -> None:
    if len(aggregate.values) < _MAX_VALUES:
        aggregate.values.setdefault(name, clean(value))


def _close(open_ones: list[Aggregate], name: str) -> Iterator[Aggregate]:
    """End an aggregate, and those in it that were left open; a value's closing tag ends nothing."""
    if not any(each.name == name for each in open_ones):
        return
    while open_ones:
        ended = open_ones.pop()
        if open_ones:
            open_ones[-1].inner.setdefault(ended.name, ended.values)
        yield ended
        if ended.name == name:
            return
