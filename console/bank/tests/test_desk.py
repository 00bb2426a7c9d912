"""The desk: every kind that it offers explains a line, and what is certain is accepted and taken back at once."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.urls import reverse

from bank.models import Explanation, LinePart, Reconciliation
from bank.services.explaining import explain_part
from bank.services.kinds import codes
from bank.services.kinds.interface import Piece
from bank.services.slip_contents import CashOut, Content
from bank.services.slips import close_slip, make_slip
from bank.tests.builders import book, open_books, parsed
from bank.tests.builders import line as line_of
from bank.tests.builders import receive as receive_file
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.directory.models import Customer
from console.bank.naming import CHOICES
from ledger.paying.tests.builders import confirmed, due_drivers, sent, set_up
from ledger.settlement.services.payouts import pay_dtrs
from ledger.tests.settlement.builders import WEEK, at, dtr_of, earn, make_driver, settle, settle_from
from ledger.tests.vendors.builders import BY_CHECK, make_vendor, put_in
from ledger.treasury.models import Disbursement
from ledger.treasury.services.places import open_bank_account
from ledger.vendors.services.paying import top_up
from ledger.verification import verify
from payments.batches.tests.builders import add_customer, bill
from payments.models import Payment
from payments.tests.billing import make_customer, receive
from payments.tests.test_drawers import take
from tests.cast import acting
from tests.console import browser, seen_on
from tests.digest import assert_nothing_written

D = Decimal
REASON = "It was somebody else's money"
DESK = "/admin/bank/desk/"
TODAY = "/admin/bank/today/"
CERTAIN = "/admin/bank/certain/"
FIRST = date(2026, 1, 4)


def line(part: LinePart) -> str:
    return reverse("admin:bank_line", args=[part.id])


def confirm(client: Any, path: str, **values: str) -> Any:
    """Look at what would happen, and confirm it."""
    preview = client.post(path, values)
    return client.post(path, {**values, **seen_on(preview)})


def errors_on(page: Any) -> list[str]:
    return re.findall(r'workbench-error">([^<]*)<', page.content.decode())


def assert_clean(actor: Actor) -> None:
    assert [f"{each.check}: {each.difference}" for each in verify(actor=actor)] == []


def _payment(actor: Actor) -> tuple[str, dict[str, str]]:
    add_customer(actor)
    return "100.00", {"what-0": "acme-001"}


def _known(actor: Actor) -> tuple[str, dict[str, str]]:
    return "100.00", {"what-0": receive(actor, make_customer(actor), "100.00").number}


def _slip(actor: Actor) -> tuple[str, dict[str, str]]:
    take(actor, "100.00")
    slip = make_slip(actor=actor, content=Content(cash=[CashOut(D("100.00"))]))
    return "100.00", {"what-0": close_slip(actor=actor, slip_id=slip.id).number}


def _gateway(actor: Actor) -> tuple[str, dict[str, str]]:
    customer = make_customer(actor)
    both = [receive(actor, customer, "60.00", method="credit_card") for _ in range(2)]
    return "117.00", {"what-0": ", ".join(each.number for each in both), "fee-0": "3.00"}


def _processor(actor: Actor) -> tuple[str, dict[str, str]]:
    put_in(actor, "800.00", code="earnings_clearing")
    return "617.50", {"what-0": "Curb", "fee-0": "32.50"}


def _vendor(actor: Actor) -> tuple[str, dict[str, str]]:
    vendor = make_vendor(actor)
    top_up(actor=actor, vendor_id=vendor.id, amount=D("700.00"), paid_from=BY_CHECK)
    return "100.00", {"what-0": vendor.name}


def _paid_out(actor: Actor) -> tuple[str, dict[str, str]]:
    done = top_up(actor=actor, vendor_id=make_vendor(actor).id, amount=D("70.00"), paid_from=BY_CHECK)
    return "-70.00", {"what-0": str(done.payment.id)}


def _came_back(actor: Actor) -> tuple[str, dict[str, str]]:
    driver = make_driver(actor)
    with at("2026-01-11"):
        job = settle_from(FIRST + WEEK)
        earn(actor, driver, FIRST, "700.00")
        settle(job, FIRST)
    with at("2026-01-12"):
        pay_dtrs(actor=actor, numbers=[dtr_of(driver, FIRST).number], method="ach")
    row = Disbursement.objects.get(kind="payout")
    (part,) = book(actor, f"-{row.amount}")
    explain_part(
        actor=actor, part_id=part.id, pieces=[Piece("disbursement", row.amount, disbursement_id=row.id)]
    )
    return str(row.amount), {"what-0": str(row.id), "code-0": "R03"}


def _returned(actor: Actor) -> tuple[str, dict[str, str]]:
    return "-100.00", {"what-0": receive(actor, make_customer(actor), "100.00").number, "code-0": "R01"}


def _opened(actor: Actor) -> tuple[str, dict[str, str]]:
    open_books(actor, ("deposit_in_transit", "90.00", {"account": "operating", "reference": "SLIP-9"}))
    return "90.00", {"what-0": "slip-9"}


def _transfer(actor: Actor) -> tuple[str, dict[str, str]]:
    payroll = open_bank_account(actor=actor, code="payroll", name="Payroll", currency="USD")
    (part,) = book(actor, "750.00", account=payroll)
    explain_part(actor=actor, part_id=part.id, pieces=[Piece("transfer", D("750.00"))])
    return "-750.00", {"what-0": "payroll"}


def _batch(actor: Actor) -> tuple[str, dict[str, str]]:
    set_up(actor)
    drivers = due_drivers(actor)
    with acting("second_manager") as second:
        pass
    with at("2026-01-11"):
        for place, (debtor, _) in enumerate(drivers):
            confirmed(actor, second, debtor, f"55566677{place}")
    with at("2026-01-12"):
        return "-600.00", {"what-0": sent(actor, second).number}


KINDS: dict[str, Callable[[Actor], tuple[str, dict[str, str]]]] = {
    "payment": _payment,
    "known_payment": _known,
    "deposit_slip": _slip,
    "gateway": _gateway,
    "processor": _processor,
    "vendor_refund": _vendor,
    "disbursement": _paid_out,
    "payout_batch": _batch,
    "disbursement_return": _came_back,
    "payment_return": _returned,
    "opened": _opened,
    "transfer": _transfer,
    "charges": lambda actor: ("-5.00", {}),
    "interest": lambda actor: ("5.00", {}),
    "account": lambda actor: ("5.00", {"what-0": "income:other"}),
}


def test_the_desk_offers_every_kind() -> None:
    assert {str(each.kind) for each in CHOICES} == set(codes()) == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_explains_a_line_as(manager: Actor, kind: str) -> None:
    amount, values = KINDS[kind](manager)
    (part,) = book(manager, amount)
    console = browser("manager")

    answer = confirm(console, line(part), **{"kind-0": kind, **values})

    assert answer.status_code == 302, errors_on(answer)
    made = list(Explanation.objects.filter(part=part.id))
    # A batch is explained as each of its payouts.
    assert {each.kind for each in made} == {"disbursement" if kind == "payout_batch" else kind}
    assert sum(each.amount for each in made) == part.amount
    assert LinePart.objects.get(id=part.id).status == "explained"
    assert_clean(manager)


@pytest.mark.parametrize(
    ("kind", "values", "said"),
    [
        ("payment", {"what-0": "nobody"}, "&#x27;nobody&#x27; is not there"),
        ("deposit_slip", {"what-0": "DS-1"}, "&#x27;DS-1&#x27; is not there"),
        ("gateway", {"what-0": ""}, "Name the payments of the deposit"),
        ("processor", {"what-0": ""}, "Name the processor"),
        ("processor", {"what-0": "Curb", "fee-0": "a lot"}, "is-wrong"),
        ("interest", {"fee-0": "1.00"}, "This has no fee"),
        ("vendor_refund", {"what-0": ""}, "is not there"),
        ("transfer", {"what-0": "payroll"}, "No transfer waits for its other side"),
        ("account", {"what-0": "nowhere"}, "There is no account"),
        ("interest", {"amount-0": "1.00"}, "The pieces sum to 1.00"),
        ("charges", {"amount-0": "x"}, "is-wrong"),
    ],
)
def test_says_in_the_row_what_is_wrong(manager: Actor, kind: str, values: dict[str, str], said: str) -> None:
    (part,) = book(manager, "100.00")
    console = browser("manager")

    with assert_nothing_written():
        answer = console.post(line(part), {"kind-0": kind, **values})

    assert answer.status_code == 200
    assert said in answer.content.decode()
    assert LinePart.objects.get(id=part.id).status == "open"


def test_what_is_wrong_stands_in_the_row_that_was_typed(manager: Actor) -> None:
    """The second piece was typed in the fourth row."""
    (part,) = book(manager, "100.00")

    answer = browser("manager").post(
        line(part),
        {
            "kind-0": "interest",
            "amount-0": "60.00",
            "kind-3": "account",
            "what-3": "nowhere",
            "amount-3": "40.00",
        },
    )

    html = answer.content.decode()
    assert html.count('<tr data-piece class="is-wrong">') == 1
    assert "nowhere" in html.partition('<tr data-piece class="is-wrong">')[2].partition("</tr>")[0]


def _certain(actor: Actor) -> list[LinePart]:
    """Two lines that name an invoice, and one of which nothing is known."""
    acme = add_customer(actor)
    parts = [
        book(actor, str(each.total), text=f"Payment of {each.number}", payer_name="Acme")[0]
        for each in bill(actor, acme, "120.00", "80.00")
    ]
    return [*parts, *book(actor, "33.00", payer_name="Somebody")]


def test_accepts_what_is_certain_and_takes_it_back(manager: Actor) -> None:
    one, two, unknown = _certain(manager)
    console = browser("manager")
    assert "Accept all that are certain" in console.get(DESK).content.decode()
    with assert_nothing_written():
        page = console.get(CERTAIN)
    assert "2 lines" in page.content.decode()
    assert line(unknown) not in page.content.decode()

    done = console.post(CERTAIN, seen_on(page), follow=True)

    assert "2 lines are explained." in done.content.decode()
    assert {each.status for each in LinePart.objects.filter(id__in=[one.id, two.id])} == {"explained"}
    assert LinePart.objects.get(id=unknown.id).status == "open"
    (operation_id,) = set(Explanation.objects.values_list("operation_id", flat=True))
    undo = reverse("admin:bank_operation", args=[operation_id])
    assert f'href="{undo}"' in done.content.decode()

    short = console.post(undo, {"reason": "no"})
    assert "at least 10" in short.content.decode()
    confirm(console, undo, reason=REASON)

    assert {each.status for each in LinePart.objects.all()} == {"open"}
    assert {each.status for each in Payment.objects.all()} == {"voided"}
    assert_clean(manager)


def test_what_was_seen_is_accepted_or_nothing(manager: Actor) -> None:
    one, two, _ = _certain(manager)
    console = browser("manager")
    seen = seen_on(console.get(CERTAIN))
    acme = Customer.objects.get(external_reference="ACME-001")
    explain_part(actor=manager, part_id=one.id, pieces=[Piece("payment", one.amount, customer_id=acme.id)])

    answer = console.post(CERTAIN, seen, follow=True)
    assert "Something has changed" in answer.content.decode()
    assert LinePart.objects.get(id=two.id).status == "open"

    again = seen_on(answer)
    console.post(CERTAIN, again)
    twice = console.post(CERTAIN, again, follow=True)
    assert "Nothing is certain" in twice.content.decode()
    assert Payment.objects.count() == 2


def test_only_the_lines_that_were_asked_for(manager: Actor) -> None:
    _certain(manager)
    page = browser("manager").get(f"{CERTAIN}?q=somebody")
    assert "Nothing is certain" in page.content.decode()


def test_an_operation_of_nobody(manager: Actor) -> None:
    path = reverse("admin:bank_operation", args=[uuid4()])
    assert browser("manager").get(path).status_code == 404
    assert browser("cashier").get(path).status_code == 403
    assert browser("cashier").get(CERTAIN).status_code == 403


def test_the_accounts_stand_beside_their_banks(manager: Actor) -> None:
    book(manager, "100.00")

    html = browser("auditor").get(TODAY).content.decode()

    assert "no statement yet" in html
    assert "1 line to explain" in html


def test_the_line_of_a_booked_statement_is_reconciled(manager: Actor) -> None:
    day = today(manager.company)
    (statement,) = receive_file(
        manager,
        parsed(line_of("100.00", day=day), opening="0.00", closing="100.00", period_from=day, period_to=day),
    )
    path = reverse("admin:bank_reconciliation", args=[statement.id])
    console = browser("manager")
    assert "100.00" in console.get(TODAY).content.decode()

    page = console.get(path).content.decode()
    assert "Confirm: reconciled until" in page
    confirm(console, path)

    assert Reconciliation.objects.get().bank_balance == D("100.00")
    assert console.get(f"{path}?format=pdf").content.startswith(b"%PDF-")


def test_what_was_explained_together_is_listed_until_it_is_taken_back(manager: Actor) -> None:
    _certain(manager)
    console = browser("manager")
    path = reverse("admin:bank_operations")
    assert "Nothing was explained together yet" in console.get(path).content.decode()
    console.post(CERTAIN, seen_on(console.get(CERTAIN)))
    (operation_id,) = set(Explanation.objects.values_list("operation_id", flat=True))
    undo = reverse("admin:bank_operation", args=[operation_id])

    for_manager, for_auditor = (browser(each).get(path).content.decode() for each in ("manager", "auditor"))
    confirm(console, undo, reason=REASON)
    afterwards = console.get(f"{path}?page=1").content.decode()

    assert undo in for_manager
    assert undo not in for_auditor
    assert manager.name in for_auditor
    assert undo not in afterwards
    assert "taken back" in afterwards
    assert "Nothing was" in console.get(f"{path}?page=9").content.decode()
