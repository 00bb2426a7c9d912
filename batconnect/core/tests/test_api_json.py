from __future__ import annotations

import time
import tracemalloc
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.conf import settings
from django.http import QueryDict

from batconnect.core.api.idempotency import request_hash
from batconnect.core.kernel.counting import (
    DEEPEST,
    LONGEST_NAME,
    MAX_VALUES,
    MAX_VALUES_OF_ROWS,
    TooMuch,
    count_values,
)
from batconnect.core.kernel.errors import InvalidInput
from batconnect.core.kernel.json import read_exact_json, write_exact_json


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


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("1", 1),
        ("[]", 1),
        (" [ ] ", 1),
        ("[[], {}]", 3),
        ('{"a": 1, "b": [2, 3]}', 5),
        ('{"a,b[{": "c,\\",d]}"}', 2),
        ('"a,b"', 1),
        ('[{"a": {}}, {"b": [[1]]}]', 7),
    ],
)
def test_counts_values_and_not_what_stands_in_texts(text: str, values: int) -> None:
    assert count_values(text, limit=100) == values


def nested(depth: int) -> bytes:
    return b'{"a":[' * (depth // 2) + b"1" + b"]}" * (depth // 2)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (nested(DEEPEST + 2), "nested too deeply: at most 32"),
        (b"[" * DEEPEST + b"[]" + b"]" * DEEPEST, "nested too deeply"),
        (b'{"' + b"a" * (LONGEST_NAME + 1) + b'": 1}', "201 characters; at most 200"),
        (b'{"' + b"\\u00e9" * (LONGEST_NAME + 1) + b'": 1}', "201 characters"),
        (b'{"' + b"a" * 20_000 + b'":[' + b"0," * 20_000 + b"0]}", "20,000 characters"),
        (b"[" + b"0," * (MAX_VALUES - 1) + b"0]", "more than 20,000 values"),
    ],
)
def test_refuses_what_is_too_deep_too_long_or_too_much(body: bytes, said: str) -> None:
    with pytest.raises(InvalidInput, match=said) as refused:
        read_exact_json(body)

    assert refused.value.status == 400
    assert refused.value.code == "malformed_body"


@pytest.mark.parametrize(
    "body",
    [
        nested(DEEPEST),
        b"[" * (DEEPEST - 1) + b"[]" + b"]" * (DEEPEST - 1),
        b'{"' + b"a" * LONGEST_NAME + b'" : 1}',
        b'{"' + "\U0001f695".encode() * LONGEST_NAME + b'": 1}',
        b'{"' + b"\\ud83d\\ude95" * LONGEST_NAME + b'": 1}',
        b"[" + b"0," * (MAX_VALUES - 2) + b"0]",
        # Only names are bounded: a text may be as long as the body.
        b'{"note": "' + b"a," * 30_000 + b'"}',
    ],
)
def test_takes_what_just_fits(body: bytes) -> None:
    assert read_exact_json(body)


def test_takes_a_batch_of_ten_thousand_rows() -> None:
    row = (
        b'{"amount": 265.10, "reference": "R-1", "payer": "John", "date": "2025-10-20", "notes": ["a", "b"]}'
    )
    body = b'{"entries": [' + b",".join([row] * 10_000) + b"]}"

    assert len(read_exact_json(body, max_values=MAX_VALUES_OF_ROWS)["entries"]) == 10_000
    with pytest.raises(TooMuch):
        count_values(body.decode(), limit=MAX_VALUES)


# What a payment batch may have.
MAX_BYTES = 10 * 1024 * 1024


# --- What a hostile body costs: time that grows with it, and memory of a few times its size -----------------


def hostile(size: int, *, limit: int) -> Iterator[tuple[str, bytes]]:
    """Bodies of the largest size that is taken, each the worst of its kind."""
    share = size // limit
    yield "one text", b'["' + b"a" * (size - 4) + b'"]'
    yield "one wide text", b'["' + b"a" * (size - 8) + "\U0001f695".encode() + b'"]'
    yield (
        "wide texts",
        b"[" + b",".join([b'"' + b"a" * (share - 8) + "\U0001f695".encode() + b'"'] * (limit - 2)) + b"]",
    )
    yield (
        "names and numbers",
        b"["
        + b",".join(b'{"%0*d":0.12}' % (2 * share - 11, number) for number in range(limit // 2 - 2))
        + b"]",
    )
    yield "escapes", b'["' + b"\\n" * (size // 2 - 2) + b'"]'
    yield "long name", b'{"' + b"a" * (size // 2) + b'":[' + b"0," * (size // 4 - 8) + b"0]}"
    yield "empty lists", b"[" + b"[]," * (size // 3 - 1) + b"[]]"
    yield "zeros", b"[" + b"0," * (size // 2 - 2) + b"0]"
    yield "opening", b"[" * size
    yield "closing", b"]" * size
    yield "texts without commas", b'""' * (size // 2)
    yield "texts that do not end", b'"\\' * (size // 2)
    yield "digits", b"1" * size
    yield "spaces", b'{"a"' + b" " * (size - 6) + b":"
    yield "refused numbers", b"[" + b",".join([b"1e" + b"5" * (share - 4)] * (limit - 2)) + b"]"
    yield (
        "a name twice",
        b"{" + b",".join(b'"%0*d":1' % (share - 5, n) for n in range(limit - 3)) + b',"a":1,"a":2}',
    )


BODIES = dict(hostile(settings.DATA_UPLOAD_MAX_MEMORY_SIZE, limit=MAX_VALUES))


def peak_of(body: bytes, *, limit: int) -> int:
    """The memory that the body takes at most, read and then hashed as a repeatable write does."""
    tracemalloc.start()
    try:
        with suppress(InvalidInput):
            document = read_exact_json(body, max_values=limit)
            request_hash(method="POST", path="/", query=QueryDict(), data=document)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("name", BODIES)
def test_a_hostile_body_takes_little_memory(name: str) -> None:
    body = BODIES[name]
    assert settings.DATA_UPLOAD_MAX_MEMORY_SIZE * 0.9 < len(body) <= settings.DATA_UPLOAD_MAX_MEMORY_SIZE

    assert peak_of(body, limit=MAX_VALUES) <= 10 * len(body)


@pytest.mark.parametrize("name", ["one wide text", "wide texts", "names and numbers"])
def test_a_hostile_batch_takes_little_memory(name: str) -> None:
    # A quarter of what a batch may have: what is held is the memory for each byte.
    body = dict(hostile(MAX_BYTES // 4, limit=MAX_VALUES_OF_ROWS // 4))[name]

    assert peak_of(body, limit=MAX_VALUES_OF_ROWS // 4) <= 10 * len(body)


@pytest.mark.parametrize("name", BODIES)
def test_a_hostile_body_takes_little_time(name: str) -> None:
    began = time.process_time()
    with suppress(InvalidInput):
        read_exact_json(BODIES[name])

    # Some 100 ms at most where nothing else runs; the same without its bounds took minutes.
    assert time.process_time() - began < 2


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
