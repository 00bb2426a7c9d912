"""What `make test-distributed` makes of what two servers answer: tried without a cluster."""

from __future__ import annotations

import os
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.db import connection

from payments.tests.billing import make_customer
from tests.cast import NORTH, acting
from tests.databases import keep_copy, remove
from tests.distributed import __main__ as run
from tests.distributed.books import differences_of, found_on_one_only
from tests.distributed.comparing import (
    BOTH_REFUSE,
    OTHER,
    REFUSED,
    SAME,
    Comparison,
    Server,
    compare_by,
    differing_rows,
    report,
)
from tests.distributed.recording import Recorder

ROWS = ["['1']"]
NO_RIGHT = "42501: permission denied for table entries"


def compared(*answers: tuple[Any, Any]) -> Comparison:
    samples = [{"answer": answer} for answer in answers]
    return compare_by(
        lambda sample: sample["answer"], [{"text": "select 1", "runs": len(answers), "samples": samples}]
    )


@pytest.mark.parametrize(
    ("answers", "outcome"),
    [
        ([(ROWS, ROWS)], SAME),
        ([(ROWS, ROWS), (NO_RIGHT, NO_RIGHT)], SAME),
        ([(NO_RIGHT, NO_RIGHT)], BOTH_REFUSE),
        ([("23503: a key", "23503: another key")], BOTH_REFUSE),
        ([("23503: a key", "23505: twice")], OTHER),
        ([(ROWS, NO_RIGHT)], REFUSED),
        ([(ROWS, ROWS), (ROWS, [])], OTHER),
        ([(NO_RIGHT, ROWS)], OTHER),
        ([(3, 2)], OTHER),
    ],
    ids=[
        "the same rows",
        "rows and a refusal",
        "refused by both",
        "by different keys",
        "for different reasons",
        "by the cluster alone",
        "other rows the second time",
        "by one server alone",
        "other count",
    ],
)
def test_a_statement_is_as_on_one_server_or_not(answers: list[tuple[Any, Any]], outcome: str) -> None:
    result = compared(*answers)

    assert dict(result.outcomes) == {outcome: 1}
    assert result.is_alike is (outcome in (SAME, BOTH_REFUSE))
    assert f"{int(result.is_alike)} of 1 statements: as on plain PostgreSQL." in report(result)


def test_nothing_compared_is_not_alike() -> None:
    assert not compare_by(lambda _: (ROWS, ROWS), []).is_alike


def test_books_that_say_the_same_on_both_servers_are_no_difference() -> None:
    assert found_on_one_only(["b", "a"], ["a", "b"]) == []
    assert found_on_one_only(["a", "a"], ["a", "b"]) == ["only on the cluster: a", "only on one server: b"]


@pytest.mark.django_db(transaction=True)
def test_rows_of_two_servers_are_compared_by_company() -> None:
    """The template has what the test's database had before it added a customer."""
    current = _url(str(connection.settings_dict["NAME"]))
    tables = {"customers": True, "currencies": False}
    before = _url(f"{connection.settings_dict['NAME']}_before")
    keep_copy(name=before.rsplit("/", 1)[1])
    try:
        with acting("manager") as manager:
            make_customer(manager)

        assert differing_rows(current, current, tables) == []
        assert differing_rows(current, before, tables) == [
            f"customers of {NORTH}: 0 rows on one server, 1 here"
        ]
    finally:
        remove(name=before.rsplit("/", 1)[1])


def _url(name: str) -> str:
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()


@pytest.mark.parametrize(
    ("plain", "rows", "parts", "code"),
    [
        (True, [], [("as on one server", True)], 0),
        (True, [], [("as on one server", True), ("a guarantee", False)], 1),
        (True, ["customers of all: 1 rows on one server, 2 here"], [], run.NOT_THE_SAME_ROWS),
        (False, [], [("the books add up", True)], 0),
        (False, [], [("a difference", False)], 1),
    ],
    ids=["the same", "a guarantee fails", "other rows", "alone", "alone with a difference"],
)
def test_the_exit_code_says_whether_the_cluster_does_what_one_server_does(
    monkeypatch: pytest.MonkeyPatch, plain: bool, rows: list[str], parts: list[tuple[str, bool]], code: int
) -> None:
    for name in ("PLAIN_DATABASE_URL", "PLAIN_DATABASE_OWNER_URL"):
        monkeypatch.setenv(name, "postgresql://one" if plain else "")
    monkeypatch.setattr("tests.distributed.comparing.differing_rows", lambda *_: rows)
    for name, found in (("_statements", parts), ("_books", []), ("_guarantees", [])):
        monkeypatch.setattr(run, name, lambda *_, found=found: iter(found))

    assert run.main() == code


def test_an_address_without_its_owner_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLAIN_DATABASE_URL", "postgresql://one")
    monkeypatch.delenv("PLAIN_DATABASE_OWNER_URL", raising=False)

    assert run.main() == run.NOT_THE_SAME_ROWS


@pytest.mark.parametrize(
    ("here", "there", "holds"),
    [((96, ["d"]), (96, ["d"]), True), ((96, ["d"]), (96, []), False), ((95, []), (96, []), False)],
    ids=["the same difference", "one more", "fewer checks"],
)
def test_a_difference_that_one_server_reports_too_does_not_count(
    monkeypatch: pytest.MonkeyPatch, here: Any, there: Any, holds: bool
) -> None:
    monkeypatch.setattr(
        "tests.distributed.books.differences_of", lambda elsewhere: there if elsewhere else here
    )

    ((_, held),) = run._books(Server("one", "its owner"))

    assert held is holds


def test_without_another_server_every_difference_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.distributed.books.differences_of", lambda _: (96, ["a difference"]))

    assert list(run._books(Server("", ""))) == [("verify_ledger: 96 checks; a difference", False)]


def test_books_are_read_in_a_process_that_keeps_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.distributed.books.subprocess.run", lambda *_, **__: _Done())

    with pytest.raises(RuntimeError, match="verify_ledger gave up: no such database"):
        differences_of({"DATABASE_URL": "postgresql://nowhere"})


class _Done:
    stdout, stderr = "", "no such database"


def test_what_is_recorded_says_whose_statement_it_was(db: None) -> None:
    recorder = Recorder()
    with acting("manager"), connection.execute_wrapper(recorder), connection.cursor() as cursor:
        cursor.execute("select 1 from companies where id = %s", [NORTH])
        recorder.is_paused = True
        cursor.execute("select relname from pg_class limit 1")

    ((_, kept),) = recorder.statements.items()
    assert [sample["owner"] for sample in kept.samples] == [
        connection.settings_dict["USER"] != settings.RUNTIME_ROLE
    ]
    assert kept.samples[0]["text"] == f"select 1 from companies where id = '{NORTH.hex}'::uuid"
