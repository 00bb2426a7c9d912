"""What manual entries, own numbers of accounts and exports of the journal refuse."""

from __future__ import annotations

from typing import Final

from batconnect.core.kernel.codes import declare_code
from batconnect.core.kernel.errors import NotFound


class AccountNotFound(NotFound):
    """404: no such account in this company."""

    code = "account_not_found"
    title = "No such account"
    remedy = "Take an id of GET /ledger/accounts."


class ManualEntryNotFound(NotFound):
    """404: no such manual entry in this company."""

    code = "manual_entry_not_found"
    title = "No such manual entry"
    remedy = "Take an id of GET /api/accounting/journal-entries."


class JournalExportNotFound(NotFound):
    """404: no such export in this company."""

    code = "journal_export_not_found"
    title = "No such export of the journal"
    remedy = "Take an id of GET /api/accounting/journal-exports."


UNKNOWN_ACCOUNT: Final = declare_code(
    "unknown_account",
    status=400,
    title="Unknown account",
    remedy="Name an account of GET /ledger/accounts in the entry's currency, by its code or the company's own number.",
)
ACCOUNT_OF_ITEMS: Final = declare_code(
    "account_of_items",
    status=400,
    title="A manual entry never touches this account",
    remedy="The account is made up of items: do what the message names instead.",
)
NOT_BALANCED: Final = declare_code(
    "not_balanced",
    status=400,
    title="Debits and credits are not equal",
    remedy="Correct the lines by the difference that the message names.",
)
WRONG_LINES: Final = declare_code(
    "wrong_lines",
    status=400,
    title="The lines are not an entry",
    remedy="Give 2 to 200 lines, each with either a debit or a credit above zero.",
)
REVERSED_TOO_EARLY: Final = declare_code(
    "reversed_too_early",
    status=400,
    title="The reversal is not after the entry",
    remedy="Use a day after the entry's date on which the books are open.",
)
OWN_NUMBER_TAKEN: Final = declare_code(
    "own_number_taken",
    status=409,
    title="Another account has this number",
    remedy="Use another number, or take it from the account that the message names.",
)
NOTHING_TO_EXPORT: Final = declare_code(
    "nothing_to_export",
    status=409,
    title="Nothing of this period has a number yet",
    remedy="Entries get their numbers within a minute or two of being posted; ask again, or for another period.",
)
PERIOD_BACKWARD: Final = declare_code(
    "period_backward",
    status=400,
    title="The period ends before it begins",
    remedy="Swap the two days.",
)
