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
REPAID_CATEGORIES: Final = (Category.LOANS, Category.REPAIRS)
"""What repaid documents raise: an index holds what is open of them."""
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
_BANK: Final = "bank:"
_PAYMENTS_IN_TRANSIT: Final = "payments_in_transit:"
_DEPOSITS_IN_TRANSIT: Final = "deposits_in_transit:"
_DRAWER: Final = "cash:cash:"
DEDUCTIONS_PAYABLE: Final = "deductions_payable:"
"""What the codes of creditors' accounts begin with, for whom payouts keep something."""
LOAN_PRINCIPAL: Final = "loan_principal"
REPAIR_ADVANCES: Final = "repair_advances"
EARNINGS_CLEARING: Final = "earnings_clearing"
TRANSFERS_IN_TRANSIT: Final = "transfers_in_transit"
UNEXPLAINED_PAYMENTS: Final = "unexplained_payments"
ACCRUED_INCOME: Final = "accrued_income"
UNALLOCATED_CASH: Final = "unallocated_cash"
CUSTOMER_CREDITS: Final = "customer_credits"
UNIDENTIFIED_RECEIPTS: Final = "unidentified_receipts"
DRIVER_EARNINGS_PAYABLE: Final = "driver_earnings_payable"
VENDORS_PAYABLE: Final = "vendors_payable"
TAX_PAYABLE: Final = "tax_payable"
PREMIUMS_PAYABLE: Final = "premiums_payable"
DISBURSEMENTS_PAYABLE: Final = "disbursements_payable"
SECURITY_DEPOSITS: Final = "security_deposits"
ACCRUED_EXPENSES: Final = "accrued_expenses"
LEASE_INCOME: Final = "income:lease"
INVOICE_INCOME: Final = "income:invoices"
INTEREST_INCOME: Final = "income:interest"
WORKSHOP_INCOME: Final = "income:workshop"
COMMISSION_INCOME: Final = "income:commissions"
BANK_INTEREST: Final = "income:bank_interest"
OTHER_INCOME: Final = "income:other"
DISCOUNTS_ALLOWED: Final = "discounts_allowed"
WRITE_OFFS: Final = "write_offs"
"""What was written off before write-offs were posted by category; nothing is posted there anymore."""
BAD_DEBT: Final = "bad_debt"
LOAN_LOSSES: Final = "loan_losses"
RECOVERIES: Final = "recoveries"
BANK_CHARGES: Final = "bank_charges"
CARD_FEES: Final = "card_fees"
CARD_FEES_RECOVERED: Final = "card_fees_recovered"
CASH_OVER_SHORT: Final = "cash_over_short"
OTHER_EXPENSES: Final = "expenses:other"
OPENING_BALANCES: Final = "opening_balances"
PRIOR_YEAR_CORRECTIONS: Final = "prior_year_corrections"
RETAINED_EARNINGS: Final = "retained_earnings"

# Subledgers: the single items that make up an account, by what they are; that of a receivable is its category.
PAYMENTS: Final = "payments"
CREDITS: Final = "credits"
BILLS: Final = "bills"
DISBURSEMENTS: Final = "disbursements"
RETURNED: Final = "returned"
ITEM_SUBLEDGERS: Final = (CREDITS, BILLS, DISBURSEMENTS, RETURNED)
"""Those whose postings name their item by `item_id`: credit memos, vendors' bills, what was paid out and is in
transit, and what came back and has no line of a statement yet."""

# Who taxes are held for where the charge names nobody.
OTHER_AUTHORITY: Final = "other"


def cash(method: str) -> str:
    """The cash account of a payment method; that of the method Cash is the office's drawer."""
    return f"cash:{method}"


def drawer(code: str) -> str:
    """The cash account of a further drawer."""
    return f"{_DRAWER}{code}"


def is_drawer(account: str) -> bool:
    """Whether the account is that of a further drawer."""
    return account.startswith(_DRAWER)


def bank(code: str) -> str:
    """A bank account."""
    return f"{_BANK}{code}"


def payments_in_transit(code: str) -> str:
    """What was paid from a bank account and has no line of its statement yet."""
    return f"{_PAYMENTS_IN_TRANSIT}{code}"


def deposits_in_transit(code: str) -> str:
    """What is on its way to a bank account."""
    return f"{_DEPOSITS_IN_TRANSIT}{code}"


def receivable(category: str) -> str:
    """The receivable of an obligation's category."""
    return f"{_RECEIVABLE}{category}"


