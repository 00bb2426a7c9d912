"""Every `code` an answer can carry, with its status and what to do about it: the source of docs/errors.md.

A code is stable API. Subclasses of `Refusal` declare theirs by existing; a code given where a refusal is
raised is declared beside the app's errors with `declare_code`. A test holds the raise sites against this list.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from batconnect.core.kernel.errors import Refusal


@dataclass(frozen=True, slots=True)
class ErrorCode:
    """A code with its HTTP status, its kind in words and what the client can do."""

    code: str
    status: int
    title: str
    remedy: str


_declared: dict[str, ErrorCode] = {}
_found: dict[str, ErrorCode] = {}


def declare_code(code: str, *, status: int, title: str, remedy: str) -> str:
    """Declare a code that no Refusal subclass carries as its own; returns the code.

    Raises ValueError when the code is already declared differently: one code has one meaning.
    """
    entry = ErrorCode(code, status, title, remedy)
    if _declared.setdefault(code, entry) != entry:
        raise ValueError(f"The error code {code} is declared twice.")
    return code


def error_codes() -> dict[str, ErrorCode]:
    """Every code declared so far, sorted by name; an app's are declared once its `errors` is imported."""
    codes = dict(_declared)
    pending: list[type[Refusal]] = [Refusal]
    while pending:
        kind = pending.pop()
        pending += kind.__subclasses__()
        if "tests" in kind.__module__.split("."):
            continue
        codes.setdefault(kind.code, ErrorCode(kind.code, kind.status, kind.title, kind.remedy))
    return dict(sorted(codes.items()))


def require_code(code: str) -> ErrorCode:
    """The entry of a code, given or carried by a Refusal. Raises ValueError for one that is not declared."""
    if code not in _found:
        _found.update(error_codes())
    if code not in _found:
        raise ValueError(f"The error code {code} is not declared.")
    return _found[code]


def find_code(code: str) -> ErrorCode | None:
    """The declared entry of a code given by `declare_code`."""
    return _declared.get(code)


