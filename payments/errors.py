"""What the app of payments refuses."""

from __future__ import annotations

from typing import Final

from batconnect.core.kernel.codes import declare_code
from batconnect.core.kernel.errors import Conflict, NotFound


class PaymentNotFound(NotFound):
    """404: no such payment in this company."""

    code = "payment_not_found"
    title = "No such payment"
    remedy = "Check the number; a payment of another company is not found."


class AllocationNotFound(NotFound):
    """404: no such allocation in this company."""

    code = "allocation_not_found"
    title = "No such allocation"
    remedy = "Check the id; an allocation of another company is not found."


class OperationNotFound(NotFound):
    """404: no such operation in this company."""

    code = "operation_not_found"
    title = "No such operation"
    remedy = "Take operation_id from an allocation; one of another company is not found."


class RefundNotFound(NotFound):
    """404: no such refund request in this company."""

    code = "refund_request_not_found"
    title = "No such refund request"
    remedy = "Take refund_request_id from the refund's answer; one of another company is not found."


class CreditMemoNotFound(NotFound):
    """404: no such credit memo in this company."""

    code = "credit_memo_not_found"
    title = "No such credit memo"
    remedy = "Check the id; a credit memo of another company is not found."


class PaymentNotPosted(Conflict):
    """409: the payment is voided or still pending."""

    code = "payment_not_posted"
    title = "The payment is not posted"
    remedy = "Read the payment again; only a posted one can be allocated, refunded or voided."


class PaymentRefunded(Conflict):
    """409: something of the payment was refunded, so it cannot be voided as a whole."""

    code = "payment_refunded"
    title = "Part of the payment was refunded"
    remedy = "Void its remaining allocations one by one and refund the rest."


class PaymentReturned(Conflict):
    """409: the bank took the payment back, or a part of it."""

    code = "payment_returned"
    title = "The payment came back"
    remedy = "Read the payment again: it says what the bank took back of it."


class PaymentNotReturnable(Conflict):
    """409: no bank takes this payment back."""

    code = "payment_not_returnable"
    title = "No bank takes this payment back"
    remedy = "Void the payment if it was entered by mistake."


ABOVE_RETURNABLE: Final = declare_code(
    "above_returnable",
    status=400,
    title="More than can come back",
    remedy="Return at most what the message names: the payment less what came back before.",
)
NOT_RETURNED: Final = declare_code(
    "not_returned",
    status=400,
    title="That payment did not come back",
    remedy="Name a returned payment of the same customer and currency, which was not presented again before.",
)


class CheckHeld(Conflict):
    """409: the check has not been there long enough to be paid back."""

    code = "check_held"
    title = "The check may still bounce"
    remedy = "Refund it from the day on that the message names; the company sets the number of days."


class PaymentAtBank(Conflict):
    """409: the payment lies on a line of a bank statement, or on a closed deposit slip."""

    code = "at_the_bank"
    title = "The payment is at the bank"
    remedy = (
        "Take it off the statement's line or the deposit slip first, or record that the bank took it back."
    )


class PaymentDeposited(Conflict):
    """409: something of the payment is held as a security deposit."""

    code = "payment_deposited"
    title = "Part of the payment is a security deposit"
    remedy = "Undo first that the deposit was taken: void its posting."


class AllocationNotLive(Conflict):
    """409: the allocation is voided or fully refunded."""

    code = "allocation_not_live"
    title = "Nothing is left of the allocation"
    remedy = "Read the payment's allocations again."


