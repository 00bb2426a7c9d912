"""Every call under /api/accounting that takes a body, with what no client of ours would send: answered as declared, by
name where it is refused, and never with an error of ours.

Each call is tried with every value, each member of its body with a third of them; `HOSTILE_VALUES=all` tries every
member with every value.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from math import isfinite
from typing import Any, Final
from zlib import crc32

import pytest
from django.db import connection, transaction
from drf_spectacular.generators import SchemaGenerator

from bank.models import LinePart
from bank.services.counting import open_session
from bank.services.slip_contents import Content
from bank.services.slips import make_slip
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from ledger.chart import Category
from ledger.tests.builders import charge, make_debtor
from ledger.tests.general.builders import enter
from ledger.tests.vendors.builders import make_bill, make_vendor, put_in
from ledger.treasury.models import BankAccount
from ledger.treasury.services.places import open_drawer
from outstanding.tests.builders import make_renewal
from payments.batches.models import PaymentBatch
from payments.batches.tests.builders import work
from payments.batches.tests.statements import camt, entry, feed
from payments.credit_memos.services.issuing import MemoRequest, issue_credit_memo
from payments.services.deposits import take_deposit
from payments.tests.billing import receive
from payments.tests.builders import new_key
from tests.cast import StaffClient

BASE: Final = "/api/accounting"
NOTHING: Final = "01900000-0000-7000-8000-00000000dead"
HOSTILE: Final[tuple[Any, ...]] = (
    *(None, True, 0, -1, -0.01, 1.005, 10**30, 1e300, float("nan"), float("inf")),
    *([], {}, [None], {"a": {"b": [1]}}, [[[]]] * 3),
    *(
        "",
        " ",
        "x" * 10_000,
        "💥",
        "a\x00b",
        "\x00",
        "\ud83d",
        "NaN",
        "-Infinity",
        "-1.00",
        "1e400",
        "9" * 400,
    ),
    *("0001-01-01", "9999-12-31", "2026-02-30", "0001-01-01T00:00:00+14:00", "Ä b!", "12-34", "%s {0}"),
    NOTHING,
)
SHARE: Final = 1 if os.environ.get("HOSTILE_VALUES") == "all" else 3
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d")
BODIES: Final = (b"", b"null", b"[]", b'"text"', b"1", b"{", b"\xff\xfe", b'{"a": NaN}', b"[" * 2000)


@dataclass(frozen=True, slots=True)
class Operation:
    """A call that takes JSON: its example, and the names that its body may have."""

    method: str
    path: str
    example: dict[str, Any]
    names: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@cache
def operations() -> list[Operation]:
    """Those of the document that take a JSON object, with its example."""
    document = SchemaGenerator().get_schema(request=None, public=True)
    found = []
    for path, methods in document["paths"].items():
        for method, declared in methods.items():
            content = declared.get("requestBody", {}).get("content", {}).get("application/json")
            if path.startswith(BASE) and content:
                names = _names(document["components"]["schemas"], content["schema"])
                (example,) = (each["value"] for each in content["examples"].values())
                found.append(Operation(method, path, json.loads(json.dumps(example)), tuple(names)))
    return found


def _names(shapes: dict[str, Any], schema: dict[str, Any]) -> list[str]:
    """The members of an object, or of each that it may be."""
    shape = shapes[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
    either = [*shape.get("oneOf", ()), *shape.get("anyOf", ())]
    return [*shape.get("properties", ()), *(name for each in either for name in _names(shapes, each))]


def test_the_document_names_what_a_body_may_have() -> None:
    assert len(operations()) > 25
    assert [
        str(each) for each in operations() if not each.names or not each.example.keys() <= {*each.names}
    ] == []


def _ids(actor: Actor, client: StaffClient) -> dict[str, str]:
    """Something for each name in a path or a body."""
    put_in(actor, "5000.00")
    vendor = make_vendor(actor)
    debtor = make_debtor(actor)
    memo = issue_credit_memo(
        actor=actor,
        request=MemoRequest(
            reason="A credit to be tried",
            driver_id=debtor.driver.pk,
            lease_id=debtor.lease.pk,
            amount=Decimal(100),
            category=Category.LEASE,
        ),
    ).memo
    assert memo is not None
    noted = client.post(
        f"{BASE}/vendor-credits",
        {
            "vendor_id": str(vendor.id),
            "number": "CN-1",
            "amount": 10,
            "day": today(actor.company).isoformat(),
            "category": "EZPass",
        },
        headers={"Idempotency-Key": new_key()},
    )
    deposit = take_deposit(
        actor=actor,
        payment_id=receive(actor, debtor.customer, "900.00").id,
        lease=debtor.lease.pk,
        amount=Decimal(800),
    )
    work(feed(client, camt(entry(name="ACME", account="DE89 3704"))).json()["batch_id"])
    return {
        "credit_id": noted.json()["id"],
        "deposit_id": str(deposit.id),
        "day": today(actor.company).isoformat(),
        "reverse_on": (today(actor.company) + timedelta(days=1)).isoformat(),
        "obligation_id": str(charge(actor, debtor, amount="200.00").id),
        "customer_id": str(debtor.customer.pk),
        "entity_id": str(debtor.customer.pk),
        "bank_account_id": str(BankAccount.objects.get().id),
        "drawer_id": str(open_drawer(actor=actor, code="till", name="Till", currency="USD").id),
        "vendor_id": str(vendor.id),
        "session_id": str(open_session(actor=actor, amount=Decimal(5000)).id),
        "slip_id": str(make_slip(actor=actor, content=Content()).id),
        "bill_id": str(make_bill(actor, vendor, number="B-1").id),
        "memo_id": str(memo.id),
        "manual_entry_id": str(enter(actor, "50.00").id),
        "case_id": str(make_renewal(actor, (("Q1", "300.00", date(2024, 3, 28)),)).pk),
        "receipt_id": str(LinePart.objects.get().id),
        "batch_id": str(PaymentBatch.objects.get().id),
    }


def _filled(body: Any, ids: dict[str, str]) -> Any:
    """The example about what there is."""
    if isinstance(body, list):
        return [_filled(each, ids) for each in body]
    if isinstance(body, dict):
        return {name: ids.get(name) or _filled(value, ids) for name, value in body.items()}
    return ids["day"] if _DAY.fullmatch(str(body)) else body


def _places(body: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where a value stands in the body, also within its lists."""
    members = body.items() if isinstance(body, dict) else enumerate(body) if isinstance(body, list) else ()
    for name, value in members:
        yield (*path, name)
        yield from _places(value, (*path, name))


