"""The calls on statements and lines, with the small files of the cases."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from bank.models import LinePart, Statement, StatementLine, StatementMapping
from bank.tests.builders import default_account, line, parsed, receive, work
from bank.tests.readers.files import balance, camt, detail, entry
from batconnect.core.kernel.actors import Actor
from ledger import chart
from ledger.tests.vendors.builders import balance as balance_of
from ledger.verification import verify
from payments.batches.tests.builders import new_key, post
from payments.models import Payment
from tests.cast import StaffClient
from tests.digest import assert_nothing_written

PATH = "/api/accounting/bank-statements"
LINES = "/api/accounting/statement-lines"
REASON = "The bank confirmed it by telephone"
Clients = Callable[..., StaffClient]


@pytest.fixture
def api(manager: Actor, client_of: Clients) -> StaffClient:
    return client_of("manager")


def send(api: StaffClient, content: str | bytes, *, name: str = "statement", **fields: Any) -> Any:
    data = content.encode() if isinstance(content, str) else content
    return api.post(
        PATH,
        {"file": SimpleUploadedFile(name, data), **fields},
        format="multipart",
        headers={"Idempotency-Key": new_key()},
    )


def taken(api: StaffClient, actor: Actor, content: str, **fields: Any) -> dict[str, Any]:
    """Send a file of one statement, let it be booked, and read it."""
    answer = send(api, content, **fields)
    assert answer.status_code == 202, answer.content
    work(actor)
    (statement,) = answer.json()["statements"]
    read: dict[str, Any] = api.get(f"{PATH}/{statement['id']}").json()
    return read


def lines_of(api: StaffClient, statement: dict[str, Any]) -> list[tuple[str, str, str]]:
    rows = api.get(LINES, {"statement_id": statement["id"]}).json()["results"]
    return [
        (each["state"], each["direction"], f"{Decimal(str(each['amount'])):.2f}")
        for each in sorted(rows, key=lambda row: int(row["line_no"]))
    ]


def at_bank(actor: Actor) -> Decimal:
    return balance_of(actor, chart.bank(default_account(actor).code))


def test_01_a_reversal_is_money_out_and_waits_for_a_person(api: StaffClient, manager: Actor) -> None:
    statement = taken(
        api,
        manager,
        camt(
            balance("OPBD", "1000.00"),
            balance("CLBD", "1000.00"),
            entry("500.00", reference="CR1"),
            entry("500.00", "DBIT", inside="<RvslInd>true</RvslInd>", reference="RV1"),
        ),
    )

    assert (statement["status"], statement["booked_lines"], statement["is_proven"]) == ("booked", 2, False)
    assert lines_of(api, statement) == [("booked", "in", "500.00"), ("booked", "out", "500.00")]
    assert StatementLine.objects.get(bank_reference="RV1").mark == "reversal"
    assert (at_bank(manager), Payment.objects.count()) == (0, 0)
    assert balance_of(manager, chart.UNIDENTIFIED_RECEIPTS) == Decimal("-500.00")
    assert balance_of(manager, chart.UNEXPLAINED_PAYMENTS) == Decimal("500.00")
    assert list(verify(actor=manager)) == []


def test_03_details_of_both_directions_stand_gross(api: StaffClient, manager: Actor) -> None:
    statement = taken(
        api,
        manager,
        camt(entry("80.00", details=detail("100.00", "CRDT") + detail("20.00", "DBIT"), reference="BT1")),
    )

    (row,) = api.get(LINES, {"statement_id": statement["id"], "open": "true"}).json()["results"]
    read = api.get(f"{LINES}/{row['id']}").json()
    assert [(each["direction"], f"{each['amount']:.2f}") for each in read["parts"]] == [
        ("in", "100.00"),
        ("out", "20.00"),
    ]
    assert at_bank(manager) == Decimal("80.00")
    assert balance_of(manager, chart.UNIDENTIFIED_RECEIPTS) == Decimal("-100.00")
    assert balance_of(manager, chart.UNEXPLAINED_PAYMENTS) == Decimal("20.00")


def test_04_details_that_do_not_add_up_are_one_line(api: StaffClient, manager: Actor) -> None:
    statement = taken(api, manager, camt(entry("97.00", details=detail("60.00") + detail("40.00"))))

    held = StatementLine.objects.get(statement=statement["id"])
    assert LinePart.objects.get().amount == Decimal("97.00")
    assert "3.00" in held.note


def test_06_the_payers_own_id_makes_nothing_known(api: StaffClient, manager: Actor) -> None:
    refs = "<Refs><EndToEndId>STANDING-1</EndToEndId></Refs>"
    october = entry("75.00", details=detail(inside=refs), reference="SO-10", day="<Dt>2026-10-20</Dt>")
    november = entry("75.00", details=detail(inside=refs), reference="SO-11")

    first, second = taken(api, manager, camt(october)), taken(api, manager, camt(november))

    assert (first["new_lines"], second["new_lines"], second["known_lines"]) == (1, 1, 0)
    assert at_bank(manager) == Decimal("150.00")


def test_07_an_overlapping_file_adds_what_is_new(api: StaffClient, manager: Actor) -> None:
    one, two, three = (entry(f"31.{each}{each}", reference=f"OV-{each}") for each in (1, 2, 3))
    taken(api, manager, camt(one, two))

    with assert_nothing_written():
        tried = send(api, camt(two, three), dry_run="true")
    second = taken(api, manager, camt(two, three))

    (would,) = tried.json()["statements"]
    assert (tried.status_code, would["new_lines"], would["known_lines"]) == (200, 1, 1)
    assert lines_of(api, second) == [("known", "in", "31.22"), ("booked", "in", "31.33")]


def test_08_two_alike_without_a_reference_are_two(api: StaffClient, manager: Actor) -> None:
    statement = taken(api, manager, camt(*[entry("25.00", reference="")] * 2))

    assert statement["booked_lines"] == 2
    assert at_bank(manager) == Decimal("50.00")


def test_09_and_18_dates_and_amounts_as_written(api: StaffClient, manager: Actor) -> None:
    statement = taken(
        api,
        manager,
        camt(
            entry(".5", day="<Dt>2026-11-20+01:00</Dt>", reference="A"),
            entry("+62.00", day="<Dt>2026-11-20Z</Dt>", reference="B"),
        ),
    )

    rows = StatementLine.objects.filter(statement=statement["id"]).order_by("line_no")
    assert [(str(each.booked_on), str(each.amount)) for each in rows] == [
        ("2026-11-20", "0.50"),
        ("2026-11-20", "62.00"),
    ]


def test_25_overlapping_exports_without_references(api: StaffClient, manager: Actor) -> None:
    mapping = StatementMapping.objects.create(
        company_id=manager.company_id,
        name="Chase",
        date_column="Posting Date",
        amount_column="Amount",
        text_column="Description",
    )
    head = "Details,Posting Date,Description,Amount,Type,Balance,Check or Slip #\n"
    rows = [f'CREDIT,11/{day}/2026,"ONLINE TRANSFER QUI-004",41.0{day - 17},ACH,,\n' for day in (18, 19, 20)]
    account = str(default_account(manager).id)

    taken(api, manager, head + rows[0] + rows[1], mapping=str(mapping.id), bank_account_id=account)
    second = taken(api, manager, head + rows[1] + rows[2], mapping=str(mapping.id))

    assert lines_of(api, second) == [("known", "in", "41.02"), ("booked", "in", "41.03")]


def test_27_balances_that_contradict_are_said_at_once(api: StaffClient, manager: Actor) -> None:
    answer = send(
        api, camt(balance("OPBD", "1000.00"), balance("CLBD", "1500.00"), entry("100.00", reference="BL1"))
    )

    (statement,) = answer.json()["statements"]
    assert (answer.status_code, statement["status"], statement["code"]) == (
        202,
        "held",
        "balances_contradict",
    )
    assert "400.00" in statement["message"]
    work(manager)
    assert at_bank(manager) == 0

    taken_anyway = post(api, f"{PATH}/{statement['id']}/accept", {"reason": REASON})
    work(manager)
    assert taken_anyway.status_code == 202
    read = api.get(f"{PATH}/{statement['id']}").json()
    assert (read["status"], read["is_proven"], read["accepted_by"]) == ("booked", False, manager.name)
    assert at_bank(manager) == Decimal("100.00")


def test_the_same_file_again_is_refused_unless_forced(api: StaffClient, manager: Actor) -> None:
    content = camt(entry("10.00"))
    taken(api, manager, content)

    with assert_nothing_written():
        again = send(api, content)
    forced = taken(api, manager, content, force="true")

    assert (again.status_code, again.json()["code"]) == (409, "same_file")
    assert (forced["status"], forced["known_lines"], forced["new_lines"]) == ("booked", 1, 0)


def test_a_correction_is_shown_and_taken(api: StaffClient, manager: Actor) -> None:
    common: dict[str, Any] = {"sequence_no": "7"}
    receive(manager, parsed(line("10.00", reference="A"), line("4.00", reference="B"), **common))
    (new,) = receive(manager, parsed(line("10.00", reference="A"), line("5.00", reference="B"), **common))

    read = api.get(f"{PATH}/{new.id}").json()
    assert read["code"] == "correction"
    assert [f"{each['amount']:.2f}" for each in read["correction"]["vanished"]] == ["4.00"]
    assert f"{read['correction']['net']:.2f}" == "1.00"
    answer = post(api, f"{PATH}/{new.id}/accept", {"reason": REASON})
    work(manager)

    assert answer.status_code == 202
    assert at_bank(manager) == Decimal("15.00")
    assert Statement.objects.get(status="replaced").id != new.id


def test_statements_are_refused_and_balances_typed(api: StaffClient, manager: Actor) -> None:
    (held,) = receive(manager, parsed(line("1.00", reference="X"), opening="0.00", closing="9.00"))
    (booked,) = receive(manager, parsed(line("1.00", reference="Y")))

    refused = post(api, f"{PATH}/{held.id}/refuse", {"reason": REASON})
    wrong = post(api, f"{PATH}/{held.id}/refuse", {"reason": REASON})
    typed = post(api, f"{PATH}/{booked.id}/balance", {"closing": "1.00"})

    assert (refused.status_code, refused.json()["status"]) == (200, "refused")
    assert (wrong.status_code, wrong.json()["code"]) == (409, "statement_not_held")
    assert (typed.status_code, typed.json()["is_proven"]) == (200, True)


def test_held_lines_are_decided(api: StaffClient, manager: Actor) -> None:
    receive(manager, parsed(line("10.00", text="a"), format="table"))
    receive(manager, parsed(line("10.00", reference="X"), line("7.00", reference="Z")))

    (held,) = api.get(LINES, {"state": "held"}).json()["results"]
    read = api.get(f"{LINES}/{held['id']}").json()
    answer = post(api, f"{LINES}/{held['id']}/decide", {"is_known": True})
    again = post(api, f"{LINES}/{held['id']}/decide", {"is_known": False})

    assert read["same_as"]["text"] == "a"
    assert (answer.status_code, answer.json()["state"]) == (200, "known")
    assert (again.status_code, again.json()["code"]) == (409, "line_not_held")


def test_lists_are_filtered(api: StaffClient, manager: Actor) -> None:
    receive(
        manager, parsed(line("10.00", text="Rent of May", reference="X"), line("-7.00", day="2026-11-19"))
    )
    account = str(default_account(manager).id)

    def found(**query: str) -> int:
        answer = api.get(LINES, query)
        assert answer.status_code == 200, answer.content
        return int(answer.json()["total"])

    assert found(bank_account_id=account) == 2
    assert (
        found(direction="out")
        == found(date_to="2026-11-19")
        == found(amount_to="7")
        == found(text="may rent")
        == 1
    )
    assert found(open="true") == 2
    assert found(open="false") == found(state="held") == 0
    assert api.get(PATH, {"status": "booked", "bank_account_id": account}).json()["total"] == 1
    assert api.get(PATH, {"status": "held"}).json()["total"] == 0


def test_another_company_and_other_rights_are_refused(manager: Actor, client_of: Clients) -> None:
    (statement,) = receive(manager, parsed(line("1.00", reference="X"), opening="0.00", closing="9.00"))
    of_line = StatementLine.objects.get()

    for method, path in (
        ("get", f"{PATH}/{statement.id}"),
        ("get", f"{LINES}/{of_line.id}"),
        ("post", f"{PATH}/{statement.id}/accept"),
        ("post", f"{PATH}/{statement.id}/refuse"),
        ("post", f"{LINES}/{of_line.id}/decide"),
    ):
        body = {"is_known": True} if path.endswith("decide") else {"reason": REASON}
        with assert_nothing_written():
            outsider = client_of("outsider")
            answer = outsider.get(path) if method == "get" else post(outsider, path, body)
            assert answer.status_code == 404, path
            if method == "post":
                assert post(client_of("cashier"), path, body).status_code == 403, path
    with assert_nothing_written():
        assert send(client_of("cashier"), camt(entry("1.00"))).status_code == 403
        assert send(client_of("manager"), "not a statement").status_code == 400
        assert send(client_of("manager"), camt(entry("1.00", currency="EUR"))).status_code == 400
