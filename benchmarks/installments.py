"""Posting 100,000 due installments, beside the bare insert of the same rows."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable
from typing import Any

import psycopg

from benchmarks.results import Section, median
from benchmarks.scratch import url_of

TITLE = "Posting due installments"
INSTALLMENTS = 100_000
ROUNDS = 3
ROWS_A_LOAN = 5
LEASES = 2_000
PREPARED, RUN = "bench_prepared", "bench_run"
ONE_STATEMENT, CHUNK = 10**9, 5_000
BARE = {
    "bare_obligations": "ledger_obligations",
    "bare_entries": "ledger_entries",
    "bare_postings": "ledger_postings",
}
NOTE = (
    f"{INSTALLMENTS:,} installments of {INSTALLMENTS // ROWS_A_LOAN:,} loans. The bare side inserts as many "
    f"obligations "
    "and entries and three times as many postings, in one transaction, by INSERT … SELECT from unlogged copies, into "
    "tables with the same columns and indexes and the foreign keys that Django makes (one column, deferred), without "
    "row security, triggers and CHECK constraints. Our side writes the very same rows under all of those, and besides "
    "finds and locks the installments, joins their loans, makes the ids and marks each installment Posted. Every run "
    f"starts from the same copy of a database, after a checkpoint; medians of the ratios of {ROUNDS} rounds."
)

FLEET = (
    "insert into customers (id, company_id, name, email, phone, address) "
    "select gen_random_uuid(), %(company)s::uuid, 'Driver ' || n, '', '', '' from generate_series(1, %(leases)s) n",
    "insert into drivers (company_id, customer_id, driver_id, tlc_license, status) "
    "select company_id, id, 'DRV-' || row_number() over (), lpad(row_number() over () || '', 8, '0'), 'Active' "
    "from customers where company_id = %(company)s::uuid",
    "insert into medallions (company_id, medallion_no) "
    "select %(company)s::uuid, 'M' || n from generate_series(1, %(leases)s) n",
    "insert into vehicles (company_id, plate_no, vin, make, model) "
    "select %(company)s::uuid, 'P' || n, 'V' || n, '', '' from generate_series(1, %(leases)s) n",
    "insert into leases "
    "(company_id, lease_id, lease_type, medallion_id, vehicle_id, weekly_amount, status, started_on) "
    "select m.company_id, 'LS-' || m.n, 'Long term', m.id, v.id, 500, 'Active', date '2024-01-01' "
    "from "
    "(select *, row_number() over (order by id) n from medallions where company_id = %(company)s::uuid) m join "
    "(select *, row_number() over (order by id) n from vehicles where company_id = %(company)s::uuid) v using (n)",
)
_LOANS = """
with pairs as (
  select d.id as driver_id, d.customer_id, l.id as lease_id, n
  from (select *, row_number() over (order by id) n from drivers where company_id = %(company)s::uuid) d
  join (select *, row_number() over (order by id) n from leases where company_id = %(company)s::uuid) l using (n)
), made as (
  insert into driver_loans (id, company_id, number, number_order, customer_id, driver_id, lease_id, currency, amount,
    start_week, matrix_id, installment_count, status, status_reason, notes, case_no, created_by_name, interest_rate,
    loan_date, interest_reason, is_opening)
  select ('01900000-0000-7000-9000-' || lpad(to_hex(k), 12, '0'))::uuid, %(company)s::uuid,
    'DLN-2025-' || lpad(k || '', 6, '0'), 2025000000000 + k, p.customer_id, p.driver_id, p.lease_id, 'USD', 1000,
    date '2025-10-05', (select id from repayment_matrices where company_id = %(company)s::uuid), 5, 'Open', '', '', '',
    'bench', 10, date '2025-10-01', '', false
  from generate_series(1, %(loans)s::int) k join pairs p on p.n = k %% %(leases)s::int + 1
  returning id, number
)
insert into loan_installments (id, company_id, number, installment_id, week_start_date, due_date, principal, status,
  is_suspended, loan_id, interest)
select ('01900000-0000-7000-a000-' || lpad(to_hex(16 * k + i), 12, '0'))::uuid, %(company)s::uuid, i,
  made.number || '-' || lpad(i || '', 2, '0'), date '2025-10-05' + 7 * (i - 1), date '2025-10-05' + 7 * (i - 1), 200,
  'Scheduled', false, made.id, 1.32
from (select *, row_number() over () as k from made) made cross join generate_series(1, 5) i
"""


def measure() -> Section:
    """Installments a second of one statement and of chunks of 5,000, by the bare side's."""
    from django.db import connection, connections

    kept = str(connection.settings_dict["NAME"])
    try:
        return _measure(company=_prepare(source=kept))
    finally:
        connections.close_all()
        connection.settings_dict["NAME"] = kept
        for name in (PREPARED, RUN):
            _drop(name)


