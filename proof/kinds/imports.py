"""What comes in files and is worked off by somebody else: batches of payments, and the bank's statements."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final

from proof import barrier
from proof.book import ZERO, Customer, Pay
from proof.camt import camt
from proof.client import Upload
from proof.kinds.money import customer_of
from proof.worker import Worker, figure

WORKED_OFF_SECONDS: Final = 300.0
"""A worker that died holds what it had for a minute, and the schedule comes every minute."""
REASON: Final = "the proof takes it back"
_RUNNING: Final = ("pending", "processing")
_HEADINGS: Final = "entity_id,payment_method,amount,currency,payment_date,reference_number"


@dataclass(slots=True, eq=False)
class Batch:
    """A batch that was taken, and what its rows must become."""

    id: str
    operation: str
    rows: dict[str, tuple[Customer, Decimal]]
    bad: int


@dataclass(slots=True, eq=False)
class Account:
    """A bank account of the worker's own, with the lines that its statements had."""

    id: str
    code: str
    customer: Customer
    next_number: int = 1
    balance: Decimal = ZERO
    booked: Decimal = ZERO
    waiting: list[str] = field(default_factory=list)
    """Statements that are not known to be booked yet."""


def send_batch(worker: Worker) -> None:
    """Good rows and bad ones; the same file again is refused."""
    rows: dict[str, tuple[Customer, Decimal]] = {}
    lines = [_HEADINGS]
    for _ in range(worker.rng.randint(3, 30)):
        customer = customer_of(worker)
        taken = {pay.amount for pay in customer.pays} | {
            amount for owner, amount in rows.values() if owner is customer
        }
        amount = worker.amount("1000.00", "9999.99")
        if amount in taken:
            continue  # a likely duplicate is held
        reference = worker.reference()
        rows[reference] = (customer, amount)
        lines.append(f"{customer.id},check,{amount},USD,{worker.world.today},{reference}")
    bad = worker.rng.randint(0, 2)
    for wrong in worker.rng.sample(("abc", "-1.00", "1.005", "0"), k=bad):
        lines.append(f"{worker.customers[0].id},check,{wrong},USD,{worker.world.today},{worker.reference()}")
    upload = Upload(f"{worker.reference()}.csv", "\n".join(lines).encode(), {"source_type": "csv_import"})
    answer = worker.manager.post("/api/accounting/payment-batches", upload, row="batches")
    if not worker.is_done("batches", answer):
        return
    batch = Batch(answer.body["batch_id"], answer.body["operation_id"], rows, bad)
    worker.kept.setdefault("batches", []).append(batch)
    if worker.rng.random() < 0.4:
        again = worker.manager.post("/api/accounting/payment-batches", upload, row="batches")
        worker.is_refused("batches", again, 409)


def look_at_batches(worker: Worker) -> None:
    """Those that are worked off become payments in the books, or are undone as a whole."""
    for batch in list(worker.kept.get("batches", [])):
        said = worker.manager.get(f"/api/accounting/payment-batches/{batch.id}").body
        if said["status"] in _RUNNING:
            continue
        worker.kept["batches"].remove(batch)
        got = (said["succeeded_rows"], said["failed_rows"], said["held_rows"])
        worker.is_so(
            "batches",
            f"{said['batch_number']} (succeeded, failed, held)",
            got,
            (len(batch.rows), batch.bad, 0),
        )
        _book_batch(worker, batch)


def _book_batch(worker: Worker, batch: Batch) -> None:
    listed = list(barrier.pages(worker.manager, f"/api/accounting/payment-batches/{batch.id}/rows"))
    done = {row["cells"]["reference_number"]: row for row in listed if row["status"] == "succeeded"}
    barrier.hold_once(worker, "batches", "row", list(batch.rows), list(done))
    pays = []
    for reference, (customer, amount) in batch.rows.items():
        if reference not in done:
            continue
        pay = Pay(
            id=done[reference]["payment_id"],
            number=done[reference]["payment_number"],
            reference=reference,
            amount=amount,
            unallocated=amount,
            paid_on=worker.world.today,
            method="check",
        )
        customer.pays.append(pay)
        pays.append(pay)
    if worker.rng.random() < 0.15:
        answer = worker.manager.post(
            f"/api/operations/{batch.operation}/undo", {"reason": REASON}, row="batches undone"
        )
        if worker.is_done("batches undone", answer):
            for pay in pays:
                pay.unallocated, pay.status = ZERO, "voided"


