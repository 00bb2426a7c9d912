"""Many at once on the same objects: what was acknowledged has to be possible in some order, one after the other."""

from __future__ import annotations

import random
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any, Final

from proof.barrier import pages
from proof.book import ZERO
from proof.client import Answer, Client, Unanswered, Upload
from proof.worker import World, figure

REASON: Final = "the proof races for it"
LIMIT: Final = Decimal("1000.00")
PEOPLE: Final = ("manager", "controller")


class Races:
    """Each race makes its objects, sends what it sends at once, and counts who may have won."""

    def __init__(self, world: World, *, clients: int) -> None:
        self._world, self._tally = world, world.tally
        self._rng = random.Random(f"{world.seed}:races")
        self._one = world.client("manager", name="races")
        self._clients = [
            world.client(PEOPLE[number % len(PEOPLE)], name=f"race{number}") for number in range(clients)
        ]
        self._races: list[Callable[[], None]] = [
            self._one_payment,
            self._one_invoice,
            self._one_void,
            self._one_refund,
            self._one_key,
            self._one_number,
            self._one_reference,
            self._one_decision,
            self._one_plan,
            self._one_undo,
            self._one_limit,
            self._one_batch,
            self._one_case,
            self._one_dtr,
            self._one_payout_batch,
            self._everything,
        ]

    def run(self, until: float) -> None:
        """Every race once, then on until the time is over."""
        first = True
        while first or time.monotonic() < until:
            for race in self._rng.sample(self._races, k=len(self._races)):
                if not first and time.monotonic() > until:
                    return
                try:
                    race()
                except Unanswered as error:
                    self._tally.find(_row(race), "lost", str(error))
                except Exception as error:  # noqa: BLE001 - whatever it was, it was not predicted
                    self._tally.find(_row(race), "wrong", repr(error))
            first = False

    def _at_once(self, row: str, asked: Sequence[tuple[str, Any]], *, only: str = "") -> list[Answer]:
        """All of them at the same moment, each by a client of its own; of one person, as many as that one has."""
        clients = [client for client in self._clients if only in ("", client.username)]
        pairs = list(zip(clients, asked, strict=False))
        ready = threading.Barrier(len(pairs))

        def send(client: Client, path: str, body: Any) -> Answer:
            ready.wait()
            return client.post(path, body, row=row)

        with ThreadPoolExecutor(len(pairs)) as pool:
            sent = [pool.submit(send, client, path, body) for client, (path, body) in pairs]
            return [each.result() for each in sent]

    def _each(self, path: str, body: Any) -> list[tuple[str, Any]]:
        return [(path, body)] * len(self._clients)

    def _won(self, row: str, answers: Sequence[Answer], wanted: int, *refusals: int) -> list[Answer]:
        """Those that were done, of which there are so many; the others were refused as they should be."""
        won = [answer for answer in answers if answer.is_success]
        if len(won) != wanted:
            column = "doubled" if len(won) > wanted else "wrong"
            lost = next((str(answer) for answer in answers if not answer.is_success), "")
            self._tally.find(row, column, f"{len(won)} of {len(answers)} were done, {wanted} can be; {lost}")
        for answer in answers:
            if not answer.is_success and answer.status not in refusals:
                self._tally.find(row, "wrong", f"refused by {answer}")
        return won

    def _is_so(self, row: str, what: str, got: Any, want: Any, column: str = "wrong") -> None:
        if got != want:
            self._tally.find(row, column, f"{what}: got {got}, and {want} is right")

    # What the races are about.

    def _customer(self) -> str:
        body = {"name": f"Race {self._rng.getrandbits(48):x}", "email": "race@example.com"}
        return str(self._made("/api/customers", body)["id"])

    def _invoice(self, customer: str, amount: str, **more: Any) -> Any:
        body = {
            "customer_id": customer,
            "issue_date": self._world.today,
            "due_date": self._world.today,
            "currency": "USD",
            "items": [{"description": "race", "quantity": 1, "unit_price": amount}],
        }
        return self._made("/api/invoices", body | more)

    def _payment_body(self, customer: str, amount: str) -> dict[str, Any]:
        return {
            "customer_id": customer,
            "amount": amount,
            "currency": "USD",
            "payment_method": "bank_transfer",
            "payment_date": self._world.today,
            "reference_number": f"RACE-{self._rng.getrandbits(64):x}",
        }

    def _payment(self, customer: str, amount: str) -> str:
        return str(self._made("/api/payments", self._payment_body(customer, amount))["id"])

    def _made(self, path: str, body: Any) -> Any:
        answer = self._one.post(path, body, row="races: preparing")
        assert answer.is_success, answer
        return answer.body

    def _applied(self, amount: str) -> tuple[str, str, str]:
        """A payment of that amount that was applied in full: payment, invoice, allocation."""
        customer = self._customer()
        invoice, payment = self._invoice(customer, amount)["id"], self._payment(customer, amount)
        body = {"invoice_id": invoice, "amount": amount}
        made = self._made(f"/api/payments/{payment}/allocations", body)
        return payment, invoice, made["allocations"][0]["id"]

    def _unallocated(self, payment: str) -> Decimal:
        return figure(self._one.get(f"/api/payments/{payment}").body["unallocated_amount"])

    def _outstanding(self, invoice: str) -> Decimal:
        return figure(self._one.get(f"/api/invoices/{invoice}").body["outstanding"])

    # The races.

    def _one_payment(self) -> None:
        """100.00 applied in tens: ten of them fit, whoever comes first."""
        row = "race: one payment, one invoice"
        customer = self._customer()
        invoice, payment = self._invoice(customer, "250.00")["id"], self._payment(customer, "100.00")
        body = {"invoice_id": invoice, "amount": "10.00"}
        answers = self._at_once(row, self._each(f"/api/payments/{payment}/allocations", body))
        self._won(row, answers, 10, 400, 409)
        self._is_so(row, "unallocated", self._unallocated(payment), ZERO)
        self._is_so(row, "outstanding", self._outstanding(invoice), Decimal("150.00"))

    def _one_invoice(self) -> None:
        """Many payments of 20.00 for an invoice of 100.00: five of them."""
        row = "race: many payments, one invoice"
        customer = self._customer()
        invoice = self._invoice(customer, "100.00")["id"]
        payments = [self._payment(customer, "20.00") for _ in range(12)]
        body = {"invoice_id": invoice, "amount": "20.00"}
        answers = self._at_once(row, [(f"/api/payments/{each}/allocations", body) for each in payments])
        self._won(row, answers, 5, 400, 409)
        self._is_so(row, "outstanding", self._outstanding(invoice), ZERO)
        left = sum((self._unallocated(payment) for payment in payments), ZERO)
        self._is_so(row, "unallocated of all", left, Decimal("140.00"))

    def _one_void(self) -> None:
        row = "race: one allocation voided"
        payment, invoice, allocation = self._applied("50.00")
        path = f"/api/payments/{payment}/allocations/{allocation}/void"
        self._won(row, self._at_once(row, self._each(path, {"reason": REASON})), 1, 409)
        got = (self._unallocated(payment), self._outstanding(invoice))
        self._is_so(row, "unallocated, outstanding", got, (Decimal("50.00"), Decimal("50.00")))

    def _one_refund(self) -> None:
        """20.00 of 50.00, again and again: twice."""
        row = "race: one allocation refunded"
        payment, invoice, allocation = self._applied("50.00")
        path = f"/api/payments/{payment}/allocations/{allocation}/refund"
        body = {"amount": "20.00", "reason": REASON}
        self._won(row, self._at_once(row, self._each(path, body)), 2, 409)
        self._is_so(row, "outstanding", self._outstanding(invoice), Decimal("40.00"))

    def _one_key(self) -> None:
        """One key, one request, however often it is sent: one payment, and each is told of it."""
        row = "race: one key"
        customer = self._customer()
        body = self._payment_body(customer, "7.00")
        key = {"Idempotency-Key": str(uuid.UUID(int=self._rng.getrandbits(128), version=4))}
        ours = [client for client in self._clients if client.username == "manager"]
        ready = threading.Barrier(len(ours))

        def send(client: Client) -> Answer:
            ready.wait()
            return client.post("/api/payments", body, row=row, headers=key)

        with ThreadPoolExecutor(len(ours)) as pool:
            answers = list(pool.map(send, ours))
        self._won(row, answers, len(ours))
        self._is_so(
            row, "payments that were named", len({answer.body["id"] for answer in answers}), 1, "doubled"
        )
        listed = list(pages(self._one, f"/api/payments?customer_id={customer}"))
        self._is_so(row, "payments that are there", len(listed), 1, "doubled")

    def _one_number(self) -> None:
        row = "race: one invoice number"
        customer = self._customer()
        body = {
            "customer_id": customer,
            "number": f"RACE-{self._rng.getrandbits(48):x}",
            "issue_date": self._world.today,
            "due_date": self._world.today,
            "currency": "USD",
            "items": [{"description": "race", "quantity": 1, "unit_price": "5.00"}],
        }
        self._won(row, self._at_once(row, self._each("/api/invoices", body)), 1, 409, 400)

    def _one_reference(self) -> None:
        """The same charge from many: it is raised once, and the others are told of it."""
        row = "race: one charge"
        customer = self._customer()
        body = {
            "category": "MISC",
            "customer_id": customer,
            "reference_id": f"RACE-{self._rng.getrandbits(48):x}",
            "amount": "12.00",
            "issue_date": self._world.today,
            "due_date": self._world.today,
            "description": "race",
        }
        answers = self._at_once(row, self._each("/ledger/obligations", body))
        created = [answer for answer in answers if answer.status == 201]
        self._is_so(row, "raised", len(created), 1, "doubled")
        self._won(row, answers, len(answers))
        owed = self._one.get(f"/api/customers/{customer}/outstanding").body["total_outstanding"]
        self._is_so(row, "owed", figure(owed), Decimal("12.00"), "doubled")

    def _one_decision(self) -> None:
        """A refund that waits: approved and rejected at once, by whoever may; one word counts."""
        row = "race: one decision"
        customer = self._customer()
        payment = self._payment(customer, "1500.00")
        asked = self._one.post(
            f"/api/payments/{payment}/refund", {"amount": "1200.00", "reason": REASON}, row="races: preparing"
        )
        assert asked.status == 202, asked
        at = f"/api/refund-requests/{asked.body['refund_request_id']}"
        words = [self._rng.choice(("approve", "reject")) for _ in self._clients]
        answers = self._at_once(row, [(f"{at}/{word}", {"reason": REASON}) for word in words])
        won = [word for word, answer in zip(words, answers, strict=True) if answer.is_success]
        self._won(row, answers, 1, 403, 409)
        left = Decimal("300.00") if won == ["approve"] else Decimal("1500.00")
        self._is_so(row, f"unallocated after {won}", self._unallocated(payment), left)

    def _one_plan(self) -> None:
        """A plan that many have seen is carried out once."""
        row = "race: one plan"
        customer = self._customer()
        invoice, payment = self._invoice(customer, "90.00")["id"], self._payment(customer, "60.00")
        path = f"/api/payments/{payment}/allocations/auto"
        seen = self._made(path, {"strategy": "fifo", "preview": True})
        body = {"strategy": "fifo", "plan_hash": seen["plan_hash"]}
        self._won(row, self._at_once(row, self._each(path, body)), 1, 409, 400)
        self._is_so(row, "outstanding", self._outstanding(invoice), Decimal("30.00"))

    def _one_undo(self) -> None:
        row = "race: one operation undone"
        customer = self._customer()
        invoice, payment = self._invoice(customer, "90.00")["id"], self._payment(customer, "60.00")
        done = self._made(f"/api/payments/{payment}/allocations/auto", {"strategy": "fifo"})
        path = f"/api/operations/{done['operation_id']}/undo"
        self._won(row, self._at_once(row, self._each(path, {"reason": REASON})), 1, 409)
        got = (self._unallocated(payment), self._outstanding(invoice))
        self._is_so(row, "unallocated, outstanding", got, (Decimal("60.00"), Decimal("90.00")))

    def _one_limit(self) -> None:
        """Refunds of 300.00 from several payments of one customer: three pass, the others wait for a second person."""
        row = "race: one customer's limit"
        customer = self._customer()
        payments = [self._payment(customer, "300.00") for _ in range(8)]
        body = {"amount": "300.00", "reason": REASON}
        answers = self._at_once(row, [(f"/api/payments/{each}/refund", body) for each in payments])
        self._won(row, answers, len(answers))
        passed = sum(answer.status == 200 for answer in answers)
        if passed * Decimal("300.00") > LIMIT:
            self._tally.find(row, "doubled", f"{passed} refunds of 300.00 passed a limit of {LIMIT}")
        refunded = sum((Decimal("300.00") - self._unallocated(payment) for payment in payments), ZERO)
        self._is_so(row, "paid back", refunded, passed * Decimal("300.00"))

    def _one_batch(self) -> None:
        """The same batch at once: one is taken."""
        row = "race: one batch"
        customer = self._customer()
        lines = ["entity_id,payment_method,amount,currency,payment_date,reference_number"] + [
            f"{customer},check,{number}.00,USD,{self._world.today},RACE-{self._rng.getrandbits(48):x}"
            for number in range(1, 6)
        ]
        upload = Upload("race.csv", "\n".join(lines).encode(), {"source_type": "csv_import"})
        answers = self._at_once(row, self._each("/api/accounting/payment-batches", upload)[:12])
        won = self._won(row, answers, 1, 409)
        deadline = time.monotonic() + 120
        while won and time.monotonic() < deadline:
            batch = self._one.get(f"/api/accounting/payment-batches/{won[0].body['batch_id']}").body
            if batch["status"] not in ("pending", "processing"):
                break
            time.sleep(0.3)
        listed = list(pages(self._one, f"/api/payments?customer_id={customer}"))
        self._is_so(row, "payments of the batch", len(listed), 5, "doubled" if len(listed) > 5 else "lost")

    def _one_case(self) -> None:
        """A case submitted and canceled at once: one of them, and money only with the first."""
        row = "race: one case"
        owed = self._one.get("/ledger/balances?per_page=200&status=open&category=Lease").body["items"]
        case = self._made("/bpm/case", {"case_type": "INTPAY"})["case_no"]
        for debt in self._rng.sample(owed, k=min(20, len(owed))):
            found = self._one.get(f"/bpm/case/{case}/INTPAY-001?tlc_license_no={debt['tlc_license']}")
            if found.is_success and debt["lease_id_pk"] in [
                each["lease_id_pk"] for each in found.body["leases"]
            ]:
                break
        else:
            return
        reference = f"RACE-{self._rng.getrandbits(64):x}"
        data = {
            "driver_id": debt["driver_id"],
            "lease_id": debt["lease_id_pk"],
            "total_amount": "1.00",
            "payment_method": "ACH",
            "payment_date": str(self._world.today),
            "reference_number": reference,
            "allocations": [{"category": "LEASE", "reference_id": debt["reference_id"], "amount": "1.00"}],
        }
        submit = (f"/bpm/case/{case}", {"step_id": "INTPAY-002", "data": data})
        cancel = (f"/bpm/case/{case}/cancel", {"reason": REASON})
        asked = [submit if self._rng.random() < 0.6 else cancel for _ in self._clients]
        answers = self._at_once(row, asked)
        won = [path for (path, _), answer in zip(asked, answers, strict=True) if answer.is_success]
        self._won(row, answers, 1, 409, 400)
        listed = list(pages(self._one, f"/api/payments?customer_id={debt['customer_id']}"))
        made = sum(each["reference_number"] == reference for each in listed)
        self._is_so(row, f"payments after {won}", made, int(won == [submit[0]]), "half_done")

    def _due(self, *, count: int) -> list[dict[str, Any]]:
        rows = self._one.get("/ledger/dtrs?per_page=200").body["items"]
        due = [row for row in rows if row["status"] == "Finalized" and figure(row["due_to_driver"]) > 0]
        return self._rng.sample(due, k=count) if len(due) >= count else []

    def _is_held(self, driver_id: int) -> bool:
        """Whether nothing is paid to the driver: one payout of the demo came back from a closed account."""
        held = self._one.get(f"/ledger/payee-holds?driver_id={driver_id}&is_released=false").body
        return bool(held["total_items"])

    def _one_dtr(self) -> None:
        """One DTR paid out by many: once; it comes back once, and is due again."""
        row = "race: one DTR paid out"
        for dtr in self._due(count=1):
            at = f"/ledger/dtrs/{dtr['dtr_number']}"
            body = {
                "method": "Check",
                "reference_number": f"R{self._rng.getrandbits(40)}",
                "paid_on": self._world.today,
            }
            self._won(row, self._at_once(row, self._each(f"{at}/pay", body)), 1, 409)
            self._won(row, self._at_once(row, self._each(f"{at}/return-payout", {"reason": REASON})), 1, 409)
            self._is_so(row, "the DTR", self._one.get(f"{at}?format=json").body["status"], "Finalized")

    def _one_payout_batch(self) -> None:
        """Drafted, asked for, approved, built, sent and returned, each by many at once and each done once."""
        row = "race: one batch of payouts"
        due = self._due(count=3)
        held = {dtr["dtr_number"] for dtr in due if self._is_held(dtr["driver_id"])}
        paid = [dtr for dtr in due if dtr["dtr_number"] not in held]
        if not paid:
            return
        body = {"method": "Check", "dtr_numbers": [dtr["dtr_number"] for dtr in due]}
        drafts = self._won(
            row, self._at_once(row, self._each("/ledger/payout-batches", body), only="manager"), 1, 409
        )
        if len(drafts) != 1:
            return
        at = f"/ledger/payout-batches/{drafts[0].body['id']}"
        total = sum((figure(dtr["due_to_driver"]) for dtr in paid), ZERO)
        self._is_so(row, "total", figure(drafts[0].body["total"]), total)
        left_out = {each["dtr_number"]: each["code"] for each in drafts[0].body["left_out"]}
        self._is_so(row, "left out", left_out, dict.fromkeys(held, "on_hold"))
        # Who made or asked does not approve: that is one person's part, and the other's the next.
        for call, person in (
            ("submit", "manager"),
            ("approve", ""),
            ("build", ""),
            ("file", ""),
            ("send", ""),
        ):
            self._won(row, self._at_once(row, self._each(f"{at}/{call}", {}), only=person), 1, 403, 409)
        payouts = self._one.get(f"{at}/payouts").body["items"]
        self._is_so(row, "payouts", len(payouts), len({dtr["driver_id"] for dtr in paid}), "doubled")
        for payout in payouts:
            path = f"/ledger/payouts/{payout['id']}/return"
            answers = self._at_once(row, self._each(path, {"code": "VOID", "note": REASON}))
            recorded = {answer.body["id"] for answer in answers if answer.is_success}
            self._is_so(row, "returns", len(recorded), 1, "doubled")
        again = {
            row["dtr_number"]: row["status"]
            for row in self._one.get("/ledger/dtrs?per_page=200").body["items"]
        }
        got = {again[dtr["dtr_number"]] for dtr in due}
        self._is_so(row, "due again", got, {"Finalized"})

    def _everything(self) -> None:
        """Allocations, voids, refunds and strategies, mixed, on three payments and three invoices of one customer."""
        row = "race: everything on one customer"
        customer = self._customer()
        invoices = [self._invoice(customer, "200.00")["id"] for _ in range(3)]
        payments = [self._payment(customer, "150.00") for _ in range(3)]
        live = [
            (
                payment,
                self._made(
                    f"/api/payments/{payment}/allocations", {"invoice_id": invoice, "amount": "40.00"}
                ),
            )
            for payment, invoice in zip(payments, invoices, strict=True)
        ]
        asked = [self._mixed(payments, invoices, live) for _ in self._clients]
        answers = self._at_once(row, asked)
        back = {payment: Decimal("110.00") for payment in payments}
        owed = Decimal("600.00") - 3 * Decimal("40.00")
        for (path, _), answer in zip(asked, answers, strict=True):
            if not answer.is_success:
                if answer.status not in (400, 409):
                    self._tally.find(row, "wrong", f"{path}: {answer}")
                continue
            payment = path.split("/")[3]
            if path.endswith("/void"):
                back[payment] += Decimal("40.00")
                owed += Decimal("40.00")
            elif path.endswith("/refund") and "/allocations/" not in path:
                back[payment] -= Decimal("5.00")
            else:
                cash = sum((figure(line["allocated_amount"]) for line in answer.body["allocations"]), ZERO)
                back[payment] -= cash
                owed -= cash
        for payment, want in back.items():
            said = self._one.get(f"/api/payments/{payment}").body
            self._is_so(
                row,
                "unallocated by all that was acknowledged",
                figure(said["unallocated_amount"]),
                want,
                "half_done",
            )
            if want < ZERO:
                self._tally.find(row, "doubled", f"more of {payment} was applied than it has")
        left = sum((self._outstanding(invoice) for invoice in invoices), ZERO)
        self._is_so(row, "outstanding by all that was acknowledged", left, owed, "half_done")

    def _mixed(
        self, payments: list[str], invoices: list[str], live: list[tuple[str, Any]]
    ) -> tuple[str, Any]:
        payment = self._rng.choice(payments)
        kind = self._rng.choice(("allocate", "allocate", "void", "refund", "auto"))
        if kind == "void":
            payment, made = self._rng.choice(live)
            at = f"/api/payments/{payment}/allocations/{made['allocations'][0]['id']}/void"
            return at, {"reason": REASON}
        if kind == "refund":
            return f"/api/payments/{payment}/refund", {"amount": "5.00", "reason": REASON}
        if kind == "auto":
            strategy = self._rng.choice(("fifo", "largest_first", "proportional"))
            return f"/api/payments/{payment}/allocations/auto", {"strategy": strategy}
        body = {"invoice_id": self._rng.choice(invoices), "amount": "15.00"}
        return f"/api/payments/{payment}/allocations", body


def _row(race: Callable[[], None]) -> str:
    return f"race: {race.__name__.strip('_').replace('_', ' ')}"
