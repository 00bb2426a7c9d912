"""`make test-distributed`: what a cluster that `manage.py distribute` made guarantees, answers, and adds up.

DATABASE_URL and DATABASE_OWNER_URL are the coordinator's; its rows include the suite's cast and entries of it. With
PLAIN_DATABASE_URL and PLAIN_DATABASE_OWNER_URL, of one server with the same rows, the statements of SQL_INVENTORY are
run on both and compared, and so is what `verify_ledger` says.

Ends with 0 when the guarantees hold and the cluster does what the other server does (without one: when the books add
up), with 1 when not, and with 2 when the two do not hold the same rows to begin with: the guarantees leave some.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from tests.distributed.comparing import Server

NOT_THE_SAME_ROWS: Final = 2


def main() -> int:
    from tests.distributed.comparing import Server, differing_rows

    plain = Server(os.environ.get("PLAIN_DATABASE_URL", ""), os.environ.get("PLAIN_DATABASE_OWNER_URL", ""))
    if bool(plain.runtime) != bool(plain.owner):
        print("PLAIN_DATABASE_URL and PLAIN_DATABASE_OWNER_URL belong together.")  # noqa: T201
        return NOT_THE_SAME_ROWS
    if plain.runtime and (found := differing_rows(os.environ["DATABASE_URL"], plain.runtime, _tables())):
        print(*found, "Load the same rows into both anew.", sep="\n")  # noqa: T201
        return NOT_THE_SAME_ROWS
    # The guarantees come last, since what they commit cannot be taken back.
    failed = False
    for said, holds in chain(_statements(plain), _books(plain), _guarantees()):
        print(f"{'✓' if holds else '✗'} {said}", flush=True)  # noqa: T201
        failed |= not holds
    return int(failed)


def _tables() -> dict[str, bool]:
    from batconnect.core.database.distribution.plan import Place, planned_tables

    return {
        planned.name: any(field.column == "company_id" for field in planned.model._meta.local_concrete_fields)
        for planned in planned_tables()
        if planned.place is not Place.COORDINATOR
    }


def _statements(plain: Server) -> Iterator[tuple[str, bool]]:
    from django.conf import settings

    from tests.distributed.comparing import Server, compare, report

    if not plain.runtime:
        return
    folder = Path(os.environ.get("SQL_INVENTORY", "var/sql-inventory"))
    result = compare(Server(os.environ["DATABASE_URL"], settings.DATABASE_OWNER_URL), plain, folder)
    yield "\n".join(report(result, examples=int(os.environ.get("EXAMPLES", "0")))), result.is_alike


def _books(plain: Server) -> Iterator[tuple[str, bool]]:
    from tests.distributed.books import differences_of, found_on_one_only

    ran, here = differences_of({})
    if not plain.runtime:
        yield f"verify_ledger: {ran} checks; {'; '.join(here) or 'no differences'}", not here
        return
    elsewhere = {
        "DATABASE_URL": plain.runtime,
        "DATABASE_OWNER_URL": plain.owner,
        "DATABASE_DISTRIBUTED": "false",
    }
    also_ran, there = differences_of(elsewhere)
    other = found_on_one_only(here, there)
    said = f"{len(there)} differences, the same on one server" if there else "no differences"
    yield f"verify_ledger: {ran} checks; {'; '.join(other) or said}", not other and ran == also_ran


def _guarantees() -> Iterator[tuple[str, bool]]:
    from django.conf import settings

    from tests.distributed.guarantees import Cluster, prove

    for name, said, holds in prove(Cluster(os.environ["DATABASE_URL"], settings.DATABASE_OWNER_URL)):
        yield f"{name}: {said}", holds


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "batconnect.settings")
    os.environ["DATABASE_DISTRIBUTED"] = "true"
    import django

    django.setup()
    sys.exit(main())
