"""Names of payers beside names of customers: how alike they are, and who is looked for."""

from __future__ import annotations

import pytest

from bank.rules.names import LIKE, PART, SAME, alike, without_forms
from bank.services.evidence import names
from bank.services.suggesting import suggest
from bank.tests.builders import book
from batconnect.core.kernel.actors import Actor
from batconnect.directory.models import Customer
from payments.batches.tests.builders import add_customer


@pytest.mark.parametrize(
    ("payer", "customer", "expected"),
    [
        ("JOHN SMITH", "JOHN SMITH", SAME),
        ("SMITH JOHN", "JOHN SMITH", LIKE),
        ("JON SMITH", "JOHN SMITH", 50),
        ("JONATHAN SMITHE", "JONATHAN SMITH", LIKE),
        ("JOHN SMITH", "JOHN PETER SMITH", PART),
        ("J SMITH", "JOHN SMITH", 74),
        # A word that is like none takes no other's place.
        ("ROBERTSON BOB", "BOB JOHNSON", 50),
        ("MARIA LOPEZ", "DAWA LAMA", 0),
    ],
)
def test_names_are_compared_word_by_word(payer: str, customer: str, expected: int) -> None:
    assert alike(payer, customer) == alike(customer, payer) == expected


def test_titles_and_legal_forms_are_no_words_of_a_name() -> None:
    assert without_forms(("MR", "DAWA", "LAMA")) == ("DAWA", "LAMA")
    assert without_forms(("ACME", "CO", "LLC")) == ("ACME",)
    assert without_forms(("LLC",)) == ("LLC",)


def _titles(actor: Actor, text: str) -> list[str]:
    (part,) = book(actor, "10.00", text=text)
    return [each.title for each in suggest(actor=actor, parts=[part])[part.id]]


@pytest.mark.parametrize("at_once", [0, 50])
def test_who_is_new_or_called_otherwise_is_found_at_once(
    manager: Actor, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    """Whether everybody's name is kept from one look to the next, or few are looked up."""
    monkeypatch.setattr(names, "_MANY_BEGINNINGS", at_once)
    monkeypatch.setattr(names, "_kept", None)
    add_customer(manager, "Zora Quill", "Z-1")

    assert _titles(manager, "rent Zora Quill") == ["Payment of Zora Quill"]
    add_customer(manager, "Yusuf Brand", "Y-1")
    assert _titles(manager, "rent Yusuf Brand") == ["Payment of Yusuf Brand"]
    Customer.objects.filter(external_reference="Z-1").update(name="Zora Winter")
    assert _titles(manager, "rent Zora Winter") == ["Payment of Zora Winter"]
    assert "Payment of Zora Winter" not in _titles(manager, "rent of Quill family")


@pytest.mark.parametrize("at_once", [0, 50])
def test_words_of_every_line_are_nobodys_name(
    manager: Actor, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    """Whatever other lines of the chunk ask for."""
    monkeypatch.setattr(names, "_MANY_BEGINNINGS", at_once)
    monkeypatch.setattr(names, "_kept", None)
    add_customer(manager, "Thank You", "T-1")

    assert _titles(manager, "deposit THANK YOU") == []
