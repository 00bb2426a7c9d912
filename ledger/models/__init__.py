"""The tables of the books, of bank accounts and drawers, of vendors, of what is held for others, of the opening, of the
weekly settlement, of payouts, of repayment schedules, and of what leads to the general ledger.

Rule: docs/domain.md#journal, docs/domain.md#settlement, docs/domain.md#schedules.
"""

from ledger.clearing.models import (
    DepositMove,
    ProcessorDeposit,
    Remittance,
    SecurityDeposit,
    TaxAuthority,
)
from ledger.general.models import EntryNumber, JournalExport, ManualEntry
from ledger.models.books import Account, Entry, LedgerVerification, Obligation, Posting
from ledger.models.totals import DayTotal, NewEntry
from ledger.opening.models import OpeningBatch, OpeningLine
from ledger.paying.models import (
    PayeeAccount,
    PayeeHold,
    PayeeNotice,
    PayingAccount,
    Payout,
    PayoutBatch,
    PayoutDeduction,
    PayoutDownload,
    PayoutFile,
    PayoutItem,
    PayoutOrder,
    PayoutReturn,
    PayoutSettings,
)
from ledger.repayment.models import RepaymentBand, RepaymentMatrix
from ledger.settlement.models import Dtr, DtrExport, DtrLine, LeaseEarning, WeeklyRun
from ledger.treasury.models import BankAccount, Disbursement, Drawer
from ledger.vendors.models import Vendor, VendorBill, VendorBillLine, VendorCredit

__all__ = [
    "Account",
    "BankAccount",
    "DayTotal",
    "DepositMove",
    "Disbursement",
    "Drawer",
    "Dtr",
    "DtrExport",
    "DtrLine",
    "Entry",
    "EntryNumber",
    "JournalExport",
    "LeaseEarning",
    "LedgerVerification",
    "ManualEntry",
    "NewEntry",
    "Obligation",
    "OpeningBatch",
    "OpeningLine",
    "PayeeAccount",
    "PayeeHold",
    "PayeeNotice",
    "PayingAccount",
    "Payout",
    "PayoutBatch",
    "PayoutDeduction",
    "PayoutDownload",
    "PayoutFile",
    "PayoutItem",
    "PayoutOrder",
    "PayoutReturn",
    "PayoutSettings",
    "Posting",
    "ProcessorDeposit",
    "Remittance",
    "RepaymentBand",
    "RepaymentMatrix",
    "SecurityDeposit",
    "TaxAuthority",
    "Vendor",
    "VendorBill",
    "VendorBillLine",
    "VendorCredit",
    "WeeklyRun",
]
