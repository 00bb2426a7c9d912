"""What somebody typed is text on every page that shows it, and never a part of the page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import pytest
from django.urls import reverse

from batconnect.core.kernel.actors import Actor
from batconnect.directory.models import Customer, Driver
from console.tests.conftest import ConsoleClient

TYPED: Final = "Zz\"'><img src=x onerror=alert(1)><script>alert(2)</script>{{7*7}}{% now 'Y' %}"


@pytest.fixture
def customer(manager: Actor) -> Customer:
    named = Customer.objects.create(company_id=manager.company_id, name=TYPED)
    Driver.objects.create(
        company_id=manager.company_id, customer=named, driver_id="<b>D-1</b>", tlc_license="1"
    )
    return named


def test_a_name_is_text_wherever_it_is_shown(
    customer: Customer, console_of: Callable[[str], ConsoleClient]
) -> None:
    client, shown = console_of("manager"), 0
    paths = {
        reverse("admin:directory_customer_changelist"): {},
        reverse("admin:directory_customer_change", args=[customer.pk]): {},
        reverse("admin:directory_customer_history", args=[customer.pk]): {},
        reverse("admin:directory_driver_changelist"): {},
        reverse("admin:customer", args=[customer.pk]): {},
        reverse("admin:find"): {"q": TYPED},
        reverse("admin:search"): {"s": "Zz"},
        reverse("admin:directory_customer_changelist") + "?": {"q": TYPED},
    }

    for path, query in paths.items():
        page = client.get(path, query).content.decode()
        shown += "&lt;img src=x onerror" in page
        for unescaped in ("<img src=x", "<script>alert", "<b>D-1</b>", "49{", ">49"):
            assert unescaped not in page, (path, unescaped)

    assert shown >= 5
