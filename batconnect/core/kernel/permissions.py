"""Who may do what: permission codes in the seed's form, and the groups that hold them.

Rule: docs/domain.md#permissions.

Groups are fixed; a user holds groups per company, through a membership. docs/permissions.md is generated
from this table, and a test walks it cell by cell.
"""

from __future__ import annotations

from typing import Final

from django.db import models


class Group(models.TextChoices):
    """The roles of a company's staff."""

    CASHIER = "Cashier", "Cashier"
    FINANCE_MANAGER = "Finance manager", "Finance manager"
    AUDITOR = "Auditor", "Auditor"
    ADMINISTRATOR = "Administrator", "Administrator"


PERMISSIONS: Final[dict[str, str]] = {
    "core.view": "See the company's own data sheet",
    "core.manage_users": "Users, memberships and groups",
    "core.manage_settings": "Company settings: branding, numbering, zone",
    "core.share_filters": "Share saved filters of lists with the whole company",
    "notes.write": "Write notes on records that one may see, attach files, withdraw one's own",
    "notes.withdraw": "Withdraw notes of others",
    "trail.view": "See the audit trail, and when people last signed in",
    "directory.view": "See customers, drivers, vehicles, medallions and leases",
    "directory.change": "Add and change customers, drivers, vehicles, medallions and leases",
    "directory.import": "Import them from a file",
    "directory.export": "Export them to a file",
    "ledger.view": "See postings, balances and the trial balance",
    "ledger.export": "Export postings and balances",
    "ledger.raise_obligation": "Raise tolls, violations, tickets, taxes and miscellaneous charges",
    "ledger.void": "Void a posting with its business event",
    "ledger.write_off": "Write off an obligation or the rest of it",
    "ledger.import_earnings": "Import weekly earnings",
    "ledger.post_due": "Post the lease fees that fell due and settle weeks",
    "ledger.pay_out": "Pay out what a DTR says is due to the driver",
    "ledger.return_payout": "Record that a payout to a driver came back",
    "ledger.approve_payout": "Approve or reject payouts to drivers that another user asked for",
    "ledger.propose_payee": "Propose the account that a driver is paid to, and close one",
    "ledger.confirm_payee": "Confirm or turn down the account of a driver that another user proposed",
    "ledger.change_matrix": "Change the repayment matrix of loans and repairs",
    "ledger.manage_bank_accounts": "Open and close bank accounts and drawers",
    "ledger.enter_journal": "Enter in the journal by hand, and give accounts the company's own numbers and names",
    "ledger.approve_journal_entry": "Approve or reject manual journal entries that another user asked for",
    "ledger.enter_bills": "Enter vendors and tax authorities, bills and credit notes, and void unpaid bills",
    "ledger.pay_vendors": "Pay vendors' bills and top prepaid accounts up",
    "ledger.remit": "Remit taxes that are held",
    "ledger.handle_deposits": "Take, use and return security deposits",
    "ledger.open_books": "Prepare the opening batch and ask for its lock",
    "ledger.approve_opening": "Lock or turn down an opening batch that another user prepared",
    "cases.view": "See cases and their events",
    "cases.work": "Create cases and carry out their steps, where the step's groups allow",
    "cases.manage": "Hold, release, cancel and reassign cases",
    "payments.view": "See payments, allocations and receipts",
    "payments.record": "Record payments",
    "payments.allocate": "Allocate payments",
    "payments.export": "Export payments",
    "payments.void": "Void a payment",
    "payments.return": "Record that the bank took a payment back",
    "payments.void_allocation": "Void an allocation",
    "payments.refund": "Refund allocations and unallocated cash",
    "payments.approve_refund": "Approve or reject refunds and write-offs that another user asked for",
    "payments.credit": "Issue and void credit memos, move charges to another driver",
    "payments.approve_credit": "Approve or reject credit memos that another user asked for",
    "payments.approve_void": "Approve or reject voids of payments that another user asked for",
    "payments.import_batches": "Upload, retry, cancel and undo payment batches, match unidentified receipts",
    "invoices.issue": "Issue invoices",
    "bank.view": "See bank statements, their lines, what these are, and drawers' counts",
    "bank.import_statements": "Import bank statements, say how they come and where their balances begin",
    "bank.explain": "Say what lines of statements are, and take it back",
    "bank.accept": "Take a statement with a gap, a bank's correction, or one that is held",
    "bank.change_rules": "Change, switch off and write rules that say what lines are",
    "bank.reconcile": "Confirm until when a bank account is reconciled",
    "bank.count_drawer": "Open and count one's own cash drawer",
    "bank.approve_count": "Agree to a drawer's count that differs by more than the company's limit",
    "bank.deposit": "Make up and close deposit slips",
    "agencies.view": "See imports from agencies, their rows, and what waits at the desk",
    "agencies.import": "Import files of agencies: trips, tolls, violations, summonses",
    "agencies.assign": "Assign rows of agencies that wait, set them aside, decide on changed amounts",
    "agencies.change_layouts": "Make, change and remove layouts of agencies' files",
    "loans.view": "See driver loans and their schedules",
    "loans.export": "Export driver loans",
    "loans.open": "Make driver loans",
    "loans.approve": "Approve or reject driver loans that another user asked for",
    "loans.manage": "Hold, release, adjust, cancel, prepay, pay off and hand over driver loans",
    "loans.post_due": "Post the loan installments that fell due",
    "repairs.view": "See vehicle repairs and their documents",
    "repairs.export": "Export vehicle repairs",
    "repairs.open": "Enter vehicle repairs and attach their documents",
    "repairs.manage": "Hold, release, adjust and cancel vehicle repairs",
    "repairs.post_due": "Post the repair installments that fell due",
    "schedules.view": "See schedules and their runs",
    "schedules.change": "Change when the company's own jobs run, pause and resume them",
    "mail.view": "See which documents were mailed to whom",
    "mail.send": "Send documents to customers by mail",
    "outstanding.view": "See renewal cases, what they owe, their plans and payments",
    "outstanding.collect": "Take payments of outstanding premium installments",
    "outstanding.plan": "Set up, replace and cancel payment plans",
    "outstanding.cancel": "Cancel a policy before its end and credit what is unearned",
    "outstanding.import": "Import renewal policies and their installments",
    "outstanding.remit": "Remit premiums to insurers and take commissions",
    "gateways.view": "See payment gateways and their charges",
    "gateways.configure": "Connect payment gateways",
}

