"""Taxes held and remitted; earnings that no deposit has cleared (docs/domain.md#remittances)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from threading import Barrier, Thread

import pytest
from django.core.management import call_command
from django.db import connection

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import InvalidInput, NotAllowed, Refusal
from ledger import chart
from ledger.chart import Category
from ledger.clearing.errors import AuthorityTaken, MoreThanHeld
from ledger.clearing.services.taxes import open_authority, reclassify_taxes, remit
from ledger.models import Disbursement, Entry, Posting, Remittance
from ledger.services import void_posting
from ledger.tests.builders import Debtor, charge
from ledger.tests.vendors.builders import AT, BY_CHECK, IN_CASH, balance, post, put_in
from ledger.treasury.errors import DrawerShort
from ledger.verification import verify
from tests.cast import StaffClient, acting
from tests.digest import assert_nothing_written

HELD = "taxes_held:other"


def tax(actor: Actor, debtor: Debtor, amount: str = "100.00", **values: str) -> None:
    charge(
        actor,
        debtor,
        category=Category.TAXES,
        reference_id=values.pop("reference_id", "TAX-1"),
        amount=amount,
        **values,
    )


def test_a_tax_is_held_for_its_authority_else_for_others(manager: Actor, john: Debtor) -> None:
    open_authority(actor=manager, code="nys", name="New York State")

    tax(manager, john)
    tax(manager, john, "8.00", reference_id="TAX-2", authority="nys")

    assert balance(manager, HELD) == Decimal("-100.00")
    assert balance(manager, "taxes_held:nys") == Decimal("-8.00")
    assert balance(manager, "recovered:TAXES") == 0
    assert list(verify(actor=manager)) == []


def test_refuses_an_authority_that_is_not_there_or_of_no_tax(manager: Actor, john: Debtor) -> None:
    with assert_nothing_written(), pytest.raises(InvalidInput) as unknown:
        tax(manager, john, authority="nyc")
    open_authority(actor=manager, code="nyc", name="City")
    with assert_nothing_written(), pytest.raises(InvalidInput) as of_a_toll:
        charge(manager, john, authority="nyc")
    with assert_nothing_written(), pytest.raises(AuthorityTaken):
        open_authority(actor=manager, code="nyc", name="Again")
    with assert_nothing_written(), pytest.raises(AuthorityTaken):
        open_authority(actor=manager, code="other", name="Others")

    assert unknown.value.code == of_a_toll.value.code == "unknown_authority"


def test_remits_at_most_what_is_held(manager: Actor, john: Debtor) -> None:
    tax(manager, john)

    with assert_nothing_written(), pytest.raises(MoreThanHeld, match=r"100\.00 is held on Taxes held, other"):
        remit(actor=manager, account=HELD, amount=Decimal("100.01"), paid_from=BY_CHECK)
    done = remit(actor=manager, account=HELD, amount=Decimal("60.00"), paid_from=BY_CHECK, period="Q1 2026")
    with assert_nothing_written(), pytest.raises(MoreThanHeld, match=r"40\.00 is held"):
        remit(actor=manager, account=HELD, amount=Decimal("60.00"), paid_from=BY_CHECK)

    assert (done.payment.kind, done.payment.status) == ("remittance", "in_transit")
    assert (done.remittance.payee, done.remittance.period) == ("Taxes held, other", "Q1 2026")
    assert balance(manager, HELD) == Decimal("-40.00")
    assert balance(manager, "payments_in_transit:operating") == Decimal("-60.00")
    assert list(verify(actor=manager)) == []


def test_refuses_other_accounts_an_empty_drawer_and_those_without_the_right(
    manager: Actor, cashier: Actor, john: Debtor
) -> None:
    tax(manager, john)
    put_in(manager, "10.00")

    with assert_nothing_written(), pytest.raises(InvalidInput) as wrong:
        remit(actor=manager, account="premiums_payable", amount=Decimal(1), paid_from=BY_CHECK)
    with assert_nothing_written(), pytest.raises(DrawerShort):
        remit(actor=manager, account=HELD, amount=Decimal("10.01"), paid_from=IN_CASH)
    with assert_nothing_written(), pytest.raises(NotAllowed):
        remit(actor=cashier, account=HELD, amount=Decimal(1), paid_from=BY_CHECK)

    assert wrong.value.code == "not_remitted"


def test_a_remittance_that_has_not_reached_the_bank_is_taken_back(manager: Actor, john: Debtor) -> None:
    tax(manager, john)
    remit(actor=manager, account=HELD, amount=Decimal("60.00"), paid_from=BY_CHECK)
    posting = Posting.objects.get(entry__event="remitted", account__code=HELD)

    void_posting(actor=manager, posting_id=posting.id, reason="It went to the wrong office")
    with assert_nothing_written(), pytest.raises(Refusal):
        void_posting(actor=manager, posting_id=posting.id, reason="It went to the wrong office")

    assert Remittance.objects.get().status == "voided"
    assert Disbursement.objects.get().status == "stopped"
    assert balance(manager, HELD) == Decimal("-100.00")
    assert list(verify(actor=manager)) == []


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_only_what_is_held_is_remitted() -> None:
    with acting("manager") as manager:
        put_in(manager, "-100.00", code=HELD)
    outcomes: list[str] = []
    both = Barrier(2)

    def pass_on() -> None:
        try:
            both.wait(10)
            with acting("manager") as actor:
                remit(actor=actor, account=HELD, amount=Decimal("80.00"), paid_from=BY_CHECK)
            outcomes.append("remitted")
        except MoreThanHeld:
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [Thread(target=pass_on) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert sorted(outcomes) == ["refused", "remitted"]
    with acting("manager") as manager:
        assert balance(manager, HELD) == Decimal("-20.00")


def test_what_was_recovered_before_is_reclassified_once(manager: Actor) -> None:
    put_in(manager, "-250.00", code=chart.recovered("TAXES"))

    first = reclassify_taxes(actor=manager)
    again = reclassify_taxes(actor=manager)

    assert (first, again) == ([("USD", Decimal("250.00"))], [])
    assert balance(manager, "recovered:TAXES") == 0
    assert balance(manager, HELD) == Decimal("-250.00")
    assert Entry.objects.filter(event="taxes_reclassified").count() == 1
    assert list(verify(actor=manager)) == []


@pytest.mark.django_db(transaction=True)
def test_the_command_reclassifies_every_company(capsys: pytest.CaptureFixture[str]) -> None:
    with acting("manager") as manager:
        put_in(manager, "-250.00", code=chart.recovered("TAXES"))

    call_command("reclassify_taxes")
    call_command("reclassify_taxes")

    assert capsys.readouterr().out.count("250.00 USD") == 1
    with acting("manager") as manager:
        assert balance(manager, HELD) == Decimal("-250.00")


def test_the_api(manager: Actor, john: Debtor, client_of: Callable[[str], StaffClient]) -> None:
    client = client_of("manager")
    tax(manager, john)

    made = post(client, f"{AT}/tax-authorities", {"code": "nys", "name": "New York State"})
    taken = post(client, f"{AT}/tax-authorities", {"code": "nys", "name": "New York State"})
    bad = post(client, f"{AT}/tax-authorities", {"code": "N Y", "name": "New York State"})
    body = {"account": HELD, "amount": 60, "method": "ACH", "period": "Q1 2026", "reference_number": "88"}
    done = post(client, f"{AT}/remittances", body)
    above = post(client, f"{AT}/remittances", body)

    assert (made.status_code, made.json()["account"]) == (201, "taxes_held:nys")
    assert (taken.status_code, bad.status_code) == (409, 400)
    assert (done.status_code, done.json()["payment"]["status"]) == (201, "in_transit")
    assert (above.status_code, above.json()["code"]) == (409, "more_than_held")
    held = {row["account"]: row["held"] for row in client.get(f"{AT}/taxes-held").json()["accounts"]}
    assert held == {"taxes_held:nys": 0, HELD: 40, "tax_payable": 0}
    assert client.get(f"{AT}/remittances?status=paid").json()["total"] == 1
    assert client.get(f"{AT}/tax-authorities").json()["total"] == 1
    assert client_of("outsider").get(f"{AT}/remittances").json()["total"] == 0
    assert post(client_of("cashier"), f"{AT}/remittances", body).status_code == 403
