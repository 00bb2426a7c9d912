"""The people of the day, for locust: run by `python -m benchmarks.load` in an environment of its own.

Nothing of the project's is imported but the proof's client, which needs Python alone. `LOAD_WORLD` names a file with
what they work on, `LOAD_CALLS` the one into which each call is written: `[begun, kind, milliseconds, what went wrong]`.
"""

from __future__ import annotations

import csv
import json
import os
import random
import time
import uuid
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from locust import FastHttpUser, LoadTestShape, between, constant_pacing, events, task

from proof.camt import camt
from proof.client import Tokens, Upload

WORLD = json.loads(Path(os.environ["LOAD_WORLD"]).read_text())
TODAY = date.fromisoformat(WORLD["today"])
TOKENS = Tokens(port=WORLD["port"], password=WORLD["password"])
RENEW_SECONDS = 600.0
PATIENCE_SECONDS = 120.0
BATCH_ROWS, FILE_LINES = 100, 50
_calls = csv.writer(Path(os.environ["LOAD_CALLS"]).open("w", newline=""))  # noqa: SIM115 - until locust ends
_renewed: dict[str, tuple[float, str]] = {}
_cookies: dict[str, str] = {}


@events.request.add_listener
def _keep(name: str, response_time: float, exception: Any, start_time: float, **_: Any) -> None:
    _calls.writerow([f"{start_time:.3f}", name, f"{response_time:.1f}", repr(exception) if exception else ""])


class Rising(LoadTestShape):
    """One step after the other; the people of a step come at once."""

    use_common_options = False

    def tick(self) -> tuple[int, float] | None:
        step = int(self.get_run_time() / WORLD["seconds"])
        return (WORLD["steps"][step], 50.0) if step < len(WORLD["steps"]) else None


def token_of(username: str) -> str:
    """A person's token, renewed before it ends."""
    taken, token = _renewed.get(username, (0.0, ""))
    if time.monotonic() - taken > RENEW_SECONDS:
        token = TOKENS.of(username, instead_of=token)
        _renewed[username] = (time.monotonic(), token)
    return token


def amount(low: int, high: int) -> str:
    """Some amount in whole cents."""
    return str(Decimal(random.randint(low * 100, high * 100)) / 100)


class Person(FastHttpUser):
    """Somebody with an account, by the API."""

    abstract = True
    host = f"http://127.0.0.1:{WORLD['port']}"
    username = "manager"
    network_timeout = connection_timeout = PATIENCE_SECONDS

    def call(self, kind: str, method: str, path: str, body: Any = None, *, media_type: str = "") -> Any:
        """Call, and count whatever is not a success as an error; the answer's body."""
        headers = {"Authorization": f"Bearer {token_of(self.username)}", "X-Company-Id": WORLD["company"]}
        data: Any = None
        if body is not None:
            headers["Idempotency-Key"] = str(uuid.uuid4())
            headers["Content-Type"] = media_type or "application/json"
            data = body if media_type else json.dumps(body)
        with self.client.request(
            method, path, name=kind, headers=headers, data=data, catch_response=True
        ) as answer:
            if not 200 <= answer.status_code < 300:
                answer.failure(f"{answer.status_code} {(answer.text or '')[:300]}")
                return None
            answer.success()
            return (
                json.loads(answer.content)
                if "json" in answer.headers.get("Content-Type", "")
                else answer.content
            )

    def until(self, kind: str, path: str, is_done: Any) -> None:
        """Look until a worker has done it: one call of its own, as long as that took."""
        began, clock = time.perf_counter(), time.time()
        failure: Exception | None = TimeoutError(f"not done after {PATIENCE_SECONDS:.0f} s")
        while time.perf_counter() - began < PATIENCE_SECONDS:
            said = self.call("look whether it is done", "GET", path)
            if said is not None and is_done(said):
                failure = None
                break
            time.sleep(0.5)
        taken = (time.perf_counter() - began) * 1000
        events.request.fire(
            request_type="JOB",
            name=kind,
            response_time=taken,
            response_length=0,
            exception=failure,
            start_time=clock,
        )


class ApiClient(Person):
    """Another program: bills, takes payments, applies them, looks at what is owed."""

    weight = 6
    wait_time = between(0.4, 1.2)

    def on_start(self) -> None:
        self.open: list[str] = []
        self.cash: list[str] = []

    @task(4)
    def owed(self) -> None:
        self.call(
            "what a customer owes", "GET", f"/api/customers/{random.choice(WORLD['customers'])}/outstanding"
        )

    @task(4)
    def payments(self) -> None:
        self.call("list of payments", "GET", "/api/payments?limit=50")

    @task(3)
    def invoice(self) -> None:
        body = {
            "customer_id": random.choice(WORLD["customers"]),
            "issue_date": str(TODAY),
            "due_date": str(TODAY + timedelta(days=30)),
            "currency": "USD",
            "items": [{"description": "load", "quantity": 1, "unit_price": amount(5, 200)}],
        }
        self.call("invoice", "POST", "/api/invoices", body)

    @task(4)
    def take_and_apply(self) -> None:
        body = payment(random.choice(WORLD["customers"]), "bank_transfer")
        if (taken := self.call("payment", "POST", "/api/payments", body)) is None:
            return
        at = f"/api/payments/{taken['id']}"
        self.call("allocation by strategy", "POST", f"{at}/allocations/auto", {"strategy": "fifo"})
        self.call("receipt", "GET", f"{at}/receipt?format=json")


