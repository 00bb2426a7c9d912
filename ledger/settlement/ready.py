"""What the settlement registers with the rest of the ledger: its step, its sources, its checks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, time, timedelta
from typing import Any, Final, NoReturn
from uuid import UUID

from batconnect.core.kernel.actors import Actor
from batconnect.directory.settled import register_settled_weeks
from ledger import sources, weekly
from ledger.openings import register_opening
from ledger.postings import APPLICATION, DTR, EARNING, SHORTFALL
from ledger.rules.settlement import DAYS
from ledger.settlement import printed  # noqa: F401 - registers how DTRs are printed and mailed
from ledger.settlement.errors import WeekClosed
from ledger.settlement.models import Dtr, LeaseEarning
from ledger.settlement.querysets import settled_weeks_of
from ledger.settlement.services.dtrs import generate_dtrs
from ledger.settlement.services.earnings import void_earning
from ledger.settlement.services.lease_fees import post_due_lease_fees
from ledger.settlement.services.opening import EARNINGS
from ledger.settlement.services.payouts_back import PAYOUT_BACK
from ledger.settlement.verification import register_settlement_checks
from ledger.sources import Description
from ledger.treasury.services.returning import register_returning

LEASE_FEES_SLOT: Final = time(4, 0)


def register_settlement() -> None:
    """Register all of it, once, when the app is ready."""
    weekly.register(weekly.LEASE_FEES, 10, _post_fees, slot=LEASE_FEES_SLOT, label="Lease fees")
    weekly.register(weekly.DTR, 100, _make_dtrs, slot=weekly.DTR_SLOT, label="DTRs")
    sources.register(EARNING, describe=_describe_earnings, void=void_earning)
    sources.register(APPLICATION, describe=_describe_applications, void=_refuse_closed)
    sources.register(DTR, describe=_describe_payouts)
    sources.register(SHORTFALL, owner="DTR")
    register_settled_weeks(settled_weeks_of)
    register_opening(EARNINGS)
    register_returning(DTR, PAYOUT_BACK)
    register_settlement_checks()


def _post_fees(*, actor: Actor, sunday: date, progress: weekly.Progress) -> Mapping[str, Any]:
    """The fees of the week that ends before the Sunday."""
    week = sunday - timedelta(days=DAYS)
    return post_due_lease_fees(actor=actor, week=week, progress=progress).as_dict()


def _make_dtrs(*, actor: Actor, sunday: date, progress: weekly.Progress) -> Mapping[str, Any]:
    """The DTRs of the week that ends before the Sunday."""
    week = sunday - timedelta(days=DAYS)
    return generate_dtrs(actor=actor, week=week, progress=progress).as_dict()


def _refuse_closed(*, actor: Actor, source_id: str, event: str, reason: str) -> NoReturn:
    raise WeekClosed(
        f"{source_id.partition('/')[0]} has applied these earnings: the week is closed and does not change."
    )


def _describe_earnings(actor: Actor, ids: Sequence[str]) -> dict[str, Description]:
    rows = LeaseEarning.objects.filter(company_id=actor.company_id, id__in=[UUID(each) for each in ids])
    return {
        str(key): Description(f"Earnings of the week of {week}")
        for key, week in rows.values_list("id", "week")
    }


def _describe_applications(actor: Actor, ids: Sequence[str]) -> dict[str, Description]:
    return {
        each: Description(
            f"Recovered from earnings by {(number := each.partition('/')[0])}", f"/ledger/dtrs/{number}"
        )
        for each in ids
    }


def _describe_payouts(actor: Actor, ids: Sequence[str]) -> dict[str, Description]:
    """Each by its source id: that of the DTR, and from the second attempt on with its number."""
    keys = {each: UUID(each.partition("/")[0]) for each in ids}
    numbers = dict(
        Dtr.objects.filter(company_id=actor.company_id, id__in=set(keys.values())).values_list("id", "number")
    )
    return {
        each: Description(f"Payout of {numbers[key]}", f"/ledger/dtrs/{numbers[key]}")
        for each, key in keys.items()
        if key in numbers
    }
