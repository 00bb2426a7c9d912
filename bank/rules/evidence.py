"""Whose money a line is: what speaks for each customer, and whether that is enough (docs/domain.md#matching).

Certain is one exact identifier that belongs to one customer only, or two independent kinds of weaker evidence, with
enough points; and never when something else points to another customer.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, NamedTuple
from uuid import UUID

MAX_SUGGESTIONS: Final = 5


class Kind(StrEnum):
    """Kinds of evidence; two of different kinds are independent."""

    NUMBER = "number"
    """A number or reference in the text, or in the structured remittance."""
    NAME = "name"
    ACCOUNT = "account"
    LEARNED = "learned"
    """A name or words that a person said are this customer's."""
    VEHICLE = "vehicle"
    """The medallion or plate of a lease."""
    AMOUNT = "amount"


EXACT: Final = 100
"""An identifier that belongs to one customer only."""
CUT: Final = 60
"""A number that may be the beginning of a longer one."""
BARE: Final = 50
"""A number without a letter or a label, a piece of a longer word, or one that several customers share."""
PARTIAL: Final = 40
"""The beginning or end of the number of something open."""
LEARNED: Final = 60
SHARED_ACCOUNT: Final = 30
"""An account, or a name, that several customers were paid for from."""
NAMESAKE: Final = 40
"""The exact name of several customers: what one of them happens to owe does not tell them apart."""
SHORT_NAME: Final = 80
"""The exact name of one customer, where another has a longer one with the same words."""
LIKE_NAME: Final = 50
PART_OF_NAME: Final = 40
SHARED_LIKENESS: Final = 30
WORD_OF_NAME: Final = 25
"""A word of the text that few customers are called."""
LEAST_NAME: Final = 15
VEHICLE: Final = 50
SHARED_VEHICLE: Final = 30
AMOUNT_ALONE: Final = 25
"""The amount of something open, where nothing else speaks for the customer yet."""
# By how much the best must be ahead of any other that something besides the amount speaks for.
_AHEAD: Final = 30


class Evidence(NamedTuple):
    """One thing that speaks for a customer, in words. An exact one is enough by itself; `among` are the customers that
    it leaves, so that it contradicts every other: none where it contradicts nobody. `items` are the open items that it
    names."""

    kind: Kind
    points: int
    words: str
    is_exact: bool = False
    among: frozenset[UUID] = frozenset()
    items: tuple[UUID, ...] = ()
    rule_id: UUID | None = None


@dataclass(slots=True)
class Claim:
    """A customer, and all that speaks for the money being theirs."""

    customer_id: UUID
    evidence: list[Evidence] = field(default_factory=list)

    @property
    def strongest(self) -> dict[Kind, Evidence]:
        """The strongest of each kind: two numbers of one customer say no more than one."""
        best: dict[Kind, Evidence] = {}
        for each in self.evidence:
            if each.kind not in best or each.points > best[each.kind].points:
                best[each.kind] = each
        return best

    @property
    def points(self) -> int:
        """The sum of the strongest of each kind."""
        return sum(each.points for each in self.strongest.values())

    @property
    def named(self) -> tuple[UUID, ...]:
        """The open items that a number names."""
        return tuple(
            dict.fromkeys(item for each in self.evidence if each.kind is Kind.NUMBER for item in each.items)
        )


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is said of a customer: points, reasons (the strongest first), and what speaks against it.

    `may_spread`: there is enough to apply the money to other items than the named ones.
    """

    customer_id: UUID
    points: int
    because: tuple[str, ...]
    is_certain: bool
    contradicts: str
    named: tuple[UUID, ...]
    may_spread: bool
    rule_id: UUID | None


def judge(claims: Iterable[Claim], *, book_at: int, suggest_at: int) -> list[Verdict]:
    """Customers with enough for a suggestion, best first, at most MAX_SUGGESTIONS; only the first may be certain."""
    ranked = sorted(claims, key=lambda each: (-each.points, str(each.customer_id)))
    pointing = {by for each in ranked for by in each.evidence if by.among}
    verdicts = []
    for place, claim in enumerate(ranked[:MAX_SUGGESTIONS]):
        if claim.points < suggest_at:
            break
        others = [each for each in pointing if claim.customer_id not in each.among]
        certain = (
            place == 0 and not others and _is_enough(claim, book_at) and _is_ahead(claim, ranked[1:], book_at)
        )
        best = claim.strongest
        rule = next((each.rule_id for each in best.values() if each.rule_id), None)
        verdicts.append(
            Verdict(
                customer_id=claim.customer_id,
                points=claim.points,
                because=_reasons(claim),
                is_certain=certain,
                contradicts=_against(others),
                named=claim.named,
                may_spread=len(best) > 1 or not claim.named,
                rule_id=rule,
            )
        )
    return verdicts


def _is_enough(claim: Claim, book_at: int) -> bool:
    best = claim.strongest
    return claim.points >= book_at and (any(each.is_exact for each in best.values()) or len(best) > 1)


def _is_ahead(claim: Claim, others: Sequence[Claim], book_at: int) -> bool:
    """No other would be enough too, or comes near by more than its amount."""
    return not any(
        _is_enough(each, book_at) or claim.points - each.points < _AHEAD
        for each in others
        if set(each.strongest) - {Kind.AMOUNT}
    )


def _reasons(claim: Claim) -> tuple[str, ...]:
    ordered = sorted(claim.evidence, key=lambda each: -each.points)
    return tuple(dict.fromkeys(each.words for each in ordered))


def _against(others: Sequence[Evidence]) -> str:
    """The words of what points to somebody else."""
    if not others:
        return ""
    strongest = sorted(others, key=lambda each: (-each.points, each.words))
    return "Something else points to another customer: " + "; ".join(
        dict.fromkeys(each.words for each in strongest)
    )
