"""Lists at 10,000 and at 1,000,000 rows: two databases of one cluster, asked in turns."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.results import Section, percentile95
from benchmarks.scratch import kept_folder, url_of

ROOT = Path(__file__).resolve().parent.parent
ROWS = {"small": 10_000, "large": 1_000_000}
ROUNDS, REPEATS = 5, 12
TITLE = "Lists at 10,000 and 1,000,000 rows"
DEEP = "&page=180"
"""Row 9,000 and on: there are as many in the small database."""
LARGE_TABLES = ("ledger_obligations", "ledger_entries", "ledger_postings", "payments", "payment_allocations")
LISTS = {
    "interim payments": ("/payments/interim-payments?per_page=50", "&tlc_license={license}"),
    "ledger postings": ("/ledger/postings?per_page=50", "&category=Lease"),
    "ledger balances": ("/ledger/balances?per_page=50", "&category=Lease"),
}


def measure() -> Section:
    """p95 of each list in the large database, divided by that in the small one."""
    make_databases(ROWS)
    section = Section(
        TITLE,
        "p95 of the whole request in one process (no HTTP server), default sort, with a filter, and page 180 of 50 "
        "rows; two databases of one cluster, filled by seed_scale, asked in turns.",
    )
    with asking("small") as small, asking("large") as large:
        for name, path in _paths():
            times: dict[str, list[float]] = {"small": [], "large": []}
            for number in range(ROUNDS + 1):
                sides = (("small", small), ("large", large))
                for size, ask in sides if number % 2 else sides[::-1]:
                    taken = ask(path)
                    if number:  # the first round warms up
                        times[size] += taken
            p95 = {size: percentile95(values) * 1000 for size, values in times.items()}
            section.add(f"{name}, ms", f"{p95['small']:.1f} → {p95['large']:.1f}")
            section.at_most(f"{name}, 1,000,000 ÷ 10,000", p95["large"] / p95["small"], 1.5)
    return section


def _paths() -> Iterator[tuple[str, str]]:
    for name, (path, condition) in LISTS.items():
        yield f"{name}, default", path
        yield f"{name}, filtered", path + condition
        yield f"{name}, deep page", path + DEEP


def make_databases(rows_of: Mapping[str, int], *, trusted: bool = False) -> None:
    """A database of each size, filled by seed_scale side by side and vacuumed; older ones of the name are dropped.

    `trusted` fills without key checks and triggers, several times as fast: for what only reads afterwards. In a folder
    that stays (`BENCH_FOLDER`), one that was filled with as many rows is migrated instead.
    """
    import psycopg
    from django.db import connections

    connections.close_all()
    if kept_folder():
        rows_of = {size: rows for size, rows in rows_of.items() if not _is_kept(size, rows)}
    owner = "batconnect_owner"
    with psycopg.connect(url_of(role="superuser", database="postgres"), autocommit=True) as server:
        server.execute("alter system set max_wal_size = '8GB'")
        server.execute("select pg_reload_conf()")
        for size in rows_of:
            server.execute(f"drop database if exists lists_{size}")
            server.execute(f"create database lists_{size} template batconnect owner {owner}")
            server.execute(f"alter database lists_{size} set synchronous_commit = off")
    # Building an index at the end is several times faster than keeping it up row by row.
    plain_indexes = _drop_plain_indexes(rows_of)
    fillers = [
        subprocess.Popen(
            [
                *(
                    sys.executable,
                    "-m",
                    "django",
                    "seed_scale",
                    "--verbosity",
                    "1" if size == "large" else "0",
                ),
                *("--company", "Hudson Premium Finance", "--payments", str(rows), "--obligations", str(rows)),
                *(("--trusted",) if trusted else ()),
            ],
            cwd=ROOT,
            env=environment(size),
        )
        for size, rows in rows_of.items()
    ]
    for filler in fillers:
        assert filler.wait() == 0, "seed_scale failed"
    for size in rows_of:
        for statement in plain_indexes:
            _run(size, "set maintenance_work_mem = '512MB'", statement)
        # Those of keys as well, as every month (docs/operations.md#indexes): a mature installation is asked.
        subprocess.run(
            [sys.executable, "-m", "django", "pack_indexes", "--least-mb", "1", "--verbosity", "0"],
            cwd=ROOT,
            env=environment(size),
            check=True,
            stdout=subprocess.DEVNULL,
        )
        _run(
            size,
            "vacuum analyze",
            "checkpoint",
            f"comment on database lists_{size} is '{_filled(rows_of[size])}'",
        )


def _filled(rows: int) -> str:
    return f"filled with {rows} rows"


def _is_kept(size: str, rows: int) -> bool:
    """Whether the database is there, filled so; it is migrated then."""
    import psycopg

    with psycopg.connect(url_of(role="superuser", database="postgres"), autocommit=True) as server:
        found = server.execute(
            "select shobj_description(oid, 'pg_database') from pg_database where datname = %s",
            [f"lists_{size}"],
        ).fetchone()
    if found is None or found[0] != _filled(rows):
        return False
    subprocess.run(
        [sys.executable, "-m", "django", "migrate", "--verbosity", "0"],
        cwd=ROOT,
        env=environment(size),
        check=True,
    )
    _run(size, "vacuum analyze")
    return True


def _drop_plain_indexes(sizes: Iterable[str]) -> list[str]:
    """Drop the large tables' indexes that hold no constraint, in every database; the statements that make them."""
    import psycopg

    indexes: list[tuple[str, str]] = []
    for size in sizes:
        with psycopg.connect(url_of(role="superuser", database=f"lists_{size}"), autocommit=True) as server:
            indexes = server.execute(
                "select c.relname, pg_get_indexdef(i.indexrelid) from pg_index i "
                "join pg_class c on c.oid = i.indexrelid join pg_class t on t.oid = i.indrelid "
                "where not i.indisunique and t.relname = any(%s)",
                [list(LARGE_TABLES)],
            ).fetchall()
            for name, _ in indexes:
                server.execute(f'drop index "{name}"')
    return [statement for _, statement in indexes]


def _run(size: str, *statements: str) -> None:
    import psycopg

    with psycopg.connect(url_of(role="superuser", database=f"lists_{size}"), autocommit=True) as server:
        for statement in statements:
            server.execute(statement)


def environment(size: str) -> dict[str, str]:
    """The environment of a process that uses the database of this size."""
    database = f"lists_{size}"
    return {
        **os.environ,
        "DATABASE_URL": url_of(role="app", database=database),
        "DATABASE_OWNER_URL": url_of(role="owner", database=database),
        "DATABASE_SUPERUSER_URL": url_of(role="superuser", database=database),
    }


@contextmanager
def asking(size: str, *, worker: str = "benchmarks.lists_worker") -> Iterator[Any]:
    """A process over that database: given a path and how often, the seconds of each request."""
    process = subprocess.Popen(
        [sys.executable, "-m", worker],
        cwd=ROOT,
        env=environment(size),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin
    assert process.stdout

    def ask(path: str, *, times: int = REPEATS) -> list[float]:
        process.stdin.write(json.dumps({"path": path, "times": times}) + "\n")  # type: ignore[union-attr]  # a pipe
        process.stdin.flush()  # type: ignore[union-attr]
        return json.loads(process.stdout.readline())  # type: ignore[union-attr,no-any-return]

    try:
        yield ask
    finally:
        process.stdin.close()
        process.wait(timeout=20)
