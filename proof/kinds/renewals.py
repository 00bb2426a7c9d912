"""Renewal cases: installments paid at once or through the gateway, whose events come twice, late, forged; plans."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from proof import barrier
from proof.book import CENT, ZERO, Applied, Customer, Item, Pay
from proof.worker import Worker, World, figure

POLICIES: Final = 12
INSTALLMENTS: Final = 6
_ASK_SECONDS: Final = 10.0
_SIGNED_SECONDS: Final = 200.0
"""So long a gateway's own answer may take: the message may be lost, and the schedule comes every minute."""


@dataclass(slots=True, eq=False)
class Policy(Customer):
    """A renewal case with its customer, and what is on its way through the gateway."""

    case: str = ""
    ids: dict[str, int] = field(default_factory=dict)
    """The installment of each item's number."""
    waiting: tuple[int, str, list[Item], Decimal] | None = None

    def at(self, call: str) -> str:
        return f"/api/case-tracking/cases/{self.case}/outstanding-amounts/{call}/"


class Gateway:
    """The other side of the sandbox: it signs as the sandbox does, by the installation's key."""

    def __init__(self, world: World, secret_key: str) -> None:
        self._world, self._key = world, secret_key
        self._endpoint = ""

    @property
    def endpoint(self) -> str:
        """The company's endpoint, which its first payment makes."""
        if not self._endpoint:
            where = f"company_id = '{self._world.company}' and gateway = 'sandbox'"
            rows = self._world.rows(f"select id from gateway_endpoints where {where}")
            self._endpoint = str(rows[0][0]) if rows else ""
        return self._endpoint

    def event(self, reference: str, kind: str, amount: Decimal | None, **changes: Any) -> tuple[bytes, str]:
        """A signed event's body and signature."""
        event = {
            "event_id": f"proof-{kind}-{reference}",
            "type": f"charge.{kind}",
            "timestamp": datetime.now(UTC).isoformat(),
            "reference": reference,
            "gateway_reference": f"proof-{reference}",
            "amount": None if amount is None else str(amount),
            "currency": "USD",
            "reason": "",
            **changes,
        }
        body = json.dumps(event).encode()
        secret = hmac.new(
            self._key.encode(), f"gateway sandbox {self.endpoint}".encode(), hashlib.sha256
        ).digest()
        return body, hmac.new(secret, body, hashlib.sha256).hexdigest()


def write_policies(path: Path, *, names: list[str], today: date) -> None:
    """A file of policies for all clients, as `import_renewals` takes it."""
    lines = [
        "policy_number,policy_type,premium,customer_name,period,amount,due_date,customer_reference",
    ]
    for name in names:
        for number in range(POLICIES):
            amounts = [
                Decimal(100 + 37 * number + 11 * part) + CENT * (number * part % 100)
                for part in range(INSTALLMENTS)
            ]
            for part, amount in enumerate(amounts):
                due = today + timedelta(days=30 * part - 65)
                policy = f"PRF-{name}-{number}"
                cells = (
                    policy,
                    "Auto",
                    sum(amounts),
                    f"Proof policy {name} {number}",
                    f"P{part}",
                    amount,
                    due,
                    policy,
                )
                lines.append(",".join(map(str, cells)))
    path.write_text("\n".join(lines) + "\n")


def find_policies(worker: Worker) -> None:
    """The worker's policies, with what they owe."""
    rows = worker.world.rows(
        "select r.policy_number, c.case_no, r.customer_id from renewal_cases r join cases c on c.id = r.id"
        f" where r.policy_number like 'PRF-{worker.name}-%' order by r.id"
    )
    for number, case, customer in rows:
        policy = Policy(str(customer), number, case=case)
        summary = worker.manager.get(policy.at("summary")).body["data"]
        owed = {
            row["reference_id"]: row
            for row in worker.manager.get(f"/api/customers/{customer}/outstanding").body["items"]
        }
        for row in summary["installments"]:
            reference = next(each for each in owed if each.endswith(f"-{row['id']}"))
            policy.ids[reference] = row["id"]
            amount, due = figure(row["amount"]), date.fromisoformat(row["due_date"])
            item = Item(
                owed[reference]["obligation_id"],
                "PREMIUM",
                reference,
                due,
                due,
                total=amount,
                outstanding=amount,
            )
            policy.items.append(item)
        worker.kept.setdefault("policies", []).append(policy)


def _policy(worker: Worker) -> Policy | None:
    found = [policy for policy in worker.kept["policies"] if policy.open_items and policy.waiting is None]
    return worker.rng.choice(found) if found else None


def _chosen(worker: Worker, policy: Policy) -> list[Item]:
    items = sorted(policy.open_items, key=lambda item: item.by_due)
    return sorted(
        worker.rng.sample(items, k=min(len(items), worker.rng.randint(1, 2))), key=lambda item: item.by_due
    )


