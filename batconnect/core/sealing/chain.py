"""How a seal is computed: pure. The stand-alone `check_seals.py` computes the same from an audit pack."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from uuid import UUID


def seal_digest(*, company_id: UUID, number: int, previous: bytes, rows: Iterable[bytes]) -> bytes:
    """SHA-256 of the company, the number, the digest before, and the digests of the rows in their places."""
    link = sha256(f"{company_id} {number}\n".encode())
    link.update(previous)
    for each in rows:
        link.update(each)
    return link.digest()
