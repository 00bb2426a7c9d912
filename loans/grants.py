"""What the runtime role may do with the tables of loans (core.database.rights)."""

from __future__ import annotations

from batconnect.core.database.rights import declare
from loans.models import DriverLoan, LoanInstallment

declare(
    DriverLoan,
    update="status status_reason closed_at",
    why="Held, released, canceled, closed; what was lent does not change.",
)
declare(
    LoanInstallment,
    update="status is_suspended posted_on due_date interest",
    why="Suspended, posted, paid; a payoff recomputes interest and due dates of the rest and posts it.",
)