def pay_installments(worker: Worker) -> None:
    """At once: what is asked for is settled; a row that is paid, twice in the list or unknown is refused."""
    policy = _policy(worker)
    if policy is None:
        return
    items = _chosen(worker, policy)
    ids = [policy.ids[item.number] for item in items]
    if worker.rng.random() < 0.3:
        wrong = worker.rng.choice(([ids[0], ids[0]], [*ids, 2**31 - 5], []))
        answer = worker.manager.post(
            policy.at("pay"), {"installment_ids": wrong, "payment_mode": "cash"}, row="installments refused"
        )
        worker.is_refused("installments refused", answer, 400)
    mode = worker.rng.choice(("cheque", "bank_transfer"))
    answer = worker.manager.post(
        policy.at("pay"), {"installment_ids": ids, "payment_mode": mode}, row="installments paid"
    )
    if not worker.is_done("installments paid", answer):
        return
    said = answer.body["data"]
    asked = sum((item.outstanding for item in items), ZERO)
    worker.is_so("installments paid", "total", figure(said["total_amount"]), asked)
    _settle(policy, said["transaction_id"], items, asked)


def _settle(policy: Policy, reference: str, items: list[Item], amount: Decimal) -> None:
    """Money for installments: the oldest first; what is left stays unallocated."""
    pay = Pay(
        id="",
        number="",
        reference=reference,
        amount=amount,
        unallocated=amount,
        paid_on=date.min,
        method="",
    )
    policy.pays.append(pay)
    for item in items:
        part = min(item.outstanding, pay.unallocated)
        if part:
            item.outstanding -= part
            pay.unallocated -= part
            pay.applied.append(Applied("", item, part, part))


def charge(worker: Worker) -> None:
    """Through the gateway: nothing is settled before its event, and meanwhile nothing else is done with the rows."""
    policy = _policy(worker)
    if policy is None:
        return
    items = _chosen(worker, policy)
    ids = [policy.ids[item.number] for item in items]
    mode = worker.rng.choice(("emi", "emi", "emi", "credit_card"))
    answer = worker.manager.post(
        policy.at("pay"), {"installment_ids": ids, "payment_mode": mode}, row="charges of the gateway"
    )
    if not worker.is_done("charges of the gateway", answer):
        return
    said = answer.body["data"]
    asked = sum((item.outstanding for item in items), ZERO)
    worker.is_so("charges of the gateway", "total", figure(said["total_amount"]), asked)
    if mode == "credit_card":
        policy.waiting = (said["payment_id"], said["transaction_id"], items, asked)
        return
    again = worker.manager.post(
        policy.at("pay"), {"installment_ids": ids, "payment_mode": "cash"}, row="installments refused"
    )
    worker.is_refused("installments refused", again, 409)
    _send_events(worker, policy, said["transaction_id"], items, asked)


def _send_events(worker: Worker, policy: Policy, reference: str, items: list[Item], asked: Decimal) -> None:
    """The gateway's events: forged and late ones first, then what happened, twice, and what comes out of order."""
    gateway: Gateway = worker.kept["gateway"]
    amount = asked
    if worker.rng.random() < 0.3:
        # Less than was asked, but something; or more.
        by = worker.amount("0.01", "50.00")
        amount = worker.rng.choice((asked - min(by, asked - CENT), asked + by))
    settled = gateway.event(reference, "settled", amount)
    if worker.rng.random() < 0.5:
        body, signature = settled
        forged = worker.rng.choice(
            ((body.replace(b"settled", b"failed"), signature), (body, "0" * 64), (body, ""))
        )
        worker.is_so("gateway events", "forged", _deliver(worker, *forged)[0], 401)
        old = gateway.event(
            reference, "settled", amount, timestamp=(datetime.now(UTC) - timedelta(minutes=10)).isoformat()
        )
        worker.is_so("gateway events", "too old", _deliver(worker, *old)[0], 400)
    if worker.rng.random() < 0.25:
        failed = _deliver(worker, *gateway.event(reference, "failed", None, reason="declined"), first=True)
        worker.is_so("gateway events", "failed", failed, (200, "applied"))
        if worker.rng.random() < 0.5:
            return
        # Money that comes after a failure is taken, for what it was meant and is still owed.
    outcome = _deliver(worker, *settled, first=True)
    worker.is_so("gateway events", "settled", outcome, (200, "applied"))
    _settle(policy, reference, items, amount)
    worker.is_so(
        "gateway events", "settled again", _deliver(worker, *settled), (200, "duplicate"), column="doubled"
    )
    other = gateway.event(reference, "settled", amount, event_id=f"proof-other-{reference}")
    worker.is_so(
        "gateway events", "settled anew", _deliver(worker, *other), (200, "ignored"), column="doubled"
    )
    late = gateway.event(reference, "failed", None, event_id=f"proof-late-{reference}")
    worker.is_so("gateway events", "failed afterward", _deliver(worker, *late), (200, "ignored"))


