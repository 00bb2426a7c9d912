"""Receipts, payers' accounts and columns of statements from before there were statements come along, once."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from psycopg import sql

from bank.models import Explanation, LinePart, MatchRule, StatementMapping
from bank.services.receipts import unmatch_receipt
from bank.tests.builders import unidentified
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.ids import uuid7
from batconnect.directory.models import Customer
from ledger import chart
from ledger.clearing.postings import PROCESSOR
from ledger.postings import EntryDraft, Leg
from ledger.services import post_entries
from payments.batches.models import PaymentBatch
from payments.models import Payment
from payments.postings import MATCH
from tests.databases import superuser_connection

WHY = "It was the other Acme's money"
DAY = date(2026, 1, 15)
move = importlib.import_module("bank.migrations.0003_receipts")
TABLES = """
create temp table unidentified_receipts (id uuid, company_id uuid, batch_id uuid, row_no int, amount numeric(12, 2),
  currency text, method text, payment_date date, reference_number text, payer_name text, payer_account text, text text,
  status text, payment_id uuid, explained_type text, explained_id uuid, matched_by text, matched_at timestamptz,
  created_at timestamptz);
create temp table payer_accounts (company_id uuid, account text, customer_id uuid, created_at timestamptz);
create temp table statement_mappings (id uuid, company_id uuid, name text, amount_column text, date_column text,
  reference_column text, payer_name_column text, payer_account_column text, text_column text, currency_column text,
  created_at timestamptz);
