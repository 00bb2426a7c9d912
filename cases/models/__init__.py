"""Workflows and their runs (docs/domain.md#cases), under the table names of the guides."""

from cases.models.cases import Case, CaseEntity, CaseEvent, as_stored
from cases.models.flows import (
    CaseState,
    CaseStep,
    CaseStepConfig,
    CaseStepConfigPath,
    CaseStepOverride,
    CaseStepOverrideHistory,
    CaseTransition,
    CaseType,
)

__all__ = [
    "Case",
    "CaseEntity",
    "CaseEvent",
    "CaseState",
    "CaseStep",
    "CaseStepConfig",
    "CaseStepConfigPath",
    "CaseStepOverride",
    "CaseStepOverrideHistory",
    "CaseTransition",
    "CaseType",
    "as_stored",
]
