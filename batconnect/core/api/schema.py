"""OpenAPI: every operation with a summary, an example and its error answers.

`documented(…)` on a handler is all a view needs; the shapes of JSON answers are declared with `core.api.answers`.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from http import HTTPStatus
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from drf_spectacular.extensions import (
    OpenApiAuthenticationExtension,
    OpenApiSerializerExtension,
    OpenApiSerializerFieldExtension,
)
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiParameter,
    OpenApiResponse,
    PolymorphicProxySerializer,
    extend_schema,
)

from batconnect.core.api.answers import Answer, Either, Listed, Shown, example_of
from batconnect.core.api.fields import DayInput, LabeledChoice, MoneyInput, RateInput, StrictSerializer
from batconnect.core.api.paging import DEFAULT_ROWS, MAX_ROWS
from batconnect.core.api.paths import ENVELOPE_PREFIX
from batconnect.core.api.refusals import OTHER_CODES, by_status, refused_with
from batconnect.core.kernel.json import decimal_text, instant_text

# What `documented` takes for an answer: its class, its class with an example of its own, a list, or one of several.
Declared = type[Answer] | Shown | Listed | Either
_SLASHED: Final = ("/api/token/", "/api/schema/", "/health/", "/api/case-tracking/")
_ORDER: Final = (
    OpenApiParameter("sort_by", str, description="An unknown name is answered with the allowed ones."),
    OpenApiParameter("sort_order", str, enum=["asc", "desc"]),
)
_AFTER: Final = OpenApiParameter(
    "after",
    str,
    description="The `next` of the page before: the rows behind it, however deep. Instead of a page or offset.",
)
_UUID: Final = {"type": "string", "format": "uuid"}
# An empty header is none.
_UUID_OR_NONE: Final = {"anyOf": [_UUID, {"const": ""}]}
_FILES: Final[dict[str, str]] = {
    "pdf": "application/pdf",
    "csv": "text/csv",
    "excel": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def documented(
    summary: str,
    *,
    tags: Sequence[str],
    response: Declared | None = None,
    status: int = 200,
    request: Any = None,
    request_example: Any = None,
    errors: Sequence[str] = (),
    parameters: Sequence[OpenApiParameter] = (),
    files: Sequence[str] = (),
    media_types: Sequence[str] = (),
    more: Mapping[int, Declared] | None = None,
    description: str = "",
    operation_id: str | None = None,
) -> Callable[[Any], Any]:
    """Describe a handler. `response` declares the answer's shape (`core.api.answers`), `more` further ones by status;
    `request` is a serializer class, or one or a schema by media type; `files` adds `?format=` answers, `media_types`
    are those of an answer that is a file in any case; `errors` the codes beyond those that all such calls share
    (`ApiView.shared_codes`). `parameters` are those of the query: any other is refused (`core.api.base`), and only a
    `many` one may be repeated.
    """
    made_as = (*media_types, *(_FILES[kind] for kind in files))
    responses = _responses({status: response, **(more or {})}, status=status, media_types=made_as)
    body, examples = _request(request, request_example)
    extra = [*parameters]
    if files:
        allowed = ["json", *files] if response else [*files]
        extra.append(OpenApiParameter("format", str, enum=allowed, description="The answer's format."))

    def decorate(handler: Any) -> Any:
        handler.query_parameters = {
            each.name: each.many for each in extra if each.location == OpenApiParameter.QUERY
        }
        handler.error_codes = (*errors, *_codes_of(extra))
        return extend_schema(
            summary=summary,
            description=description or None,
            tags=list(tags),
            request=body,
            responses=responses,
            examples=examples,
            parameters=extra,
            operation_id=operation_id,
        )(handler)

    return decorate


def _responses(
    answers: Mapping[int, Declared | None], *, status: int, media_types: Sequence[str]
) -> dict[Any, Any]:
    """The answers by status, and by status and media type those that are files."""
    responses: dict[Any, Any] = {}
    for code, declared in answers.items():
        if declared is not None:
            responses[code] = _answer(code, declared)
        elif not (media_types and code == status):
            responses[code] = OpenApiResponse(description=HTTPStatus(code).phrase)
    for media_type in media_types:
        responses[(status, media_type)] = OpenApiResponse(
            response={"type": "string", "format": "binary"}, description="The file."
        )
    return responses


def _codes_of(parameters: Iterable[OpenApiParameter]) -> Iterator[str]:
    """What the shared parameters are refused with."""
    for each in parameters:
        match each.name:
            case "sort_by":
                yield "unknown_sort"
            case "page" | "offset" if each.type is not str:
                yield "page_too_deep"
            case "after":
                yield "unknown_cursor"
            case "format":
                # Files are made a few at a time (`core.files.exports.slots`).
                yield from ("unknown_format", "too_many_requests")
                if "pdf" in (each.enum or ()):
                    yield "pdf_unavailable"


def paging_parameters(
    *, screen: bool, ordered: bool = True, by_cursor: bool = True
) -> list[OpenApiParameter]:
    """The query parameters of a list: `page/per_page` on screens, `limit/offset` under /api; the cursor beside them;
    and its order, unless it has one alone."""
    order = [*([_AFTER] if by_cursor else ()), *(_ORDER if ordered else ())]
    rows: dict[str, Any] = {"type": "integer", "minimum": 1, "maximum": MAX_ROWS, "default": DEFAULT_ROWS}
    if screen:
        place = OpenApiParameter("page", {"type": "integer", "minimum": 1})
        return [place, OpenApiParameter("per_page", rows), *order]
    return [
        OpenApiParameter("limit", rows),
        OpenApiParameter("offset", {"type": "integer", "minimum": 0}),
        *order,
    ]


def export_parameters() -> list[OpenApiParameter]:
    """The query parameters of a screen's list as a file: its order. The page of the address is not looked at."""
    ignored = "Not looked at: the file has every row."
    return [
        *(OpenApiParameter(name, str, description=ignored) for name in ("page", "per_page", "after")),
        *_ORDER,
    ]


