"""Small inputs of banks with what must come of them, sent as a `bank_feed` of payment batches."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import pytest

from bank.models import LinePart, Statement, StatementLine, StatementMapping
from bank.services import batch_outcomes
from bank.services.explaining import Decision, explain_part
from bank.services.held_lines import decide_line
from bank.services.intake import receive_statements
from bank.services.kinds.interface import Piece
from bank.services.receipts import match_receipt
from bank.tests.builders import book, unidentified
from bank.tests.readers.files import balance as said_balance
from bank.tests.readers.files import camt, detail, entry
from batconnect.core.kernel.actors import Actor
from batconnect.directory.models import Customer
from ledger import chart
from ledger.models import Entry
from ledger.tests.vendors.builders import balance
from payments.batches.models import PaymentBatch
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

NAMED = "<RltdPties><Dbtr><Nm>{}</Nm></Dbtr></RltdPties>"
OVERLAP = [
    entry("31.11", reference="OV-1"),
    entry("31.22", reference="OV-2"),
    entry("31.33", reference="OV-3"),
]


def send(client: StaffClient, content: str | bytes, *, query: str = "", **fields: str) -> Any:
    data = content.encode() if isinstance(content, str) else content
    return upload(client, data, source_type="bank_feed", name="statement", query=query, **fields)


def take(client: StaffClient, content: str | bytes, **fields: str) -> PaymentBatch:
    """Send the file, and do what a worker does."""
    answer = send(client, content, **fields)
    assert answer.status_code == 202, answer.content
    return work(answer.json()["batch_id"])


def became(batch: PaymentBatch) -> list[str]:
    return [status for _, status, _ in outcomes(batch)]


def at_the_bank(actor: Actor) -> Decimal:
    codes = Statement.objects.values_list("bank_account__code", flat=True).distinct()
    return sum((balance(actor, chart.bank(code)) for code in codes), Decimal("0.00"))


def amounts(direction: str) -> list[Decimal]:
    return sorted(LinePart.objects.filter(direction=direction).values_list("amount", flat=True))


def map_columns(actor: Actor, **columns: str) -> None:
    StatementMapping.objects.create(company_id=actor.company_id, name="Bank", **columns)


def test_01_a_reversal_is_money_out_and_no_receipt(api: StaffClient, manager: Actor) -> None:
    reversed_entry = entry("500.00", "DBIT", inside="<RvslInd>true</RvslInd>", reference="RV1")

    batch = take(
        api,
        camt(
            said_balance("OPBD", "0.00"),
            said_balance("CLBD", "0.00"),
            entry("500.00", reference="CR1"),
            reversed_entry,
        ),
    )

    assert became(batch) == ["unmatched", "money_out"]
    assert (amounts("in"), amounts("out")) == ([Decimal("500.00")], [Decimal("500.00")])
    assert LinePart.objects.get(direction="out").mark == "reversal"
    assert (at_the_bank(manager), Payment.objects.count()) == (0, 0)
    assert_books_hold(manager)


def test_03_details_have_their_own_direction(api: StaffClient, manager: Actor) -> None:
    details = detail("100.00", "CRDT") + detail("20.00", "DBIT")

    batch = take(api, camt(entry("80.00", details=details)))

    assert became(batch) == ["unmatched", "money_out"]
    assert [each["amount"] for each in batch.totals] == ["80.00"]
    assert unidentified(manager) == Decimal("100.00")
    assert balance(manager, chart.UNEXPLAINED_PAYMENTS) == Decimal("20.00")
    assert at_the_bank(manager) == Decimal("80.00")
    assert Entry.objects.filter(event="statement_line_booked").count() == 1
    assert_books_hold(manager)


def test_04_details_that_do_not_add_up_are_one_line(api: StaffClient, manager: Actor) -> None:
    batch = take(api, camt(entry("97.00", details=detail("60.00", "CRDT") + detail("40.00", "CRDT"))))

    assert became(batch) == ["unmatched"]
    assert amounts("in") == [Decimal("97.00")]
    assert "100.00" in StatementLine.objects.get().note
    assert_books_hold(manager)


def test_06_a_standing_order_comes_every_month(api: StaffClient, manager: Actor) -> None:
    said = detail(inside="<Refs><EndToEndId>RENT-STANDING</EndToEndId></Refs>")

    october = take(api, camt(entry("50.00", details=said, day="<Dt>2026-10-20</Dt>", reference="BANK-OCT")))
    november = take(api, camt(entry("50.00", details=said, day="<Dt>2026-11-20</Dt>", reference="BANK-NOV")))

    assert (became(october), became(november)) == (["unmatched"], ["unmatched"])
    assert unidentified(manager) == Decimal("100.00")
    assert_books_hold(manager)


def test_07_a_line_that_two_files_have_is_known(api: StaffClient, manager: Actor) -> None:
    first, second = camt(*OVERLAP[:2]), camt(*OVERLAP[1:])
    take(api, first)

    with assert_nothing_written():
        told = send(api, second, query="?dry_run=true").json()
    batch = take(api, second)

    assert (told["total_rows"], told["known_rows"], told["unmatched_rows"]) == (2, 1, 1)
    assert "1 new, 1 known." in told["warnings"]
    assert became(batch) == ["known", "unmatched"]
    assert amounts("in") == [Decimal("31.11"), Decimal("31.22"), Decimal("31.33")]
    assert (batch.known_rows, batch.unmatched_rows, batch.status) == (1, 1, "completed")
    shown = api.get(f"{PATH}/{batch.id}").json()
    assert (shown["known_rows"], shown["money_out_rows"], shown["pending_rows"]) == (1, 0, 0)
    assert shown["amounts"][0]["known"] == Decimal("31.22")
    assert_books_hold(manager)


def test_07_the_same_file_is_refused_and_by_force_all_known(api: StaffClient, manager: Actor) -> None:
    content = camt(*OVERLAP)
    take(api, content)

    with assert_nothing_written():
        refused = send(api, content)
    forced = take(api, content, force="true")

    assert (refused.status_code, refused.json()["code"]) == (409, "same_file")
    assert became(forced) == ["known"] * 3
    assert len(amounts("in")) == 3
    assert_books_hold(manager)


def test_08_two_alike_are_both_booked(api: StaffClient, manager: Actor) -> None:
    batch = take(api, camt(entry("25.00", reference=""), entry("25.00", reference="")))

    assert became(batch) == ["unmatched", "unmatched"]
    assert sorted(StatementLine.objects.values_list("occurrence", flat=True)) == [1, 2]
    assert_books_hold(manager)


def test_24_a_payment_of_the_counter_is_not_booked_again(api: StaffClient, manager: Actor) -> None:
    batch = take(api, camt(entry("88.88", reference="DEP-1")))

    assert became(batch) in (["unmatched"], ["known"])
    assert Payment.objects.count() == 0
    assert_books_hold(manager)


def test_25_overlapping_exports_without_references(api: StaffClient, manager: Actor) -> None:
    head = "Details,Posting Date,Description,Amount,Type,Balance,Check or Slip #\n"
    row = 'CREDIT,11/{}/2026,"ONLINE TRANSFER QUI-004",{},ACH,,\n'
    map_columns(manager, amount_column="Amount", date_column="Posting Date", text_column="Description")

    take(api, head + row.format(18, "41.01") + row.format(19, "41.02"))
    batch = take(api, head + row.format(19, "41.02") + row.format(20, "41.03"))

    assert became(batch) == ["known", "unmatched"]
    assert amounts("in") == [Decimal("41.01"), Decimal("41.02"), Decimal("41.03")]
    assert_books_hold(manager)


def test_27_a_file_that_contradicts_itself_is_said_at_once_and_not_booked(
    api: StaffClient, manager: Actor
) -> None:
    content = camt(said_balance("OPBD", "1000.00"), said_balance("CLBD", "1500.00"), entry("100.00"))

    told = send(api, content, query="?dry_run=true").json()
    answer = send(api, content)
    batch = work(answer.json()["batch_id"])

    for warnings in (told["warnings"], answer.json()["warnings"]):
        assert any("1,500.00" in each and "1,100.00" in each for each in warnings), warnings
    assert told["held_rows"] == 1
    assert (became(batch), batch.status, batch.held_rows) == (["held"], "completed_with_errors", 1)
    assert not Entry.objects.filter(event="statement_line_booked").exists()
    assert_books_hold(manager)


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


def _places(listed: Iterable[dict[str, Any]]) -> list[tuple[str, int]]:
    return [(each["batch_id"], each["row"]) for each in listed]


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