NOT_AUTHENTICATED: Final = declare_code(
    "not_authenticated",
    status=401,
    title="Sign in first",
    remedy="Send Authorization: Bearer with an access token of POST /api/token/.",
)
AUTHENTICATION_FAILED: Final = declare_code(
    "authentication_failed",
    status=401,
    title="Sign-in refused",
    remedy="Check the header and the credentials.",
)
TOKEN_NOT_VALID: Final = declare_code(
    "token_not_valid",
    status=401,
    title="Token not valid",
    remedy="Get a new access token: POST /api/token/refresh/ or /api/token/.",
)
NO_ACTIVE_ACCOUNT: Final = declare_code(
    "no_active_account",
    status=401,
    title="Sign-in refused",
    remedy="Check user name and password; a deactivated account cannot sign in.",
)
PERMISSION_DENIED: Final = declare_code(
    "permission_denied",
    status=403,
    title="Not allowed",
    remedy="Ask an administrator of the company for the right that the message names.",
)
CSRF_FAILED: Final = declare_code(
    "csrf_failed",
    status=403,
    title="Cross-site check failed",
    remedy="Session clients send the value of the cookie csrftoken (__Host-csrftoken under HTTPS) as X-CSRFToken.",
)
METHOD_NOT_ALLOWED: Final = declare_code(
    "method_not_allowed",
    status=405,
    title="Method not allowed",
    remedy="Use one of the methods that the Allow header lists.",
)
UNSUPPORTED_MEDIA_TYPE: Final = declare_code(
    "unsupported_media_type",
    status=415,
    title="Content type not supported",
    remedy="Send Content-Type: application/json (files: multipart/form-data).",
)
MALFORMED_BODY: Final = declare_code(
    "malformed_body",
    status=400,
    title="The body cannot be read",
    remedy="Send one well-formed JSON document in UTF-8; the message says where reading stopped.",
)
UNKNOWN_SORT: Final = declare_code(
    "unknown_sort",
    status=400,
    title="Unknown sort order",
    remedy="Sort by one of the names that the message lists.",
)
PAGE_TOO_DEEP: Final = declare_code(
    "page_too_deep",
    status=400,
    title="Page too deep",
    remedy="Narrow the filters, or export the list.",
)
UNKNOWN_CURSOR: Final = declare_code(
    "unknown_cursor",
    status=400,
    title="Not a place in this list",
    remedy="Send as after what the page before answered as next, with the same sort_by and sort_order; or begin again "
    "without after.",
)
SEARCH_TOO_LONG: Final = declare_code(
    "search_too_long",
    status=400,
    title="Too much to search for",
    remedy="Search for fewer words; the message names the limit.",
)
UNKNOWN_CHOICE: Final = declare_code(
    "unknown_choice",
    status=400,
    title="Not among the choices",
    remedy="Use one of the values that the message lists.",
)
UNKNOWN_FORMAT: Final = declare_code(
    "unknown_format",
    status=400,
    title="Unknown format",
    remedy="Use one of the formats that the message lists.",
)
EXPORT_TOO_LARGE: Final = declare_code(
    "export_too_large",
    status=400,
    title="Too many rows for this format",
    remedy="Narrow the filters or use another format.",
)
PDF_UNAVAILABLE: Final = declare_code(
    "pdf_unavailable",
    status=501,
    title="PDFs cannot be made here",
    remedy="Install the system libraries that the message names.",
)
BUSY: Final = declare_code(
    "busy",
    status=409,
    title="Somebody else is at it",
    remedy="Send the same request again after the seconds that Retry-After names.",
)
TOOK_TOO_LONG: Final = declare_code(
    "took_too_long",
    status=503,
    title="Took too long",
    remedy="Nothing was stored. Ask for less at once: a shorter period, a narrower filter, fewer words.",
)
IDEMPOTENCY_KEY_MISSING: Final = declare_code(
    "idempotency_key_missing",
    status=400,
    title="Idempotency-Key is missing",
    remedy="Send Idempotency-Key with a new UUID, the same one when you repeat the request.",
)
IDEMPOTENCY_KEY_INVALID: Final = declare_code(
    "idempotency_key_invalid",
    status=400,
    title="Idempotency-Key is not a UUID",
    remedy="Send a UUID.",
)
IDEMPOTENCY_IN_PROGRESS: Final = declare_code(
    "idempotency_in_progress",
    status=409,
    title="The same request is still running",
    remedy="Repeat it with the same key after the seconds that Retry-After names.",
)
LOGIN_LOCKED: Final = declare_code(
    "login_locked",
    status=429,
    title="Too many failed sign-ins",
    remedy="Wait for the seconds that Retry-After names.",
)
SERVER_ERROR: Final = declare_code(
    "server_error",
    status=500,
    title="Our fault",
    remedy="Nothing was stored. Repeat the request; if it fails again report the request_id.",
)
UNAVAILABLE: Final = declare_code(
    "unavailable",
    status=503,
    title="Not available at the moment",
    remedy="Nothing was stored. Send the same request again after the seconds that Retry-After names.",
)
MAYBE_STORED: Final = declare_code(
    "maybe_stored",
    status=503,
    title="Perhaps stored",
    remedy=(
        "The database was lost while storing the work: it has stored all of it or nothing. Send the same request "
        "again with the same Idempotency-Key: it is answered if it was stored, else carried out. Without a "
        "key look first."
    ),
)
STORED_WITHOUT_ANSWER: Final = declare_code(
    "stored_without_answer",
    status=500,
    title="Stored, but not answered",
    remedy=(
        "The work is stored; only its answer failed. Send the same request again with the same Idempotency-Key to get "
        "it; without a key, look the work up and do not enter it again. Report the request_id."
    ),
)
