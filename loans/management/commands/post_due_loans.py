"""Post the loan installments that fell due."""

from __future__ import annotations

from ledger.repayment.commands import PostDueCommand
from loans.services import post_due_installments, preview_due_installments


class Command(PostDueCommand):
    help = "Post the loan installments that fell due, in every company or one; what is posted is left alone."
    job = "loans.post_due_installments"
    post = staticmethod(post_due_installments)
    preview = staticmethod(preview_due_installments)
