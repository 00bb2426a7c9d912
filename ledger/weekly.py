"""The hook of the weekly run: what is done on a company's Sunday, in which order; the DTRs come last.

Rule: docs/architecture.md#hooks.

Every app that posts something weekly registers a step. The app that keeps customers' cash says how the
unallocated cash of interim payments is locked and used, which the DTR job does in the transaction of each chunk.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time
from decimal import Decimal
from typing import Any, Final, Protocol
from uuid import UUID

from django.db import models

from batconnect.core.database.rows import Change
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.ids import uuid7
from ledger.postings import EntryDraft

LEASE_FEES: Final = "lease_fees"
DTR: Final = "dtr"
# Where beat keeps the Sunday; companies elsewhere are caught up after their own slot.
TIME_ZONE: Final = "America/New_York"
# The DTRs come last on the company's Sunday (docs/domain.md#settlement).
DTR_SLOT: Final = time(5, 0)
WEEKLY_RUN: Final = "weekly_run"
"""The run as a whole, as companies time it for themselves (docs/domain.md#schedules)."""

Progress = Callable[[int], Any]


class Run(Protocol):
    """Does a step's work for everything due up to the Sunday; repeatable, in chunks with their own transactions.

    `progress` is told how many each chunk did; the return value is kept as the run's figures.
    """

    def __call__(self, *, actor: Actor, sunday: date, progress: Progress) -> Mapping[str, Any]: ...


@dataclass(frozen=True, slots=True)
class Step:
    """One job of the Sunday; `order` among the others, `slot` its company-local time, `label` for people."""

    name: str
    order: int
    run: Run
    slot: time
    label: str


@dataclass(frozen=True, slots=True)
class HeldCash:
    """What is left of a customer's payment for a lease, or for none, locked. Oldest payments come first."""

    payment_id: UUID
    lease_id: int | None
    customer_id: UUID
    currency: str
    unallocated: Decimal


@dataclass(frozen=True, slots=True)
class CashUse:
    """A part of held cash that settles a part of an obligation, on the obligation's lease; `outstanding` is what was
    owed just before, and `entry_id` the entry that it becomes."""

    held: HeldCash
    obligation_id: UUID
    lease_id: int
    category: str
    amount: Decimal
    outstanding: Decimal
    decision: Mapping[str, Any]
    effective_on: date
    entry_id: UUID = field(default_factory=uuid7)


@dataclass(slots=True)
class CashWritten:
    """What using cash or credits writes: entries (with the uses' `entry_id`), own rows, and updates."""

    drafts: list[EntryDraft] = field(default_factory=list)
    rows: list[Sequence[models.Model]] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class HeldCredit:
    """What is left of a customer's credit memo for a lease, locked. Oldest memos come first."""

    memo_id: UUID
    lease_id: int
    customer_id: UUID
    currency: str
    left: Decimal


@dataclass(frozen=True, slots=True)
class CreditUse:
    """A part of a credit that settles a part of an obligation, on the obligation's lease, which is another than the
    credit's where a company nets; `outstanding` is what was owed just before, and `entry_id` the entry that it
    becomes."""

    held: HeldCredit
    obligation_id: UUID
    lease_id: int
    category: str
    amount: Decimal
    outstanding: Decimal
    decision: Mapping[str, Any]
    effective_on: date
    entry_id: UUID = field(default_factory=uuid7)


@dataclass(frozen=True, slots=True)
class CreditPaid:
    """What is left of a credit when nothing is carried forward: it becomes earnings payable of the DTR."""

    held: HeldCredit
    amount: Decimal
    dtr_id: UUID
    dtr_number: str
    effective_on: date
    entry_id: UUID = field(default_factory=uuid7)


class CreditSource(Protocol):
    """The app that keeps customers' credits."""

    def pairs(self, *, actor: Actor, until: date) -> list[tuple[int, UUID]]:
        """The (lease, customer) pairs that have something left of memos effective through `until`; one statement."""
        ...

    def lock(
        self, *, actor: Actor, lease_ids: Sequence[int], customer_ids: Sequence[UUID], until: date
    ) -> list[HeldCredit]:
        """What is left of these (lease, customer) pairs' credit memos that are effective through `until`; locked in one
        statement, oldest first."""
        ...

    def write(self, *, actor: Actor, uses: Sequence[CreditUse], paid: Sequence[CreditPaid]) -> CashWritten:
        """What to write for what is used and paid; touches no database."""
        ...


class CashSource(Protocol):
    """The app that keeps customers' cash."""

    def lock(
        self, *, actor: Actor, lease_ids: Sequence[int], customer_ids: Sequence[UUID], until: date
    ) -> list[HeldCash]:
        """The unallocated cash of payments dated through `until` for these (lease, customer) pairs, and of those
        customers' payments for no lease; locked in one statement, oldest first."""
        ...

    def write(self, *, actor: Actor, uses: Sequence[CashUse]) -> CashWritten:
        """What to write for the uses; touches no database."""
        ...


_steps: dict[str, Step] = {}
_cash: list[CashSource] = []
_credits: list[CreditSource] = []


def register(step: str, order: int, run: Run, *, slot: time, label: str) -> None:
    """Register a step, once, from an app's `ready()`, with its turn among the others and on the Sunday."""
    assert step not in _steps, f"the step {step} is registered already"
    _steps[step] = Step(step, order, run, slot, label)


def register_cash(source: CashSource) -> None:
    """Register the one app that keeps customers' cash, from its `ready()`."""
    assert not _cash, "one app keeps the cash"
    _cash.append(source)


def register_credits(source: CreditSource) -> None:
    """Register the one app that keeps customers' credits, from its `ready()`."""
    assert not _credits, "one app keeps the credits"
    _credits.append(source)


def steps() -> list[Step]:
    """Every registered step, in order; the DTRs last."""
    return sorted(_steps.values(), key=lambda step: step.order)


def labels() -> dict[str, str]:
    """The label of each job of the Sunday, in order."""
    return {step.name: step.label for step in steps()}


def step(name: str) -> Step:
    """The registered step. Raises KeyError."""
    return _steps[name]


def cash_source() -> CashSource | None:
    """The app that keeps the cash; None where there is none."""
    return _cash[0] if _cash else None


def credit_source() -> CreditSource | None:
    """The app that keeps the credits; None where there is none."""
    return _credits[0] if _credits else None
