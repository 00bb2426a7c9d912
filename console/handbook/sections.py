"""Which section of the handbook a page belongs to."""

from __future__ import annotations

from functools import cache
from typing import Final

from django.http import HttpRequest
from django.urls import reverse

from batconnect.core.kernel.subject import find_subject
from console.navigation import SECTIONS
from ledger.repayment.counter import counters

HANDBOOK: Final = "handbook"
"""The name of the page."""
_OF_PART: Final = {
    "": "2-today",
    "Counter": "4-take-money",
    "Money in": "4-take-money",
    "Owed": "6-correct",
    "Bank": "bank",
    "Money out": "vendors-taxes-deposits",
    "Agencies": "agencies",
    "Week": "9-the-week",
    "Work": "8-cases",
    "Reports": "11-reports",
    "Directory": "12-people-and-settings",
    "Books": "11-reports",
    "Gateway and mail": "4-take-money",
    "Settings": "12-people-and-settings",
}
# Of what is repaid, whatever its kind.
_OF_KINDS: Final = "loans-and-repairs"
# Pages, and tables by their label, that stand elsewhere than the rest of their part of the menu.
_OF_TARGET: Final = {
    "find": "3-find-anything",
    "all_pages": "3-find-anything",
    "new_charge": "a-charge-an-invoice-a-credit",
    "charge_made": "a-charge-an-invoice-a-credit",
    "new_invoice": "a-charge-an-invoice-a-credit",
    "invoice_made": "a-charge-an-invoice-a-credit",
    "new_credit": "a-charge-an-invoice-a-credit",
    "credit_made": "a-charge-an-invoice-a-credit",
    "payment_taken": "4-take-money",
    "upload_payments": "a-list-of-payments-or-the-banks-statement",
    "payments.PaymentBatch": "a-list-of-payments-or-the-banks-statement",
    "outstanding.RenewalCase": "a-premium",
    "outstanding.PaymentPlan": "a-premium",
    "workbench_queue": "5-allocate",
    "workbench": "5-allocate",
    "approvals": "6-correct",
    "customer": "3-find-anything",
    "account": "1-sign-in",
    "notices": "the-bell",
    "record_notes": "notes-and-files",
    "withdraw_note": "notes-and-files",
    "bank.DrawerSession": "your-drawer-and-the-way-to-the-bank",
    "bank.DepositSlip": "your-drawer-and-the-way-to-the-bank",
    "schedules": "9-the-week",
    "run_schedule": "9-the-week",
    "change_schedule": "9-the-week",
    "bank_line": "bank",
    "bank_operation": "bank",
    "bank_reconciliation": "bank",
    "bulk_operation": "many-rows-at-once",
    "payout_file": "pay-drivers",
    "report": "11-reports",
    "report_file": "11-reports",
}
# What has no page, and pages beside all others.
_ELSEWHERE: Final = "3-find-anything"


def anchors() -> dict[str, str]:
    """The section of each entry of the menu, and of pages beside it."""
    of_menu = {
        entry.target: _OF_PART.get(section.title, "") for section in SECTIONS for entry in section.entries
    }
    nouns = [each.kind.noun for each in counters()]
    of_kinds = dict.fromkeys((f"new_{each}" for each in nouns), _OF_KINDS)
    of_kinds |= dict.fromkeys((f"{each}_made" for each in nouns), _OF_KINDS)
    return {**of_menu, **of_kinds, **_OF_TARGET}


def help_address(request: HttpRequest) -> str:
    """The handbook's section on the page that is open; of one that is nowhere, on how to find another."""
    found = request.resolver_match
    anchor = _by_address().get(_table_of(found.url_name or ""), _ELSEWHERE) if found else _ELSEWHERE
    return f"{reverse(f'admin:{HANDBOOK}')}#{anchor}"


def _table_of(url_name: str) -> str:
    """Of a table's pages the list: `payments_payment_void` is one of `payments_payment`."""
    known = _by_address()
    return url_name if url_name in known else "_".join(url_name.split("_")[:2])


@cache
def _by_address() -> dict[str, str]:
    return {
        find_subject(target).url_name if "." in target else target: anchor
        for target, anchor in anchors().items()
    }
