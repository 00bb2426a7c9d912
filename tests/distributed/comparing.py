"""Runs each statement of an inventory on the cluster and on plain PostgreSQL, and compares what comes back.

`python -m tests.distributed.comparing CLUSTER_URL PLAIN_URL FOLDER`; both hold the same rows. Every statement runs in a
transaction of its own, with the company that it ran for, and is rolled back.
"""

from __future__ import annotations

import re
import sys
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import psycopg
from psycopg import sql

from tests.distributed.recording import read_inventory

SAME: Final = "same"
_VOLATILE: Final = re.compile(
    r"\bnow\(\)|clock_timestamp|statement_timestamp|uuidv7\(\)|returning .*(?:\bid\b|_at\b|\bat\b)",
    re.IGNORECASE,
)

_SHARD: Final = re.compile(r"_\d{6}\b")


@dataclass
class Comparison:
    """What became of the statements: the same, other rows, or refused and why."""

    outcomes: Counter[str] = field(default_factory=Counter)
    runs: Counter[str] = field(default_factory=Counter)
    refused: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    differing: list[str] = field(default_factory=list)


def compare(cluster: str, plain: str, folder: Path) -> Comparison:
    """Compare every statement of the folder."""
    result = Comparison()
    with psycopg.connect(cluster) as distributed, psycopg.connect(plain) as one:
        for statement in read_inventory(folder):
            outcome = SAME
            for sample in statement["samples"]:
                theirs, ours = _run(one, sample), _run(distributed, sample)
                if theirs == ours or _is_alike(theirs, ours):
                    continue
                if isinstance(ours, str) and not isinstance(theirs, str):
                    outcome = "refused"
                    result.refused[_reason(ours)].append(statement["text"])
                else:
                    outcome = "different"
                    result.differing.append(
                        f"{statement['text']}\n   plain {theirs!s:.300}\n   cluster {ours!s:.300}"
                    )
                break
            result.outcomes[outcome] += 1
            result.runs[outcome] += statement["runs"]
    return result


def _run(connection: psycopg.Connection, sample: dict[str, Any]) -> Any:
    """The rows in a comparable order, or what the server said."""
    try:
        for name, value in sample["settings"].items():
            connection.execute(sql.SQL("set local {} = {}").format(sql.SQL(name), sql.Literal(value)))
        connection.execute("set local statement_timeout = '20s'")
        text = sample["text"].encode()
        cursor = connection.execute(text)
        if not cursor.description:
            return cursor.rowcount
        rows = cursor.fetchall()
        if _VOLATILE.search(sample["text"]):
            return len(rows)
        return sorted(repr([_unordered(value) for value in row]) for row in rows)
    except psycopg.Error as error:
        # A shard's constraint has its number.
        return _SHARD.sub("", f"{error.sqlstate}: {error.diag.message_primary or error}")
    finally:
        connection.rollback()


def _unordered(value: Any) -> Any:
    """What an aggregate lists comes in the order in which rows were met."""
    return sorted(map(repr, value)) if isinstance(value, list) else value


def _is_alike(theirs: Any, ours: Any) -> bool:
    """Both refuse for a reason of the same kind: which of several keys is looked at first is nobody's promise."""
    return isinstance(theirs, str) and isinstance(ours, str) and theirs[:5] == ours[:5]


def _reason(said: str) -> str:
    """What the server said, without the names in it."""
    return re.sub(r'"[^"]*"|\d{3,}', "…", said)


def report(result: Comparison, *, examples: int = 0) -> None:
    """Print what became of the statements, with so many examples of each kind."""
    total = sum(result.outcomes.values())
    print(f"{result.outcomes[SAME]} of {total} statements: the same rows.")  # noqa: T201
    for outcome, count in result.outcomes.items():
        print(f"  {outcome}: {count} statements, {result.runs[outcome]} runs")  # noqa: T201
    for reason, texts in sorted(result.refused.items(), key=lambda each: -len(each[1])):
        print(f"refused {len(texts)} ×: {reason}")  # noqa: T201
        for text in texts[:examples]:
            print("    " + " ".join(text.split())[:400])  # noqa: T201
    for each in result.differing[:examples]:
        print("differs: " + " ".join(each.split())[:900])  # noqa: T201


def main() -> None:
    cluster, plain, folder, *examples = sys.argv[1:]
    report(compare(cluster, plain, Path(folder)), examples=int(examples[0]) if examples else 0)


if __name__ == "__main__":
    main()
