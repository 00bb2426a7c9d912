from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from batconnect.core.api.fields import NotADay, parse_day
from batconnect.core.tests.probe import BodySerializer


def errors_of(**body: Any) -> dict[str, Any]:
    serializer = BodySerializer(data={"amount": Decimal("1.00"), **body})
    assert not serializer.is_valid()
    return {
        name: error[0].code if isinstance(error, list) else error for name, error in serializer.errors.items()
    }


@pytest.mark.parametrize("amount", [Decimal("265.00"), "265.00", 265, Decimal("265.0")])
def test_takes_amounts_as_numbers_and_texts(amount: Any) -> None:
    serializer = BodySerializer(data={"amount": amount})

    assert serializer.is_valid()
    assert str(serializer.validated_data["amount"]) == "265.00"


@pytest.mark.parametrize(
    ("amount", "code"),
    [
        (Decimal("1.001"), "not_money"),
        ("1E5", "not_money"),
        (True, "not_money"),
        (None, "null"),
        (1.5, "not_money"),
        ({}, "not_money"),
        (0, "not_positive"),
        (-1, "not_positive"),
        (Decimal("1000000000.00"), "too_large"),
    ],
)
def test_refuses_what_is_no_amount(amount: Any, code: str) -> None:
    assert errors_of(amount=amount) == {"amount": code}


def test_names_the_largest_amount() -> None:
    serializer = BodySerializer(data={"amount": Decimal("1000000000.00")})

    serializer.is_valid()

    assert "999,999,999.99" in serializer.errors["amount"][0]


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2025-10-20", date(2025, 10, 20)),
        ("2025-10-20T00:00:00Z", date(2025, 10, 20)),
        ("2025-10-20T23:59:59.5-11:00", date(2025, 10, 20)),
        ("2025-10-20 08:00", date(2025, 10, 20)),
    ],
)
def test_takes_the_calendar_date_as_written(written: str, day: date) -> None:
    assert parse_day(written) == day


@pytest.mark.parametrize(
    "written", ["20251020", "2025-02-30", "10/20/2025", "", "2025-10-20Tnoon", 20251020, None, "2025-W43-1"]
)
def test_refuses_what_is_no_date(written: Any) -> None:
    with pytest.raises(NotADay):
        parse_day(written)


@pytest.mark.parametrize("written", ["0001-01-01", "1899-12-31", "3000-01-01", "9999-12-31T23:59:59Z"])
def test_refuses_years_that_no_document_has(written: str) -> None:
    with pytest.raises(NotADay, match="from 1900 to 2999"):
        parse_day(written)


@pytest.mark.parametrize("written", ["CASH", "cash", " Cash ", "Bank Transfer", "bank_transfer", "WIRE"])
def test_takes_choices_by_code_label_and_alias(written: str) -> None:
    serializer = BodySerializer(data={"amount": 1, "method": written})

    assert serializer.is_valid(), serializer.errors
    assert serializer.validated_data["method"] in {"cash", "bank_transfer"}


def test_lists_the_choices_when_refusing() -> None:
    serializer = BodySerializer(data={"amount": 1, "method": "gold"})

    serializer.is_valid()

    assert serializer.errors["method"][0] == "'gold' is not one of cash, bank_transfer."


def test_names_unknown_fields_with_the_other_errors() -> None:
    assert errors_of(amount=0, ammount=5, lines=[]) == {"amount": "not_positive", "ammount": "unknown_field"}


@pytest.mark.parametrize("number", [0, 504124, Decimal("1.5"), True])
def test_refuses_numbers_where_text_belongs(number: Any) -> None:
    assert errors_of(amount=0, note=number) == {"amount": "not_positive", "note": "invalid"}


def test_names_unknown_fields_of_nested_rows() -> None:
    serializer = BodySerializer(
        data={"amount": 1, "lines": [{"id": "a", "amount": 1}, {"id": "b", "amount": 1, "x": 1}]}
    )

    serializer.is_valid()

    assert serializer.errors["lines"][1]["x"][0].code == "unknown_field"


@pytest.mark.parametrize(
    ("rate", "code"), [("1.00001", "not_a_rate"), (-1, "too_small"), (101, "too_large"), (True, "not_a_rate")]
)
def test_refuses_rates_out_of_bounds(rate: Any, code: str) -> None:
    assert errors_of(rate=rate) == {"rate": code}