CREDIT_VOIDED: Final = declare_code(
    "credit_voided",
    status=409,
    title="The credit memo is voided",
    remedy="Read the credit memo again; issue another one if the customer is to be credited.",
)
ABOVE_UNALLOCATED: Final = declare_code(
    "above_unallocated",
    status=400,
    title="More than the payment or credit memo has left",
    remedy="Allocate at most what is left of it; the message names the figure.",
)
ABOVE_TOTAL: Final = declare_code(
    "above_total",
    status=400,
    title="The allocations exceed the payment",
    remedy="Lower the allocations or raise total_amount; the message names both totals.",
)
NOT_PAYABLE: Final = declare_code(
    "obligation_not_payable",
    status=400,
    title="Nothing open under that reference",
    remedy="Read the open obligations again and choose from what is listed.",
)
OTHER_CUSTOMER: Final = declare_code(
    "other_customer",
    status=400,
    title="Another customer's obligation",
    remedy="Allocate to obligations of the payment's customer.",
)
OTHER_CURRENCY: Final = declare_code(
    "other_currency",
    status=400,
    title="Another currency",
    remedy="Allocate to obligations in the payment's currency; different currencies are not mixed.",
)
DUPLICATE: Final = declare_code(
    "duplicate",
    status=400,
    title="Given twice",
    remedy="Name each obligation once, with the whole amount.",
)
CATEGORY_NOT_PAYABLE: Final = declare_code(
    "category_not_payable",
    status=400,
    title="Category not payable here",
    remedy="Leave taxes out: the weekly settlement recovers them; interim payments do not.",
)
UNKNOWN_METHOD: Final = declare_code(
    "unknown_method",
    status=400,
    title="Unknown payment method",
    remedy="Send one of the methods that the message lists.",
)
DATE_TOO_EARLY: Final = declare_code(
    "date_too_early",
    status=400,
    title="Date too early",
    remedy="Use a date on or after the one that the message names.",
)
LEASE_NOT_OF_DRIVER: Final = declare_code(
    "lease_not_of_driver",
    status=400,
    title="Not an active lease of the driver",
    remedy="Choose one of the active leases on which the driver is the primary driver.",
)
REFERENCE_NOT_ACCEPTED: Final = declare_code(
    "reference_not_accepted",
    status=400,
    title="No reference number with cash",
    remedy="Leave reference_number out, or choose Check or ACH.",
)
UNKNOWN_STRATEGY: Final = declare_code(
    "unknown_strategy",
    status=400,
    title="Unknown strategy",
    remedy="Send one of the strategies that the message lists.",
)
UNKNOWN_PRIORITY_RULE: Final = declare_code(
    "unknown_priority_rule",
    status=400,
    title="Unknown priority rule",
    remedy="Write fields that the message lists, each with ASC or DESC, separated by commas.",
)
OPTION_NOT_TAKEN: Final = declare_code(
    "option_not_taken",
    status=400,
    title="The strategy does not take this option",
    remedy="Leave the option out, or choose the strategy that it belongs to.",
)
OPTION_MISSING: Final = declare_code(
    "option_missing",
    status=400,
    title="The strategy needs an option",
    remedy="Send what the message names: order or priorityRules for custom_priority, percentages for its own.",
)
NAMED_TWICE: Final = declare_code(
    "named_twice", status=400, title="Named twice", remedy="Name each item or category once."
)
NOT_OPEN_ITEM: Final = declare_code(
    "not_open",
    status=400,
    title="Not an open item",
    remedy="Name open items of the payment's customer, in its currency and in the chosen categories.",
)
BAD_PERCENTAGE: Final = declare_code(
    "bad_percentage",
    status=400,
    title="Percentages do not add up",
    remedy="Make each above 0 with at most four decimals, and the total at most 100.",
)
DISCOUNT_NOT_EARNED: Final = declare_code(
    "discount_not_earned",
    status=400,
    title="No early-payment discount",
    remedy="Leave require_discount out to settle without it; the message says why it is not earned.",
)
PLAN_STALE: Final = declare_code(
    "plan_stale",
    status=409,
    title="The plan is out of date",
    remedy="Preview again, with the same strategy and options, and send the new plan_hash.",
)
ABOVE_REFUNDABLE: Final = declare_code(
    "above_refundable",
    status=409,
    title="More than is left to refund",
    remedy="Refund at most what the message names; what waits for approval is reserved.",
)
REFUND_PENDING: Final = declare_code(
    "refund_pending",
    status=409,
    title="A refund waits for approval",
    remedy="Approve or reject the pending refund first.",
)
OPERATION_REFUNDED: Final = declare_code(
    "operation_refunded",
    status=409,
    title="Part of the operation was refunded",
    remedy="It cannot be undone as a whole; void its remaining allocations one by one.",
)
ALREADY_UNDONE: Final = declare_code(
    "already_undone",
    status=409,
    title="Already undone",
    remedy="Nothing in the operation is left to undo.",
)
ONE_BODY: Final = declare_code(
    "one_body_form",
    status=400,
    title="Two forms of the body at once",
    remedy="Send either one allocation's members or allocations, not both.",
)


class CustomerNotFound(NotFound):
    """404: no such customer in this company."""

    code = "customer_not_found"
    title = "No such customer"
    remedy = "Check the id; a customer of another company is not found."


class InvoiceNotFound(NotFound):
    """404: no such invoice in this company."""

    code = "invoice_not_found"
    title = "No such invoice"
    remedy = "Check the id; an invoice of another company is not found."


class InvoiceNumberTaken(Conflict):
    """409: another invoice, or an opening balance, has this number."""

    code = "invoice_number_taken"
    title = "The invoice number is taken"
    remedy = "Give another number, or none: then the next free one is taken."


UNKNOWN_CURRENCY: Final = declare_code(
    "unknown_currency",
    status=400,
    title="Unknown currency",
    remedy="Send one of the currencies that GET /api/accounting/currencies lists, by code or id.",
)
DISCOUNT_TERMS: Final = declare_code(
    "discount_terms",
    status=400,
    title="The terms for early payment are not valid",
    remedy="Send a percent above 0 and below 100 with 1 day up to the credit term, or neither.",
)
INVOICE_AMOUNTS: Final = declare_code(
    "invoice_amounts",
    status=400,
    title="The invoice's amounts are out of range",
    remedy="Change the amount that the message names: a line's net, or the total.",
)
STATEMENT_TOO_LONG: Final = declare_code(
    "statement_too_long",
    status=400,
    title="Too many events for one statement",
    remedy="Narrow from and to; the message names the limit.",
)
DRAFT_CONTRADICTED: Final = declare_code(
    "draft_contradicted",
    status=400,
    title="The case is another driver's payment",
    remedy="Leave driver_id out, or enter the other driver's details at INTPAY-001 first.",
)