def payment(customer: str, method: str) -> dict[str, Any]:
    return {
        "customer_id": customer,
        "amount": amount(5, 300),
        "currency": "USD",
        "payment_method": method,
        "payment_date": str(TODAY),
        "reference_number": f"LOAD-{uuid.uuid4().hex[:16]}",
    }


class Cashier(Person):
    """At the counter: looks into the console, takes cash."""

    weight = 5
    username = "cashier"
    wait_time = between(0.5, 1.5)

    def on_start(self) -> None:
        # All have signed in before the day: who did so last lends the cookies.
        if not _cookies:
            _cookies.update(self.sign_in())
        self.cookies = "; ".join(f"{name}={value}" for name, value in _cookies.items())

    def sign_in(self) -> dict[str, str]:
        page = self.client.get("/admin/login/", name="sign-in form").text or ""
        token = page.split('name="csrfmiddlewaretoken" value="', 1)[1].split('"', 1)[0]
        form = {"csrfmiddlewaretoken": token, "username": self.username, "password": WORLD["password"]}
        with self.client.post(
            "/admin/login/?next=/admin/",
            name="sign-in",
            data=form,
            headers={"Referer": f"{self.host}/admin/login/"},
            allow_redirects=False,
            catch_response=True,
        ) as answer:
            if answer.status_code == 302:
                answer.success()
            else:
                answer.failure(f"{answer.status_code}: not signed in")
        return {cookie.name: cookie.value or "" for cookie in self.client.cookiejar}

    def page(self, kind: str, path: str) -> None:
        with self.client.get(
            path, name=kind, headers={"Cookie": self.cookies}, allow_redirects=False, catch_response=True
        ) as answer:
            if answer.status_code == 200:
                answer.success()
            else:
                answer.failure(f"{answer.status_code}: {path}")

    @task(1)
    def front(self) -> None:
        self.page("console: front page", "/admin/")

    @task(3)
    def form(self) -> None:
        self.page("console: form of a payment", "/admin/counter/payment/")

    @task(2)
    def listed(self) -> None:
        self.page("console: list of payments", "/admin/payments/payment/")

    @task(4)
    def take(self) -> None:
        body = payment(random.choice(WORLD["customers"]), "cash")
        body |= {"auto_allocate": True, "allocation_strategy": "fifo"}
        self.call("payment with allocation", "POST", "/api/payments", body)


class Accountant(Person):
    """Reads reports."""

    weight = 1
    wait_time = between(1.0, 3.0)

    @task(2)
    def trial_balance(self) -> None:
        self.call("trial balance", "GET", "/ledger/trial-balance")

    @task(1)
    def profit_and_loss(self) -> None:
        self.call("profit and loss", "GET", f"/ledger/profit-and-loss?from={TODAY.replace(day=1)}&to={TODAY}")

    @task(1)
    def balances(self) -> None:
        self.call("balances as CSV", "GET", "/ledger/export?export_type=balances&format=csv")

    @task(1)
    def postings(self) -> None:
        self.call("list of postings", "GET", "/ledger/postings?per_page=50")


class Office(Person):
    """One person: a batch of payments, then a file of the bank, as soon as the last one is worked off."""

    fixed_count = 1
    wait_time = constant_pacing(8)

    def on_start(self) -> None:
        self.number, self.balance = 1, Decimal("0.00")

    @task
    def batch(self) -> None:
        lines = ["entity_id,payment_method,amount,currency,payment_date,reference_number"]
        for _ in range(BATCH_ROWS):
            customer = random.choice(WORLD["customers"])
            lines.append(f"{customer},check,{amount(1000, 999999)},USD,{TODAY},LOAD-{uuid.uuid4().hex[:16]}")
        said = self.upload(
            "batch of 100 rows, upload",
            "/api/accounting/payment-batches",
            Upload(f"{uuid.uuid4().hex}.csv", "\n".join(lines).encode(), {"source_type": "csv_import"}),
        )
        if said:
            self.until(
                "batch of 100 rows, worked off",
                f"/api/accounting/payment-batches/{said['batch_id']}",
                lambda batch: batch["status"] not in ("pending", "processing"),
            )

    @task
    def bank_file(self) -> None:
        lines = [(f"LOAD-{uuid.uuid4().hex[:16]}", Decimal(amount(1, 900))) for _ in range(FILE_LINES)]
        content = camt(self.number, opening=self.balance, lines=lines, day=TODAY - timedelta(days=3))
        said = self.upload(
            "bank file of 50 lines, upload",
            "/api/accounting/bank-statements",
            Upload(f"load-{self.number}.xml", content, {"bank_account_id": WORLD["bank_account"]}),
        )
        if said:
            self.number += 1
            self.balance += sum((value for _, value in lines), Decimal("0.00"))
            self.until(
                "bank file of 50 lines, booked",
                f"/api/accounting/bank-statements/{said['statements'][0]['id']}",
                lambda read: read["status"] == "booked" and read["progress_percentage"] == 100,
            )

    def upload(self, kind: str, path: str, upload: Upload) -> Any:
        body, media_type = upload.encode()
        return self.call(kind, "POST", path, body, media_type=media_type)
