"""What is refused of statements, their lines and files."""

from __future__ import annotations

from typing import Final

from batconnect.core.kernel.codes import declare_code
from batconnect.core.kernel.errors import Conflict, NotFound

PAGE_MISSING: Final = declare_code(
    "page_missing",
    status=400,
    title="A page of a statement is missing",
    remedy="Send the whole statement: all of its pages are joined before anything is booked.",
)
ACCOUNT_MISMATCH: Final = declare_code(
    "statement_of_another_account",
    status=400,
    title="The statement of another account",
    remedy="Name the account whose number the file has, or none; correct the number that is kept of the account.",
)
UNKNOWN_ACCOUNT: Final = declare_code(
    "statement_account_unknown",
    status=400,
    title="Nobody knows of which account the statement is",
    remedy="Name the bank account, or keep its number with the account.",
)
STATEMENT_CURRENCY: Final = declare_code(
    "statement_currency",
    status=400,
    title="A statement in another currency",
    remedy="An account has one currency: choose the account that the statement is of.",
)
SAME_LINE: Final = declare_code(
    "not_the_same_line",
    status=400,
    title="Not the same line",
    remedy="Name a booked line of the account with the same amount and direction, or say that the line is another.",
)
BALANCE_DIFFERS: Final = declare_code(
    "balance_differs",
    status=400,
    title="The balance is not what the lines come to",
    remedy="Compare with the bank: either the balance was mistyped, or lines are missing.",
)
MAPPING_NAME: Final = declare_code(
    "mapping_name_taken",
    status=400,
    title="Another mapping has this name",
    remedy="Choose another name, or change the mapping that has it.",
)
NUMBER_TAKEN: Final = declare_code(
    "account_number_taken",
    status=400,
    title="Another account has this number",
    remedy="Take the number off the other account first.",
)


class NotReconcilable(Conflict):
    """409: the account does not agree with its bank on that day, or the bank has not said how it stands."""

    code = "not_reconcilable"
    title = "The account cannot be reconciled"
    remedy = "Book the statements up to that day and settle the difference that the message names."


class StatementNotFound(NotFound):
    """404: no such statement in this company."""

    code = "statement_not_found"
    title = "Statement not found"
    remedy = "Take the id from the list of statements; those of other companies are not found."


class MappingNotFound(NotFound):
    """404: no such mapping in this company."""

    code = "statement_mapping_not_found"
    title = "Mapping not found"
    remedy = "Take the id from GET /api/accounting/statement-mappings."


class StatementNotHeld(Conflict):
    """409: the statement does not wait for a decision."""

    code = "statement_not_held"
    title = "Nothing to decide about the statement"
    remedy = "Read the statement again: only one that is held, or waits, is accepted or refused."


class CorrectionNeedsApproval(Conflict):
    """409: what a line became is undone by two people."""

    code = "correction_needs_approval"
    title = "A second person undoes it first"
    remedy = "Undo what the line became on the line itself, which asks the second person; then accept the correction."


class BalanceKnown(Conflict):
    """409: the statement has its closing balance."""

    code = "balance_known"
    title = "The balance is known"
    remedy = "Read the statement again: a balance is typed only where the bank gave none."


class LineNotHeld(Conflict):
    """409: nobody has to decide about the line."""

    code = "line_not_held"
    title = "The line is not held"
    remedy = "Read the line again: only a held line of a booked statement is decided on."


class LineNotFound(NotFound):
    """404: no such line, or part of one, in this company."""

    code = "statement_line_not_found"
    title = "Statement line not found"
    remedy = "Take the id from the list of lines; those of other companies are not found."
