"""Asks one database's lists in the console; a JSON line `{what, seconds, small, …}` for each on stdout."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator

SMALL = "/admin/ledger/account/"
"""A list of some fifty rows, asked in turns with the others."""


def main() -> None:
    import django

    django.setup()
    from django.test import Client

    from batconnect.core.database.tenancy import company_context
    from batconnect.core.models import User
    from demo.companies import HUDSON

    client = Client(HTTP_HOST="localhost")
    client.force_login(
        User.objects.get(username="outsider"), backend="django.contrib.auth.backends.ModelBackend"
    )
    with company_context(HUDSON, job="bench"):
        questions = list(_questions())
    for what, path in questions:
        adds_up = "add_up" in path
        assert client.get(path).status_code == 200, path  # warms up
        taken: dict[str, list[float]] = {SMALL: [], path: []}
        for _ in range(3 if adds_up else int(sys.argv[1])):
            for each, seconds in taken.items():
                began = time.perf_counter()
                client.get(each)
                seconds.append(time.perf_counter() - began)
        figures = {
            "seconds": taken[path],
            "small": taken[SMALL],
            "adds_up": adds_up,
            "reads_all": what.endswith("*"),
        }
        sys.stdout.write(json.dumps({"what": what, **figures}) + "\n")
        sys.stdout.flush()


def _questions() -> Iterator[tuple[str, str]]:
    from batconnect.directory.models import Driver
    from ledger.models import Obligation
    from payments.models import Payment

    driver = Driver.objects.select_related("customer").filter(driver_id__startswith="DRV-").order_by("-pk")[5]
    days = Payment.objects.order_by("payment_date").values_list("payment_date", flat=True)
    first, middle = days[0], days[500_000]
    month = f"payment_date__year={middle.year}&payment_date__month={middle.month}"
    number = Payment.objects.order_by("-number_order")[400_000].number
    reference = Obligation.objects.order_by("-pk")[400_000].reference_id
    lists = {
        "payments": "payments/payment",
        "obligations": "ledger/obligation",
        "applied payments": "payments/allocation",
        "entries": "ledger/entry",
    }
    for name, path in lists.items():
        yield f"{name}, first page", f"/admin/{path}/"
        yield f"{name}, row 90,000", f"/admin/{path}/?p=1800"
        yield f"{name}, everything added up", f"/admin/{path}/?add_up=all"
    payments, obligations = "/admin/payments/payment/", "/admin/ledger/obligation/"
    yield "payments of a month", f"{payments}?{month}"
    yield "payments of the oldest day", f"{payments}?payment_date_to={first}"
    yield "payments of a customer", f"{payments}?customer__id__exact={driver.customer_id}"
    yield "payments by check above 90.00", f"{payments}?method=check&amount_from=90.00"
    yield "voided payments (none) *", f"{payments}?status__exact=voided"
    yield "payments with cash left", f"{payments}?cash=left"
    yield "payments sorted by date", f"{payments}?o=2"
    yield "payments, largest first", f"{payments}?sort=-amount"
    yield "payments by customer", f"{payments}?sort=customer"
    yield "payments with cash left, most first", f"{payments}?cash=left&sort=-unallocated"
    yield "obligations, largest debt first", f"{obligations}?status__exact=open&sort=-outstanding"
    yield "obligations by customer", f"{obligations}?sort=customer"
    yield "payments found by number", f"{payments}?q={number}"
    yield "payments of a reference number *", f"{payments}?reference_number=CHQ-77"
    yield "payments found by a name", f"{payments}?q={driver.customer.name.replace(' ', '+')}"
    yield "payments not found", f"{payments}?q=no-such-thing"
    yield "open obligations", f"{obligations}?status__exact=open"
    yield "obligations overdue above 90 days", f"{obligations}?age=90-plus"
    yield (
        "obligations of a category from 90.00 *",
        f"{obligations}?category__exact=PVB&outstanding_from=90.00",
    )
    yield "obligations found by reference", f"{obligations}?q={reference}"
    yield (
        "entries of a month",
        (f"/admin/ledger/entry/?effective_on__year={middle.year}&effective_on__month={middle.month}"),
    )


if __name__ == "__main__":
    main()
