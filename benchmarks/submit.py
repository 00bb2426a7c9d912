"""Submitting an interim payment with two allocations over HTTP, against the empty authenticated endpoint."""

from __future__ import annotations

import json
import os
from datetime import timedelta
from decimal import Decimal
from typing import Any

from benchmarks.results import Section, median
from benchmarks.web import load_client, web

ROUNDS = 7
SUBMITS, EMPTIES = 300, 1_500
MAX_SECONDS = 8.0
CONNECTIONS = 4
PAYERS = 40
EMPTY = "/api/session"
TITLE = "Submitting an interim payment over HTTP"


def measure() -> Section:
    """The ratio of rates, round by round, on the web process of the Procfile."""
    headers, payers = _prepare()
    round_trips = _round_trips(headers, payers)
    with web() as port, load_client() as send:
        cases = _open_cases(SUBMITS * (ROUNDS + 1))
        empties, submits = [], []
        for number in range(ROUNDS + 1):
            turn = cases[number * SUBMITS : (number + 1) * SUBMITS]
            jobs = {
                "empty": [["GET", EMPTY, ""]] * EMPTIES,
                "submit": [
                    _submission(case_no, payers[place % len(payers)]) for place, case_no in enumerate(turn)
                ],
            }
            rates = {}
            for name in ("empty", "submit") if number % 2 else ("submit", "empty"):
                answer = send(
                    port=port,
                    connections=CONNECTIONS,
                    seconds=MAX_SECONDS,
                    headers=headers,
                    requests=jobs[name],
                )
                assert not answer["wrong"], f"{name}: {answer['wrong']}"
                rates[name] = answer["done"] / answer["seconds"]
            if number:  # the first round warms up
                empties.append(rates["empty"])
                submits.append(rates["submit"])
    section = Section(
        TITLE,
        f"gunicorn as in the Procfile ({os.environ.get('WEB_CONCURRENCY', '2')} workers), {CONNECTIONS} kept-alive "
        f"connections from a process of their own, {ROUNDS} rounds with the sides taking turns.",
    )
    section.add("empty authenticated endpoint, requests/s", f"{median(empties):,.0f}")
    section.add("submit with two allocations, requests/s", f"{median(submits):,.0f}")
    ratio = median([ours / empty for ours, empty in zip(submits, empties, strict=True)])
    section.at_least("submit ÷ empty", ratio, 0.15, goal=0.25)
    section.at_most("SQL round trips of a submit (BEGIN and COMMIT included)", round_trips, 16)
    return section


def _prepare() -> tuple[dict[str, str], list[dict[str, Any]]]:
    """Two debts large enough for all rounds on each of some leases; the cashier's headers."""
    from batconnect.core.database.tenancy import company_context
    from batconnect.core.kernel import clock
    from batconnect.core.models import User
    from batconnect.core.people.tokens import AccessToken
    from batconnect.directory.models import LeaseDriver
    from demo.companies import BIG_APPLE
    from ledger.chart import Category
    from ledger.postings import charge_credits
    from ledger.services.obligations import ObligationDraft, raise_obligations

    amount = Decimal("900000.00")
    with company_context(BIG_APPLE, job="bench") as actor:
        day = clock.today(actor.company) - timedelta(days=30)
        seats = list(
            LeaseDriver.objects.select_related("driver", "lease")
            .filter(role="Primary", until_on__isnull=True)
            .order_by("pk")[:PAYERS]
        )
        payers, drafts = [], []
        for seat in seats:
            lines = []
            for category in (Category.LEASE, Category.REPAIRS):
                reference = f"BENCH-{category.value}-{seat.lease_id}"
                lines.append({"category": category.label, "reference_id": reference, "amount": 1.25})
                drafts.append(
                    ObligationDraft(
                        category=category,
                        reference_id=reference,
                        amount=amount,
                        issue_date=day,
                        due_date=day,
                        customer_id=seat.driver.customer_id,
                        lease_id=seat.lease_id,
                        credits=charge_credits(category=category, amount=amount, is_opening=True),
                        is_opening=True,
                    )
                )
            payers.append(
                {
                    "driver_id": seat.driver_id,
                    "lease_id": seat.lease_id,
                    "total_amount": 2.5,
                    "payment_method": "ACH",
                    "payment_date": (day + timedelta(days=7)).isoformat(),
                    "allocations": lines,
                }
            )
        raise_obligations(actor=actor, drafts=drafts)
    token = AccessToken.for_user(User.objects.get(username="cashier"))
    return {"Authorization": f"Bearer {token}", "X-Company-Id": str(BIG_APPLE)}, payers


def _open_cases(count: int) -> list[str]:
    from batconnect.core.database.tenancy import company_context
    from cases.services import create_case
    from demo.companies import BIG_APPLE

    with company_context(BIG_APPLE, job="bench") as actor:
        return [create_case(actor=actor, case_type="INTPAY").case.case_no for _ in range(count)]


def _submission(case_no: str, data: dict[str, Any]) -> list[str]:
    return ["POST", f"/bpm/case/{case_no}", json.dumps({"step_id": "INTPAY-002", "data": data})]


def _round_trips(headers: dict[str, str], payers: list[dict[str, Any]]) -> int:
    """Statements of one submit in this process, with the transaction's own two."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    client = Client(HTTP_HOST="localhost", headers=headers)
    first, second = _open_cases(2)
    for case_no in (first, second):
        method, path, body = _submission(case_no, payers[0])
        with CaptureQueriesContext(connection) as captured:
            answer = client.post(path, data=body, content_type="application/json")
        assert method == "POST"
        assert answer.status_code == 200, answer.content
    return len(captured) + 2
