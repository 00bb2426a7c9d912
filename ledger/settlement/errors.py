"""What the weekly settlement refuses."""

from __future__ import annotations

from typing import Final

from batconnect.core.kernel.codes import declare_code
from batconnect.core.kernel.errors import Conflict, NotFound


class DtrNotFound(NotFound):
    """404: no such DTR in this company."""

    code = "dtr_not_found"
    title = "No such DTR"
    remedy = "Check the number; DTRs of other companies are not found."


class WeekClosed(Conflict):
    """409: the week has its DTR."""

    code = "week_closed"
    title = "The week is closed"
    remedy = "A week with a DTR does not change; correct it with an entry in the current week."


class StepFailed(Conflict):
    """409: a job of the weekly run stopped, so the jobs after it did not start."""

    code = "weekly_step_failed"
    title = "The weekly run stopped"
    remedy = "The message names the job and why it stopped; fix that, then run the week again."


class RunHeld(Conflict):
    """409: another worker is running it."""

    code = "weekly_run_held"
    title = "Another worker is running this week"
    remedy = "Wait until it is done; the run of a killed worker is free again within twelve seconds."


class DtrPaid(Conflict):
    """409: what is due has already been paid out."""

    code = "dtr_paid"
    title = "Already paid out"
    remedy = "Fetch the DTR again: it names the method, reference and date of the payout."


class PayoutNotReturnable(Conflict):
    """409: the DTR has no payout that could come back."""

    code = "payout_not_returnable"
    title = "No payout that could come back"
    remedy = "Fetch the DTR again: only one that is Paid has a payout that can come back."


class NothingDue(Conflict):
    """409: nothing is due to the driver."""

    code = "nothing_due"
    title = "Nothing is due to the driver"
    remedy = "Only a DTR whose due_to_driver is above zero is paid out."


NOT_SUNDAY: Final = declare_code(
    "week_not_sunday",
    status=400,
    title="A week is named by its Sunday",
    remedy="Send the date of the Sunday that begins the week; the message names it.",
)
WEEK_NOT_OVER: Final = declare_code(
    "week_not_over",
    status=400,
    title="The week is not over",
    remedy="Settle a week on or after the Sunday that follows it.",
)
NOT_SETTLED_FROM: Final = declare_code(
    "before_settles_from",
    status=400,
    title="Before settlement begins",
    remedy="The company is settled from its settles_from Sunday on; set it in the company's settings.",
)
EARNINGS_TAKEN: Final = declare_code(
    "earnings_taken",
    status=409,
    title="Other earnings already exist",
    remedy="Each driver, lease and week has one gross, and each reference one row; send what comes later or is "
    "taken back as an adjustment with a reference of its own.",
)
NOT_ON_LEASE: Final = declare_code(
    "no_day_on_lease",
    status=400,
    title="Not a driver of the lease in that week",
    remedy="Earnings belong to a driver, primary or additional, with a day on the lease in the week.",
)
FEE_NOT_NEGATIVE: Final = declare_code(
    "fee_not_negative",
    status=400,
    title="A card fee is below zero",
    remedy="Send the fee that the driver bears with a minus: it is taken off the earnings.",
)
REFERENCE_OF_GROSS: Final = declare_code(
    "reference_of_gross",
    status=400,
    title="Gross earnings have no reference",
    remedy="Leave the reference out, or send the row with the kind adjustment.",
)
WEEK_IN_FUTURE: Final = declare_code(
    "week_in_future",
    status=400,
    title="The week has not begun",
    remedy="Import earnings of weeks that have begun.",
)
NO_DTRS: Final = declare_code(
    "no_dtrs",
    status=404,
    title="No DTRs in that week",
    remedy="Settle the week first, or name another week.",
)
EXPORT_NOT_FAILED: Final = declare_code(
    "export_not_failed",
    status=409,
    title="The file did not fail",
    remedy="Only an export that failed can be retried.",
)
EXPORT_NOT_READY: Final = declare_code(
    "export_not_ready",
    status=409,
    title="The file is not ready",
    remedy="Fetch the export again; when its status is completed the file can be downloaded.",
)
