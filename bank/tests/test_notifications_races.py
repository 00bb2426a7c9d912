"""A notification comes while somebody explains its line, or twice at once: one wins, and nothing is there twice."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from bank.models import BankNotification, LinePart
from bank.services.intake import receive_statements
from bank.services.kinds.interface import Piece
from bank.tests.builders import line, parsed, receive, work
from bank.tests.readers.files import entry
from bank.tests.test_kinds_races import assert_clean, attempt, explain
from bank.tests.test_notifications import TWO, file_of
from batconnect.core.kernel.actors import Actor
from tests.cast import acting
from tests.races.test_recording import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def test_it_is_explained_or_detailed() -> None:
    with acting("manager") as actor:
        receive(actor, parsed(line("100.00", reference="R1")))
        part = LinePart.objects.get()
        receive_statements(actor=actor, content=file_of(entry("100.00", details=TWO, reference="R1")))
    acts: list[Callable[[Actor], object]] = [
        explain(part.id, [Piece("interest", Decimal("100.00"))]),
        work,
    ]

    answers = at_once(lambda number: attempt(acts[number]), times=2)

    with acting("manager"):
        told = BankNotification.objects.get()
        stand = list(LinePart.objects.exclude(status="voided").values_list("status", flat=True))
    assert (answers, told.status, stand) in (
        (["done", "done"], "told", ["explained"]),
        (["line_explained", "done"], "joined", ["open", "open"]),
    )
    assert_clean()


def test_one_file_comes_twice_at_once() -> None:
    content = file_of(entry("100.00", details=TWO, reference="R1"))

    answers = at_once(
        lambda _: attempt(lambda actor: receive_statements(actor=actor, content=content)), times=3
    )

    assert sorted(answers) == ["done", "same_file", "same_file"]
    with acting("manager"):
        assert BankNotification.objects.count() == 1
