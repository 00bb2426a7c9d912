"""`import_bank_statement`: what it books and says, checked only, again, and given what is wrong."""

from __future__ import annotations

from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from bank.management.commands import import_bank_statement
from bank.models import Statement, StatementLine, StatementMapping
from bank.tests.builders import work
from bank.tests.readers.files import balance as said_balance
from bank.tests.readers.files import camt, entry
from batconnect.core.jobs.holds import Holder, WorkHeld
from batconnect.core.kernel import clock
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.ids import uuid7
from ledger.treasury.services.places import open_bank_account
from payments.batches.tests.builders import assert_books_hold
from tests.digest import assert_nothing_written

GOOD = camt(
    said_balance("OPBD", "0.00"),
    said_balance("CLBD", "7.00"),
    entry("10.00", reference="IC-1"),
    entry("3.00", "DBIT", reference="IC-2"),
)
Run = Callable[..., str]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """What the command says of a file with this content."""

    def call(content: str | bytes, *words: str, company: str = "North Taxi") -> str:
        file = tmp_path / "statement"
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        out = StringIO()
        try:
            call_command(
                "import_bank_statement", "--company", company, "--file", str(file), *words, stdout=out
            )
        except CommandError as error:
            return f"{out.getvalue()}refused: {error}"
        return out.getvalue()

    return call


def test_books_a_statement_and_says_so(manager: Actor, run: Run) -> None:
    said = run(GOOD)

    assert "2 new, 0 known, 0 held, 2 booked: booked." in said
    assert (Statement.objects.get().is_proven, StatementLine.objects.filter(state="booked").count()) == (
        True,
        2,
    )
    assert_books_hold(manager)


def test_a_check_alone_keeps_nothing(manager: Actor, run: Run) -> None:
    with assert_nothing_written():
        said = run(GOOD, "--dry-run")

    assert "2 new, 0 known, 0 likely known, 0 held (in 10.00, out 3.00 USD): would be booked." in said


def test_again_it_is_refused_and_by_force_nothing_new(manager: Actor, run: Run) -> None:
    run(GOOD)

    with assert_nothing_written():
        again = run(GOOD)
    forced = run(GOOD, "--force")

    assert "refused: The same file was taken on" in again
    assert "refused" in forced or "booked" in forced
    assert StatementLine.objects.filter(state="booked").count() == 2
    assert_books_hold(manager)


def test_what_is_held_ends_with_an_error(manager: Actor, run: Run) -> None:
    said = run(GOOD.replace("7.00", "8.00"))

    assert "balance is 8.00" in said
    assert said.endswith("refused: 1 statement was not booked.")
    assert Statement.objects.get().status == "held"
    assert_books_hold(manager)


def test_a_table_is_read_by_a_mapping_and_its_problems_are_told(manager: Actor, run: Run) -> None:
    StatementMapping.objects.create(
        company_id=manager.company_id, name="Bank", date_column="Date", amount_column="Amount"
    )
    table = "Date,Amount\n11/20/2026,5.00\n11/20/2026,five\n"

    said = run(table, "--mapping", "Bank")

    assert "place 3: amount:" in said
    assert "1 new" in said
    assert_books_hold(manager)


def test_the_account_that_is_named_takes_it(manager: Actor, run: Run) -> None:
    payroll = open_bank_account(actor=manager, code="payroll", name="Payroll", currency="USD")

    run(GOOD, "--account", "payroll")

    assert Statement.objects.get().bank_account_id == payroll.id
    assert_books_hold(manager)


@pytest.mark.parametrize(
    ("content", "words", "says"),
    [
        ("", (), "empty"),
        (b"\x00\x01\x02", (), ""),
        ("PK\x03\x04 nothing more", (), ""),
        ("%PDF-1.7", (), ""),
        ("Date,Amount\n11/20/2026,5.00\n", (), "mapping"),
        (GOOD[:300], (), ""),
        (GOOD.replace("USD", "EUR"), (), "EUR"),
        (GOOD, ("--account", "nowhere"), "There is no bank account 'nowhere'."),
        (GOOD, ("--mapping", "nothing"), "There is no mapping of statements 'nothing'."),
    ],
)
def test_refuses_by_what_is_wrong(
    manager: Actor, run: Run, content: str | bytes, words: tuple[str, ...], says: str
) -> None:
    for check in ((), ("--dry-run",)):
        with assert_nothing_written():
            said = run(content, *words, *check)
        assert "refused: " in said
        assert says in said


def test_another_companys_account_and_mapping_are_not_named(manager: Actor, run: Run) -> None:
    open_bank_account(actor=manager, code="payroll", name="Payroll", currency="USD")
    StatementMapping.objects.create(
        company_id=manager.company_id, name="Bank", date_column="Date", amount_column="Amount"
    )

    with assert_nothing_written():
        account = run(GOOD, "--account", "payroll", company="South Premium")
        mapping = run(GOOD, "--mapping", "Bank", company="South Premium")
        nobody = run(GOOD, company="West Taxi")

    assert "There is no bank account 'payroll'." in account
    assert "There is no mapping of statements 'Bank'." in mapping
    assert "refused: " in nobody


def test_a_file_that_is_not_there_is_named(manager: Actor, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("import_bank_statement", "--company", "North Taxi", "--file", str(tmp_path / "none"))


def test_while_a_worker_is_at_the_account_the_lines_are_left_to_it(
    manager: Actor, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def held(**options: Any) -> None:
        raise WorkHeld(Holder(uuid7(), "another worker", clock.now(), clock.now()))

    with monkeypatch.context() as patched:
        patched.setattr(import_bank_statement, "process_account", held)
        said = run(GOOD)

    assert "The lines are left to another worker, since " in said
    assert "refused" not in said
    assert Statement.objects.get().status == "received"
    work(manager)
    assert Statement.objects.get().status == "booked"
    assert_books_hold(manager)
