"""verify_ledger: clean after ordinary work, and each kind of damage is named."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from ledger import verification
from ledger.chart import Category
from ledger.services import void_posting, write_off
from ledger.tests.builders import charge, make_debtor, raising_posting
from tests.cast import acting
from tests.databases import superuser_connection

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def _worked(transactional_db: None) -> None:
    """Committed work of every kind."""
    with acting("manager") as actor:
        john = make_debtor(actor)
        charge(actor, john, reference_id="EZ-1", amount="26.50")
        ticket = charge(actor, john, reference_id="T-1", category=Category.TLC, amount="300.00")
        write_off(actor=actor, obligation_id=ticket.id, amount=Decimal("100.00"), reason="Settled with him")
        wrong = charge(actor, john, reference_id="EZ-2")
        void_posting(actor=actor, posting_id=raising_posting(wrong).id, reason="Another car's toll")


def verified(*arguments: str) -> tuple[list[str], int]:
    """The lines it printed, and its exit code."""
    out = StringIO()
    code = 0
    try:
        call_command("verify_ledger", *arguments, stdout=out, stderr=StringIO())
    except CommandError as error:
        code = error.returncode
    return out.getvalue().splitlines(), code


def corrupt(*statements: str) -> None:
    """Change a stored copy without its triggers."""
    with superuser_connection() as server:
        server.execute("set session_replication_role = replica")
        for statement in statements:
            server.execute(statement)


@pytest.mark.usefixtures("_worked")
def test_finds_nothing_after_ordinary_work() -> None:
    lines, code = verified()

    assert (lines, code) == ([f"2 companies, {len(verification.checks())} checks each: no differences."], 0)


@pytest.mark.usefixtures("_worked")
@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (
            "update ledger_obligations set outstanding = 20.00 where reference_id = 'EZ-1'",
            ["EZPASS EZ-1", "outstanding 20.00, postings say 26.50", "the account stands at 26.50"],
        ),
        (
            "update ledger_obligations set written_off = 90.00 where reference_id = 'T-1'",
            ["written off 90.00, postings say 100.00"],
        ),
        (
            "update ledger_obligations set status = 'settled', outstanding = 0 where reference_id = 'EZ-1'",
            ["status settled, postings say open", "outstanding 0.00, postings say 26.50"],
        ),
        (
            "update ledger_obligations set original = 400 where reference_id = 'T-1'",
            ["original 400.00, postings say 300.00"],
        ),
        (
            "update ledger_obligations set status = 'settled' where reference_id = 'EZ-2'",
            ["status settled, postings say voided"],
        ),
        (
            "update ledger_postings set amount = amount + 1 where line = 2 and entry_id ="
            " (select entry_id from ledger_postings p join ledger_obligations o on o.id = p.obligation_id"
            "  where o.reference_id = 'EZ-1')",
            ["obligation_raised sums to 1.00 instead of 0.00", "debits less credits are 1.00"],
        ),
        (
            "delete from ledger_postings where entry_id = (select entry_id from ledger_postings p"
            " join ledger_obligations o on o.id = p.obligation_id where o.reference_id = 'EZ-1')",
            ["obligation_raised has no postings", "outstanding 26.50, postings say 0.00"],
        ),
        (
            "delete from ledger_postings where line = 2 and amount = 100.00 or line = 2 and amount = -300.00",
            ["has a single posting"],
        ),
        (
            "delete from ledger_entries where event = 'written_off'",
            ["does not exist"],
        ),
        (
            "update ledger_entries set currency = 'EUR' where event = 'written_off'",
            ["is in EUR, its postings in USD"],
        ),
        (
            "update ledger_postings set account_id = (select id from ledger_accounts a"
            " where a.code = 'receivable:TAXES' and a.currency = 'USD' and a.company_id = ledger_postings.company_id)"
            " where amount = 300.00",
            ["account receivable:TAXES does not fit obligation TLC T-1", "receivable:TAXES USD"],
        ),
        (
            "update ledger_postings set amount = amount * 2 where entry_id ="
            " (select id from ledger_entries where event = 'obligation_voided')",
            ["does not undo the entry that it reverses", "outstanding 0.00, postings say -26.50"],
        ),
    ],
)
def test_names_every_damage(damage: str, words: list[str]) -> None:
    corrupt(damage)

    lines, code = verified("--company", "north taxi")

    assert code == 1
    for each in words:
        assert any(each in line for line in lines), (each, lines)
    assert all(line.startswith("North Taxi: ") for line in lines[:-1])


@pytest.mark.usefixtures("_worked")
def test_looks_at_the_company_it_is_told() -> None:
    corrupt("update ledger_obligations set outstanding = 20.00 where reference_id = 'EZ-1'")

    assert verified("--company", "South Premium")[1] == 0
    assert verified()[1] == 1
    with pytest.raises(CommandError, match="There is no company"):
        call_command("verify_ledger", "--company", "West")


@pytest.fixture
def _extra_check() -> Iterator[None]:
    verification.register(
        "a check of another app", lambda actor: iter([verification.Difference("thing", "is off")])
    )
    yield
    del verification._checks["a check of another app"]


@pytest.mark.usefixtures("_extra_check")
def test_runs_the_checks_of_other_apps() -> None:
    lines, code = verified("--company", "North Taxi")

    assert (lines, code) == (["North Taxi: a check of another app: thing: is off"], 1)
