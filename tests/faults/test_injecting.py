"""The injector finds what is wrong: here are services that are, and one that is not."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from django.conf import settings
from django.core import mail
from django.db import DatabaseError, connection, transaction

from batconnect.core.kernel.actors import Actor
from batconnect.directory.models import Customer
from tests.digest import assert_nothing_written
from tests.faults.injecting import Trial, try_out
from tests.faults.marked import Service


def add(actor: Actor, name: str) -> None:
    Customer.objects.create(company_id=actor.company_id, name=name)


@transaction.atomic
def whole(*, actor: Actor) -> None:
    add(actor, "First")
    add(actor, "Second")
    transaction.on_commit(lambda: None)


def unmarked(*, actor: Actor) -> None:
    add(actor, "First")
    with connection.cursor() as cursor:
        cursor.execute("update customers set email = %s where name = %s", ["first@north.example", "First"])


def unmarked_too(*, actor: Actor) -> None:
    add(actor, "First")
    add(actor, "Second")


@transaction.atomic
def passes_over(*, actor: Actor) -> None:
    add(actor, "First")
    with suppress(DatabaseError):
        add(actor, "Second")


@transaction.atomic
def leaves_a_file(*, actor: Actor) -> None:
    add(actor, "First")
    Path(settings.MEDIA_ROOT).mkdir(parents=True, exist_ok=True)
    (Path(settings.MEDIA_ROOT) / "left").write_text("here", encoding="utf-8")
    add(actor, "Second")


@transaction.atomic
def mails_too_soon(*, actor: Actor) -> None:
    add(actor, "First")
    mail.send_mail("Done", "It is done.", None, ["ap@north.example"])
    add(actor, "Second")


def by_chunks(*, actor: Actor) -> None:
    for name in ("First", "Second"):
        with transaction.atomic():
            if not Customer.objects.filter(name=name).exists():
                add(actor, name)
                Customer.objects.filter(name=name).update(email="added@north.example")


def doubles(*, actor: Actor) -> None:
    for name in ("First", "Second"):
        with transaction.atomic():
            add(actor, name)


def tried(function: Callable[..., None], mark: str, actor: Actor) -> Trial:
    trial = Trial(Service(__name__, function.__name__, mark), function)
    with assert_nothing_written():
        try_out(trial, ((), {"actor": actor}), test="this one")
    assert not connection.run_on_commit
    assert mail.outbox == []
    return trial


def test_nothing_is_wrong_with_what_is_whole(manager: Actor) -> None:
    trial = tried(whole, "transaction.atomic", manager)

    assert trial.wrong == []
    assert (trial.statements, trial.writes, trial.faults) == (2, 2, 4)


@pytest.mark.parametrize(
    ("service", "said"),
    [
        (unmarked, "rows stay of a fault: north.customers"),
        (unmarked_too, "leaves the rollback to its caller"),
        (passes_over, "goes on after statement 2 of 2"),
        (leaves_a_file, "a file stays of a fault at statement 2 of 2"),
        (mails_too_soon, "a mail stays of a fault at statement 2 of 2"),
    ],
)
def test_finds_what_is_wrong(manager: Actor, service: Callable[..., None], said: str) -> None:
    wrong = tried(service, "transaction.atomic", manager).wrong

    assert any(each.startswith(said) for each in wrong), wrong


def test_what_works_by_chunks_is_run_to_its_end(manager: Actor) -> None:
    well = tried(by_chunks, "commits_by_chunks", manager)
    wrong = tried(doubles, "commits_by_chunks", manager)

    assert (well.wrong, well.writes) == ([], 4)
    assert "comes to something else after a fault after statement 2 of 2: customers" in wrong.wrong[-1]
