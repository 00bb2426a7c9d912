"""A message wakes a worker for a bank account; the sweeping schedule finds what a lost message left behind, and lines
whose day has come."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from bank.services.processing import HELD_AS, PROCESS, accounts_with_work, process_account
from batconnect.core.jobs.holds import WorkHeld
from batconnect.core.jobs.running import each_subject
from batconnect.core.jobs.schedules import declare_schedule
from batconnect.core.kernel.actors import Actor

RESUME: Final = "bank.resume_statements"

declare_schedule(
    name="Resume bank statements",
    task=RESUME,
    run_permission="bank.import_statements",
    minute="*",
    description=(
        "Wakes a worker for bank accounts whose statements wait to be booked, or with lines whose day has come."
    ),
)


@each_subject(PROCESS, held_as=HELD_AS, waiting=accounts_with_work, swept_by=RESUME, of="ledger.BankAccount")
def book_statements(actor: Actor, bank_account_id: UUID) -> None:
    """Book what waits of the account; who works on it already does it."""
    try:
        process_account(actor=actor, bank_account_id=bank_account_id)
    except WorkHeld:
        return
