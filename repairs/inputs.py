"""A repair as clients send it, already held against the step's form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from batconnect.core.api.fields import parse_day
from batconnect.core.money import parse_money


@dataclass(frozen=True, slots=True)
class SentRepair:
    """What `plan_repair` takes, and the notes."""

    terms: dict[str, Any]
    notes: str


def read_repair(data: Mapping[str, Any]) -> SentRepair:
    """The repair in data that fits the form."""
    return SentRepair(
        terms={
            "driver_id": int(data["driver_id"]),
            "lease": data["lease_id"],
            "invoice_number": data["invoice_number"].strip(),
            "invoice_date": parse_day(data["invoice_date"]),
            "workshop_type": data["workshop_type"],
            "amount": parse_money(data["total_amount"]),
            "start_week": parse_day(data["start_week"]),
        },
        notes=(data.get("notes") or "").strip(),
    )
