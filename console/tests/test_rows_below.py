"""Rows of other tables below a record stand there as tables, with no form that nobody could send."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from html import unescape

import pytest
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from batconnect.core.console import rows_below
from batconnect.core.console.base import ReadOnlyRows
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.directory.models import Lease, LeaseDriver, LeaseRate
from batconnect.directory.services import set_lease_rate
from console.tests.conftest import ConsoleClient
from tests.databases import owners_hand

HOSTILE = "<script>alert(1)</script> & Söhne"


def _rows(html: str, name: str) -> str:
    found = re.search(rf'data-rows-below="{name}".*?</section>', html, re.DOTALL)
    assert found is not None, name
    return found.group()


def test_a_lease_shows_its_rates_and_drivers(
    world: Actor, console_of: Callable[[str], ConsoleClient]
) -> None:
    drives = (
        LeaseDriver.objects.filter(company_id=world.company_id).select_related("driver__customer").first()
    )
    assert drives is not None
    customer = drives.driver.customer
    with owners_hand():
        type(customer)._default_manager.filter(pk=customer.pk).update(name=HOSTILE)
    rate = LeaseRate.objects.filter(lease=drives.lease_id).first()
    assert rate is not None
    answer = console_of("manager").get(reverse("admin:directory_lease_change", args=[drives.lease_id]))
    html = answer.content.decode()

    rates, drivers = _rows(html, "rates"), _rows(html, "lease_drivers")
    assert reverse("admin:directory_leaserate_change", args=[rate.pk]) in rates
    assert f"{rate.weekly_amount:,.2f}" in rates
    assert HOSTILE not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; Söhne" in drivers
    assert "TOTAL_FORMS" not in html


def test_a_lease_reads_its_drivers_once(world: Actor, console_of: Callable[[str], ConsoleClient]) -> None:
    drives = LeaseDriver.objects.filter(company_id=world.company_id).order_by("pk")[0]
    client = console_of("manager")
    address = reverse("admin:directory_lease_change", args=[drives.lease_id])
    client.get(address)

    with CaptureQueriesContext(connection) as asked:
        html = client.get(address).content.decode()

    assert str(drives.driver) in unescape(_rows(html, "lease_drivers"))
    assert len([each for each in asked if 'FROM "lease_drivers"' in each["sql"]]) == 1


def test_rows_are_shown_page_by_page_and_none_is_lost(
    world: Actor, console_of: Callable[[str], ConsoleClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows_below, "PER_PAGE", 2)
    lease = Lease.objects.order_by("pk")[0]
    first = today(world.company) + timedelta(days=7)
    for week in range(4):
        set_lease_rate(
            actor=world,
            lease_pk=lease.pk,
            from_on=first + timedelta(weeks=week),
            weekly_amount=Decimal(500 + week),
        )
    pages = {
        reverse("admin:directory_leaserate_change", args=[each.pk])
        for each in LeaseRate.objects.filter(lease=lease)
    }
    count = len(pages)
    assert count >= 5
    client, address = console_of("manager"), reverse("admin:directory_lease_change", args=[lease.pk])

    seen: list[str] = []
    for asked in range(1, (count + 1) // 2 + 1):
        part = _rows(client.get(address, {"rows-rates": asked}).content.decode(), "rates")
        seen += [each for each in pages if each in part]
        assert f"of {count}." in part
    listed = re.search(rf'href="([^"]*)">All {count}<', part)
    assert listed is not None
    whole = client.get(listed[1].replace("&amp;", "&")).content.decode()

    assert sorted(seen) == sorted(pages)
    assert all(each in whole for each in pages)
    for asked in ("0", "-1", "x", "99", "²", "9" * 40):
        part = _rows(client.get(address, {"rows-rates": asked}).content.decode(), "rates")
        assert "The next 2" in part or "none of them here" in part


def test_nobody_edits_rows_below_a_record() -> None:
    """A form of many rows would have to show all of them, or lose those that it does not: there is none."""
    below = {
        (type(page).__name__, inline)
        for page in admin.site._registry.values()
        for inline in page.inlines
        if not issubclass(inline, ReadOnlyRows)
    }

    assert below == set()
