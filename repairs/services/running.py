"""Repairs that were being repaid when the books were opened (docs/domain.md#opening-batch)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from batconnect.core.api.fields import not_among, spellings
from batconnect.core.kernel.actors import Actor
from ledger.openings import OpeningDay, OpeningItem, WrongLine
from ledger.repayment.services.opening import DocumentPlan
from ledger.repayment.services.running import Running, Terms
from repairs.errors import UNKNOWN_WORKSHOP
from repairs.kind import REPAIRS
from repairs.models import RepairInvoice
from repairs.services.repairs import LONGEST_NUMBER, refuse_taken


def _terms(actor: Actor, item: OpeningItem, start: date, day: OpeningDay) -> Terms:
    """The invoice's number is the line's reference, its date the day of the opening unless given."""
    dated = date.fromisoformat(item["dated"]) if item["dated"] else day.on
    named = item["workshop"] or RepairInvoice.Workshop.EXTERNAL.value
    workshop = spellings(RepairInvoice.Workshop.choices).get(named.casefold())
    wrong: list[WrongLine] = []
    if not 0 < len(item["reference"]) <= LONGEST_NUMBER:
        message = f"Give the invoice's number, of up to {LONGEST_NUMBER} characters."
        wrong.append(WrongLine(item.place, "reference", message))
    if workshop is None:
        message = not_among(named, RepairInvoice.Workshop.choices)
        wrong.append(WrongLine(item.place, "workshop", message, UNKNOWN_WORKSHOP))
    own = {"invoice_number": item["reference"], "invoice_date": dated, "workshop_type": workshop}
    return Terms(own, dated, wrong=tuple(wrong))


def _of_vehicle(actor: Actor, plan: DocumentPlan) -> Mapping[str, Any]:
    refuse_taken(plan=plan)
    return {"vehicle_id": plan.lease.vehicle_id}


def _invoice(plan: DocumentPlan) -> object:
    return plan.lease.vehicle_id, plan.own["invoice_number"].upper(), plan.own["invoice_date"]


REPAIR: Final = Running(
    kind=REPAIRS,
    code="repair",
    label="A running repair: what is not yet due of it",
    columns=("workshop",),
    terms=_terms,
    finish=_of_vehicle,
    same=_invoice,
).opening()
