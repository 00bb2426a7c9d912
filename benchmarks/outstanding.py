"""The summary of a renewal case: over HTTP against the empty authenticated endpoint, and beside a million others."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.results import Section, median, percentile95
from benchmarks.scratch import url_of
from benchmarks.submit import CONNECTIONS, EMPTY, MAX_SECONDS
from benchmarks.web import load_client, web

ROOT = Path(__file__).resolve().parent.parent
TITLE = "Outstanding amounts of a renewal case"
INSTALLMENTS = 12
ROWS = {"small": 10_000, "large": 1_000_000}
ROUNDS, REQUESTS = 7, 1_500
REPEATS = 40


def measure() -> Section:
    """The ratio of rates at 12 installments, then p95 with 10,000 and with 1,000,000 installments in the company."""
    section = Section(
        TITLE,
        f"Summary of a case with {INSTALLMENTS} installments. Rates: gunicorn as in the Procfile, {CONNECTIONS} "
        f"connections, {ROUNDS} rounds with the sides taking turns. p95: the whole request in one process, two "
        "databases of one cluster, asked in turns.",
    )
    _rates(section)
    _percentiles(section)
    return section


def _rates(section: Section) -> None:
    from batconnect.core.database.tenancy import company_context
    from batconnect.core.models import User
    from batconnect.core.people.tokens import AccessToken
    from demo.companies import BIG_APPLE

    with company_context(BIG_APPLE, job="bench") as actor:
        case_id = make_case(actor, policy="BENCH-12")
    token = AccessToken.for_user(User.objects.get(username="cashier"))
    headers = {"Authorization": f"Bearer {token}", "X-Company-Id": str(BIG_APPLE)}
    jobs = {
        "empty": [["GET", EMPTY, ""]] * REQUESTS,
        "summary": [["GET", path_of(case_id), ""]] * REQUESTS,
    }
    rates: dict[str, list[float]] = {"empty": [], "summary": []}
    with web() as port, load_client() as send:
        for number in range(ROUNDS + 1):
            for name in ("empty", "summary") if number % 2 else ("summary", "empty"):
                answer = send(
                    port=port,
                    connections=CONNECTIONS,
                    seconds=MAX_SECONDS,
                    headers=headers,
                    requests=jobs[name],
                )
                assert not answer["wrong"], f"{name}: {answer['wrong']}"
                if number:  # the first round warms up
                    rates[name].append(answer["done"] / answer["seconds"])
    section.add("empty authenticated endpoint, requests/s", f"{median(rates['empty']):,.0f}")
    section.add("summary, requests/s", f"{median(rates['summary']):,.0f}")
    ratio = median([ours / empty for ours, empty in zip(rates["summary"], rates["empty"], strict=True)])
    section.at_least("summary ÷ empty", ratio, 0.4)


def _percentiles(section: Section) -> None:
    _make_databases()
    with _worker("small") as small, _worker("large") as large:
        times: dict[str, list[float]] = {"small": [], "large": []}
        for number in range(ROUNDS + 1):
            sides = (("small", small), ("large", large))
            for size, ask in sides if number % 2 else sides[::-1]:
                taken = ask(REPEATS)
                if number:  # the first round warms up
                    times[size] += taken
    p95 = {size: percentile95(values) * 1000 for size, values in times.items()}
    section.add(
        "summary p95 with 10,000 → 1,000,000 installments, ms", f"{p95['small']:.1f} → {p95['large']:.1f}"
    )
    section.at_most("summary p95, 1,000,000 ÷ 10,000", p95["large"] / p95["small"], 1.3)


def path_of(case_id: int) -> str:
    return f"/api/case-tracking/cases/{case_id}/outstanding-amounts/summary/"


def make_case(actor: Any, *, policy: str) -> int:
    """A case with 12 installments; its id."""
    from datetime import timedelta
    from decimal import Decimal

    from batconnect.core.kernel import clock
    from batconnect.directory.models import Customer
    from outstanding.services import NewInstallment, open_renewal_case

    customer = Customer.objects.create(company_id=actor.company_id, name=policy)
    day = clock.today(actor.company) - timedelta(days=100)
    renewal = open_renewal_case(
        actor=actor,
        customer_id=customer.pk,
        customer_name=policy,
        policy_number=policy,
        policy_type="bench",
        premium=Decimal("12000.00"),
        installments=[
            NewInstallment(f"P{place}", Decimal("1000.00"), day + timedelta(days=30 * place))
            for place in range(INSTALLMENTS)
        ],
    )
    return int(renewal.pk)


def _make_databases() -> None:
    import psycopg
    from django.db import connections

    connections.close_all()
    with psycopg.connect(url_of(role="superuser", database="postgres"), autocommit=True) as server:
        server.execute("alter system set max_wal_size = '8GB'")
        server.execute("select pg_reload_conf()")
        for size in ROWS:
            server.execute(f"drop database if exists outstanding_{size}")
            server.execute(f"create database outstanding_{size} template batconnect owner batconnect_owner")
            server.execute(f"alter database outstanding_{size} set synchronous_commit = off")
    for size, rows in ROWS.items():
        url = url_of(role="superuser", database=f"outstanding_{size}")
        with psycopg.connect(url, autocommit=True) as server:
            server.execute("set session_replication_role = replica")
            for statement in _FILL:
                server.execute(statement.replace("{rows}", str(rows)))
            server.execute("vacuum analyze")
            server.execute("checkpoint")


# Cases of 12 installments each with real entries and postings, set-based; ids follow from the row's number.
_COMPANY = "(select id from companies where name = 'Big Apple Taxi')"
_ACCOUNT = (
    "(select id from ledger_accounts where company_id = {company} and currency = 'USD' and code = '{code}')"
)
_KEY = "('019a0000-000{kind}-7000-8000-' || lpad(to_hex({number}), 12, '0'))::uuid"


def _key(kind: int, number: str = "n") -> str:
    return _KEY.format(kind=kind, number=number)


def _account(code: str) -> str:
    return _ACCOUNT.format(company=_COMPANY, code=code)


_CASE = f"((n - 1) / {INSTALLMENTS} + 5000000)"
_DAY = f"(current_date - 200 + ((n - 1) % {INSTALLMENTS})::int * 30)"
_CASES = f"generate_series(1, {{rows}} / {INSTALLMENTS} + 1) n"
_EACH = "generate_series(1::bigint, {rows}) n"
_OWNER = _key(1, f"(n - 1) / {INSTALLMENTS} + 1")
_FILL = (
    f"""insert into customers (id, company_id, name, email, phone, address)
        select {_key(1)}, {_COMPANY}, 'C' || n, '', '', '' from {_CASES}""",
    f"""insert into cases (id, company_id, case_type_id, case_no, state, state_before_hold, state_changed_at,
          current_step, draft, subject, created_by_name, created_on, version)
        select 5000000 + n - 1, {_COMPANY}, (select id from case_types where code = 'RENEWAL'),
          'RENEWAL' || 5000000 + n, 'Open', '', now(), 'RENEWAL-001', '{{}}', '', 'bench', now(), 1 from {_CASES}""",
    f"""insert into renewal_cases (id, company_id, customer_id, policy_number, policy_type, premium, currency)
        select 5000000 + n - 1, {_COMPANY}, {_key(1)}, 'B' || n, 'bench', 12000, 'USD' from {_CASES}""",
    f"""insert into ledger_obligations (id, company_id, customer_id, currency, category, reference_id, description,
          original, outstanding, written_off, issue_date, due_date, status, is_opening, source_type, source_id)
        select {_key(2)}, {_COMPANY}, {_OWNER}, 'USD', 'PREMIUM', 'B-' || n, '', 1000, 1000, 0, current_date, {_DAY},
          'open', false, 'outstanding.installment', (9000000 + n)::text from {_EACH}""",
    f"""insert into ledger_entries (id, company_id, currency, effective_on, event, source_type, source_id,
          is_full_reversal, line_count, case_no, reason, actor, request_id)
        select {_key(3)}, {_COMPANY}, 'USD', current_date, 'obligation_raised', 'ledger.obligation', {_key(2)}::text,
          false, 2, '', '', 'bench', '' from {_EACH}""",
    f"""insert into ledger_postings (id, company_id, entry_id, line, line_count, account_id, currency, subledger,
          amount, obligation_id)
        select {_key(4, "n * 2 + line")}, {_COMPANY}, {_key(3)}, line, 2,
          case line when 1 then {_account("receivable:PREMIUM")} else {_account("premiums_payable")} end,
          'USD', case line when 1 then 'PREMIUM' else '' end,
          case line when 1 then 1000 else -1000 end, case line when 1 then {_key(2)} end
        from {_EACH} cross join generate_series(1, 2) line""",
    f"""insert into customer_installments (id, company_id, renewal_case_id, obligation_id, period, amount, due_date,
          description)
        select 9000000 + n, {_COMPANY}, {_CASE}, {_key(2)}, 'P' || n, 1000, {_DAY}, '' from {_EACH}""",
)


@contextmanager
def _worker(size: str) -> Iterator[Any]:
    environ = {
        **os.environ,
        "DATABASE_URL": url_of(role="app", database=f"outstanding_{size}"),
        "DATABASE_OWNER_URL": url_of(role="owner", database=f"outstanding_{size}"),
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.outstanding"],
        cwd=ROOT,
        env=environ,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin
    assert process.stdout

    def ask(times: int) -> list[float]:
        process.stdin.write(f"{times}\n")  # type: ignore[union-attr]  # a pipe
        process.stdin.flush()  # type: ignore[union-attr]
        return json.loads(process.stdout.readline())  # type: ignore[union-attr,no-any-return]

    try:
        yield ask
    finally:
        process.stdin.close()
        process.wait(timeout=20)


def main() -> None:
    """The worker: a number of requests on stdin, their seconds on stdout."""
    import time

    import django

    django.setup()
    from django.test import Client

    from batconnect.core.models import User
    from batconnect.core.people.tokens import AccessToken
    from demo.companies import BIG_APPLE

    token = AccessToken.for_user(User.objects.get(username="cashier"))
    client = Client(
        HTTP_HOST="localhost", headers={"Authorization": f"Bearer {token}", "X-Company-Id": str(BIG_APPLE)}
    )
    for line in sys.stdin:
        taken = []
        for place in range(int(line)):
            began = time.perf_counter()
            answer = client.get(path_of(5_000_000 + place * 19 % 800))
            body = answer.content
            taken.append(time.perf_counter() - began)
            assert answer.status_code == 200, body
        sys.stdout.write(json.dumps(taken) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
