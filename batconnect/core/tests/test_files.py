"""Files under the media root belong to the app's user alone."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from batconnect.core.files.storage import close_media_root, open_private, private_folder
from tests.tree import PACKAGES


@pytest.fixture
def media(tmp_path: Path, settings: Any) -> Path:
    settings.MEDIA_ROOT = tmp_path / "var" / "media"
    kept = os.umask(0o022)
    yield settings.MEDIA_ROOT
    os.umask(kept)


def open_to_others(root: Path) -> list[str]:
    return [str(path) for path in (root, *root.rglob("*")) if path.stat().st_mode & 0o077]


def test_what_people_attach_is_private(media: Path) -> None:
    default_storage.save("repairs/1/2/invoice.pdf", ContentFile(b"x"))

    assert len(list(media.rglob("*"))) == 4
    assert open_to_others(media) == []


def test_what_jobs_write_is_private(media: Path) -> None:
    with open_private(private_folder("dtrs", "one") / "week.zip") as file:
        file.write(b"x")

    assert len(list(media.rglob("*"))) == 3
    assert open_to_others(media) == []


def test_an_older_release_left_them_open(media: Path) -> None:
    folder = media / "repairs" / "1"
    folder.mkdir(parents=True)
    (folder / "invoice.pdf").write_bytes(b"x")
    assert len(open_to_others(media)) == 4

    assert close_media_root() == 3

    assert open_to_others(media) == []
    assert (folder / "invoice.pdf").read_bytes() == b"x"
    assert close_media_root() == 0


def test_nothing_else_writes_below_the_media_root() -> None:
    """The kind: whoever names the media root is one of these, and writes by the storage or by core.files."""
    named = set()
    for top in PACKAGES:
        for path in Path(settings.BASE_DIR, top).rglob("*.py"):
            if "tests" not in path.parts and re.search(r"MEDIA_ROOT", path.read_text(encoding="utf-8")):
                named.add(str(path.relative_to(settings.BASE_DIR)))

    assert named == {
        "batconnect/settings.py",
        "batconnect/core/files/storage.py",
        # Read for a backup; restored into a closed folder, whose files `prepare` closes.
        "batconnect/core/management/commands/backup.py",
        "batconnect/core/management/commands/restore.py",
        "batconnect/core/recovery/restoring.py",
        "ledger/general/services/exporting.py",
        "ledger/settlement/services/exports.py",
    }
