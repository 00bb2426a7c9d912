"""Allocating a payment: over HTTP, as a service beside one PL/pgSQL function, and by a strategy over many invoices."""

from __future__ import annotations

import json
import multiprocessing
import os
import time
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from benchmarks.results import Section, median
from benchmarks.web import load_client, web

ROUNDS = 7
ALLOCATIONS, EMPTIES = 700, 1_500
MAX_SECONDS = 8.0
CONNECTIONS = 4
PAYERS = 40
SERVICE_CLIENTS, SERVICE_SECONDS, SERVICE_ROUNDS = 2, 3.0, 5
FEW, MANY = 10, 1_000
AUTO_TIMES = 30
EMPTY = "/api/session"
TITLE = "Allocating a payment"

# The same work in one call: context, both locks, the checks, allocation, entry, postings, event, both balances.
FUNCTION = """
create or replace function bench_allocate(company uuid, payer uuid, debt uuid, part numeric, person bigint)
returns void language plpgsql as $body$
declare
  p record; o record; a uuid := uuidv7(); e uuid := uuidv7(); op uuid := uuidv7();
begin
  perform set_config('app.current_company_id', company::text, true);
  select * into p from payments where company_id = company and id = payer for no key update;
  select * into o from ledger_obligations where company_id = company and id = debt for no key update;
  if p.status <> 'posted' or part > p.unallocated - p.reserved or o.status <> 'open' or part > o.outstanding
     or o.customer_id <> p.customer_id or o.currency <> p.currency then
    raise exception 'refused';
  end if;
  insert into payment_allocations (id, company_id, operation_id, line, payment_id, obligation_id, amount,
      discount_amount, discount_percent, discount_reason, refunded_amount, refunded_discount, status,
      allocation_date, strategy, decision, outstanding_after, notes, created_by_id, reason)
    values (a, company, op, 1, payer, debt, part, 0, 0, '', 0, 0, 'active', current_date, 'chosen',
      jsonb_build_object('line', 1, 'outstanding_before', o.outstanding::text), o.outstanding - part, '', person, '');
  insert into audit_events (id, company_id, user_id, actor, action, subject_type, subject_id, reason, request_id,
      details)
    values (uuidv7(), company, person, 'bench', 'payments.allocated', 'payments.payment', payer::text, '', '',
      jsonb_build_object('operation_id', op::text, 'lines', 1, 'cash', part::text, 'discount', '0.00'));
  with entry as (
    insert into ledger_entries (id, company_id, currency, effective_on, event, source_type, source_id, customer_id,
        lease_id, is_full_reversal, line_count, case_no, reason, operation_id, created_by_id, actor, request_id)
      values (e, company, o.currency, current_date, 'allocation_applied', 'payments.allocation', a::text, o.customer_id,
        o.lease_id, false, 2, '', '', op, person, 'bench', '')
  )
  insert into ledger_postings (id, company_id, entry_id, line, line_count, account_id, currency, subledger, amount,
      obligation_id, payment_id)
    select uuidv7(), company, e, l.line, 2, x.id, x.currency, x.subledger, l.amount, l.obligation_id, l.payment_id
    from (values (1::smallint, 'unallocated_cash', part, null::uuid, payer),
                 (2::smallint, 'receivable:' || o.category, -part, debt, null::uuid))
         as l(line, code, amount, obligation_id, payment_id)
    join ledger_accounts x on x.company_id = company and x.currency = o.currency and x.code = l.code;
  update payments set unallocated = unallocated - part, version = version + 1 where company_id = company and id = payer;
  update ledger_obligations set outstanding = outstanding - part,
      status = case when outstanding - part > 0 then 'open' else 'settled' end
    where company_id = company and id = debt;
end $body$
"""


def measure() -> Section:
    """Ratios: HTTP ÷ empty endpoint, service ÷ function, many invoices ÷ few."""
    _make_function()
    headers, pairs = _prepare()
    section = Section(
        TITLE,
        f"HTTP: gunicorn as in the Procfile ({os.environ.get('WEB_CONCURRENCY', '2')} workers), {CONNECTIONS} "
        f"kept-alive connections from a process of their own, {ROUNDS} rounds with the sides taking turns. Service: "
        f"{SERVICE_CLIENTS} processes, {SERVICE_ROUNDS} rounds of {SERVICE_SECONDS:g} s a side; the function does the "
        "same writes with the same keys, triggers and row security in one call. Strategies: fifo, one request at a "
        "time.",
    )
    with web() as port, load_client() as send:
        _measure_http(section, headers, pairs, port, send)
        _measure_auto(section, headers, port, send)
    _measure_service(section, pairs)
    section.at_most(
        "SQL round trips of an allocation over HTTP (BEGIN and COMMIT included)",
        _round_trips(headers, pairs),
        9,
    )
    return section


