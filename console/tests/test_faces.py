"""The page of every row with a face, and of everything that is done to it: the card, the document, what happened."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, Final

import pytest
from django.contrib import admin
from django.db import connection, models
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import override

from batconnect.core.audit import record_event
from batconnect.core.console.faces import Card, Face, Kept, TimelineEvent, adds_to_timeline, timeline
from batconnect.core.console.faces.people import People
from batconnect.core.console.row_actions import RowAction
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import now
from batconnect.core.kernel.money import format_amount
from batconnect.core.models import Invitation, User
from console.tests.conftest import ConsoleClient
from console.tests.test_matrix import path_of
from console.tests.world import row_of
from ledger.models import Obligation
from payments.models import Payment
from payments.postings import PAYMENT

# What a page may ask the database, however much happened to its row: signing in, the frame, links, card, sections,
# timeline.
MAX_STATEMENTS: Final = 34
MAX_BYTES: Final = 150_000
FACED: Final = sorted(
    (model for model, page in admin.site._registry.items() if getattr(page, "face", None) is not None),
    key=lambda model: model._meta.label,
)
_TAG: Final = re.compile(r"<[^>]*>")
SUR_NAME: Final = "Lindqvist-Ortega"


def _face(model: type[models.Model]) -> Face:
    face: Face = admin.site.get_model_admin(model).face  # type: ignore[attr-defined]  # a page of ours
    return face


def _card(model: type[models.Model], actor: Actor, row: models.Model) -> Card:
    """The card as a page of the company has it, in the company's time."""
    with override(actor.company.time_zone):
        return _face(model).card(actor, row)


def _words(html: str) -> str:
    return " ".join(_TAG.sub(" ", html).replace("&#x27;", "'").replace("&amp;", "&").split())


def _part(html: str, name: str) -> str:
    """The words of a part of the page."""
    found = re.search(rf'data-face="{name}".*?</section>', html, re.DOTALL)
    assert found is not None, f"no {name}"
    return _words(found.group())


def _said(card: Card) -> Iterator[str]:
    """What every card of the row has to say."""
    yield from (card.kind, card.number, card.status)
    if card.person and not isinstance(card.person, Kept):
        yield str(card.person)
    if card.amount is not None:
        yield f"{format_amount(card.amount.amount)} {card.amount.currency}"


WITHOUT_FACE: Final = {
    "core.CompanySettings": "One form, of the company's own settings: nothing happens to it but that it is changed.",
    "django_celery_beat.PeriodicTask": "Ticks of the whole installation, read by those who look for a fault.",
}


def test_every_page_of_a_row_has_a_face_or_a_reason() -> None:
    faceless = {
        model._meta.label
        for model, page in admin.site._registry.items()
        if getattr(page, "face", None) is None
    }

    assert faceless == set(WITHOUT_FACE)


def _reader(model: type[models.Model]) -> str:
    """Who opens the page."""
    return "administrator" if model is Invitation else "manager"


@pytest.mark.parametrize("model", FACED, ids=lambda model: model._meta.label)
def test_a_page_shows_its_card_its_document_and_what_happened(
    world: Actor, console_of: Callable[[str], ConsoleClient], model: type[models.Model]
) -> None:
    User.objects.filter(username__in=("manager", "cashier", "administrator", "second_manager")).update(
        last_name=SUR_NAME
    )
    client, row = console_of(_reader(model)), row_of(model)
    client.get(path_of(model, "change", row.pk))  # the menu is drawn once

    with CaptureQueriesContext(
        connection,
    ) as asked:
        answer = client.get(path_of(model, "change", row.pk))

    html = answer.content.decode()
    card = _card(model, world, row)
    shown = _part(html, "card")
    for text in _said(card):
        assert text in shown
    happened = _part(html, "timeline")
    for first_name in ("Mara", "Merly", "Ada", "Sam"):
        assert happened.count(first_name) == happened.count(f"{first_name} {SUR_NAME}")
    assert f"{card.kind} {card.number} |" in _words_of_title(html)
    assert len(asked) <= MAX_STATEMENTS, len(asked)
    assert len(answer.content) <= MAX_BYTES


def _words_of_title(html: str) -> str:
    found = re.search(r"<title>.*?</title>", html, re.DOTALL)
    return _words(found.group()) if found else ""


