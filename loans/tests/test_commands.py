"""The commands of loans: posting by hand and importing a CSV; they commit as in production."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command

from batconnect.core.database.tenancy import company_context
from ledger.models import Obligation
from ledger.tests.builders import make_debtor
from loans.models import DriverLoan
from loans.tests.builders import lend
from tests.cast import NORTH, acting
from tests.digest import assert_nothing_written

HEAD = "tlc_license,lease_id,loan_amount,interest_rate,loan_date,start_week,notes\n"


@pytest.fixture
def clock() -> Iterator[Any]:
    with time_machine.travel("2025-10-01T16:00:00Z", tick=False) as traveler:
        yield traveler


def run(*arguments: str) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


def in_north(read: Any) -> Any:
    with company_context(NORTH, job="test"):
        return read()


@pytest.mark.django_db(transaction=True)
def test_posts_by_hand_with_a_dry_run_first(clock: Any) -> None:
    with acting("manager") as manager:
        lend(manager, make_debtor(manager), "3000.00", start_week=date(2025, 10, 5))
    clock.move_to("2025-11-10T16:00:00Z")

    with assert_nothing_written():
        dry = run("post_due_loans", "--dry-run")
    ranged = run("post_due_loans", "--company", "North Taxi", "--from", "2025-10-12", "--to", "2025-10-19")
    rest = run("post_due_loans", "--date", "2025-11-09")
    again = run("post_due_loans")

    assert "North Taxi: would post 6 installments, 1,500.00 in all" in dry
    assert "2 due, 2 posted (500.00), 0 skipped, 0 failed" in ranged
    assert "North Taxi: 4 due, 4 posted (1,000.00), 0 skipped, 0 failed" in rest
    assert "North Taxi: 0 due, 0 posted" in again
    assert in_north(Obligation.objects.count) == 6


@pytest.mark.django_db(transaction=True)
def test_moves_in_by_csv_all_or_nothing(clock: Any, tmp_path: Path) -> None:
    with acting("manager") as manager:
        make_debtor(manager)
    good = "00504124,LS-2054,1200.00,10,2025-09-24,2025-09-28,moved in\n"
    bad = "00504124,LS-2054,1200.00,10,2025-09-24,2025-09-29,\n99,LS-2054,5,,,2025-10-05,\n"
    file = tmp_path / "loans.csv"
    file.write_text(HEAD + good + bad)

    out = StringIO()
    with assert_nothing_written(), pytest.raises(CommandError, match="2 errors"):
        call_command("import_loans", "--company", "North Taxi", "--file", str(file), stdout=out)
    with pytest.raises(CommandError, match="2 errors"):
        call_command(
            "import_loans", "--company", "North Taxi", "--file", str(file), "--keep-good", stdout=StringIO()
        )
    file.write_text(HEAD + good)
    with assert_nothing_written():
        dry = run("import_loans", "--company", "North Taxi", "--file", str(file), "--dry-run")

    assert "line 3: start_week:" in out.getvalue()
    assert "line 4: tlc_license:" in out.getvalue()
    assert "1 loans good (nothing was written), 1,200.00 in all" in dry
    loan = in_north(lambda: DriverLoan.objects.get())
    assert (loan.loan_date, loan.start_week, loan.notes) == (date(2025, 9, 24), date(2025, 9, 28), "moved in")
