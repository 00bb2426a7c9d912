"""What the runtime role may do with the tables of cases (core.database.rights)."""

from __future__ import annotations

from batconnect.core.database.rights import declare, declare_read_only
from cases.models import (
    Case,
    CaseEntity,
    CaseEvent,
    CaseState,
    CaseStep,
    CaseStepConfig,
    CaseStepConfigPath,
    CaseStepOverride,
    CaseTransition,
    CaseType,
)

declare_read_only(
    *(CaseType, CaseStep, CaseStepConfig, CaseStepConfigPath, CaseState, CaseTransition),
    why="Flows are code: `migrate` synchronizes them as the owner.",
)
declare(
    Case,
    update="state state_before_hold state_changed_at current_step draft subject assigned_to_id action_due_on "
    "escalated_at closed_at version",
    why="A case moves; what it is and who opened it do not change.",
)
declare(CaseEvent, defaulted="at", why="Append-only; the database sets the time.")
declare(CaseEntity, why="What a case made: added once.")
declare(
    CaseStepOverride,
    update="case_step_config_id groups sla",
    delete=True,
    why="A company's own groups and time limits of a step; without a row the flow's apply.",
)
