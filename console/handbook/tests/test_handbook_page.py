"""The handbook in the console, and the link to it from every page."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse

from batconnect.core.kernel.actors import Actor
from console.handbook.pages import handbook
from console.handbook.sections import anchors
from console.navigation import SECTIONS
from tests.console import browser


def test_every_entry_of_the_menu_has_a_section_that_is_there() -> None:
    there = set(re.findall(r'id="([^"]+)"', handbook()))
    of_menu = {entry.target for section in SECTIONS for entry in section.entries}

    assert of_menu <= set(anchors())
    assert set(anchors().values()) <= there


def test_the_links_of_the_handbook_stay_on_its_page() -> None:
    there = set(re.findall(r'id="([^"]+)"', handbook()))

    assert set(re.findall(r'href="#([^"]+)"', handbook())) <= there
    assert not re.findall(r'href="[^#]', handbook())
    assert "<table>" in handbook()


@pytest.mark.parametrize(
    ("address", "anchor"),
    [
        ("take_payment", "#4-take-money"),
        ("new_charge", "#a-charge-an-invoice-a-credit"),
        ("outstanding_renewalcase_changelist", "#a-premium"),
        ("bank", "#bank"),
        ("workbench_queue", "#5-allocate"),
        ("index", "#2-today"),
    ],
)
def test_a_page_leads_to_its_section(manager: Actor, address: str, anchor: str) -> None:
    page = browser("manager").get(reverse(f"admin:{address}")).content.decode()

    assert f'href="{reverse("admin:handbook")}{anchor}"' in page


def test_everybody_reads_it(manager: Actor) -> None:
    page = browser("auditor").get(reverse("admin:handbook"))

    assert page.status_code == 200
    assert "Ten recovery codes follow" in page.content.decode()


def test_the_sections_have_their_own_numbers_at_the_top() -> None:
    top = handbook().partition("<h2")[0]

    assert "<ol>" not in top
    assert re.findall(r"(\d+)\. <a", top) == [str(number) for number in range(1, 13)]
