"""Two web processes behind Debian's HAProxy and two workers on one broker; one of each is killed under load."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.db import connection
from kombu import Connection

from batconnect.core.kernel.clock import today
from batconnect.core.models import WorkHold
from batconnect.embedded.paths import PROJECT_ROOT
from batconnect.embedded.ports import find_free_port
from payments.batches.models import PaymentBatch, PaymentBatchRow
from payments.batches.tasks import process_payment_batch
from payments.batches.tests.test_workers import prepare
from payments.models import Payment
from payments.tests.billing import make_customer
from tests.cast import NORTH, acting
from tests.system.test_brokers import WORKER, process, rabbitmq, redis, wait_until
from tests.system.test_pgbouncer import Client, new_key

pytestmark = [pytest.mark.system, pytest.mark.django_db(transaction=True)]

PAYERS = 4
ROWS = 2500
"""Enough that the worker dies amid them."""
PATIENCE_SECONDS = 60
BATCH_SECONDS = 240
"""A schedule that fires every minute finds what the dead worker left, and the other one does it beside the payers."""
CERTIFICATE = "/etc/haproxy/batconnect.pem"


@dataclass(frozen=True)
class Two:
    """The address that clients know, the broker's, and the processes behind them."""

    public: int
    broker: str
    webs: list[subprocess.Popen[bytes]]
    workers: list[subprocess.Popen[bytes]]


@pytest.fixture(params=[redis, rabbitmq], ids=["redis", "rabbitmq"])
def two(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Two]:
    """Two web processes and two workers, and beat, which finds what a dead worker left behind."""
    broker: Callable[[Path], AbstractContextManager[str]] = request.param
    database = (
        urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
    )
    ports = [find_free_port(), find_free_port()]
    with ExitStack() as stack:
        url = stack.enter_context(broker(tmp_path))
        environ = {
            **os.environ,
            "SERVED_DATABASE_URL": database,
            "SERVED_BROKER_URL": url,
            "TRUSTED_PROXIES": "127.0.0.1/32",
            "BATCONNECT_HTTPS": "1",
        }
        webs = [stack.enter_context(process(_web(port), environ)) for port in ports]
        # RabbitMQ lets no two workers of one name in (docs/operations.md#jobs).
        workers = [
            stack.enter_context(process([sys.executable, "-c", NAMED_WORKER, f"worker{n}@%h"], environ))
            for n in range(2)
        ]
        stack.enter_context(process([sys.executable, "-c", BEAT], environ))
        public = find_free_port()
        configuration = _configuration(tmp_path, public=public, webs=ports)
        stack.enter_context(
            process(["/usr/sbin/haproxy", "-q", "-db", "-f", str(configuration)], dict(os.environ))
        )
        wait_until("the proxy", lambda: _answers(public))
        yield Two(public, url, webs, workers)


BEAT = WORKER.replace(
    'app.worker_main(["worker", "--loglevel", "error", "--concurrency", "2", "--without-gossip", "--without-mingle"])',
    'app.start(["--quiet", "beat", "--loglevel", "error", "--pidfile=",\n'
    '  "--scheduler", "batconnect.core.jobs.beat:PatientScheduler"])',
)


NAMED_WORKER = WORKER.replace('["worker", ', '["worker", "--hostname", sys.argv[1], ').replace(
    "import os", "import os, sys"
)


def _web(port: int) -> list[str]:
    return [
        *(sys.executable, "-m", "batconnect.serving", "tests.faults.served:application"),
        *(
            "--bind",
            f"127.0.0.1:{port}",
            "--workers",
            "2",
            "--threads",
            "4",
            "--no-control-socket",
            "--preload",
        ),
    ]


def _configuration(folder: Path, *, public: int, webs: list[int]) -> Path:
    """The documented file with this test's addresses; what is not there to be replaced fails."""
    text = (PROJECT_ROOT / "deploy" / "haproxy.cfg").read_text(encoding="utf-8")
    for documented, own in {
        f"bind :443 ssl crt {CERTIFICATE}": f"bind 127.0.0.1:{public}",
        "10.0.0.11:8000": f"127.0.0.1:{webs[0]}",
        "10.0.0.12:8000": f"127.0.0.1:{webs[1]}",
    }.items():
        assert documented in text
        text = text.replace(documented, own)
    path = folder / "haproxy.cfg"
    path.write_text(text, encoding="utf-8")
    return path


