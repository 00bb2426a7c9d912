"""Reasons of corrections: trimmed, 10 to 500 characters.

Rule: docs/domain.md#voiding, docs/domain.md#corrections.
"""

from __future__ import annotations

from typing import Final

from batconnect.core.kernel.errors import InvalidInput
from ledger.errors import REASON_LENGTH

SHORTEST: Final = 10
LONGEST: Final = 500


def checked_reason(text: str, *, shortest: int = SHORTEST, field: str = "reason") -> str:
    """The reason without spaces around it. Raises InvalidInput naming the length and the limits."""
    reason = text.strip()
    if not shortest <= len(reason) <= LONGEST:
        raise InvalidInput(
            f"The reason has {len(reason)} characters; it must have {shortest} to {LONGEST}.",
            code=REASON_LENGTH,
            field=field,
        )
    return reason
