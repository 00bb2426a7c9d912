"""Voids, refunds, returns, credit memos and write-offs, with the second person where one is asked."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from proof.book import CENT, ZERO, Applied, Customer, Item, Memo, Pay
from proof.client import Answer
from proof.kinds.money import customer_of, look_at_payment, payment_of
from proof.worker import Worker, figure

REASON: Final = "the proof takes it back"
OTHERS_DOING: Final = ("drawer_short",)
"""The drawer is everybody's."""
LIMIT: Final = Decimal("1000.00")
"""Above it a refund waits for a second person (docs/allocations.md)."""


def _applied(worker: Worker) -> tuple[Customer, Pay, Applied] | None:
    found = [
        (customer, pay, applied)
        for customer in worker.customers
        for pay in customer.pays
        if pay.status == "posted"
        for applied in pay.live
    ]
    return worker.rng.choice(found) if found else None


def void_allocation(worker: Worker) -> None:
    """What is left of it returns to both sides; a second void is refused and changes nothing."""
    chosen = _applied(worker)
    if chosen is None:
        return
    _, pay, applied = chosen
    path = f"/api/payments/{pay.id}/allocations/{applied.id}/void"
    answer = worker.manager.post(path, {"reason": REASON}, row="allocations voided")
    if not worker.is_done("allocations voided", answer):
        return
    pay.unallocated += applied.undo()
    worker.is_so(
        "allocations voided", "unallocated", figure(answer.body["unallocated_amount"]), pay.unallocated
    )
    if worker.rng.random() < 0.3:
        again = worker.manager.post(path, {"reason": REASON}, row="allocations voided")
        worker.is_refused("allocations voided", again, 409)
        look_at_payment(worker, pay, row="allocations voided", column="half_done")


def refund_allocation(worker: Worker) -> None:
    """Part or all of its cash; more than is left is refused."""
    chosen = _applied(worker)
    if chosen is None or not chosen[2].rest_of_cash:
        return
    customer, pay, applied = chosen
    path = f"/api/payments/{pay.id}/allocations/{applied.id}/refund"
    if worker.rng.random() < 0.3:
        above = {"amount": str(applied.rest_of_cash + CENT), "reason": REASON}
        answer = worker.manager.post(path, above, row="refunds")
        worker.is_refused("refunds", answer, 409)
        look_at_payment(worker, pay, row="refunds", column="half_done")
        return
    amount = min(applied.rest_of_cash, worker.amount("0.01", "60.00"))
    answer = worker.manager.post(path, {"amount": str(amount), "reason": REASON}, row="refunds")
    if worker.is_done("refunds", answer, allowed=OTHERS_DOING) and _agreed(worker, answer, customer, amount):
        applied.refund(amount)
        pay.refunded += amount
        customer.refunded += amount
        look_at_payment(worker, pay, row="refunds")


def refund_payment(worker: Worker) -> None:
    """Unallocated cash is paid back."""
    chosen = payment_of(worker)
    if chosen is None:
        return
    customer, pay = chosen
    amount = min(pay.unallocated, worker.amount("0.01", "90.00"))
    answer = worker.manager.post(
        f"/api/payments/{pay.id}/refund", {"amount": str(amount), "reason": REASON}, row="refunds"
    )
    if worker.is_done("refunds", answer, allowed=OTHERS_DOING) and _agreed(worker, answer, customer, amount):
        pay.unallocated -= amount
        pay.refunded += amount
        customer.refunded += amount
        look_at_payment(worker, pay, row="refunds")


def _agreed(worker: Worker, answer: Answer, customer: Customer, amount: Decimal) -> bool:
    """Whether it is done: by itself, or because a second person said yes; who asked may not say so."""
    if amount > LIMIT:
        worker.is_so("approvals", "waits for a second person", answer.status, 202)
    elif customer.refunded + amount <= LIMIT:
        worker.is_so("approvals", "waits for nobody", answer.status, 200)
    if answer.status != 202:
        return True
    request = answer.body["refund_request_id"]
    own = worker.manager.post(f"/api/refund-requests/{request}/approve", {}, row="approvals")
    worker.is_refused("approvals", own, 403)
    word = worker.rng.choice(("approve", "reject"))
    decided = worker.controller.post(
        f"/api/refund-requests/{request}/{word}", {"reason": REASON}, row="approvals"
    )
    return worker.is_done("approvals", decided, allowed=OTHERS_DOING) and word == "approve"


def void_payment(worker: Worker) -> None:
    """Everything that it paid is owed again; not once anything was refunded."""
    found = [(c, p) for c in worker.customers for p in c.pays if p.status == "posted"]
    if not found:
        return
    _, pay = worker.rng.choice(found)
    answer = worker.manager.post(f"/api/payments/{pay.id}/void", {"reason": REASON}, row="payments voided")
    if pay.refunded:
        worker.is_refused("payments voided", answer, 409)
        look_at_payment(worker, pay, row="payments voided", column="half_done")
        return
    if worker.is_done("payments voided", answer, allowed=OTHERS_DOING):
        for applied in pay.live:
            applied.undo()
        pay.unallocated, pay.status = ZERO, "voided"
        look_at_payment(worker, pay, row="payments voided")


