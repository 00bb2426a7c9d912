"""The flow of renewal cases (docs/domain.md#outstanding-amounts): opened by imports, moved by payments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from batconnect.core.kernel.clock import today
from cases.flow import MANAGED, STAFF, Flow, Instead, Step, StepContext, StepGroup, Transition
from cases.registry import register
from cases.states import CANCEL, State
from outstanding.querysets import read_summary
from outstanding.services.cancelling import CANCEL_POLICY
from outstanding.services.following import REOPENED, SETTLED
from outstanding.services.paying import PAY
from outstanding.services.plans import PLAN
from outstanding.shapes import summary_body

OUTSTANDING: Final = "RENEWAL-001"


def show_outstanding(context: StepContext) -> Mapping[str, Any]:
    """What the case owes: its summary."""
    summary = read_summary(actor=context.actor, case=context.case.pk)
    return summary_body(summary, on=today(context.actor.company))


@register
class Renewal(Flow):
    """One step that shows; the case moves by payments, plans and voids."""

    code = "RENEWAL"
    name = "Policy renewal"
    prefix = "RENEWAL"
    creatable = False
    steps = (
        StepGroup(
            "Collect Premiums",
            (
                Step(
                    OUTSTANDING,
                    "Fetch - Outstanding Amounts",
                    operation="fetch",
                    groups=STAFF,
                    fetch=show_outstanding,
                ),
            ),
        ),
    )
    transitions = (
        *(
            Transition(
                trigger,
                state,
                State.IN_PROGRESS,
                who,
                "something is outstanding, and no payment of it is in progress",
                effect,
            )
            for trigger, who, effect in (
                (PAY, "outstanding.collect", "a payment, at once or through the gateway"),
                (PLAN, "outstanding.plan", "a payment plan over what is owed"),
            )
            for state in (State.OPEN, State.IN_PROGRESS)
        ),
        *(
            Transition(SETTLED, state, State.CLOSED, "the ledger", "nothing is outstanding", "plan completed")
            for state in (State.OPEN, State.IN_PROGRESS, State.ON_HOLD)
        ),
        Transition(REOPENED, State.CLOSED, State.IN_PROGRESS, "the ledger", "a void", "plan goes on"),
        *(
            Transition(
                CANCEL_POLICY,
                state,
                State.CANCELLED,
                "outstanding.cancel",
                "no payment is in progress",
                "the plan ends; what is unearned is credited, what is earned stays owed",
            )
            for state in (State.OPEN, State.IN_PROGRESS, State.ON_HOLD, State.CLOSED)
        ),
        # Its own cancellation credits what is unearned: the general one would leave all of it owed.
        *(each for each in MANAGED if each.trigger != CANCEL),
    )
    instead = {
        CANCEL: Instead(
            CANCEL_POLICY,
            "Cancel its policy: POST /api/case-tracking/cases/{case_id}/outstanding-amounts/cancel/ credits what is "
            "unearned, as does “Cancel the policy” on the renewal case's page in the console.",
        )
    }
