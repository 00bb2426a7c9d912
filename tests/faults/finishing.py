"""Services whose rest is done by others when a fault cuts them off: by the schedules that look every minute for what
was left behind."""

from __future__ import annotations

from datetime import timedelta
from typing import Final
from uuid import UUID

import time_machine
from celery import current_app
from django.db import connection

from batconnect.core.kernel import clock

LEASES: Final = timedelta(hours=2)
"""What was begun when it failed has its turn again after that."""
_LET_GO: Final = (
    "update work_holds set until = clock_timestamp() - interval '1 second' where company_id = %s::uuid"
)
_BY_EVENT_OR_QUESTION: Final = frozenset({"gateway_events"})
FINISHED_BY_SCHEDULES: Final[dict[str, frozenset[str]]] = {
    # The rows of a batch of bank statements hear of their lines by the batch's own schedule.
    "bank.services.processing: process_account": frozenset(),
    # Whether a charge was handed over is found out by asking; then no event is kept that told it.
    "payments.gateways.services.charges: send_charges": _BY_EVENT_OR_QUESTION,
    "payments.gateways.services.charges: reconcile_charges": _BY_EVENT_OR_QUESTION,
}
"""By title, with the tables that tell how it came to its end, not to which."""
TRIED_IN: Final = {
    "batconnect.core.mailing.sending: send_waiting": "payments/tests/test_mailing.py::test_each",
    "payments.gateways.services.charges: reconcile_charges": "outstanding/tests/test_pay.py",
    "payments.gateways.services.charges: send_charges": "outstanding/tests/test_pay.py",
}
"""Services that ask the world outside, and whose gateway or mail server answers the same question the same there."""


def finish_by_schedules(company_id: UUID) -> None:
    """Do what the schedules of every minute would, in this process, until nothing is left behind."""
    # What imports tables comes after Django is set up, which is later than plugins.
    from batconnect.core.database.tenancy import company_context
    from batconnect.core.jobs.running import OF_COMPANY, declared_subjects, left_behind

    with company_context(company_id, job="faults"), connection.cursor() as cursor:
        # Who called what failed has died as well: what it held is free.
        cursor.execute(_LET_GO, [company_id])
    for task in declared_subjects():
        with company_context(company_id, job="faults") as reader:
            left = left_behind(actor=reader, task=task)
        for subject in left:
            current_app.tasks[task](str(company_id), str(subject))
    for _ in range(2):
        current_app.tasks[f"gateways.send_charges{OF_COMPANY}"](str(company_id))
        with time_machine.travel(clock.now() + LEASES, tick=False):
            current_app.tasks[f"gateways.reconcile_charges{OF_COMPANY}"](str(company_id))
