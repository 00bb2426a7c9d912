"""What `GET /api/reference` lists: every app registers its own lists with labels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from batconnect.core.models import Currency

Rows = Sequence[dict[str, Any]]
_lists: dict[str, Callable[[], Rows]] = {}


def register(name: str, rows: Callable[[], Rows]) -> None:
    """Add a list (`payment_methods`) of `{code, label, …}`; call it in `AppConfig.ready`. One app per name."""
    known = _lists.setdefault(name, rows)
    if known is not rows:
        raise ValueError(f"The reference list {name} is registered twice.")


def reference_lists() -> dict[str, Rows]:
    """Every registered list by name, and the currencies."""
    return {"currencies": currencies(), **{name: rows() for name, rows in sorted(_lists.items())}}


def currencies() -> list[dict[str, Any]]:
    """The currencies on offer: id, code, name, decimals."""
    return [dict(row) for row in Currency.objects.order_by("code").values("id", "code", "name", "decimals")]
