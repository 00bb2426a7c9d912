"""Audit packs: what was sealed, in a file that is checked without this system (docs/seals.md#audit-packs)."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, Final

from django.db import connection

from batconnect.core.database.transactions import reads
from batconnect.core.kernel.actors import Actor
from batconnect.core.models import Seal
from batconnect.core.sealing.kinds import sealed_kinds

_CHECKER: Final = Path(__file__).with_name("check_seals.py")
_ROWS: Final = """
select l.number, w.place, c.content
from seals l
join sealed_rows w on w.company_id = l.company_id and w.seal_id = l.id
join ({contents}) c on c.kind = w.kind and c.id = w.row_id
where l.company_id = %(company)s::uuid and l.number between %(first)s and %(last)s
order by l.number, w.place
"""
_CONTENT: Final = """
select '{kind.name}'::text as kind, r.id, ({kind.content})::text as content from {kind.table} r
where r.company_id = %(company)s::uuid"""


@reads
def write_pack(*, actor: Actor, first: int, last: int, file: IO[bytes]) -> int:
    """Write the seals of these numbers with what they cover, and the program that checks them, as a ZIP; how many."""
    seals = Seal.objects.filter(company_id=actor.company_id, number__range=(first, last)).order_by("number")
    count = 0
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as pack:
        head = {
            "company_id": str(actor.company_id),
            "company": actor.company.name,
            "first": first,
            "last": last,
        }
        pack.writestr("pack.json", json.dumps(head, indent=1))
        pack.write(_CHECKER, _CHECKER.name)
        with pack.open("seals.jsonl", "w") as written:
            for seal in seals.iterator():
                count += 1
                written.write(_line(_seal(seal)))
        with pack.open("rows.jsonl", "w", force_zip64=True) as written:
            for number, place, content in _rows(actor, first, last):
                written.write(_line({"seal": number, "place": place, "text": content}))
    return count


def _seal(seal: Seal) -> dict[str, Any]:
    return {
        "number": seal.number,
        "previous": bytes(seal.previous).hex(),
        "digest": bytes(seal.digest).hex(),
        "rows": seal.rows,
        "sealed_at": seal.sealed_at.isoformat(),
    }


def _rows(actor: Actor, first: int, last: int) -> Iterator[tuple[int, int, str]]:
    contents = "\nunion all".join(_CONTENT.format(kind=kind) for kind in sealed_kinds())
    with connection.chunked_cursor() as cursor:
        cursor.execute(
            _ROWS.format(contents=contents), {"company": actor.company_id, "first": first, "last": last}
        )
        while rows := cursor.fetchmany(500):
            yield from rows


def _line(said: dict[str, Any]) -> bytes:
    return json.dumps(said, ensure_ascii=False).encode() + b"\n"
