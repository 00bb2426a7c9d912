"""The hook by which a charge notifies whoever asked for it: an app registers the kind of thing that is paid.

The callbacks run in the transaction of the event, with the charge's row locked.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from batconnect.core.kernel.actors import Actor


@dataclass(frozen=True, slots=True)
class Settled:
    """The gateway has the money: `amount` may differ from what was asked. `is_late` after a reported failure."""

    amount: Decimal
    is_late: bool


@dataclass(frozen=True, slots=True)
class NotSettled:
    """The gateway will not get the money."""

    reason: str
    is_cancelled: bool


class Purpose(Protocol):
    """What an app does with its charges."""

    def on_sending(self, actor: Actor, subject_id: str) -> None:
        """The charge is about to be handed to the gateway."""
        ...

    def on_settled(self, actor: Actor, subject_id: str, settled: Settled) -> None:
        """The money came."""
        ...

    def on_failed(self, actor: Actor, subject_id: str, failed: NotSettled) -> None:
        """The money will not come."""
        ...


_purposes: dict[str, Purpose] = {}


def register(subject_type: str, purpose: Purpose) -> None:
    """Register a kind of thing that is paid through gateways, once, from an app's `ready()`."""
    assert subject_type not in _purposes, f"{subject_type} is registered already"
    _purposes[subject_type] = purpose


def purpose_of(subject_type: str) -> Purpose:
    """Who deals with charges of this kind."""
    return _purposes[subject_type]
