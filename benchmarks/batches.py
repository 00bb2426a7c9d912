"""A batch of 10,000 payments from POST to completed, beside the set-based insert of the same rows."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg

from benchmarks.results import Section, median, percentile95
from benchmarks.scratch import url_of
from benchmarks.web import web

TITLE = "Payment batches"
ROUNDS = 3
CUSTOMERS, INVOICES, PAYMENTS = 2_000, 5, 10_000
LIST = "/api/accounting/payment-batches?limit=50"
PACE_SECONDS = 0.05
ROOT = Path(__file__).resolve().parent.parent
NOTE = (
    f"{PAYMENTS:,} CSV payments with fifo over {CUSTOMERS:,} customers with {INVOICES} open invoices each, by the web "
    "and worker processes of the Procfile. The set-based side inserts the very same payments, allocations, entries and "
    "postings in one statement into the same tables (all keys, triggers, row security), as the runtime role, from "
    "unlogged copies. Each round has customers of its own; medians of "
    f"{ROUNDS} rounds. The list is asked every {PACE_SECONDS * 1000:g} ms."
)
# The same rows once more: every id with another first digit, every number and source with another letter.
_OTHER = "('f' || substr({0}::text, 2))::uuid"
_COPIES = {
    "payments": "select p.* from payments p join payment_batch_rows r on r.company_id = p.company_id "
    "and r.payment_id = p.id where r.batch_id = %(batch)s::uuid order by r.row_no",
    "payment_allocations": "select a.* from payment_allocations a join payment_batch_rows r "
    "on r.company_id = a.company_id and r.payment_id = a.payment_id where r.batch_id = %(batch)s::uuid order by a.id",
    "ledger_entries": "select e.* from ledger_entries e where e.company_id = %(company)s::uuid and e.id in ("
    "select entry_id from ledger_postings where payment_id in (select id from copy_payments)) order by e.id",
    "ledger_postings": "select p.* from ledger_postings p join copy_ledger_entries e on e.id = p.entry_id "
    "order by p.entry_id, p.line",
}
_CHANGED = {
    "payments": {"id": _OTHER, "number": "'B' || {0}"},
    "payment_allocations": {"id": _OTHER, "operation_id": _OTHER, "payment_id": _OTHER},
    "ledger_entries": {"id": _OTHER, "source_id": "'f' || substr({0}, 2)"},
    "ledger_postings": {"id": _OTHER, "entry_id": _OTHER, "payment_id": _OTHER},
}


def measure() -> Section:
    """Seconds of both sides, the answer to the upload, the worker's memory, and a list meanwhile."""
    headers, company = login()
    times: dict[str, list[float]] = {"upload": [], "batch": [], "bare": []}
    memory: list[int] = []
    with worker() as process, web() as port:
        for number in range(ROUNDS):
            content = _prepare(number)
            batch, answered, seconds = _run(port, headers, content)
            memory.append(peak_memory(process))
            times["upload"].append(answered)
            times["batch"].append(seconds)
            times["bare"].append(_bare(company, batch))
        idle = _ask(port, headers, seconds=3.0)
        content = _prepare(ROUNDS)
        list_times: list[float] = []
        asking = threading.Event()
        thread = threading.Thread(target=lambda: list_times.extend(_ask(port, headers, until=asking)))
        thread.start()
        _run(port, headers, content)
        asking.set()
        thread.join()
        memory.append(peak_memory(process))
    return _section(times, memory, idle, list_times)


def _section(
    times: dict[str, list[float]], memory: list[int], idle: list[float], busy: list[float]
) -> Section:
    section = Section(TITLE, NOTE)
    section.add("POST to completed, s", f"{median(times['batch']):.2f}")
    section.add("payments/s", f"{PAYMENTS / median(times['batch']):,.0f}")
    section.add("set-based insert of the same rows, s", f"{median(times['bare']):.2f}")
    ratio = median([own / bare for own, bare in zip(times["batch"], times["bare"], strict=True)])
    section.at_most("batch ÷ set-based insert (goal 1.5)", ratio, 4.0)
    section.at_most("the upload's answer, s", median(times["upload"]), 1.0)
    section.at_most("worker's largest process, MB", max(memory) / 1024, 200)
    section.at_most("its peak after the last batch ÷ after the first", memory[-1] / memory[0], 1.1)
    section.add(
        "list p95 idle → meanwhile, ms", f"{percentile95(idle) * 1000:.1f} → {percentile95(busy) * 1000:.1f}"
    )
    section.at_most("list p95 meanwhile ÷ idle", percentile95(busy) / percentile95(idle), 2.0)
    return section


