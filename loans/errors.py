"""What loans refuse."""

from __future__ import annotations

from typing import Final

from batconnect.core.kernel.codes import declare_code
from batconnect.core.kernel.errors import Conflict

RATE_ABOVE_CAP: Final = declare_code(
    "rate_above_cap",
    status=400,
    title="The rate is above the company's highest",
    remedy="Use at most the rate that the message names, or send interest_reason of 10 to 500 characters.",
)


class HandedOver(Conflict):
    """409: the principal has been given."""

    code = "handed_over"
    title = "The loan has been handed over"
    remedy = "Stop the payment by which it was handed over first, if it was not cashed."


class NotHandedOver(Conflict):
    """409: nothing has been given that could be stopped."""

    code = "not_handed_over"
    title = "The loan has not been handed over"
    remedy = "Read the loan again; hand it over first."


class NotPaidOff(Conflict):
    """409: there is no early payoff to undo."""

    code = "not_paid_off"
    title = "The loan was not paid off early"
    remedy = "Only what an early payoff has posted can be undone."


class WrittenOff(Conflict):
    """409: something of a loan that was not given has been written off."""

    code = "loan_written_off"
    title = "Something of the loan has been written off"
    remedy = "Undo the write-offs of the installments that the message names, then close it again."


class NothingToGive(Conflict):
    """409: credit memos have taken back all of the principal."""

    code = "nothing_to_give"
    title = "Nothing of the loan is left to be handed over"
    remedy = "Close the loan as not given, or void the credit memos of its installments."