"""


@pytest.fixture(scope="module")
def temporary_tables(django_db_setup: None) -> Iterator[None]:
    """While the tests last, the runtime role may make temporary tables."""
    right = sql.SQL("temporary on database {}").format(sql.Identifier(str(connection.settings_dict["NAME"])))
    role = sql.Identifier(str(connection.settings_dict["USER"]))
    with superuser_connection() as server:
        server.execute(sql.SQL("grant {} to {}").format(right, role))
    yield
    with superuser_connection() as server:
        server.execute(sql.SQL("revoke {} from {}").format(right, role))


@pytest.fixture
def old_tables(temporary_tables: None, manager: Actor) -> Iterator[None]:
    """The tables as they were."""
    with connection.cursor() as cursor:
        cursor.execute(TABLES)
    yield
    with connection.cursor() as cursor:
        cursor.execute("drop table unidentified_receipts, payer_accounts, statement_mappings")


def old_receipt(actor: Actor, batch: PaymentBatch, row_no: int, **values: Any) -> Any:
    """A receipt as it was received: Dr cash / Cr unidentified receipts."""
    given: dict[str, Any] = {
        "id": uuid7(),
        "company_id": actor.company_id,
        "batch_id": batch.id,
        "row_no": row_no,
        "amount": Decimal("120.00"),
        "currency": "USD",
        "method": "bank_transfer",
        "payment_date": DAY,
        "reference_number": f"B-{row_no}",
        "payer_name": "ACME",
        "payer_account": "DE893704",
        "text": "thank you",
        "status": "open",
        "explained_type": "",
        "matched_by": "",
        **values,
    }
    columns = ", ".join(given)
    with connection.cursor() as cursor:
        cursor.execute(
            f"insert into unidentified_receipts ({columns}, created_at) "
            f"values ({', '.join(['%s'] * len(given))}, now())",
            list(given.values()),
        )
    post_entries(
        actor=actor,
        drafts=[
            EntryDraft(
                event="unidentified_received",
                source_type="payments.unidentified_receipt",
                source_id=str(given["id"]),
                currency="USD",
                effective_on=DAY,
                operation_id=batch.operation_id,
                legs=(
                    Leg(chart.cash("bank_transfer"), given["amount"]),
                    Leg(chart.UNIDENTIFIED_RECEIPTS, -given["amount"]),
                ),
            )
        ],
    )
    return given["id"]


def matched(actor: Actor, customer: Customer, number: int) -> Payment:
    """A payment of 120.00 that a receipt became."""
    payment = Payment.objects.create(
        id=uuid7(),
        company_id=actor.company_id,
        kind=Payment.Kind.OTHER,
        number=f"PAY-2026-{number:03}",
        number_order=900 + number,
        customer=customer,
        currency="USD",
        amount=Decimal("120.00"),
        unallocated=Decimal("120.00"),
        method="bank_transfer",
        payment_date=DAY,
        cashier=actor.name,
    )
    legs = (
        Leg(chart.UNIDENTIFIED_RECEIPTS, payment.amount),
        Leg(chart.UNALLOCATED_CASH, -payment.amount, payment_id=payment.id),
    )
    post_entries(
        actor=actor,
        drafts=[EntryDraft("unidentified_matched", MATCH, str(payment.id), "USD", DAY, legs, customer.id)],
    )
    return payment


def make_batch(actor: Actor) -> PaymentBatch:
    return PaymentBatch.objects.create(
        company_id=actor.company_id,
        number="BATCH-20260115-001",
        source_type="bank_feed",
        status="completed",
        checksum="0" * 64,
        total_rows=4,
        created_by_name=actor.name,
    )


def run() -> None:
    """Migrate the rows; the test goes on in its own company."""
    with connection.cursor() as cursor:
        cursor.execute("select current_setting('app.current_company_id')")
        here = cursor.fetchone()
        try:
            move.move(None, SimpleNamespace(connection=connection))
        finally:
            cursor.execute("select set_config('app.current_company_id', %s, true)", here)


@pytest.mark.usefixtures("old_tables")
def test_everything_comes_along_once(manager: Actor, acme: Customer, monkeypatch: pytest.MonkeyPatch) -> None:
    batch, payment = make_batch(manager), matched(manager, acme, 1)
    deposit_id = uuid7()
    opened = old_receipt(manager, batch, 1)
    taken = {"matched_by": "Mara", "matched_at": "2026-01-16"}
    became = old_receipt(manager, batch, 2, status="matched", payment_id=payment.id, **taken)
    explained = old_receipt(
        manager, batch, 3, status="explained", explained_type=PROCESSOR, explained_id=deposit_id, **taken
    )
    legs = (
        Leg(chart.UNIDENTIFIED_RECEIPTS, Decimal("120.00")),
        Leg(chart.EARNINGS_CLEARING, Decimal("-120.00")),
    )
    post_entries(
        actor=manager,
        drafts=[EntryDraft("processor_deposited", PROCESSOR, str(deposit_id), "USD", DAY, legs)],
    )
    with connection.cursor() as cursor:
        here = [manager.company_id, acme.id]
        cursor.execute("insert into payer_accounts values (%s, 'DE893704', %s, now())", here)
        cursor.execute(
            "insert into statement_mappings values (%s, %s, 'Bank', 'Betrag', 'Tag', '', 'Von', '', '', '', now())",
            [uuid7(), manager.company_id],
        )
    monkeypatch.setattr(move, "AT_ONCE", 2)

    # It gives up within the second step, and is run again; and once more when all is done.
    explanations = move.EXPLANATIONS
    monkeypatch.setattr(move, "EXPLANATIONS", explanations.replace("'live'", "'nobody'"))
    with pytest.raises(Exception, match="explanation"):
        run()
    monkeypatch.setattr(move, "EXPLANATIONS", explanations)
    run()
    run()

    parts = {each.id: each for each in LinePart.objects.all()}
    assert {key: (each.status, each.row_no, each.explained) for key, each in parts.items()} == {
        opened: ("open", 1, Decimal("0.00")),
        became: ("explained", 2, Decimal("120.00")),
        explained: ("explained", 3, Decimal("120.00")),
    }
    made = {each.part_id: each for each in Explanation.objects.all()}
    assert (made[became].kind, made[became].payment_id, made[became].made_by) == (
        "payment",
        payment.id,
        "Mara",
    )
    assert (made[explained].kind, made[explained].source_id) == ("processor", str(deposit_id))
    assert all(each.entry_id for each in made.values())
    rule = MatchRule.objects.get()
    assert (rule.on, rule.pattern, rule.customer_id, rule.is_active) == ("account", "DE893704", acme.id, True)
    assert StatementMapping.objects.get().payer_name_column == "Von"
    payment.refresh_from_db()
    assert payment.at_bank_id == made[became].id

    unmatch_receipt(actor=manager, receipt_id=became, reason=WHY)

    payment.refresh_from_db()
    assert (payment.status, LinePart.objects.get(id=became).status) == ("voided", "open")
    assert unidentified(manager) == Decimal("240.00")


@pytest.mark.usefixtures("old_tables")
def test_undoing_a_batch_from_before_takes_its_receipts_out(manager: Actor, acme: Customer, api: Any) -> None:
    batch, payment = make_batch(manager), matched(manager, acme, 1)
    old_receipt(manager, batch, 1)
    old_receipt(
        manager, batch, 2, status="matched", payment_id=payment.id, matched_by="Mara", matched_at="2026-01-16"
    )
    run()

    answer = api.post(
        f"/api/operations/{batch.operation_id}/undo",
        {"reason": "The wrong account's statement"},
        headers={"Idempotency-Key": str(uuid7())},
    )

    assert (answer.status_code, answer.json()["payments_voided"], answer.json()["receipts_voided"]) == (
        200,
        1,
        2,
    )
    assert {each.status for each in LinePart.objects.all()} == {"voided"}
    assert unidentified(manager) == Decimal("0.00")
