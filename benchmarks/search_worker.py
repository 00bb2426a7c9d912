"""Asks one database's search and a customer's page; a JSON line `{what, seconds}` for each on stdout."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from typing import Any


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
    for what, path, query, status in questions:
        taken = []
        for number in range(int(sys.argv[1]) + 1):
            began = time.perf_counter()
            answer = client.get(path, query)
            taken.append(time.perf_counter() - began)
            assert status in (0, answer.status_code), (what, query, answer.status_code)
            if not number:  # the first one warms up
                taken.clear()
        sys.stdout.write(json.dumps({"what": what, "seconds": taken}) + "\n")
        sys.stdout.flush()


def _questions() -> Iterator[tuple[str, str, dict[str, str], int]]:
    """What is asked, where, and how it is answered: by a redirect for what is there exactly, else by a page."""
    from batconnect.directory.models import Driver
    from cases.models import Case
    from ledger.models import Dtr
    from loans.models import DriverLoan
    from payments.models import Invoice, Payment
    from repairs.models import RepairInvoice

    driver = Driver.objects.select_related("customer").filter(driver_id__startswith="DRV-").order_by("-pk")[5]
    tenure: Any = driver.lease_drivers.select_related("lease__vehicle", "lease__medallion").get()
    lease = tenure.lease
    payment = Payment.objects.filter(customer=driver.customer).order_by("-number_order")[0]
    for what, text in {
        "payment": payment.number,
        "payment, without dashes": payment.number.replace("-", "").lower(),
        "receipt": f"R-{payment.number}",
        "driver": driver.driver_id,
        "TLC license": driver.tlc_license,
        "medallion": lease.medallion.medallion_no,
        "plate": lease.vehicle.plate_no,
        "VIN": lease.vehicle.vin,
        "lease": lease.lease_id,
        "customer": driver.customer.name,
    }.items():
        # seed_scale gives a medallion and its car's plate the same number, so both are listed.
        yield what, "/admin/find/", {"q": text}, 200 if what in ("medallion", "plate") else 302
    documents: dict[str, tuple[Any, str, str]] = {
        "case": (Case, "case_no", "INTPAY000001"),
        "invoice": (Invoice, "number", "INV-2026-001"),
        "loan": (DriverLoan, "number", "DLN-2026-001"),
        "repair": (RepairInvoice, "number", "RPR-2026-001"),
        "DTR": (Dtr, "number", "DTR-2026-000001"),
    }
    for what, (model, column, missing) in documents.items():
        text = model.objects.order_by("-pk").values_list(column, flat=True).first() or missing
        yield what, "/admin/find/", {"q": text}, 0
    yield "beginning of a payment's number", "/admin/find/", {"q": payment.number[:-3]}, 0
    yield "every payment of a series", "/admin/find/", {"q": "INTPAY"}, 200
    yield "a name that 10,000 begin with", "/admin/find/", {"q": "driver"}, 200
    yield "two words of a name", "/admin/find/", {"q": " ".join(driver.customer.name.split()[:2])}, 0
    yield "nothing", "/admin/find/", {"q": "no such thing"}, 200
    yield "a driver's page", f"/admin/customers/{driver.customer_id}/", {}, 200


if __name__ == "__main__":
    main()
