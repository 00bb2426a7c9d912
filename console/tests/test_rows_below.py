"""Rows of other tables below a record stand there as tables, with no form that nobody could send."""

from __future__ import annotations

import re
from collections.abc import Callable

from django.urls import reverse

from batconnect.core.kernel.actors import Actor
from batconnect.directory.models import LeaseDriver, LeaseRate
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
