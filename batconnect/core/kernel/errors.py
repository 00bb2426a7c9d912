"""The one hierarchy of refusals. Raising one leaves no trace: the transaction is rolled back.

Translated to HTTP in `core.api.problems`, for forms and messages in `core.console.refusals`, to outcomes in
`core.jobs.running`.
A refusal tells the person what to do: which field, which figure, which limit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class FieldError:
    """One thing wrong with one field; `field` is a path such as `allocations.1.amount`."""

    field: str
    message: str
    code: str = "invalid"


class Refusal(Exception):
    """A request that is refused, with a stable code that clients may act upon.

    Attributes: `status` is the HTTP status; `code` stable API; `title` the kind in words; `remedy` what to do
    (printed in docs/errors.md); `extra` further members of the answer.
    """

    status: ClassVar[int] = 400
    code: str = "invalid"
    title: ClassVar[str] = "The request was refused"
    remedy: ClassVar[str] = "Correct the named fields and send the request again."

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        errors: Sequence[FieldError] = (),
        field: str | None = None,
        extra: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        if code:
            self.code = code
        self.errors = list(errors) or ([FieldError(field, message, self.code)] if field else [])
        self.extra = extra or {}
        self.headers = headers or {}


class InvalidInput(Refusal):
    """400: the input, or a rule that it breaks."""

    title = "The input was refused"


class NotAllowed(Refusal):
    """403: who asks may not do this."""

    status = 403
    code = "not_allowed"
    title = "Not allowed"
    remedy = "Ask an administrator of the company for the right that the message names."


class LinkInvalid(NotAllowed):
    """403: a signed link that was not handed out here, was cut, or whose person has left the company."""

    code = "link_invalid"
    title = "The link is not valid"
    remedy = "Use the whole receipt_pdf_url from the document's own answer."


class LinkExpired(NotAllowed):
    """403: a signed link past its time."""

    code = "link_expired"
    title = "The link is too old"
    remedy = "Read the document again: its receipt_pdf_url is a new link."


class CompanyContextMissing(NotAllowed):
    """403: the call needs `X-Company-Id`."""

    code = "company_context_missing"
    title = "No company chosen"
    remedy = "Send X-Company-Id with one of the ids that GET /api/me lists."


class CompanyContextInvalid(NotAllowed):
    """403: `X-Company-Id` is malformed or names a company the user does not belong to."""

    code = "company_context_invalid"
    title = "Company not available"
    remedy = "Send X-Company-Id with one of the ids that GET /api/me lists."


class NotFound(Refusal):
    """404: no such thing, or it belongs to another company; the answer is the same."""

    status = 404
    code = "not_found"
    title = "Not found"
    remedy = "Check the id; an object of another company is never found."


class Conflict(Refusal):
    """409: the state has moved, the work is already done or still running."""

    status = 409
    code = "conflict"
    title = "The state does not allow this"
    remedy = "Read the object again and decide again."


class StalePrecondition(Refusal):
    """412: `If-Match` names an older version."""

    status = 412
    code = "stale"
    title = "Changed in the meantime"
    remedy = "Read the object again and send its new ETag."


class TooLarge(Refusal):
    """413: the body is larger than accepted."""

    status = 413
    code = "too_large"
    title = "Too large"
    remedy = "Send less at once; the message names the limit."


class KeyReused(Refusal):
    """422: the idempotency key belongs to another request."""

    status = 422
    code = "idempotency_key_reused"
    title = "Idempotency key reused"
    remedy = "Use a new Idempotency-Key for a new request."


class TooManyRequests(Refusal):
    """429: slow down."""

    status = 429
    code = "too_many_requests"
    title = "Too many requests"
    remedy = "Wait for the seconds that Retry-After names."
