"""Pieces as a request for a second person keeps them until somebody decides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from bank.services.kinds.interface import Piece
from batconnect.core.kernel.money import exact_money

_IDS = ("customer_id", "payment_id", "disbursement_id")
_TEXTS = ("account_code", "source_type", "source_id", "note")


def kept(pieces: Sequence[Piece]) -> list[dict[str, Any]]:
    """What was said, as JSON: amounts and ids as text."""
    return [
        {
            "kind": each.kind,
            "amount": str(each.amount),
            **{name: str(value) for name in _IDS if (value := getattr(each, name)) is not None},
            **{name: value for name in _TEXTS if (value := getattr(each, name))},
            "values": {name: _as_json(value) for name, value in each.values.items()},
        }
        for each in pieces
    ]


def read_kept(said: Sequence[Mapping[str, Any]]) -> list[Piece]:
    """What `kept` kept."""
    return [_read(each) for each in said]


def _read(said: Mapping[str, Any]) -> Piece:
    ids: dict[str, Any] = {name: UUID(said[name]) for name in _IDS if name in said}
    texts: dict[str, Any] = {name: said[name] for name in _TEXTS if name in said}
    return Piece(said["kind"], exact_money(said["amount"]), values=said["values"], **ids, **texts)


def _as_json(value: Any) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, list | tuple):
        return [_as_json(each) for each in value]
    return str(value)
