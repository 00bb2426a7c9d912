"""Every report, in the order of the menu."""

from __future__ import annotations

from typing import Final

from batconnect.console.reports.ageing import Ageing
from batconnect.console.reports.books import AuditTrail, TrialBalance
from batconnect.console.reports.cash import CashReceipts
from batconnect.console.reports.documents import LoansAndRepairs
from batconnect.console.reports.drivers import DriverBalances, DtrRegister
from batconnect.console.reports.report import Report
from batconnect.core.actors import Actor

_REPORTS: Final[tuple[type[Report], ...]] = (
    Ageing,
    CashReceipts,
    DriverBalances,
    DtrRegister,
    LoansAndRepairs,
    TrialBalance,
    AuditTrail,
)
REPORTS: Final[dict[str, Report]] = {each.slug: each() for each in _REPORTS}


def reports_for(actor: Actor) -> list[Report]:
    """The reports that the actor may see."""
    return [report for report in REPORTS.values() if report.may_see(actor)]
