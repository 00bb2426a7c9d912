"""What the workflow engine refuses."""

from __future__ import annotations

from batconnect.core.kernel.errors import Conflict, InvalidInput, NotAllowed, NotFound


class UnknownCaseType(InvalidInput):
    """400: no such case type, or one whose cases are not opened by hand."""

    code = "unknown_case_type"
    title = "Unknown case type"
    remedy = "Send one of the case types that the message lists."


class CaseNotFound(NotFound):
    """404: no such case in this company."""

    code = "case_not_found"
    title = "No such case"
    remedy = "Check the case number; cases of other companies are not found."


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
    """409: the transition table has no such transition from the case's state."""

    code = "illegal_transition"
    title = "The case's state does not allow this"
    remedy = "Fetch the case again: its status says what is possible now."


class NotGivenBack(Conflict):
    """409: the case is not where its latest reassignment left it, or there was none."""

    code = "case_not_given_back"
    title = "The case stays with whom it is"
    remedy = "Look at what happened to the case; reassign it to whom it shall go."


class StepNotSubmittable(Conflict):
    """409: the step is read-only; nothing can be posted to it."""

    code = "step_not_submittable"
    title = "The step takes no data"
    remedy = "Post to the step that follows it."


class StepFormUnavailable(Conflict):
    """409: the step's schema path is missing, inactive or names no existing file; an operator has to fix it."""

    code = "step_form_unavailable"
    title = "The step's form is not configured"
    remedy = "An operator runs `manage.py sync_flows` or activates the path in case_step_config_paths."


class CannotTakeCase(InvalidInput):
    """400: the person named cannot act on the case."""

    code = "cannot_take_case"
    title = "That person cannot take the case"
    remedy = "Name an active member of the company who holds one of the step's groups."
