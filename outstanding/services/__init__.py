"""The actions that change outstanding amounts."""

from outstanding.services.cancelling import Canceled, cancel_renewal
from outstanding.services.cases import NewInstallment, add_installments, open_renewal_case
from outstanding.services.collecting import collect_due
from outstanding.services.paying import Initiated, pay_installments
from outstanding.services.plans import PlanMade, PlanRequest, cancel_plan, setup_plan
from outstanding.services.reminders import prepare_reminders, send_reminders

__all__ = [
    "Canceled",
    "Initiated",
    "NewInstallment",
    "PlanMade",
    "PlanRequest",
    "add_installments",
    "cancel_plan",
    "cancel_renewal",
    "collect_due",
    "open_renewal_case",
    "pay_installments",
    "prepare_reminders",
    "send_reminders",
    "setup_plan",
]
