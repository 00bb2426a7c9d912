"""Every answer of the API that the suite receives is held against the OpenAPI document: status, media type, shape.

So every test that calls the API is a test of the document. Members that the document does not name are wrong here,
while clients are told to expect new ones.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from typing import Any, Final

import jsonschema_rs
from django.conf import settings
from django.test import Client
from django.urls import Resolver404, resolve

from batconnect.core.api.base import ApiView
from batconnect.core.api.endpoints.documents import describe_api

_PARAMETER: Final = re.compile(r"<(?:\w+:)?(\w+)>")
_METHODS: Final = ("get", "post", "put", "patch", "delete")
_SHOWN: Final = 5
_ADDRESSES: Final = settings.ROOT_URLCONF


class UndeclaredAnswer(AssertionError):
    """An answer that the document does not declare."""


def hold_answers_against_document() -> None:
    """Have every client of the suite check what it receives."""
    kept = Client.request

    def request(self: Client, **environ: Any) -> Any:
        response = kept(self, **environ)
        wrong = wrong_with(response, method=str(environ["REQUEST_METHOD"]))
        if wrong:
            raise UndeclaredAnswer(f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}: {wrong}")
        return response

    Client.request = request  # type: ignore[method-assign]  # for every client there is


def keep_amounts_exact() -> None:
    """Have every client of the suite read numbers with decimals as Decimal, as amounts are written: 30.00."""

    def parse(self: Client, response: Any, **_: Any) -> Any:
        if not hasattr(response, "_json"):
            if "json" not in response.headers.get("Content-Type", ""):
                raise ValueError(f"{response.headers.get('Content-Type')} is not JSON")
            response._json = read(response.content)
        return response._json

    Client._parse_json = parse  # type: ignore[attr-defined]  # Django's own, which reads floats


def wrong_with(response: Any, *, method: str) -> str:
    """What the document does not say of an answer; empty for those of other pages, and when all is as declared."""
    if settings.ROOT_URLCONF != _ADDRESSES:
        # A test's own addresses; the document is the project's.
        return ""
    try:
        match = resolve(response.request["PATH_INFO"])
    except Resolver404:
        return ""
    view = getattr(match.func, "cls", None)
    if not isinstance(view, type) or not issubclass(view, ApiView) or "tests" in view.__module__:
        return ""
    if not hasattr(view, method.lower()) or method not in map(str.upper, _METHODS):
        return ""
    media_type = response.headers.get("Content-Type", "").partition(";")[0]
    body = b"" if response.streaming else response.content
    return undeclared(
        method=method, route=match.route, status=response.status_code, media_type=media_type, body=body
    )


def undeclared(*, method: str, route: str, status: int, media_type: str, body: bytes) -> str:
    """What the document does not say of such an answer of a route; empty when all is as declared."""
    operation = _operations().get((method.lower(), _template(route)))
    if operation is None:
        return "the document does not have this operation"
    media_types = operation.get(str(status))
    if media_types is None:
        return f"{status} is not among {', '.join(operation)}"
    if media_type not in media_types:
        return f"{status} is {media_type}, not {', '.join(media_types)}"
    if not media_type.endswith("json"):
        return ""
    errors = _validator(method.lower(), _template(route), str(status), media_type).iter_errors(read(body))
    found = [
        f"{'.'.join(map(str, each.instance_path)) or 'the answer'}: {each.message[:300]}" for each in errors
    ]
    return "; ".join(found[:_SHOWN])


def read(body: bytes) -> Any:
    """The JSON document with exact numbers."""
    return json.loads(body, parse_float=Decimal)


def validator_of(schema: Mapping[str, Any]) -> jsonschema_rs.Draft202012Validator:
    """What checks values against a schema of the document, closed to members that it does not name."""
    closed = _closed(schema)
    named = {name: _components()[name] for name in sorted(_named_in(closed))}
    return jsonschema_rs.Draft202012Validator(
        {**closed, "components": {"schemas": named}}, validate_formats=True
    )


@cache
def _operations() -> dict[tuple[str, str], dict[str, dict[str, Any]]]:
    """The media types by status, by method and path."""
    return {
        (method, path.rstrip("/")): {
            status: {name: held.get("schema") for name, held in answer.get("content", {"": {}}).items()}
            for status, answer in operation["responses"].items()
        }
        for path, methods in describe_api()["paths"].items()
        for method, operation in methods.items()
        if method in _METHODS
    }


@cache
def _validator(method: str, path: str, status: str, media_type: str) -> jsonschema_rs.Draft202012Validator:
    return validator_of(_operations()[method, path][status][media_type])


@cache
def _components() -> dict[str, Any]:
    components: dict[str, Any] = _closed(describe_api()["components"]["schemas"])
    return components


def _named_in(schema: Any) -> set[str]:
    """The components that a schema refers to, directly or not."""
    if isinstance(schema, list):
        return set().union(*map(_named_in, schema))
    if not isinstance(schema, dict):
        return set()
    if isinstance(schema.get("$ref"), str):
        return _named_by(schema["$ref"].rpartition("/")[2])
    return set().union(*map(_named_in, schema.values()))


@cache
def _named_by(name: str) -> set[str]:
    return {name} | _named_in(_components()[name])


def _closed(schema: Any) -> Any:
    """The schema without members that it does not name."""
    if isinstance(schema, list):
        return [_closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {name: _closed(value) for name, value in schema.items()}
    if closed.get("type") == "object" and "properties" in closed:
        closed.setdefault("additionalProperties", False)
    return closed


def _template(route: str) -> str:
    return "/" + _PARAMETER.sub(r"{\1}", route).rstrip("/")
