"""Small files of payments as people have them, and what comes of each; `tests/cases` has more, by page too."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from batconnect.core.kernel.actors import Actor
from batconnect.directory.models import Customer
from payments.batches.models import PaymentBatch
from payments.batches.tests.builders import (
    PATH,
    add_customer,
    outcomes,
    post,
    upload,
    work,
)
from payments.models import Payment
from tests.cast import StaffClient
from tests.digest import assert_nothing_written

HEADINGS = "customer_reference,payment_method,amount,currency,payment_date,reference_number,notes"
TRAILING = f"{HEADINGS},,\nNOR-001,check,10.00,USD,2025-11-20,TE1,,,\n"
DECIMAL_COMMA = (
    f"{HEADINGS.replace(',', ';')}\n"
    "NOR-001;check;12,50;USD;2025-11-20;SC1;\n"
    "NOR-001;check;1.250,00;USD;20.11.2025;SC2;\n"
)
CHOSEN = {"decimal_sign": "comma", "date_order": "day_first"}


@pytest.fixture
def nora(manager: Actor) -> Customer:
    return add_customer(manager, "Nora", "NOR-001")


def by_api(content: str, folder: Path, chosen: dict[str, str]) -> PaymentBatch:
    answer = upload(StaffClient(username="manager"), content.encode(), **chosen)
    assert answer.status_code == 202, answer.content
    return work(answer.json()["batch_id"])


def test_says_which_columns_were_left_out(nora: Customer, tmp_path: Path) -> None:
    assert by_api(TRAILING, tmp_path, {}).warnings == [
        "The column '(no heading)' is unknown and was ignored."
    ]


def test_a_decimal_sign_is_never_guessed(manager: Actor, nora: Customer, tmp_path: Path) -> None:
    first = by_api(DECIMAL_COMMA, tmp_path, {})
    second = by_api(DECIMAL_COMMA, tmp_path, CHOSEN)

    assert outcomes(first) == [(1, "failed", "not_money"), (2, "failed", "not_money")]
    assert (second.status, Payment.objects.count()) == ("completed", 2)


AMOUNTS: dict[str, tuple[str, str]] = {
    "12,50": ("12.50", ""),
    "1.250,00": ("1250.00", ""),
    "1.250": ("1250.00", ""),
    "7": ("7.00", ""),
    "12.50": ("", "not_money"),
    "1,250.00": ("", "not_money"),
    "1.25,00": ("", "not_money"),
    "1,2345": ("", "not_money"),
}


def test_reads_amounts_by_the_chosen_sign_alone(nora: Customer, tmp_path: Path) -> None:
    rows = [f"NOR-001;check;{text};USD;2025-11-20;R{place};" for place, text in enumerate(AMOUNTS)]

    batch = by_api("\n".join((HEADINGS.replace(",", ";"), *rows)), tmp_path, {"decimal_sign": "comma"})

    assert [code for _, _, code in outcomes(batch)] == [code for _, code in AMOUNTS.values()]
    paid = Payment.objects.order_by("number_order").values_list("amount", flat=True)
    assert [str(each) for each in paid] == [amount for amount, _ in AMOUNTS.values() if amount]


def test_reads_dates_by_the_chosen_order_alone(nora: Customer, tmp_path: Path) -> None:
    days = {
        "05/01/2025": "2025-01-05",
        "5.1.25": "2025-01-05",
        "2025-01-06": "2025-01-06",
        "31-12-2024": "2024-12-31",
        "01/31/2025": "",
        "5.1/2025": "",
    }
    rows = [f"NOR-001,check,{place}.00,USD,{day},R{place}," for place, day in enumerate(days, start=1)]

    batch = by_api("\n".join((HEADINGS, *rows)), tmp_path, {"date_order": "day_first"})

    assert [code for _, _, code in outcomes(batch)] == ["" if day else "not_a_date" for day in days.values()]
    paid = Payment.objects.order_by("number_order").values_list("payment_date", flat=True)
    assert [str(each) for each in paid] == [day for day in days.values() if day]


def test_a_repair_is_read_as_its_file_is(nora: Customer, tmp_path: Path, api: StaffClient) -> None:
    batch = by_api(DECIMAL_COMMA.replace("12,50", "x"), tmp_path, CHOSEN)

    number: Any = api.patch(f"{PATH}/{batch.id}/rows/1", {"amount": Decimal("12.5")})
    text = api.patch(f"{PATH}/{batch.id}/rows/1", {"amount": "12,60", "payment_date": "19.11.2025"})
    work(batch.id)

    assert number.status_code == 202
    assert text.status_code == 409
    assert str(Payment.objects.order_by("amount")[0].amount) == "12.50"


@pytest.mark.parametrize(
    "fields", [{"decimal_sign": "dot"}, {"date_order": "y"}, {"decimal_sign": ""}], ids=str
)
def test_refuses_other_choices(api: StaffClient, nora: Customer, fields: dict[str, str]) -> None:
    with assert_nothing_written():
        answer = upload(api, TRAILING.encode(), **fields)

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")


def test_only_lists_of_payments_take_the_choices(api: StaffClient, nora: Customer) -> None:
    body = {"source_type": "manual", "entries": [{}], "decimal_sign": "comma"}

    with assert_nothing_written():
        answer = post(api, PATH, body)

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
