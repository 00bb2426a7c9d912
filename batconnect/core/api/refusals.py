"""How refusals look in the OpenAPI document: their two shapes, and the codes of each status."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from drf_spectacular.utils import OpenApiExample, OpenApiResponse

from batconnect.core.api.answers import Answer, Flag, Listed, Text, Whole
from batconnect.core.kernel.codes import require_code

# Among `errors`: what the call carries out has codes of its own, each in docs/errors.md.
OTHER_CODES: Final = "…"


class ProblemError(Answer):
    """What is wrong with a field."""

    field = Text("amount")
    code = Text("invalid")
    message = Text("0.00 is not accepted; the amount must be above zero.")


class Problem(Answer):
    """application/problem+json (RFC 9457)."""

    # Some name the document, the limit or the figure that they speak of.
    is_open = True

    type = Text("urn:batconnect:problem:invalid")
    title = Text()
    status = Whole()
    detail = Text()
    code = Text("invalid", help_text="Stable; docs/errors.md lists every code with its remedy.")
    errors_ = Listed(ProblemError, [])
    request_id = Text("4f9c0a6de0f34d0c9b8f0b5f6c2a1e77")


class Envelope(Answer):
    """A refusal under /api/case-tracking/."""

    is_open = True

    success = Flag(False)
    error = Text()
    message = Text()
    code = Text("invalid", help_text="Stable; docs/errors.md lists every code with its remedy.")
    errors_ = Listed(ProblemError, [])
    request_id = Text("4f9c0a6de0f34d0c9b8f0b5f6c2a1e77")


def by_status(codes: Iterable[str]) -> dict[str, list[str]]:
    """The codes under their statuses. Raises ValueError for one that is not declared."""
    by_status: dict[str, list[str]] = {}
    for code in dict.fromkeys(codes):
        if code == OTHER_CODES:
            continue
        by_status.setdefault(str(require_code(code).status), []).append(code)
    return by_status


def refused_with(codes: Sequence[str], *, enveloped: bool) -> OpenApiResponse:
    """The answer that refuses with one of the codes of a status, and the first of them as the example."""
    first = require_code(codes[0])
    if enveloped:
        shown = Envelope.shown(error=first.title, message=f"{first.title}.", code=first.code)
    else:
        kind = f"urn:batconnect:problem:{first.code}"
        shown = Problem.shown(
            type=kind, title=first.title, status=first.status, detail=f"{first.title}.", code=first.code
        )
    return OpenApiResponse(
        response=shown.answer,
        description=", ".join(f"`{code}`" for code in codes),
        examples=[OpenApiExample(first.code, value=shown.example(), status_codes=[str(first.status)])],
    )
