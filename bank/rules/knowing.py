"""Which lines of a statement are new, known, or for a person to decide (docs/domain.md#identity-of-a-line)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final
from uuid import UUID

from bank.rules.identity import Alike

_MARKED: Final = frozenset({"reversal", "return", "charge"})
REUSED: Final = "The bank's reference {reference} stands on another line: {told}."
TWICE: Final = "The statement says the bank's reference {reference} twice, with the same values."
WITHDRAWN: Final = "The bank withdrew this line before, by a correction."
LIKELY: Final = "A file of another format has a line alike: {told}."


@dataclass(frozen=True, slots=True)
class NewLine:
    """A line of the statement that is looked at."""

    id: UUID
    kind: str
    booked_on: date
    amount: Decimal
    direction: str
    reference: str
    mark: str
    identity: str
    occurrence: int

    @property
    def alike(self) -> Alike:
        """What a file of another format would say of it as well."""
        return (self.booked_on, self.amount, self.direction)

    @property
    def signed(self) -> Decimal:
        """The amount as the balance feels it."""
        return self.amount if self.direction == "in" else -self.amount


@dataclass(frozen=True, slots=True)
class StoredLine:
    """A line that the account has already; `root` is the line that it repeats, or itself."""

    id: UUID
    root: UUID
    state: str
    booked_on: date
    amount: Decimal
    direction: str
    reference: str
    mark: str

    @property
    def told(self) -> str:
        """The line in words."""
        return f"{self.amount:,.2f} {self.direction} on {self.booked_on}"


@dataclass(frozen=True, slots=True)
class Stored:
    """What the account has of the statement's lines: by identity, by reference, and by what other formats say alike, as
    many times as no line of this format stands for it yet."""

    by_identity: Mapping[str, StoredLine]
    by_reference: Mapping[str, Sequence[StoredLine]]
    by_alike: Mapping[Alike, Sequence[StoredLine]]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of a line: its state, the line it is or may be, and why it is held. `is_likely`: held because it is
    likely known."""

    line: NewLine
    state: str
    same_as: UUID | None = None
    note: str = ""
    is_likely: bool = False


def judge(
    lines: Sequence[NewLine], stored: Stored, *, today: date, both_counted: bool = False
) -> list[Verdict]:
    """What becomes of each line, in the order of the statement.

    `both_counted` says that the statement's own balances count lines with the same reference and values each.
    """
    repeated = {
        stored.by_identity[each.identity].root for each in lines if each.identity in stored.by_identity
    }
    free = {
        alike: [each for each in rows if each.root not in repeated] for alike, rows in stored.by_alike.items()
    }
    earlier: dict[str, list[StoredLine]] = {}
    verdicts = []
    for line in lines:
        verdict = _verdict(line, stored, free, earlier, both_counted)
        if verdict.state == "new" and line.booked_on > today:
            verdict = Verdict(line, "waiting")
        verdicts.append(verdict)
        if line.reference and line.kind == "booked":
            earlier.setdefault(line.reference, []).append(_as_stored(line))
    return verdicts


def _verdict(
    line: NewLine,
    stored: Stored,
    free: dict[Alike, list[StoredLine]],
    earlier: Mapping[str, Sequence[StoredLine]],
    both_counted: bool,
) -> Verdict:
    if line.kind != "booked":
        return Verdict(line, "shown")
    known = stored.by_identity.get(line.identity)
    if known is not None:
        if known.state == "withdrawn":
            return Verdict(line, "held", known.root, WITHDRAWN)
        return Verdict(line, "known", known.root)
    if line.reference:
        others = [*stored.by_reference.get(line.reference, ()), *earlier.get(line.reference, ())]
        twice = line.occurrence > 1 and not both_counted
        if twice and (first := next((each for each in others if _says_the_same(each, line)), None)):
            return Verdict(line, "held", first.root, TWICE.format(reference=line.reference))
        if clash := next((each for each in others if _contradicts(each, line)), None):
            note = REUSED.format(reference=line.reference, told=clash.told)
            return Verdict(line, "held", clash.root, note)
    if alike := free.get(line.alike):
        likely = alike.pop(0)
        return Verdict(line, "held", likely.root, LIKELY.format(told=likely.told), is_likely=True)
    return Verdict(line, "new")


def _says_the_same(other: StoredLine, line: NewLine) -> bool:
    return (other.booked_on, other.amount, other.direction) == line.alike


def _contradicts(other: StoredLine, line: NewLine) -> bool:
    """The same reference, other values, and neither is marked as taking something back, or as a fee."""
    return not _says_the_same(other, line) and not {other.mark, line.mark} & _MARKED


def _as_stored(line: NewLine) -> StoredLine:
    return StoredLine(
        id=line.id,
        root=line.id,
        state="new",
        booked_on=line.booked_on,
        amount=line.amount,
        direction=line.direction,
        reference=line.reference,
        mark=line.mark,
    )
