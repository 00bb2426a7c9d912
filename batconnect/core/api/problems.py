"""Refusals and faults as answers, in one place (RFC 9457; under /api/case-tracking/ the seed's envelope)."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final

import structlog
from django.core import signals
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation, TooManyFieldsSent
from django.http import Http404, HttpRequest, HttpResponse
from django.template import loader
from django.views import defaults
from drf_standardized_errors.formatter import flatten_errors
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.views import set_rollback

from batconnect.core.api.json import ExactJSONRenderer
from batconnect.core.api.paths import ENVELOPE_PREFIX
from batconnect.core.database.faults import Fault, fault_of
from batconnect.core.kernel.codes import BUSY, find_code
from batconnect.core.kernel.errors import FieldError, InvalidInput, Refusal
from batconnect.core.kernel.json import write_exact_json
from batconnect.core.serving.middleware import has_stored, request_id_of

_log = structlog.stdlib.get_logger("batconnect.problem")
_CONSOLE_PREFIX: Final = "/admin"
_READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_RETRY_SECONDS: Final = 5
_CODES_BY_KIND: Final[tuple[tuple[type[exceptions.APIException], str], ...]] = (
    (exceptions.ParseError, "malformed_body"),
    (exceptions.NotAuthenticated, "not_authenticated"),
    (exceptions.PermissionDenied, "permission_denied"),
    (exceptions.NotFound, "not_found"),
    (exceptions.MethodNotAllowed, "method_not_allowed"),
    (exceptions.UnsupportedMediaType, "unsupported_media_type"),
    (exceptions.Throttled, "too_many_requests"),
    (exceptions.ValidationError, "invalid"),
)


@dataclass(slots=True)
class Problem:
    """An answer other than a success."""

    status: int
    code: str
    title: str
    detail: str
    errors: Sequence[FieldError] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)


def problem_response(exception: Exception, context: Mapping[str, Any]) -> Response:
    """DRF's exception handler: the answer to `exception`, with the transaction marked for rollback."""
    roll_back(context.get("view"))
    drf_request = context.get("request")
    request: HttpRequest | None = getattr(drf_request, "_request", drf_request)
    problem = _problem_of(exception)
    if problem is None:
        problem = _fault_problem(exception, request)
        if problem.status == HTTPStatus.INTERNAL_SERVER_ERROR:
            signals.got_request_exception.send(sender=None, request=request)
    if drf_request is not None:
        drf_request.accepted_renderer = ExactJSONRenderer()
        drf_request.accepted_media_type = "application/json"
    body, content_type = problem_body(problem, request)
    return Response(body, status=problem.status, headers=problem.headers, content_type=content_type)


def roll_back(view: object) -> None:
    """Leave nothing of the view's transaction, where it runs in one of its own."""
    if getattr(view, "runs_in_transaction", True):
        set_rollback()


def problem_body(problem: Problem, request: HttpRequest | None) -> tuple[dict[str, Any], str]:
    """The members of the answer and its content type, in the form that the path's clients know."""
    request_id = request_id_of(request) if request is not None else ""
    errors = [{"field": each.field, "code": each.code, "message": each.message} for each in problem.errors]
    if request is not None and request.path.startswith(ENVELOPE_PREFIX):
        envelope = {
            "success": False,
            "error": problem.title,
            "message": problem.detail,
            "code": problem.code,
            "errors": errors,
            "request_id": request_id,
        }
        return {**envelope, **problem.extra}, "application/json"
    members = {
        "type": f"urn:batconnect:problem:{problem.code}",
        "title": problem.title,
        "status": problem.status,
        "detail": problem.detail,
        "code": problem.code,
        "errors": errors,
        "request_id": request_id,
    }
    return {**members, **problem.extra}, "application/problem+json"


def problem_http_response(problem: Problem, request: HttpRequest) -> HttpResponse:
    """The same answer outside of DRF's views."""
    body, content_type = problem_body(problem, request)
    return HttpResponse(
        write_exact_json(body), status=problem.status, headers=problem.headers, content_type=content_type
    )


def refusal_problem(refusal: Refusal) -> Problem:
    """The answer to a refusal; the title is the declared one of its code."""
    declared = find_code(refusal.code)
    headers = dict(refusal.headers)
    if refusal.status == HTTPStatus.TOO_MANY_REQUESTS:
        headers.setdefault("Retry-After", "1")
    return Problem(
        status=refusal.status,
        code=refusal.code,
        title=declared.title if declared else refusal.title,
        detail=refusal.message,
        errors=refusal.errors,
        extra=refusal.extra,
        headers=headers,
    )


def _problem_of(exception: Exception) -> Problem | None:
    """The answer to what is not our fault; None for everything else."""
    match exception:
        case Refusal():
            return refusal_problem(exception)
        case exceptions.APIException() if exception.status_code < HTTPStatus.INTERNAL_SERVER_ERROR:
            return _drf_problem(exception)
        case Http404():
            return _plain(404, "not_found", "Not found", "There is no such object.")
        case PermissionDenied():
            return _plain(403, "permission_denied", "Not allowed", "You may not do this.")
        case RequestDataTooBig() | TooManyFieldsSent():
            return _plain(413, "too_large", "Too large", "The request is larger than accepted.")
        case SuspiciousOperation():
            return _plain(400, "malformed_body", "The body cannot be read", "The request cannot be read.")
    return None