def _measure_http(
    section: Section, headers: dict[str, str], pairs: list[tuple[str, str]], port: int, send: Any
) -> None:
    empties, allocations = [], []
    for number in range(ROUNDS + 1):
        jobs = {
            "empty": [["GET", EMPTY, ""]] * EMPTIES,
            "allocate": [_allocation(*pairs[place % len(pairs)]) for place in range(ALLOCATIONS)],
        }
        rates = {}
        for name in ("empty", "allocate") if number % 2 else ("allocate", "empty"):
            answer = send(
                port=port,
                connections=CONNECTIONS,
                seconds=MAX_SECONDS,
                headers=headers,
                requests=jobs[name],
            )
            assert not answer["wrong"], f"{name}: {answer['wrong']}"
            rates[name] = answer["done"] / answer["seconds"]
        if number:  # the first round warms up
            empties.append(rates["empty"])
            allocations.append(rates["allocate"])
    section.add("empty authenticated endpoint, requests/s", f"{median(empties):,.0f}")
    section.add("allocation over HTTP, requests/s", f"{median(allocations):,.0f}")
    ratio = median([ours / empty for ours, empty in zip(allocations, empties, strict=True)])
    section.at_least("allocation ÷ empty", ratio, 0.28, goal=0.40)


def _measure_auto(section: Section, headers: dict[str, str], port: int, send: Any) -> None:
    """The same payment of ten invoices' worth, where ten and where a thousand are open; and all thousand settled."""
    for name, share in (("ten of them settled", "1.00"), ("all of them settled", "")):
        times = {}
        for invoices in (FEW, MANY):
            amount = Decimal(FEW) if share else Decimal(invoices)
            rounds = AUTO_TIMES if share else AUTO_TIMES // 5
            paths = _auto_payments(invoices, amount, rounds)
            latencies = []
            for path in paths:
                answer = send(
                    port=port,
                    connections=1,
                    seconds=60,
                    headers=headers,
                    requests=[
                        ["POST", path, json.dumps({"strategy": "fifo"}), {"Idempotency-Key": str(uuid4())}]
                    ],
                )
                assert not answer["wrong"], answer["wrong"]
                latencies += answer["latencies"]
            times[invoices] = median(latencies[1:])
            section.add(f"auto-allocation, {invoices:,} open, {name}, ms", f"{times[invoices] * 1000:.1f}")
        ratio = times[MANY] / times[FEW]
        if share:
            section.at_most(f"time over {MANY:,} ÷ time over {FEW}", ratio, 5)
        else:
            section.add(f"time to settle {MANY:,} ÷ time to settle {FEW}", f"{ratio:.1f}")


def _measure_service(section: Section, pairs: list[tuple[str, str]]) -> None:
    rates: dict[str, list[float]] = {"service": [], "function": []}
    for number in range(SERVICE_ROUNDS):
        for name in ("service", "function") if number % 2 else ("function", "service"):
            rates[name].append(_run(name, pairs))
    section.add(
        f"allocate_payment, {SERVICE_CLIENTS} clients, transactions/s", f"{median(rates['service']):,.0f}"
    )
    section.add(
        f"one PL/pgSQL function, {SERVICE_CLIENTS} clients, calls/s", f"{median(rates['function']):,.0f}"
    )
    ratio = median([ours / limit for ours, limit in zip(rates["service"], rates["function"], strict=True)])
    section.at_least("service ÷ function", ratio, 0.45, goal=0.70)


def _make_function() -> None:
    from django.db import connection

    from batconnect.core.database.roles import as_owner

    with as_owner(), connection.cursor() as cursor:
        cursor.execute(FUNCTION)


def _prepare() -> tuple[dict[str, str], list[tuple[str, str]]]:
    """Customers with one large payment and one large invoice each: (payment id, obligation id) pairs."""
    from batconnect.core.database.tenancy import company_context
    from batconnect.core.models import User
    from batconnect.core.people.tokens import AccessToken
    from demo.companies import BIG_APPLE

    with company_context(BIG_APPLE, job="bench") as actor:
        pairs = []
        for number in range(PAYERS):
            customer = _customer(actor, f"Bench {number}")
            (debt,) = _invoices(actor, customer, 1, Decimal("900000.00"))
            pairs.append((str(_payment(actor, customer, Decimal("900000.00"))), str(debt)))
    token = AccessToken.for_user(User.objects.get(username="cashier"))
    return {"Authorization": f"Bearer {token}", "X-Company-Id": str(BIG_APPLE)}, pairs


