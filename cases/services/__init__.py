"""The actions that change a case: one transaction each, the case's row locked first.

Rule: docs/architecture.md#transactions.
"""

from cases.services.escalation import escalate_case, escalate_overdue
from cases.services.managing import (
    cancel_case,
    give_back_case,
    hold_case,
    lock_case,
    move_case,
    note_on_case,
    reassign_case,
    release_case,
)
from cases.services.opening import OpenedCase, create_case, open_case
from cases.services.steps import SubmittedStep, fetch_step, submit_step

__all__ = [
    "OpenedCase",
    "SubmittedStep",
    "cancel_case",
    "create_case",
    "escalate_case",
    "escalate_overdue",
    "fetch_step",
    "give_back_case",
    "hold_case",
    "lock_case",
    "move_case",
    "note_on_case",
    "open_case",
    "reassign_case",
    "release_case",
    "submit_step",
]
