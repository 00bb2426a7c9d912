"""A bank's statement: lines whose payer is known become payments, the others unidentified receipts."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from batconnect.core.kernel.actors import Actor
from batconnect.directory.models import Customer
from ledger.querysets import trial_balance
from payments.batches.models import StatementMapping, UnidentifiedReceipt
from payments.batches.tests.builders import (
    RECEIPTS,
    add_customer,
    assert_books_hold,
    bill,
    outcomes,
    post,
    upload,
    work,
)
from payments.models import Payment
from payments.tests.billing import owed
from tests.cast import StaffClient
from tests.digest import assert_nothing_written

CAMT = """<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"><BkToCstmrStmt><GrpHdr><MsgId>1</MsgId></GrpHdr>
<Stmt><Id>S</Id>{entries}</Stmt></BkToCstmrStmt></Document>"""
ENTRY = """<Ntry><Amt Ccy="USD">{amount}</Amt><CdtDbtInd>{direction}</CdtDbtInd><Sts>{status}</Sts>
<BookgDt><Dt>2025-01-15</Dt></BookgDt><AcctSvcrRef>{reference}</AcctSvcrRef><NtryDtls><TxDtls>
<Refs><EndToEndId>NOTPROVIDED</EndToEndId></Refs><RltdPties><Dbtr><Nm>{name}</Nm></Dbtr><DbtrAcct><Id><IBAN>{account}</IBAN>
</Id></DbtrAcct></RltdPties><RmtInf><Ustrd>{text}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>"""


def entry(**changes: str) -> str:
    return ENTRY.format(
        **{
            "amount": "120.00",
            "direction": "CRDT",
            "status": "BOOK",
            "reference": "B-1",
            "name": "Somebody",
            "account": "",
            "text": "thank you",
            **changes,
        }
    )


def camt(*entries: str) -> bytes:
    return CAMT.format(entries="".join(entries)).encode()


def feed(client: StaffClient, content: bytes, **fields: str) -> Any:
    return upload(client, content, source_type="bank_feed", name="statement", **fields)


def unidentified(actor: Actor) -> Decimal:
    return sum(
        (-each.balance for each in trial_balance(actor=actor) if each.code == "unidentified_receipts"),
        Decimal("0.00"),
    )


@pytest.mark.parametrize("strategy", ["fifo", " FIFO"])
def test_lines_are_identified_by_number_account_or_name(
    api: StaffClient, manager: Actor, acme: Customer, strategy: str
) -> None:
    (invoice,) = bill(manager, acme, "120.00")
    add_customer(manager, "Bravo Cabs", "BRAVO-1")
    content = camt(
        entry(text=f"Payment for {invoice.number}, thanks", reference="B-1"),
        entry(name="Bravo Cabs", reference="B-2", amount="5.5"),
        entry(reference="B-3", amount="9.00"),
        entry(direction="DBIT", reference="B-4", amount="70.00"),
        entry(status="PDNG", reference="B-5", amount="71.00"),
    )

    answer = feed(api, content, allocation_strategy=strategy)
    batch = work(answer.json()["batch_id"])

    assert outcomes(batch) == [
        (1, "succeeded", ""),
        (2, "succeeded", ""),
        (3, "unmatched", ""),
        (4, "failed", "not_a_credit"),
        (5, "failed", "not_booked"),
    ]
    assert [each.customer.name for each in Payment.objects.select_related("customer").order_by("id")] == [
        "Acme Insurance",
        "Bravo Cabs",
    ]
    assert owed(invoice) == Decimal("0.00")
    assert unidentified(manager) == Decimal("9.00")
    assert_books_hold(manager)


def test_an_operator_matches_what_is_suggested_and_the_account_is_remembered(
    api: StaffClient, manager: Actor, acme: Customer
) -> None:
    (invoice,) = bill(manager, acme, "120.00")
    batch = work(feed(api, camt(entry(name="ACME INC", account="DE89 3704"))).json()["batch_id"])

    (listed,) = api.get(RECEIPTS).json()["results"]
    best = listed["suggestions"][0]
    answer = post(api, f"{RECEIPTS}/{listed['id']}/match", {"customer_id": best["customer_id"]})
    again = post(api, f"{RECEIPTS}/{listed['id']}/match", {"customer_id": best["customer_id"]})
    later = work(feed(api, camt(entry(reference="B-9", account="DE893704"))).json()["batch_id"])

    assert batch.unmatched_rows == 1
    assert (best["rank"], best["customer_id"], best["customer_name"]) == (1, str(acme.id), "Acme Insurance")
    assert best["because"][1] == f"{invoice.number} is open with exactly 120.00"
    assert (answer.status_code, answer.json()["status"], answer.json()["unallocated_amount"]) == (
        200,
        "matched",
        Decimal("120.00"),
    )
    assert (again.status_code, again.json()["code"]) == (409, "receipt_not_open")
    assert outcomes(later) == [(1, "succeeded", "")]
    assert unidentified(manager) == Decimal("0.00")
    assert_books_hold(manager)


def test_undoing_the_batch_takes_matched_and_open_receipts_back(
    api: StaffClient, manager: Actor, acme: Customer
) -> None:
    batch = work(
        feed(api, camt(entry(reference="B-1"), entry(reference="B-2", amount="30.00"))).json()["batch_id"]
    )
    receipt = UnidentifiedReceipt.objects.get(row_no=1)
    post(api, f"{RECEIPTS}/{receipt.id}/match", {"customer_id": str(acme.id)})

    answer = post(
        api, f"/api/operations/{batch.operation_id}/undo", {"reason": "The wrong account's statement"}
    )

    assert (answer.status_code, answer.json()["payments_voided"], answer.json()["receipts_voided"]) == (
        200,
        1,
        1,
    )
    assert unidentified(manager) == Decimal("0.00")
    assert_books_hold(manager)


def test_a_csv_statement_is_read_by_the_companys_mapping(
    api: StaffClient, manager: Actor, acme: Customer
) -> None:
    StatementMapping.objects.create(
        company_id=manager.company_id,
        name="House bank",
        amount_column="Credit",
        date_column="Booked on",
        payer_name_column="From",
        text_column="Words",
    )
    content = (
        b"Booked on;Credit;From;Words;Balance\r\n2025-01-15;1,200.00;Acme Insurance;rent;9\r\n"
        b"2025-01-15;-3.00;;fee;6\r\n"
    )

    answer = feed(api, content)
    batch = work(answer.json()["batch_id"])

    assert answer.json()["warnings"] == ["The column 'Balance' is not mapped and was ignored."]
    assert outcomes(batch) == [(1, "succeeded", ""), (2, "failed", "not_a_credit")]
    assert Payment.objects.get().amount == Decimal("1200.00")


BOMB = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><Document>&b;</Document>'


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (BOMB, "xml_forbidden"),
        (b"<Document><BkToCstmrStmt>", "bad_xml"),
        (b"<html><body/></html>", "bad_xml"),
        (camt(), "file_empty"),
        (b"a,b\r\n1,2\r\n", "unknown_mapping"),
        (camt(entry()).decode().encode("utf-16"), "file_encoding"),
    ],
    ids=["bomb", "broken", "other xml", "no lines", "no mapping", "utf-16 without declaration"],
)
def test_refuses_a_file_that_is_not_a_statement(
    api: StaffClient, in_north: Any, content: bytes, code: str
) -> None:
    with assert_nothing_written():
        answer = feed(api, content)

    assert (answer.status_code, answer.json()["code"]) == (400, code), answer.content
