"""Files under the media root: readable by the user that the app runs as, and by nobody else on the machine."""

from __future__ import annotations

import os
from pathlib import Path
from typing import IO, Final

from django.conf import settings

FILE_MODE: Final = 0o600
FOLDER_MODE: Final = 0o700


def private_folder(*names: str) -> Path:
    """A folder below the media root, made if it is not there; every one on the way is closed to other users."""
    folder = Path(settings.MEDIA_ROOT)
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("", *names):
        folder = folder / name
        folder.mkdir(mode=FOLDER_MODE, exist_ok=True)
        if folder.stat().st_mode & 0o077:
            folder.chmod(FOLDER_MODE)
    return folder


def open_private(path: Path) -> IO[bytes]:
    """Open a new file for writing. Raises FileExistsError."""
    return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, FILE_MODE), "w+b")


def close_media_root() -> int:
    """Remove other users' rights from what is already below the media root; returns how many files and folders."""
    changed = 0
    for folder, folders, files in os.walk(private_folder()):
        for name, mode in (
            *((each, FOLDER_MODE) for each in folders),
            *((each, FILE_MODE) for each in files),
        ):
            path = Path(folder, name)
            if not path.is_symlink() and path.stat().st_mode & 0o077:
                path.chmod(mode)
                changed += 1
    return changed
