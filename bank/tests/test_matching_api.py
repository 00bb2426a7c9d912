"""What a line may be, and the rules that say so, by the API."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from bank.models import MatchRule
from bank.services.deciding import decide_parts
from bank.tests.builders import book
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.ids import uuid7
from batconnect.core.models import AuditEvent
from ledger import chart
from payments.batches.tests.builders import add_customer, bill
from payments.tests.builders import new_key
from tests.cast import StaffClient
from tests.digest import assert_nothing_written

RULES = "/api/accounting/match-rules"
FEE: dict[str, Any] = {
    "on": "text",
    "pattern": "monthly  Maintenance-fee",
    "direction": "out",
    "account_code": chart.BANK_CHARGES,
}


@pytest.fixture
def api(client_of: Callable[..., StaffClient], manager: Actor) -> StaffClient:
    """The finance manager's client."""
    return client_of("manager")


def write(api: StaffClient, body: dict[str, Any]) -> Any:
    """POST a rule."""
    return api.post(RULES, body, headers={"Idempotency-Key": new_key()})


def suggestions(line_id: UUID | None) -> str:
    """Where a line's suggestions are."""
    return f"/api/accounting/statement-lines/{line_id}/suggestions"


def test_a_line_has_suggestions_with_their_reasons(api: StaffClient, manager: Actor) -> None:
    acme = add_customer(manager)
    (invoice,) = bill(manager, acme, "120.00")
    (part,) = book(manager, "120.00", payer_name="ACME INSURANCE", text=f"for {invoice.number}")

    answer = api.get(suggestions(part.line_id))

    (shown,) = answer.json()["parts"]
    first = shown["suggestions"][0]
    assert (answer.status_code, shown["part_id"], shown["left"]) == (200, str(part.id), Decimal("120.00"))
    assert (first["rank"], first["title"], first["points"], first["is_certain"]) == (
        1,
        "Payment of Acme Insurance",
        250,
        True,
    )
    assert first["because"] == [
        f"its text names invoice {invoice.number}",
        "the payer's name is Acme Insurance",
        f"{invoice.number} is open with exactly 120.00",
    ]
    assert [(each["kind"], each["customer_id"], each["amount"]) for each in first["pieces"]] == [
        ("payment", str(acme.id), Decimal("120.00"))
    ]


def test_another_companys_line_and_rule_are_not_found(
    client_of: Callable[..., StaffClient], manager: Actor
) -> None:
    (part,) = book(manager, "120.00")
    rule = MatchRule.objects.create(
        company_id=manager.company_id,
        on="text",
        pattern="FEE OF THE BANK",
        direction="out",
        account_code="bank_charges",
        created_by="x",
    )
    outsider = client_of("outsider")

    answers = [outsider.get(suggestions(part.line_id)), outsider.get(f"{RULES}/{rule.id}")]

    assert [(each.status_code, each.json()["code"]) for each in answers] == [
        (404, "statement_line_not_found"),
        (404, "match_rule_not_found"),
    ]


def test_a_rule_is_written_decides_and_is_switched_off(api: StaffClient, manager: Actor) -> None:
    written = write(api, FEE)
    rule = written.json()
    one, other = book(manager, "-12.00", "-13.00", text="MONTHLY MAINTENANCE FEE 11/20")

    assert (written.status_code, rule["pattern"], rule["is_learned"], rule["hits"]) == (
        201,
        "MONTHLY MAINTENANCE FEE",
        False,
        0,
    )
    assert _decide(manager, one.id) == "explained"
    stale = written.headers["ETag"]
    fresh = api.get(f"{RULES}/{rule['id']}")
    with assert_nothing_written():
        refused = api.patch(f"{RULES}/{rule['id']}", {"is_active": False}, headers={"If-Match": stale})
    off = api.patch(
        f"{RULES}/{rule['id']}",
        {"is_active": False, "note": "They changed the words"},
        headers={"If-Match": fresh.headers["ETag"]},
    )

    assert (refused.status_code, fresh.json()["hits"]) == (412, 1)
    assert (off.status_code, off.json()["is_active"], off.json()["note"]) == (
        200,
        False,
        "They changed the words",
    )
    assert _decide(manager, other.id) == "open"
    listed = api.get(f"{RULES}?is_active=false&on=text").json()
    assert [each["id"] for each in listed["results"]] == [rule["id"]]
    assert api.get(f"{RULES}?is_active=true").json()["total"] == 0
    assert AuditEvent.objects.filter(action="bank.rule_changed").count() == 1


@pytest.mark.parametrize(
    ("changes", "status", "code", "field"),
    [
        ({"account_code": ""}, 400, "rule_of_one_kind", "customer_id"),
        ({"customer_id": str(uuid7())}, 400, "rule_of_one_kind", "customer_id"),
        ({"account_code": "", "customer_id": str(uuid7())}, 400, "unknown_explanation", "customer_id"),
        ({"account_code": "no_such"}, 400, "unknown_explanation", "account_code"),
        ({"account_code": "unallocated_cash"}, 400, "account_has_items", "account_code"),
        ({"bank_account_id": str(uuid7())}, 400, "unknown_explanation", "bank_account_id"),
        ({"pattern": "a 1"}, 400, "rule_says_too_little", "pattern"),
        ({"on": "account", "pattern": "****1234"}, 400, "rule_says_too_little", "pattern"),
    ],
)
def test_refuses_a_rule_that_says_nothing_or_too_much(
    api: StaffClient, in_north: Any, changes: dict[str, Any], status: int, code: str, field: str
) -> None:
    with assert_nothing_written():
        answer = write(api, {**FEE, **changes})

    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.content
    assert answer.json()["errors"][0]["field"] == field


def test_the_same_rule_is_written_once(api: StaffClient, in_north: Any) -> None:
    write(api, FEE)

    answer = write(api, FEE)

    assert (answer.status_code, answer.json()["code"]) == (409, "rule_taken")
    assert MatchRule.objects.count() == 1


def test_a_cashier_sees_no_rules(client_of: Callable[..., StaffClient], manager: Actor) -> None:
    cashier = client_of("cashier")

    with assert_nothing_written():
        answers = [cashier.get(RULES), write(cashier, FEE)]

    assert [each.status_code for each in answers] == [403, 403]


def _decide(actor: Actor, part_id: UUID) -> str:
    return decide_parts(actor=actor, part_ids=[part_id], operation_id=uuid7(), strategy="fifo")[part_id]
