"""How money is to be paid out, as a request for a second person keeps it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from ledger.treasury.services.paying import PaidFrom


def kept(paid_from: PaidFrom) -> dict[str, str]:
    """How money is to be paid out, as a request keeps it until somebody decides: what was said alone."""
    said = {
        "method": paid_from.method,
        "bank_account_id": paid_from.bank_account_id,
        "drawer_id": paid_from.drawer_id,
        "reference": paid_from.reference,
        "payee": paid_from.payee,
        "paid_on": paid_from.paid_on,
    }
    return {name: str(value) for name, value in said.items() if value}


def read_kept(said: Mapping[str, str]) -> PaidFrom:
    """What `kept` kept."""
    return PaidFrom(
        method=said.get("method", ""),
        bank_account_id=UUID(said["bank_account_id"]) if "bank_account_id" in said else None,
        drawer_id=UUID(said["drawer_id"]) if "drawer_id" in said else None,
        reference=said.get("reference", ""),
        payee=said.get("payee", ""),
        paid_on=date.fromisoformat(said["paid_on"]) if "paid_on" in said else None,
    )
