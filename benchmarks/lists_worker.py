"""Asks one database's lists: a JSON line `{path, times}` on stdin, the seconds of each request on stdout."""

from __future__ import annotations

import json
import sys
import time


def main() -> None:
    import django

    django.setup()
    from django.test import Client

    from batconnect.core.database.tenancy import company_context
    from batconnect.core.models import User
    from batconnect.core.people.tokens import AccessToken
    from batconnect.directory.models import Driver
    from demo.companies import HUDSON

    token = AccessToken.for_user(User.objects.get(username="outsider"))
    client = Client(
        HTTP_HOST="localhost", headers={"Authorization": f"Bearer {token}", "X-Company-Id": str(HUDSON)}
    )
    with company_context(HUDSON, job="bench"):
        license = Driver.objects.order_by("pk")[50].tlc_license
    for line in sys.stdin:
        job = json.loads(line)
        taken = []
        for _ in range(job["times"]):
            began = time.perf_counter()
            answer = client.get(job["path"].format(license=license))
            body = answer.content
            taken.append(time.perf_counter() - began)
            assert answer.status_code == 200, body
        sys.stdout.write(json.dumps(taken) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
