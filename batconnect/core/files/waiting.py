"""Uploads between preview and confirmation: below the media root, which all web processes share, for an hour."""

from __future__ import annotations

import hashlib
import os
import time
from pathlib import Path
from typing import Final
from uuid import uuid4

from batconnect.core.files.storage import open_private, private_folder

_KEEP_SECONDS: Final = 3600


def keep_upload(name: str, content: bytes) -> str:
    """Keep the file under a name of its owner's, in place of an earlier one; returns its SHA-256."""
    folder = private_folder("imports")
    for old in folder.iterdir():
        if time.time() - old.stat().st_mtime > _KEEP_SECONDS:
            old.unlink(missing_ok=True)
    written = folder / uuid4().hex
    with open_private(written) as file:
        file.write(content)
    os.replace(written, folder / name)
    return hashlib.sha256(content).hexdigest()


def kept_upload(name: str, checksum: str) -> bytes | None:
    """The file of that name with that SHA-256; None when it is gone, or another one took its place."""
    try:
        content = _path(name).read_bytes()
    except FileNotFoundError:
        return None
    return content if hashlib.sha256(content).hexdigest() == checksum else None


def drop_upload(name: str) -> None:
    """It has been carried out."""
    _path(name).unlink(missing_ok=True)


def _path(name: str) -> Path:
    return private_folder("imports") / name