def _measure(*, company: Any) -> Section:
    sides: dict[str, Callable[[], float]] = {
        "bare": _bare,
        "one": lambda: _post(company, ONE_STATEMENT),
        "chunks": lambda: _post(company, CHUNK),
    }
    times: dict[str, list[float]] = {name: [] for name in sides}
    peaks: list[int] = []
    for _ in range(ROUNDS):
        for name, side in sides.items():
            _fresh()
            times[name].append(side())
        peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    section = Section(TITLE, NOTE)
    for name, what in (("bare", "bare"), ("one", "one statement"), ("chunks", f"chunks of {CHUNK:,}")):
        section.add(f"{what}, installments/s", f"{INSTALLMENTS / median(times[name]):,.0f}")
    ratios = {
        name: median([bare / own for bare, own in zip(times["bare"], times[name], strict=True)])
        for name in ("one", "chunks")
    }
    section.at_least("one statement ÷ bare", ratios["one"], 1.0, goal=1.3)
    section.at_least(f"chunks of {CHUNK:,} ÷ bare", ratios["chunks"], 0.9)
    section.at_most("worker memory after the last round ÷ after the first", peaks[-1] / peaks[0], 1.05)
    return section


def _prepare(*, source: str) -> Any:
    """A database with the loans, the bare tables and the rows that they take; the company's id."""
    from django.db import connection, connections

    from batconnect.core.companies.opening import add_company
    from batconnect.core.database.roles import as_owner
    from batconnect.core.database.tenancy import company_context

    connections.close_all()
    _copy(source=source, target=RUN)
    connection.settings_dict["NAME"] = RUN
    with as_owner():
        company = add_company(name="Bench", time_zone="America/New_York", base_currency="USD").id
    values = {"company": company, "leases": LEASES, "loans": INSTALLMENTS // ROWS_A_LOAN}
    with company_context(company, job="bench"), connection.cursor() as cursor:
        for statement in (*FLEET, _LOANS):
            cursor.execute(statement, values)
    _post(company, CHUNK)
    connections.close_all()
    with _superuser(RUN) as server:
        for table, model_table in BARE.items():
            server.execute(f"drop table if exists {table}")
            server.execute(f"create table {table} (like {model_table} including defaults including indexes)")
            # Keys of one column want something to point at; ours have the company in front.
            server.execute(f"create unique index {table}_id on {table} (id)")
            server.execute(
                f"create unlogged table source_{table} as "
                f"select * from {model_table} where company_id = '{company}' order by id"
            )
        for key in _foreign_keys():
            server.execute(key)
        # Back to the schedules as they were, without triggers.
        server.execute("set session_replication_role = replica")
        for table in reversed(BARE.values()):
            server.execute(f"delete from {table} where company_id = '{company}'")
        server.execute(
            "update loan_installments set status = 'Scheduled', posted_on = null "
            f"where company_id = '{company}'"
        )
        server.execute("vacuum full")
        server.execute("vacuum analyze")
    _copy(source=RUN, target=PREPARED)
    return company


def _foreign_keys() -> list[str]:
    """The keys as Django makes them: one column, deferred."""
    from ledger.models import Entry, Obligation, Posting

    bare_tables = {stored: bare for bare, stored in BARE.items()}
    statements = [
        f"create unique index bare_{table}_id on {table} (id)"
        for table in ("customers", "leases", "ledger_accounts")
    ]
    for model in (Obligation, Entry, Posting):
        for field in model._meta.concrete_fields:
            if field.remote_field:
                target = field.remote_field.model._meta.db_table
                statements.append(
                    f"alter table {bare_tables[model._meta.db_table]} add foreign key ({field.column}) "
                    f"references {bare_tables.get(target, target)} (id) deferrable initially deferred"
                )
    return statements


def _post(company: Any, rows: int) -> float:
    """Seconds to post everything in statements of so many installments."""
    from batconnect.core.database.tenancy import company_context
    from ledger.repayment.services.posting import post_due
    from loans.kind import LOANS

    with company_context(company, job="bench") as actor:
        pass
    started = time.perf_counter()
    report = post_due(actor=actor, kind=LOANS, rows=rows)
    seconds = time.perf_counter() - started
    assert (report.posted, report.processed) == (INSTALLMENTS, INSTALLMENTS), report
    return seconds


def _bare() -> float:
    """Seconds to insert the same rows without anything of ours."""
    with _superuser(RUN) as server:
        started = time.perf_counter()
        with server.transaction():
            for table in BARE:
                server.execute(f"insert into {table} select * from source_{table}")
        return time.perf_counter() - started


def _fresh() -> None:
    from django.db import connection, connections

    connections.close_all()
    _copy(source=PREPARED, target=RUN)
    with _superuser(RUN) as server:
        server.execute("checkpoint")
    connection.settings_dict["NAME"] = RUN


def _superuser(database: str) -> psycopg.Connection:
    return psycopg.connect(url_of(role="superuser", database=database), autocommit=True)


def _copy(*, source: str, target: str) -> None:
    _drop(target)
    with _superuser("postgres") as server:
        server.execute(f'create database "{target}" template "{source}"')


def _drop(name: str) -> None:
    with _superuser("postgres") as server:
        server.execute(f'drop database if exists "{name}" with (force)')
