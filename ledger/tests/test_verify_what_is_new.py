"""verify_ledger over what is new: a new fault is found the next night, an old one by the week's whole run."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection

from batconnect.core.kernel import clock
from batconnect.core.sealing.sealing import seal_rows
from ledger.models import LedgerVerification
from ledger.services import write_off
from ledger.services.totals import add_to_totals
from ledger.services.verifications import is_whole_due, verify_ledger
from ledger.tests.builders import charge, make_debtor
from ledger.tests.test_verify_ledger import corrupt
from ledger.verification import checks, incremental_checks
from tests.cast import acting

PATIENCE_SECONDS = 30
NEW, WHOLE = LedgerVerification.Scope.NEW, LedgerVerification.Scope.WHOLE
OF = (
    "(select p.entry_id from ledger_postings p join ledger_obligations o on o.id = p.obligation_id"
    " where o.reference_id = '{}')"
)
OUTSTANDING = "update ledger_obligations set outstanding = 19.00 where reference_id = '{}'"


def night(*, only_new: bool = True) -> tuple[str, list[str]]:
    """One verification of the company: what it read, and what it found."""
    found: list[str] = []
    with acting("manager") as actor:
        kept = verify_ledger(
            actor=actor,
            only_new=only_new,
            on_difference=lambda each: found.append(f"{each.difference.subject} {each.difference.message}"),
        )
        return kept.scope, found


def post_and_seal(number: int) -> None:
    """A charge, part of which is written off, sealed."""
    with acting("manager") as actor:
        debtor = make_debtor(actor, number=number)
        raised = charge(actor, debtor, reference_id=f"EZ-{number}", amount="26.50")
        write_off(actor=actor, obligation_id=raised.id, amount=Decimal("6.50"), reason="Settled with him")
    _seal()
    with acting("manager") as actor:
        assert add_to_totals(actor=actor)


def _seal() -> None:
    """Seal what waits in one seal, once no older transaction is open, of another database of the server either."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    with connection.cursor() as cursor:
        cursor.execute("select pg_snapshot_xmax(pg_current_snapshot())::text")
        (written_before,) = cursor.fetchone()
        is_past = False
        while not is_past:
            assert time.monotonic() < deadline, "an older transaction is open all the time"
            cursor.execute("select pg_snapshot_xmin(pg_current_snapshot()) >= %s::xid8", [written_before])
            (is_past,) = cursor.fetchone()
    with acting("manager") as actor:
        assert seal_rows(actor=actor, everything=True)


@pytest.fixture
def _verified(transactional_db: None) -> None:
    """EZ-1, which a whole run read, and EZ-2 behind it."""
    post_and_seal(1)
    assert night(only_new=False) == (WHOLE, [])
    post_and_seal(2)


@pytest.mark.usefixtures("_verified")
def test_each_night_begins_where_the_last_one_ended() -> None:
    nights = [night()]
    post_and_seal(3)
    nights.append(night())

    assert nights == [(NEW, []), (NEW, [])]
    with acting("manager") as actor:
        kept = LedgerVerification.objects.filter(company_id=actor.company_id).order_by("id")
        assert [(row.scope, row.sealed_upto) for row in kept] == [(WHOLE, 1), (NEW, 2), (NEW, 3)]
        assert [row.checks for row in kept] == [len(checks()), *([len(incremental_checks()) + 1] * 2)]


@pytest.mark.usefixtures("_verified")
@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (OUTSTANDING, "outstanding 19.00, postings say 20.00"),
        (f"delete from ledger_postings where entry_id in {OF}", "has no postings"),
        (f"delete from ledger_entries where id in {OF}", "and is gone"),
        (f"update ledger_postings set amount = amount * 2 where entry_id in {OF}", "is not what was sealed"),
        (
            f"update ledger_postings set amount = amount + 1 where line = 2 and entry_id in {OF}",
            "instead of 0.00",
        ),
        (f"update ledger_entries set currency = 'EUR' where id in {OF}", "is in EUR, its postings in USD"),
        ("update ledger_day_totals set debit = debit + 1, credit = credit + 2", "kept are"),
        ("update seals set digest = sha256('other') where number = 2", "is not the digest of its rows"),
    ],
)
def test_a_fault_in_new_rows_is_found_the_next_night(damage: str, words: str) -> None:
    corrupt(damage.format("EZ-2"))

    read, found = night()

    assert read == NEW
    assert any(words in each for each in found), found


@pytest.mark.usefixtures("_verified")
def test_a_fault_in_old_rows_is_found_by_the_whole_run_of_the_week() -> None:
    corrupt(OUTSTANDING.format("EZ-1"))

    assert night() == (NEW, [])
    read, found = night(only_new=False)

    assert read == WHOLE
    assert any("EZ-1" in each and "outstanding 19.00, postings say 20.00" in each for each in found)


@pytest.mark.usefixtures("_verified")
def test_a_seal_that_was_verified_and_changed_is_found() -> None:
    corrupt("update seals set digest = sha256('other') where number = 1")

    found = night()[1]

    assert "seal 1 is not what it was when last verified" in found


@pytest.mark.usefixtures("_verified")
def test_after_a_difference_everything_is_read_until_it_is_gone() -> None:
    corrupt(OUTSTANDING.format("EZ-2"))
    assert night()[0] == NEW

    read, found = night()
    corrupt("update ledger_obligations set outstanding = 20.00 where reference_id = 'EZ-2'")

    assert read == WHOLE
    assert found
    assert [night(), night()] == [(WHOLE, []), (NEW, [])]


@pytest.mark.usefixtures("_verified")
@pytest.mark.parametrize(
    ("days", "is_due"), [(3, False), (6, True), (8, True)], ids=["thursday", "sunday", "after a missed one"]
)
def test_sundays_read_everything(monkeypatch: pytest.MonkeyPatch, days: int, is_due: bool) -> None:
    monday = datetime(2026, 11, 30, 17, tzinfo=UTC)
    monkeypatch.setattr(clock, "now", lambda: monday)
    assert night(only_new=False) == (WHOLE, [])
    monkeypatch.setattr(clock, "now", lambda: monday + timedelta(days=days))

    with acting("manager") as actor:
        assert is_whole_due(actor=actor) is is_due


@pytest.mark.usefixtures("_verified")
def test_the_command_says_what_it_read() -> None:
    out = StringIO()
    call_command("verify_ledger", "--new", stdout=out, stderr=StringIO())
    corrupt(OUTSTANDING.format("EZ-2"))
    post_and_seal(3)

    # The other company has no seal to begin from, and is read as a whole.
    assert out.getvalue() == "1 of 2 companies by what is new: no differences.\n"
    call_command("verify_ledger", "--new", stdout=out, stderr=StringIO())
    with pytest.raises(CommandError, match="difference"):
        call_command("verify_ledger", stdout=out, stderr=StringIO())


@pytest.mark.usefixtures("_verified")
def test_the_database_keeps_where_a_run_over_what_is_new_ended() -> None:
    with acting("manager") as actor, pytest.raises(IntegrityError, match="upto_a_seal"):
        LedgerVerification.objects.create(
            company_id=actor.company_id,
            started_at=clock.now(),
            finished_at=clock.now(),
            checks=1,
            differences=0,
            actor="x",
            scope=NEW,
        )
