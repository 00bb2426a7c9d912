"""What credit memos register when the app is ready."""

from __future__ import annotations

from batconnect.core.approvals.kinds import register_kind
from ledger import credits, sources, weekly
from ledger.openings import register_opening
from ledger.treasury.services.returning import register_returning
from payments.credit_memos import errors  # noqa: F401 - its codes are declared on import
from payments.credit_memos.postings import CREDIT_REFUND
from payments.credit_memos.services import issuing, moving, refunding
from payments.credit_memos.services.following import describe_memos, describe_refunds, void_memo_event
from payments.credit_memos.services.opening import CREDIT
from payments.credit_memos.services.refunds_back import CREDIT_REFUND_BACK
from payments.credit_memos.services.weekly_credits import MemoCredits
from payments.credit_memos.services.writing import issue_customer_credit
from payments.credit_memos.verification import register_credit_checks
from payments.postings import CREDIT_MEMO


def register_credit_memos() -> None:
    """Once, from the app's `ready()`."""
    register_credit_checks()
    sources.register(CREDIT_MEMO, void=void_memo_event, describe=describe_memos)
    sources.register(CREDIT_REFUND, describe=describe_refunds)
    weekly.register_credits(MemoCredits())
    credits.register_issuer(issue_customer_credit)
    register_opening(CREDIT)
    register_returning(CREDIT_REFUND, CREDIT_REFUND_BACK)
    for kind in (issuing.KIND, moving.KIND, refunding.KIND):
        register_kind(kind)
