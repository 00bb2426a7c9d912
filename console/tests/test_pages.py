"""Group × page, for every page that is not the list of a table, and the menu that offers them."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import admin
from django.urls import reverse

from bank.models import Explanation, LinePart, Reconciliation
from batconnect.core.kernel.actors import Actor
from batconnect.core.models import BulkOperation, NoteFile
from batconnect.directory.models import Driver
from console.navigation import OFF_MENU, SECTIONS, TODAY
from console.pages import registered_pages
from console.tests.conftest import ConsoleClient
from console.tests.test_matrix import EVERYBODY, FINANCE, taken_back
from ledger.models import Obligation, PayoutBatch
from loans.models import DriverLoan
from payments.models import CreditMemo, Invoice, Payment
from repairs.models import RepairInvoice

CASHIERS = frozenset({"cashier", "manager"})
# Page by its name: who sees it. Addresses with parts take them from PARTS.
EXPECTED: dict[str, frozenset[str]] = {
    "agency_import": frozenset({"manager"}),
    "agency_desk": FINANCE,
    "bank": FINANCE,
    "bank_desk": FINANCE,
    "bank_line": frozenset({"manager"}),
    "bank_reconciliation": FINANCE,
    "find": EVERYBODY,
    "all_pages": EVERYBODY,
    "handbook": EVERYBODY,
    "customer": FINANCE,
    "account": EVERYBODY,
    "notices": EVERYBODY,
    "record_notes": EVERYBODY,
    "withdraw_note": frozenset({"manager", "administrator"}),
    "note_file": EVERYBODY,
    "take_payment": CASHIERS,
    "counter_day": CASHIERS,
    "new_charge": frozenset({"manager"}),
    "charge_made": FINANCE,
    "new_credit": frozenset({"manager"}),
    "credit_made": FINANCE,
    "new_invoice": frozenset({"manager"}),
    "invoice_made": FINANCE,
    "new_loan": CASHIERS,
    "new_repair": CASHIERS,
    "payment_taken": FINANCE,
    "loan_made": FINANCE,
    "repair_made": FINANCE,
    "workbench_queue": FINANCE,
    "workbench": CASHIERS,
    "upload_payments": frozenset({"manager"}),
    "bank_import": frozenset({"manager"}),
    "bank_certain": frozenset({"manager"}),
    "bank_operation": frozenset({"manager"}),
    "payout_file": frozenset({"manager"}),
    "payout_returns_import": frozenset({"manager"}),
    "bank_operations": FINANCE,
    "bank_transfers": FINANCE,
    "approvals": EVERYBODY,
    "bulk_operations": EVERYBODY,
    "bulk_operation": FINANCE,
    "reports": FINANCE,
    "report": FINANCE,
    "report_file": FINANCE,
    "schedules": EVERYBODY,
    "seals": frozenset({"manager", "auditor", "administrator"}),
    "run_schedule": frozenset({"manager"}),
    "change_schedule": frozenset({"administrator"}),
}
PARTS: dict[str, Callable[[Actor], list[object]]] = {
    "bank_line": lambda actor: [LinePart.objects.order_by("pk")[0].pk],
    "bank_operation": lambda actor: [Explanation.objects.get().operation_id],
    "bulk_operation": lambda actor: [BulkOperation.objects.get(done_rows=1).pk],
    "bank_reconciliation": lambda actor: [Reconciliation.objects.get().statement_id],
    "payout_file": lambda actor: [PayoutBatch.objects.get().pk],
    "customer": lambda actor: [Driver.objects.get(driver_id="DRV-101").customer_id],
    "record_notes": lambda actor: ["driver", "DRV-101"],
    "withdraw_note": lambda actor: [NoteFile.objects.get().note_id],
    "note_file": lambda actor: [NoteFile.objects.get().note_id, NoteFile.objects.get().pk],
    "payment_taken": lambda actor: [Payment.objects.order_by("pk")[0].number],
    "charge_made": lambda actor: [Obligation.objects.order_by("pk")[0].pk],
    "credit_made": lambda actor: [CreditMemo.objects.order_by("pk")[0].pk],
    "invoice_made": lambda actor: [Invoice.objects.order_by("pk")[0].pk],
    "loan_made": lambda actor: [DriverLoan.objects.get().number],
    "repair_made": lambda actor: [RepairInvoice.objects.get().number],
    "workbench": lambda actor: [Payment.objects.filter(unallocated__gt=0)[0].pk],
    "report": lambda actor: ["trial-balance"],
    "report_file": lambda actor: ["trial-balance"],
    "run_schedule": lambda actor: ["Escalate overdue cases"],
    "change_schedule": lambda actor: ["weekly_run"],
}


def test_every_page_is_in_the_table() -> None:
    assert set(registered_pages()) == set(EXPECTED)


def test_lets_in_whom_the_table_names(world: Actor, console_of: Callable[[str], ConsoleClient]) -> None:
    clients = {username: console_of(username) for username in sorted(EVERYBODY)}
    actual, expected = {}, {}

    for name, who in EXPECTED.items():
        with taken_back():
            address = reverse(f"admin:{name}", args=PARTS[name](world) if name in PARTS else [])
            actual[name] = {each: client.get(address).status_code for each, client in clients.items()}
        expected[name] = {each: 200 if each in who else 403 for each in clients}

    assert actual == expected


def test_the_menu_names_every_table_once_and_every_page_without_parts() -> None:
    targets = [entry.target for section in SECTIONS for entry in section.entries]
    tables = {model._meta.label for model in admin.site._registry}
    pages = {name for name, page in registered_pages().items() if "<" not in page.route}

    assert len(targets) == len(set(targets))
    assert set(targets) == (tables - OFF_MENU) | pages | {TODAY}
    assert tables >= OFF_MENU