def without_alternates(endpoints: list[tuple[str, str, str, Any]]) -> list[tuple[str, str, str, Any]]:
    """List each route once, in the spelling of docs/api.md (drf-spectacular's preprocessing hook)."""
    paths = {path for path, *_ in endpoints}

    def is_listed(path: str) -> bool:
        slashed = path.endswith("/")
        alternate = path.rstrip("/") if slashed else f"{path}/"
        return alternate not in paths or slashed == f"{path.rstrip('/')}/".startswith(_SLASHED)

    return [endpoint for endpoint in endpoints if is_listed(endpoint[0])]


class BatConnectAutoSchema(AutoSchema):
    """Adds what follows from the view's base class (headers, refusals); names operations by method and path."""

    def get_operation_id(self) -> str:
        words = [word for word in re.split(r"[^A-Za-z0-9]+", self.path) if word]
        # A parameter's name is part of it: /case/{case_no} and /case/{case_no}/{step_id} are two operations.
        return "_".join([self.method.lower(), *words])

    def get_override_parameters(self) -> list[Any]:
        from batconnect.core.api.base import CompanyView

        parameters: list[Any] = [*super().get_override_parameters()]
        if not isinstance(self.view, CompanyView):
            return parameters
        parameters.append(
            OpenApiParameter(
                "X-Company-Id",
                _UUID if self.view.company_header_required else _UUID_OR_NONE,
                OpenApiParameter.HEADER,
                required=self.view.company_header_required,
                description="The company to work in; optional where the user has exactly one.",
            )
        )
        if self.method == "POST":
            parameters.append(
                OpenApiParameter(
                    "Idempotency-Key",
                    _UUID if self.view.idempotency == "required" else _UUID_OR_NONE,
                    OpenApiParameter.HEADER,
                    required=self.view.idempotency == "required",
                    description="The same key with the same request gives the stored answer.",
                )
            )
        if "stale" in self._declared_codes():
            parameters.append(
                OpenApiParameter(
                    "If-Match",
                    str,
                    OpenApiParameter.HEADER,
                    description="The ETag that was read: when the document has changed since, nothing is done (412).",
                )
            )
        return parameters

    def _map_basic_serializer(self, serializer: Any, direction: Any) -> dict[str, Any]:
        schema: dict[str, Any] = super()._map_basic_serializer(serializer, direction)
        if isinstance(serializer, StrictSerializer):
            schema["additionalProperties"] = False
        return schema

    def _get_parameters(self) -> list[dict[str, Any]]:
        parameters: list[dict[str, Any]] = super()._get_parameters()
        for each in parameters:
            schema = each["schema"]
            takes_any_text = schema.get("type") == "array" or schema == {"type": "string"}
            if each["in"] == "query" and not each.get("required") and not takes_any_text:
                each["allowEmptyValue"] = True  # the same as leaving it out
        return parameters

    def _declared_codes(self) -> tuple[str, ...]:
        return getattr(getattr(self.view, self.method.lower(), None), "error_codes", ())

    def _get_response_bodies(self, direction: Any = "response") -> dict[str, Any]:
        bodies: dict[str, Any] = super()._get_response_bodies(direction)
        view: Any = self.view
        codes = [*self._declared_codes(), *view.shared_codes(self.method)]
        if "{" in self.path:
            codes.append("not_found")
        enveloped = self.path.startswith(ENVELOPE_PREFIX)
        media_type = "application/json" if enveloped else "application/problem+json"
        for status, found in by_status(codes).items():
            refused = refused_with(found, enveloped=enveloped)
            body = self._get_response_for_code(refused, status, [media_type], direction)
            content = body["content"][media_type]
            if OTHER_CODES not in codes:
                content["schema"] = {"allOf": [content["schema"], {"properties": {"code": {"enum": found}}}]}
            if status in bodies:
                bodies[status].setdefault("content", {}).update(body["content"])
            else:
                bodies[status] = body
        return dict(sorted(bodies.items()))


