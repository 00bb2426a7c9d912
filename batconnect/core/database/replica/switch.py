"""How a thread reads from the replica: its connection stands in the place of `default`.

So the view, its transaction and the company's context all run there, whatever they are written with.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connections


def reads_from_replica() -> bool:
    """Whether this thread reads from the replica now."""
    return bool(getattr(connections["default"], "is_replica", False))


def enter_replica() -> None:
    """From here on, until `leave_replica`, this thread reads from the replica."""
    primary = connections["default"]
    assert not primary.in_atomic_block, "a transaction ends where it began"
    replica: Any = connections["replica"]
    replica.primary, replica.serves_request, replica.failed = primary, True, ""
    connections["default"] = replica


def leave_replica() -> str:
    """Back to the primary; nothing happens to a thread that is there. Returns why the replica failed, empty when it
    did not; its connection is closed then."""
    replica: Any = connections["default"]
    if not getattr(replica, "is_replica", False):
        return ""
    connections["default"] = replica.primary
    replica.primary, replica.serves_request = None, False
    failed: str = replica.failed
    if failed:
        replica.in_atomic_block = False
        replica.close()
    return failed


@contextmanager
def on_primary() -> Iterator[None]:
    """Inside, this thread is on the primary, where a transaction of its own may write."""
    replica: Any = connections["default"]
    if not getattr(replica, "is_replica", False):
        yield
        return
    connections["default"] = replica.primary
    try:
        yield
    finally:
        connections["default"] = replica
