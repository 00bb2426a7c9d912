"""Runs each statement of an inventory on the cluster and on plain PostgreSQL, and compares what comes back.

Both hold the same rows, which `differing_rows` makes sure of. Every statement runs in a transaction of its own, by the
role and with the company that it ran for, and is rolled back.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import psycopg
from psycopg import sql

from tests.distributed.recording import read_inventory

SAME: Final = "the same rows"
BOTH_REFUSE: Final = "refused by both for the same reason"
REFUSED: Final = "refused by the cluster alone"
OTHER: Final = "other rows"
ALIKE: Final = (SAME, BOTH_REFUSE)
_VOLATILE: Final = re.compile(
    r"\bnow\(\)|clock_timestamp|statement_timestamp|uuidv7\(\)|returning .*(?:\bid\b|_at\b|\bat\b)",
    re.IGNORECASE,
)

_SOME: Final = re.compile(r"\blimit\s+\d+\s*$", re.IGNORECASE)
_SHARD: Final = re.compile(r"_\d{6}\b")


@dataclass(frozen=True)
class Server:
    """The addresses of one database: of the runtime role, and of the owner."""

    runtime: str
    owner: str


@dataclass
class Comparison:
    """What became of the statements."""

    outcomes: Counter[str] = field(default_factory=Counter)
    runs: Counter[str] = field(default_factory=Counter)
    refused: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    differing: list[str] = field(default_factory=list)

    @property
    def is_alike(self) -> bool:
        """Whether the cluster did with every statement what plain PostgreSQL did, and there was one."""
        return bool(self.outcomes) and not self.outcomes.keys() - set(ALIKE)


def compare(cluster: Server, plain: Server, folder: Path) -> Comparison:
    """Compare every statement of the folder."""
    with (
        psycopg.connect(cluster.runtime) as ours,
        psycopg.connect(cluster.owner) as our_owner,
        psycopg.connect(plain.runtime) as theirs,
        psycopg.connect(plain.owner) as their_owner,
    ):

        def answers(sample: dict[str, Any]) -> tuple[Any, Any]:
            if sample.get("owner"):
                return _run(their_owner, sample), _run(our_owner, sample)
            return _run(theirs, sample), _run(ours, sample)

        return compare_by(answers, read_inventory(folder))


def compare_by(
    answers: Callable[[dict[str, Any]], tuple[Any, Any]], statements: Iterable[dict[str, Any]]
) -> Comparison:
    """The same by what `answers` says of a sample: plain PostgreSQL's answer, and the cluster's."""
    result = Comparison()
    for statement in statements:
        outcome = BOTH_REFUSE
        for sample in statement["samples"]:
            theirs, ours = answers(sample)
            if theirs == ours or _is_alike(theirs, ours):
                outcome = outcome if isinstance(theirs, str) else SAME
                continue
            if isinstance(ours, str) and not isinstance(theirs, str):
                outcome = REFUSED
                result.refused[_reason(ours)].append(statement["text"])
            else:
                outcome = OTHER
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
        if _VOLATILE.search(sample["text"]) or is_any(sample["text"]):
            return len(rows)
        return sorted(repr([_unordered(value) for value in row]) for row in rows)
    except psycopg.Error as error:
        # A shard's constraint has its number.
        return _SHARD.sub("", f"{error.sqlstate}: {error.diag.message_primary or error}")
    finally:
        connection.rollback()


def is_any(text: str) -> bool:
    """Whether it asks for so many rows of any: which ones is nobody's promise."""
    return _SOME.search(text) is not None and "order by" not in text.lower()


def _unordered(value: Any) -> Any:
    """What an aggregate lists comes in the order in which rows were met."""
    return sorted(map(repr, value)) if isinstance(value, list) else value


def _is_alike(theirs: Any, ours: Any) -> bool:
    """Both refuse for a reason of the same kind: which of several keys is looked at first is nobody's promise."""
    return isinstance(theirs, str) and isinstance(ours, str) and theirs[:5] == ours[:5]


def _reason(said: str) -> str:
    """What the server said, without the names in it."""
    return re.sub(r'"[^"]*"|\d{3,}', "…", said)


def report(result: Comparison, *, examples: int = 0) -> Iterator[str]:
    """What became of the statements, in lines, with so many examples of each kind."""
    total = sum(result.outcomes.values())
    yield f"{sum(result.outcomes[each] for each in ALIKE)} of {total} statements: as on plain PostgreSQL."
    for outcome, count in sorted(result.outcomes.items()):
        yield f"  {outcome}: {count} statements, {result.runs[outcome]} runs"
    for reason, texts in sorted(result.refused.items(), key=lambda each: -len(each[1])):
        yield f"refused {len(texts)} ×: {reason}"
        yield from ("    " + " ".join(text.split())[:400] for text in texts[:examples])
    yield from ("differs: " + " ".join(each.split())[:900] for each in result.differing[:examples])


def differing_rows(cluster: str, plain: str, tables: Mapping[str, bool]) -> list[str]:
    """What the runtime role sees in one of the databases and not in the other, in lines; whether a table has a company
    is said beside its name."""
    with psycopg.connect(cluster) as ours, psycopg.connect(plain) as theirs:
        companies = [str(row[0]) for row in theirs.execute("select id from companies order by 1").fetchall()]
        found = []
        for table, has_company in tables.items():
            for company in companies if has_company else [""]:
                here, there = (_digest(each, table, company) for each in (ours, theirs))
                if here != there:
                    found.append(
                        f"{table} of {company or 'all'}: {there[0]} rows on one server, {here[0]} here"
                    )
        return found


def _digest(connection: psycopg.Connection, table: str, company: str) -> tuple[int, str]:
    connection.execute(sql.SQL("set local app.current_company_id = {}").format(sql.Literal(company)))
    connection.execute("set local timezone = 'UTC'")
    statement = sql.SQL(
        "select count(*), coalesce(sum(hashtextextended(t::text, 0)::numeric), 0)::text from {} t"
    ).format(sql.Identifier(table))
    if company:
        statement += sql.SQL(" where company_id = {}").format(sql.Literal(company))
    row = connection.execute(statement).fetchone()
    connection.rollback()
    assert row
    return row[0], row[1]