class _DeclaredAnswers(OpenApiSerializerExtension):
    """Answers in the document, by their own schemas."""

    target_class = "batconnect.core.api.answers.Answer"
    match_subclasses = True

    def get_name(self, auto_schema: AutoSchema, direction: Any) -> str:
        return type(self.target).__name__.lstrip("_")

    def map_serializer(self, auto_schema: AutoSchema, direction: Any) -> dict[str, Any]:
        def refer(answer: Answer) -> dict[str, Any]:
            reference: dict[str, Any] = auto_schema.resolve_serializer(answer, direction).ref
            return reference

        return type(self.target).schema(refer)


class _ExactFields(OpenApiSerializerFieldExtension):
    """Our own fields in the document: amounts and rates as numbers or decimal strings, dates, lists of choices."""

    target_class = "rest_framework.fields.Field"
    match_subclasses = True
    priority = -1

    @classmethod
    def _matches(cls, target: Any) -> bool:
        return isinstance(target, MoneyInput | RateInput | DayInput | LabeledChoice)

    def map_serializer_field(self, auto_schema: AutoSchema, direction: str) -> dict[str, Any]:
        match self.target:
            case LabeledChoice() as choice:
                spelled = (str(spelling) for pair in choice.choices for spelling in pair)
                return {"type": "string", "enum": [*dict.fromkeys(spelled)], "description": "In any case."}
            case DayInput():
                return {"type": "string", "format": "date"}
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


def _answer(status: int, declared: Declared) -> OpenApiResponse:
    response: Any = declared
    example: Any = None
    match declared:
        case Shown():
            response, example = declared.answer, declared.example()
        case Listed(child=type() as answer):
            # Of a list, drf-spectacular is given one.
            response, example = answer(many=True), answer.example()
        case Either():
            response = PolymorphicProxySerializer(
                declared.name, serializers=list(declared.answers), resource_type_field_name=None
            )
    return OpenApiResponse(
        response=response,
        description=HTTPStatus(status).phrase,
        examples=[
            OpenApiExample(
                "Example",
                value=_plain(example_of(declared) if example is None else example),
                response_only=True,
                status_codes=[str(status)],
            )
        ],
    )


def _request(request: Any, example: Any) -> tuple[Any, list[OpenApiExample]]:
    if request is not None and not isinstance(request, dict):
        request = {"application/json": request}
    if example is None:
        return request, []
    return request, [OpenApiExample("Request", value=_plain(example), request_only=True)]


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
