"""100,000 tolls from a file, beside COPY of the file and the set-based insert of the same rows."""

from __future__ import annotations

import io
import resource
import time
from datetime import timedelta
from typing import Any

import psycopg

from benchmarks.installments import FLEET, LEASES
from benchmarks.results import Section, median
from benchmarks.scratch import url_of

TITLE = "Files of agencies"
ROUNDS = 3
ROWS = 100_000
NOTE = (
    f"{ROWS:,} E-ZPass tolls of {LEASES:,} leases, by plate. Our side receives the file, keeps its lines, reads "
    "them, makes the rows, joins them by plate and day to lease and driver, and raises an obligation each. The other "
    "side copies the file by COPY into a temporary table and inserts the very same lines, rows, obligations, entries "
    "and postings in one statement into the same tables (all keys, triggers, row security), from unlogged copies. "
    f"Each round has numbers of its own; medians of {ROUNDS} rounds."
)
_HEADINGS = (
    "Lane Txn ID",
    "Transaction Date",
    "Tag/Plate Number",
    "Agency",
    "Exit Time",
    "Exit Plaza",
    "Amount",
)
_OTHER = "('f' || substr({0}::text, 2))::uuid"
# In this order: what others point at comes first.
_COPIES = {
    "agency_imports": "select * from agency_imports where id = '{import}'",
    "ledger_obligations": "select o.* from ledger_obligations o join agency_rows r on r.company_id = o.company_id "
    "and r.obligation_id = o.id where r.import_id = '{import}' order by o.id",
    "agency_rows": "select * from agency_rows where import_id = '{import}' order by id",
    "agency_import_lines": "select * from agency_import_lines where import_id = '{import}' order by line_no",
    "ledger_entries": "select e.* from ledger_entries e where e.source_type = 'ledger.obligation' and e.source_id in "
    "(select id::text from copy_ledger_obligations) order by e.id",
    "ledger_postings": "select p.* from ledger_postings p join copy_ledger_entries e on e.id = p.entry_id "
    "order by p.entry_id, p.line",
}
_CHANGED = {
    "agency_imports": {"id": _OTHER, "checksum": "reverse({0})"},
    "ledger_obligations": {"id": _OTHER, "reference_id": "'B' || {0}", "source_id": "'f' || substr({0}, 2)"},
    "agency_rows": {"id": _OTHER, "reference": "'B' || {0}", "import_id": _OTHER, "obligation_id": _OTHER},
    "agency_import_lines": {"id": None, "import_id": _OTHER, "row_id": _OTHER},
    "ledger_entries": {"id": _OTHER, "source_id": "'f' || substr({0}, 2)"},
    "ledger_postings": {"id": _OTHER, "entry_id": _OTHER, "obligation_id": _OTHER},
}


def measure() -> Section:
    """Seconds of both sides, of the upload alone, and the memory of the process that works the file off."""
    company = _prepare()
    times: dict[str, list[float]] = {"upload": [], "import": [], "bare": []}
    peaks: list[int] = []
    for number in range(ROUNDS):
        content = _file(number)
        _rest()
        import_id, upload, seconds = _import(company, content)
        times["upload"].append(upload)
        times["import"].append(seconds)
        peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
        times["bare"].append(_bare(company, str(import_id), content))
    section = Section(TITLE, NOTE)
    section.add("COPY and set-based insert of the same rows, s", f"{median(times['bare']):.2f}")
    section.at_most("import, s", median(times["import"]), 60)
    section.add("of it the upload, until the answer, s", f"{median(times['upload']):.2f}")
    section.add("rows/s", f"{ROWS / median(times['import']):,.0f}")
    ratio = median([own / bare for own, bare in zip(times["import"], times["bare"], strict=True)])
    section.at_most("import ÷ COPY and set-based insert", ratio, 3.0)
    section.at_most("memory after the last round ÷ after the first", peaks[-1] / peaks[0], 1.1)
    return section


