"""OpenAPI: every operation with a summary, an example and its error answers.

`documented(…)` on a handler is all a view needs; the shapes of JSON answers are read off their examples.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from http import HTTPStatus
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension, OpenApiSerializerFieldExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers

from batconnect.core.api.fields import DayInput, LabeledChoice, MoneyInput, MoneyOutput, RateInput
from batconnect.core.kernel.codes import error_codes
from batconnect.core.kernel.json import decimal_text, instant_text

_SLASHED: Final = ("/api/token/", "/api/schema/", "/health/", "/api/case-tracking/")
_ALWAYS: Final = (
    "not_authenticated",
    "company_context_missing",
    "company_context_invalid",
    "server_error",
    "unavailable",
)
_ON_WRITES: Final = (
    "malformed_body",
    "unsupported_media_type",
    "too_large",
    "too_many_requests",
    "busy",
    "maybe_stored",
)
_FILES: Final[dict[str, str]] = {
    "pdf": "application/pdf",
    "csv": "text/csv",
    "excel": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


class ProblemSerializer(serializers.Serializer):  # type: ignore[type-arg]
    """application/problem+json (RFC 9457)."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    code = serializers.CharField(help_text="Stable; docs/errors.md lists every code with its remedy.")
    errors = serializers.ListField(  # type: ignore[assignment]  # DRF takes declared fields off the class
        child=serializers.DictField(), help_text="Each with field, code and message."
    )
    request_id = serializers.CharField()


def documented(
    summary: str,
    *,
    tags: Sequence[str],
    response: Any = None,
    status: int = 200,
    request: Any = None,
    request_example: Any = None,
    errors: Sequence[str] = (),
    parameters: Sequence[OpenApiParameter] = (),
    files: Sequence[str] = (),
    more: Mapping[int, Any] | None = None,
    description: str = "",
    public: bool = False,
    operation_id: str | None = None,
) -> Callable[[Any], Any]:
    """Describe a handler. `response` is an example answer (dict or list) from which its shape is read, `more`
    further ones by status; `request` a serializer class or an example body; `files` adds `?format=` answers;
    `errors` the codes beyond those every call shares. `public`: no sign-in. `parameters` are those of the query: any
    other is refused (`core.api.base`), and only a `many` one may be repeated.
    """
    responses: dict[Any, Any] = {}
    for code, example in {status: response, **(more or {})}.items():
        if example is not None:
            responses[code] = _answer(code, example)
        elif not (files and code == status):
            responses[code] = OpenApiResponse(description=HTTPStatus(code).phrase)
    for kind in files:
        responses[(status, _FILES[kind])] = OpenApiResponse(
            response={"type": "string", "format": "binary"},
            description=f"The same as a file (?format={kind}).",
        )
    body, examples = _request(request, request_example)

    def decorate(handler: Any) -> Any:
        writes = handler.__name__ in ("post", "put", "patch", "delete")
        codes = [*errors, *(() if public else _ALWAYS), *(_ON_WRITES if writes else ())]
        if public:
            codes.append("server_error")
        extra = [*parameters]
        if files:
            extra.append(
                OpenApiParameter("format", str, enum=["json", *files], description="The answer's format.")
            )
        handler.query_parameters = {
            each.name: each.many for each in extra if each.location == OpenApiParameter.QUERY
        }
        return extend_schema(
            summary=summary,
            description=description or None,
            tags=list(tags),
            request=body,
            responses={**responses, **_error_answers(codes)},
            examples=examples,
            parameters=extra,
            auth=[] if public else None,
            operation_id=operation_id,
        )(handler)

    return decorate


def paging_parameters(*, screen: bool) -> list[OpenApiParameter]:
    """The query parameters of a list: `page/per_page` on screens, `limit/offset` under /api; and the sorting."""
    names = (
        (("page", "1…"), ("per_page", "1…200, default 50"))
        if screen
        else (("limit", "1…200, default 50"), ("offset", "0…"))
    )
    return [
        *(OpenApiParameter(name, int, description=text) for name, text in names),
        OpenApiParameter("sort_by", str, description="An unknown name is answered with the allowed ones."),
        OpenApiParameter("sort_order", str, enum=["asc", "desc"]),
    ]


def schema_of(example: Any) -> dict[str, Any]:
    """The JSON schema of values like `example`."""
    match example:
        case None:
            return {"type": ["string", "null"]}
        case bool():
            return {"type": "boolean"}
        case int():
            return {"type": "integer"}
        case Decimal() | float():
            return {"type": "number"}
        case datetime():
            return {"type": "string", "format": "date-time"}
        case date():
            return {"type": "string", "format": "date"}
        case UUID():
            return {"type": "string", "format": "uuid"}
        case Mapping():
            return {
                "type": "object",
                "properties": {name: schema_of(value) for name, value in example.items()},
            }
        case list() | tuple():
            return {"type": "array", "items": schema_of(example[0]) if example else {}}
    return {"type": "string"}


