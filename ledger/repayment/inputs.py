"""A new document as clients send it, checked against its step's form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from batconnect.core.api.fields import parse_day
from batconnect.core.kernel.errors import InvalidInput
from batconnect.core.kernel.money import exact_money
from cases import forms
from ledger.repayment.kinds import RepaidKind


@dataclass(frozen=True, slots=True)
class SentDocument:
    """What the kind's planning service takes, and the notes."""

    terms: dict[str, Any]
    notes: str


def checked_form(form: Path, data: object) -> Mapping[str, Any]:
    """The data once it fits the step's form. Raises InvalidInput naming each field."""
    if not isinstance(data, Mapping):
        raise InvalidInput("Send one JSON object.")
    if errors := forms.check(form, data):
        raise InvalidInput("; ".join(f"{each.field}: {each.message}" for each in errors[:5]), errors=errors)
    return data


def read_document(data: Mapping[str, Any], *, kind: RepaidKind, **own: Any) -> SentDocument:
    """The document in data that fits the form; `own` are the terms that only its kind has."""
    return SentDocument(
        terms={
            "driver_id": int(data["driver_id"]),
            "lease": data["lease_id"],
            "amount": exact_money(data[kind.amount_field]),
            "start_week": parse_day(data["start_week"]),
            **own,
        },
        notes=(data.get("notes") or "").strip(),
    )
