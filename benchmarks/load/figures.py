"""What came of the calls: by step of the day, by kind, and where adding people stops to bring anything."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

SETTLING = 0.25
"""So much of a step is not counted: its people have just come."""
WORTH = 0.5
"""Below so much of the calls that as many more people should bring, more people only wait longer."""
JOBS = ("worked off", "booked")


@dataclass(frozen=True, slots=True)
class Call:
    """One call: when it began, seconds since the first; how long it took, milliseconds."""

    begun: float
    kind: str
    took: float
    error: str

    @property
    def ended(self) -> float:
        return self.begun + self.took / 1000

    @property
    def is_job(self) -> bool:
        """Whether it is the time of a worker's job, not of a request."""
        return self.kind.endswith(JOBS)


@dataclass(frozen=True, slots=True)
class Step:
    """What so many people at once got."""

    people: int
    per_second: float
    p50: float
    p95: float
    p99: float
    statements: float = 0.0


def read_calls(path: Path, *, began: float) -> list[Call]:
    with path.open(newline="") as file:
        return [
            Call(float(at) - began, kind, float(took), error) for at, kind, took, error in csv.reader(file)
        ]


def percentile(values: Sequence[float], percent: int) -> float:
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)] if ordered else 0.0


def by_step(calls: Sequence[Call], *, people: Sequence[int], seconds: float) -> list[Step]:
    """The requests that ended in each step, per second, and their times."""
    steps = []
    for place, count in enumerate(people):
        first, last = (place + SETTLING) * seconds, (place + 1) * seconds
        took = [call.took for call in calls if first <= call.ended < last and not call.is_job]
        steps.append(
            Step(count, len(took) / (last - first), *(percentile(took, percent) for percent in (50, 95, 99)))
        )
    return steps


def knee(steps: Sequence[Step]) -> Step:
    """The last step before more people brought less than WORTH of what as many more should bring."""
    for before, after in pairwise(steps):
        more = after.per_second / before.per_second - 1 if before.per_second else 1.0
        if more < WORTH * (after.people / before.people - 1):
            return before
    return steps[-1]


def by_kind(calls: Sequence[Call]) -> list[tuple[str, int, float, float, float]]:
    """Of each kind: how many, and p50, p95, p99 in milliseconds; the slowest p95 last."""
    took: dict[str, list[float]] = defaultdict(list)
    for call in calls:
        took[call.kind].append(call.took)
    rows = [
        (kind, len(values), *(percentile(values, percent) for percent in (50, 95, 99)))
        for kind, values in took.items()
    ]
    return sorted(rows, key=lambda row: row[3])


def errors(calls: Sequence[Call]) -> list[tuple[str, int]]:
    """What went wrong and how often, the commonest first."""
    counted = Counter(f"{call.kind}: {call.error}" for call in calls if call.error)
    return sorted(counted.items(), key=lambda each: -each[1])[:20]