def _answers(port: int) -> bool:
    try:
        return Client(port, "cashier").call("/health/")[0] == 200
    except OSError:
        return False


class Payer(threading.Thread):
    """Pays again and again; repeats with its key whatever was not answered, as docs/api.md asks of clients."""

    def __init__(self, port: int, customer_id: str, day: str) -> None:
        super().__init__(daemon=True)
        self.client = Client(port, "cashier")
        self.body = {
            "customer_id": customer_id,
            "amount": "1.00",
            "currency": "USD",
            "payment_method": "check",
            "payment_date": day,
        }
        self.ended = threading.Event()
        self.acknowledged: list[str] = []
        self.surprises: list[object] = []
        self.repeated = 0

    def run(self) -> None:
        while not self.ended.is_set() and not self.surprises:
            self._pay(reference := new_key())
            self.acknowledged.append(reference)

    def _pay(self, reference: str) -> None:
        until = time.monotonic() + PATIENCE_SECONDS
        body = {**self.body, "reference_number": reference}
        while time.monotonic() < until:
            try:
                status, _, content = self.client.call("/api/payments", body, **{"Idempotency-Key": reference})
            except OSError:
                status, content = 0, b""
            if status == 201:
                return
            if status not in (0, 409, 429, 502, 503, 504):
                self.surprises.append((status, content))
                return
            self.repeated += 1
            time.sleep(0.1)
        self.surprises.append(f"{reference} was not answered within {PATIENCE_SECONDS} s")


def test_nobody_notices_that_one_of_two_is_killed(two: Two) -> None:
    with acting("manager") as actor:
        customers = [str(make_customer(actor, name=f"Payer {n}").id) for n in range(PAYERS)]
        day = today(actor.company).isoformat()
    batch_id = prepare("H", customers=13, rows=ROWS)
    payers = [Payer(two.public, customer, day) for customer in customers]
    for payer in payers:
        payer.start()
    with Connection(two.broker) as sender:
        process_payment_batch.apply_async(args=[str(NORTH), str(batch_id)], connection=sender)
    wait_until("the batch begins", lambda: _rows_done(batch_id) > 0)

    # Workers have processes of their own: each is killed as a whole, as a machine dies.
    os.killpg(two.webs[0].pid, signal.SIGKILL)
    os.killpg(_worker_of(batch_id), signal.SIGKILL)
    begun = sum(len(payer.acknowledged) for payer in payers)
    wait_until("payments go on", lambda: sum(len(payer.acknowledged) for payer in payers) > begun + 40)
    until = time.monotonic() + BATCH_SECONDS
    while _status(batch_id) != "completed":
        assert time.monotonic() < until, f"{_rows_done(batch_id)} of {ROWS} rows"
        time.sleep(0.5)
    for payer in payers:
        payer.ended.set()
    for payer in payers:
        payer.join(PATIENCE_SECONDS)

    assert [payer.surprises for payer in payers] == [[]] * PAYERS
    paid = {reference for payer in payers for reference in payer.acknowledged}
    with acting("manager"):
        kept = list(
            Payment.objects.filter(reference_number__in=paid).values_list("reference_number", flat=True)
        )
        rows = PaymentBatchRow.objects.filter(company_id=NORTH, batch=batch_id)
        assert (
            rows.filter(status=PaymentBatchRow.Status.SUCCEEDED).values("payment_id").distinct().count()
            == ROWS
        )
        assert Payment.objects.count() == ROWS + len(paid)
    assert sorted(kept) == sorted(paid)


def _worker_of(batch_id: object) -> int:
    """The process group of the worker that has the batch."""
    with acting("manager"):
        held_by = WorkHold.objects.filter(subject=str(batch_id)).values_list("held_by", flat=True).get()
    return os.getpgid(int(re.findall(r"\d+", held_by)[-1]))


def _rows_done(batch_id: object) -> int:
    with acting("manager"):
        return (
            PaymentBatchRow.objects.filter(company_id=NORTH, batch=batch_id)
            .exclude(status=PaymentBatchRow.Status.PENDING)
            .count()
        )


def _status(batch_id: object) -> str:
    with acting("manager"):
        return str(PaymentBatch.objects.values_list("status", flat=True).get(id=batch_id))
