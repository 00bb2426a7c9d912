"""The chart of accounts: the same for every company and currency (docs/domain.md#ledger)."""

from __future__ import annotations

from enum import StrEnum
from functools import lru_cache
from typing import Final, NamedTuple
from uuid import UUID, uuid5


class Origin(StrEnum):
    """Where a category's obligations come from."""

    ENTERED = "entered"
    """Finance enters them, for drivers; they are credited to recovered(category)."""
    DRIVERS = "drivers"
    """A document of a driver raises them: a lease, a repair, a loan."""
    CUSTOMERS = "customers"
    """A document of any customer raises them."""


class Category(StrEnum):
    """What an obligation is for, in the order of the payment hierarchy: money settles the first before the last.

    Rule: docs/domain.md#hierarchy. Categories that drivers do not owe come last.

    Each is declared in one line: its code, its label as screens and the seeds print it, another spelling that people
    use (one tax, several leases), and where its obligations come from.
    """

    label: str
    spelling: str
    origin: Origin

    # The parts have defaults because `Category("LEASE")`, which looks a member up, is typed by this too.
    def __new__(
        cls, code: str, label: str = "", spelling: str = "", origin: Origin = Origin.ENTERED
    ) -> Category:
        assert label, f"{code} has no label"
        assert spelling, f"{code} has no other spelling: repeat its code"
        category = str.__new__(cls, code)
        category._value_ = code
        category.label, category.spelling, category.origin = label, spelling, origin
        return category

    TAXES = "TAXES", "Taxes", "TAX", Origin.ENTERED
    EZPASS = "EZPASS", "EZPass", "EZPASSES", Origin.ENTERED
    LEASE = "LEASE", "Lease", "LEASES", Origin.DRIVERS
    PVB = "PVB", "PVB", "PVBS", Origin.ENTERED
    TLC = "TLC", "TLC", "TLCS", Origin.ENTERED
    REPAIRS = "REPAIRS", "Repairs", "REPAIR", Origin.DRIVERS
    LOANS = "LOANS", "Loans", "LOAN", Origin.DRIVERS
    MISC = "MISC", "Misc", "MISC", Origin.ENTERED
    INVOICE = "INVOICE", "Invoice", "INVOICES", Origin.CUSTOMERS
    PREMIUM = "PREMIUM", "Premium", "PREMIUMS", Origin.CUSTOMERS


RECOVERED_CATEGORIES: Final = tuple(each for each in Category if each.origin is Origin.ENTERED)
METHODS: Final = {
    "cash": "Cash",
    "check": "Check",
    "ach": "ACH",
    "bank_transfer": "Bank transfer",
    "card": "Card",
    "credit_card": "Credit card",
    "debit_card": "Debit card",
    "net_banking": "Net banking",
    "upi": "UPI",
    "wallet": "Wallet",
    "emi": "EMI",
    "auto_debit": "Auto debit",
    "standing_instruction": "Standing instruction",
    "nach": "NACH",
    "enach": "eNACH",
    "other": "Other",
}

_RECEIVABLE: Final = "receivable:"
LOAN_PRINCIPAL: Final = "loan_principal"
REPAIR_ADVANCES: Final = "repair_advances"
EARNINGS_CLEARING: Final = "earnings_clearing"
UNALLOCATED_CASH: Final = "unallocated_cash"
PAYMENTS: Final = "payments"
"""The subledger of unallocated cash; that of a receivable is its category."""
UNIDENTIFIED_RECEIPTS: Final = "unidentified_receipts"
DRIVER_EARNINGS_PAYABLE: Final = "driver_earnings_payable"
TAX_PAYABLE: Final = "tax_payable"
PREMIUMS_PAYABLE: Final = "premiums_payable"
DISBURSEMENTS_PAYABLE: Final = "disbursements_payable"
LEASE_INCOME: Final = "income:lease"
INVOICE_INCOME: Final = "income:invoices"
INTEREST_INCOME: Final = "income:interest"
DISCOUNTS_ALLOWED: Final = "discounts_allowed"
WRITE_OFFS: Final = "write_offs"
OPENING_BALANCES: Final = "opening_balances"


def cash(method: str) -> str:
    """The cash account of a payment method."""
    return f"cash:{method}"


def receivable(category: str) -> str:
    """The receivable of an obligation's category."""
    return f"{_RECEIVABLE}{category}"


@lru_cache(maxsize=1_000)
def subledger(code: str) -> str:
    """Which single items make up the account: a category's obligations, payments, or none ("")."""
    if code == UNALLOCATED_CASH:
        return PAYMENTS
    return code.removeprefix(_RECEIVABLE) if code.startswith(_RECEIVABLE) else ""


def recovered(category: str) -> str:
    """The contra account that charges passed on to drivers are credited to."""
    return f"recovered:{category}"


class AccountLine(NamedTuple):
    """A line of the chart: `kind` is asset, liability, income, contra or equity."""

    code: str
    name: str
    kind: str


def chart() -> list[AccountLine]:
    """Every account of one company in one currency."""
    lines = [AccountLine(cash(method), f"Cash, {label}", "asset") for method, label in METHODS.items()]
    lines += [AccountLine(receivable(each), f"Receivable, {each.label}", "asset") for each in Category]
    lines += [
        AccountLine(LOAN_PRINCIPAL, "Loan principal not yet due", "asset"),
        AccountLine(REPAIR_ADVANCES, "Repair advances not yet due", "asset"),
        AccountLine(EARNINGS_CLEARING, "Earnings clearing", "asset"),
        AccountLine(UNALLOCATED_CASH, "Unallocated cash", "liability"),
        AccountLine(UNIDENTIFIED_RECEIPTS, "Unidentified receipts", "liability"),
        AccountLine(DRIVER_EARNINGS_PAYABLE, "Driver earnings payable", "liability"),
        AccountLine(TAX_PAYABLE, "Tax payable", "liability"),
        AccountLine(PREMIUMS_PAYABLE, "Premiums payable", "liability"),
        AccountLine(DISBURSEMENTS_PAYABLE, "Disbursements payable", "liability"),
        AccountLine(LEASE_INCOME, "Lease income", "income"),
        AccountLine(INVOICE_INCOME, "Invoice income", "income"),
        AccountLine(INTEREST_INCOME, "Interest income", "income"),
        AccountLine(DISCOUNTS_ALLOWED, "Discounts allowed", "contra"),
        AccountLine(WRITE_OFFS, "Write-offs", "contra"),
        AccountLine(OPENING_BALANCES, "Opening balances", "equity"),
    ]
    lines += [
        AccountLine(recovered(each), f"Recovered, {each.label}", "contra") for each in RECOVERED_CATEGORIES
    ]
    return lines


@lru_cache(maxsize=10_000)
def account_id(company_id: UUID, currency: str, code: str) -> UUID:
    """The account's id, computed from what identifies it, so that posting needs no look-up."""
    return uuid5(company_id, f"{currency}:{code}")