_SEE: Final = {
    "core.view",
    "directory.view",
    "ledger.view",
    "cases.view",
    "payments.view",
    "bank.view",
    "agencies.view",
    "loans.view",
    "repairs.view",
    "schedules.view",
    "mail.view",
    "outstanding.view",
    "gateways.view",
}
# What others did and when they sign in: a till has no use for that.
_WATCH: Final = {"trail.view"}
_EXPORT: Final = {"ledger.export", "payments.export", "loans.export", "repairs.export"}
_NOTE: Final = {"notes.write"}
_TAKE: Final = {
    "cases.work",
    "payments.record",
    "payments.allocate",
    "bank.count_drawer",
    "bank.deposit",
    "loans.open",
    "repairs.open",
    "mail.send",
    "outstanding.collect",
    "outstanding.plan",
}
_CORRECT: Final = {
    "core.share_filters",
    "directory.change",
    "directory.import",
    "ledger.raise_obligation",
    "ledger.void",
    "ledger.write_off",
    "cases.manage",
    "payments.void",
    "payments.return",
    "payments.void_allocation",
    "payments.refund",
    "payments.approve_refund",
    "payments.credit",
    "payments.approve_credit",
    "payments.approve_void",
    "payments.import_batches",
    "invoices.issue",
    "bank.import_statements",
    "bank.explain",
    "bank.accept",
    "bank.change_rules",
    "bank.reconcile",
    "bank.approve_count",
    "agencies.import",
    "agencies.assign",
    "agencies.change_layouts",
    "ledger.import_earnings",
    "ledger.post_due",
    "ledger.pay_out",
    "ledger.return_payout",
    "ledger.approve_payout",
    "ledger.propose_payee",
    "ledger.confirm_payee",
    "ledger.change_matrix",
    "ledger.manage_bank_accounts",
    "ledger.enter_journal",
    "ledger.approve_journal_entry",
    "ledger.enter_bills",
    "ledger.pay_vendors",
    "ledger.remit",
    "ledger.handle_deposits",
    "ledger.open_books",
    "ledger.approve_opening",
    "loans.approve",
    "loans.manage",
    "loans.post_due",
    "repairs.manage",
    "repairs.post_due",
    "outstanding.import",
    "outstanding.cancel",
    "outstanding.remit",
}

GROUP_PERMISSIONS: Final[dict[str, frozenset[str]]] = {
    Group.CASHIER.value: frozenset(_SEE | _EXPORT | _TAKE | _NOTE),
    # Addresses and licenses leave with them: a till has no use for that.
    Group.FINANCE_MANAGER.value: frozenset(
        _SEE | _WATCH | _EXPORT | _TAKE | _CORRECT | _NOTE | {"directory.export", "notes.withdraw"}
    ),
    Group.AUDITOR.value: frozenset(_SEE | _WATCH | _EXPORT | {"directory.export"}),
    Group.ADMINISTRATOR.value: frozenset(
        {
            "core.view",
            "trail.view",
            "core.manage_users",
            "core.manage_settings",
            "core.share_filters",
            "notes.write",
            "notes.withdraw",
            "directory.view",
            "directory.change",
            "directory.import",
            "directory.export",
            "schedules.view",
            "schedules.change",
            "gateways.view",
            "gateways.configure",
        }
    ),
}

# A program's account never holds these, whatever its groups: to decide about another's request, about people, about
# limits and gateways takes somebody who can be asked.
FOR_PEOPLE_ALONE: Final = frozenset(
    {code for code in PERMISSIONS if "approve" in code}
    | {"core.manage_users", "core.manage_settings", "gateways.configure"}
)


def permissions_of(
    groups: list[str] | tuple[str, ...] | frozenset[str], *, is_program: bool = False
) -> frozenset[str]:
    """Every permission code that the groups hold together; of a program's account without FOR_PEOPLE_ALONE."""
    held: frozenset[str] = frozenset()
    for group in groups:
        held |= GROUP_PERMISSIONS.get(group, frozenset())
    return held - FOR_PEOPLE_ALONE if is_program else held


# Whoever holds one of these can move money, alone or by handing out the right.
_OVER_MONEY: Final = (_TAKE | _CORRECT | FOR_PEOPLE_ALONE) - {
    "core.share_filters",
    "directory.change",
    "directory.import",
}


def money_groups() -> frozenset[str]:
    """The groups with rights over money: where there are two administrators, both agree before anybody gets one."""
    return frozenset(group for group, held in GROUP_PERMISSIONS.items() if held & _OVER_MONEY)


def deciding_groups() -> frozenset[str]:
    """The groups that a program's account is never given."""
    return frozenset(group for group, held in GROUP_PERMISSIONS.items() if held & FOR_PEOPLE_ALONE)
