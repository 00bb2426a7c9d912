"""Explaining a balance, the two time axes, and the trial balance."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.management import call_command

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import now
from ledger import sources
from ledger.chart import Category
from ledger.models import Entry, Obligation
from ledger.postings import EntryDraft, Leg
from ledger.querysets import explain, trial_balance, with_outstanding
from ledger.rules.hierarchy import in_hierarchy_order
from ledger.services import post_entries, void_posting, write_off
from ledger.tests.builders import Debtor, charge, day, make_debtor, raising_posting
from tests.cast import StaffClient, acting

Client = Callable[..., StaffClient]


def test_explains_every_event_with_who_and_why(manager: Actor, john: Debtor, client_of: Client) -> None:
    ticket = charge(manager, john, category=Category.TLC, amount="300.00")
    write_off(actor=manager, obligation_id=ticket.id, amount=Decimal("100.00"), reason="Settled with him")

    answer = client_of("auditor").get(f"/ledger/balances/{ticket.id}/explain")

    events = answer.json()["events"]
    assert [(each["text"], each["amount"], each["balance"], each["user"]) for each in events] == [
        ("Raised", Decimal("300.00"), Decimal("300.00"), "Mara"),
        ("Written off", -Decimal("100.00"), Decimal("200.00"), "Mara"),
    ]
    assert events[1]["reason"] == "Settled with him"
    assert (
        answer.json()["balance"]["outstanding"] == events[-1]["balance"] == answer.json()["outstanding_as_of"]
    )


def test_explains_with_what_the_source_tells(manager: Actor, john: Debtor) -> None:
    sources.register(
        "test.payment",
        describe=lambda actor, ids: {
            key: sources.Description(
                text=f"Paid by {key}",
                url=f"/pay/{key}",
                case_no="INTPAY000123",
                payment_number="INTPAY-2026-00001",
            )
            for key in ids
        },
    )
    toll = charge(manager, john, amount="26.50")
    draft = EntryDraft(
        event="allocation_applied",
        source_type="test.payment",
        source_id="9",
        currency="USD",
        effective_on=day(manager),
        legs=(
            Leg("driver_earnings_payable", Decimal("6.50")),
            Leg("receivable:EZPASS", Decimal("-6.50"), toll.id),
        ),
    )
    post_entries(actor=manager, drafts=[draft])

    try:
        events = explain(actor=manager, obligation=toll)
    finally:
        del sources._sources["test.payment"]

    assert (events[1].text, events[1].url, events[1].balance) == ("Paid by 9", "/pay/9", Decimal("20.00"))
    assert (events[1].case_no, events[1].payment_number) == ("INTPAY000123", "INTPAY-2026-00001")


@pytest.mark.django_db(transaction=True)
def test_what_was_owed_on_a_day_as_it_was_known(client_of: Client) -> None:
    with acting("manager") as actor:
        today = day(actor)
        john = make_debtor(actor)
        ticket = charge(
            actor, john, category=Category.TLC, amount="300.00", issue_date=today - timedelta(days=10)
        )
    before_write_off = now()
    with acting("manager") as actor:
        write_off(actor=actor, obligation_id=ticket.id, amount=Decimal("100.00"), reason="Settled with him")

    def owed(**axes: object) -> Decimal:
        rows = Obligation.objects.filter(id=ticket.id)
        return with_outstanding(rows, **axes).get().outstanding_then  # type: ignore[arg-type]

    with acting("manager"):
        assert owed() == Decimal("200.00")
        assert owed(as_of=today) == Decimal("200.00")
        assert owed(as_of=today - timedelta(days=1)) == Decimal("300.00")
        assert owed(as_of=today - timedelta(days=11)) == Decimal("0.00")
        assert owed(known_at=before_write_off) == Decimal("300.00")
        assert owed(as_of=today - timedelta(days=11), known_at=before_write_off) == Decimal("0.00")
    answer = client_of("auditor").get(
        f"/ledger/balances/{ticket.id}/explain?known_at={before_write_off.isoformat()}"
    )
    assert answer.json()["outstanding_as_of"] == Decimal("300.00")


def test_open_items_come_in_hierarchy_order(manager: Actor, john: Debtor) -> None:
    from datetime import date

    other = make_debtor(manager, number=2, name="Jane Roe")
    charge(manager, other, reference_id="Z")
    for place, category in enumerate(reversed(list(Category))):
        charge(manager, john, reference_id=f"R{place}", category=category, opening=True)
    charge(manager, john, reference_id="OLD", due_date=date(2025, 1, 1))
    gone = charge(manager, john, reference_id="GONE")
    void_posting(actor=manager, posting_id=raising_posting(gone).id, reason="Another car's toll")

    rows = in_hierarchy_order(
        Obligation.objects.filter(customer=john.customer, status=Obligation.Status.OPEN)
    )

    assert [row.category for row in rows] == [
        "TAXES", "EZPASS", "EZPASS", "LEASE", "PVB", "TLC", "REPAIRS", "LOANS", "MISC", "INVOICE", "PREMIUM",
    ]  # fmt: skip
    assert rows[1].reference_id == "OLD"


def test_trial_balance_on_both_axes(manager: Actor, john: Debtor, client_of: Client) -> None:
    today = day(manager)
    charge(manager, john, amount="26.50", issue_date=today - timedelta(days=5))
    charge(manager, john, amount="10.00", reference_id="EZ-2")
    client = client_of("auditor")

    def tolls(query: str) -> float:
        answer = client.get(f"/ledger/trial-balance{query}").json()
        (usd,) = answer["currencies"]
        assert usd["total_debit"] == usd["total_credit"]
        return next(row["balance"] for row in usd["accounts"] if row["code"] == "receivable:EZPASS")

    first = Entry.objects.order_by("id").first()
    assert first is not None
    assert tolls("") == Decimal("36.50")
    assert tolls(f"/?as_of={today - timedelta(days=1)}") == Decimal("26.50")
    assert tolls(f"?as_of={today - timedelta(days=6)}") == 0
    assert tolls(f"?known_at={(first.posted_at - timedelta(seconds=1)).isoformat()}") == 0


@pytest.mark.parametrize(
    "query",
    [
        "as_of=soon",
        "as_of=9999-12-31",
        "known_at=soon",
        "known_at=2026-01-01T00:00:00",
        "known_at=0001-01-01T00:00:00%2B14:00",
    ],
)
def test_refuses_an_axis_it_cannot_read(john: Debtor, client_of: Client, query: str) -> None:
    answer = client_of("auditor").get(f"/ledger/trial-balance?{query}")

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, query.split("=")[0])


def test_command_prints_the_trial_balance(
    manager: Actor, john: Debtor, capsys: pytest.CaptureFixture[str]
) -> None:
    charge(manager, john, amount="1026.50")

    call_command("trial_balance", "--company", "North Taxi")

    printed = capsys.readouterr().out
    assert "Receivable, EZPass" in printed
    assert printed.count("1,026.50") >= 4
    assert {row.currency for row in trial_balance(actor=manager)} == {"USD"}
