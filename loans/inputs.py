"""A loan as clients send it, checked against the step's form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from rest_framework.exceptions import ValidationError

from batconnect.core.api.fields import RateInput, parse_day
from batconnect.core.kernel.errors import FieldError, InvalidInput
from batconnect.core.kernel.money import exact_money
from cases import forms

FORM: Final = Path(__file__).parent / "bpm_flows/newloan/schemas/enter_details.json"
_RATE: Final = RateInput(at_least=Decimal(0), at_most=Decimal(100))


@dataclass(frozen=True, slots=True)
class SentLoan:
    """What `plan_loan` takes, and the notes."""

    terms: dict[str, Any]
    notes: str


def checked_form(data: object) -> Mapping[str, Any]:
    """The data once it fits the step's form. Raises InvalidInput naming each field."""
    if not isinstance(data, Mapping):
        raise InvalidInput("Send one JSON object.")
    if errors := forms.check(FORM, data):
        raise InvalidInput("; ".join(f"{each.field}: {each.message}" for each in errors[:5]), errors=errors)
    return data


def read_loan(data: Mapping[str, Any]) -> SentLoan:
    """The loan in data that fits the form. Raises InvalidInput for a rate that is not a percentage."""
    return SentLoan(
        terms={
            "driver_id": int(data["driver_id"]),
            "lease": data["lease_id"],
            "amount": exact_money(data["loan_amount"]),
            "interest_rate": read_rate(data.get("interest_rate", 0)),
            "start_week": parse_day(data["start_week"]),
        },
        notes=(data.get("notes") or "").strip(),
    )


def read_rate(value: object) -> Decimal:
    """A percentage of 0 to 100 with at most four decimals. Raises InvalidInput."""
    try:
        return _RATE.to_internal_value(value)
    except ValidationError as error:
        message = " ".join(str(each) for each in error.detail)
        raise InvalidInput(message, errors=[FieldError("interest_rate", message)]) from error
