"""Every `code` an answer can carry, with its status and what to do about it: the source of docs/errors.md.

A code is stable API. Subclasses of `Refusal` declare theirs by existing; a code given where a refusal is
raised is declared beside the app's errors with `declare_code`. A test holds the raise sites against this list.
"""

from __future__ import annotations

from dataclasses import dataclass

from batconnect.core.kernel.errors import Refusal


@dataclass(frozen=True, slots=True)
class ErrorCode:
    """A code with its HTTP status, its kind in words and what the client can do."""

    code: str
    status: int
    title: str
    remedy: str


_declared: dict[str, ErrorCode] = {}


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


def find_code(code: str) -> ErrorCode | None:
    """The declared entry of a code given by `declare_code`."""
    return _declared.get(code)


for _code, _status, _title, _remedy in (
    (
        "not_authenticated",
        401,
        "Sign in first",
        "Send Authorization: Bearer with an access token of POST /api/token/.",
    ),
    ("authentication_failed", 401, "Sign-in refused", "Check the header and the credentials."),
    (
        "token_not_valid",
        401,
        "Token not valid",
        "Get a new access token: POST /api/token/refresh/ or /api/token/.",
    ),
    (
        "no_active_account",
        401,
        "Sign-in refused",
        "Check user name and password; a deactivated account cannot sign in.",
    ),
    (
        "permission_denied",
        403,
        "Not allowed",
        "Ask an administrator of the company for the right that the message names.",
    ),
    (
        "csrf_failed",
        403,
        "Cross-site check failed",
        "Session clients send the value of the cookie csrftoken (__Host-csrftoken under HTTPS) as X-CSRFToken.",
    ),
    ("method_not_allowed", 405, "Method not allowed", "Use one of the methods that the Allow header lists."),
    (
        "unsupported_media_type",
        415,
        "Content type not supported",
        "Send Content-Type: application/json (files: multipart/form-data).",
    ),
    (
        "malformed_body",
        400,
        "The body cannot be read",
        "Send one well-formed JSON document in UTF-8; the message says where reading stopped.",
    ),
    ("unknown_sort", 400, "Unknown sort order", "Sort by one of the names that the message lists."),
    ("page_too_deep", 400, "Page too deep", "Narrow the filters, or export the list."),
    (
        "search_too_long",
        400,
        "Too much to search for",
        "Search for fewer words; the message names the limit.",
    ),
    ("unknown_choice", 400, "Not among the choices", "Use one of the values that the message lists."),
    ("unknown_format", 400, "Unknown format", "Use one of the formats that the message lists."),
    ("export_too_large", 400, "Too many rows for this format", "Narrow the filters or use another format."),
    (
        "pdf_unavailable",
        501,
        "PDFs cannot be made here",
        "Install the system libraries that the message names.",
    ),
    (
        "busy",
        409,
        "Somebody else is at it",
        "Send the same request again after the seconds that Retry-After names.",
    ),
    (
        "took_too_long",
        503,
        "Took too long",
        "Nothing was stored. Ask for less at once: a shorter period, a narrower filter, fewer words.",
    ),
    (
        "idempotency_key_missing",
        400,
        "Idempotency-Key is missing",
        "Send Idempotency-Key with a new UUID, the same one when you repeat the request.",
    ),
    ("idempotency_key_invalid", 400, "Idempotency-Key is not a UUID", "Send a UUID."),
    (
        "idempotency_in_progress",
        409,
        "The same request is still running",
        "Repeat it with the same key after the seconds that Retry-After names.",
    ),
    ("login_locked", 429, "Too many failed sign-ins", "Wait for the seconds that Retry-After names."),
    (
        "server_error",
        500,
        "Our fault",
        "Nothing was stored. Repeat the request; if it fails again report the request_id.",
    ),
    (
        "unavailable",
        503,
        "Not available at the moment",
        "Nothing was stored. Send the same request again after the seconds that Retry-After names.",
    ),
    (
        "maybe_stored",
        503,
        "Perhaps stored",
        "The database was lost while storing the work: it has stored all of it or nothing. Send the same request "
        "again with the same Idempotency-Key: it is answered if it was stored, else carried out. Without a "
        "key look first.",
    ),
    (
        "stored_without_answer",
        500,
        "Stored, but not answered",
        "The work is stored; only its answer failed. Send the same request again with the same Idempotency-Key to get "
        "it; without a key, look the work up and do not enter it again. Report the request_id.",
    ),
):
    declare_code(_code, status=_status, title=_title, remedy=_remedy)
