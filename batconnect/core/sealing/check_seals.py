#!/usr/bin/env python3
"""Check an audit pack without the system that made it: `python3 check_seals.py PACK.zip [NUMBER:DIGEST ...]`.

Python's standard library alone. Each row of `rows.jsonl` carries the text that was sealed and its place; each seal of
`seals.jsonl` is the SHA-256 of the company and its number, the seal before, and the digests of its rows. A head that
was kept from earlier (NUMBER:DIGEST) must still be in the chain; `documents:DIGEST` is that of the list of documents.
Exit code 0 when everything holds, 1 when not.
"""

from __future__ import annotations

import hashlib
import io
import json
import sys
import zipfile
from typing import Any


def lines(pack: zipfile.ZipFile, name: str) -> Any:
    """The objects of a file of JSON lines, one after the other."""
    with pack.open(name) as file:
        for line in io.TextIOWrapper(file, encoding="utf-8"):
            yield json.loads(line)


def faults(path: str, heads: list[str]) -> list[str]:
    """What does not hold, in words."""
    found = []
    with zipfile.ZipFile(path) as pack:
        head_of_pack = json.loads(pack.read("pack.json"))
        company = head_of_pack["company_id"]
        digests: dict[int, list[bytes]] = {}
        sealed: set[str] = set()
        for row in lines(pack, "rows.jsonl"):
            sealed.update(subjects(json.loads(row["text"])))
            places = digests.setdefault(row["seal"], [])
            places.append(hashlib.sha256(row["text"].encode()).digest())
            if row["place"] != len(places):
                found.append(f"seal {row['seal']}: row {len(places)} is missing")
        before: dict[str, Any] | None = None
        chain: dict[Any, Any] = {}
        for seal in lines(pack, "seals.jsonl"):
            number, rows = seal["number"], digests.pop(seal["number"], [])
            link = hashlib.sha256(f"{company} {number}\n".encode())
            link.update(bytes.fromhex(seal["previous"]))
            for each in rows:
                link.update(each)
            if len(rows) != seal["rows"]:
                found.append(f"seal {number}: {len(rows)} rows instead of {seal['rows']}")
            if link.hexdigest() != seal["digest"]:
                found.append(f"seal {number}: a row or the seal is not what was sealed")
            if before and (number != before["number"] + 1 or seal["previous"] != before["digest"]):
                found.append(f"seal {number}: does not stand on seal {before['number']}")
            chain[number], before = seal["digest"], seal
        chain["documents"] = head_of_pack.get("documents")
        found += faults_of_documents(pack, chain["documents"], sealed)
    found += [f"seal {number}: rows without their seal" for number in digests]
    for head in heads:
        name, _, digest = head.partition(":")
        if name == "documents" and chain["documents"] != digest:
            found.append("documents: the list is not the one that was exported")
        elif name != "documents" and chain.get(int(name)) != digest:
            found.append(f"seal {name}: is not the head that was exported")
    return found


def subjects(row: list[Any]) -> list[str]:
    """What an entry is about: its source and its customer."""
    return [str(each) for each in row[7:9]] if row[0] == "entry" else []


def faults_of_documents(pack: zipfile.ZipFile, digest: str | None, sealed: set[str]) -> list[str]:
    """What does not hold of the documents, in words."""
    there = {name for name in pack.namelist() if name.startswith("documents/")}
    if digest is None:
        return [f"{name}: is not listed" for name in sorted(there)]
    found = []
    if hashlib.sha256(pack.read("documents.jsonl")).hexdigest() != digest:
        found.append("documents.jsonl: is not the list that was written")
    for document in lines(pack, "documents.jsonl"):
        name = document["file"]
        if name not in there:
            found.append(f"{name}: is missing")
            continue
        there.remove(name)
        if hashlib.sha256(pack.read(name)).hexdigest() != document["sha256"]:
            found.append(f"{name}: is not the document that was written")
        if document["about"] and document["about"] not in sealed:
            found.append(f"{name}: is about nothing that was sealed in this pack")
    return found + [f"{name}: is not listed" for name in sorted(there)]


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    wrong = faults(sys.argv[1], sys.argv[2:])
    sys.stdout.write("\n".join(wrong or ["Every row and every seal holds."]) + "\n")
    sys.exit(1 if wrong else 0)
