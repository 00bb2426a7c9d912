"""docs/allocations.md holds: its examples run in order and answer what the page says."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import time_machine

from batconnect.core.kernel.actors import Actor
from batconnect.embedded.paths import PROJECT_ROOT
from payments.tests.billing import make_customer
from payments.tests.builders import new_key
from tests.cast import StaffClient
from tests.pages import assert_holds, value_at

EXAMPLE = re.compile(r"^```example\n(.+)\n(\d{3}) (\{.*\})((?: [\w.]+=\w+)*)\n```$", re.MULTILINE)


@time_machine.travel(datetime(2025, 9, 15, 16, tzinfo=UTC))
def test_the_examples_run_as_written(
    manager: Actor, client_of: Callable[..., StaffClient], in_north: Any
) -> None:
    client = client_of("manager")
    names = {"CUSTOMER": str(make_customer(manager).pk)}
    page = (PROJECT_ROOT / "docs/allocations.md").read_text(encoding="utf-8")
    examples = EXAMPLE.findall(page)

    for call, status, answer, kept in examples:
        call, answer = (re.sub(r"\$([A-Z]+)", lambda name: names[name[1]], text) for text in (call, answer))
        method, path, body = [*call.split(" ", 2), ""][:3]
        response = client.generic(
            method,
            path,
            body,
            content_type="application/json",
            headers={"Idempotency-Key": new_key()} if method == "POST" else {},
        )
        assert response.status_code == int(status), f"{call}: {response.content!r}"
        assert_holds(response.json(), json.loads(answer), call)
        for each in kept.split():
            member, _, name = each.partition("=")
            names[name] = value_at(response.json(), member)

    assert len(examples) == page.count("```example") == 15
