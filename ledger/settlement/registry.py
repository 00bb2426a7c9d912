"""The hook of payouts: the app that keeps payouts as rows of their own says what covers a DTR.

Rule: docs/architecture.md#hooks. It registers once, when it is ready.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from django.db import models

from batconnect.core.database.rows import Change
from batconnect.core.kernel.actors import Actor
from ledger.settlement.models import Dtr
from ledger.treasury.models import BankAccount


class Covering(Protocol):
    """What is written beside the posting of a payout, by the app that keeps payouts. The DTRs are locked."""

    def refuse_covered(self, *, actor: Actor, dtrs: Sequence[Dtr]) -> None:
        """Raise a Conflict (409) naming the DTRs that a batch has reserved."""

    def rows_by_hand(
        self, *, actor: Actor, dtrs: Sequence[Dtr], bank_account: BankAccount
    ) -> Sequence[Sequence[models.Model]]:
        """The rows of a batch by hand that pays these DTRs, which carry how and when, from the bank account."""

    def changes_of_return(self, *, actor: Actor, dtr: Dtr) -> Sequence[Change]:
        """The changes by which what covers the DTR came back."""


_registered: list[Covering] = []


def register_covering(covering: Covering) -> None:
    """Let payouts be kept by it; once."""
    assert not _registered, "payouts are kept by one app"
    _registered.append(covering)


def registered_covering() -> Covering:
    """Who keeps payouts."""
    return _registered[0]
