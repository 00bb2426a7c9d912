"""Whose money lines are, measured on generated statements whose truth is known: docs/matching.md has the table."""

from __future__ import annotations

import random
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from benchmarks.results import Section

LINES: Final = 5_000
SEEDS: Final = (1, 4, 5)
CHUNK: Final = 500
TITLE: Final = "Whose money a line is"
NOTE: Final = (
    f"{LINES:,} lines of each seed over 2,400 customers (docs/matching.md says how they are made). *By itself*: what "
    "`decide_parts` would explain without a person; *among the first three*: of lines that are somebody's, or "
    "something that the system knows. Lines of seeds below 4 were looked at while the rules were written, those of the "
    "others only measured."
)


@dataclass(slots=True)
class Count:
    """How lines of one kind came out."""

    lines: int = 0
    right: int = 0
    wrong: int = 0
    known: int = 0
    in_three: int = 0


@dataclass(slots=True)
class Outcome:
    """A seed's figures, by kind of line, and the wrong ones."""

    seconds: float = 0.0
    kinds: dict[str, Count] = field(default_factory=dict)
    wrong: list[tuple[Any, Any]] = field(default_factory=list)
    missed: list[tuple[Any, Any]] = field(default_factory=list)

    def of(self, name: str) -> int:
        """A figure over all kinds."""
        return sum(getattr(each, name) for each in self.kinds.values())


def measure() -> Section:
    """Per seed: wrong by itself of 1,000, right by itself, the right one among the first three, and the seconds."""
    section = Section(TITLE, NOTE)
    for seed in SEEDS:
        outcome = run(seed)
        name = f"world {seed}"
        section.at_most(f"{name}: by itself and wrong, of 1,000 lines", _of(outcome, "wrong", 1000), 1)
        booked = outcome.of("right") + outcome.of("wrong")
        section.add(f"{name}: wrong, of 1,000 that were booked", f"{1000 * outcome.of('wrong') / booked:.2f}")
        section.at_least(f"{name}: right by itself, % of all lines", _of(outcome, "right", 100), 70)
        in_three = 100 * outcome.of("in_three") / outcome.of("known")
        section.at_least(f"{name}: among the first three, %", in_three, 95)
        section.add(f"{name}: seconds for all suggestions", f"{outcome.seconds:.1f}")
        if seed == SEEDS[0]:
            for kind, count in outcome.kinds.items():
                section.add(
                    f"{name}, {kind} ({count.lines}): by itself % · wrong · among three %",
                    f"{100 * count.right / count.lines:.0f} · {count.wrong} · "
                    f"{100 * count.in_three / count.known if count.known else 0:.0f}",
                )
    return section


def _of(outcome: Outcome, name: str, parts: int) -> float:
    return parts * outcome.of(name) / outcome.of("lines")


def run(seed: int) -> Outcome:
    """Make a world and its lines, ask for suggestions, take everything back."""
    from django.db import transaction

    from batconnect.core.database.tenancy import company_context
    from demo.companies import BIG_APPLE

    with company_context(BIG_APPLE, job="bench") as actor:
        outcome = _run(seed, actor)
        transaction.set_rollback(True)
    return outcome


def _run(seed: int, actor: Any) -> Outcome:
    from django.db import connection

    from bank.services.suggesting import suggest
    from benchmarks.matching_lines import Maker
    from benchmarks.matching_world import build

    dice = random.Random(seed)
    world = build(dice, actor, mark=str(seed))
    maker = Maker(dice, world)
    said = [maker.draw() for _ in range(LINES)]
    pairs = [(each, *_part(dice, actor, world, each)) for each in said]
    with connection.cursor() as cursor:
        cursor.execute("analyze")
    outcome = Outcome()
    began = time.perf_counter()
    found: dict[Any, Any] = {}
    for start in range(0, len(pairs), CHUNK):
        found.update(suggest(actor=actor, parts=[part for _, part, _ in pairs[start : start + CHUNK]]))
    outcome.seconds = time.perf_counter() - began
    for line, part, truth in pairs:
        _count(outcome, line, truth, found[part.id])
    return outcome


def _part(dice: random.Random, actor: Any, world: Any, said: Any) -> tuple[Any, Any]:
    """The part of such a line, not stored, and what it truly is: a kind with what it names."""
    from bank.models import LinePart
    from batconnect.core.kernel.ids import uuid7

    day = world.today - timedelta(days=dice.randrange(0, 4))
    part = LinePart(
        id=uuid7(),
        company_id=actor.company_id,
        direction=said.direction,
        amount=said.amount,
        currency="USD",
        method="bank_transfer",
        payment_date=day,
        payer_name=said.payer_name[:200],
        payer_account=said.payer_account,
        text=said.text[:1000],
        named=list(said.named),
        mark=said.mark,
    )
    return part, truth_of(actor, said, day)


def truth_of(actor: Any, said: Any, day: Any) -> Any:
    """What the line truly is; a payment that was known before it is recorded now."""
    from payments.models import Payment
    from payments.services.recording import record_payment

    if said.account_code:
        return ("account", said.account_code)
    if said.payer is None:
        return None
    if said.kind not in ("known payment", "return"):
        return ("payment", said.payer.id)
    payment = record_payment(
        actor=actor,
        customer_id=said.payer.id,
        amount=said.amount,
        method="check",
        payment_date=day - timedelta(days=said.days_before),
        reference_number=f"CHK-{said.check}",
    ).payment
    if said.kind == "known payment":
        return ("known_payment", payment.id)
    # It was at the bank before it came back.
    Payment.objects.filter(id=payment.id).update(at_bank_id=payment.id)
    return ("payment_return", payment.id)


def _count(outcome: Outcome, line: Any, truth: Any, suggestions: Any) -> None:
    count = outcome.kinds.setdefault(line.kind, Count())
    count.lines += 1
    booked = suggestions and suggestions[0].is_certain
    if booked:
        is_right = _is(suggestions[0], truth)
        count.right += is_right
        count.wrong += not is_right
        if not is_right:
            outcome.wrong.append((line, suggestions))
    if truth is not None:
        count.known += 1
        found = any(_is(each, truth) for each in suggestions[:3])
        count.in_three += found
        if not found:
            outcome.missed.append((line, suggestions))


def _is(suggestion: Any, truth: Any) -> bool:
    """Whether the suggestion says what is true."""
    if truth is None:
        return False
    kind, what = truth
    (piece,) = suggestion.pieces
    if kind == "payment":
        return piece.kind == "payment" and piece.customer_id == what
    if kind == "account":
        codes = {"charges": "bank_charges", "interest": "income:bank_interest"}
        return codes.get(piece.kind, piece.account_code) == what
    return piece.kind == kind and piece.payment_id == what


def kinds_missed(outcome: Outcome) -> Counter[str]:
    """Which kinds of lines had the right one not among the first three."""
    return Counter(line.kind for line, _ in outcome.missed)
