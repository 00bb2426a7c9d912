"""A loan as clients send it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from rest_framework.exceptions import ValidationError

from batconnect.core.api.fields import RateInput
from batconnect.core.kernel.errors import FieldError, InvalidInput
from ledger.repayment.inputs import SentDocument, read_document
from loans.kind import LOANS
from loans.services.loans import HIGHEST_RATE

FORM: Final = Path(__file__).parent / "bpm_flows/newloan/schemas/enter_details.json"
_RATE: Final = RateInput(at_least=Decimal(0), at_most=HIGHEST_RATE)


def read_loan(data: Mapping[str, Any]) -> SentDocument:
    """The loan in data that fits the form. Raises InvalidInput for a rate that is not a percentage."""
    return read_document(
        data,
        kind=LOANS,
        interest_rate=read_rate(data.get("interest_rate", 0)),
        interest_reason=(data.get("interest_reason") or "").strip(),
    )


def read_rate(value: object) -> Decimal:
    """A percentage of 0 to 100 with at most four decimals. Raises InvalidInput."""
    try:
        return _RATE.to_internal_value(value)
    except ValidationError as error:
        message = " ".join(str(each) for each in error.detail)
        raise InvalidInput(message, errors=[FieldError("interest_rate", message)]) from error
