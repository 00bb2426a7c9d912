"""Two releases of an app come to a database that is distributed already, and hold on shards what they declare.

`python -m tests.distributed.migrating` on the cluster of CLUSTER_NODES (tests.distributed.cluster): in a copy of the
suite's database, of which nothing stays.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import urlsplit

_APP: Final = "tests.distributed.workshop"
_LAST: Final = {1: "0001_tables", 2: "0002_changes"}
_WAITING: Final = "select count(*) from distribution.taken_off"
_ON_NODES: Final = """
select sum(result::int) from run_command_on_workers(
  $$select count(*) from pg_class where relname ~ '^tool_weight_\\d+$'$$)
"""


def main() -> int:
    import django

    django.setup()
    from django.conf import settings
    from django.db import connections

    from tests.databases import clone, ensure_template, remove

    name = "workshop_on_cluster"
    clone(template=ensure_template(), name=name)
    environment = {
        variable: urlsplit(url)._replace(path=f"/{name}").geturl()
        for variable, url in (
            ("DATABASE_URL", os.environ["DATABASE_URL"]),
            ("DATABASE_OWNER_URL", settings.DATABASE_OWNER_URL),
            ("DATABASE_SUPERUSER_URL", settings.DATABASE_SUPERUSER_URL),
        )
    }
    connections.close_all()
    failed = 0
    for release in _LAST:
        done = subprocess.run(
            [sys.executable, "-m", "tests.distributed.migrating", str(release)],
            env={**os.environ, **environment, "WORKSHOP_RELEASE": str(release)},
            check=False,
        )
        print(f"{'✗' if done.returncode else '✓'} release {release}")  # noqa: T201
        failed |= done.returncode
    remove(name=name)
    return int(bool(failed))


def take(release: int) -> None:
    """Migrate, distribute twice, give rights, and try what the release declares."""
    from django.conf import settings

    settings.INSTALLED_APPS.append(_APP)
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    from batconnect.core.database.distribution.distributing import distribute, what_waits
    from batconnect.core.database.roles import as_owner

    call_command("migrate", "workshop", _LAST[release])
    call_command("distribute")
    with as_owner():
        again = distribute(dry_run=False, say=print)
        assert (again.policies, again.triggers, again.keys) == (0, 0, 0), again
        assert what_waits() == []
    call_command("setup_roles")
    first() if release == 1 else second()
    with as_owner(), connection.cursor() as cursor:
        cursor.execute(_WAITING)
        assert cursor.fetchone() == (0,)


def first() -> None:
    """Keys, history, isolation and what is append-only, of tables that came to a distributed database."""
    from batconnect.core.database.roles import as_owner
    from payments.tests.billing import make_customer
    from tests.cast import NORTH, SOUTH, acting
    from tests.distributed.workshop.models import Repair, Tool, ToolHistory

    with acting("manager") as manager:
        customer = make_customer(manager)
        tool = Tool.objects.create(company_id=NORTH, name="wrench", customer=customer, made_by_id=2)
        Repair.objects.create(company_id=NORTH, tool=tool)
        Tool.objects.filter(id=tool.id).update(name="Wrench")
    with acting("manager"):
        assert [each.pgh_label for each in ToolHistory.objects.order_by("pgh_id")] == ["insert", "update"]
    with acting("outsider"):
        assert (Tool.objects.count(), Repair.objects.count(), ToolHistory.objects.count()) == (0, 0, 0)
    add = _adding(customer)
    _refused("23514", lambda: add(name="hammer"))
    _refused("23505", lambda: add(name="Wrench"))
    _refused("23503", lambda: add(name="saw", customer_id=tool.id))
    _refused("23503", lambda: add(name="saw", made_by_id=99))
    _refused("42501", lambda: add(name="saw", company_id=SOUTH))
    _refused("42501", lambda: Repair.objects.update(tool=tool))
    with as_owner():
        _refused("23001", lambda: _run("update workshop_repairs set tool_id = tool_id where company_id = %s"))


def second() -> None:
    """Columns, a table, keys, an index, a check and triggers that came to tables that lie on shards."""
    from django.db import connection

    from batconnect.core.database.roles import as_owner
    from tests.cast import NORTH, acting
    from tests.distributed.workshop.models import Place, Tool, ToolHistory

    with acting("manager"):
        kept = Tool.objects.get(name="Wrench")
        assert kept.weight == 1
        place = Place.objects.create(company_id=NORTH)
        Tool.objects.filter(id=kept.id).update(weight=7)
        new = Tool.objects.create(
            company_id=NORTH,
            name="hammer",
            customer_id=kept.customer_id,
            spare=kept,
            place=place,
            seen_by_id=2,
        )
    with acting("manager"):
        weights = ToolHistory.objects.order_by("pgh_id").values_list("name", "weight")
        assert list(weights) == [("wrench", 1), ("Wrench", 1), ("Wrench", 7), ("hammer", 1)], list(weights)
    add = _adding(kept.customer)
    _refused("23514", lambda: add(name="anvil"))
    _refused("23514", lambda: add(name="press", weight=51))
    _refused("23503", lambda: add(name="saw", spare_id=place.id))
    _refused("23503", lambda: add(name="saw", place_id=new.id))
    _refused("23503", lambda: add(name="saw", seen_by_id=99))
    with acting("outsider"):
        assert (Tool.objects.count(), Place.objects.count()) == (0, 0)
    with as_owner(), connection.cursor() as cursor:
        cursor.execute(_ON_NODES)
        assert cursor.fetchone()[0] > 0, "the index is on no shard"


def _adding(customer: Any) -> Callable[..., Any]:
    from tests.cast import NORTH
    from tests.distributed.workshop.models import Tool

    return lambda **values: Tool.objects.create(**{"company_id": NORTH, "customer_id": customer.id} | values)


def _run(statement: str) -> None:
    from django.db import connection

    from tests.cast import NORTH

    with connection.cursor() as cursor:
        cursor.execute(statement, [NORTH])


def _refused(state: str, attempt: Callable[[], Any]) -> None:
    from django.db import DatabaseError

    from tests.cast import acting

    said = ""
    try:
        with acting("manager"):
            attempt()
    except DatabaseError as error:
        said = str(getattr(error.__cause__, "sqlstate", ""))
    assert said == state, f"refused as {said or 'nothing'}, not {state}"


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "batconnect.settings")
    os.environ["DATABASE_DISTRIBUTED"] = "true"
    if sys.argv[1:]:
        take(int(sys.argv[1]))
    else:
        sys.exit(main())
