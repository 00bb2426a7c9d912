"""What the opening and what was paid out say of a line, by themselves."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest

from bank.rules.evidence_text import folded
from bank.services.evidence import names, opened, outgoing, payouts, saying
from bank.services.evidence.known import Known
from bank.services.evidence.numbers import Named
from bank.services.evidence.suggestion import Suggestion
from bank.services.kinds.opened import OpenedItem
from ledger import chart
from ledger.paying.querysets import Together

D = Decimal


def line(text: str = "DEPOSIT 20261101-7", left: str = "50.00", **more: Any) -> Any:
    plain = {"mark": "", "return_code": "", "payer_name": "", "bank_account": SimpleNamespace(code="1020")}
    own = {"id": uuid4(), "text": text, "said": folded(text), "left": D(left), "currency": "USD"}
    return SimpleNamespace(**{"payment_date": date(2026, 3, 9), **plain, **own, **more})


def item(reference: str, left: str = "50.00", *, account: str = "", transit: bool = True) -> OpenedItem:
    return OpenedItem(
        line_id=uuid4(),
        account=account or chart.deposits_in_transit("1020"),
        amount=D(left),
        left=D(left),
        reference=reference,
        name="",
        item_id=uuid4() if transit else None,
    )


@pytest.fixture
def suggested(monkeypatch: pytest.MonkeyPatch) -> Any:
    """What is suggested for a line where these were opened."""

    def ask(part: Any, *items: OpenedItem) -> list[Any]:
        monkeypatch.setattr(opened, "opened_items", lambda actor: items)
        return opened.suggest_opened(actor=None, parts=[part])[part.id]  # type: ignore[arg-type]  # the read is replaced

    return ask


def test_the_only_deposit_with_reference_and_amount_is_certain(suggested: Any) -> None:
    own, other = item("20261101-7"), item("20261101-9")

    certain, beside = suggested(line(), own, other)

    assert (certain.is_certain, certain.points, certain.contradicts) == (True, 180, "")
    assert (beside.is_certain, beside.points) == (False, 80)


def test_two_deposits_of_one_reference_and_money_that_came_back_are_left_to_a_person(suggested: Any) -> None:
    twice = [item("20261101-7"), item("20261101-7")]

    assert {(each.is_certain, each.contradicts) for each in suggested(line(), *twice)} == {
        (False, "Several opened deposits have this reference.")
    }
    (returned,) = suggested(line(mark="return"), twice[0])
    assert returned.contradicts == "It may be money that came back: the bank marks it as a return."
    assert not returned.is_certain


def test_only_what_the_account_and_the_amount_allow_is_suggested(suggested: Any) -> None:
    assert suggested(line(bank_account=None), item("20261101-7")) == []
    assert suggested(line(), item("20261101-7", account=chart.deposits_in_transit("1030"))) == []
    assert suggested(line(), item("20261101-7", "50.01")) == []
    assert suggested(line(), item("20261101-7", "0.00")) == []
    # What is not in transit may be left in part, and has to be named.
    assert len(suggested(line(), item("20261101-7", "80.00", transit=False))) == 1
    assert suggested(line(), item("20261101-7", "49.99", transit=False)) == []
    assert suggested(line("A DEPOSIT"), item("20261101-7", "80.00", transit=False)) == []
    assert suggested(line("DEPOSIT 7"), item("7", "80.00", transit=False)) == []


@pytest.mark.parametrize(
    ("payee", "name", "text", "is_payee"),
    [
        ("Quincy Motors", "QUINCY MOTORS LLC", "", True),
        ("Quincy Motors", "Acme Insurance", "to Quincy Motors", False),
        ("Quincy Motors", "", "CHECK 12 QUINCY MOTORS BROOKLYN", True),
        ("Quincy Motors", "", "CHECK 12 ACME BROOKLYN", False),
        ("Li Wu", "", "CHECK 12 LI WU BROOKLYN", False),
        ("", "", "CHECK 12", False),
    ],
)
def test_a_payee_is_named_by_the_line_or_stands_in_its_text(
    payee: str, name: str, text: str, is_payee: bool
) -> None:
    paid: Any = SimpleNamespace(payee=payee)

    assert outgoing._is_payee(line(text, payer_name=name), paid) is is_payee


def test_a_batch_in_transit_is_suggested_by_amount_reference_and_days(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    part = line("ACH PB-2026-0007")
    asked: dict[str, Any] = {}

    def batch(
        days: int, reference: str = "PB-2026-0007", amount: str = "50.00", currency: str = "USD"
    ) -> Together:
        return Together("Batch", reference, currency, part.payment_date - timedelta(days=days), D(amount), ())

    found = [batch(5), batch(6), batch(5, "PB-2026-0008"), batch(5, ""), batch(30), batch(31), batch(-1)]
    found += [batch(1, amount="50.01"), batch(1, currency="CAD")]
    monkeypatch.setattr(payouts, "find_together", lambda **given: asked.update(given) or found)

    earlier = line("ACH", payment_date=part.payment_date - timedelta(days=2))
    suggested = payouts.suggest_batches(actor=None, parts=[part, earlier])  # type: ignore[arg-type]  # replaced

    assert [each.points for each in suggested[part.id]] == [120, 100, 70, 70, 100]
    assert (asked["sent_from"], asked["sent_to"]) == (
        earlier.payment_date - timedelta(days=30),
        part.payment_date,
    )
    assert not any(each.is_certain for each in suggested[part.id])
    assert payouts.suggest_batches(actor=None, parts=[]) == {}  # type: ignore[arg-type]  # not asked


def test_an_account_is_less_certain_where_something_points_to_a_customer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    own = Suggestion(pieces=(), title="Fees", points=100, because=("a rule",), is_certain=True)
    monkeypatch.setattr(saying, "suggest_account", lambda *_, **__: [own])
    actor: Any = SimpleNamespace(company=SimpleNamespace(match_book_at=100))
    learned: Any = SimpleNamespace(account_rule=None)

    def said(*points: int, pair: Any = None, because: tuple[str, ...] = ("a number",)) -> Any:
        judged: Any = [SimpleNamespace(points=each, because=because) for each in points]
        return saying.of_account(actor, line(), learned, judged, pair)

    against = [replace(own, is_certain=False, contradicts="Something else points to a customer.")]
    assert said() == said(99) == said(100, because=("",)) == [own]
    assert said(100) == said(99, 100) == said(pair=object()) == against


@pytest.mark.parametrize(
    ("reference", "text", "number", "is_named"),
    [
        ("CHECK 001234", "CHECK 1234", "", True),
        ("CHECK 1234", "CHECK 1235", "", False),
        ("1234", "DEPOSIT", "1234", True),
        ("WIRE", "A WIRE OF ACME", "", True),
        ("", "ACH OF PAY-2026-0007", "", True),
        ("", "CHECK 1234", "", False),
    ],
)
def test_a_known_payment_is_named_by_reference_number_or_check(
    reference: str, text: str, number: str, is_named: bool
) -> None:
    payment = Known(
        id=uuid4(),
        number="PAY-2026-0007",
        order=1,
        customer_id=uuid4(),
        customer="Acme",
        amount=D("50.00"),
        currency="USD",
        method="check",
        payment_date=date(2026, 3, 9),
        reference=reference,
        is_at_bank=False,
    )  # type: ignore[arg-type]  # in two lines

    assert payment.is_named_in(line(text, reference_number=number)) is is_named


def test_a_driver_is_meant_on_the_days_of_the_lease() -> None:
    day = date(2026, 3, 9)

    def holds(first: int | None, last: int | None) -> bool:
        ends = [None if each is None else day + timedelta(days=each) for each in (first, last)]
        return Named("lease", "L-1", uuid4(), from_on=ends[0], until_on=ends[1]).holds_on(day)

    assert holds(None, None)
    assert holds(0, 0)
    assert holds(-9, None)
    assert holds(None, 0)
    assert not holds(1, None)
    assert not holds(None, -1)


def test_the_longest_name_in_a_text_is_found_wherever_it_ends() -> None:
    directory = names._Directory()
    motors, spare = uuid4(), uuid4()
    directory.add(motors, "Quincy Motors")
    directory.add(spare, "Harlem Spare Parts")

    for text, customer in (
        # Three words in a row that names have, of which the first two are one; then the other way round.
        (("QUINCY", "MOTORS", "HARLEM"), motors),
        (("PARTS", "QUINCY", "MOTORS"), motors),
        (("QUINCY", "HARLEM", "SPARE", "PARTS"), spare),
    ):
        assert {each for each, _ in names._in_text(text, directory, full=False)} == {customer}, text