def _fault_problem(fault: BaseException | None, request: HttpRequest | None) -> Problem:
    """The answer to a fault, which never says that nothing was stored when something was, or may be."""
    meaning = fault_of(fault)
    writes = request is not None and request.method not in _READING
    path = getattr(request, "path", "")
    if writes and has_stored(request):
        _report(fault, request)
        return _declared(
            "stored_without_answer", "What you sent was stored, but answering failed, which is our fault."
        )
    match meaning:
        case Fault.BUSY:
            return _busy()
        case Fault.TOO_LONG:
            _log.warning("took_too_long", path=path)
            return _later(
                "took_too_long",
                "The database gave up on this request after 30 seconds. Nothing was changed; ask for less at once: a "
                "shorter period, a narrower filter, fewer words.",
            )
        case Fault.IN_DOUBT if writes:
            _log.error("commit_in_doubt", path=path, exc_info=fault)
            return _later(
                "maybe_stored",
                "The database was lost while storing this, so it may have been stored. Send it again with the same "
                "Idempotency-Key; without one, look before you enter it again.",
            )
        case Fault.UNAVAILABLE | Fault.IN_DOUBT:
            _log.error("database_unavailable", path=path, error=str(fault)[:300])
            return _later(
                "unavailable", "The database is not available. Nothing was stored; send it again in a moment."
            )
    _report(fault, request)
    return _declared(
        "server_error", "This is our fault. Nothing was stored; the same request may be sent again."
    )


def _declared(code: str, detail: str) -> Problem:
    """The answer of a declared code."""
    declared = find_code(code)
    assert declared is not None
    return Problem(status=declared.status, code=code, title=declared.title, detail=detail)


def _later(code: str, detail: str) -> Problem:
    problem = _declared(code, detail)
    problem.headers["Retry-After"] = str(_RETRY_SECONDS)
    return problem


def _busy() -> Problem:
    return Problem(
        status=409,
        code=BUSY,
        title="Somebody else is at it",
        detail="Another request holds what this one needs. Nothing was changed; send it again.",
        headers={"Retry-After": "1"},
    )


def _drf_problem(exception: exceptions.APIException) -> Problem:
    code = next((code for kind, code in _CODES_BY_KIND if isinstance(exception, kind)), None)
    if code is None:
        codes = exception.get_codes()
        given_code = (
            codes if isinstance(codes, str) else str(codes.get("code", "")) if isinstance(codes, dict) else ""
        )
        code = given_code if find_code(given_code) else exception.default_code
    if isinstance(exception.detail, dict) and "messages" in exception.detail:
        code = "token_not_valid"
    errors: list[FieldError] = []
    if isinstance(exception, exceptions.ValidationError):
        errors = field_errors(exception)
        detail = _describe_errors(errors)
    else:
        flat = flatten_errors(exception.detail)
        detail = flat[0].detail if flat else "The request was refused."
    declared = find_code(code)
    headers = {}
    if wait := getattr(exception, "wait", None):
        headers["Retry-After"] = str(int(wait) + 1)
    if challenge := getattr(exception, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    return Problem(
        status=exception.status_code,
        code=code,
        title=declared.title if declared else _title(exception.status_code),
        detail=detail,
        errors=errors,
        headers=headers,
    )


def field_errors(error: exceptions.ValidationError) -> list[FieldError]:
    """Everything that a serializer found wrong, each with the path of its field."""
    return [
        FieldError(_field_name(each.attr), each.detail, each.code) for each in flatten_errors(error.detail)
    ]


def check_body(body: Serializer[Any]) -> None:
    """Hold what a page of the console was told against the rules of the call. Raises InvalidInput for all of it."""
    try:
        body.is_valid(raise_exception=True)
    except exceptions.ValidationError as error:
        errors = field_errors(error)
        raise InvalidInput(_describe_errors(errors), code=errors[0].code, errors=errors) from error


def _describe_errors(errors: Sequence[FieldError]) -> str:
    return " ".join(f"{each.field}: {each.message}" if each.field else each.message for each in errors[:5])


def _field_name(attribute: str | None) -> str:
    return ".".join(part for part in (attribute or "").split(".") if part != "non_field_errors")


def _title(status: int) -> str:
    return "The input was refused" if status == HTTPStatus.BAD_REQUEST else HTTPStatus(status).phrase


def _plain(status: int, code: str, title: str, detail: str) -> Problem:
    return Problem(status=status, code=code, title=title, detail=detail)


def _report(exception: BaseException | None, request: HttpRequest | None) -> None:
    _log.error("request_failed", path=getattr(request, "path", ""), exc_info=exception)


# --- Paths without a view of ours: the handlers of urls.py. The console keeps its HTML pages. ---------------


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400 before any view was reached: an unreadable request, a disallowed host."""
    if request.path.startswith(_CONSOLE_PREFIX):
        return defaults.bad_request(request, exception)
    problem = _problem_of(exception) or _plain(
        400, "invalid", "The request was refused", "The request cannot be read."
    )
    return problem_http_response(problem, request)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403 from Django itself."""
    if request.path.startswith(_CONSOLE_PREFIX):
        return defaults.permission_denied(request, exception)
    return problem_http_response(
        _plain(403, "permission_denied", "Not allowed", "You may not do this."), request
    )


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404 for every path without a view."""
    if request.path.startswith(_CONSOLE_PREFIX):
        return defaults.page_not_found(request, exception)
    return problem_http_response(
        _plain(404, "not_found", "Not found", "There is nothing at this path."), request
    )


def server_error(request: HttpRequest) -> HttpResponse:
    """The answer to what escaped a view, as it happens when a commit fails; the transaction is gone by now."""
    problem = _fault_problem(sys.exc_info()[1], request)
    if not request.path.startswith(_CONSOLE_PREFIX):
        return problem_http_response(problem, request)
    page = loader.render_to_string(f"{problem.status}.html", {"code": problem.code})
    return HttpResponse(page, status=problem.status, headers=problem.headers)
