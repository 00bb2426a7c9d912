"""A Sunday of 20,000 leases: fees, earnings and DTRs, with the statements that a chunk takes, beside set-based SQL."""

from __future__ import annotations

import resource
import time
from decimal import Decimal
from typing import Any
from uuid import UUID

import psycopg

from benchmarks.results import Section
from benchmarks.scratch import url_of

LEASES = 20_000
CHUNK = 500
MAX_STATEMENTS = 6
TITLE = "Settling a week"
BEFORE = "bench_before"
# Of each table that DTRs are written to, the column that says whether a row is of this run: ids count up.
WRITTEN = {
    "ledger_entries": "id",
    "ledger_postings": "entry_id",
    "payment_allocations": "id",
    "dtrs": "id",
    "dtr_lines": "id",
}


def measure() -> Section:
    """Rates, statements per chunk, and how much memory a worker gains."""
    from django.db import connection

    from batconnect.celery import collect_seldom
    from batconnect.core.database.roles import as_owner
    from batconnect.core.database.tenancy import job_actor
    from batconnect.core.kernel.clock import week_start
    from batconnect.core.kernel.ids import uuid7
    from demo.companies import BIG_APPLE
    from demo.scale import Scale, seed_scale
    from ledger.rules.settlement import DAYS
    from ledger.settlement.services.dtrs import generate_dtrs
    from ledger.settlement.services.lease_fees import post_due_lease_fees

    seed_scale(
        scale=Scale(company_id=BIG_APPLE, payments=LEASES, obligations=LEASES, drivers=LEASES), trusted=True
    )
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("analyze")  # what autovacuum does within a minute
    actor = job_actor(company_id=BIG_APPLE, job="bench")
    assert actor.company.settles_from is not None
    week = week_start(actor.company.settles_from)
    week = week.fromordinal(week.toordinal() - DAYS)

    began = time.perf_counter()
    fees = post_due_lease_fees(actor=actor, week=week)
    fees_took = time.perf_counter() - began
    _import_earnings(week)

    statements: list[int] = []
    counted = [0]

    def count(execute: Any, sql: Any, params: Any, many: Any, context: Any) -> Any:
        counted[0] += 1
        return execute(sql, params, many, context)

    def chunk_done(made: int) -> None:
        statements.append(counted[0])
        counted[0] = 0
        if len(statements) == 2:
            memory.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)

    memory: list[int] = []
    _keep()
    collect_seldom()  # as every worker, which is where DTRs are made
    before = uuid7()
    began = time.perf_counter()
    with connection.execute_wrapper(count):
        report = generate_dtrs(actor=actor, week=week, leases=CHUNK, progress=chunk_done)
    took = time.perf_counter() - began
    bare = _insert_bare(before)
    gained = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory[0]) / 1024

    section = Section(
        TITLE,
        f"{LEASES:,} leases with a fee, earnings and an older debt each, a tenth with unallocated cash; all "
        f"constraints and triggers on, chunks of {CHUNK} leases. Statements besides BEGIN and COMMIT; the first "
        "chunk's also lists the leases. The other side inserts the very rows that the DTRs wrote, in one statement "
        "by INSERT … SELECT from unlogged copies, into a copy of the database with the same indexes, keys, checks and "
        "triggers; it finds out nothing, brings no balance up to date and is the superuser, without row security.",
    )
    section.add("lease fees, rows/s", f"{fees.posted / fees_took:,.0f}")
    section.add("DTRs/s", f"{report.made / took:,.0f}")
    section.add("the same rows by set-based SQL, DTRs/s", f"{report.made / bare:,.0f}")
    section.at_least("DTRs ÷ set-based SQL", bare / took, 0.3, goal=0.5)
    section.at_most("statements in a chunk, at most", float(max(statements[1:])), float(MAX_STATEMENTS))
    section.add("memory gained after the second chunk, MB", f"{gained:.0f}")
    return section


def _keep() -> None:
    """A copy of the database as it is before the DTRs."""
    from django.db import connection, connections

    connections.close_all()
    with _superuser("postgres") as server:
        server.execute(f'create database {BEFORE} template "{connection.settings_dict["NAME"]}"')


def _insert_bare(before: UUID) -> float:
    """Seconds to insert into the copy what was written since, under all of its keys, checks and triggers."""
    from django.db import connection

    with _superuser(str(connection.settings_dict["NAME"])) as written, _superuser(BEFORE) as server:
        inserts = []
        for table, column in WRITTEN.items():
            server.execute(f"create unlogged table source_{table} (like {table})")
            columns = ", ".join(
                name
                for (name,) in server.execute(
                    "select attname from pg_attribute"
                    " where attrelid = %s::regclass and attnum > 0 and attgenerated = ''",
                    [table],
                )
            )
            rows = f"select {columns} from {table} where {column} > '{before}' order by {column}"
            with (
                written.cursor().copy(f"copy ({rows}) to stdout") as left,
                server.cursor().copy(f"copy source_{table} ({columns}) from stdin") as right,
            ):
                for part in left:
                    right.write(part)
            inserts.append(f"insert into {table} ({columns}) select {columns} from source_{table}")
        server.execute("checkpoint")
        began = time.perf_counter()
        # One statement: an entry comes with its postings.
        *others, last = inserts
        made = ", ".join(f"part{place} as ({statement})" for place, statement in enumerate(others))
        server.execute(f"with {made} {last}")
        return time.perf_counter() - began


def _superuser(database: str) -> psycopg.Connection:
    return psycopg.connect(url_of(role="superuser", database=database), autocommit=True)


def _import_earnings(week: Any) -> None:
    from batconnect.core.database.tenancy import company_context
    from batconnect.directory.models import LeaseDriver
    from demo.companies import BIG_APPLE
    from ledger.settlement.services.earnings import MAX_ROWS, EarningRow, import_earnings

    with company_context(BIG_APPLE, job="bench") as actor:
        waiting = LeaseDriver.objects.filter(driver__driver_id__contains="-", role="Primary").exclude(
            driver__driver_id__regex=r"^DRV-\d+$"
        )
        rows = [
            EarningRow(driver, lease, week, Decimal("610.00"))
            for driver, lease in waiting.values_list("driver_id", "lease_id")
        ]
        for start in range(0, len(rows), MAX_ROWS):
            import_earnings(actor=actor, rows=rows[start : start + MAX_ROWS])
