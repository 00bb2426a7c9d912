"""Whether the embedded database was already prepared by this very state of the project."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

from .files import read_record, write_private
from .paths import PROJECT_ROOT, DataDir

_COUNTED = (".py", ".json", ".html", ".css", ".js", ".svg", ".txt")
_PASSED_OVER = {".git", ".venv", "var", "tests", "docs", "benchmarks", "mutation", "proof", "__pycache__"}


def is_prepared(*, data: DataDir) -> bool:
    """True when `manage.py prepare` ended well for this data dir and no file of the project changed since."""
    record = data.path / "prepared"
    return record.exists() and record.read_text(encoding="utf-8") == _fingerprint(data=data)


def remember_prepared(*, data: DataDir) -> None:
    """Keep what the project is made of now, so that the next start need not prepare again."""
    write_private(path=data.path / "prepared", text=_fingerprint(data=data))


def forget_prepared(*, data: DataDir) -> None:
    """Let the next start prepare again, whatever happens until then."""
    (data.path / "prepared").unlink(missing_ok=True)


def _fingerprint(*, data: DataDir) -> str:
    # The generated passwords tell one cluster from another that took its place; its port may change.
    cluster = {
        name: value
        for name, value in (read_record(path=data.postgres_record) or {}).items()
        if name != "port"
    }
    digest = hashlib.sha256(f"{data.path} {sorted(cluster.items())}".encode())
    for path in _files(folder=PROJECT_ROOT):
        status = path.stat()
        digest.update(f"{path} {status.st_size} {status.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def _files(*, folder: Path) -> Iterator[Path]:
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in _PASSED_OVER)
        yield from (Path(parent, name) for name in sorted(names) if name.endswith(_COUNTED))
