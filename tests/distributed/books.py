"""What `verify_ledger` finds on a database, with nothing kept of it: to be compared with what it finds on another.

`python -m tests.distributed.books` prints the differences of the configured database as JSON.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from typing import Final

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "batconnect.settings")

_MARK: Final = "BOOKS "


def find_differences() -> tuple[int, list[str]]:
    """How many checks ran, over all companies, and the differences that they found."""
    from batconnect.core.database.tenancy import company_context, company_ids
    from ledger.verification import checks, verify

    ran, found = 0, []
    for company_id in company_ids():
        with company_context(company_id, job="verify_ledger") as actor:
            found += [
                f"{actor.company.name}: {each.check}: {each.difference.subject}: {each.difference.message}"
                for each in verify(actor=actor)
            ]
            ran += len(checks())
    return ran, found


def differences_of(environment: Mapping[str, str]) -> tuple[int, list[str]]:
    """The same of the database that an environment names, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.distributed.books"],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    answer = next((line for line in done.stdout.splitlines() if line.startswith(_MARK)), None)
    if answer is None:
        raise RuntimeError(f"verify_ledger gave up: {done.stderr.strip()[-2000:]}")
    ran, found = json.loads(answer.removeprefix(_MARK))
    return ran, found


def found_on_one_only(cluster: list[str], plain: list[str]) -> list[str]:
    """What the books say on the cluster alone, and what on the other server alone: in lines."""
    here, there = Counter(cluster), Counter(plain)
    return [
        *(f"only on the cluster: {each}" for each in (here - there).elements()),
        *(f"only on one server: {each}" for each in (there - here).elements()),
    ]


if __name__ == "__main__":
    import django

    django.setup()
    print(_MARK + json.dumps(find_differences()))  # noqa: T201
