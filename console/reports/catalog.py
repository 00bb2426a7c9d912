"""Every report, in the order of the menu."""

from __future__ import annotations

from typing import Final

from batconnect.core.kernel.actors import Actor
from console.reports.aging import Aging
from console.reports.books import AuditTrail, TrialBalance
from console.reports.cash import CashReceipts
from console.reports.clearing import EarningsClearing, Recovery, TrustMoney
from console.reports.documents import RepaidDocuments
from console.reports.drivers import DriverBalances, DtrRegister
from console.reports.hand_overs import NotHandedOver
from console.reports.received import ReceivedDeposited
from console.reports.report import Report
from console.reports.statements import AccountLedger, BalanceSheetReport, ProfitAndLossReport

_REPORTS: Final[tuple[type[Report], ...]] = (
    Aging,
    CashReceipts,
    ReceivedDeposited,
    DriverBalances,
    DtrRegister,
    RepaidDocuments,
    NotHandedOver,
    Recovery,
    TrustMoney,
    EarningsClearing,
    TrialBalance,
    ProfitAndLossReport,
    BalanceSheetReport,
    AccountLedger,
    AuditTrail,
)
REPORTS: Final[dict[str, Report]] = {each.slug: each() for each in _REPORTS}


def reports_for(actor: Actor) -> list[Report]:
    """The reports that the actor may see."""
    return [report for report in REPORTS.values() if report.may_see(actor)]
