"""Two files at once for each company: the next learns when to try again, whichever endpoint it calls."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.core.signals import request_finished
from django.db import close_old_connections
from django.urls import reverse

from batconnect.core.files.exports import Column, export_response
from batconnect.core.files.exports.slots import DOCUMENTS, EXPORTS, slot, take_slot
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import TooManyRequests
from batconnect.embedded.paths import PROJECT_ROOT
from tests.cast import SOUTH
from tests.console import browser
from tests.digest import assert_nothing_written

pytestmark = pytest.mark.django_db
ClientOf = Callable[..., Any]
HOLDER = """
import fcntl, sys, time
held = [open(path, "ab") for path in sys.argv[1:]]
for each in held:
    fcntl.flock(each, fcntl.LOCK_EX)
print("held", flush=True)
time.sleep(600)
"""


@pytest.fixture(autouse=True)
def _two(settings: Any, tmp_path: Path) -> Iterator[None]:
    # A response that is closed here would close the test's connection with it.
    request_finished.disconnect(close_old_connections)
    settings.EXPORTS_AT_ONCE, settings.DOCUMENTS_AT_ONCE, settings.DATA_DIR = 2, 1, tmp_path
    yield
    gc.collect()
    request_finished.connect(close_old_connections)


def export(actor: Actor) -> Any:
    columns = [Column("a", "A")]
    return export_response([{"a": "1"}], columns, format="csv", name="a", title="A", actor=actor)


def test_a_slot_is_held_until_the_stream_ends(cashier: Actor) -> None:
    first, second = export(cashier), export(cashier)

    with assert_nothing_written(), pytest.raises(TooManyRequests, match="2 exports being made") as refused:
        export(cashier)
    b"".join(first.streaming_content)
    first.close()
    third = export(cashier)
    first.close()
    with pytest.raises(TooManyRequests):
        export(cashier)

    assert refused.value.headers == {"Retry-After": "5"}
    for each in (second, third):
        each.close()
    export(cashier).close()


def test_a_file_that_fails_gives_its_slot_back(cashier: Actor) -> None:
    for _ in range(3):
        with pytest.raises(ZeroDivisionError):
            export_response(
                ({"a": 1 // 0} for _ in range(1)),
                [Column("a", "A")],
                format="csv",
                name="a",
                title="A",
                actor=cashier,
            )


def test_each_company_and_kind_has_its_own_and_jobs_need_none(cashier: Actor) -> None:
    other = Actor(
        **{
            **{name: getattr(cashier, name) for name in cashier.__dataclass_fields__},
            "company": type(cashier.company)(
                **{
                    **{name: getattr(cashier.company, name) for name in cashier.company.__dataclass_fields__},
                    "id": UUID(str(SOUTH)),
                }
            ),
        }
    )
    job = Actor(company=cashier.company, user_id=None, name="job", is_job=True)
    held = [take_slot(EXPORTS, actor=cashier) for _ in range(2)]

    held += [take_slot(EXPORTS, actor=each) for each in (other, job)]
    with (
        slot(DOCUMENTS, actor=cashier),
        pytest.raises(TooManyRequests, match="1 documents"),
        slot(DOCUMENTS, actor=cashier),
    ):
        raise AssertionError
    with slot(DOCUMENTS, actor=cashier):
        pass

    for each in held:
        each.release()


def test_a_process_that_dies_gives_its_slots_back(cashier: Actor, tmp_path: Path) -> None:
    for each in [take_slot(EXPORTS, actor=cashier) for _ in range(2)]:
        each.release()
    files = sorted((tmp_path / "run" / "slots").iterdir())
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, *map(str, files)], stdout=subprocess.PIPE, cwd=PROJECT_ROOT
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"held\n"

    with pytest.raises(TooManyRequests):
        take_slot(EXPORTS, actor=cashier)
    os.kill(holder.pid, signal.SIGKILL)
    holder.wait(timeout=30)
    deadline = time.monotonic() + 30
    while True:
        try:
            take_slot(EXPORTS, actor=cashier).release()
            break
        except TooManyRequests:
            assert time.monotonic() < deadline
            time.sleep(0.05)


def test_the_entry_points_of_the_api_and_of_the_console(client_of: ClientOf, manager: Actor) -> None:
    api, console = client_of("manager"), browser("manager")
    addresses = [
        (api, "/payments/interim-payments/export?format=csv"),
        (api, "/ledger/export?export_type=balances&format=csv"),
        (api, "/ledger/dtrs?format=csv"),
    ]
    pages = [
        reverse("admin:ledger_obligation_download", args=["csv"]),
        f"{reverse('admin:report_file', args=['ageing'])}?format=csv",
    ]
    held = [take_slot(EXPORTS, actor=manager) for _ in range(2)]

    with assert_nothing_written():
        refused = [client.get(path) for client, path in addresses]
        redirects = [console.get(page) for page in pages]
    for each in held:
        each.release()

    assert [(each.status_code, each.json()["code"], each["Retry-After"]) for each in refused] == [
        (429, "too_many_requests", "5")
    ] * len(refused)
    assert [each.status_code for each in redirects] == [302, 302]
    for client, path in addresses:
        answer = client.get(path)
        assert answer.status_code == 200
        b"".join(answer.streaming_content)
    for page in pages:
        answer = console.get(page)
        assert answer.status_code == 200, page
        b"".join(answer.streaming_content)