def recovered(category: str) -> str:
    """The contra expense that charges passed on to drivers are credited to."""
    return f"recovered:{category}"


def taxes_held(authority: str = OTHER_AUTHORITY) -> str:
    """What is held for a tax authority."""
    return f"taxes_held:{authority}"


def deductions_payable(creditor: str) -> str:
    """What payouts kept for a creditor, by an order."""
    return f"{DEDUCTIONS_PAYABLE}{creditor}"


_SUBLEDGERS: Final = {
    UNALLOCATED_CASH: PAYMENTS,
    CUSTOMER_CREDITS: CREDITS,
    VENDORS_PAYABLE: BILLS,
}
_SUBLEDGER_PREFIXES: Final = {_PAYMENTS_IN_TRANSIT: DISBURSEMENTS, _DEPOSITS_IN_TRANSIT: RETURNED}


@lru_cache(maxsize=1_000)
def subledger(code: str) -> str:
    """Which single items make up the account: a category's obligations, payments, credits, …, or none ("")."""
    if code.startswith(_RECEIVABLE):
        return code.removeprefix(_RECEIVABLE)
    for prefix, items in _SUBLEDGER_PREFIXES.items():
        if code.startswith(prefix):
            return items
    return _SUBLEDGERS.get(code, "")


class Kind(StrEnum):
    """What an account is, in the order of the trial balance; a contra account lessens what it belongs to."""

    ASSET = "asset"
    LIABILITY = "liability"
    EQUITY = "equity"
    INCOME = "income"
    CONTRA_INCOME = "contra_income"
    EXPENSE = "expense"
    CONTRA_EXPENSE = "contra_expense"


DEBIT_KINDS: Final = (Kind.ASSET, Kind.CONTRA_INCOME, Kind.EXPENSE)
"""Kinds whose balance normally stands on the debit side."""


class AccountLine(NamedTuple):
    """A line of the chart. `operation` names what posts to an account that is made up of items, which a manual entry
    therefore never touches (docs/domain.md#journal-entries); empty where a manual entry may."""

    code: str
    name: str
    kind: Kind
    operation: str = ""


def chart() -> list[AccountLine]:
    """Every account that each company has in one currency; those of banks and drawers are opened with them."""
    lines = [
        AccountLine(cash(method), f"Cash, {label}", Kind.ASSET, "Record or refund a payment.")
        for method, label in METHODS.items()
    ]
    lines += [
        AccountLine(
            receivable(each),
            f"Receivable, {each.label}",
            Kind.ASSET,
            "Raise, credit or write off an obligation.",
        )
        for each in Category
    ]
    lines += [
        AccountLine(recovered(each), f"Recovered, {each.label}", Kind.CONTRA_EXPENSE)
        for each in RECOVERED_CATEGORIES
    ]
    return [*lines, *_FIXED]


def bank_lines(code: str, name: str) -> list[AccountLine]:
    """The accounts of a bank account."""
    return [
        AccountLine(bank(code), f"Bank, {name}", Kind.ASSET, "Import the bank's statement."),
        AccountLine(
            payments_in_transit(code),
            f"Payments in transit, {name}",
            Kind.ASSET,
            "Pay by the document's own action.",
        ),
        AccountLine(
            deposits_in_transit(code), f"Deposits in transit, {name}", Kind.ASSET, "Close a deposit slip."
        ),
    ]


def drawer_line(code: str, name: str) -> AccountLine:
    """The account of a further drawer."""
    return AccountLine(drawer(code), f"Cash, {name}", Kind.ASSET, "Record or refund a payment.")


def authority_line(code: str, name: str) -> AccountLine:
    """The account of taxes held for an authority."""
    return AccountLine(taxes_held(code), f"Taxes held, {name}", Kind.LIABILITY)


def creditor_line(code: str, name: str) -> AccountLine:
    """The account of a creditor for whom payouts keep something."""
    return AccountLine(deductions_payable(code), f"Deductions payable, {name}", Kind.LIABILITY)


