"""Whose money a line is: what is suggested with which words, and what is decided without a person."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bank.models import Explanation, LinePart, MatchRule
from bank.services.deciding import decide_parts
from bank.services.explaining import explain_part, undo_explanation
from bank.services.kinds.interface import Piece
from bank.services.suggesting import Suggestion, suggest
from bank.tests.builders import book
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.ids import uuid7
from batconnect.directory.models import Customer
from ledger import chart
from ledger.verification import verify
from payments.batches.tests.builders import add_customer, bill
from payments.models import Payment
from payments.services.recording import record_payment
from payments.tests.billing import owed
from tests.digest import assert_nothing_written

REASON = "It was somebody else's money"


def best(actor: Actor, part: LinePart) -> Suggestion:
    """The first suggestion."""
    return suggest(actor=actor, parts=[part])[part.id][0]


def decide(actor: Actor, *parts: LinePart, strategy: str = "fifo") -> list[str]:
    """What becomes of parts without a person."""
    done = decide_parts(
        actor=actor, part_ids=[each.id for each in parts], operation_id=uuid7(), strategy=strategy
    )
    return [done[each.id] for each in parts]


def pay(actor: Actor, customer: Customer, amount: str, **values: object) -> Payment:
    """A payment that was taken at the counter."""
    given = {"method": "check", "payment_date": today(actor.company), **values}
    return record_payment(actor=actor, customer_id=customer.id, amount=Decimal(amount), **given).payment


@pytest.mark.parametrize(
    "text",
    [
        "payment of invoice {}",
        "PAYMENT {}",
        "for {lower} thank you",
        "for {broken}",
        "for {spaced} thank you",
        "for {short}",
        "/INV/{}//",
    ],
)
def test_a_number_is_found_whatever_the_bank_did_to_it(manager: Actor, text: str) -> None:
    acme = add_customer(manager)
    (invoice,) = bill(manager, acme, "120.00")
    number = invoice.number
    shown = text.format(
        number,
        lower=number.lower(),
        broken=f"{number[:5]}\n{number[5:]}",
        spaced=f"{number[:9]} {number[9:]}",
        short=number.replace("-", ""),
    )
    (part,) = book(manager, "20.00", text=shown, payer_name="X")

    first = best(manager, part)

    assert (first.customer_id, first.is_certain, first.named) == (acme.id, True, (invoice.obligation_id,))
    assert first.because == (f"its text names invoice {number}",)
    assert decide(manager, part) == ["explained"]
    assert owed(invoice) == Decimal("100.00")
    assert list(verify(actor=manager)) == []


def test_case_10_a_reference_over_two_lines_is_found_when_joined(manager: Actor) -> None:
    tester = add_customer(manager, "Tester", "TST-D-1001")
    (part,) = book(manager, "20.00", text="payment of invoice TST-D\n-1001 thank you", payer_name="X")

    assert (best(manager, part).customer_id, decide(manager, part)) == (tester.id, ["explained"])


def test_case_11_structured_remittance_names_the_customer(manager: Actor) -> None:
    tester = add_customer(manager, "Tester", "TST-D-1001")
    (part,) = book(manager, "20.00", named=["TST-D-1001"], payer_name="Y")

    assert best(manager, part).because == ("its remittance names reference TST-D-1001",)
    assert decide(manager, part) == ["explained"]
    assert Payment.objects.get().customer_id == tester.id


@pytest.mark.parametrize("text", ["piper-77 payment", "PIPER-77 payment", "Piper 77 payment"])
def test_cases_12a_and_56_references_are_compared_without_case(manager: Actor, text: str) -> None:
    piper = add_customer(manager, "Piper", "piper-77")
    (part,) = book(manager, "20.00", text=text, payer_name="Z")

    assert best(manager, part).customer_id == piper.id
    assert decide(manager, part) == ["explained"]


@pytest.mark.parametrize(
    ("payer", "customer"),
    [
        ("QUILL PAPER CO", "Quill Paper Co."),
        ("Quill Paper, L.L.C.", "Quill Paper LLC"),
        ("QUILL PAPER", "Quill Paper GmbH"),
        ("PEÑA MÜLLER", "Pena Muller"),
        ("RAHMAN, MOHAMMED", "Mohammed Rahman"),
    ],
)
def test_case_13_a_name_is_exact_but_for_case_accents_and_legal_form(
    manager: Actor, payer: str, customer: str
) -> None:
    quill = add_customer(manager, customer, "QP-1")
    add_customer(manager, "Quill Printing", "QP-2")
    (part,) = book(manager, "20.00", text="thanks", payer_name=payer)

    first = best(manager, part)

    assert (first.customer_id, first.is_certain) == (quill.id, True)
    assert first.because == (f"the payer's name is {customer}",)


def test_a_name_that_two_customers_have_is_not_enough(manager: Actor) -> None:
    one = add_customer(manager, "John Smith", "S-1")
    other = add_customer(manager, "John Smith", "S-2")
    (part,) = book(manager, "20.00", payer_name="JOHN SMITH")

    found = suggest(actor=manager, parts=[part])[part.id]

    assert {each.customer_id for each in found} == {one.id, other.id}
    with assert_nothing_written():
        assert decide(manager, part) == ["open"]


def test_case_23_account_and_name_that_disagree_identify_nobody(manager: Actor) -> None:
    norwood = add_customer(manager, "Norwood Transit", "NOR-001")
    ostrow = add_customer(manager, "Ostrow Fuel Inc", "OST-001")
    (first,) = book(manager, "70.00", payer_name="Money Wire Svc", payer_account="PROC-9", text="for norwood")
    explain_part(
        actor=manager,
        part_id=first.id,
        pieces=[Piece("payment", first.amount, customer_id=norwood.id)],
    )
    named, spoken = (
        book(manager, "71.00", payer_name="Ostrow Fuel Inc", payer_account="PROC-9", text="rent")[0],
        book(manager, "72.00", payer_name="Money Wire Svc", payer_account="PROC-9", text="for ostrow fuel")[
            0
        ],
    )

    for part in (named, spoken):
        found = suggest(actor=manager, parts=[part])[part.id]
        assert {each.customer_id for each in found} == {norwood.id, ostrow.id}
        assert all(each.contradicts and not each.is_certain for each in found)
        assert any("account PROC-9" in each.contradicts for each in found)
        with assert_nothing_written():
            assert decide(manager, part) == ["open"]


def test_case_24_a_check_from_the_counter_is_that_payment(manager: Actor) -> None:
    ostrow = add_customer(manager, "Ostrow Fuel Inc", "OST-001")
    payment = pay(
        manager,
        ostrow,
        "88.88",
        reference_number="CHK-88",
        payment_date=today(manager.company) - timedelta(days=1),
    )
    (part,) = book(manager, "88.88", payer_name="Ostrow Fuel Inc", text="CHECK 88 DEPOSIT")

    first, second, *_ = suggest(actor=manager, parts=[part])[part.id]

    assert first.pieces == (
        Piece("known_payment", Decimal("88.88"), customer_id=ostrow.id, payment_id=payment.id),
    )
    assert first.title == f"That is {payment.number} of Ostrow Fuel Inc"
    assert second.pieces[0].kind == "payment"
    assert payment.number in second.contradicts
    with assert_nothing_written():
        assert decide(manager, part) == ["open"]


def test_one_known_payment_is_one_line(manager: Actor) -> None:
    ostrow = add_customer(manager, "Ostrow Fuel Inc", "OST-001")
    pay(manager, ostrow, "88.88")
    parts = book(manager, "88.88", "88.88", payer_name="Ostrow Fuel Inc")

    assert sorted(decide(manager, *parts)) == ["explained", "open"]


def test_learned_evidence_needs_a_second_kind(manager: Actor) -> None:
    acme = add_customer(manager)
    (first,) = book(manager, "55.00", payer_name="Somebody", payer_account="DE89 3704")
    made = explain_part(
        actor=manager, part_id=first.id, pieces=[Piece("payment", first.amount, customer_id=acme.id)]
    )
    rule = MatchRule.objects.get()
    alone, fitting = book(manager, "60.00", "120.00", payer_name="Somebody", payer_account="de893704")

    assert (rule.on, rule.pattern, rule.customer_id, rule.hits) == ("account", "DE893704", acme.id, 1)
    assert decide(manager, alone, fitting) == ["open", "open"]
    (invoice,) = bill(manager, acme, "120.00")
    assert decide(manager, alone, fitting) == ["open", "explained"]
    assert owed(invoice) == Decimal("0.00")
    assert Explanation.objects.get(part=fitting).decided_by == "system"

    undo_explanation(actor=manager, explanation_id=made.explanations[0].id, reason=REASON)
    undo_explanation(actor=manager, explanation_id=Explanation.objects.get(part=fitting).id, reason=REASON)

    rule.refresh_from_db()
    assert (rule.hits, rule.misses, rule.is_active) == (2, 2, False)
    assert suggest(actor=manager, parts=[alone])[alone.id] == []


def test_two_identifiers_of_different_customers_identify_nobody(manager: Actor) -> None:
    acme, bravo = add_customer(manager), add_customer(manager, "Bravo Cabs", "BRAVO-1")
    (invoice,) = bill(manager, acme, "120.00")
    (part,) = book(manager, "120.00", text=f"for {invoice.number}", payer_name="BRAVO CABS")

    found = suggest(actor=manager, parts=[part])[part.id]

    assert {each.customer_id for each in found} == {acme.id, bravo.id}
    with assert_nothing_written():
        assert decide(manager, part) == ["open"]


def test_other_items_than_the_named_need_a_second_kind(manager: Actor) -> None:
    acme = add_customer(manager)
    old, named = bill(manager, acme, "50.00", "120.00")
    alone, both = (
        book(manager, "150.00", text=f"for {named.number}", payer_name="X")[0],
        book(manager, "40.00", text=f"for {named.number}", payer_name="ACME INSURANCE INC")[0],
    )

    assert decide(manager, alone) == ["explained"]
    assert (owed(old), owed(named), Payment.objects.get().unallocated) == (
        Decimal("50.00"),
        Decimal("0.00"),
        Decimal("30.00"),
    )
    assert decide(manager, both) == ["explained"]
    assert owed(old) == Decimal("10.00")


def test_an_amount_may_be_a_sum_or_less_a_discount(manager: Actor) -> None:
    acme = add_customer(manager, "Acme Insurance", "ACME-001")
    bill(manager, acme, "50.00", "120.00", "30.00")
    parts = book(manager, "170.00", "150.00", "200.00", "50.00", "11.11", payer_name="ACME INSURENCE")

    found = suggest(actor=manager, parts=parts)
    said = [found[each.id][0].because for each in parts]

    assert [
        any(words in each for each in reasons)
        for reasons, words in zip(
            said,
            (
                "is the sum of the 2 oldest",
                "is the sum of INV",
                "is the sum of all that is open",
                "is open with exactly 50.00",
            ),
            strict=False,
        )
    ] == [True] * 4
    assert [found[each.id][0].is_certain for each in parts] == [True, False, True, True, False]


def test_a_returned_payment_is_named_and_never_decided(manager: Actor) -> None:
    acme = add_customer(manager)
    payment = pay(manager, acme, "120.00", reference_number="CHK-4711")
    plain, marked = (
        book(manager, "-120.00", text="CHECK 4711")[0],
        book(manager, "-120.00", text="RETURNED ITEM CHECK 4711", mark="return")[0],
    )

    first = best(manager, marked)

    assert first.pieces == (
        Piece("payment_return", Decimal("120.00"), customer_id=acme.id, payment_id=payment.id),
    )
    assert not first.is_certain
    assert suggest(actor=manager, parts=[plain])[plain.id] == []
    with assert_nothing_written():
        assert decide(manager, plain, marked) == ["open", "open"]


def test_money_that_came_back_is_no_payment(manager: Actor) -> None:
    add_customer(manager)
    (part,) = book(manager, "120.00", payer_name="Acme Insurance", mark="reversal")

    first = best(manager, part)

    assert (first.is_certain, first.points) == (False, 100)
    assert "the bank marks it as a reversal" in first.contradicts
    with assert_nothing_written():
        assert decide(manager, part) == ["open"]


def test_charges_are_booked_by_a_rule_alone(manager: Actor) -> None:
    text = "MONTHLY MAINTENANCE FEE 11/20"
    one, two, three, four = book(manager, "-12.00", "-12.00", "-13.00", "-14.00", text=text)

    assert best(manager, one).because == ("its text says maintenance fee",)
    assert decide(manager, one) == ["open"]
    for part in (one, two):
        explain_part(actor=manager, part_id=part.id, pieces=[Piece("charges", part.amount)])
    assert decide(manager, three) == ["explained"]

    rule = MatchRule.objects.get()
    assert (rule.on, rule.pattern, rule.account_code, rule.hits) == (
        "text",
        "MONTHLY MAINTENANCE FEE",
        chart.BANK_CHARGES,
        3,
    )
    explanation = Explanation.objects.get(part=three)
    assert (explanation.kind, explanation.decided_by, explanation.rule_id) == ("charges", "rule", rule.id)
    MatchRule.objects.update(is_active=False)
    assert decide(manager, four) == ["open"]


def test_numbers_of_other_things_name_nobody(manager: Actor) -> None:
    for place, reference in enumerate(("2026", "1234", "20.00", "11-20", "2026-11-20")):
        add_customer(manager, f"Somebody {place}", reference)
    (part,) = book(manager, "20.00", text="2026 1234 20.00 paid 11-20, 2026-11-20 and 11/20/2026")

    assert suggest(actor=manager, parts=[part])[part.id] == []


def test_many_parts_take_as_many_statements_as_one(manager: Actor) -> None:
    acme = add_customer(manager)
    bill(manager, acme, "20.00")
    few = book(manager, "20.00", payer_name="Acme Insurance", text="INV-2026-001", payer_account="DE1234567")
    many = book(
        manager,
        *["20.00"] * 30,
        payer_name="Acme Insurance",
        text="INV-2026-001",
        payer_account="DE1234567",  # pragma: allowlist secret - an account
    )
    counts = []
    for parts in (few, many):
        with CaptureQueriesContext(connection) as seen:
            suggest(actor=manager, parts=parts)
        counts.append(len(seen))

    assert counts[0] == counts[1]
    assert counts[0] <= 12
