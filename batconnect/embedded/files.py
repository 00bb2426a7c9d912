"""Small files with secrets and records in them, and the locks between processes."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .errors import EmbeddedError


def hand_to_owner_of_folder(*, path: Path) -> None:
    """Give a file that root has just made to the owner of its folder, who can then go on without root."""
    if os.geteuid() == 0:
        folder = path.parent.stat()
        os.chown(path, folder.st_uid, folder.st_gid, follow_symlinks=False)


def make_open_folder(*, path: Path) -> None:
    """Make a folder that everyone may enter, whatever the umask; one that exists is left as it is."""
    if not path.exists():
        path.mkdir()
        path.chmod(0o755)


def write_private(*, path: Path, text: str) -> None:
    """Replace the file at once with `text`, readable by its owner alone (0600)."""
    draft = path.with_name(f"{path.name}.{os.getpid()}.new")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    hand_to_owner_of_folder(path=draft)
    draft.replace(path)


def read_record(*, path: Path) -> dict[str, str]:
    """Read a record written by `write_record`; an absent one is empty.

    Raises EmbeddedError when the record belongs to another user.
    """
    try:
        return {str(key): str(value) for key, value in json.loads(path.read_text(encoding="utf-8")).items()}
    except FileNotFoundError:
        return {}
    except PermissionError as error:
        raise EmbeddedError(
            f"{path} belongs to another user. Start as that user, or set BATCONNECT_DATA_DIR."
        ) from error


def write_record(*, path: Path, record: dict[str, str]) -> None:
    """Keep `record` as JSON, readable by its owner alone."""
    write_private(path=path, text=json.dumps(record, indent=2) + "\n")


def open_lock(*, path: Path) -> int:
    """Open the lock file, making it if need be, and return its descriptor (closed on exec, not on fork)."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except PermissionError as error:
        raise EmbeddedError(
            f"{path} cannot be opened. Start as its owner, or set BATCONNECT_DATA_DIR."
        ) from error
    hand_to_owner_of_folder(path=path)
    return descriptor


@contextmanager
def exclusive(*, path: Path) -> Iterator[None]:
    """Hold the lock for the block; waits for whoever holds it. The kernel frees it when the process dies."""
    descriptor = open_lock(path=path)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def try_exclusive(*, descriptor: int) -> bool:
    """Take the lock without waiting; False when another process holds it, shared or exclusively."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
