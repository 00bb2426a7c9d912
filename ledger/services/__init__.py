"""The verbs of the ledger: the only code that changes its state."""

from ledger.services.journal import Posted, post_entries
from ledger.services.locks import lock_obligations

__all__ = ["Posted", "lock_obligations", "post_entries"]
