"""A batch is worked off by a real worker over real brokers: Redis and RabbitMQ, chosen by CELERY_BROKER_URL alone."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.db import connection
from kombu import Connection

from batconnect.embedded.broker import locate_server
from batconnect.embedded.ports import find_free_port
from payments.batches.models import PaymentBatch
from payments.batches.tasks import process_payment_batch
from payments.batches.tests.test_workers import assert_each_once, prepare
from tests.cast import NORTH, acting

pytestmark = [pytest.mark.system, pytest.mark.django_db(transaction=True)]
ROOT = Path(__file__).resolve().parents[2]
RABBITMQ = Path(
    "/usr/lib/rabbitmq/bin/rabbitmq-server"
)  # the wrapper in PATH refuses to serve a folder of ours
SECONDS = 60
WORKER = """
import os
from batconnect.celery import app
os.environ["DATABASE_URL"] = os.environ["SERVED_DATABASE_URL"]
os.environ["CELERY_BROKER_URL"] = os.environ["SERVED_BROKER_URL"]
app.worker_main(["worker", "--loglevel", "error", "--concurrency", "2", "--without-gossip", "--without-mingle"])
"""


@contextmanager
def process(words: list[str], environ: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    started = subprocess.Popen(words, cwd=ROOT, env=environ, start_new_session=True)
    try:
        yield started
    finally:
        os.killpg(started.pid, signal.SIGKILL)
        started.wait(timeout=30)


def wait_until(what: str, is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS
    while not is_so():
        assert time.monotonic() < deadline, f"{what} took longer than {SECONDS} s"
        time.sleep(0.1)


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def redis(folder: Path) -> Iterator[str]:
    port = find_free_port()
    words = [locate_server(), "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    with process(words, dict(os.environ)):
        wait_until("Redis", lambda: listens(port))
        yield f"redis://127.0.0.1:{port}/0"


@contextmanager
def rabbitmq(folder: Path) -> Iterator[str]:
    port = find_free_port()
    plugins = folder / "plugins"
    plugins.write_text("[].\n")
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "RABBITMQ_NODENAME": f"bat{os.getpid()}@localhost",
        "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
        "RABBITMQ_NODE_PORT": str(port),
        "RABBITMQ_DIST_PORT": str(find_free_port()),
        "RABBITMQ_MNESIA_BASE": str(folder),
        "RABBITMQ_LOG_BASE": str(folder),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(plugins),
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        "ERL_EPMD_PORT": str(find_free_port()),
        "ERL_EPMD_RELAXED_COMMAND_CHECK": "true",
    }
    try:
        with process([str(RABBITMQ)], environ):
            wait_until("RabbitMQ", lambda: listens(port))
            yield f"amqp://guest:guest@127.0.0.1:{port}//"  # pragma: allowlist secret - RabbitMQ's own default
    finally:
        # The daemon that names Erlang's nodes left the process group; it is this test's own, by its port.
        subprocess.run(["epmd", "-kill"], env=environ, check=False, capture_output=True)


@pytest.mark.parametrize("broker", [redis, rabbitmq])
def test_a_batch_is_worked_off_over_the_broker(
    broker: Callable[[Path], Iterator[str]], tmp_path: Path
) -> None:
    if broker is rabbitmq:
        assert RABBITMQ.exists() or shutil.which("rabbitmq-server"), "scripts/system_packages.sh installs it"
    batch_id = prepare("A", customers=13, rows=240)
    database = (
        urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
    )

    with broker(tmp_path) as url:
        environ = {**os.environ, "SERVED_DATABASE_URL": database, "SERVED_BROKER_URL": url}
        with process([sys.executable, "-c", WORKER], environ):
            # Sent twice: the second message finds nothing to do. By a connection of its own, because an app prefers
            # the environment's broker.
            with Connection(url) as sender:
                for _ in range(2):
                    process_payment_batch.apply_async(args=[str(NORTH), str(batch_id)], connection=sender)
            wait_until("the batch", lambda: _status(batch_id) == "completed")

    assert_each_once(batch_id, 240)


def _status(batch_id: object) -> str:
    with acting("manager"):
        return str(PaymentBatch.objects.values_list("status", flat=True).get(id=batch_id))
