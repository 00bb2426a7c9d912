"""What we expect of a payment gateway: it takes a charge, and can be asked what became of it; and how it is declared.

Results come as signed events; what a gateway answers when a charge is handed over only says that it was taken.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Protocol
from uuid import UUID


class Result(StrEnum):
    """What a gateway says of a charge. `UNKNOWN`: it never heard of it."""

    PROCESSING = "processing"
    SETTLED = "settled"
    FAILED = "failed"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Instruction:
    """A charge as it is handed to a gateway. `key` is our idempotency key: the same forever, whoever repeats."""

    key: UUID
    endpoint_id: UUID
    reference: str
    method: str
    amount: Decimal
    currency: str
    url: str
    secret: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a gateway says of a charge: `amount` is what was settled, `reason` why it failed."""

    result: Result
    amount: Decimal | None = None
    reason: str = ""
    gateway_reference: str = ""


@dataclass(frozen=True, slots=True)
class Taken:
    """The answer to a charge that was handed over; `event` is the raw body of one that came along with it."""

    outcome: Outcome
    event: bytes | None = None


class Unclear(Exception):
    """Nobody knows whether the gateway has the charge: it did not answer, or not in a way that says so."""


class Gateway(Protocol):
    """A gateway; both calls go over the network, so never inside a transaction."""

    def create(self, instruction: Instruction) -> Taken:
        """Hand the charge over. Raises Unclear."""
        ...

    def look_up(self, instruction: Instruction) -> Outcome:
        """Ask what became of the charge with this key. Raises Unclear."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayKind:
    """A gateway as its module declares it; everything else reads this from `kinds.GATEWAYS`.

    `moves_money`: False settles without money, so that it serves only where `GATEWAY_SANDBOX` is on, and nobody
    connects it. `needs_url`: an administrator gives its address, https on a host of `GATEWAY_HOSTS`. `own_secrets`:
    how the secrets follow from the endpoint's id; without it they are set as `GATEWAY_SECRET_{endpoint id}`.
    """

    code: str
    label: str
    client: Gateway
    moves_money: bool = True
    needs_url: bool = True
    own_secrets: Callable[[UUID], list[bytes]] | None = None
