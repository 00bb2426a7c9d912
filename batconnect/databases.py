"""The databases that the settings name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ImproperlyConfigured


def replica_of(primary: Mapping[str, Any], address: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of the replica at `address`, as DATABASE_REPLICA_URL has it, beside those of the primary.

    Raises ImproperlyConfigured for another role or database than the primary's: the replica has the same ones, and
    that this role is under row-level security is what the start makes sure of.
    """
    for name, word in (("USER", "role"), ("NAME", "database")):
        if address.get(name) != primary[name]:
            raise ImproperlyConfigured(
                f"DATABASE_REPLICA_URL names the {word} {address.get(name)!r} and DATABASE_URL {primary[name]!r}: "
                "a replica is read as the same role, in the same database."
            )
    return {
        **primary,
        **address,
        "ENGINE": "batconnect.core.database.replica",
        "ATOMIC_REQUESTS": False,
        "OPTIONS": {
            # A machine that is gone must not hold a request for long: it is asked of the primary then.
            "connect_timeout": 2,
            "tcp_user_timeout": 5_000,
            **primary["OPTIONS"],
            "target_session_attrs": "any",
            **address.get("OPTIONS", {}),
        },
    }
