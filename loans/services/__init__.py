"""The actions that change loans; those of every kind of document are in `ledger.repayment.services`."""

from __future__ import annotations

from loans.services.loans import MadeLoan, make_loan, pay_off_loan, plan_loan

__all__ = ["MadeLoan", "make_loan", "pay_off_loan", "plan_loan"]
