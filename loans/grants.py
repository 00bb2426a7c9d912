"""What the runtime role may do with the tables of loans (core.database.rights)."""

from __future__ import annotations

from batconnect.core.database.rights import declare
from loans.models import DriverLoan, LoanInstallment

declare(
    DriverLoan,
    update="status status_reason closed_at amount adjusted adjustments installment_count handed_over_id",
    why="Held, released, canceled, closed, handed over; an amount that was entered wrongly is lowered.",
)
declare(
    LoanInstallment,
    update="status is_suspended posted_on due_date interest",
    why="Suspended, posted, paid; withdrawn; a payoff moves due dates, a prepayment remakes interest.",
)
