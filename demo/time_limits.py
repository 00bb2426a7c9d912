"""How long a case of Big Apple Taxi may wait at a step, so that the console has limits to show."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from cases.models import CaseStepConfig, CaseStepOverride
from demo.companies import BIG_APPLE

LIMITS: Final = {
    "INTPAY-001": timedelta(hours=4),
    "INTPAY-002": timedelta(hours=1),
    "LOAN_ENTER_DETAILS": timedelta(days=2),
    "REPAIR_ENTER_DETAILS": timedelta(days=3),
}


def set_time_limits() -> None:
    """Set them; the transaction is inside the company. Cases opened before keep the limit they began with."""
    steps = CaseStepConfig.objects.filter(step_id__in=LIMITS)
    CaseStepOverride.objects.bulk_create(
        CaseStepOverride(company_id=BIG_APPLE, case_step_config=step, sla=LIMITS[step.step_id])
        for step in steps
    )
