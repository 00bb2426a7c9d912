"""Pages of docs/ whose examples are run: how they are read, and what it means that an answer holds."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_NAME = re.compile(r"\$([A-Z]+)")


def value_at(document: Any, path: str) -> Any:
    """The value at a dotted path; a number is a place in a list."""
    for step in path.split("."):
        document = document[int(step) if step.isdigit() else step]
    return document


def assert_holds(found: Any, told: Any, where: str) -> None:
    """Everything that the page tells is in the answer; the answer may have more."""
    if isinstance(told, dict):
        for name, value in told.items():
            assert_holds(found[name], value, f"{where}.{name}")
    elif isinstance(told, list):
        assert len(found) == len(told), where
        for place, value in enumerate(told):
            assert_holds(found[place], value, f"{where}.{place}")
    else:
        assert found == told, f"{where}: {found} is not {told}"


def filled(text: str, names: Mapping[str, str]) -> str:
    """The text with what earlier answers were kept for."""
    return _NAME.sub(lambda found: names[found[1]], text)
