"""`make test-distributed`: what a cluster that `manage.py distribute` made guarantees, answers, and adds up.

DATABASE_URL and DATABASE_OWNER_URL are the coordinator's; its rows include the suite's cast and entries of it. With
PLAIN_DATABASE_URL, of one server with the same rows, the statements of SQL_INVENTORY are run on both and compared.
Ends with 1 when a guarantee does not hold, rows differ, or the books do not add up.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "batconnect.settings")
os.environ["DATABASE_DISTRIBUTED"] = "true"


def main() -> int:
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import CommandError, call_command

    from tests.distributed.comparing import SAME, compare, report
    from tests.distributed.guarantees import Cluster, prove

    failed = 0
    plain = os.environ.get("PLAIN_DATABASE_URL")
    # First, since what the guarantees commit cannot be taken back.
    if plain:
        folder = Path(os.environ.get("SQL_INVENTORY", "var/sql-inventory"))
        result = compare(os.environ["DATABASE_URL"], plain, folder)
        report(result, examples=int(os.environ.get("EXAMPLES", "0")))
        failed += any(count for outcome, count in result.outcomes.items() if outcome != SAME)
    for name, said, holds in prove(Cluster(os.environ["DATABASE_URL"], settings.DATABASE_OWNER_URL)):
        print(f"{'✓' if holds else '✗'} {name}: {said}")  # noqa: T201
        failed += not holds
    try:
        call_command("verify_ledger")
    except CommandError as error:
        print(f"✗ verify_ledger: {error}")  # noqa: T201
        failed += 1
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
