from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from rest_framework.test import APIClient

from batconnect.core.models import AuditEvent
from batconnect.core.serving import throttling
from batconnect.core.serving.throttling import Limit, SharedCounters

ClientOf = Callable[..., Any]
TEN = Limit("logins", 10, 60)


def take_many(path: str, queue: Any) -> None:
    counters = SharedCounters(Path(path), secret=b"one")
    queue.put(sum(counters.take(TEN, "same") == 0 for _ in range(10)))


def test_counts_a_window_from_its_first_request(tmp_path: Path) -> None:
    counters = SharedCounters(tmp_path / "counts", secret=b"one")

    with time_machine.travel(1_800_000_000, tick=False) as clock:
        within = [counters.take(TEN, "a") for _ in range(10)]
        clock.shift(20)
        above, other = counters.take(TEN, "a"), counters.take(TEN, "b")
        clock.shift(40)
        later = counters.take(TEN, "a")

    assert within == [0] * 10
    assert (above, other, later) == (40, 0, 0)


def test_processes_share_the_counts(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    workers = [context.Process(target=take_many, args=(str(tmp_path / "counts"), queue)) for _ in range(3)]

    for worker in workers:
        worker.start()
    taken = sum(queue.get(timeout=20) for _ in workers)
    for worker in workers:
        worker.join()

    assert taken == 10


def test_nobody_knows_whose_count_a_name_pushes_out(tmp_path: Path) -> None:
    one, other = (SharedCounters(tmp_path / name, secret=name.encode()) for name in ("one", "other"))

    with time_machine.travel(1_800_000_000, tick=False):
        for counters in (one, other):
            counters.take(TEN, "victim")

    # With another secret the same name lies elsewhere, so names cannot be chosen to lie where it does.
    assert (tmp_path / "one").read_bytes() != (tmp_path / "other").read_bytes()


@pytest.fixture
def still(monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path) -> None:
    """Counters of this test's own, at one instant."""
    settings.DATA_DIR = tmp_path
    monkeypatch.setattr(throttling, "time", SimpleNamespace(time_ns=lambda: 1_800_000_000_000_000_000))


@pytest.mark.django_db
@pytest.mark.urls("batconnect.core.tests.probe")
@pytest.mark.usefixtures("still")
class TestRequests:
    def test_refuses_writes_above_the_limit(self, client_of: ClientOf, settings: Any) -> None:
        settings.THROTTLE_WRITES_PER_SECOND = 2
        client = client_of("manager")

        answers = [client.post("/probe/well") for _ in range(3)]
        read, other = client.get("/probe/echo"), client_of("cashier").post("/probe/well")

        assert [answer.status_code for answer in answers] == [200, 200, 429]
        assert (answers[2].json()["code"], answers[2]["Retry-After"]) == ("too_many_requests", "1")
        assert (read.status_code, other.status_code) == (200, 200)
        assert AuditEvent.objects.count() == 3

    def test_is_off_with_zero(self, client_of: ClientOf, settings: Any) -> None:
        settings.THROTTLE_WRITES_PER_SECOND = 0

        assert client_of("manager").post("/probe/well").status_code == 200

    def test_refuses_sign_ins_above_the_limit_per_account(self, settings: Any) -> None:
        settings.THROTTLE_LOGIN_PER_MINUTE, settings.AXES_FAILURE_LIMIT = 3, 100
        client = APIClient()

        answers = [
            client.post("/api/token", {"username": name, "password": "wrong"})
            for name in ("a", "A", "a", "a", "b")
        ]

        assert [answer.status_code for answer in answers] == [401, 401, 401, 429, 401]
        assert answers[3]["Retry-After"] == "60"

    def test_locks_an_account_after_failures_with_a_clear_answer(self, settings: Any) -> None:
        settings.THROTTLE_LOGIN_PER_MINUTE, settings.AXES_FAILURE_LIMIT = 0, 3
        client = APIClient()

        answers = [client.post("/api/token/", {"username": "manager", "password": "wrong"}) for _ in range(4)]

        assert [answer.status_code for answer in answers] == [401, 401, 429, 429]
        assert answers[3].json()["code"] == "login_locked"
        assert answers[3]["Retry-After"] == "900"
