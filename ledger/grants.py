"""What the runtime role may do with the ledger's tables (core.database.rights)."""

from __future__ import annotations

from batconnect.core.database.rights import declare
from ledger.clearing.models import (
    DepositMove,
    ProcessorDeposit,
    Remittance,
    SecurityDeposit,
    TaxAuthority,
)
from ledger.general.models import EntryNumber, JournalExport, ManualEntry
from ledger.models import Account, DayTotal, Entry, NewEntry, Obligation
from ledger.opening.models import OpeningBatch, OpeningLine
from ledger.paying.models import (
    PayeeAccount,
    PayeeHold,
    PayeeNotice,
    PayingAccount,
    Payout,
    PayoutBatch,
    PayoutDeduction,
    PayoutDownload,
    PayoutFile,
    PayoutItem,
    PayoutOrder,
    PayoutReturn,
    PayoutSettings,
)
from ledger.settlement.models import Dtr, DtrExport, LeaseEarning, WeeklyRun
from ledger.treasury.models import BankAccount, Disbursement, Drawer
from ledger.vendors.models import Vendor, VendorBill, VendorBillLine, VendorCredit

declare(
    Account,
    update="name own_number own_name",
    why="The chart comes with the company; bank accounts, drawers and authorities add to it, and locks need a right.",
)
declare(
    BankAccount, update="name bank_name last_digits is_default is_active", why="Code and currency are fixed."
)
declare(Drawer, update="name holder_id is_active", why="Code and currency are fixed.")
declare(
    Disbursement,
    update="status cleared_on stop_entry_id stopped_on stop_reason",
    why="Cleared by a line of a statement, or stopped; what was paid never changes.",
)
declare(EntryNumber, defaulted="numbered_at", why="Append-only; given by a job, in the order of posting.")
declare(
    ManualEntry,
    update="reversal_id is_voided",
    why="Taken back on its day, or by a void; what was entered never changes.",
)
declare(JournalExport, defaulted="made_at", why="Append-only; the files are beside it.")
declare(Entry, defaulted="posted_at", why="Append-only; the database sets the time of posting.")
declare(NewEntry, delete=True, why="Written with its entry by a trigger; gone when the totals hold it.")
declare(
    DayTotal,
    update="debit credit postings",
    delete=True,
    why="Sums of postings, made by a job: what is newly posted is added, or all of them are made anew.",
)
declare(
    Obligation,
    update="outstanding written_off credited status",
    why="What is still owed follows the postings; what the obligation is never changes.",
)
declare(
    WeeklyRun,
    update="status attempts figures error started_at completed_at actor",
    why="Started and ended by whoever settles the week.",
)
declare(
    Dtr,
    update="status paid_on paid_at paid_by payment_method payment_reference returned_payouts",
    why="Its figures are final; it is paid out once, and again when the payout came back.",
)
declare(
    LeaseEarning, update="status dtr_id", why="Covered by a DTR or voided; what was earned never changes."
)
declare(
    DtrExport,
    update="status attempts done error completed_at size",
    why="A job's progress.",
)
declare(Vendor, update="name kind is_active", why="Renamed, closed; number and currency are fixed.")
declare(VendorBill, update="open status", why="What is open follows the postings; the bill never changes.")
declare(VendorBillLine, why="Written with the bill.")
declare(VendorCredit, update="left status", why="What is left follows the postings.")
declare(TaxAuthority, update="name is_active", why="Its code names its accounts.")
declare(
    Remittance, update="status", why="Taken back before it reached the bank; what was remitted never changes."
)
declare(SecurityDeposit, update="held", why="What is held follows the postings.")
declare(DepositMove, update="is_voided", why="Undone; what happened never changes.")
declare(ProcessorDeposit, update="status", why="Taken back with the receipt's explanation.")
declare(
    OpeningBatch,
    update="cut_over_on status version preparer_id prepared_by prepared_at locked_by locked_at",
    why="Prepared until it is locked; then a trigger refuses every change.",
)
declare(
    OpeningLine,
    delete=True,
    why="A new file replaces the lines of an opening that is not locked; then a trigger refuses it.",
)
declare(
    PayeeAccount,
    update="status decider_id decided_by decided_at usable_on",
    why="Confirmed, turned down, replaced or closed; what was proposed never changes.",
)
declare(
    PayeeHold, update="released_by released_at release_reason", why="Released once; why it was placed stays."
)
declare(
    PayeeNotice,
    update="mailed_at is_sent due_at attempts",
    why="Mailed by a job; what it tells never changes.",
)
declare(
    PayingAccount,
    update="destination destination_name origin origin_name company_name company_identification odfi sec_code "
    "entry_description offset_routing offset_number offset_last_digits offset_kind next_check last_check changed_by",
    why="What the bank has set up for us; its checks are counted.",
)
declare(PayoutSettings, update="waiting_days minimum stale_days changed_by", why="What the company decides.")
declare(
    PayoutBatch,
    update="status effective_on approver_id approved_by approved_at built_by built_at sent_by sent_at sent_on "
    "undone_by undone_at undo_reason",
    why="It goes on from draft to sent, or is undone; whom it pays never changes.",
)
declare(Payout, update="reference", why="Numbered once, when its batch is built.")
declare(
    PayoutOrder,
    update="status decider_id decided_by decided_at ended_by ended_at end_reason",
    why="Confirmed, turned down or ended; what was proposed never changes.",
)
declare(PayoutDeduction, why="Append-only: what a payout kept; its payout says whether it counts.")
declare(PayoutItem, update="state", why="Sent with its batch, undone with it, or come back.")
declare(PayoutFile, why="Fixed when its batch is built.")
declare(PayoutDownload, defaulted="taken_at", why="Append-only: who took the file, and why again.")
declare(PayoutReturn, defaulted="recorded_at", why="Append-only: what the bank said, and what it changed.")
