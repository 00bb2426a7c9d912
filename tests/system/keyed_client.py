"""A client as one should be: it repeats a payment with the same key until it knows what became of it."""

from __future__ import annotations

import http.client
import json
import threading
import time
import uuid
from http import HTTPStatus
from typing import Any, Final

from demo.companies import BIG_APPLE

PATIENCE_SECONDS: Final = 120
RETRY_SECONDS: Final = 0.1
ANSWER_SECONDS: Final = 20
AGAIN: Final = {HTTPStatus.CONFLICT, HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.UNAUTHORIZED}


class KeyedClient(threading.Thread):
    """Takes payments of one customer, one after the other, until asked to stop."""

    def __init__(self, *, port: int, password: str, payment_date: str) -> None:
        super().__init__(name="client", daemon=True)
        self._port = port
        self._login = {"username": "cashier", "password": password}
        self._payment_date = payment_date
        self._told_to_end = threading.Event()
        self._connection: http.client.HTTPConnection | None = None
        self._token = ""
        self._customer = ""
        self.acknowledged: list[str] = []
        """References of the payments that the server has confirmed."""
        self.surprises: list[str] = []
        """Refusals, and payments that nobody confirmed in time: there should be none."""
        self.last_begun = 0.0
        """When the last confirmed payment was first sent, on the monotonic clock."""

    def end(self) -> None:
        """Finish the payment at hand, and take no more."""
        self._told_to_end.set()
        self.join(timeout=PATIENCE_SECONDS)

    def run(self) -> None:
        while not self._told_to_end.is_set():
            self._pay(reference=f"KEYED-{uuid.uuid4()}", key=str(uuid.uuid4()))

    def _pay(self, *, reference: str, key: str) -> None:
        began = time.monotonic()
        while time.monotonic() - began < PATIENCE_SECONDS:
            status, answer = self._send(reference=reference, key=key)
            if status == HTTPStatus.CREATED:
                self.acknowledged.append(reference)
                self.last_begun = began
                return
            if status == HTTPStatus.UNAUTHORIZED:
                self._token = ""
            if status not in AGAIN and HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR:
                self.surprises.append(f"{status} {answer}")
                return
            time.sleep(RETRY_SECONDS)
        self.surprises.append(f"{reference}: no confirmation within {PATIENCE_SECONDS} s")

    def _send(self, *, reference: str, key: str) -> tuple[int, Any]:
        """The answer's status and body; 0 when there was none, and what became of the payment is unknown."""
        body = {
            "amount": "1.00",
            "currency": "USD",
            "payment_method": "cash",
            "payment_date": self._payment_date,
            "reference_number": reference,
        }
        try:
            if not self._token:
                self._token = self._call("POST", "/api/token/", self._login)[1]["access"]
            if not self._customer:
                self._customer = self._call("GET", "/api/customers?limit=1")[1]["results"][0]["id"]
            return self._call("POST", "/api/payments", {**body, "customer_id": self._customer}, key=key)
        # KeyError: the sign-in or the customer was answered with a fault.
        except (OSError, http.client.HTTPException, ValueError, KeyError):
            self._connection = None
            return 0, None

    def _call(self, method: str, path: str, body: Any = None, *, key: str = "") -> tuple[int, Any]:
        if self._connection is None:
            self._connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=ANSWER_SECONDS)
        headers = {"Content-Type": "application/json", "X-Company-Id": str(BIG_APPLE)}
        if self._token and path != "/api/token/":
            headers["Authorization"] = f"Bearer {self._token}"
        if key:
            headers["Idempotency-Key"] = key
        self._connection.request(method, path, body=json.dumps(body) if body else None, headers=headers)
        answer = self._connection.getresponse()
        return answer.status, json.loads(answer.read() or b"null")