def _deliver(worker: Worker, body: bytes, signature: str, *, first: bool = False) -> tuple[int, str]:
    """The event, as often as it takes; a second delivery of a cut one counts as the first."""
    gateway: Gateway = worker.kept["gateway"]
    headers = {"X-Signature": signature}
    answer = worker.gateway.post(
        f"/api/gateway-events/{gateway.endpoint}", body, row="gateway events", headers=headers
    )
    if isinstance(answer.body, dict) and answer.is_success:
        outcome = str(answer.body["outcome"])
        # The delivery that was cut off had arrived.
        return answer.status, "applied" if outcome == "duplicate" and answer.was_cut and first else outcome
    return answer.status, answer.code


def look_for_news(worker: Worker) -> None:
    """What the sandbox said of charges that it settles by itself."""
    for policy in worker.kept["policies"]:
        if policy.waiting is not None:
            _follow(worker, policy)


def _follow(worker: Worker, policy: Policy) -> bool:
    assert policy.waiting is not None
    payment, reference, items, asked = policy.waiting
    said = worker.manager.get(f"/api/case-tracking/payments/{payment}/").body["data"]
    if said["status"] in ("initiated", "processing"):
        return False
    policy.waiting = None
    if worker.is_so("charges of the gateway", "settled by the sandbox", said["status"], "completed"):
        worker.is_so("charges of the gateway", "settled amount", figure(said["settled_amount"]), asked)
        _settle(policy, reference, items, asked)
    return True


def plan(worker: Worker) -> None:
    """A plan's shares to the cent, one plan at a time, a row paid under it, and the same debt without it."""
    policy = _policy(worker)
    if policy is None:
        return
    count, total = worker.rng.randint(2, 12), policy.outstanding
    cents = int(total / CENT)
    if cents < count:
        return
    shares = [CENT * (cents // count + (place < cents % count)) for place in range(count)]
    body = {
        "installment_count": count,
        "start_date": str(worker.world.today + timedelta(days=worker.rng.randint(0, 40))),
        "payment_frequency": worker.rng.choice(("weekly", "monthly", "quarterly")),
        "payment_method": "cheque",
    }
    answer = worker.manager.post(policy.at("setup-payment-plan"), body, row="plans")
    if not worker.is_done("plans", answer):
        return
    worker.is_refused("plans", worker.manager.post(policy.at("setup-payment-plan"), body, row="plans"), 409)
    summary = worker.manager.get(policy.at("summary")).body["data"]
    got = [figure(row["amount"]) for row in summary["installments"]]
    worker.is_so("plans", f"shares of {total} in {count}", got, shares)
    worker.is_so("plans", "the same debt", figure(summary["total_outstanding"]), total)
    if worker.rng.random() < 0.5:
        first = summary["installments"][0]["id"]
        paid = worker.manager.post(
            policy.at("pay"), {"installment_ids": [first], "payment_mode": "cheque"}, row="installments paid"
        )
        if worker.is_done("installments paid", paid):
            oldest = sorted(policy.open_items, key=lambda item: item.by_due)
            _settle(policy, paid.body["data"]["transaction_id"], oldest, shares[0])
    ended = worker.manager.delete(policy.at("payment-plan"), row="plans")
    if policy.open_items and not (ended.was_cut and ended.status == 404):
        worker.is_done("plans", ended)


def compare_policies(worker: Worker) -> None:
    """Everything that was on its way has arrived, and then each policy owes what the model says."""
    began = time.monotonic()
    was_asked = False
    while any(policy.waiting for policy in worker.kept["policies"]):
        look_for_news(worker)
        waited = time.monotonic() - began
        if waited > _ASK_SECONDS and not was_asked:
            # A worker died between handing a charge over and noting the answer: it is asked about, never sent twice.
            was_asked = True
            worker.world.manage("reconcile_gateway", "--at-once")
        if waited > _SIGNED_SECONDS:
            worker.tally.find("charges of the gateway", "lost", f"{worker.name}: a charge is never settled")
            return
        time.sleep(0.3)
    for policy in worker.kept["policies"]:
        worker.tally.count("policies compared", "tried")
        barrier.compare_payments(worker, policy, row="policies compared")
        barrier.compare_totals(worker, policy, row="policies compared")


OPERATIONS: Final = [(4, pay_installments), (4, charge), (2, look_for_news), (2, plan)]
