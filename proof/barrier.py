"""What must hold whenever the clients stand still: the model's figures, and every identity of docs/domain.md."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from proof.book import ZERO, Customer
from proof.client import Client
from proof.faults import Faults
from proof.worker import Worker, figure

PAGE = 200


def pages(client: Client, path: str) -> Iterator[Any]:
    """The rows of a list, page by page."""
    offset = 0
    while True:
        answer = client.get(f"{path}{'&' if '?' in path else '?'}limit={PAGE}&offset={offset}")
        assert answer.status == 200, answer
        rows = answer.body["results"]
        yield from rows
        offset += len(rows)
        if len(rows) < PAGE:
            return


def compare_books(worker: Worker) -> None:
    """The worker's customers: what was acknowledged is there, once, nothing else is, and every figure agrees."""
    for customer in worker.customers:
        worker.tally.count("customers compared", "tried")
        _compare_payments(worker, customer)
        _compare_items(worker, customer)
        _compare_totals(worker, customer)


def _once(worker: Worker, what: str, known: Iterable[str], listed: Iterable[str]) -> None:
    found = Counter(listed)
    for each in known:
        if not found[each]:
            worker.tally.find("customers compared", "lost", f"{worker.name}: {what} {each} was acknowledged")
        elif found[each] > 1:
            worker.tally.find(
                "customers compared", "doubled", f"{worker.name}: {what} {each} is there {found[each]} times"
            )
    for each in found.keys() - set(known):
        worker.tally.find(
            "customers compared", "half_done", f"{worker.name}: {what} {each} was never acknowledged"
        )


def _compare_payments(worker: Worker, customer: Customer) -> None:
    rows = list(pages(worker.manager, f"/api/payments?customer_id={customer.id}"))
    _once(
        worker, "payment", [pay.reference for pay in customer.pays], [row["reference_number"] for row in rows]
    )
    by_id = {row["id"]: row for row in rows}
    for pay in customer.pays:
        if (row := by_id.get(pay.id)) is None:
            continue
        got = (
            row["status"],
            figure(row["total_allocated"]),
            figure(row["total_refunded"]),
            figure(row["unallocated_amount"]),
        )
        want = (pay.status, pay.allocated, pay.refunded, pay.unallocated)
        if pay.status == "posted":
            worker.is_so(
                "customers compared", f"{pay.number} (status, allocated, refunded, unallocated)", got, want
            )
            worker.is_so(
                "customers compared", f"{pay.number}: the sum of its parts", sum(got[1:], ZERO), pay.amount
            )
        else:
            worker.is_so(
                "customers compared",
                f"{pay.number} (status, unallocated)",
                (got[0], got[3]),
                (pay.status, ZERO),
            )


def _compare_items(worker: Worker, customer: Customer) -> None:
    rows = list(pages(worker.manager, f"/api/invoices?customer_id={customer.id}"))
    invoices = {item.number: item for item in customer.items if item.invoice_id}
    _once(worker, "invoice", list(invoices), [row["number"] for row in rows])
    for row in rows:
        if item := invoices.get(row["number"]):
            got = (figure(row["total"]), figure(row["outstanding"]), figure(row["written_off"]))
            worker.is_so(
                "customers compared",
                f"{item.number} (total, outstanding, written off)",
                got,
                (item.total, item.outstanding, item.written_off),
            )


def _compare_totals(worker: Worker, customer: Customer) -> None:
    owed = worker.manager.get(f"/api/customers/{customer.id}/outstanding").body
    got = {item["reference_id"]: figure(item["outstanding"]) for item in owed["items"]}
    want = {item.number: item.outstanding for item in customer.open_items}
    worker.is_so("customers compared", f"{customer.name} owes", got, want)
    cash = worker.manager.get(f"/api/customers/{customer.id}/unallocated-cash").body
    worker.is_so(
        "customers compared",
        f"{customer.name} unallocated",
        figure(cash["total_unallocated"]),
        customer.unallocated,
    )
    statement = worker.manager.get(f"/api/customers/{customer.id}/statement").body
    worker.is_so(
        "customers compared",
        f"{customer.name} statement",
        figure(statement["closing_balance"]),
        customer.closing,
    )


def compare_receipts(worker: Worker) -> None:
    """Some receipts add up."""
    pays = [pay for customer in worker.customers for pay in customer.pays]
    for pay in worker.rng.sample(pays, k=min(6, len(pays))):
        said = worker.manager.get(f"/api/payments/{pay.id}/receipt?format=json").body
        worker.tally.count("receipts", "tried")
        summary = said["amount_summary"]
        parts: list[Decimal] = [
            figure(said["total_returned"]),
            *(figure(summary[name]) for name in ("total_allocated", "total_refunded", "remaining_amount")),
        ]
        if pay.status == "posted":
            worker.is_so("receipts", f"{pay.number}: {parts}", sum(parts, ZERO), pay.amount)


def compare_trial_balance(worker: Worker) -> None:
    """Debits are credits, in every currency."""
    said = worker.manager.get("/ledger/trial-balance").body
    worker.tally.count("trial balance", "tried")
    for currency in said["currencies"]:
        worker.is_so(
            "trial balance",
            currency["currency"],
            figure(currency["total_debit"]),
            figure(currency["total_credit"]),
        )


def compare_references(worker: Worker, faults: Faults) -> None:
    """Payments by which recoveries were measured: each is there, once."""
    rows = pages(worker.manager, f"/api/payments?customer_id={faults.customer}")
    listed = Counter(row["reference_number"] for row in rows)
    found = {name: count for name, count in listed.items() if name.startswith("PRF-FAULT-")}
    for reference in faults.acknowledged:
        if reference not in found:
            worker.tally.find("payments after a fault", "lost", reference)
    for reference, count in found.items():
        if count > 1:
            worker.tally.find("payments after a fault", "doubled", f"{reference} is there {count} times")
        if reference not in faults.acknowledged:
            worker.tally.find("payments after a fault", "half_done", f"{reference} was never acknowledged")
