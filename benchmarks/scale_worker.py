"""Asks one database's lists and reports: a JSON line `{path, times}` on stdin, the seconds of each request on stdout.

A path with `&deep` is asked with the cursor of a row nine tenths down the list.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any


def main() -> None:
    import django

    django.setup()
    from django.test import Client

    from batconnect.core.models import User
    from batconnect.core.people.tokens import AccessToken
    from console.reports.aging import Aging
    from demo.companies import HUDSON

    user = User.objects.get(username="outsider")
    signed_in = {"Authorization": f"Bearer {AccessToken.for_user(user)}", "X-Company-Id": str(HUDSON)}
    api = Client(HTTP_HOST="localhost", headers=signed_in)
    console = Client(HTTP_HOST="localhost")
    console.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    middle = _middle_day()
    cursors: dict[str, str] = {}
    for line in sys.stdin:
        job = json.loads(line)
        path: str = job["path"].replace("{middle}", middle).replace("{aging}", Aging.slug)
        if path.endswith("&deep"):
            path = path.removesuffix("&deep")
            cursors.setdefault(path, _deep_cursor(path))
            path = f"{path}&after={cursors[path]}"
        client = console if path.startswith("/admin/") else api
        client.get(path)  # warms up
        taken = []
        for _ in range(job["times"]):
            began = time.perf_counter()
            answer = client.get(path)
            body = answer.content
            taken.append(time.perf_counter() - began)
            assert answer.status_code == 200, body
        sys.stdout.write(json.dumps(taken) + "\n")
        sys.stdout.flush()


def _middle_day() -> str:
    from batconnect.core.database.tenancy import company_context
    from demo.companies import HUDSON
    from payments.models import Payment

    with company_context(HUDSON, job="bench"):
        days = Payment.objects.order_by("payment_date").values_list("payment_date", flat=True)
        return str(days[days.count() // 2])


def _deep_cursor(path: str) -> str:
    """The cursor of the row nine tenths down, in the list's own order."""
    from django.http import QueryDict

    from batconnect.core.api.cursors import Place, write_cursor
    from batconnect.core.database.tenancy import company_context
    from demo.companies import HUDSON
    from ledger.models import Obligation, Posting
    from ledger.views.lists import BALANCE_ORDER, POSTING_ORDER
    from payments.models import Payment
    from payments.views.payments import SORTING

    lists: dict[str, tuple[Any, Any]] = {
        "/api/payments": (Payment, SORTING),
        "/ledger/postings": (Posting, POSTING_ORDER),
        "/ledger/balances": (Obligation, BALANCE_ORDER),
    }
    model, sorting = lists[path.partition("?")[0]]
    columns, descending = sorting.read_columns(QueryDict(""))
    with company_context(HUDSON, job="bench"):
        rows = model.objects.filter(company_id=HUDSON)
        ordered = rows.order_by(*sorting.read(QueryDict(""))).values_list(*columns)
        values = ordered[rows.count() * 9 // 10]
    return write_cursor(Place(model._meta.label_lower, columns, descending), values)


if __name__ == "__main__":
    main()
