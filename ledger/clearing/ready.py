"""What taxes held and security deposits register with the rest of the ledger: their sources and checks."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from batconnect.core.approvals.kinds import register_kind
from batconnect.core.kernel.actors import Actor
from ledger import sources
from ledger.clearing import postings
from ledger.clearing.models import Remittance
from ledger.clearing.services.deposit_returns import RETURN
from ledger.clearing.services.deposits import void_deposit_move
from ledger.clearing.services.opening import DEPOSIT
from ledger.clearing.services.passed_back import DEPOSIT_BACK, REMITTANCE_BACK
from ledger.clearing.services.taxes import stop_remittance
from ledger.clearing.verification import register_clearing_checks
from ledger.openings import register_opening
from ledger.sources import Description
from ledger.treasury.services.returning import register_returning


def register_clearing() -> None:
    """Register all of it, once, when the app is ready."""
    sources.register(postings.REMITTANCE, describe=_describe_remittances, void=_stop_remittance)
    sources.register(postings.DEPOSIT, describe=_describe_deposits, void=_void_move)
    register_opening(DEPOSIT)
    register_returning(postings.REMITTANCE, REMITTANCE_BACK)
    register_returning(postings.DEPOSIT, DEPOSIT_BACK)
    register_kind(RETURN)
    register_clearing_checks()


def _describe_remittances(actor: Actor, ids: Sequence[str]) -> dict[str, Description]:
    rows = Remittance.objects.filter(company_id=actor.company_id, id__in=[UUID(each) for each in ids])
    return {
        str(key): Description(f"Remitted to {payee}", "/api/accounting/remittances")
        for key, payee in rows.values_list("id", "payee")
    }


def _describe_deposits(actor: Actor, ids: Sequence[str]) -> dict[str, Description]:
    return {each: Description("Security deposit", "/api/accounting/security-deposits") for each in ids}


def _stop_remittance(*, actor: Actor, source_id: str, event: str, reason: str) -> None:
    stop_remittance(actor=actor, remittance_id=UUID(source_id), reason=reason)


def _void_move(*, actor: Actor, source_id: str, event: str, reason: str) -> None:
    void_deposit_move(actor=actor, move_id=UUID(source_id), reason=reason)
