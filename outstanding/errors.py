"""What the app of outstanding amounts refuses."""

from __future__ import annotations

from typing import Final

from batconnect.core.kernel.codes import declare_code
from batconnect.core.kernel.errors import Conflict, NotFound


class RenewalCaseNotFound(NotFound):
    """404: no such renewal case in this company."""

    code = "renewal_case_not_found"
    title = "Case not found"
    remedy = "Check the case id or number; cases of other companies are not found."


class CustomerPaymentNotFound(NotFound):
    """404: no such payment of outstanding rows in this company."""

    code = "customer_payment_not_found"
    title = "Payment not found"
    remedy = (
        "Send the payment_id or transaction_id that pay/ returned; payments of other companies are not found."
    )


class ReminderNotFound(NotFound):
    """404: no such reminder in this company."""

    code = "reminder_not_found"
    title = "No such reminder"


class NoPaymentPlan(NotFound):
    """404: the case has no active payment plan."""

    code = "no_payment_plan"
    title = "No payment plan"
    remedy = "Set one up with setup-payment-plan/."


class NothingOutstanding(Conflict):
    """409: the case owes nothing."""

    code = "nothing_outstanding"
    title = "Nothing is outstanding"
    remedy = "Nothing is left to do: everything is paid."


class InstallmentProcessing(Conflict):
    """409: a payment of the row is in progress."""

    code = "installment_processing"
    title = "A payment is in progress"
    remedy = "Wait for its result; the summary shows the rows as processing until then."


class PlanActive(Conflict):
    """409: the case has an active plan."""

    code = "payment_plan_active"
    title = "A payment plan already exists"
    remedy = "Send replace: true to replace it, or cancel it first."


ABOVE_PREMIUM: Final = declare_code(
    "above_premium",
    status=400,
    title="More than the premium",
    remedy="What is unearned is at most the premium less what was written off of it; the message names it.",
)
TERM_OR_FIGURE: Final = declare_code(
    "term_or_figure",
    status=400,
    title="Say what is unearned in one way",
    remedy="Send either unearned, the insurer's figure, or covers_from and covers_until, to count by days.",
)
OUTSIDE_TERM: Final = declare_code(
    "outside_term",
    status=400,
    title="Outside the days that the policy covers",
    remedy="Use an effective_on within covers_from and covers_until, which follow one another.",
)


ABOVE_PAYABLE: Final = declare_code(
    "above_payable",
    status=409,
    title="More than is due to the insurer",
    remedy="Use at most the amount that the message names.",
)
UNKNOWN_INSTALLMENT: Final = declare_code(
    "unknown_installment",
    status=400,
    title="No such installment",
    remedy="Send ids that the summary lists.",
)
INSTALLMENT_PAID: Final = declare_code(
    "installment_paid",
    status=400,
    title="The installment is paid",
    remedy="Leave it out; the summary lists what is outstanding.",
)
INSTALLMENT_PLANNED: Final = declare_code(
    "installment_in_plan",
    status=400,
    title="A payment plan covers the installment",
    remedy="Pay the plan's rows, which the summary lists instead.",
)
INSTALLMENT_TWICE: Final = declare_code(
    "installment_twice", status=400, title="Named twice", remedy="Name each installment once."
)
SHARE_ZERO: Final = declare_code(
    "share_of_zero",
    status=400,
    title="The amount is too small for so many installments",
    remedy="Choose fewer installments: each must be at least 0.01.",
)
START_TOO_LATE: Final = declare_code(
    "start_too_late",
    status=400,
    title="The start date is too far ahead",
    remedy="Choose a start date within two years from today.",
)
AUTO_NEEDS_ELECTRONIC: Final = declare_code(
    "auto_payment_needs_electronic_method",
    status=400,
    title="This method is not collected automatically",
    remedy="Choose an electronic method, or set auto_payment_enabled to false.",
)
POLICY_DIFFERS: Final = declare_code(
    "policy_differs",
    status=400,
    title="The policy or installment already exists with other values",
    remedy="Correct the row, or leave it out; an import does not change what was imported before.",
)