@pytest.mark.parametrize("model", FACED, ids=lambda model: model._meta.label)
def test_whatever_is_done_to_a_row_repeats_its_card(
    world: Actor, console_of: Callable[[str], ConsoleClient], model: type[models.Model]
) -> None:
    row: Any = row_of(model)
    page: Any = admin.site.get_model_admin(model)
    client = console_of(_reader(model))
    card = _card(model, world, row)
    actions = getattr(page, "row_actions", ())
    assert card.next_action in {"", *(each.name for each in actions)}

    for action in actions:
        if not isinstance(action, RowAction) or not world.can(action.permission):
            continue
        if not (action.permitted(world, row) and action.offered(world, row)):
            continue
        answer = client.get(path_of(model, action.name, row.pk))
        if answer.status_code == 302:  # refused before it asks anything
            continue
        shown = _part(answer.content.decode(), "card")
        for text in _said(card):
            assert text in shown, action.name


def test_who_may_not_read_the_trail_does_not_read_it_on_a_row(
    world: Actor, console_of: Callable[[str], ConsoleClient]
) -> None:
    payment = Payment.objects.order_by("pk")[0]
    record_event(
        actor=world,
        action="payments.looked_into",
        subject_type=PAYMENT,
        subject_id=payment.pk,
        reason="Asked by the tax office.",
    )

    shown = {
        username: _part(
            console_of(username).get(path_of(Payment, "change", payment.pk)).content.decode(), "timeline"
        )
        for username in ("cashier", "auditor")
    }

    assert "Looked into Asked by the tax office." in shown["auditor"]
    assert "Payment received" in shown["auditor"]
    assert "Payment received" in shown["cashier"]
    assert "Looked into" not in shown["cashier"]


def test_a_provider_adds_to_the_timelines_of_its_tables(
    world: Actor, console_of: Callable[[str], ConsoleClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timeline, "_PROVIDERS", list(timeline._PROVIDERS))

    @adds_to_timeline(Payment)
    def notes(actor: Actor, row: Payment) -> Iterator[TimelineEvent]:
        yield TimelineEvent(
            at=now(), what="Noted", who="Mara", about=row.customer, reason="Calls <b>tomorrow"
        )

    User.objects.filter(username="manager").update(last_name=SUR_NAME)
    client, payment = console_of("manager"), Payment.objects.order_by("pk")[0]
    html = client.get(path_of(Payment, "change", payment.pk)).content.decode()
    other = client.get(path_of(Obligation, "change", payment_of(payment).pk)).content.decode()

    happened = _part(html, "timeline")
    assert happened.index(f"Mara {SUR_NAME} Noted {payment.customer}") < happened.index("Payment received")
    assert "Calls &lt;b&gt;tomorrow" in html
    assert "Noted" not in _part(other, "timeline")


def payment_of(payment: Payment) -> Obligation:
    """An obligation that the payment was applied to."""
    line = payment.allocations.select_related("obligation").order_by("pk")[0]
    return line.obligation


def test_a_name_that_two_answer_to_stays_as_it_was_kept(world: Actor) -> None:
    User.objects.filter(username="auditor").update(first_name="Mara", last_name="Other")
    User.objects.filter(username="manager").update(last_name=SUR_NAME)

    people = People(world)

    assert people.full_name("Mara", None) == "Mara"
    assert people.full_name("Mara", 2) == people.full_name("manager", None) == f"Mara {SUR_NAME}"
    assert people.full_name("settle_week", None) == "Settle week"


def test_what_is_left_of_a_payment_adds_up_to_what_was_received(
    world: Actor, console_of: Callable[[str], ConsoleClient]
) -> None:
    payment = Payment.objects.filter(status="posted", unallocated__gt=0, refunded=0).order_by("pk")[0]

    html = console_of("manager").get(path_of(Payment, "change", payment.pk)).content.decode()

    words = _words(html)
    assert f"= Left to allocate {format_amount(payment.unallocated)}" in words
    assert f"{format_amount(payment.available)} {payment.currency} wait to be allocated" in words
    assert path_of(Payment, "allocate", payment.pk) in html
    assert "Number order" not in re.sub(r"<details.*?</details>", "", html, flags=re.DOTALL)