def _with(body: Any, place: tuple[Any, ...], value: Any) -> Any:
    copy: Any = json.loads(json.dumps(body))
    inner = copy
    for name in place[:-1]:
        inner = inner[name]
    inner[place[-1]] = value
    return copy


def _tried(operation: Operation, example: Any) -> Iterator[tuple[str, bool, bytes]]:
    """Bodies: in words, whether a refusal names a field, and as they are sent."""
    yield "as it is", False, json.dumps(example).encode()
    places = (*_places(example), *((name,) for name in operation.names if name not in example))
    shift = crc32(str(operation).encode())
    for number, place in enumerate(places):
        for value in HOSTILE[(number + shift) % SHARE :: SHARE]:
            body = json.dumps(_with(example, place, value)).encode()
            # What is not JSON, and a number that nobody can read, is refused as a whole.
            yield f"{place} = {str(value)[:40]!r}", not _is_no_json(value), body
    for whole in BODIES:
        yield repr(whole[:20]), False, whole


def _is_no_json(value: Any) -> bool:
    return (isinstance(value, float) and not isfinite(value)) or value == "\ud83d" or value == 10**30


@pytest.mark.parametrize("operation", operations(), ids=str)
def test_what_is_hostile_is_refused(
    manager: Actor, client_of: Callable[..., StaffClient], operation: Operation
) -> None:
    client = client_of("manager")
    ids = _ids(manager, client)
    path = re.sub(r"{(\w+)}", lambda name: ids.get(name[1], NOTHING), operation.path)
    wrong = []

    for what, names, body in _tried(operation, _filled(operation.example, ids)):
        with transaction.atomic():
            answer = client.generic(
                operation.method.upper(),
                path,
                body,  # type: ignore[arg-type]  # bytes are sent as they are
                "application/json",
                headers={"Idempotency-Key": new_key()},
            )
            # What a commit would check.
            connection.check_constraints()
            transaction.set_rollback(True)
        is_named = answer.status_code != 400 or any(each["field"] for each in answer.json()["errors"])
        if answer.status_code >= 500 or (names and not is_named):
            wrong.append(f"{what}: {answer.status_code} {answer.content[:200]!r}")

    assert not wrong, "\n".join(wrong[:60])