_FIXED: Final = (
    AccountLine(LOAN_PRINCIPAL, "Loan principal not yet due", Kind.ASSET, "Make or adjust a loan."),
    AccountLine(REPAIR_ADVANCES, "Repair advances not yet due", Kind.ASSET, "Enter or adjust a repair."),
    AccountLine(EARNINGS_CLEARING, "Earnings clearing", Kind.ASSET),
    AccountLine(TRANSFERS_IN_TRANSIT, "Transfers in transit", Kind.ASSET, "Enter a transfer."),
    AccountLine(
        UNEXPLAINED_PAYMENTS, "Unexplained payments", Kind.ASSET, "Explain the line of the statement."
    ),
    AccountLine(ACCRUED_INCOME, "Accrued income", Kind.ASSET),
    AccountLine(
        UNALLOCATED_CASH, "Unallocated cash", Kind.LIABILITY, "Record, allocate or refund a payment."
    ),
    AccountLine(CUSTOMER_CREDITS, "Customer credits", Kind.LIABILITY, "Issue or apply a credit memo."),
    AccountLine(UNIDENTIFIED_RECEIPTS, "Unidentified receipts", Kind.LIABILITY, "Match the receipt."),
    AccountLine(
        DRIVER_EARNINGS_PAYABLE,
        "Driver earnings payable",
        Kind.LIABILITY,
        "Import earnings, or pay a DTR out.",
    ),
    AccountLine(VENDORS_PAYABLE, "Vendors payable", Kind.LIABILITY, "Enter or pay a vendor's bill."),
    AccountLine(TAX_PAYABLE, "Tax payable", Kind.LIABILITY),
    AccountLine(taxes_held(), "Taxes held, other", Kind.LIABILITY),
    AccountLine(PREMIUMS_PAYABLE, "Premiums payable", Kind.LIABILITY),
    AccountLine(DISBURSEMENTS_PAYABLE, "Disbursements payable", Kind.LIABILITY),
    AccountLine(SECURITY_DEPOSITS, "Security deposits", Kind.LIABILITY, "Take, use or return a deposit."),
    AccountLine(ACCRUED_EXPENSES, "Accrued expenses", Kind.LIABILITY),
    AccountLine(
        OPENING_BALANCES, "Opening balances", Kind.EQUITY, "Enter an opening balance, or prepare the opening."
    ),
    AccountLine(PRIOR_YEAR_CORRECTIONS, "Prior-year corrections", Kind.EQUITY),
    AccountLine(RETAINED_EARNINGS, "Retained earnings", Kind.EQUITY),
    AccountLine(LEASE_INCOME, "Lease income", Kind.INCOME),
    AccountLine(INVOICE_INCOME, "Invoice income", Kind.INCOME),
    AccountLine(INTEREST_INCOME, "Interest income", Kind.INCOME),
    AccountLine(WORKSHOP_INCOME, "Workshop income", Kind.INCOME),
    AccountLine(COMMISSION_INCOME, "Commission income", Kind.INCOME),
    AccountLine(BANK_INTEREST, "Bank interest", Kind.INCOME),
    AccountLine(OTHER_INCOME, "Other income", Kind.INCOME),
    AccountLine(DISCOUNTS_ALLOWED, "Discounts allowed", Kind.CONTRA_INCOME),
    AccountLine(WRITE_OFFS, "Write-offs", Kind.CONTRA_INCOME),
    AccountLine(BAD_DEBT, "Bad debt", Kind.EXPENSE),
    AccountLine(LOAN_LOSSES, "Loss on loans", Kind.EXPENSE),
    AccountLine(BANK_CHARGES, "Bank charges", Kind.EXPENSE),
    AccountLine(CARD_FEES, "Card fees", Kind.EXPENSE),
    AccountLine(CASH_OVER_SHORT, "Cash over and short", Kind.EXPENSE),
    AccountLine(OTHER_EXPENSES, "Other expenses", Kind.EXPENSE),
    AccountLine(RECOVERIES, "Recoveries", Kind.CONTRA_EXPENSE),
    AccountLine(CARD_FEES_RECOVERED, "Card fees recovered", Kind.CONTRA_EXPENSE),
)


def operation(code: str) -> str:
    """What posts to an account that is made up of items, in words; "" where a manual entry may.

    Rule: docs/domain.md#journal-entries.
    """
    for line in (*chart(), *bank_lines("", ""), drawer_line("", "")):
        # A line that ends in a colon stands for every account whose code begins with it.
        if line.operation and (code == line.code or (line.code.endswith(":") and code.startswith(line.code))):
            return line.operation
    return ""


@lru_cache(maxsize=10_000)
def account_id(company_id: UUID, currency: str, code: str) -> UUID:
    """The account's id, computed from what identifies it, so that posting needs no look-up."""
    return uuid5(company_id, f"{currency}:{code}")
