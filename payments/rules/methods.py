"""Payment methods as people write them (docs/domain.md#payments)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from ledger.chart import METHODS

# What an interim payment may be made with, in the order that the screens list them.
INTERIM_METHODS: Final = ("cash", "check", "ach")
_WITH_REFERENCE: Final = frozenset(METHODS) - {"cash"}
_SEPARATORS: Final = re.compile(r"[\s_-]+")


class UnknownMethod(ValueError):
    """The text names no accepted method; the message lists them."""


def _folded(text: str) -> str:
    return _SEPARATORS.sub("_", text.strip().casefold())


_SPELLINGS: Final = {
    **{_folded(code): code for code in METHODS},
    **{_folded(label): code for code, label in METHODS.items()},
    "cheque": "check",
}


def parse_method(text: str, *, allowed: Iterable[str] | None = None) -> str:
    """The method's code from its code or label, any case; `cheque` is `check`.

    Raises UnknownMethod, naming the allowed ones, for anything else.
    """
    listed = list(METHODS if allowed is None else allowed)
    code = _SPELLINGS.get(_folded(text))
    if code not in listed:
        names = ", ".join(METHODS[each] for each in listed)
        raise UnknownMethod(f"{text[:40]!r} is not accepted; choose one of {names}.")
    return code


def method_label(code: str) -> str:
    """The method as screens and receipts print it: `ACH`, `Bank transfer`."""
    return METHODS.get(code, code)


def takes_reference(code: str) -> bool:
    """Whether the method carries a reference number: every one but cash."""
    return code in _WITH_REFERENCE


def method_rows() -> list[dict[str, str]]:
    """Every method with its label, as `GET /api/reference` lists them."""
    return [{"code": code, "label": label} for code, label in METHODS.items()]
