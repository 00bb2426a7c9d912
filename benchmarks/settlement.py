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
# Of each table that DTRs are written to, the column that says whether a row is of this run: ids count up.
WRITTEN = {
    "dtrs": "id",
    "dtr_lines": "id",
    "ledger_entries": "id",
    "ledger_postings": "entry_id",
    "payment_allocations": "id",
}


def measure() -> Section:
    """Rates, statements per chunk, and how much memory a worker gains."""
    from django.db import connection

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
        "chunk's also lists the leases. The bare side inserts the very rows that the DTRs wrote by INSERT … SELECT "
        "from unlogged copies in one transaction, into tables with the same columns and indexes and nothing else: no "
        "triggers, keys to other tables, CHECK constraints or row security, and nothing that finds out what to write.",
    )
    section.add("lease fees, rows/s", f"{fees.posted / fees_took:,.0f}")
    section.add("DTRs/s", f"{report.made / took:,.0f}")
    section.add("the same rows by set-based SQL, DTRs/s", f"{report.made / bare:,.0f}")
    section.at_least("DTRs ÷ set-based SQL", bare / took, 0.3, goal=0.5)
    section.at_most("statements in a chunk, at most", float(max(statements[1:])), float(MAX_STATEMENTS))
    section.add("memory gained after the second chunk, MB", f"{gained:.0f}")
    return section


def _insert_bare(before: UUID) -> float:
    """Seconds to insert what was written since, without anything of ours."""
    from django.db import connection

    url = url_of(role="superuser", database=str(connection.settings_dict["NAME"]))
    with psycopg.connect(url, autocommit=True) as server:
        for table, column in WRITTEN.items():
            server.execute(f"create table bare_{table} (like {table} including defaults including indexes)")
            server.execute(
                f"create unlogged table source_{table} as select * from {table} where {column} > %s order by {column}",
                [before],
            )
        server.execute("checkpoint")
        began = time.perf_counter()
        with server.transaction():
            for table in WRITTEN:
                server.execute(f"insert into bare_{table} select * from source_{table}")
        return time.perf_counter() - began


def _import_earnings(week: Any) -> None:
    from batconnect.core.database.tenancy import company_context
    from batconnect.directory.models import LeaseDriver
    from demo.companies import BIG_APPLE
    from ledger.settlement.services.earnings import EarningRow, import_earnings

    with company_context(BIG_APPLE, job="bench") as actor:
        waiting = LeaseDriver.objects.filter(driver__driver_id__contains="-", role="Primary").exclude(
            driver__driver_id__regex=r"^DRV-\d+$"
        )
        rows = [
            EarningRow(driver, lease, week, Decimal("610.00"))
            for driver, lease in waiting.values_list("driver_id", "lease_id")
        ]
        import_earnings(actor=actor, rows=rows)
