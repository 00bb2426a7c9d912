"""A Sunday of 10,000 leases: fees, earnings and DTRs, with the statements that a chunk takes."""

from __future__ import annotations

import resource
import time
from decimal import Decimal
from typing import Any

from benchmarks.results import Section

LEASES = 10_000
CHUNK = 500
MAX_STATEMENTS = 6
TITLE = "Settling a week"


def measure() -> Section:
    """Rates, statements per chunk, and how much memory a worker gains."""
    from django.db import connection

    from batconnect.core.database.roles import as_owner
    from batconnect.core.database.tenancy import job_actor
    from batconnect.core.kernel.clock import week_start
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
    began = time.perf_counter()
    with connection.execute_wrapper(count):
        report = generate_dtrs(actor=actor, week=week, leases=CHUNK, progress=chunk_done)
    took = time.perf_counter() - began
    gained = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory[0]) / 1024

    section = Section(
        TITLE,
        f"{LEASES:,} leases with a fee, earnings and an older debt each, a tenth with unallocated cash; all "
        f"constraints and triggers on, chunks of {CHUNK} leases. Statements besides BEGIN and COMMIT; the first "
        "chunk's also lists the leases.",
    )
    section.add("lease fees, rows/s", f"{fees.posted / fees_took:,.0f}")
    section.add("DTRs/s", f"{report.made / took:,.0f}")
    section.at_most("statements in a chunk, at most", float(max(statements[1:])), float(MAX_STATEMENTS))
    section.add("memory gained after the second chunk, MB", f"{gained:.0f}")
    return section


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