def _prepare() -> Any:
    """A company with a fleet, every lease with its primary driver."""
    from django.db import connection

    from batconnect.core.companies.opening import add_company
    from batconnect.core.database.roles import as_owner
    from batconnect.core.database.tenancy import company_context

    with as_owner():
        company = add_company(name="Bench", time_zone="America/New_York", base_currency="USD").id
    with company_context(company, job="bench"), connection.cursor() as cursor:
        for statement in FLEET:
            cursor.execute(statement, {"company": company, "leases": LEASES})
        cursor.execute(
            "insert into lease_drivers (company_id, lease_id, driver_id, role, from_on) "
            "select l.company_id, l.id, d.id, 'Primary', l.started_on from "
            "(select *, row_number() over (order by id) n from leases where company_id = %(company)s::uuid) l join "
            "(select *, row_number() over (order by id) n from drivers where company_id = %(company)s::uuid) d "
            "using (n)",
            {"company": company},
        )
    return company


def _file(number: int) -> bytes:
    """A statement whose tolls lie in the month that is over."""
    from batconnect.core.kernel.clock import now

    first = (now() - timedelta(days=40)).date()
    lines = [",".join(_HEADINGS)]
    lines += [
        f"{number}-{n},{first + timedelta(days=n % 28):%m/%d/%Y},P{n % LEASES + 1},MTAB&T,"
        f"{n % 24:02}:{n % 60:02}:00,RFK,-{6 + n % 9}.94"
        for n in range(ROWS)
    ]
    return ("\n".join(lines) + "\n").encode()


def _rest() -> None:
    with psycopg.connect(url_of(role="superuser", database="batconnect"), autocommit=True) as server:
        server.execute("vacuum analyze")
        server.execute("checkpoint")


def _import(company: Any, content: bytes) -> tuple[Any, float, float]:
    """The import's id, the seconds until it was received, and until it was worked off."""
    from agencies.models import AgencyImport
    from agencies.services.processing import process_import
    from agencies.services.receiving import receive_file
    from batconnect.core.database.tenancy import company_context, job_actor

    began = time.perf_counter()
    with company_context(company, job="bench") as actor:
        received = receive_file(actor=actor, file=io.BytesIO(content), file_name="tolls.csv")
    upload = time.perf_counter() - began
    process_import(actor=job_actor(company_id=company, job="bench"), import_id=received.id)
    seconds = time.perf_counter() - began
    with company_context(company, job="bench"):
        done = AgencyImport.objects.get(id=received.id)
        assert (done.status, done.new_lines) == ("completed", ROWS), done.status
        assert done.rows.filter(state="done").count() == ROWS, "every toll found its driver"
    return received.id, upload, seconds


def _bare(company: Any, import_id: str, content: bytes) -> float:
    """Seconds to copy the file and to insert the import's rows once more, by one statement; rolled back."""
    with psycopg.connect(url_of(role="superuser", database="batconnect"), autocommit=True) as server:
        for table, statement in _COPIES.items():
            server.execute(f"drop table if exists copy_{table}")
            server.execute(
                f"create unlogged table copy_{table} as {statement.replace('{import}', import_id)}"
            )
            server.execute(f"grant select on copy_{table} to public")
        server.execute("analyze")
        server.execute("checkpoint")
    # As the owner: the runtime role may not name every column.
    with psycopg.connect(url_of(role="owner", database="batconnect")) as connection:
        connection.execute("select set_config('app.current_company_id', %s, true)", [str(company)])
        columns = ", ".join(f"c{place} text" for place in range(len(_HEADINGS)))
        connection.execute(f"create temporary table copied_file ({columns}) on commit drop")
        statement = _insert(connection)
        began = time.perf_counter()
        with connection.cursor().copy("copy copied_file from stdin (format csv, header)") as copy:
            copy.write(content)
        connection.execute(statement)
        seconds = time.perf_counter() - began
        connection.rollback()
    return seconds


def _insert(connection: psycopg.Connection) -> str:
    parts = []
    for table, changed in _CHANGED.items():
        columns = [
            name
            for (name,) in connection.execute(
                "select column_name from information_schema.columns where table_name = %s order by ordinal_position",
                [table],
            ).fetchall()
            if changed.get(name, "") is not None
        ]
        chosen = [str(changed[name]).format(name) if name in changed else name for name in columns]
        parts.append(
            f"insert into {table} ({', '.join(columns)}) select {', '.join(chosen)} from copy_{table}"
        )
    head = ", ".join(f"part{number} as ({part})" for number, part in enumerate(parts[:-1]))
    return f"with {head} {parts[-1]}"
