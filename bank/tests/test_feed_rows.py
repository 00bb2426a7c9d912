"""What rows of a bank feed say of their lines: held, undone, canceled, not read, and of whom."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import pytest

from bank.models import LinePart, Statement, StatementLine
from bank.services import batch_outcomes
from bank.services.explaining import Decision, explain_part
from bank.services.held_lines import decide_line
from bank.services.intake import receive_statements
from bank.services.kinds.interface import Piece
from bank.services.receipts import match_receipt
from bank.tests.builders import book, unidentified
from bank.tests.readers.files import camt, entry
from bank.tests.test_feed_cases import amounts, at_the_bank, became, map_columns, send, take
from batconnect.core.kernel.actors import Actor
from batconnect.directory.models import Customer
from payments.batches.models import PaymentBatch
from payments.batches.services.following import rows_of_payments
from payments.batches.tests.builders import (
    PATH,
    assert_books_hold,
    outcomes,
    post,
    row,
    table,
    upload,
    work,
)
from payments.models import Payment
from tests.cast import StaffClient
from tests.digest import assert_nothing_written

OVERLAP = [
    entry("31.11", reference="OV-1"),
    entry("31.22", reference="OV-2"),
    entry("31.33", reference="OV-3"),
]


def _places(listed: Iterable[dict[str, Any]]) -> list[tuple[str, int]]:
    return [(each["batch_id"], each["row"]) for each in listed]


@pytest.mark.parametrize(
    ("content", "columns"),
    [
        (
            "Date,Description,Debit,Credit,Balance\n11/20/2026,FEE,15.00,,\n11/20/2026,TST-B-1001,,500.00,\n"
            "11/21/2026,RENT,200.00,0.00,\n",
            {"debit_column": "Debit", "credit_column": "Credit", "date_column": "Date"},
        ),
        (
            "Account Number,Transaction Date,Transaction Amount,Transaction Type,Transaction Description,Balance\n"
            "1234,11/20/2026,15.00,Debit,FEE,1\n1234,11/20/2026,500.00,Credit,TST-B-1001,1\n"
            "1234,11/21/2026,200.00,Debit,RENT,1\n",
            {
                "amount_column": "Transaction Amount",
                "direction_column": "Transaction Type",
                "date_column": "Transaction Date",
            },
        ),
    ],
    ids=["36 debit and credit columns", "37 a direction column"],
)
def test_money_out_is_no_receipt(
    api: StaffClient, manager: Actor, content: str, columns: dict[str, str]
) -> None:
    map_columns(manager, **columns)

    batch = take(api, content)

    assert became(batch) == ["money_out", "unmatched", "money_out"]
    assert (amounts("in"), amounts("out")) == (
        [Decimal("500.00")],
        [Decimal("15.00"), Decimal("200.00")],
    )
    assert batch.money_out_rows == 2
    assert_books_hold(manager)


def test_an_undone_batch_leaves_its_lines_booked(api: StaffClient, manager: Actor) -> None:
    batch = take(api, camt(*OVERLAP))

    answer = post(
        api, f"/api/operations/{batch.operation_id}/undo", {"reason": "The wrong account's statement"}
    )

    assert (answer.status_code, answer.json()["receipts_voided"]) == (200, 0)
    assert unidentified(manager) == Decimal("93.66")
    assert {each.status for each in LinePart.objects.all()} == {"open"}
    assert_books_hold(manager)


def test_a_receipt_of_a_feed_names_its_batch_and_row(api: StaffClient, manager: Actor) -> None:
    batch = take(api, camt(*OVERLAP))

    listed = api.get("/api/accounting/unidentified-receipts").json()["results"]

    assert _places(listed) == [(str(batch.id), 3), (str(batch.id), 2), (str(batch.id), 1)]


def test_another_companys_account_is_not_found(
    api: StaffClient, client_of: Any, manager: Actor, in_north: Any
) -> None:
    with assert_nothing_written():
        answer = send(api, camt(*OVERLAP), bank_account_id="01900000-0000-7000-8000-00000000ffff")

    assert (answer.status_code, answer.json()["code"]) == (404, "bank_account_not_found")


def test_lines_that_are_pending_say_so(api: StaffClient, manager: Actor) -> None:
    pending = entry("71.00", inside="<Sts>PDNG</Sts>", reference="P1")

    batch = take(api, camt(entry("9.00", reference="B-3"), pending))

    assert outcomes(batch) == [(1, "unmatched", ""), (2, "failed", "not_booked")]
    assert at_the_bank(manager) == Decimal("9.00")
    assert_books_hold(manager)


def test_a_worker_that_dies_leaves_each_line_once(
    api: StaffClient, manager: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = camt(*OVERLAP, entry("12.00", "DBIT", reference="OV-4"))
    answer = send(api, content)
    monkeypatch.setattr(batch_outcomes, "_AT_ONCE", 2)
    record, calls = batch_outcomes.record_outcomes, []

    def die(**values: Any) -> None:
        calls.append(values)
        if len(calls) == 2:
            raise OSError("the power failed")
        record(**values)

    monkeypatch.setattr(batch_outcomes, "record_outcomes", die)
    with pytest.raises(OSError, match="power"):
        work(answer.json()["batch_id"])
    half = PaymentBatch.objects.get()
    batch = work(answer.json()["batch_id"])

    assert (half.status, half.unmatched_rows) == ("processing", 2)
    assert (became(batch), batch.status) == (["unmatched"] * 3 + ["money_out"], "completed")
    assert StatementLine.objects.filter(state="booked").count() == LinePart.objects.count() == 4
    assert_books_hold(manager)


def test_a_held_line_tells_its_row_what_was_decided(api: StaffClient, manager: Actor) -> None:
    take(api, camt(*OVERLAP[:1]))
    batch = take(api, camt(entry("77.00", reference="OV-1")))
    held = became(batch)

    decide_line(actor=manager, line_id=StatementLine.objects.get(state="held").id, is_known=False)

    batch.refresh_from_db()
    assert (held, became(batch)) == (["held"], ["unmatched"])
    assert (batch.held_rows, batch.unmatched_rows, batch.status) == (0, 1, "completed")
    assert_books_hold(manager)


def test_canceling_a_feed_that_nobody_began_books_nothing(api: StaffClient, manager: Actor) -> None:
    batch_id = send(api, camt(*OVERLAP)).json()["batch_id"]

    answer = post(api, f"{PATH}/{batch_id}/cancel")
    batch = work(batch_id)

    assert (answer.status_code, batch.status, became(batch)) == (200, "cancelled", ["cancelled"] * 3)
    assert Statement.objects.get().status == "refused"
    assert not LinePart.objects.exists()
    assert_books_hold(manager)


def test_a_row_that_cannot_be_read_fails_and_the_others_are_booked(api: StaffClient, manager: Actor) -> None:
    map_columns(manager, amount_column="Amount", date_column="Date")

    batch = take(api, "Date,Amount\n11/20/2026,5.00\n11/20/2026,five\n11/20/2026,-6.00\n")

    assert [status for _, status, _ in outcomes(batch)] == ["unmatched", "failed", "money_out"]
    assert batch.status == "completed_with_errors"
    assert api.get(f"{PATH}/{batch.id}").json()["errors"][0]["row"] == 2
    assert_books_hold(manager)


def test_undoing_takes_back_lines_of_several_pieces(api: StaffClient, manager: Actor, acme: Customer) -> None:
    batch = take(api, camt(entry("100.00", reference="K-1"), entry("7.00", reference="K-2")))
    kept, interest = LinePart.objects.order_by("row_no")
    said = Decision(by="system", operation_id=Statement.objects.get().operation_id)
    explain_part(
        actor=manager,
        part_id=kept.id,
        pieces=[
            Piece("payment", Decimal("103.00"), customer_id=acme.id),
            Piece("charges", Decimal("-3.00")),
        ],
        decision=said,
    )
    explain_part(
        actor=manager, part_id=interest.id, pieces=[Piece("interest", Decimal("7.00"))], decision=said
    )

    answer = post(
        api, f"/api/operations/{batch.operation_id}/undo", {"reason": "The wrong account's statement"}
    )

    assert (answer.status_code, answer.json()["payments_voided"]) == (200, 1)
    assert Payment.objects.get().status == "voided"
    assert {each.status for each in LinePart.objects.all()} == {"open"}
    assert unidentified(manager) == Decimal("107.00")
    assert_books_hold(manager)


def test_a_file_of_the_other_door_is_the_same_file(api: StaffClient, manager: Actor) -> None:
    content = camt(*OVERLAP).encode()
    receive_statements(actor=manager, content=content)

    with assert_nothing_written():
        refused = send(api, content)
    batch = take(api, content, force="true")

    assert (refused.status_code, refused.json()["code"]) == (409, "same_file")
    assert became(batch) == ["known"] * 3
    assert len(amounts("in")) == 3
    assert_books_hold(manager)


def test_a_payment_of_a_batchs_line_is_found_by_its_batch_and_row(
    api: StaffClient, manager: Actor, acme: Customer
) -> None:
    batch = take(api, camt(entry("50.00", reference="R-1")))
    match_receipt(actor=manager, receipt_id=LinePart.objects.get().id, customer_id=acme.id)

    payment = Payment.objects.get()
    places = rows_of_payments(company_id=batch.company_id, payments=[payment.id])
    assert places == {payment.id: (batch.id, batch.number, 1)}


def test_a_list_that_says_what_a_lines_payment_says_is_held(
    api: StaffClient, manager: Actor, acme: Customer
) -> None:
    (part,) = book(manager, "50.00")
    match_receipt(actor=manager, receipt_id=part.id, customer_id=acme.id)

    answer = upload(api, table(row(payment_date=f"{part.payment_date}")))
    batch = work(answer.json()["batch_id"])

    assert became(batch) == ["held"]
    (held,) = api.get(f"{PATH}/{batch.id}").json()["held"]
    assert (held["repeats"]["payment_number"], held["repeats"]["row"]) == (Payment.objects.get().number, None)
    assert Payment.objects.count() == 1
    assert_books_hold(manager)
