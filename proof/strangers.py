"""Two companies on one server: marks in the rows of one that no answer to the other may have."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable
from typing import Any, Final

from proof.client import Answer, Client
from proof.tally import Tally
from proof.worker import World

MARK: Final = "CANARY"
_PARAMETER: Final = re.compile(r"{(\w+)}")
_ANSWERS: Final = {400, 403, 404, 405, 409, 410, 415, 422}
"""What a stranger's id may be answered with: nothing of them says whether it is there."""
ROW: Final = "tenancy: canaries"
SWEEP: Final = "tenancy: every GET"


def marker(seed: int) -> str:
    """The text that the second company's rows have."""
    return f"{MARK}{random.Random(f'{seed}:canary').getrandbits(64):016x}"


def strange_in(mark: str, ids: list[str]) -> Any:
    """What tells whether an answer has something of the second company: its mark or an id of its rows."""

    def strange(content: bytes, asked: bytes) -> str:
        for each in (mark, *ids):
            # What the client itself said may be said back.
            if each.encode() in content and each.encode() not in asked:
                return each
        return ""

    return strange


class Strangers:
    """The second company, whose rows have the mark, and the sweep over every GET that there is."""

    def __init__(self, world: World, mark: str, ids: list[str]) -> None:
        self._world, self._mark, self._ids = world, mark, ids
        self._theirs = world.client("outsider", name="strangers", other=True)
        self.by_kind: dict[str, str] = {}

    def settle_in(self) -> None:
        """A customer, an invoice, a payment with an allocation, a memo and an account of the second company."""
        theirs, mark = self._theirs, self._mark
        customer = self._made(
            theirs.post(
                "/api/customers",
                {"name": f"{mark} customer", "email": f"{mark}@example.com", "external_reference": mark},
                row=ROW,
            )
        )
        invoice = self._made(
            theirs.post(
                "/api/invoices",
                {
                    "customer_id": customer,
                    "number": f"{mark}-INV",
                    "issue_date": self._world.today,
                    "due_date": self._world.today,
                    "currency": "USD",
                    "notes": mark,
                    "items": [{"description": mark, "quantity": 1, "unit_price": "100.00"}],
                },
                row=ROW,
            )
        )
        payment = self._made(
            theirs.post(
                "/api/payments",
                {
                    "customer_id": customer,
                    "amount": "60.00",
                    "currency": "USD",
                    "payment_method": "bank_transfer",
                    "payment_date": self._world.today,
                    "reference_number": mark,
                    "notes": mark,
                },
                row=ROW,
            )
        )
        applied = theirs.post(
            f"/api/payments/{payment}/allocations",
            {"invoice_id": invoice, "amount": "10.00", "notes": mark},
            row=ROW,
        )
        allocation = str(applied.body["allocations"][0]["id"])
        self._ids.append(allocation)
        memo = self._made(
            theirs.post(
                "/api/accounting/credit-memos",
                {
                    "customer_id": customer,
                    "amount": "5.00",
                    "category": "MISC",
                    "reason": f"{mark} memo of ours",
                },
                row=ROW,
            )
        )
        account = self._made(
            theirs.post(
                "/api/accounting/bank-accounts",
                {"code": "canary", "name": f"{mark} account", "currency": "USD"},
                row=ROW,
            )
        )
        vendor = self._made(
            theirs.post(
                "/api/accounting/vendors",
                {"name": f"{mark} vendor", "kind": "other", "currency": "USD"},
                row=ROW,
            )
        )
        self.by_kind = {
            "customer": customer,
            "invoice": invoice,
            "payment": payment,
            "allocation": allocation,
            "memo": memo,
            "bank": account,
            "vendor": vendor,
        }

    def _made(self, answer: Answer) -> str:
        if not answer.is_success:
            self._world.tally.find(ROW, "wrong", f"the second company: {answer}")
            return "00000000-0000-7000-8000-000000000000"
        self._ids.append(str(answer.body["id"]))
        return str(answer.body["id"])

    def come_near(self) -> None:
        """The first company names the second one's rows wherever an id is taken: they are not there."""
        ours = self._world.client("manager", name="strangers")
        mine = ours.get("/api/customers?limit=1").body["results"][0]["id"]
        kind, date = self.by_kind, self._world.today
        payment = {
            "amount": "1.00",
            "currency": "USD",
            "payment_method": "bank_transfer",
            "payment_date": date,
        }
        reason = {"reason": "the proof looks around"}
        tries: Iterable[tuple[str, Any]] = [
            ("/api/payments", {**payment, "customer_id": kind["customer"]}),
            (
                "/api/invoices",
                {
                    "customer_id": kind["customer"],
                    "issue_date": date,
                    "due_date": date,
                    "currency": "USD",
                    "items": [{"description": "x", "quantity": 1, "unit_price": "1.00"}],
                },
            ),
            (f"/api/payments/{kind['payment']}/void", reason),
            (f"/api/payments/{kind['payment']}/refund", {**reason, "amount": "1.00"}),
            (f"/api/payments/{kind['payment']}/return", {"reason_code": "R01"}),
            (
                f"/api/payments/{kind['payment']}/allocations",
                {"invoice_id": kind["invoice"], "amount": "1.00"},
            ),
            (f"/api/payments/{kind['payment']}/allocations/auto", {"strategy": "fifo"}),
            (f"/api/payments/{kind['payment']}/allocations/{kind['allocation']}/void", reason),
            ("/api/accounting/credit-memos", {**reason, "invoice_id": kind["invoice"], "amount": "1.00"}),
            (
                "/api/accounting/credit-memos",
                {**reason, "customer_id": kind["customer"], "amount": "1.00", "category": "MISC"},
            ),
            (f"/api/accounting/credit-memos/{kind['memo']}/void", reason),
            (f"/api/accounting/bank-accounts/{kind['bank']}/default", {}),
            (
                "/api/accounting/vendor-bills",
                {
                    "vendor_id": kind["vendor"],
                    "number": "1",
                    "issue_date": date,
                    "lines": [{"category": "MISC", "amount": "1.00"}],
                },
            ),
            (
                "/ledger/obligations",
                {
                    "category": "MISC",
                    "customer_id": kind["customer"],
                    "reference_id": "X",
                    "amount": "1.00",
                    "issue_date": date,
                    "due_date": date,
                    "description": "x",
                },
            ),
        ]
        for path, body in tries:
            answer = ours.post(path, body, row=ROW)
            if answer.status not in _ANSWERS:
                self._world.tally.find(ROW, "leaked", f"POST {path}: {answer}")
        own = ours.post(
            "/api/payments", {**payment, "customer_id": mine, "reference_number": "PRF-STRANGER"}, row=ROW
        )
        crossed = ours.post(
            f"/api/payments/{own.body['id']}/allocations",
            {"invoice_id": kind["invoice"], "amount": "1.00"},
            row=ROW,
        )
        if crossed.status not in _ANSWERS:
            self._world.tally.find(ROW, "leaked", f"own payment on the other company's invoice: {crossed}")

    def sweep(self) -> None:
        """Every GET of the document, as people of the first company, with the second one's ids."""
        tally = self._world.tally
        for username in ("manager", "auditor"):
            ours = self._world.client(username, name="sweep")
            document = ours.get("/api/schema/", headers={"Accept": "application/json"}).body
            for path, methods in document["paths"].items():
                if "get" in methods and "token" not in path:
                    self._sweep(ours, path, tally)
        them = self._world.client("manager", name="sweep-header", other=True)
        for path in (
            "/api/customers",
            "/api/payments",
            "/api/invoices",
            "/ledger/balances",
            "/ledger/trial-balance",
        ):
            tally.count(SWEEP, "tried")
            answer = them.get(path)
            if answer.status != 403:
                tally.find(SWEEP, "leaked", f"the other company's header: GET {path}: {answer}")

    def _sweep(self, ours: Client, path: str, tally: Tally) -> None:
        names = _PARAMETER.findall(path)
        candidates = list(self.by_kind.values()) if names else [""]
        for candidate in candidates:
            asked = _PARAMETER.sub(candidate, path)
            tally.count(SWEEP, "tried")
            answer = ours.get(asked, row=SWEEP)
            tally.count(SWEEP, "acknowledged" if answer.is_success else "refused")
            if names and answer.is_success and "{" in path and not _is_public(path):
                tally.find(SWEEP, "leaked", f"{ours.username}: GET {asked}: {answer}")
        if not names:
            # What would tell apart by a filter: the mark asked for by name.
            for query in (
                f"?search={self._mark[:12]}",
                f"?customer_id={self.by_kind['customer']}",
                "?limit=200",
            ):
                tally.count(SWEEP, "tried")
                ours.get(path + query, row=SWEEP)


def _is_public(path: str) -> bool:
    """What answers alike whatever it is asked for."""
    return path.startswith(("/api/reference", "/health"))
