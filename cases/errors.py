"""What the workflow engine refuses."""

from __future__ import annotations

from batconnect.core.kernel.errors import Conflict, InvalidInput, NotAllowed, NotFound


class UnknownCaseType(InvalidInput):
    """400: no such case type, or one whose cases nobody opens by hand."""

    code = "unknown_case_type"
    title = "Unknown case type"
    remedy = "Send one of the case types that the message lists."


class CaseNotFound(NotFound):
    """404: no such case in this company."""

    code = "case_not_found"
    title = "No such case"
    remedy = "Check the case number; a case of another company is never found."


class StepNotFound(NotFound):
    """404: the case's type has no such step (in a path)."""

    code = "step_not_found"
    title = "No such step"
    remedy = "Use one of the step ids that GET /bpm/case/{case_no} lists."


class UnknownStep(InvalidInput):
    """400: the case's type has no such step (in a body)."""

    code = "unknown_step"
    title = "No such step"
    remedy = "Use one of the step ids that GET /bpm/case/{case_no} lists."


class NoStepAccess(NotAllowed):
    """403: none of the user's groups may take the step."""

    code = "step_access_denied"
    title = "The step is not open to you"
    remedy = "Ask a member of the groups that the message names, or an administrator to change them."


class IllegalTransition(Conflict):
    """409: the transition table has no such move from where the case stands."""

    code = "illegal_transition"
    title = "The case's state does not allow this"
    remedy = "Read the case again: its status says what may follow."


class StepNotSubmittable(Conflict):
    """409: the step only shows; nothing can be posted to it."""

    code = "step_not_submittable"
    title = "The step takes no data"
    remedy = "Post to the step that follows it."


class StepFormUnavailable(Conflict):
    """409: the step's schema path is missing, inactive or names no file; an operator must put it right."""

    code = "step_form_unavailable"
    title = "The step's form is not configured"
    remedy = "An operator runs `manage.py sync_flows` or activates the path in case_step_config_paths."


class CannotTakeCase(InvalidInput):
    """400: the person named cannot act on the case."""

    code = "cannot_take_case"
    title = "That person cannot take the case"
    remedy = "Name an active member of the company who holds one of the step's groups."
