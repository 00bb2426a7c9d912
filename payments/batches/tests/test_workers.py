"""Several workers, killed workers, doubled messages: every row once, and the same allocations as by one worker."""

from __future__ import annotations

import io
import os
import random
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from django.db import connection

from batconnect.core.kernel.clock import today
from batconnect.directory.models import Customer
from ledger import chart
from ledger.chart import Category
from ledger.services import ObligationDraft, raise_obligations
from ledger.verification import verify
from payments.batches.models import PaymentBatch, PaymentBatchRow
from payments.batches.services.intake import read_csv_import
from payments.batches.services.processing import process_batch
from payments.batches.services.receiving import receive_batch
from payments.batches.tests.builders import row, table
from payments.models import Allocation, Payment
from tests.cast import NORTH, acting

pytestmark = pytest.mark.django_db(transaction=True)
ROOT = Path(__file__).resolve().parents[3]
STRATEGIES = ("fifo", "overdue_first", "largest_first", "proportional", "hierarchy", "")
WORKER = """
import os, sys
from batconnect.embedded.environment import prepare_environment
prepare_environment()
os.environ["DATABASE_URL"] = os.environ["SERVED_DATABASE_URL"]
import django
django.setup()
from uuid import UUID
from payments.batches.services.processing import process_batch
print("ready", flush=True)
sys.stdin.readline()
process_batch(company_id=UUID(sys.argv[1]), batch_id=UUID(sys.argv[2]), rows=int(sys.argv[3]))
print("done", flush=True)
"""


def prepare(prefix: str, *, customers: int, rows: int) -> UUID:
    """Customers with five open items each, and a batch of rows that go round them; its id."""
    with acting("manager") as actor:
        made = Customer.objects.bulk_create(
            [
                Customer(company_id=NORTH, name=f"Payer {n}", external_reference=f"{prefix}-{n}")
                for n in range(customers)
            ]
        )
        day = today(actor.company)
        raise_obligations(
            actor=actor,
            drafts=[
                ObligationDraft(
                    category=Category.INVOICE,
                    reference_id=f"{prefix}-{n}-{place}",
                    amount=Decimal(40 + 7 * place),
                    issue_date=day,
                    due_date=day.replace(year=day.year - place % 2),
                    customer_id=customer.id,
                    credits=((chart.INVOICE_INCOME, Decimal(40 + 7 * place)),),
                )
                for n, customer in enumerate(made)
                for place in range(5)
            ],
        )
        content = table(
            *(
                row(
                    customer_reference=f"{prefix}-{n * n % customers}",
                    amount=f"{10 + n % 23}.00",
                    reference_number=f"R{n}",
                    auto_allocate="yes" if STRATEGIES[n % 6] else "",
                    allocation_strategy=STRATEGIES[n % 6],
                )
                for n in range(rows)
            )
        )
        intake = read_csv_import(file=io.BytesIO(content))
        return receive_batch(actor=actor, intake=intake, force=True).id


def result(batch_id: UUID, prefix: str) -> list[tuple[Any, ...]]:
    """Which row settled how much of which item, in what order."""
    with acting("manager"):
        rows = dict(PaymentBatchRow.objects.filter(batch=batch_id).values_list("payment_id", "row_no"))
        return sorted(
            (
                rows[each.payment_id],
                each.line,
                each.obligation.reference_id.removeprefix(prefix),
                each.amount,
                each.outstanding_after,
            )
            for each in Allocation.objects.select_related("obligation").filter(payment__in=list(rows))
        )


def assert_each_once(batch_id: UUID, rows: int) -> None:
    with acting("manager") as actor:
        batch = PaymentBatch.objects.get(id=batch_id)
        paid = PaymentBatchRow.objects.filter(batch=batch_id, status="succeeded")
        assert (batch.status, batch.succeeded_rows) == ("completed", rows)
        assert paid.values("payment_id").distinct().count() == Payment.objects.count() == rows
        numbers = Payment.objects.order_by("number_order").values_list("number_order", flat=True)
        assert list(numbers) == list(range(numbers[0], numbers[0] + rows)), "numbers without a gap"
        assert list(verify(actor=actor)) == []


