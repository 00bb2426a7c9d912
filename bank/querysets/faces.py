"""What the page of a statement, or of a line, shows first: its figures, and what everything became."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final
from uuid import UUID

from django.db.models import Count, Sum

from bank.models import Explanation, LinePart, Statement, StatementLine
from batconnect.core.kernel.money import ZERO, format_amount

SHOWN_LINES: Final = 200


@dataclass(frozen=True, slots=True)
class PartFace:
    """A part of a line, with what it was explained as, also what was taken back."""

    part: LinePart
    explanations: Sequence[Explanation]

    @property
    def words(self) -> str:
        """What stands of it, in words: each live explanation, and what is not explained."""
        live = [each for each in self.explanations if each.status == Explanation.Status.LIVE]
        said = [f"{each.get_kind_display()} {format_amount(each.amount)}" for each in live]
        if self.part.status == LinePart.Status.OPEN:
            said.append(f"{format_amount(self.part.left)} not explained")
        return "; ".join(said) or str(self.part.get_status_display())


@dataclass(frozen=True, slots=True)
class LineFace:
    """A line of a statement with its parts."""

    line: StatementLine
    parts: Sequence[PartFace]

    @property
    def became(self) -> str:
        """What became of it: of a line that is not booked its state, else what its parts are."""
        if self.line.state != StatementLine.State.BOOKED:
            return str(self.line.get_state_display())
        stand = [each for each in self.parts if each.part.status != LinePart.Status.VOIDED]
        return "; ".join(each.words for each in stand) or "Booked"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How many lines came to the same, and over how much in and out."""

    name: str
    lines: int
    money_in: Decimal
    money_out: Decimal


@dataclass(frozen=True, slots=True)
class StatementFace:
    """A statement: what its lines come to, and the first of them."""

    statement: Statement
    outcomes: Sequence[Outcome]
    lines: Sequence[LineFace]

    @property
    def more(self) -> int:
        """How many lines are not shown."""
        return max(int(self.statement.total_lines) - len(self.lines), 0)

    @property
    def difference(self) -> Decimal | None:
        """The closing balance less the opening and what its lines come to; None where one of them is not known."""
        row = self.statement
        if row.opening is None or row.closing is None:
            return None
        return Decimal(row.closing - row.opening - row.money_in + row.money_out)


def statement_face(statement: Statement) -> StatementFace:
    """The face of a statement; four statements."""
    here = statement.lines.filter(company_id=statement.company_id)
    lines = list(here.order_by("line_no")[:SHOWN_LINES])
    sums: dict[str, Outcome] = {}
    labels = dict(StatementLine.State.choices)
    rows = here.order_by().values_list("state", "direction").annotate(n=Count("id"), total=Sum("amount"))
    for state, direction, count, total in rows:
        before = sums.get(state, Outcome(labels[state], 0, ZERO, ZERO))
        sums[state] = Outcome(
            before.name,
            before.lines + count,
            before.money_in + (total if direction == "in" else ZERO),
            before.money_out + (total if direction == "out" else ZERO),
        )
    return StatementFace(statement, [sums[each] for each in labels if each in sums], line_faces(lines))


def line_faces(lines: Sequence[StatementLine]) -> list[LineFace]:
    """The lines with their parts and what each became; two statements."""
    if not lines:
        return []
    company = lines[0].company_id
    parts = LinePart.objects.filter(company_id=company, line__in=[each.id for each in lines]).order_by(
        "line_id", "part_no", "id"
    )
    found = list(parts)
    said: dict[UUID, list[Explanation]] = defaultdict(list)
    made = Explanation.objects.filter(company_id=company, part__in=[each.id for each in found])
    for each in made.select_related("customer", "payment").order_by("id"):
        said[each.part_id].append(each)
    by_line: dict[UUID | None, list[PartFace]] = defaultdict(list)
    for part in found:
        by_line[part.line_id].append(PartFace(part, said[part.id]))
    return [LineFace(each, by_line[each.id]) for each in lines]
