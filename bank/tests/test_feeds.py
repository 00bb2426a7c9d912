"""How statements of an account come: feeds and mappings, said by call, also wrongly and at the same moment."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

import pytest
from django.urls import reverse

from bank.models import StatementFeed, StatementMapping
from bank.tests.builders import default_account
from batconnect.core.kernel.actors import Actor
from ledger.tests.vendors.builders import post
from ledger.treasury.services.places import open_bank_account
from payments.tests.builders import new_key
from tests.cast import StaffClient, acting
from tests.console import browser
from tests.digest import assert_nothing_written
from tests.races.test_recording import at_once

Clients = Callable[..., StaffClient]
MAPPINGS: Final = "/api/accounting/statement-mappings"
UNKNOWN: Final = "01900000-0000-7000-8000-00000000ffff"
CHASE: Final = {"name": "House bank", "date_column": "Date", "amount_column": "Amount"}


def feed_of(actor: Actor) -> str:
    return f"/api/accounting/bank-accounts/{default_account(actor).id}/feed"


@pytest.fixture
def boss(client_of: Clients, manager: Actor) -> StaffClient:
    return client_of("manager")


@pytest.fixture
def mapping(boss: StaffClient) -> str:
    """The address of a mapping."""
    made = post(boss, MAPPINGS, CHASE)
    assert made.status_code == 201, made.content
    return f"{MAPPINGS}/{made.json()['id']}"


@pytest.mark.parametrize(
    "body", [{"opening_balance": None}, {"opened_on": None}, {"mapping_id": None}, {"number": ""}, {}]
)
def test_nothing_said_leaves_a_feed_without_anything(
    manager: Actor, boss: StaffClient, body: dict[str, Any]
) -> None:
    answer = boss.patch(feed_of(manager), body)

    again = boss.patch(feed_of(manager), body)

    assert (answer.status_code, again.status_code) == (200, 200), again.content
    assert answer.json()["opening_balance"] is None


def test_a_balance_has_its_day(manager: Actor, boss: StaffClient) -> None:
    answer = boss.patch(feed_of(manager), {"opening_balance": "10.00"})

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "opened_on")


def test_a_feed_is_said_in_parts_and_its_number_is_masked(
    manager: Actor, boss: StaffClient, mapping: str
) -> None:
    key = mapping.rpartition("/")[2]
    for body in (
        {"number": "DE89 3704 0044 0532 0130 00"},
        {"mapping_id": key},
        {"opening_balance": "-12.50", "opened_on": "2026-11-01"},
    ):
        assert boss.patch(feed_of(manager), body).status_code == 200

    feed = boss.get(feed_of(manager)).json()

    assert (feed["number"], feed["mapping_id"], feed["opened_on"]) == ("…3000", key, "2026-11-01")
    assert Decimal(str(feed["opening_balance"])) == Decimal("-12.50")
    kept = StatementFeed.objects.get()
    assert kept.number == "DE89 3704 0044 0532 0130 00"


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ({"mapping_id": UNKNOWN}, "mapping_id", "unknown_mapping"),
        ({"mapping_id": "x"}, "mapping_id", ""),
        ({"number": "-- / --"}, "number", "invalid"),
        ({"number": "9" * 61}, "number", "max_length"),
        ({"number": "12\x00"}, "number", ""),
        ({"opening_balance": "1,20", "opened_on": "2026-11-01"}, "opening_balance", ""),
        ({"opening_balance": "1e400", "opened_on": "2026-11-01"}, "opening_balance", ""),
        ({"opening_balance": "9" * 20, "opened_on": "2026-11-01"}, "opening_balance", ""),
        ({"opened_on": "yesterday"}, "opened_on", ""),
        ({"format": "camt"}, "format", ""),
    ],
)
def test_refuses_what_a_feed_cannot_be(
    manager: Actor, boss: StaffClient, body: dict[str, Any], field: str, code: str
) -> None:
    with assert_nothing_written():
        answer = boss.patch(feed_of(manager), body)

    assert answer.status_code == 400, answer.content
    (error,) = answer.json()["errors"]
    assert error["field"] == field
    assert code in ("", error["code"])


def test_two_accounts_do_not_have_one_number(manager: Actor, boss: StaffClient) -> None:
    other = open_bank_account(actor=manager, code="payroll", name="Payroll", currency="USD")
    assert boss.patch(feed_of(manager), {"number": "00123-456"}).status_code == 200

    answer = boss.patch(f"/api/accounting/bank-accounts/{other.id}/feed", {"number": "123456"})

    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "account_number_taken")


def test_another_companys_account_and_mapping_are_not_found(
    manager: Actor, boss: StaffClient, client_of: Clients, mapping: str
) -> None:
    path, key = feed_of(manager), mapping.rpartition("/")[2]
    stranger = client_of("outsider")
    theirs = stranger.get("/api/accounting/bank-accounts").json()["results"][0]["id"]

    with assert_nothing_written():
        answers = [stranger.get(path), stranger.patch(path, {"number": "1"})]
        answers.append(stranger.patch(mapping, {"name": "Ours"}))
        named = stranger.patch(f"/api/accounting/bank-accounts/{theirs}/feed", {"mapping_id": key})
    listed = stranger.get(MAPPINGS).json()["results"]

    assert [each.status_code for each in answers] == [404, 404, 404]
    assert (named.status_code, named.json()["errors"][0]["code"]) == (400, "unknown_mapping")
    assert listed == []


@pytest.mark.parametrize(
    ("username", "reads"), [("cashier", True), ("auditor", True), ("administrator", False)]
)
def test_it_takes_the_right(
    manager: Actor, client_of: Clients, mapping: str, username: str, reads: bool
) -> None:
    client = client_of(username)

    with assert_nothing_written():
        refused = [
            client.patch(feed_of(manager), {"number": "1"}),
            client.patch(mapping, {"name": "Mine"}),
            post(client, MAPPINGS, {**CHASE, "name": "Mine"}),
        ]
    shown = [client.get(feed_of(manager)), client.get(MAPPINGS)]

    assert {each.status_code for each in refused} == {403}
    assert {each.status_code == 200 for each in shown} == {reads}


def test_a_mapping_is_changed(boss: StaffClient, mapping: str) -> None:
    changed = boss.patch(mapping, {"decimal_sign": ",", "skipped_lines": 3})

    assert changed.status_code == 200, changed.content
    assert (changed.json()["decimal_sign"], changed.json()["skipped_lines"]) == (",", 3)
    assert boss.get(MAPPINGS).json()["results"] == [changed.json()]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"amount_column": ""}, "amount_column"),
        ({"debit_column": "Out"}, "amount_column"),
        ({"date_column": ""}, "date_column"),
        ({"name": ""}, "name"),
        ({"name": "x" * 61}, "name"),
        ({"text_column": "x" * 61}, "text_column"),
        ({"decimal_sign": ";"}, "decimal_sign"),
        ({"date_form": "ydm"}, "date_form"),
        ({"encoding": "zlib"}, "encoding"),
        ({"encoding": "utf-99"}, "encoding"),
        ({"separator": '"'}, "separator"),
        ({"separator": "\n"}, "separator"),
        ({"separator": "ab"}, "separator"),
        ({"skipped_lines": -1}, "skipped_lines"),
        ({"skipped_lines": 1_001}, "skipped_lines"),
        ({"name": "a\x00b"}, "name"),
        ({"columns": []}, "columns"),
    ],
    ids=str,
)
def test_refuses_what_a_mapping_cannot_be(
    boss: StaffClient, mapping: str, body: dict[str, Any], field: str
) -> None:
    with assert_nothing_written():
        changed = boss.patch(mapping, body)
        made = post(boss, MAPPINGS, {**CHASE, "name": "Another", **body})

    for answer in (changed, made):
        assert answer.status_code == 400, answer.content
        assert {each["field"] for each in answer.json()["errors"]} == {field}


@pytest.mark.parametrize("wrong", [{"encoding": "utf-99"}, {"separator": '"'}], ids=str)
def test_the_page_refuses_the_same(manager: Actor, wrong: dict[str, str]) -> None:
    values = {**CHASE, "decimal_sign": ".", "date_form": "mdy", **wrong}

    with assert_nothing_written():
        page = browser("manager").post(reverse("admin:bank_statementmapping_add"), values)

    assert set(page.context["adminform"].form.errors) == set(wrong)


@pytest.mark.parametrize("separator", [";", "\t", "|", ",", ""])
@pytest.mark.parametrize("encoding", ["utf-8", "windows-1252", "UTF-8", ""])
def test_takes_what_tables_have(boss: StaffClient, mapping: str, separator: str, encoding: str) -> None:
    answer = boss.patch(mapping, {"separator": separator, "encoding": encoding})

    assert (answer.status_code, answer.json().get("separator")) == (200, separator), answer.content


def test_a_name_is_given_once(boss: StaffClient, mapping: str) -> None:
    post(boss, MAPPINGS, {**CHASE, "name": "Another"})

    with assert_nothing_written():
        made = post(boss, MAPPINGS, CHASE)
        changed = boss.patch(mapping, {"name": "Another"})

    for answer in (made, changed):
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "mapping_name_taken")


def test_the_same_key_makes_one_mapping(boss: StaffClient) -> None:
    key = {"Idempotency-Key": new_key()}

    answers = [boss.post(MAPPINGS, CHASE, headers=key) for _ in range(2)]
    other = boss.post(MAPPINGS, {**CHASE, "name": "Another"}, headers=key)
    without = boss.post(MAPPINGS, {**CHASE, "name": "Another"})

    assert [each.status_code for each in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert (other.status_code in (409, 422), without.status_code) == (True, 400)
    assert StatementMapping.objects.count() == 1


@pytest.mark.parametrize("what", ["feed", "mapping"])
def test_who_read_something_else_is_told(manager: Actor, boss: StaffClient, mapping: str, what: str) -> None:
    path, body = (feed_of(manager), {"number": "1"}) if what == "feed" else (mapping, {"text_column": "Text"})
    read = boss.patch(path, {}).headers["ETag"]
    assert boss.patch(path, body, headers={"If-Match": read}).status_code == 200

    with assert_nothing_written():
        late = boss.patch(path, body, headers={"If-Match": read})

    assert (late.status_code, late.json()["code"]) == (412, "stale")


@pytest.mark.django_db(transaction=True)
def test_the_first_to_say_it_and_the_second_both_count() -> None:
    with acting("manager") as manager:
        path = feed_of(manager)
    bodies = [{"number": "77"}, {"opening_balance": "5.00", "opened_on": "2026-11-01"}, {"number": "77"}]

    answers = at_once(lambda number: StaffClient(username="manager").patch(path, bodies[number]), times=3)

    assert [each.status_code for each in answers] == [200] * 3, [each.content for each in answers]
    with acting("manager"):
        feed = StatementFeed.objects.get()
        assert (feed.number, str(feed.opening_balance)) == ("77", "5.00")


@pytest.mark.django_db(transaction=True)
def test_of_changes_at_once_to_what_was_read_one_counts() -> None:
    made = post(StaffClient(username="manager"), MAPPINGS, CHASE)
    path, read = f"{MAPPINGS}/{made.json()['id']}", made.headers["ETag"]

    answers = at_once(
        lambda number: StaffClient(username="manager").patch(
            path, {"text_column": f"Text {number}"}, headers={"If-Match": read}
        ),
        times=4,
    )

    assert sorted(each.status_code for each in answers) == [200, 412, 412, 412]
