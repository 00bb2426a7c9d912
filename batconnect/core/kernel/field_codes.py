"""The codes of single fields, in the `errors` of an answer: stable API (docs/errors.md).

The code of the answer as a whole is declared in `core.kernel.codes` and in the apps' `errors`.
"""

from __future__ import annotations

from typing import Final

INVALID: Final = "invalid"
REQUIRED: Final = "required"
UNKNOWN_FIELD: Final = "unknown_field"
MAX_LENGTH: Final = "max_length"
TOO_LONG: Final = "too_long"
TOO_MANY_VALUES: Final = "too_many_values"
NOT_MONEY: Final = "not_money"
NOT_POSITIVE: Final = "not_positive"
OUT_OF_RANGE: Final = "out_of_range"
NOT_A_RATE: Final = "not_a_rate"
TOO_SMALL: Final = "too_small"
TOO_LARGE: Final = "too_large"
NOT_A_DATE: Final = "not_a_date"
WRONG_CELL_COUNT: Final = "wrong_cell_count"
