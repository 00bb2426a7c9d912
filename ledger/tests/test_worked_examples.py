"""The ledger as an accountant reads it: what happened, the accounts it moved, and that they balance."""

from __future__ import annotations

from decimal import Decimal

from batconnect.core.kernel.actors import Actor
from ledger.chart import Category
from ledger.querysets import explain, trial_balance
from ledger.services import void_posting, write_off
from ledger.tests.builders import Debtor, charge, raising_posting
from ledger.verification import verify


def accounts(actor: Actor) -> dict[str, str]:
    """Every account whose balance is not zero: debits less credits; together they balance."""
    rows = trial_balance(actor=actor)
    assert sum(row.debit for row in rows) == sum(row.credit for row in rows)
    assert list(verify(actor=actor)) == []
    return {row.code: str(row.balance) for row in rows if row.balance}


def test_opening_balances(manager: Actor, john: Debtor) -> None:
    # John owed these before the books were opened here.
    charge(manager, john, category=Category.REPAIRS, reference_id="INV-2457", amount="450.00", opening=True)
    charge(
        manager, john, category=Category.LEASE, reference_id="MED-102-LS-08", amount="265.00", opening=True
    )

    assert accounts(manager) == {
        "receivable:REPAIRS": "450.00",
        "receivable:LEASE": "265.00",
        "opening_balances": "-715.00",
    }


def test_toll_raised_and_voided(manager: Actor, john: Debtor) -> None:
    toll = charge(manager, john, category=Category.EZPASS, reference_id="EZ-1", amount="26.50")

    assert accounts(manager) == {"receivable:EZPASS": "26.50", "recovered:EZPASS": "-26.50"}

    # The toll was another car's.
    void_posting(actor=manager, posting_id=raising_posting(toll).id, reason="Another car's toll")

    assert accounts(manager) == {}
    toll.refresh_from_db()
    assert (toll.status, toll.outstanding, toll.original) == ("voided", Decimal("0.00"), Decimal("26.50"))


def test_ticket_written_off_in_part_then_owed_again(manager: Actor, john: Debtor) -> None:
    ticket = charge(manager, john, category=Category.TLC, reference_id="T-77", amount="300.00")

    given_up = write_off(
        actor=manager, obligation_id=ticket.id, amount=Decimal("100.00"), reason="Settled with the driver"
    )

    assert accounts(manager) == {
        "receivable:TLC": "200.00",
        "bad_debt": "100.00",
        "recovered:TLC": "-300.00",
    }
    assert (given_up.obligation.outstanding, given_up.obligation.written_off) == (Decimal(200), Decimal(100))

    # The settlement fell through.
    line = ticket.postings.get(entry=given_up.entry_id)
    void_posting(actor=manager, posting_id=line.id, reason="The settlement fell through")

    assert accounts(manager) == {"receivable:TLC": "300.00", "recovered:TLC": "-300.00"}
    ticket.refresh_from_db()
    assert (ticket.status, ticket.outstanding, ticket.written_off) == ("open", Decimal(300), Decimal(0))
    assert [(each.text, each.amount, each.balance) for each in explain(actor=manager, obligation=ticket)] == [
        ("Raised", Decimal("300.00"), Decimal("300.00")),
        ("Written off", Decimal("-100.00"), Decimal("200.00")),
        ("Write-off undone", Decimal("100.00"), Decimal("300.00")),
    ]


def test_whole_obligation_written_off(manager: Actor, john: Debtor) -> None:
    misc = charge(manager, john, category=Category.MISC, reference_id="M-1", amount="40.00")

    write_off(actor=manager, obligation_id=misc.id, amount=Decimal("40.00"), reason="Not worth the letter")

    assert accounts(manager) == {"bad_debt": "40.00", "recovered:MISC": "-40.00"}
    misc.refresh_from_db()
    assert (misc.status, misc.outstanding, misc.written_off) == ("settled", Decimal(0), Decimal(40))