def by_threads(batch_id: UUID, workers: int, rows: int) -> None:
    barrier = threading.Barrier(workers)

    def run() -> None:
        try:
            barrier.wait(timeout=20)
            process_batch(company_id=NORTH, batch_id=batch_id, rows=rows)
        finally:
            connection.close()

    with ThreadPoolExecutor(workers) as pool:
        for done in [pool.submit(run) for _ in range(workers)]:
            done.result()


def test_four_workers_allocate_as_one_does() -> None:
    alone = prepare("A", customers=13, rows=240)
    process_batch(company_id=NORTH, batch_id=alone)
    expected = result(alone, "A")
    shared = prepare("B", customers=13, rows=240)

    by_threads(shared, workers=4, rows=7)

    assert result(shared, "B") == expected
    assert len(expected) > 60
    with acting("manager") as actor:
        assert PaymentBatch.objects.get(id=shared).status == "completed"
        assert list(verify(actor=actor)) == []


def test_two_batches_that_pay_the_same_references_pay_them_once() -> None:
    first = prepare("A", customers=5, rows=60)
    with acting("manager") as actor:
        rows = PaymentBatchRow.objects.filter(batch=first).order_by("row_no").values_list("raw", flat=True)
        content = table(*reversed(list(rows)))
        second = receive_batch(actor=actor, intake=read_csv_import(file=io.BytesIO(content))).id

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda key: by_threads(key, 2, 5), (first, second)))

    with acting("manager") as actor:
        # A row may wait for somebody too: the other batch has just paid its customer the same amount.
        paid = set(Payment.objects.values_list("reference_number", flat=True))
        assert Payment.objects.count() == len(paid)
        left = PaymentBatchRow.objects.exclude(status="succeeded")
        assert left.count() + len(paid) == 120
        assert set(left.values_list("status", "error_code")) <= {("failed", "reference_paid"), ("held", "")}
        assert list(verify(actor=actor)) == []


def kill_at_random_moments(batch_id: UUID, *, moments: int, rows: int, within: float) -> int:
    """Start a worker and kill -9 it at a random moment, again and again; then let one finish. How many were killed."""
    url = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
    environ = {
        **os.environ,
        "SERVED_DATABASE_URL": url,
        "DJANGO_SETTINGS_MODULE": "batconnect.settings",
        "LOG_LEVEL": "ERROR",
    }
    chance, killed = random.Random(6), 0  # noqa: S311 - moments, not secrets
    for attempt in range(moments + 1):
        worker = subprocess.Popen(
            [sys.executable, "-c", WORKER, str(NORTH), str(batch_id), str(rows)],
            cwd=ROOT,
            env=environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert worker.stdin
        assert worker.stdout
        assert worker.stdout.readline() == "ready\n"
        worker.stdin.write("go\n")
        worker.stdin.flush()
        if attempt < moments:
            try:
                worker.wait(timeout=chance.uniform(0.01, within))
            except subprocess.TimeoutExpired:
                worker.send_signal(signal.SIGKILL)
                killed += 1
        worker.communicate()
    return killed


def test_a_killed_worker_leaves_whole_chunks() -> None:
    batch_id = prepare("A", customers=13, rows=240)
    expected_of = prepare("B", customers=13, rows=240)

    killed = kill_at_random_moments(batch_id, moments=3, rows=5, within=0.6)

    assert killed > 0
    assert_each_once(batch_id, 240)
    process_batch(company_id=NORTH, batch_id=expected_of)
    assert result(batch_id, "A") == result(expected_of, "B")


@pytest.mark.system
def test_twenty_kills_of_ten_thousand_rows() -> None:
    batch_id = prepare("A", customers=2_000, rows=10_000)

    killed = kill_at_random_moments(batch_id, moments=20, rows=100, within=0.4)

    assert killed >= 15
    assert_each_once(batch_id, 10_000)
