from datetime import UTC, datetime
from decimal import Decimal

import pytest

from batconnect.core.api.json import read_exact_json, write_exact_json
from batconnect.core.errors import InvalidInput


def test_reads_numbers_exactly_as_written() -> None:
    document = read_exact_json(b'{"amount": 265.10, "count": 3, "rows": [0.1]}')

    assert document == {"amount": Decimal("265.10"), "count": 3, "rows": [Decimal("0.1")]}
    assert str(document["amount"]) == "265.10"


@pytest.mark.parametrize("number", ["1E5", "1e-2", "NaN", "Infinity", "-Infinity", "1" * 60, "0." + "1" * 60])
def test_refuses_inexact_numbers_naming_the_field(number: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_exact_json(
            f'{{"data": {{"allocations": [{{"amount": 1.00}}, {{"amount": {number}}}]}}}}'.encode()
        )

    assert [(error.field, error.code) for error in refused.value.errors] == [
        ("data.allocations.1.amount", "inexact_number")
    ]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'{"a": 1 oops}', "line 1, column 9"),
        (b'{"a": \n oops}', "line 2, column 2"),
        (b'{"a": "\xff"}', "not UTF-8"),
        (b'{"a": 1, "a": 2}', "twice"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"a": "\x00"}', "column"),
    ],
)
def test_refuses_malformed_documents(body: bytes, said: str) -> None:
    with pytest.raises(InvalidInput, match=said) as refused:
        read_exact_json(body)

    assert refused.value.code == "malformed_body"


@pytest.mark.parametrize("text", ["\\u0000", "a\\ud800"])
def test_refuses_text_that_cannot_be_stored(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_exact_json(f'{{"note": "{text}", "fine": "\\\\u0000 é"}}'.encode())

    assert [error.field for error in refused.value.errors] == ["note"]


def test_writes_money_with_two_decimals_and_rates_with_up_to_four() -> None:
    written = write_exact_json(
        [
            Decimal(265),
            Decimal("0.5"),
            Decimal("8.875"),
            Decimal("0.3333"),
            Decimal("48100.000000"),
            Decimal("1E+2"),
        ]
    )

    assert written == b"[265.00,0.50,8.875,0.3333,48100.00,100.00]"


def test_writes_instants_in_utc_with_whole_seconds() -> None:
    assert (
        write_exact_json({"at": datetime(2025, 10, 20, 1, 2, 3, 456, tzinfo=UTC)})
        == b'{"at":"2025-10-20T01:02:03Z"}'
    )


@pytest.mark.parametrize("value", [Decimal("NaN"), Decimal("0.33333"), datetime(2025, 1, 1), object()])  # noqa: DTZ001
def test_refuses_to_write_what_has_no_exact_form(value: object) -> None:
    with pytest.raises(TypeError):
        write_exact_json({"value": value})
