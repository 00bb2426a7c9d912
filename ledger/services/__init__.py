"""The actions that change the ledger."""

from ledger.services.charges import Charge, check_charges, enter_charges
from ledger.services.corrections import (
    Voided,
    refuse_reversed,
    reverse_entry,
    void_obligation,
    void_posting,
)
from ledger.services.dates import book_date_error, reported_month_warnings, require_book_date
from ledger.services.journal import Posted, post_entries
from ledger.services.locks import lock_obligations
from ledger.services.obligations import ObligationDraft, Raised, raise_obligations
from ledger.services.opening import opening_is_locked
from ledger.services.write_offs import WriteOff, approve_write_off, reject_write_off, write_off

__all__ = [
    "Charge",
    "ObligationDraft",
    "Posted",
    "Raised",
    "Voided",
    "WriteOff",
    "approve_write_off",
    "book_date_error",
    "check_charges",
    "enter_charges",
    "lock_obligations",
    "opening_is_locked",
    "post_entries",
    "raise_obligations",
    "refuse_reversed",
    "reject_write_off",
    "reported_month_warnings",
    "require_book_date",
    "reverse_entry",
    "void_obligation",
    "void_posting",
    "write_off",
]
