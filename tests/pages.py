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


def assert_holds(actual: Any, expected: Any, where: str) -> None:
    """Everything that the page tells is in the answer; the answer may have more."""
    if isinstance(expected, dict):
        for name, value in expected.items():
            assert_holds(actual[name], value, f"{where}.{name}")
    elif isinstance(expected, list):
        assert len(actual) == len(expected), where
        for place, value in enumerate(expected):
            assert_holds(actual[place], value, f"{where}.{place}")
    else:
        assert actual == expected, f"{where}: {actual} is not {expected}"


def filled(text: str, names: Mapping[str, str]) -> str:
    """The text with what earlier answers were kept for."""
    return _NAME.sub(lambda match: names[match[1]], text)