def without_alternates(endpoints: list[tuple[str, str, str, Any]]) -> list[tuple[str, str, str, Any]]:
    """List each route once, in the spelling of docs/api.md (drf-spectacular's preprocessing hook)."""
    paths = {path for path, *_ in endpoints}

    def is_listed(path: str) -> bool:
        slashed = path.endswith("/")
        alternate = path.rstrip("/") if slashed else f"{path}/"
        return alternate not in paths or slashed == f"{path.rstrip('/')}/".startswith(_SLASHED)

    return [endpoint for endpoint in endpoints if is_listed(endpoint[0])]


class BatConnectAutoSchema(AutoSchema):
    """Adds the headers that the view's base class reads, and names operations by method and path."""

    def get_operation_id(self) -> str:
        words = [word for word in re.split(r"[^A-Za-z0-9]+", self.path) if word]
        # A parameter's name is part of it: /case/{case_no} and /case/{case_no}/{step_id} are two operations.
        return "_".join([self.method.lower(), *words])

    def get_override_parameters(self) -> list[Any]:
        from batconnect.core.api.base import CompanyView

        parameters: list[Any] = [*super().get_override_parameters()]
        if isinstance(self.view, CompanyView):
            parameters.append(
                OpenApiParameter(
                    "X-Company-Id",
                    UUID,
                    OpenApiParameter.HEADER,
                    required=self.view.company_header_required,
                    description="The company to work in; optional where the user has exactly one.",
                )
            )
            if self.method == "POST":
                parameters.append(
                    OpenApiParameter(
                        "Idempotency-Key",
                        UUID,
                        OpenApiParameter.HEADER,
                        required=self.view.idempotency == "required",
                        description="The same key with the same request gives the stored answer.",
                    )
                )
        return parameters


class _ExactFields(OpenApiSerializerFieldExtension):
    """Our own fields in the document: amounts and rates as numbers or decimal strings, dates, lists of choices."""

    target_class = "rest_framework.fields.Field"
    match_subclasses = True
    priority = -1

    @classmethod
    def _matches(cls, target: Any) -> bool:
        return isinstance(target, MoneyInput | RateInput | MoneyOutput | DayInput | LabeledChoice)

    def map_serializer_field(self, auto_schema: AutoSchema, direction: str) -> dict[str, Any]:
        match self.target:
            case LabeledChoice() as choice:
                return {"type": "string", "enum": [code for code, _ in choice.choices]}
            case DayInput():
                return {"type": "string", "format": "date"}
            case MoneyOutput():
                return {"type": "number"}
        decimals = 2 if isinstance(self.target, MoneyInput) else 4
        pattern = rf"^-?\d+(\.\d{{1,{decimals}}})?$"
        return {"oneOf": [{"type": "number"}, {"type": "string", "pattern": pattern}]}


class TokenScheme(OpenApiAuthenticationExtension):
    """Bearer tokens in the document."""

    target_class = "batconnect.core.api.authentication.CompanyTokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:
        return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}


class SessionScheme(OpenApiAuthenticationExtension):
    """The console's session in the document."""

    target_class = "batconnect.core.api.authentication.CompanySessionAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:
        return {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME}


def _answer(status: int, example: Any) -> OpenApiResponse:
    return OpenApiResponse(
        response=schema_of(example),
        description=HTTPStatus(status).phrase,
        examples=[
            OpenApiExample("Example", value=_plain(example), response_only=True, status_codes=[str(status)])
        ],
    )


def _request(request: Any, example: Any) -> tuple[Any, list[OpenApiExample]]:
    if isinstance(request, Mapping | list):
        request, example = {"application/json": schema_of(request)}, example or request
    elif request is not None and not isinstance(request, dict):
        request = {"application/json": request}
    if example is None:
        return request, []
    return request, [OpenApiExample("Request", value=_plain(example), request_only=True)]


def _error_answers(codes: Sequence[str]) -> dict[Any, OpenApiResponse]:
    declared = error_codes()
    by_status: dict[int, list[str]] = {}
    for code in dict.fromkeys(codes):
        if code not in declared:
            raise ValueError(f"documented(errors=…) names the undeclared code {code}")
        by_status.setdefault(declared[code].status, []).append(code)
    return {
        (status, "application/problem+json"): OpenApiResponse(
            response=ProblemSerializer,
            description=", ".join(f"`{code}`" for code in found),
            examples=[OpenApiExample(found[0], value=_problem_example(found[0]), status_codes=[str(status)])],
        )
        for status, found in sorted(by_status.items())
    }


def _problem_example(code: str) -> dict[str, Any]:
    entry = error_codes()[code]
    return {
        "type": f"urn:batconnect:problem:{code}",
        "title": entry.title,
        "status": entry.status,
        "detail": f"{entry.title}.",
        "code": code,
        "errors": [],
        "request_id": "4f9c0a6de0f34d0c9b8f0b5f6c2a1e77",
    }


def _plain(example: Any) -> Any:
    """The example with only what JSON knows; amounts as numbers, which YAML prints as they are."""
    if isinstance(example, Mapping):
        return {name: _plain(value) for name, value in example.items()}
    if isinstance(example, list | tuple):
        return [_plain(value) for value in example]
    if isinstance(example, Decimal):
        return float(decimal_text(example))  # documentation only; nothing computes with it
    if isinstance(example, datetime):
        return instant_text(example)
    if isinstance(example, date | UUID):
        return str(example)
    return copy.copy(example)
