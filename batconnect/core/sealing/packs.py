"""Audit packs: what was sealed, in a file that is checked without this system (docs/seals.md#audit-packs)."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import IO, Any, Final

from django.db import connection

from batconnect.core.database.transactions import reads
from batconnect.core.kernel.actors import Actor
from batconnect.core.models import Seal
from batconnect.core.sealing.documents import Period, packed_kinds
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


@dataclass(frozen=True, slots=True)
class Written:
    """What a pack holds: how many seals and documents, and the digest of the list of documents ("": without them)."""

    seals: int
    documents: int = 0
    documents_digest: str = ""


@reads
def write_pack(
    *, actor: Actor, first: int, last: int, file: IO[bytes], with_documents: bool = False
) -> Written:
    """Write the seals of these numbers with what they cover, and the program that checks them, as a ZIP.

    With documents, those that the apps declare are made anew and written with their digests, which takes a part of a
    second for each. Rule: docs/seals.md#audit-packs.
    """
    seals = list(
        Seal.objects.filter(company_id=actor.company_id, number__range=(first, last)).order_by("number")
    )
    documents = Written(len(seals))
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as pack:
        pack.write(_CHECKER, _CHECKER.name)
        with pack.open("seals.jsonl", "w") as written:
            for seal in seals:
                written.write(_line(_seal(seal)))
        with pack.open("rows.jsonl", "w", force_zip64=True) as written:
            for number, place, content in _rows(actor, first, last):
                written.write(_line({"seal": number, "place": place, "text": content}))
        if with_documents and seals:
            documents = _write_documents(actor, pack, seals)
        head = {
            "company_id": str(actor.company_id),
            "company": actor.company.name,
            "first": first,
            "last": last,
            **({"documents": documents.documents_digest} if documents.documents_digest else {}),
        }
        pack.writestr("pack.json", json.dumps(head, indent=1))
    return documents


def _write_documents(actor: Actor, pack: zipfile.ZipFile, seals: list[Seal]) -> Written:
    """Each document as a file of its own, and the list of them with their digests."""
    before = Seal.objects.filter(company_id=actor.company_id, number=seals[0].number - 1).first()
    period = Period(
        first=seals[0].number,
        last=seals[-1].number,
        since=before.sealed_at if before else None,
        until=seals[-1].sealed_at,
    )
    listed = []
    for kind in packed_kinds():
        for place, each in enumerate(kind.of_period(actor, period), start=1):
            made = kind.make(actor, each.key)
            # Two documents may call their files alike, and a name may be anything.
            name = f"documents/{kind.name}/{place}-{PurePosixPath(made.name).name}"
            pack.writestr(name, made.content)
            digest = sha256(made.content).hexdigest()
            listed.append({"file": name, "sha256": digest, "about": each.about})
    lines = b"".join(_line(each) for each in listed)
    pack.writestr("documents.jsonl", lines)
    return Written(len(seals), len(listed), sha256(lines).hexdigest())


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
