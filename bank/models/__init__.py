"""The tables of the bank's word: what statements say, what their lines are, and what was learned of them.

Rule: docs/domain.md#statements.
"""

from bank.models.accounts import StatementFeed, StatementMapping
from bank.models.counter import DepositSlip, DepositSlipItem, DrawerCount, DrawerSession
from bank.models.cut_overs import CutOver, CutOverItem
from bank.models.explanations import Explanation
from bank.models.learned import MatchRule
from bank.models.lines import LinePart, StatementLine
from bank.models.notifications import BankNotification
from bank.models.reconciliations import Reconciliation
from bank.models.statements import Statement, StatementFile

__all__ = [
    "BankNotification",
    "CutOver",
    "CutOverItem",
    "DepositSlip",
    "DepositSlipItem",
    "DrawerCount",
    "DrawerSession",
    "Explanation",
    "LinePart",
    "MatchRule",
    "Reconciliation",
    "Statement",
    "StatementFeed",
    "StatementFile",
    "StatementLine",
    "StatementMapping",
]
