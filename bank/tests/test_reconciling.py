"""The bank's balance beside the books', with what is in transit and what is open."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from bank.models import Reconciliation, Statement
from bank.services.explaining import explain_part
from bank.services.kinds.interface import Piece
from bank.services.reconciling import compare, reconcile
from bank.tests.builders import book, default_account
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.errors import Conflict, NotAllowed
from ledger.tests.vendors.builders import make_bill, make_vendor
from ledger.treasury.services.paying import PaidFrom
from ledger.vendors.services.paying import pay_bills
from payments.batches.tests.builders import add_customer
from tests.digest import assert_nothing_written

AT = "/api/accounting/bank-statements"


def proven(actor: Actor, closing: str, **values: Any) -> Statement:
    """The statement of what was booked last, closing with this balance today."""
    statement = Statement.objects.latest("id")
    day = today(actor.company)
    given: dict[str, Any] = {
        "status": "booked",
        "opening": Decimal("0.00"),
        "opening_source": "file",
        "closing": Decimal(closing),
        "is_proven": True,
        **values,
    }
    Statement.objects.filter(id=statement.id).update(**given)
    return Statement.objects.get(id=statement.id, period_to=day)


def test_compares_and_confirms(manager: Actor, client_of: Callable[..., Any]) -> None:
    customer = add_customer(manager)
    identified, _ = book(manager, "100.00", "40.00")
    explain_part(
        actor=manager,
        part_id=identified.id,
        pieces=[Piece("payment", Decimal("100.00"), customer_id=customer.id)],
    )
    bill = make_bill(manager, make_vendor(manager), "25.00")
    pay_bills(actor=manager, amounts={bill.id: Decimal("25.00")}, paid_from=PaidFrom(method="check"))
    statement = proven(manager, "140.00")

    compared = compare(actor=manager, statement_id=statement.id)
    report = client_of("auditor").get(f"{AT}/{statement.id}/reconciliation")
    refused = client_of("auditor").post(f"{AT}/{statement.id}/reconciliation", {})
    confirmed = client_of("manager").post(f"{AT}/{statement.id}/reconciliation", {})

    assert (compared.bank, compared.books, compared.difference) == (Decimal(140), Decimal(140), 0)
    assert (compared.payments_in_transit, compared.cash) == (Decimal(25), Decimal(115))
    assert report.json()["open_lines"][0]["amount"] == Decimal("40.00")
    assert refused.status_code == 403
    assert (confirmed.status_code, confirmed.json()["unidentified"]) == (201, Decimal("40.00"))
    with assert_nothing_written(), pytest.raises(Conflict) as twice:
        reconcile(actor=manager, statement_id=statement.id)
    assert twice.value.code == "not_reconcilable"
    assert Reconciliation.objects.get().bank_account_id == default_account(manager).id


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"closing": "139.99"}, "139.99"),
        ({"is_proven": False}, "not proven"),
        ({"status": "received"}, "not booked"),
    ],
)
def test_refuses_what_does_not_agree(manager: Actor, changes: dict[str, Any], says: str) -> None:
    book(manager, "140.00")
    statement = proven(manager, **{"closing": "140.00", **changes})

    with assert_nothing_written(), pytest.raises(Conflict) as refused:
        reconcile(actor=manager, statement_id=statement.id)

    assert refused.value.code == "not_reconcilable"
    assert says in refused.value.message


def test_needs_the_right(cashier: Actor, manager: Actor) -> None:
    book(manager, "140.00")
    statement = proven(manager, "140.00")

    with assert_nothing_written(), pytest.raises(NotAllowed):
        reconcile(actor=cashier, statement_id=statement.id)


def test_another_companys_account_is_not_there(manager: Actor, client_of: Callable[..., Any]) -> None:
    asked = f"/api/accounting/bank-accounts/{default_account(manager).id}/reconciliations"

    own = client_of("auditor").get(asked)
    strange = client_of("outsider").get(asked)

    assert (own.status_code, own.json()) == (200, {"results": []})
    assert (strange.status_code, strange.json()["code"]) == (404, "bank_account_not_found")