def login() -> tuple[dict[str, str], Any]:
    """The manager's headers, and the company."""
    from batconnect.core.models import User
    from batconnect.core.people.tokens import AccessToken
    from demo.companies import BIG_APPLE

    token = AccessToken.for_user(User.objects.get(username="manager"))
    return {"Authorization": f"Bearer {token}", "X-Company-Id": str(BIG_APPLE)}, BIG_APPLE


def _prepare(number: int) -> bytes:
    """Customers of this round with their invoices; the file that pays them."""
    from django.db import connection

    from batconnect.core.database.tenancy import company_context
    from batconnect.core.kernel import clock
    from batconnect.directory.models import Customer
    from demo.companies import BIG_APPLE
    from ledger import chart
    from ledger.chart import Category
    from ledger.services.obligations import ObligationDraft, raise_obligations

    amount = Decimal("100.00")
    with company_context(BIG_APPLE, job="bench") as actor:
        day = clock.today(actor.company)
        customers = Customer.objects.bulk_create(
            [
                Customer(company_id=BIG_APPLE, name=f"Payer {n}", external_reference=f"B{number}-{n}")
                for n in range(CUSTOMERS)
            ]
        )
        drafts = [
            ObligationDraft(
                category=Category.INVOICE,
                reference_id=f"BENCH-{number}-{n}-{place}",
                amount=amount,
                issue_date=day - timedelta(days=60 - place),
                due_date=day - timedelta(days=30 - place),
                customer_id=customer.id,
                credits=((chart.INVOICE_INCOME, amount),),
            )
            for n, customer in enumerate(customers)
            for place in range(INVOICES)
        ]
        for start in range(0, len(drafts), 2_000):
            raise_obligations(actor=actor, drafts=drafts[start : start + 2_000])
        with connection.cursor() as cursor:
            cursor.execute(
                "insert into invoices (id, company_id, customer_id, number, issue_date, due_date, currency, net_total, "
                "tax_total, total, notes, obligation_id) select gen_random_uuid(), company_id, customer_id, "
                "reference_id, issue_date, due_date, currency, original, 0, original, '', id from ledger_obligations "
                "where company_id = %s::uuid and reference_id like %s",
                [BIG_APPLE, f"BENCH-{number}-%"],
            )
    lines = [
        "customer_reference,payment_method,amount,currency,payment_date,reference_number,auto_allocate,"
        "allocation_strategy"
    ]
    lines += [
        f"B{number}-{n % CUSTOMERS},bank_transfer,70.00,USD,{day},REF-{number}-{n},yes,fifo"
        for n in range(PAYMENTS)
    ]
    with psycopg.connect(url_of(role="superuser", database="batconnect"), autocommit=True) as server:
        server.execute("vacuum analyze")
        server.execute("checkpoint")
    return "\n".join(lines).encode()


def _run(port: int, headers: dict[str, str], content: bytes) -> tuple[str, float, float]:
    """Upload the file and wait until it is done: the batch's id, seconds of the answer and of all."""
    sent = {**headers, "Idempotency-Key": str(uuid4())}
    began = time.perf_counter()
    status, answer = upload(
        port,
        "/api/accounting/payment-batches",
        sent,
        content,
        name="p.csv",
        fields={"source_type": "csv_import"},
    )
    assert status == 202, answer
    answered = time.perf_counter() - began
    path = f"/api/accounting/payment-batches/{answer['batch_id']}"
    while True:
        _, state = ask(port, "GET", path, headers)
        if state["status"] not in ("pending", "processing"):
            break
        time.sleep(0.1)
    seconds = time.perf_counter() - began
    assert (state["status"], state["succeeded_rows"]) == ("completed", PAYMENTS), state
    return str(answer["batch_id"]), answered, seconds