def return_payment(worker: Worker) -> None:
    """The bank took it back: what it had paid is owed again, what had been refunded is owed anew, and the fee."""
    found = [(c, p) for c in worker.customers for p in c.pays if p.status == "posted" and p.method != "cash"]
    if not found:
        return
    customer, pay = worker.rng.choice(found)
    fee = worker.rng.choice((ZERO, Decimal("20.00")))
    body: dict[str, Any] = {"reason_code": "R01"} | ({"fee": str(fee)} if fee else {})
    answer = worker.manager.post(f"/api/payments/{pay.id}/return", body, row="payments returned")
    if not worker.is_done("payments returned", answer):
        return
    for applied in pay.live:
        applied.undo()
    pay.unallocated, pay.status = ZERO, "returned"
    owed = {f"RET-{pay.number}": pay.refunded, f"NSF-{pay.number}": fee}
    listed = {
        item["reference_id"]: item
        for item in worker.manager.get(f"/api/customers/{customer.id}/outstanding").body["items"]
    }
    for reference, amount in owed.items():
        if not amount:
            continue
        if reference not in listed:
            worker.is_so("payments returned", reference, None, amount)
            continue
        worker.is_so("payments returned", reference, figure(listed[reference]["outstanding"]), amount)
        today = worker.world.today
        customer.items.append(
            Item(
                listed[reference]["obligation_id"],
                "MISC",
                reference,
                today,
                today,
                total=amount,
                outstanding=amount,
            )
        )
    look_at_payment(worker, pay, row="payments returned")


def issue_memo(worker: Worker) -> None:
    """Of an item (applied to it first, the rest is the customer's) or of the customer."""
    customer = customer_of(worker)
    items = [
        item
        for item in customer.items
        if item.total - item.credited - item.written_off >= 1 and not item.number.startswith(("RET-", "NEG-"))
    ]
    own = worker.rng.choice(items) if items and worker.rng.random() < 0.6 else None
    amount = min(
        worker.amount("0.50", "30.00"), own.total - own.credited - own.written_off if own else Decimal(30)
    )
    body: dict[str, Any] = {"amount": str(amount), "reason": REASON}
    body |= {"obligation_id": own.id} if own else {"customer_id": customer.id, "category": "MISC"}
    answer = worker.manager.post("/api/accounting/credit-memos", body, row="credit memos")
    if not worker.is_done("credit memos", answer) or answer.status == 202:
        return
    # The discount of an invoice comes back with it: that part of the memo is nobody's credit.
    credit = amount - figure(answer.body["discount_amount"])
    memo = Memo(answer.body["id"], answer.body["number"], amount=amount, left=credit, own=own)
    customer.memos.append(memo)
    if own:
        own.credited += amount
        _book(worker, memo, [(own, min(credit, own.outstanding))] if own.outstanding else [], answer)
    worker.is_so("credit memos", f"{memo.number} left", figure(answer.body["left"]), memo.left)


def _book(worker: Worker, memo: Memo, plan: list[tuple[Item, Decimal]], answer: Answer) -> None:
    lines = answer.body["allocations"]
    known = {applied.id for applied in memo.applied}
    got = {line["obligation_id"]: figure(line["amount"]) for line in lines if line["id"] not in known}
    worker.is_so("credit memos", f"{memo.number} applied", got, {item.id: amount for item, amount in plan})
    ids = {line["obligation_id"]: line["id"] for line in lines if line["id"] not in known}
    for item, amount in plan:
        item.outstanding -= amount
        memo.left -= amount
        memo.applied.append(Applied(ids.get(item.id, ""), item, amount, amount))


def apply_memo(worker: Worker) -> None:
    """What is left of a memo pays another item."""
    found = [(c, m) for c in worker.customers for m in c.memos if m.left and not m.is_voided and c.open_items]
    if not found:
        return
    customer, memo = worker.rng.choice(found)
    item = worker.rng.choice(customer.open_items)
    amount = min(memo.left, item.outstanding, worker.amount("0.10", "20.00"))
    body = {"obligation_id": item.id, "amount": str(amount)}
    answer = worker.manager.post(
        f"/api/accounting/credit-memos/{memo.id}/allocations", body, row="credit memos"
    )
    if worker.is_done("credit memos", answer):
        _book(worker, memo, [(item, amount)], answer)


def write_off(worker: Worker) -> None:
    """What is left of an item, or a part; above the limit another person agrees."""
    customer = customer_of(worker)
    if not customer.open_items:
        return
    item = worker.rng.choice(customer.open_items)
    # What is credited already is not written off as well.
    limit = min(item.outstanding, item.total - item.credited - item.written_off)
    amount = min(item.outstanding, worker.amount("0.50", "15.00"))
    body = {"amount": str(amount), "reason": REASON}
    answer = worker.manager.post(f"/ledger/balances/{item.id}/write-off", body, row="write-offs")
    if amount > limit:
        worker.is_refused("write-offs", answer, 400)
        return
    if not worker.is_done("write-offs", answer):
        return
    if answer.status == 202:
        request = answer.body["write_off_request_id"]
        decided = worker.controller.post(f"/ledger/write-off-requests/{request}/approve", {}, row="approvals")
        if not worker.is_done("approvals", decided):
            return
    item.outstanding -= amount
    item.written_off += amount


OPERATIONS: Final = [
    (5, void_allocation),
    (4, refund_allocation),
    (4, refund_payment),
    (2, void_payment),
    (1, return_payment),
    (4, issue_memo),
    (2, apply_memo),
    (2, write_off),
]
