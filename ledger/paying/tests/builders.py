"""Drivers with something due, their confirmed accounts, and a bank account that pays by file and check."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from batconnect.core.approvals.services import approve
from batconnect.core.kernel.actors import Actor
from batconnect.core.models import Approval
from ledger.models import Dtr, PayeeAccount, PayoutBatch, PayoutOrder
from ledger.paying.rules.nacha import LINE_END
from ledger.paying.services.batches import ask_to_approve, draft_batch
from ledger.paying.services.building import build_batch
from ledger.paying.services.orders import OrderTerms, propose_order
from ledger.paying.services.payees import propose_account
from ledger.paying.services.sending import send_batch, take_file
from ledger.paying.services.setup import change_settings, set_up_paying
from ledger.tests.builders import Debtor
from ledger.tests.settlement.builders import WEEK, at, dtr_of, earn, make_driver, settle, settle_from
from ledger.treasury.models import BankAccount

WEEK_ONE: Final = date(2026, 1, 4)
ROUTING: Final = "021000021"
WHY: Final = "Because the test says so."


def due_drivers(actor: Actor, count: int = 3, gross: str = "700.00") -> list[tuple[Debtor, Dtr]]:
    """Drivers whose DTR of the week of January 4, 2026 has the gross less 500.00 due."""
    drivers = [make_driver(actor, number=place, name=f"Driver {place}") for place in range(1, count + 1)]
    with at("2026-01-11"):
        job = settle_from(WEEK_ONE + WEEK)
        for each in drivers:
            earn(actor, each, WEEK_ONE, gross)
        settle(job, WEEK_ONE)
    return [(each, dtr_of(each, WEEK_ONE)) for each in drivers]


def set_up(actor: Actor, **values: Any) -> BankAccount:
    """The company's default bank account, set up for ACH and checks; no waiting period."""
    account = BankAccount.objects.get(company_id=actor.company_id, is_default=True, currency="USD")
    given: dict[str, Any] = {
        "destination": ROUTING,
        "destination_name": "JPMorgan Chase",
        "origin": "1234567890",
        "origin_name": "Big Apple Taxi",
        "company_name": "Big Apple Taxi",
        "company_identification": "1234567890",
        "odfi": ROUTING[:8],
        "next_check": 1001,
        "last_check": 1999,
    }
    set_up_paying(actor=actor, bank_account_id=account.id, **{**given, **values})
    change_settings(actor=actor, waiting_days=0)
    return account


def propose(actor: Actor, customer_id: UUID, number: str = "000123456789", **values: Any) -> Approval:
    """Propose a checking account."""
    given: dict[str, Any] = {"holder_name": "", "routing_number": ROUTING, "kind": "checking"}
    return propose_account(actor=actor, customer_id=customer_id, account_number=number, **{**given, **values})


def confirm(actor: Actor, request: Approval) -> PayeeAccount:
    """The second person confirms it."""
    decided = approve(actor=actor, approval_id=request.id)
    assert decided.carried is not None
    account: PayeeAccount = decided.carried.result
    return account


def confirmed(
    actor: Actor, second: Actor, debtor: Debtor, number: str = "000123456789", **values: Any
) -> PayeeAccount:
    """An account of the driver, usable today."""
    return confirm(second, propose(actor, debtor.customer.id, number, **values))


def approved(actor: Actor, second: Actor, way: str = "ach", **values: Any) -> PayoutBatch:
    """A batch that a second person approved."""
    batch = draft_batch(actor=actor, way=way, **values)
    approve(actor=second, approval_id=ask_to_approve(actor=actor, batch_id=batch.id).id)
    return batch


def sent(actor: Actor, second: Actor, way: str = "ach", **values: Any) -> PayoutBatch:
    """A batch that went out; its file was taken once."""
    batch = approved(actor, second, way, **values)
    build_batch(actor=actor, batch_id=batch.id)
    take_file(actor=actor, batch_id=batch.id)
    return send_batch(actor=actor, batch_id=batch.id)


def ordered(actor: Actor, second: Actor, debtor: Debtor, rank: int = 1, **values: object) -> PayoutOrder:
    """An order that takes from January 1, 2026 on."""
    given: dict[str, object] = {
        "kind": "court",
        "creditor": "Queens Family Court",
        "creditor_code": "qfc",
        "reference": f"F-{rank}",
        "rank": rank,
        "from_on": date(2026, 1, 1),
    }
    terms = OrderTerms(**{**given, **values})  # type: ignore[arg-type]  # by name
    request = propose_order(actor=actor, customer_id=debtor.customer.id, terms=terms)
    approve(actor=second, approval_id=request.id)
    return PayoutOrder.objects.get(id=request.parameters["order_id"])


def return_file(*entries: tuple[str, str, Decimal, str]) -> str:
    """A bank's file of returns: trace number, code, amount, corrected data or note."""
    records = ["101 1234567890 0210000212601150905A094101BIG APPLE TAXI         JPMORGAN CHASE".ljust(94)]
    records.append(
        "5200BIG APPLE TAXI                      1234567890PPDPAYOUT    260115260115   1021000020000001"
    )
    summed = 0
    for place, (trace, code, amount, data) in enumerate(entries, start=1):
        cents = int(amount * 100)
        own = f"02100002{place:07d}"
        records.append(f"621{ROUTING}{'000123456789':17}{cents:010d}{'DRV-101':15}{'DRIVER':22}  1{own}")
        kind = "98" if code.startswith("C") else "99"
        records.append(f"7{kind}{code}{trace:15}{' ' * 6}{ROUTING[:8]}{data:44}{own}")
        summed += int(ROUTING[:8])
    total = len(entries) * 2
    records.append(
        f"8200{total:06d}{summed % 10**10:010d}{0:012d}{0:012d}1234567890{' ' * 25}021000020000001"
    )
    records.append(f"9000001{1:06d}{total:08d}{summed % 10**10:010d}{0:012d}{0:012d}{' ' * 39}")
    assert {len(each) for each in records} == {94}
    return LINE_END.join(records) + LINE_END
