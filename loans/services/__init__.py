"""The actions that change loans."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from batconnect.core.kernel.actors import Actor
from ledger.repayment.services.posting import DuePreview, PostingReport, post_due, preview_due
from loans.kind import LOANS
from loans.services.loans import (
    LoanPlan,
    MadeLoan,
    cancel_loan,
    hold_loan,
    make_loan,
    pay_off_loan,
    plan_loan,
    release_loan,
)
from loans.services.sources import register_loans

__all__ = [
    "LoanPlan",
    "MadeLoan",
    "cancel_loan",
    "hold_loan",
    "make_loan",
    "pay_off_loan",
    "plan_loan",
    "post_due_installments",
    "preview_due_installments",
    "register_loans",
    "release_loan",
]


def post_due_installments(
    *,
    actor: Actor,
    up_to: date | None = None,
    since: date | None = None,
    progress: Callable[[int], Any] = lambda posted: None,
) -> PostingReport:
    """Post every loan installment that fell due by `up_to`, today if not given; see `posting.post_due`."""
    return post_due(actor=actor, kind=LOANS, up_to=up_to, since=since, progress=progress)


def preview_due_installments(
    *, actor: Actor, up_to: date | None = None, since: date | None = None
) -> DuePreview:
    """What `post_due_installments` would post; writes nothing."""
    return preview_due(actor=actor, kind=LOANS, up_to=up_to, since=since)
