"""What the parts of a page read of its row, read once for all of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from django.db import models

Read = TypeVar("Read")


def once(row: models.Model, name: str, read: Callable[[], Read]) -> Read:
    """What `read` gives for the row, kept with it under the name. The row is one request's, and nothing is changed
    between the parts that ask."""
    key = f"_read_once_{name}"
    if key not in row.__dict__:
        row.__dict__[key] = read()
    kept: Read = row.__dict__[key]
    return kept
