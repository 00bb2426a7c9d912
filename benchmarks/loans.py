"""The list of loans at 10,000 and at 1,000,000: two databases of one cluster, asked in turns."""

from __future__ import annotations

import psycopg

from benchmarks.installments import FLEET
from benchmarks.lists import ROUNDS, ROWS, asking
from benchmarks.results import Section, percentile95
from benchmarks.scratch import url_of

TITLE = "Loans at 10,000 and 1,000,000"
LEASES = 2_000
PATH = "/payments/driver-loans?per_page=50"
PATHS = {
    "default sort": PATH,
    "by amount": f"{PATH}&sort_by=loan_amount&sort_order=desc",
    "by start week": f"{PATH}&sort_by=start_week",
    "of a status": f"{PATH}&status=Hold",
    "of a driver": f"{PATH}&tlc_license={{license}}",
    "page 180": f"{PATH}&page=180",
}
# One loan in ten is on hold; each has two installments that wait.
_LOANS = """
with pairs as (
  select d.id as driver_id, d.customer_id, l.id as lease_id, n
  from (select *, row_number() over (order by id) n from drivers where driver_id like 'DRV-%%') d
  join (select *, row_number() over (order by id) n from leases where lease_id like 'LS-%%') l using (n)
  where d.company_id = %(company)s::uuid and l.company_id = %(company)s::uuid
), made as (
  insert into driver_loans (id, company_id, number, number_order, customer_id, driver_id, lease_id, currency, amount,
    start_week, matrix_id, installment_count, status, status_reason, notes, case_no, created_by_name, interest_rate,
    loan_date, interest_reason, is_opening)
  select ('01900000-0000-7000-9000-' || lpad(to_hex(k), 12, '0'))::uuid, %(company)s::uuid,
    'DLN-2025-' || lpad(k || '', 7, '0'), 2025000000000 + k, p.customer_id, p.driver_id, p.lease_id, 'USD',
    100 + k * 37 %% 900, date '2025-10-05' + 7 * (k %% 50), m.id, 2,
    case when k %% 10 = 0 then 'Hold' else 'Open' end, '', '', '', 'bench', 10, date '2025-10-01', '', false
  from generate_series(1, %(loans)s::int) k join pairs p on p.n = k %% %(leases)s::int + 1
  cross join (select id from repayment_matrices where company_id = %(company)s::uuid limit 1) m
  returning id, number, amount, start_week
)
insert into loan_installments (id, company_id, number, installment_id, week_start_date, due_date, principal, status,
  is_suspended, loan_id, interest)
select gen_random_uuid(), %(company)s::uuid, i, made.number || '-0' || i, start_week + 7 * (i - 1),
  start_week + 7 * (i - 1), amount / 2, 'Scheduled', false, made.id, 1.32
from made cross join generate_series(1, 2) i
"""


def measure() -> Section:
    """p95 of the list with a million loans, divided by that with ten thousand."""
    _make_databases()
    section = Section(
        TITLE,
        "p95 of the whole request in one process (no HTTP server), 50 rows a page; two databases of one cluster, "
        "asked in turns.",
    )
    with asking("small") as small, asking("large") as large:
        for name, path in PATHS.items():
            times: dict[str, list[float]] = {"small": [], "large": []}
            for number in range(ROUNDS + 1):
                sides = (("small", small), ("large", large))
                for size, ask in sides if number % 2 else sides[::-1]:
                    taken = ask(path)
                    if number:  # the first round warms up
                        times[size] += taken
            p95 = {size: percentile95(values) * 1000 for size, values in times.items()}
            section.add(f"{name}, ms", f"{p95['small']:.1f} → {p95['large']:.1f}")
            ratio = p95["large"] / p95["small"]
            if name == "default sort":
                section.at_most(f"{name}, 1,000,000 ÷ 10,000", ratio, 1.5)
            else:
                section.add(f"{name}, 1,000,000 ÷ 10,000", f"{ratio:.2f}")
    return section


def _make_databases() -> None:
    """Both databases, filled without key checks and triggers: they are only read."""
    from django.db import connections

    from demo.companies import HUDSON

    connections.close_all()
    with psycopg.connect(url_of(role="superuser", database="postgres"), autocommit=True) as server:
        for size in ROWS:
            server.execute(f"drop database if exists lists_{size}")
            server.execute(f"create database lists_{size} template batconnect owner batconnect_owner")
    for size, loans in ROWS.items():
        values = {"company": HUDSON, "leases": LEASES, "loans": loans}
        with psycopg.connect(url_of(role="superuser", database=f"lists_{size}"), autocommit=True) as server:
            server.execute("set session_replication_role = replica")
            server.execute("set synchronous_commit = off")
            for statement in (*FLEET, _LOANS):
                server.execute(statement, values)
            server.execute("vacuum analyze")
            server.execute("checkpoint")
