"""A payment's receipt over HTTP: JSON by its statements, PDF against WeasyPrint on the same HTML."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from benchmarks.results import Section, median

TITLE = "A payment's receipt"
INVOICES = 12
ROUNDS, REPEATS = 7, 4


def measure() -> Section:
    """The whole request for a PDF, divided by WeasyPrint alone on the HTML that the request prints."""
    payment_id, client = _prepare()
    path = f"/api/payments/{payment_id}/receipt"
    html = _html(payment_id)
    pdf = _fetch(client, f"{path}?format=pdf")
    sides: dict[str, Callable[[], Any]] = {"ours": pdf, "weasyprint": lambda: _print(html)}
    ratios, json_ms, pdf_ms = [], [], []
    for number in range(ROUNDS + 1):
        taken = {name: _timed(sides[name]) for name in (sides if number % 2 else reversed(sides))}
        json_ms.append(_timed(_fetch(client, path)) * 1000)
        if number:  # the first round warms up
            ratios.append(taken["ours"] / taken["weasyprint"])
            pdf_ms.append(taken["ours"] * 1000)
    section = Section(
        TITLE,
        f"A payment applied to {INVOICES} invoices, in one process without a server, {ROUNDS} rounds with the sides "
        "taking turns.",
    )
    section.add("JSON, ms", f"{median(json_ms[1:]):.1f}")
    section.add("PDF, ms", f"{median(pdf_ms):.0f}")
    section.at_most("SQL statements of a JSON receipt", _statements(client, path), 8)
    section.at_most("PDF over HTTP ÷ WeasyPrint on the same HTML", median(ratios), 1.25)
    return section


def _prepare() -> tuple[UUID, Any]:
    from django.test import Client

    from batconnect.core.database.tenancy import company_context
    from batconnect.core.kernel import clock
    from batconnect.core.models import User
    from batconnect.core.people.tokens import AccessToken
    from batconnect.directory.services import add_customer
    from demo.companies import BIG_APPLE
    from payments.services.auto import AutoOptions, auto_allocate_payment
    from payments.services.invoices import InvoiceItem, issue_invoice
    from payments.services.recording import record_payment

    with company_context(BIG_APPLE, job="bench") as actor:
        day = clock.today(actor.company)
        customer = add_customer(actor=actor, name="Bench Dispatch", email="bench@acme.example")
        for _ in range(INVOICES):
            issue_invoice(
                actor=actor,
                customer_id=customer.id,
                issue_date=day,
                due_date=day + timedelta(days=30),
                items=[InvoiceItem("Dispatch", Decimal(1), Decimal(100))],
                early_payment_discount_percent=Decimal(2),
                early_payment_discount_days=10,
            )
        payment = record_payment(
            actor=actor,
            customer_id=customer.id,
            amount=Decimal("1500.00"),
            method="bank_transfer",
            payment_date=day,
        ).payment
        options = AutoOptions(strategy="fifo", apply_early_payment_discount=True)
        auto_allocate_payment(actor=actor, payment_id=payment.id, options=options)
    token = AccessToken.for_user(User.objects.get(username="cashier"))
    headers = {"Authorization": f"Bearer {token}", "X-Company-Id": str(BIG_APPLE)}
    return payment.id, Client(HTTP_HOST="localhost", headers=headers)


def _html(payment_id: UUID) -> str:
    from django.template.loader import render_to_string

    from batconnect.core.database.tenancy import company_context
    from demo.companies import BIG_APPLE
    from payments.printed import receipt_context
    from payments.services.receipts import read_payment_receipt

    with company_context(BIG_APPLE, job="bench") as actor:
        receipt = read_payment_receipt(actor=actor, payment_id=payment_id)
        return render_to_string("pdf/receipt.html", receipt_context(actor=actor, receipt=receipt))


def _print(html: str) -> bytes:
    import weasyprint

    return bytes(weasyprint.HTML(string=html, base_url="about:blank").write_pdf())


def _fetch(client: Any, path: str) -> Callable[[], bytes]:
    def fetch() -> bytes:
        answer = client.get(path)
        assert answer.status_code == 200, answer.content
        return bytes(answer.content)

    return fetch


def _timed(work: Callable[[], Any]) -> float:
    began = time.perf_counter()
    for _ in range(REPEATS):
        work()
    return (time.perf_counter() - began) / REPEATS


def _statements(client: Any, path: str) -> int:
    """Statements of the request, without the transaction's own two."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as captured:
        _fetch(client, path)()
    return len(captured)
