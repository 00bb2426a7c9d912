"""Makes the newest entries of one database a day of their own, sealed behind a verification: what a night finds.

Written past the application, as the rest of that database is: `seal_books` would first seal what was there before.
"""

from __future__ import annotations

from typing import Any

import psycopg

ENTRIES = 9_000
"""Of 3,000 payments: a million in a year of working days."""
_KINDS = ("allocation", "entry")


def main() -> None:
    import django

    django.setup()
    from django.conf import settings

    from batconnect.core.database.tenancy import company_context
    from demo.companies import HUDSON
    from ledger.services.totals import add_to_totals, sum_up_again

    with psycopg.connect(settings.DATABASE_SUPERUSER_URL, autocommit=True) as server:
        server.execute("set session_replication_role = replica")
        server.execute(
            "update ledger_entries set posted_at = posted_at + interval '1 day' where company_id = %s and id in"
            " (select e.id from ledger_entries e where e.company_id = %s and not exists (select from sealed_rows s"
            " where s.company_id = e.company_id and s.kind = 'entry' and s.row_id = e.id) order by e.id desc limit %s)",
            [HUDSON, HUDSON, ENTRIES + 1],
        )
    with company_context(HUDSON, job="bench") as actor:
        sum_up_again(actor=actor)
        add_to_totals(actor=actor)
    with company_context(HUDSON, job="bench") as actor:
        _seal(actor, [_newest(actor, kind, 1)[0] for kind in _KINDS])
        _verified(actor)
        rows = [
            row
            for kind in _KINDS
            for row in _newest(actor, kind, ENTRIES if kind == "entry" else ENTRIES // 3)
        ]
        for first in range(0, len(rows), 5_000):
            _seal(actor, rows[first : first + 5_000])
    with psycopg.connect(settings.DATABASE_SUPERUSER_URL, autocommit=True) as server:
        server.execute("vacuum analyze seals, sealed_rows, ledger_day_totals, ledger_entries")


def _newest(actor: Any, name: str, count: int) -> list[tuple[str, Any, bytes]]:
    from django.db import connection

    from batconnect.core.sealing.kinds import sealed_kinds
    from batconnect.core.sealing.statements import digest_sql

    kind = next(kind for kind in sealed_kinds() if kind.name == name)
    with connection.cursor() as cursor:
        cursor.execute(
            f"select %s, r.id, {digest_sql(kind)} from {kind.table} r where r.company_id = %s and not exists (select"
            " from sealed_rows s where s.company_id = r.company_id and s.kind = %s and s.row_id = r.id)"
            " order by r.id desc limit %s",
            [name, actor.company_id, name, count],
        )
        return [(kind_name, row_id, bytes(digest)) for kind_name, row_id, digest in cursor.fetchall()]


def _seal(actor: Any, rows: list[tuple[str, Any, bytes]]) -> None:
    from batconnect.core.models import Seal, SealedRow
    from batconnect.core.sealing.chain import seal_digest

    last = Seal.objects.filter(company_id=actor.company_id).order_by("-number").first()
    number, previous = (last.number + 1, bytes(last.digest)) if last else (1, b"")
    digest = seal_digest(
        company_id=actor.company_id, number=number, previous=previous, rows=[row[2] for row in rows]
    )
    seal = Seal(company_id=actor.company_id, number=number, previous=previous, digest=digest, rows=len(rows))
    seal.save(force_insert=True)
    SealedRow.objects.bulk_create(
        SealedRow(company_id=actor.company_id, seal=seal, place=place, kind=kind, row_id=row_id, digest=each)
        for place, (kind, row_id, each) in enumerate(rows, start=1)
    )


def _verified(actor: Any) -> None:
    """As the whole run of the week leaves it, which the benchmark has measured by itself."""
    from batconnect.core.kernel import clock
    from batconnect.core.models import Seal
    from ledger.models import LedgerVerification

    seal = Seal.objects.filter(company_id=actor.company_id).order_by("-number").first()
    assert seal
    LedgerVerification.objects.create(
        company_id=actor.company_id,
        started_at=clock.now(),
        finished_at=clock.now(),
        checks=1,
        differences=0,
        actor="bench",
        sealed_upto=seal.number,
        seal_digest=bytes(seal.digest),
    )


if __name__ == "__main__":
    main()
