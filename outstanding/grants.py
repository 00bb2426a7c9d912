"""What the runtime role may do with the tables of outstanding amounts (core.database.rights)."""

from __future__ import annotations

from batconnect.core.database.rights import declare
from outstanding.models import (
    CustomerInstallment,
    CustomerPayment,
    CustomerPaymentItem,
    PaymentPlan,
    PaymentReminder,
    PaymentSchedule,
    PaymentScheduleItem,
    PremiumMove,
    RenewalCancellation,
    RenewalCase,
)

declare(RenewalCase, why="A policy that is renewed: imported once.")
declare(RenewalCancellation, why="A policy that was canceled before its end: written once.")
declare(
    CustomerInstallment,
    why="An installment of a premium: imported once; the ledger says what is owed of it.",
)
declare(
    CustomerPayment,
    update="status payment_id settled_amount failure_reason finished_on",
    why="The outcome of a payment that a gateway was asked to collect.",
)
declare(CustomerPaymentItem, update="is_open", why="Open while its payment is under way.")
declare(PaymentPlan, update="status ended_on", why="Completed, replaced, canceled, resumed; its terms stay.")
declare(PaymentSchedule, update="failed_attempts next_attempt_on", why="Failed charges are tried again.")
declare(PaymentScheduleItem, why="Which obligation a row of the plan pays: written with the plan.")
declare(PaymentReminder, update="state attempts due_at sent_at", why="Sent once, tried again until then.")
declare(PremiumMove, update="is_voided", why="Taken back; what was passed on never changes.")
