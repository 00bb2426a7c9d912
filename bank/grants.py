"""What the runtime role may do with the tables of the bank's word (core.database.rights)."""

from __future__ import annotations

from bank.models import (
    BankNotification,
    CutOver,
    CutOverItem,
    DepositSlip,
    DepositSlipItem,
    DrawerSession,
    Explanation,
    LinePart,
    MatchRule,
    Reconciliation,
    Statement,
    StatementFeed,
    StatementFile,
    StatementLine,
    StatementMapping,
)
from batconnect.core.database.rights import declare

declare(
    Statement,
    update="opening opening_source closing is_proven status hold_code hold_message hold_details accepted_by "
    "accepted_at accept_reason total_lines new_lines known_lines shown_lines held_lines booked_lines decided_to "
    "money_in money_out warnings chain_no has_gap finished_at",
    why="How far it is booked, and what was decided about it; what the bank said stays.",
)
declare(Reconciliation, why="What somebody confirmed: written once.")
declare(
    CutOver,
    update="status undone_by undone_at undo_reason",
    why="What was moved is taken back as a whole, never edited.",
)
declare(CutOverItem, update="is_live", why="It stands until its cut-over is taken back.")
declare(StatementFile, why="A file as it came: written once.")
declare(
    StatementLine,
    update="state same_as_id note details entry_id withdrawn_entry_id decided_by decided_at",
    why="What became of a line, and what a notification says that it consists of; what the bank said stays.",
)
declare(
    BankNotification,
    update="status code message line_id is_decided",
    why="Which line it is of; what the bank said stays.",
)
declare(
    LinePart,
    update="explained status mark return_code version",
    why="How much of it is explained; what the bank said stays.",
)
declare(
    Explanation,
    update="status undone_entry_id undone_by undone_at undo_reason",
    why="Undone, never edited and never deleted.",
)
declare(
    MatchRule,
    update="pattern is_active hits misses last_hit_at note version",
    why="What was learned may be corrected, switched off, and loses weight.",
)
declare(
    StatementMapping,
    update="name amount_column debit_column credit_column direction_column date_column value_date_column "
    "reference_column payer_name_column payer_account_column text_column currency_column balance_column decimal_sign "
    "date_form encoding separator skipped_lines",
    why="How a bank names its columns: a bank may rename them.",
)
declare(
    StatementFeed,
    update="number number_digest mapping_id opening_balance opened_on",
    why="How statements of an account come may change.",
)
declare(
    DrawerSession,
    update="status attempt expected counted difference checks_expected checks_expected_amount checks_counted "
    "checks_counted_amount reason counted_by counted_on counted_at approved_by entry_id",
    why="Counted once, by tries; how it was opened stays.",
)
declare(
    DepositSlip,
    update="bank_account_id status cash checks check_count amount denominations notes version closings entry_id "
    "closed_on closed_by void_reason",
    why="A draft is changed; a closed one is taken back, voided, or reaches the bank.",
)
declare(
    DepositSlipItem,
    update="is_live",
    delete=True,
    why="What lies on a draft may be taken off; a voided slip keeps what lay on it.",
)
