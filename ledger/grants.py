"""What the runtime role may do with the ledger's tables (core.database.rights)."""

from __future__ import annotations

from batconnect.core.database.rights import declare, declare_read_only
from ledger.models import Account, Entry, Obligation
from ledger.settlement.models import Dtr, DtrExport, LeaseEarning, WeeklyRun

declare_read_only(Account, why="The chart comes with the company; the owner makes it.")
declare(Entry, defaulted="posted_at", why="Append-only; the database sets the time of posting.")
declare(
    Obligation,
    update="outstanding written_off status",
    why="What is still owed follows the postings; what the obligation is never changes.",
)
declare(
    WeeklyRun,
    update="status attempts figures error started_at completed_at actor",
    why="Started and ended by whoever settles the week.",
)
declare(
    Dtr,
    update="status paid_on paid_at paid_by payment_method payment_reference",
    why="Its figures are final; it is paid out once.",
)
declare(
    LeaseEarning, update="status dtr_id", why="Covered by a DTR or voided; what was earned never changes."
)
declare(
    DtrExport,
    update="status attempts done error completed_at size",
    why="A job's progress.",
)