def account_of(worker: Worker) -> Account:
    """The worker's own bank account."""
    if "account" not in worker.kept:
        code = f"proof{worker.name}"
        made = worker.manager.post(
            "/api/accounting/bank-accounts",
            {"code": code, "name": code, "currency": "USD"},
            row="bank accounts",
        )
        assert made.is_success, made
        who = worker.manager.post(
            "/api/customers", {"name": f"Payer of {code}", "email": "proof@example.com"}, row="customers"
        )
        customer = Customer(who.body["id"], f"Payer of {code}")
        worker.kept["account"] = Account(made.body["id"], code, customer)
    account: Account = worker.kept["account"]
    return account


def send_statements(worker: Worker) -> None:
    """One statement, or two in the wrong order; the same file again is refused."""
    account = account_of(worker)
    files = []
    for _ in range(worker.rng.choice((1, 1, 2))):
        lines = [
            (worker.reference(), worker.amount("1.00", "900.00") * worker.rng.choice((1, 1, 1, -1)))
            for _ in range(worker.rng.randint(1, 12))
        ]
        first = worker.world.today - timedelta(days=3)
        content = camt(account.next_number, opening=account.balance, lines=lines, day=first)
        files.append((account.next_number, content))
        account.balance += sum((amount for _, amount in lines), ZERO)
        account.next_number += 1
    for number, content in reversed(files):
        upload = Upload(f"{account.code}-{number}.xml", content, {"bank_account_id": account.id})
        answer = worker.manager.post("/api/accounting/bank-statements", upload, row="bank statements")
        if not worker.is_done("bank statements", answer):
            continue
        account.waiting += [each["id"] for each in answer.body["statements"]]
        if worker.rng.random() < 0.3:
            again = worker.manager.post("/api/accounting/bank-statements", upload, row="bank statements")
            worker.is_refused("bank statements", again, 409)


def explain_lines(worker: Worker) -> None:
    """Open lines are said to be a customer's payment, or an expense; some of it is taken back."""
    if "account" not in worker.kept:
        return
    account = account_of(worker)
    listed = worker.manager.get(
        f"/api/accounting/statement-lines?bank_account_id={account.id}&open=yes&limit=20"
    ).body["results"]
    for line in worker.rng.sample(listed, k=min(3, len(listed))):
        amount = figure(line["amount"])
        piece: dict[str, Any] = {"kind": "payment", "amount": str(amount), "customer_id": account.customer.id}
        if line["direction"] == "out":
            continue
        at = f"/api/accounting/statement-lines/{line['id']}"
        answer = worker.manager.post(f"{at}/resolve", {"pieces": [piece]}, row="lines explained")
        # The system itself may have said meanwhile what the line is.
        if not worker.is_done("lines explained", answer, allowed=("line_explained",)):
            continue
        account.booked += amount
        again = worker.manager.post(f"{at}/resolve", {"pieces": [piece]}, row="lines explained")
        worker.is_refused("lines explained", again, 409)
        if worker.rng.random() < 0.3:
            undone = worker.manager.post(f"{at}/undo", {"reason": REASON}, row="lines explained")
            if worker.is_done("lines explained", undone):
                account.booked -= amount


def compare_imports(worker: Worker) -> None:
    """Everything is worked off; the bank's balance is the books', and the payer has what the lines said."""
    deadline = time.monotonic() + WORKED_OFF_SECONDS
    while worker.kept.get("batches") and time.monotonic() < deadline:
        look_at_batches(worker)
        time.sleep(0.3)
    for batch in worker.kept.get("batches", []):
        worker.tally.find("batches", "lost", f"{worker.name}: {batch.id} is never worked off")
    if "account" not in worker.kept:
        return
    account = account_of(worker)
    while account.waiting and time.monotonic() < deadline:
        said = worker.manager.get(f"/api/accounting/bank-statements/{account.waiting[0]}").body
        if said["status"] == "booked" and said["progress_percentage"] == 100:
            account.waiting.pop(0)
        else:
            time.sleep(0.3)
    for statement in account.waiting:
        said = worker.manager.get(f"/api/accounting/bank-statements/{statement}").body
        worker.tally.find(
            "bank statements",
            "lost",
            f"{worker.name}: not booked: {said['status']} {said.get('held_because')}",
        )
    worker.tally.count("bank = books", "tried")
    said = worker.manager.get(f"/api/accounting/bank-accounts/{account.id}").body
    worker.is_so("bank = books", f"{account.code} balance", figure(said["balance"]), account.balance)
    cash = worker.manager.get(f"/api/customers/{account.customer.id}/unallocated-cash").body
    worker.is_so(
        "bank = books", f"{account.customer.name} has", figure(cash["total_unallocated"]), account.booked
    )


OPERATIONS: Final = [(1, send_batch), (2, look_at_batches), (1, send_statements), (2, explain_lines)]
