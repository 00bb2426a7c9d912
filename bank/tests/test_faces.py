"""What the pages of a statement and of its lines show first."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from bank.models import LinePart, StatementLine
from bank.services.counting import open_session
from bank.services.explaining import explain_part, undo_explanation
from bank.services.kinds.interface import Piece
from bank.services.writing_rules import write_rule
from bank.tests.builders import line, parsed, receive
from bank.tests.test_slips import closed_slip
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.directory.models import Customer
from tests.console import browser

D = Decimal
REASON = "It was somebody else's money"


def page(model: str, key: object) -> str:
    return reverse(f"admin:bank_{model}_change", args=[key])


def test_a_statement_shows_its_figures_and_what_its_lines_became(manager: Actor, acme: Customer) -> None:
    day = today(manager.company)
    lines = [
        line("120.00", day=day, reference="A-1", text="Rent of May", payer_name="Acme"),
        line("-5.00", day=day, reference="A-2", text="Fee"),
    ]
    (statement,) = receive(
        manager,
        parsed(*lines, opening="0.00", closing="115.00", period_from=day, period_to=day, sequence_no="17"),
    )
    part = LinePart.objects.get(direction="in")
    explain_part(actor=manager, part_id=part.id, pieces=[Piece("payment", D("120.00"), customer_id=acme.id)])

    html = browser("auditor").get(page("statement", statement.id)).content.decode()

    for said in ("Booked, proven", "= 115.00 USD", "Payment 120.00", "5.00 not explained", "Rent of May"):
        assert said in html or said.replace("Payment", "New payment") in html, said
    assert page("statementline", part.line_id) in html
    assert "Details" in html
    assert "<dt>Difference</dt>" not in html


def test_a_statement_that_disagrees_names_the_difference(manager: Actor) -> None:
    day = today(manager.company)
    wrong = parsed(line("120.00", day=day), opening="0.00", closing="100.00", period_from=day, period_to=day)
    (statement,) = receive(manager, wrong)

    html = browser("manager").get(page("statement", statement.id)).content.decode()

    assert statement.status == "held"
    assert statement.hold_message in html.replace("&#x27;", "'")
    assert "<dt>Difference</dt><dd>-20.00</dd>" in html


def test_a_line_shows_what_it_is_and_was(manager: Actor, acme: Customer) -> None:
    day = today(manager.company)
    receive(manager, parsed(line("120.00", day=day, text="Rent of May"), period_from=day, period_to=day))
    part = LinePart.objects.get()
    made = explain_part(
        actor=manager, part_id=part.id, pieces=[Piece("payment", D("120.00"), customer_id=acme.id)]
    )
    undo_explanation(actor=manager, explanation_id=made.explanations[0].id, reason=REASON)
    address = page("statementline", StatementLine.objects.get().id)

    for_manager, for_auditor = (
        browser(each).get(address).content.decode() for each in ("manager", "auditor")
    )

    desk = reverse("admin:bank_line", args=[part.id])
    assert desk in for_manager
    assert desk not in for_auditor
    for said in ("Undone", "It was somebody else", "Acme Insurance", "Not explained"):
        assert said in for_auditor, said


@pytest.mark.parametrize("model", ["drawersession", "depositslip", "matchrule"])
def test_every_column_stays_on_the_page_and_the_rest_is_folded_away(manager: Actor, model: str) -> None:
    row = ROWS[model](manager)

    form = browser("manager").get(page(model, row.id)).context["adminform"]

    shown = [name for section in form for name in section.fields]
    columns = {each.name for each in row._meta.fields if each.editable and each.name != "company"}
    assert len(shown) == len(set(shown))
    assert columns - set(shown) == set()
    *_, rest = list(form)
    assert (rest.name, "collapse" in rest.classes) == ("Details", True)


ROWS: dict[str, Callable[[Actor], Any]] = {
    "drawersession": lambda actor: open_session(actor=actor, amount=D("0.00")),
    "depositslip": lambda actor: closed_slip(actor)[0],
    "matchrule": lambda actor: write_rule(
        actor=actor, on="text", pattern="MONTHLY FEE", direction="out", account_code="bank_charges"
    ),
}
