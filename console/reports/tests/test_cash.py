"""The cash receipts journal: what was received by every way, at the counter and by the lines of banks."""

from __future__ import annotations

from decimal import Decimal

from bank.models import LinePart
from bank.services.counting import CountOfDrawer, count_session, open_session
from bank.services.explaining import explain_part, undo_explanation
from bank.services.kinds.interface import Piece
from bank.services.slip_contents import CashOut, Content
from bank.services.slips import close_slip, make_slip
from bank.tests.builders import book
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from console.reports.tests.books import ledger, parts_of, rows_of, totals_of
from ledger.treasury.models import BankAccount
from ledger.treasury.services.places import open_bank_account
from payments.models import Payment
from payments.tests.billing import make_customer, receive
from payments.tests.test_drawers import take

D = Decimal
REASON = "It was somebody else's money"


def explain(actor: Actor, part: LinePart, kind: str, **names: object) -> Payment:
    """Say that a line is this; the payment that it names."""
    done = explain_part(actor=actor, part_id=part.id, pieces=[Piece(kind, part.amount, **names)])  # type: ignore[arg-type]  # names of a piece
    payment = done.explanations[0].payment
    assert payment is not None
    return payment


def test_every_way_in_is_counted_once_and_what_only_moves_is_not(manager: Actor) -> None:
    payer = make_customer(manager)
    payroll = open_bank_account(actor=manager, code="payroll", name="Payroll", currency="USD")
    operating = BankAccount.objects.get(currency="USD", is_default=True)
    take(manager, "340.00")
    check = receive(manager, payer, "100.00", method="check")
    by_line, undone, known, back = book(manager, "70.00", "50.00", "100.00", "-70.00")
    (elsewhere,) = book(manager, "25.00", account=payroll)
    paid = explain(manager, by_line, "payment", customer_id=payer.id)
    explain(manager, elsewhere, "payment", customer_id=payer.id)
    taken = explain(manager, undone, "payment", customer_id=payer.id)
    explain(manager, known, "known_payment", payment_id=check.id)
    explain(manager, back, "payment_return", payment_id=paid.id, values={"reason_code": "R01"})
    live = undone.explanations.get(payment=taken)
    undo_explanation(actor=manager, explanation_id=live.id, reason=REASON)
    _count_and_deposit(manager)
    day = today(manager.company)

    journal = totals_of(manager, "cash-receipts", first=day, last=day)
    by_way = parts_of(manager, "cash-receipts", first=day, last=day)

    assert journal == {"USD": {"received": "585.00", "voided": "120.00", "refunded": "0.00", "net": "465.00"}}
    assert {way: (each["received"], each["voided"]) for (_, way), each in by_way.items()} == {
        "cash": ("340.00", "0.00"),
        "check": ("100.00", "0.00"),
        f"bank_transfer|{operating.name}": ("120.00", "120.00"),
        "bank_transfer|Payroll": ("25.00", "0.00"),
    }
    # The whole money of the company, less what was counted short, and less the line that is open again.
    money = D(ledger("USD", "cash:", "bank:", "deposits_in_transit:", until=day))
    short = D(ledger("USD", "cash_over_short", until=day))
    still_open = D(ledger("USD", "unidentified_receipts", until=day))
    assert money + short + still_open == D(journal["USD"]["net"])
    rows = rows_of(manager, "cash-receipts", first=day, last=day)
    assert {each["number"] for each in rows if each["account"] == "Payroll"} == {
        Payment.objects.get(amount=D("25.00")).number
    }
    assert {each["event"] for each in rows} == {
        "Payment",
        "Payment by a bank line",
        "Payment by a bank line taken back",
        "Payment returned by the bank",
    }


def _count_and_deposit(actor: Actor) -> None:
    """A count that is short, and a slip: neither is a receipt."""
    session = open_session(actor=actor, amount=D("340.00"))
    count_session(
        actor=actor,
        session_id=session.id,
        count=CountOfDrawer(amount=D("330.00"), reason="A coin fell down."),
    )
    slip = make_slip(actor=actor, content=Content(cash=[CashOut(D("300.00"))]))
    close_slip(actor=actor, slip_id=slip.id)
