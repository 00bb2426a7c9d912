"""The broker is away: what was asked for is stored, answered, logged and swept up later, by every wake-up there is."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from celery import current_app
from django.db import transaction
from kombu import Connection, pools
from structlog.testing import capture_logs

from batconnect.core.jobs import running as jobs
from batconnect.core.jobs.asked import request_run
from batconnect.core.jobs.running import OF_COMPANY, RESUME_RUNS, declared_wake_ups, wake
from batconnect.core.jobs.schedules import declared_schedules
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import now
from batconnect.core.kernel.permissions import PERMISSIONS
from batconnect.core.models import JobRun
from batconnect.embedded.paths import PROJECT_ROOT
from ledger.models import DtrExport
from ledger.settlement.services.exports import EXPORT_DTRS, request_export, retry_export
from ledger.tests.settlement.builders import at, make_driver, settle, settle_from
from payments.batches.models import PaymentBatch, PaymentBatchRow
from payments.batches.services.processing import PROCESS
from payments.batches.tests.builders import PATH, post, row, table, upload
from payments.gateways.models import GatewayCharge
from payments.gateways.services import SEND_CHARGES, plan_charge
from tests.cast import NORTH, SOUTH, StaffClient, acting
from tests.databases import owners_hand

pytestmark = pytest.mark.django_db(transaction=True)
WAKE_UPS = [each.task for each in declared_wake_ups()]
BY_HAND = [each.name for each in declared_schedules() if each.run_permission]
Message = tuple[str, tuple[UUID, ...]]


@pytest.fixture(params=["redis", "amqp"])
def no_broker(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nobody answers at the broker's address."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        address = f"{request.param}://127.0.0.1:{closed.getsockname()[1]}//"
        broker = Connection(address, transport_options=current_app.conf.broker_transport_options)
        monkeypatch.setattr(current_app.amqp, "_producer_pool", pools.producers[broker])
        yield
    pools.reset()


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[Message]:
    """What goes to the broker when it is back."""
    messages: list[Message] = []
    monkeypatch.setattr(jobs, "_send", lambda task, *subjects, **_: messages.append((task, subjects)))
    return messages


def unheard(work: Callable[[], Any]) -> list[str]:
    """Do it; which tasks the log says could not be woken."""
    with capture_logs() as logs:
        work()
    return [line["job"] for line in logs if line["event"] == "broker_unreachable"]


def sweep(task: str) -> None:
    current_app.tasks[f"{task}{OF_COMPANY}"].apply(args=[str(NORTH)], throw=True)


def anybody(actor: Actor) -> Actor:
    return replace(actor, permissions=frozenset(PERMISSIONS))


def test_no_wake_up_fails_for_want_of_a_broker(no_broker: None) -> None:
    """After the commit and outside of a transaction."""

    def wake_all() -> None:
        for task in WAKE_UPS:
            wake(task, *([NORTH] if task.endswith(OF_COMPANY) else [NORTH, uuid4()]))

    def within() -> None:
        with acting("manager"):
            wake_all()

    assert unheard(within) == WAKE_UPS
    assert unheard(wake_all) == WAKE_UPS
    assert len(unheard(jobs.send_sweeps)) == 2 * len({each.sweep for each in declared_wake_ups()})


def test_nothing_is_sent_before_the_commit_or_without_it(sent: list[Message]) -> None:
    with acting("manager"):
        wake(PROCESS, NORTH)
        assert sent == []
    with acting("manager"):
        wake(PROCESS, SOUTH)
        transaction.set_rollback(True)

    assert sent == [(PROCESS, (NORTH,))]


def test_every_wake_up_has_a_schedule_that_sweeps_it_up_within_minutes() -> None:
    often = {each.task for each in declared_schedules() if re.fullmatch(r"\*(/[1-9])?", each.minute)}

    assert {PROCESS, EXPORT_DTRS, f"{SEND_CHARGES}{OF_COMPANY}"} < set(WAKE_UPS)
    assert {f"{each.task}{OF_COMPANY}" for each in declared_schedules() if each.run_permission} < set(
        WAKE_UPS
    )
    assert {each.sweep for each in declared_wake_ups()} <= often
    assert set(WAKE_UPS) <= set(current_app.tasks)


def test_what_is_no_wake_up_is_not_woken() -> None:
    with pytest.raises(LookupError):
        wake("os.system", NORTH)


def test_messages_are_sent_in_one_place_alone() -> None:
    """A `.delay` elsewhere would fail where `wake` holds."""
    code = [
        path
        for path in Path(PROJECT_ROOT).glob("[!.v]*/**/*.py")
        if not {"tests", "benchmarks", "proof"} & set(path.relative_to(PROJECT_ROOT).parts)
    ]
    senders = [
        str(path.relative_to(PROJECT_ROOT))
        for path in code
        if re.search(r"\.delay\(|\.apply_async\(|send_task\(", path.read_text(encoding="utf-8"))
    ]

    assert len(code) > 300
    assert senders == ["batconnect/core/jobs/running.py"]


def test_a_batch(no_broker: None, sent_later: Callable[[], list[Message]]) -> None:
    client = StaffClient(username="manager")
    answers: list[Any] = []
    uploaded = unheard(lambda: answers.append(upload(client, table(row(amount="60.00")))))
    batch_id = UUID(answers[0].json()["batch_id"])
    with acting("manager"):
        PaymentBatch.objects.update(status="failed", failed_rows=1)
        PaymentBatchRow.objects.update(status="failed", error_code="invalid")
    retried = unheard(lambda: answers.append(post(client, f"{PATH}/{batch_id}/retry")))
    messages = sent_later()
    sweep("payments.resume_batches")

    assert [answer.status_code for answer in answers] == [202, 202]
    assert (uploaded, retried) == ([PROCESS], [PROCESS])
    with acting("manager"):
        assert PaymentBatch.objects.get().status == "processing"
    assert messages == [(PROCESS, (NORTH, batch_id))]


def test_a_file_of_dtrs(no_broker: None, sent_later: Callable[[], list[Message]]) -> None:
    job = settle_from("2026-01-11")
    with at("2026-01-07"), acting("manager") as manager:
        make_driver(manager)
    with at("2026-01-11"):
        settle(job, "2026-01-04")

    def ask() -> None:
        with acting("manager") as manager:
            request_export(actor=manager, week=date(2026, 1, 4))

    def retry() -> None:
        with acting("manager") as manager:
            DtrExport.objects.update(status="failed", attempts=5)
            retry_export(actor=manager, export_id=DtrExport.objects.get().id)

    requested, retried = unheard(ask), unheard(retry)
    with acting("manager"):
        with owners_hand():
            DtrExport.objects.update(requested_at=now() - timedelta(minutes=2))
        export = DtrExport.objects.get()
    messages = sent_later()
    sweep("ledger.sweep_dtr_exports")

    assert (requested, retried) == ([EXPORT_DTRS], [EXPORT_DTRS])
    assert export.status == "pending"
    assert messages == [(EXPORT_DTRS, (NORTH, export.id))]


def test_a_charge(no_broker: None) -> None:
    def pay() -> None:
        with acting("manager") as manager:
            charge = plan_charge(
                actor=manager,
                subject_type="outstanding.payment",
                subject_id=str(uuid4()),
                reference="X-1",
                method="upi",
                amount=Decimal("1.00"),
                currency="USD",
            )
            charge.save(force_insert=True)

    unsent = unheard(pay)

    assert unsent == [f"{SEND_CHARGES}{OF_COMPANY}"]
    with acting("manager"):
        assert GatewayCharge.objects.get().state == "waiting"


def test_every_run_asked_for_by_hand(no_broker: None, sent_later: Callable[[], list[Message]]) -> None:
    def ask() -> None:
        for name in BY_HAND:
            with acting("manager") as manager:
                request_run(actor=anybody(manager), name=name)

    unsent = unheard(ask)
    with acting("manager"):
        runs = list(JobRun.objects.order_by("id"))
        with owners_hand():
            JobRun.objects.update(requested_at=now() - timedelta(minutes=2))
    messages = sent_later()
    sweep(RESUME_RUNS)

    assert len(unsent) == len(BY_HAND)
    assert [(f"{run.task}{OF_COMPANY}", run.state) for run in runs] == [(task, "queued") for task in unsent]
    assert sorted(messages) == sorted((task, (NORTH,)) for task in unsent)


@pytest.fixture
def sent_later(monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[Message]]:
    """Called when the broker is back: what is sent from then on."""

    def begin() -> list[Message]:
        messages: list[Message] = []
        monkeypatch.setattr(jobs, "_send", lambda task, *subjects, **_: messages.append((task, subjects)))
        return messages

    return begin
