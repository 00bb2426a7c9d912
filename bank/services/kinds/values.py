"""What only one kind of explanation needs, read from a piece's `values` as they came or were kept."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from bank.errors import UNKNOWN_EXPLANATION
from bank.services.kinds.interface import Piece
from batconnect.core.kernel.errors import InvalidInput
from batconnect.core.kernel.money import exact_money


def money_of(piece: Piece, name: str) -> Decimal | None:
    """The amount of this name; None where none was given."""
    value = piece.values.get(name)
    return None if value in (None, "") else exact_money(value)


def text_of(piece: Piece, name: str) -> str:
    """The text of this name; "" where none was given."""
    return str(piece.values.get(name) or "").strip()


def needed(piece: Piece, name: str) -> Any:
    """The value of this name. Raises InvalidInput `unknown_explanation` where none was given."""
    value = piece.values.get(name)
    if value in (None, ""):
        raise InvalidInput(f"Name the {name} too.", code=UNKNOWN_EXPLANATION, field=name)
    return value
