"""Post the repair installments that fell due."""

from __future__ import annotations

from ledger.repayment.commands import PostDueCommand
from repairs.services import post_due_installments, preview_due_installments


class Command(PostDueCommand):
    help = (
        "Post the repair installments that fell due, in every company or one; what is posted is left alone."
    )
    job = "repairs.post_due_installments"
    post = staticmethod(post_due_installments)
    preview = staticmethod(preview_due_installments)
