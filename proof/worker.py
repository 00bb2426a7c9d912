"""One client of the model: what it does next comes from its seed and from what has been acknowledged so far."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from proof.book import CENT, Customer
from proof.client import Answer, Client, Tokens, Unanswered
from proof.tally import Tally

CUT_SHARE: Final = 0.06
"""So many of the requests are hung up on, by the client itself."""


@dataclass(slots=True)
class World:
    """What all clients of a run share."""

    port: int
    tokens: Tokens
    tally: Tally
    seed: int
    company: str
    other_company: str
    today: date
    strange: Callable[[bytes, bytes], str]
    rows: Callable[[str], list[tuple[Any, ...]]]
    """What the database answers to a statement, of all companies."""
    manage: Callable[..., object]
    """Runs a management command of the installation."""

    def client(self, username: str, *, name: str, cut_share: float = 0.0, other: bool = False) -> Client:
        """A person's client; `name` makes its sequence of keys its own."""
        return Client(
            port=self.port,
            tokens=self.tokens,
            username=username,
            company=self.other_company if other else self.company,
            tally=self.tally,
            rng=random.Random(f"{self.seed}:{name}:{username}"),
            strange=(lambda content, asked: "") if other else self.strange,
            cut_share=cut_share,
        )


Operation = Callable[["Worker"], None]


class Worker:
    """Works on its own customers and drivers, so that it can predict every answer and every figure."""

    def __init__(self, world: World, name: str, operations: Sequence[tuple[int, Operation]]) -> None:
        self.world = world
        self.tally = world.tally
        self.name = name
        self.rng = random.Random(f"{world.seed}:{name}")
        self.manager = world.client("manager", name=name, cut_share=CUT_SHARE)
        self.controller = world.client("controller", name=name, cut_share=CUT_SHARE)
        self.cashier = world.client("cashier", name=name, cut_share=CUT_SHARE)
        self.gateway = world.client("", name=f"{name}-gateway")
        self.customers: list[Customer] = []
        self.kept: dict[str, Any] = {}
        """What a kind of operations remembers between them."""
        self._operations = operations
        self._references = 0

    def work(self, until: float) -> None:
        """One operation after the other."""
        weights = [weight for weight, _ in self._operations]
        while time.monotonic() < until:
            _, operation = self.rng.choices(self._operations, weights)[0]
            try:
                operation(self)
            except Unanswered as error:
                self.tally.find("unanswered", "lost", str(error))
                return
            except Exception as error:  # noqa: BLE001 - whatever it was, it was not predicted
                self.tally.find(operation.__name__, "wrong", f"{self.name}: {error!r} {_place(error)}")

    def reference(self) -> str:
        """One that nothing else has."""
        self._references += 1
        return f"PRF-{self.name}-{self._references:05d}"

    def amount(self, low: str, high: str) -> Decimal:
        """Some amount in whole cents."""
        return CENT * self.rng.randint(int(Decimal(low) / CENT), int(Decimal(high) / CENT))

    def day(self, first: int, last: int) -> date:
        """Some day, counted from today."""
        return self.world.today + timedelta(days=self.rng.randint(first, last))

    def is_so(self, row: str, what: str, got: Any, want: Any, *, column: str = "wrong") -> bool:
        """Count it when a figure is not what the rules say."""
        if got == want:
            return True
        self.tally.find(row, column, f"{self.name}: {what}: got {got}, and {want} is right")
        return False

    def is_done(self, row: str, answer: Answer, *, allowed: tuple[str, ...] = ()) -> bool:
        """Whether it was done, as it should be; a refusal is counted unless it may come from others' doing."""
        if answer.is_success:
            return True
        if answer.code not in allowed:
            self.tally.find(row, "wrong", f"{self.name}: refused: {answer}")
        return False

    def is_refused(self, row: str, answer: Answer, *statuses: int) -> bool:
        """Whether it was refused, as it should be."""
        return self.is_so(row, "refusal", answer.status in statuses, True) or self._say(row, answer)

    def _say(self, row: str, answer: Answer) -> bool:
        self.tally.find(row, "wrong", f"{self.name}: {answer}")
        return False


def figure(value: Any) -> Decimal:
    """An amount as the API writes it."""
    return Decimal(str(value)).quantize(CENT)


def _place(error: BaseException) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"({trace.tb_frame.f_code.co_name}:{trace.tb_lineno})" if trace is not None else ""
