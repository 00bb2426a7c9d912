"""The web server is stopped under load: every connection is answered or refused, and none is reset."""

from __future__ import annotations

import collections
import http.client
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import pytest

from batconnect.embedded import processes
from batconnect.embedded.paths import PROJECT_ROOT
from batconnect.embedded.ports import find_free_port

PATIENCE = 60
CLIENTS = 12
BODY = b"x" * 200


class Served:
    """The tiny application behind the project's web server, with two workers."""

    def __init__(self) -> None:
        self.port = find_free_port()
        self.process = subprocess.Popen(
            [
                *[sys.executable, "-m", "batconnect.serving", "tests.serving.tiny:application"],
                *["--bind", f"127.0.0.1:{self.port}", "--workers", "2", "--threads", "4"],
                *["--graceful-timeout", "20", "--keep-alive", "5", "--no-control-socket"],
            ],
            cwd=PROJECT_ROOT,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + PATIENCE
        while not self._answers():
            assert time.monotonic() < deadline
            time.sleep(0.05)

    def connect(self) -> http.client.HTTPConnection:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        connection.connect()
        return connection

    def workers(self) -> list[int]:
        return [
            pid
            for pid in processes.with_words(words=f":{self.port}", program="python")
            if self._is_child(pid)
        ]

    def _is_child(self, pid: int) -> bool:
        return processes.parent(pid=pid) == self.process.pid

    def _answers(self) -> bool:
        try:
            connection = self.connect()
            connection.request("GET", "/")
            return connection.getresponse().status == 200
        except OSError:
            return False


@pytest.fixture
def served() -> Iterator[Served]:
    server = Served()
    yield server
    server.process.kill()
    server.process.wait(timeout=PATIENCE)


class Load:
    """Clients that ask without a pause: half on connections that they keep, half on new ones."""

    def __init__(self, served: Served) -> None:
        self.seen: collections.Counter[str] = collections.Counter()
        self._served = served
        self._enough = threading.Event()
        self._threads = [
            threading.Thread(target=self._ask, args=[number % 2 == 0], daemon=True)
            for number in range(CLIENTS)
        ]
        for thread in self._threads:
            thread.start()

    def wait_for(self, answers: int) -> None:
        deadline = time.monotonic() + PATIENCE
        while self.seen["answered"] < answers:
            assert time.monotonic() < deadline, self.seen
            time.sleep(0.01)

    def end(self) -> collections.Counter[str]:
        self._enough.set()
        for thread in self._threads:
            thread.join(timeout=PATIENCE)
        return self.seen

    def _ask(self, keeps: bool) -> None:
        connection = None
        while not self._enough.is_set():
            try:
                connection = connection or self._served.connect()
            except ConnectionRefusedError:
                self.seen["refused"] += 1
                return
            try:
                connection.request("POST", "/", body=BODY)
                answer = connection.getresponse()
                answer.read()
            except (OSError, http.client.HTTPException) as error:
                self.seen[repr(error)] += 1
                connection = None
                continue
            self.seen["answered"] += 1
            if answer.will_close or not keeps:
                connection.close()
                connection = None


@pytest.mark.parametrize("attempt", range(3))
def test_a_stop_resets_nobody(served: Served, attempt: int) -> None:
    load = Load(served)
    load.wait_for(CLIENTS * 10)

    served.process.send_signal(signal.SIGTERM)
    code = served.process.wait(timeout=PATIENCE)
    seen = load.end()

    assert code == 0
    assert set(seen) == {"answered", "refused"}, seen


def test_a_stop_finishes_what_takes_longer_and_lets_nobody_new_in(served: Served) -> None:
    slow = served.connect()
    slow.request("GET", "/", headers={"X-Seconds": "3"})
    time.sleep(0.5)

    served.process.send_signal(signal.SIGTERM)
    answer = slow.getresponse()

    assert answer.status == 200
    assert answer.read() == b"ok"
    served.process.wait(timeout=PATIENCE)
    with pytest.raises(ConnectionRefusedError):
        served.connect()


def test_one_worker_that_stops_takes_nobody_with_it(served: Served) -> None:
    load = Load(served)
    load.wait_for(CLIENTS * 5)
    first, *others = served.workers()
    assert others

    os.kill(first, signal.SIGTERM)
    deadline = time.monotonic() + PATIENCE
    while processes.is_alive(pid=first):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    load.wait_for(load.seen["answered"] + CLIENTS * 5)
    seen = load.end()

    assert set(seen) == {"answered"}, seen
