"""Handing charges to gateways and asking about them: per company, outside of any transaction."""

from __future__ import annotations

from dataclasses import asdict

from batconnect.core.jobs.running import each_company
from batconnect.core.jobs.schedules import declare_schedule
from batconnect.core.kernel.actors import Actor
from payments.gateways.services import SEND_CHARGES, reconcile_charges, send_charges

declare_schedule(
    name="Send gateway charges",
    task=SEND_CHARGES,
    run_permission="gateways.configure",
    minute="*",
    description="Hands over charges that a lost message left behind.",
)
declare_schedule(
    name="Reconcile gateway charges",
    task="gateways.reconcile_charges",
    run_permission="gateways.configure",
    minute="*/10",
    description="Asks the gateways about charges that have had no news for ten minutes.",
)


@each_company(SEND_CHARGES, in_transaction=False, swept_by=SEND_CHARGES)
def send_all_charges(actor: Actor) -> dict[str, int]:
    """Hand over each company's waiting charges."""
    return {"sent": send_charges(company_id=actor.company_id)}


@each_company("gateways.reconcile_charges", in_transaction=False)
def reconcile_all_charges(actor: Actor) -> dict[str, int]:
    """Ask about each company's charges."""
    return asdict(reconcile_charges(company_id=actor.company_id))
