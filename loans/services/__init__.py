"""The actions that change loans; those of every kind of document are in `ledger.repayment.services`."""

from __future__ import annotations

from loans.services.handing_over import close_as_not_given, hand_over_loan, stop_hand_over
from loans.services.loans import MadeLoan, make_loan, plan_loan
from loans.services.paying import pay_off_loan, prepay_loan, undo_pay_off

__all__ = [
    "MadeLoan",
    "close_as_not_given",
    "hand_over_loan",
    "make_loan",
    "pay_off_loan",
    "plan_loan",
    "prepay_loan",
    "stop_hand_over",
    "undo_pay_off",
]
