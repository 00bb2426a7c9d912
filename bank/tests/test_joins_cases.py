"""Cases 01, 23 and 24 by both entry points: the bank feed and the statements."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from bank.models import LinePart
from bank.services.explaining import explain_part
from bank.services.kinds.interface import Piece
from bank.tests.readers.files import camt, detail, entry
from bank.tests.test_feed_cases import became, take
from bank.tests.test_feed_cases import send as feed
from bank.tests.test_matching import pay
from bank.tests.test_statement_calls import LINES, send, taken
from batconnect.core.kernel.actors import Actor
from ledger.verification import verify
from payments.batches.tests.builders import add_customer
from payments.models import Payment
from tests.cast import StaffClient

D = Decimal


@pytest.fixture
def boss(client_of: Callable[..., StaffClient], manager: Actor) -> StaffClient:
    """The finance manager's client."""
    return client_of("manager")


def paid(amount: str, reference: str, name: str, text: str, account: str = "") -> str:
    """An entry with its payer."""
    at = f"<DbtrAcct><Id><Othr><Id>{account}</Id></Othr></Id></DbtrAcct>" if account else ""
    parties = f"<RltdPties><Dbtr><Pty><Nm>{name}</Nm></Pty></Dbtr>{at}</RltdPties>"
    inside = f"{parties}<RmtInf><Ustrd>{text}</Ustrd></RmtInf>"
    return entry(amount, reference=reference, details=detail(inside=inside))


FIRST = camt(paid("70.00", "PW1", "Money Wire Svc", "for norwood", "PROC-9"))
SECOND = camt(
    paid("71.00", "PW2", "Ostrow Fuel Inc", "rent", "PROC-9"),
    paid("72.00", "PW3", "Money Wire Svc", "for ostrow fuel", "PROC-9"),
)
CHECK = camt(paid("88.88", "DEP-1", "Ostrow Fuel Inc", "CHECK 88 DEPOSIT"))


def suggested(client: StaffClient, part: LinePart) -> list[dict[str, Any]]:
    (only,) = client.get(f"{LINES}/{part.line_id}/suggestions").json()["parts"]
    found: list[dict[str, Any]] = only["suggestions"]
    return found


@pytest.mark.parametrize("way", ["feed", "statements"])
def test_23_account_and_name_disagree(boss: StaffClient, manager: Actor, way: str) -> None:
    norwood = add_customer(manager, "Norwood Transit", "NOR-001")
    ostrow = add_customer(manager, "Ostrow Fuel Inc", "OST-001")
    for content in (FIRST, SECOND):
        if way == "feed":
            take(boss, content)
        else:
            taken(boss, manager, content)
        if content is FIRST:
            part = LinePart.objects.get()
            explain_part(
                actor=manager, part_id=part.id, pieces=[Piece("payment", D("70.00"), customer_id=norwood.id)]
            )

    for part in LinePart.objects.filter(amount__gt=70):
        assert part.status == "open"
        named = {each["pieces"][0]["customer_id"] for each in suggested(boss, part)}
        assert named == {str(norwood.id), str(ostrow.id)}
    assert Payment.objects.count() == 1
    assert list(verify(actor=manager)) == []


@pytest.mark.parametrize("way", ["feed", "statements"])
def test_24_the_check_of_the_counter_is_offered(boss: StaffClient, manager: Actor, way: str) -> None:
    ostrow = add_customer(manager, "Ostrow Fuel Inc", "OST-001")
    known = pay(manager, ostrow, "88.88", reference_number="CHK-88", payment_date=date(2026, 11, 19))
    if way == "feed":
        tried = feed(boss, CHECK, query="?dry_run=true")
        assert became(take(boss, CHECK)) == ["unmatched"]
    else:
        tried = send(boss, CHECK, dry_run="true")
        taken(boss, manager, CHECK)

    assert known.number in tried.content.decode()
    first = suggested(boss, LinePart.objects.get())[0]
    assert (first["pieces"][0]["kind"], first["pieces"][0]["payment_id"]) == ("known_payment", str(known.id))
    assert Payment.objects.count() == 1
    assert list(verify(actor=manager)) == []


def test_01_what_was_taken_back_is_a_probable_return(boss: StaffClient, manager: Actor) -> None:
    acme = add_customer(manager)
    reversal = entry("500.00", "DBIT", inside="<RvslInd>true</RvslInd>", reference="RV1")
    take(boss, camt(entry("500.00", reference="CR1"), reversal))
    came, back = LinePart.objects.order_by("direction")
    done = explain_part(
        actor=manager, part_id=came.id, pieces=[Piece("payment", D("500.00"), customer_id=acme.id)]
    )

    first = suggested(boss, back)[0]

    assert first["pieces"][0]["kind"] == "payment_return"
    assert first["pieces"][0]["payment_id"] == str(done.explanations[0].payment_id)
    assert Payment.objects.get().status == "posted"
