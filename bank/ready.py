"""What the app registers when it is ready: how the ledger describes and voids its events, what a
second person decides on, what becomes of a bank feed, and its checks."""

from __future__ import annotations

from bank import errors  # noqa: F401 - its codes are declared on import
from bank.approvals import register_approvals
from bank.postings import CUT_OVER, DEPOSIT_SLIP, DRAWER_SESSION, EXPLANATION, LINE, RECEIPT
from bank.services.batch_feeds import Feed
from bank.services.describing import (
    describe_cut_overs,
    describe_explanations,
    describe_lines,
    describe_parts,
    describe_sessions,
    describe_slips,
    refuse_void,
    refuse_void_of_count,
    refuse_void_of_cut_over,
    refuse_void_of_slip,
)
from bank.services.undoing import void_explanation, void_match
from bank.verification import register_bank_checks
from ledger import sources
from ledger.clearing.postings import PROCESSOR
from ledger.vendors.postings import REFUND
from payments.batches.feeds import register_feed
from payments.postings import MATCH
from payments.services.sources import describe_payments


def register_bank() -> None:
    """Once, from the app's `ready()`."""
    sources.register(LINE, void=refuse_void, describe=describe_lines)
    sources.register(EXPLANATION, void=refuse_void, describe=describe_explanations)
    sources.register(DRAWER_SESSION, void=refuse_void_of_count, describe=describe_sessions)
    sources.register(DEPOSIT_SLIP, void=refuse_void_of_slip, describe=describe_slips)
    sources.register(CUT_OVER, void=refuse_void_of_cut_over, describe=describe_cut_overs)
    sources.register(RECEIPT, void=refuse_void, describe=describe_parts)
    sources.register(MATCH, void=void_match, describe=describe_payments)
    sources.register(PROCESSOR, void=void_explanation)
    sources.register(REFUND, void=void_explanation)
    register_approvals()
    register_feed(Feed())
    register_bank_checks()
