"""A new loan and a new repair in the console: the one step of either case, after its schedule was seen."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.words import format_day
from cases.models import Case
from console.counter.tests.conftest import Counter, words
from ledger.tests.builders import next_sunday
from loans.models import DriverLoan
from payments.tests.builders import Debtor
from repairs.models import RepairInvoice
from tests.console import browser
from tests.digest import assert_nothing_written

Wizard = Callable[..., Counter]
PDF = b"%PDF-1.7\n1 0 obj\nendobj\n%%EOF\n"


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def loan(actor: Actor, **changes: str) -> dict[str, str]:
    return {
        "lease": "2054",
        "loan_amount": "1000.00",
        "interest_rate": "10",
        "start_week": next_sunday(actor).isoformat(),
        "notes": "For the deposit.",
        **changes,
    }


def invoice(actor: Actor, **changes: str) -> dict[str, str]:
    return {
        "lease": "2054",
        "workshop_type": "Big Apple Workshop",
        "invoice_number": "EXT-77",
        "invoice_date": today(actor.company).isoformat(),
        "total_amount": "450.00",
        "start_week": next_sunday(actor).isoformat(),
        "notes": "",
        **changes,
    }


def test_lends_what_the_schedule_showed(john: Debtor, wizard: Wizard, manager: Actor) -> None:
    counter = wizard("new_loan")

    with assert_nothing_written():
        page = counter.check(**loan(manager))
    done = counter.confirm(page)
    again = counter.confirm(page)
    made = words(counter.client.get(done["Location"]))

    lent = DriverLoan.objects.get()
    rows = list(lent.installments.order_by("number").values_list("principal", flat=True))
    assert rows == [Decimal("200.00")] * 5
    assert "in 5 installments" in words(page)
    assert done["Location"] == again["Location"] == reverse("admin:loan_made", args=[lent.number])
    assert (lent.amount, lent.interest_rate, lent.notes) == (
        Decimal("1000.00"),
        Decimal(10),
        "For the deposit.",
    )
    assert Case.objects.get().case_no == lent.case_no
    assert f"Loan {lent.number}" in made
    assert "1,000.00 USD" in made


def test_shows_the_schedule_while_it_is_typed(john: Debtor, wizard: Wizard, manager: Actor) -> None:
    counter = wizard("new_loan")

    with assert_nothing_written():
        shown = counter.client.post(f"{counter.path}&part=schedule", loan(manager, interest_rate="0"))
        wrong = counter.client.post(
            f"{counter.path}&part=schedule",
            loan(manager, start_week=(next_sunday(manager) + timedelta(days=1)).isoformat()),
        )

    last = next_sunday(manager) + timedelta(weeks=4)
    assert f"5 installments , the last on {format_day(last)}" in words(shown)
    assert "1,000.00 USD in all." in words(shown)
    assert "<html" not in shown.content.decode()
    assert "a start week begins on a Sunday" in words(wrong)


def test_lends_above_the_cap_for_a_reason(john: Debtor, wizard: Wizard, manager: Actor) -> None:
    counter = wizard("new_loan")
    typed = loan(manager, interest_rate="18", interest_reason="Agreed on with the owner.")

    with assert_nothing_written():
        planned = counter.client.post(f"{counter.path}&part=schedule", loan(manager, interest_rate="18"))
    counter.confirm(counter.check(**typed))

    assert "5 installments" in words(planned)
    assert DriverLoan.objects.get().interest_reason == "Agreed on with the owner."


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"loan_amount": "-5"}, "Enter an amount above zero"),
        ({"interest_rate": "abc"}, "number"),
        ({"interest_rate": "18"}, "18 % is above 16 %"),
        ({"interest_rate": "18", "interest_reason": "short"}, "it must have 10 to 500"),
        ({"start_week": "2020-01-06"}, "a start week begins on a Sunday"),
    ],
)
def test_keeps_a_refused_loan_as_typed(
    john: Debtor, wizard: Wizard, manager: Actor, changes: dict[str, str], message: str
) -> None:
    with assert_nothing_written():
        page = wizard("new_loan").check(**loan(manager, **changes))

    assert message in words(page)
    assert "For the deposit." in page.content.decode()


def test_enters_a_repair_and_attaches_its_invoice(john: Debtor, wizard: Wizard, manager: Actor) -> None:
    counter = wizard("new_repair")

    done = counter.confirm(counter.check(**invoice(manager)))
    attached = counter.client.post(
        done["Location"], {"file": SimpleUploadedFile("EXT 77.pdf", PDF)}, follow=True
    )

    entered = RepairInvoice.objects.get()
    assert (entered.amount, entered.invoice_number) == (Decimal("450.00"), "EXT-77")
    assert entered.document_name == "EXT 77.pdf"
    assert "The workshop's invoice is attached." in attached.content.decode().replace("&#x27;", "'")
    assert f"/payments/vehicle-repairs/{entered.number}/document" in attached.content.decode()


def test_refuses_a_file_that_is_not_a_document(john: Debtor, wizard: Wizard, manager: Actor) -> None:
    counter = wizard("new_repair")
    done = counter.confirm(counter.check(**invoice(manager)))

    with assert_nothing_written():
        refused = counter.client.post(
            done["Location"], {"file": SimpleUploadedFile("x.pdf", b"MZ")}, follow=True
        )
        stranger = browser("auditor").post(done["Location"], {"file": SimpleUploadedFile("x.pdf", PDF)})

    assert "not a PDF, JPEG or PNG" in words(refused)
    assert stranger.status_code in (302, 403)


def test_refuses_an_invoice_entered_in_between(john: Debtor, wizard: Wizard, manager: Actor) -> None:
    counter = wizard("new_repair")
    mine, theirs = counter.check(**invoice(manager)), wizard("new_repair", client=browser("manager"))
    theirs.confirm(theirs.check(**invoice(manager)))

    with assert_nothing_written():
        refused = counter.confirm(mine)
        page = counter.client.get(refused["Location"])

    assert "for this vehicle is RPR-" in words(page)
    assert 'value="EXT-77"' in page.content.decode()
    assert RepairInvoice.objects.count() == 1


@pytest.mark.parametrize("name", ["new_loan", "new_repair"])
def test_only_cashiers_lend(john: Debtor, wizard: Wizard, manager: Actor, name: str) -> None:
    auditor = wizard(name, client=browser("auditor"))
    stranger = wizard(name, client=browser("outsider"))

    with assert_nothing_written():
        answers = [auditor.client.post(auditor.path, loan(manager)), stranger.client.get(stranger.path)]

    assert [each.status_code for each in answers] == [403, 404]
