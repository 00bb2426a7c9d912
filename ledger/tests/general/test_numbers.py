"""Entries are numbered after the fact, in the order of posting, without gaps (docs/domain.md#entry-numbers).

Other databases of the server have transactions too, which hold back what may be numbered: no test here says when an
entry gets its number, only what may not have one, and in which order they come.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

import pytest
from django.core.management import call_command
from django.db import DatabaseError, IntegrityError, connection, transaction

from batconnect.core.database.rows import insert_batch
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.ids import uuid7
from ledger.general.models import EntryNumber
from ledger.general.services.numbering import count_unnumbered, number_entries
from ledger.models import Entry
from ledger.rules.entry_numbers import format_entry_number
from ledger.tests.general.builders import number_all
from ledger.tests.test_verify_ledger import corrupt
from ledger.tests.treasury.builders import put_in
from ledger.verification import verify
from tests.cast import NORTH, acting
from tests.databases import owners_hand
from tests.races.test_raising import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def post(amount: str = "1.00") -> Entry:
    with acting("manager") as actor:
        put_in(actor, amount)
        return Entry.objects.latest("id")


@contextmanager
def running_elsewhere(work: str) -> Iterator[threading.Event]:
    """A transaction of another connection that does its work at once, and ends on `end()` or with the block."""
    ends, done, posted = threading.Event(), threading.Event(), threading.Event()

    def run() -> None:
        try:
            with acting("manager") as actor:
                if work == "posts":
                    put_in(actor, "7.00")
                else:
                    with connection.cursor() as cursor:
                        cursor.execute("select pg_current_xact_id()")
                posted.set()
                ends.wait(timeout=30)
        finally:
            connection.close()
            done.set()

    thread = threading.Thread(target=run)
    thread.start()
    assert posted.wait(timeout=30)

    def end() -> None:
        ends.set()
        done.wait(timeout=30)

    ends.end = end  # type: ignore[attr-defined]  # sets the event and waits for the commit
    try:
        yield ends
    finally:
        ends.set()
        thread.join(timeout=30)


def numbered() -> list[tuple[int, int]]:
    with acting("manager"):
        return list(EntryNumber.objects.order_by("year", "number").values_list("year", "number"))


def test_numbers_follow_the_order_of_posting_without_gaps() -> None:
    entries = [post() for _ in range(5)]

    assert number_all(5) == 5

    with acting("manager") as actor:
        rows = list(EntryNumber.objects.order_by("number").values_list("entry_id", "number"))
        assert rows == [(each.id, place) for place, each in enumerate(entries, start=1)]
        assert number_entries(actor=actor) == 0
        assert list(verify(actor=actor)) == []


def test_what_is_not_committed_holds_back_what_came_after_it() -> None:
    post()
    number_all(1)
    with running_elsewhere("posts") as other:
        later = post("8.00")
        with acting("manager") as actor:
            assert number_entries(actor=actor, everything=True) == 0
            assert count_unnumbered(actor=actor, first=date(2000, 1, 1), last=date(2999, 1, 1)) == 1
        other.end()  # type: ignore[attr-defined]  # as above

    assert number_all(3) == 3

    with acting("manager") as actor:
        # The transaction that began first comes first, though it was the last to end.
        rows = EntryNumber.objects.order_by("number")
        assert [each.number for each in rows] == [1, 2, 3]
        assert rows[2].entry_id == later.id
        assert list(verify(actor=actor)) == []


def test_a_transaction_that_posts_nothing_holds_them_back_too_and_nothing_is_lost() -> None:
    with running_elsewhere("only has an id"):
        post()
        with acting("manager") as actor:
            assert number_entries(actor=actor, everything=True) == 0

    assert number_all(1) == 1


def test_posting_does_not_wait_for_who_numbers() -> None:
    post()
    number_all(1)
    with acting("manager") as actor:
        number_entries(actor=actor, everything=True)
        # The round's transaction is still open, and another connection posts.
        thread = threading.Thread(target=lambda: (post("9.00"), connection.close()))
        thread.start()
        thread.join(timeout=10)
        assert not thread.is_alive()

    assert number_all(2) == 2


def test_two_rounds_at_once_give_each_entry_one_number() -> None:
    for _ in range(20):
        post()

    def give(actor: Actor) -> int:
        return number_entries(actor=actor, everything=True)

    given = at_once(give, give, give)

    assert number_all(20) == 20
    assert sum(given) <= 20
    assert [number for _, number in numbered()] == list(range(1, 21))


def test_the_year_is_that_of_posting_in_the_companys_time() -> None:
    first, second = post(), post()
    # 23:30 on New Year's Eve in New York is the next year in London.
    for entry, instant in ((first, "2026-01-01 04:30+00"), (second, "2026-01-01 05:30+00")):
        corrupt(f"update ledger_entries set posted_at = '{instant}' where id = '{entry.id}'")

    assert number_all(2) == 2

    assert numbered() == [(2025, 1), (2026, 1)]


def test_the_database_refuses_a_gap() -> None:
    post()
    number_all(1)
    waiting = post()

    with acting("manager"):
        year = EntryNumber.objects.get().year
        row = EntryNumber(id=uuid7(), company_id=NORTH, year=year, number=3, entry_id=waiting.id)
        with pytest.raises(IntegrityError, match="without a gap"), transaction.atomic():
            insert_batch([row])

    assert [number for _, number in numbered()] == [1]
    assert number_all(2) == 2


@pytest.mark.parametrize("change", ["update entry_numbers set number = 9", "delete from entry_numbers"])
def test_a_number_never_changes_and_never_goes(change: str) -> None:
    post()
    number_all(1)

    with (
        pytest.raises(DatabaseError, match="append-only"),
        acting("manager"),
        owners_hand(),
        connection.cursor() as cursor,
    ):
        cursor.execute(change)

    assert [number for _, number in numbered()] == [1]


def test_the_check_finds_a_gap_and_an_entry_without_a_number() -> None:
    post()
    post()
    number_all(2)
    corrupt(
        "delete from entry_numbers where number = 1",
        "update ledger_entries set posted_at = posted_at - interval '5 days'",
    )

    with acting("manager") as actor:
        messages = [found.difference.message for found in verify(actor=actor)]

    assert "there are 1, from 2 to 2" in messages
    assert any("has no number" in message for message in messages)


def test_the_command_numbers_every_company(capsys: pytest.CaptureFixture[str]) -> None:
    post()

    call_command("number_entries", "--company", "North Taxi")

    assert "North Taxi: " in capsys.readouterr().out
    assert number_all(1) == 1


def test_numbers_are_written_with_their_year() -> None:
    assert format_entry_number(2026, 42) == "2026-000042"
    assert format_entry_number(2026, 1_234_567) == "2026-1234567"
