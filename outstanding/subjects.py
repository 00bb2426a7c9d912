"""What the tables of renewals are to the console (`core.kernel.subject`)."""

from __future__ import annotations

from typing import Final

from batconnect.core.kernel.subject import Noted, OfCase, SourceType, Subject
from outstanding.postings import CANCELLATION, PREMIUM

INSTALLMENT: Final = "outstanding.installment"
CUSTOMER_PAYMENT: Final = "outstanding.customer_payment"
_VIEW: Final = "outstanding.view"

SUBJECTS: Final = (
    Subject(
        model="outstanding.RenewalCase",
        title="Renewal cases",
        icon="autorenew",
        permission=_VIEW,
        sources=(
            SourceType(INSTALLMENT, through="installments"),
            SourceType(CANCELLATION, through="installments"),
            SourceType(PREMIUM, through="premium_moves"),
        ),
        named="{t}.policy_number",
        of_case=OfCase(word="Renewal"),
        noted=Noted("renewal_case", customer="customer_id"),
    ),
    Subject(model="outstanding.PaymentPlan", title="Payment plans", icon="event_repeat", permission=_VIEW),
    Subject(
        model="outstanding.CustomerPayment",
        title="Customers' payments",
        icon="credit_score",
        permission=_VIEW,
        sources=(SourceType(CUSTOMER_PAYMENT),),
        named="{t}.transaction_id",
        of_case=OfCase(word="Customer's payments", entity="customer_payment", named_by="pk"),
    ),
    Subject(model="outstanding.PaymentReminder", title="Reminders", icon="mail", permission=_VIEW),
)
