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
    row = "customers compared"
    for customer in worker.customers:
        worker.tally.count(row, "tried")
        compare_payments(worker, customer, row=row)
        _compare_invoices(worker, customer, row=row)
        compare_totals(worker, customer, row=row)


def hold_once(worker: Worker, row: str, what: str, known: Iterable[str], listed: Iterable[str]) -> None:
    """Each of the known is listed, once, and nothing else is."""
    found, expected = Counter(listed), set(known)
    for each in expected:
        if not found[each]:
            worker.tally.find(row, "lost", f"{worker.name}: {what} {each} was acknowledged")
        elif found[each] > 1:
            worker.tally.find(row, "doubled", f"{worker.name}: {what} {each} is there {found[each]} times")
    for each in found.keys() - expected:
        worker.tally.find(row, "half_done", f"{worker.name}: {what} {each} was never acknowledged")


def compare_payments(worker: Worker, customer: Customer, *, row: str) -> None:
    """Each payment once, nothing that was never acknowledged, and the figures of each."""
    listed = list(pages(worker.manager, f"/api/payments?customer_id={customer.id}"))
    references = [pay.reference for pay in customer.pays]
    hold_once(worker, row, "payment", references, [each["reference_number"] for each in listed])
    by_reference = {each["reference_number"]: each for each in listed}
    for pay in customer.pays:
        said = by_reference.get(pay.reference)
        if said is None:
            continue
        names = ("total_allocated", "total_refunded", "unallocated_amount")
        figures = [figure(said[name]) for name in names]
        if pay.status == "posted":
            want = [pay.status, pay.allocated, pay.refunded, pay.unallocated]
            worker.is_so(
                row,
                f"{pay.number} (status, allocated, refunded, unallocated)",
                [said["status"], *figures],
                want,
            )
            worker.is_so(row, f"{pay.number}: the sum of its parts", sum(figures, ZERO), pay.amount)
        else:
            got = (said["status"], figures[-1])
            worker.is_so(row, f"{pay.number} (status, unallocated)", got, (pay.status, ZERO))


def _compare_invoices(worker: Worker, customer: Customer, *, row: str) -> None:
    listed = list(pages(worker.manager, f"/api/invoices?customer_id={customer.id}"))
    invoices = {item.number: item for item in customer.items if item.invoice_id}
    hold_once(worker, row, "invoice", list(invoices), [each["number"] for each in listed])
    for said in listed:
        if item := invoices.get(said["number"]):
            got = (figure(said["total"]), figure(said["outstanding"]), figure(said["written_off"]))
            want = (item.total, item.outstanding, item.written_off)
            worker.is_so(row, f"{item.number} (total, outstanding, written off)", got, want)


def compare_totals(worker: Worker, customer: Customer, *, row: str) -> None:
    """What the customer owes item by item, its unallocated cash, and what its statement ends with."""
    owed = worker.manager.get(f"/api/customers/{customer.id}/outstanding").body
    got = {item["reference_id"]: figure(item["outstanding"]) for item in owed["items"]}
    want = {item.number: item.outstanding for item in customer.open_items}
    worker.is_so(row, f"{customer.name} owes", got, want)
    cash = worker.manager.get(f"/api/customers/{customer.id}/unallocated-cash").body
    worker.is_so(row, f"{customer.name} unallocated", figure(cash["total_unallocated"]), customer.unallocated)
    statement = worker.manager.get(f"/api/customers/{customer.id}/statement").body
    worker.is_so(row, f"{customer.name} statement", figure(statement["closing_balance"]), customer.closing)


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
