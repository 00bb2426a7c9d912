"""Text that looks like a format, typed into every parameter and field of every call: no answer is our fault.

A message that holds what was typed must never be formatted again. The calls, their parameters and the shapes of their
bodies are read from the API's own description, so a new call is tried without being listed here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final
from urllib.parse import quote

import pytest

from batconnect.core.api.endpoints.documents import describe_api
from batconnect.core.kernel.actors import Actor
from payments.tests.builders import new_key
from tests.access.endpoints import NOTHING, Call, calls
from tests.cast import StaffClient

# Formats of both kinds with an argument that nobody gives, one that fails to look up, and one that is unfinished.
TYPED: Final = "%s %(x)s {0} {x!r} %"
# Who has, between the two of them, every right.
PEOPLE: Final = ("manager", "administrator")


def described() -> Iterator[tuple[Call, dict[str, Any], dict[str, Any]]]:
    """Every call with its description and the schemas that this refers to."""
    document = describe_api()
    operations = {path.rstrip("/"): methods for path, methods in document["paths"].items()}
    for call in calls():
        path = call.path(dict.fromkeys(NOTHING, "{}"))
        operation = next(
            (
                methods[call.method.lower()]
                for known, methods in operations.items()
                if _same(known, path.rstrip("/")) and call.method.lower() in methods
            ),
            None,
        )
        assert operation is not None, f"{call} is not described"
        yield call, operation, document["components"]["schemas"]


def _same(described_path: str, path: str) -> bool:
    parts, others = described_path.split("/"), path.split("/")
    return len(parts) == len(others) and all(
        one == other or (one.startswith("{") and other == "{}")
        for one, other in zip(parts, others, strict=True)
    )


def bodies(operation: dict[str, Any], schemas: dict[str, Any]) -> Iterator[Any]:
    """The body with the text in every leaf, and the described example with it in one leaf after another."""
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    if not content:
        yield {TYPED: TYPED}
        return
    yield everywhere(content.get("schema", {}), schemas)
    for example in content.get("examples", {}).values():
        yield from one_leaf(example.get("value"))


def everywhere(schema: dict[str, Any], schemas: dict[str, Any], depth: int = 0) -> Any:
    """A value of the schema whose every leaf is the text."""
    if "$ref" in schema and depth < 8:
        return everywhere(schemas[schema["$ref"].rsplit("/", 1)[1]], schemas, depth + 1)
    for name in ("allOf", "oneOf", "anyOf"):
        if schema.get(name):
            return everywhere(schema[name][0], schemas, depth + 1)
    if schema.get("properties"):
        return {name: everywhere(each, schemas, depth + 1) for name, each in schema["properties"].items()}
    if "items" in schema:
        return [everywhere(schema["items"], schemas, depth + 1)]
    return TYPED


def one_leaf(example: Any) -> Iterator[Any]:
    """The example once for each leaf, which is the text there."""
    if isinstance(example, dict):
        for name, value in example.items():
            yield from ({**example, name: changed} for changed in one_leaf(value))
        yield {**example, TYPED: TYPED}
    elif isinstance(example, list):
        for place, value in enumerate(example[:2]):
            yield from ([*example[:place], changed, *example[place + 1 :]] for changed in one_leaf(value))
    else:
        yield TYPED


@pytest.mark.parametrize("who", PEOPLE)
def test_every_parameter_takes_text_that_looks_like_a_format(
    manager: Actor, client_of: Callable[..., StaffClient], who: str
) -> None:
    client, wrong, tried = client_of(who), [], 0

    for call, operation, _ in described():
        if call.method != "GET":
            continue
        names = [each["name"] for each in operation.get("parameters", []) if each["in"] == "query"]
        for query in ({name: TYPED} for name in [*names, TYPED]):
            answer = client.get(call.path(), query)
            tried += 1
            if answer.status_code >= 500:
                wrong.append(f"{call}?{query}: {answer.status_code}")
        if call.takes_ids:
            answer = client.get(call.path(dict.fromkeys(NOTHING, quote(TYPED, safe=""))))
            if answer.status_code not in (403, 404):
                wrong.append(f"{call} by {TYPED}: {answer.status_code}")

    assert tried > 100
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("who", PEOPLE)
def test_every_field_takes_text_that_looks_like_a_format(
    world: Actor, client_of: Callable[..., StaffClient], who: str
) -> None:
    client, wrong, tried = client_of(who), [], 0

    for call, operation, schemas in described():
        if call.method == "GET":
            continue
        for body in bodies(operation, schemas):
            answer = getattr(client, call.method.lower())(
                call.path(), body, format="json", headers={"Idempotency-Key": new_key()}
            )
            tried += 1
            if answer.status_code >= 500:
                wrong.append(f"{call} {body}: {answer.status_code}")

    assert tried > 200
    assert not wrong, "\n".join(wrong[:20])


def test_names_what_was_typed_as_it_was_typed(manager: Actor, client_of: Callable[..., StaffClient]) -> None:
    answer = client_of("manager").get("/ledger/balances", {"category": TYPED})

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "category"
    assert TYPED in answer.json()["errors"][0]["message"]


@pytest.mark.parametrize("depth", [33, 900, 100_000])
def test_a_body_that_nests_too_deeply_is_refused_by_every_call(
    manager: Actor, client_of: Callable[..., StaffClient], depth: int
) -> None:
    clients, wrong, refused = [client_of(name) for name in PEOPLE], [], 0
    body = b'{"a":' * depth + b"1" + b"}" * depth

    for call in calls():
        if call.method == "GET":
            continue
        for client in clients:
            answer = getattr(client, call.method.lower())(
                call.path(), body, content_type="application/json", headers={"Idempotency-Key": new_key()}
            )
            refused += answer.status_code == 400
            if answer.status_code not in (400, 403, 404, 415):
                wrong.append(f"{call}: {answer.status_code}")

    assert refused > 30
    assert not wrong, "\n".join(wrong)