def _customer(actor: Any, name: str) -> Any:
    from batconnect.directory.models import Customer

    return Customer.objects.create(company_id=actor.company_id, name=name).pk


def _payment(actor: Any, customer: Any, amount: Decimal) -> Any:
    from batconnect.core.kernel.clock import today
    from payments.services.recording import record_payment

    return record_payment(
        actor=actor,
        customer_id=customer,
        amount=amount,
        method="bank_transfer",
        payment_date=today(actor.company),
    ).payment.id


def _invoices(actor: Any, customer: Any, count: int, amount: Decimal) -> list[Any]:
    from batconnect.core.kernel.clock import today
    from payments.services.invoices import InvoiceItem, issue_invoice

    day = today(actor.company)
    return [
        issue_invoice(
            actor=actor,
            customer_id=customer,
            issue_date=day - timedelta(days=30),
            due_date=day + timedelta(days=30),
            items=[InvoiceItem("Bench", Decimal(1), amount)],
            number=f"BENCH-{uuid4().hex[:12]}",
        ).obligation_id
        for _ in range(count)
    ]


def _auto_payments(invoices: int, amount: Decimal, count: int) -> list[str]:
    """The paths of `count` payments, each to be spread while exactly so many invoices are open."""
    from batconnect.core.database.tenancy import company_context
    from demo.companies import BIG_APPLE

    paths = []
    with company_context(BIG_APPLE, job="bench") as actor:
        shared = _customer(actor, f"Bench of {invoices}")
        settles_all = amount == invoices
        _invoices(actor, shared, invoices if not settles_all else 0, Decimal(1))
        for _ in range(count):
            customer = _customer(actor, "Bench") if settles_all else shared
            _invoices(actor, customer, invoices if settles_all else int(amount), Decimal(1))
            paths.append(f"/api/payments/{_payment(actor, customer, amount)}/allocations/auto")
    return paths


def _allocation(payment_id: str, obligation_id: str) -> list[Any]:
    body = {"obligation_id": obligation_id, "amount": 0.05}
    key = {"Idempotency-Key": str(uuid4())}
    return ["POST", f"/api/payments/{payment_id}/allocations", json.dumps(body), key]


def _run(mode: str, pairs: list[tuple[str, str]]) -> float:
    """The rate of all processes together."""
    context = multiprocessing.get_context("spawn")
    ready, results = context.Barrier(SERVICE_CLIENTS), context.Queue()
    workers = [
        context.Process(target=_work, args=(mode, pairs[place::SERVICE_CLIENTS], ready, results))
        for place in range(SERVICE_CLIENTS)
    ]
    for worker in workers:
        worker.start()
    rates = [results.get(timeout=120) for _ in workers]
    for worker in workers:
        worker.join()
    return float(sum(rates))


def _work(mode: str, pairs: list[tuple[str, str]], ready: Any, results: Any) -> None:
    import django

    django.setup()
    from batconnect.core.database.tenancy import company_context
    from demo.companies import BIG_APPLE

    with company_context(BIG_APPLE, job="bench") as actor:
        pass
    once = _by_service if mode == "service" else _by_function
    for pair in pairs[:5]:
        once(actor, *pair)
    ready.wait()
    began, done = time.perf_counter(), 0
    while time.perf_counter() - began < SERVICE_SECONDS:
        once(actor, *pairs[done % len(pairs)])
        done += 1
    results.put(done / (time.perf_counter() - began))


def _by_service(actor: Any, payment_id: str, obligation_id: str) -> None:
    from uuid import UUID

    from django.db import transaction

    from batconnect.core.database.tenancy import set_company
    from payments.services.choosing import AllocationRequest, allocate_payment

    with transaction.atomic():
        set_company(actor.company_id, metadata={"job": "bench"})
        allocate_payment(
            actor=actor,
            payment_id=UUID(payment_id),
            requests=[AllocationRequest(amount=Decimal("0.05"), obligation_id=UUID(obligation_id))],
        )


def _by_function(actor: Any, payment_id: str, obligation_id: str) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "select bench_allocate(%s::uuid, %s::uuid, %s::uuid, 0.05, null::bigint)",
            [actor.company_id, payment_id, obligation_id],
        )


def _round_trips(headers: dict[str, str], pairs: list[tuple[str, str]]) -> int:
    """Statements of one allocation in this process, the transaction's own two included."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    client = Client(HTTP_HOST="localhost", headers=headers)
    for _ in range(2):
        _, path, body, key = _allocation(*pairs[0])
        with CaptureQueriesContext(connection) as captured:
            answer = client.post(path, data=body, content_type="application/json", headers=key)
        assert answer.status_code == 201, answer.content
    return len(captured)