def upload(
    port: int, path: str, headers: dict[str, str], content: bytes, *, name: str, fields: dict[str, str]
) -> tuple[int, Any]:
    """POST a file with these fields beside it; status and answer."""
    boundary = uuid4().hex
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{field}"\r\n\r\n{value}\r\n'
        for field, value in fields.items()
    ]
    parts.append(
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n"
    )
    body = "".join(parts).encode() + content + f"\r\n--{boundary}--\r\n".encode()
    sent = {**headers, "Content-Type": f"multipart/form-data; boundary={boundary}"}
    return ask(port, "POST", path, sent, body)


def ask(
    port: int, method: str, path: str, headers: dict[str, str], body: bytes | None = None
) -> tuple[int, Any]:
    """One call; status and answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    try:
        connection.request(method, path, body=body, headers=headers)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


def _ask(
    port: int, headers: dict[str, str], *, seconds: float = 600, until: threading.Event | None = None
) -> list[float]:
    """Ask for the list at an even pace; how long each answer took."""
    taken: list[float] = []
    deadline = time.perf_counter() + seconds
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    while time.perf_counter() < deadline and not (until and until.is_set()):
        began = time.perf_counter()
        connection.request("GET", LIST, headers=headers)
        connection.getresponse().read()
        taken.append(time.perf_counter() - began)
        time.sleep(PACE_SECONDS)
    connection.close()
    return taken


def _bare(company: Any, batch: str) -> float:
    """Seconds to insert the batch's rows once more, by one statement; rolled back."""
    values = {"company": company, "batch": batch}
    with psycopg.connect(url_of(role="superuser", database="batconnect"), autocommit=True) as server:
        for table, statement in _COPIES.items():
            server.execute(f"drop table if exists copy_{table}")
            server.execute(f"create unlogged table copy_{table} as {statement % _quoted(values)}")
            server.execute(f"grant select on copy_{table} to public")
        server.execute("analyze")
        server.execute("checkpoint")
    # As the owner: the runtime role may not name every column.
    with psycopg.connect(url_of(role="owner", database="batconnect")) as connection:
        connection.execute("select set_config('app.current_company_id', %s, true)", [str(company)])
        statement = _insert(connection)
        began = time.perf_counter()
        connection.execute(statement)
        seconds = time.perf_counter() - began
        connection.rollback()
    return seconds


def _quoted(values: dict[str, Any]) -> dict[str, str]:
    return {name: f"'{value}'" for name, value in values.items()}


def _insert(connection: psycopg.Connection) -> str:
    parts = []
    for table, changed in _CHANGED.items():
        columns = [
            name
            for (name,) in connection.execute(
                "select column_name from information_schema.columns where table_name = %s order by ordinal_position",
                [table],
            ).fetchall()
        ]
        chosen = [changed[name].format(name) if name in changed else name for name in columns]
        parts.append(
            f"insert into {table} ({', '.join(columns)}) select {', '.join(chosen)} from copy_{table}"
        )
    head = ", ".join(f"part{number} as ({part})" for number, part in enumerate(parts[:-1]))
    return f"with {head} {parts[-1]}"


@contextmanager
def worker() -> Iterator[int]:
    """The worker process as the Procfile starts it; its process id."""
    line = next(text for text in (ROOT / "Procfile").read_text().splitlines() if text.startswith("worker:"))
    environ = {
        **os.environ,
        "WORKER_LOGLEVEL": "warning",
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
    }
    process = subprocess.Popen(["/bin/sh", "-c", line.removeprefix("worker:")], cwd=ROOT, env=environ)
    try:
        time.sleep(3)
        yield process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)


def peak_memory(worker: int) -> int:
    """The largest resident size that one of the worker's processes ever had, in kB."""
    largest = 0
    for folder in Path("/proc").iterdir():
        if not folder.name.isdecimal():
            continue
        try:
            status = (folder / "status").read_text()
        except OSError:
            continue
        fields = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
        if int(folder.name) == worker or int(fields["PPid"]) == worker:
            largest = max(largest, int(fields["VmHWM"].split()[0]))
    return largest
