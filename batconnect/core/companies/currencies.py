"""The currencies that are offered: rows with fixed ids, there after every migrate. Only two-decimal ones."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID, uuid5

from django.db import router

from batconnect.core.models import Currency

_NAMESPACE: Final = UUID("6f6c1b0e-6d0a-5c0a-9a53-8a1d0c1f4b11")
OFFERED: Final = {
    "USD": "US dollar",
    "INR": "Indian rupee",
    "EUR": "Euro",
    "GBP": "Pound sterling",
    "CAD": "Canadian dollar",
}


def currency_id(code: str) -> UUID:
    """The id of a currency, the same in every installation."""
    return uuid5(_NAMESPACE, code)


def sync_currencies(sender: Any, using: str, **_: Any) -> None:
    """After migrate, as the owner: add what is missing, change nothing that is there."""
    if not router.allow_migrate_model(using, Currency):
        return
    Currency.objects.using(using).bulk_create(
        [Currency(id=currency_id(code), code=code, name=name) for code, name in OFFERED.items()],
        ignore_conflicts=True,
    )
