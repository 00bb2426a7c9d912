"""The forms of steps."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.core.exceptions import ImproperlyConfigured
from hypothesis import given
from hypothesis import strategies as st

from cases import forms


def _form(tmp_path: Path, properties: dict[str, Any], **rest: Any) -> Path:
    source = tmp_path / "form.json"
    source.write_bytes(
        orjson.dumps({"type": "object", "additionalProperties": False, "properties": properties, **rest})
    )
    return source


def test_a_form_with_multiple_of_is_no_form(tmp_path: Path) -> None:
    source = _form(tmp_path, {"amount": {"type": "number", "multipleOf": 0.01}})

    with pytest.raises(ImproperlyConfigured, match="multipleOf"):
        forms.check(source, {"amount": 1})


def test_at_most_fifty_errors_are_told(tmp_path: Path) -> None:
    source = _form(tmp_path, {})

    assert len(forms.check(source, {f"field{number}": 1 for number in range(200)})) == forms.MAX_ERRORS


@pytest.mark.parametrize(
    ("rule", "value", "code", "message"),
    [
        ({"type": "string"}, 1, "type", "Enter a value of type string."),
        ({"enum": ["a", "b"]}, "c", "enum", "Choose one of: a, b."),
        ({"const": "a"}, "b", "const", "Must be a."),
        ({"minItems": 1}, [], "minItems", "Give at least 1."),
        ({"maxItems": 1}, [1, 2], "maxItems", "Give at most 1; there are 2."),
        ({"minLength": 3}, "no", "minLength", "Write at least 3 characters."),
        ({"maxLength": 3}, "long", "maxLength", "Write at most 3 characters; there are 4."),
        ({"minimum": 1}, 0, "minimum", "Must be 1 or more."),
        ({"exclusiveMinimum": 0}, 0, "exclusiveMinimum", "Must be more than 0."),
        ({"maximum": 1}, Decimal("1.01"), "maximum", "Must be 1 or less."),
        ({"exclusiveMaximum": 1}, 1, "exclusiveMaximum", "Must be less than 1."),
        ({"uniqueItems": True}, [1, 1], "uniqueItems", "The same entry appears here twice."),
        (
            {"pattern": "^LS-", "description": "A lease, such as LS-2054."},
            "X",
            "pattern",
            "A lease, such as LS-2054.",
        ),
        ({"not": {}}, 1, "not", "This value is not accepted."),
        ({"anyOf": [{"type": "integer"}, {"type": "null"}]}, "x", "type", "Enter a value of type integer."),
    ],
)
def test_every_refusal_says_what_to_enter(
    tmp_path: Path, rule: dict[str, Any], value: Any, code: str, message: str
) -> None:
    source = _form(tmp_path, {"field": rule})

    (error,) = forms.check(source, {"field": value})

    assert (error.field, error.code, error.message) == ("field", code, message)


@given(cents=st.integers(min_value=1, max_value=99_999_999_999))
def test_every_amount_in_cents_is_taken_as_number_and_as_text(cents: int) -> None:
    source = Path(__file__).parents[2] / "tests/bpm_flows/inspection/schemas/report.json"
    amount = Decimal(cents).scaleb(-2)

    for value in (amount, str(amount)):
        assert forms.check(source, {"vehicle": "A", "fee": value}) == []


def test_a_float_is_no_number(tmp_path: Path) -> None:
    source = _form(tmp_path, {"rate": {"type": "number"}})

    assert [error.code for error in forms.check(source, {"rate": 0.1})] == ["type"]
