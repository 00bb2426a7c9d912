"""The files of a backup: encrypted while they are written, never in the clear on the disk."""

from __future__ import annotations

import hashlib
import json
import os
import tarfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Thread
from typing import IO, Any, Final

import pyrage
from pyrage import x25519

from .errors import RecoveryError

MANIFEST: Final = "manifest.json"
DUMP: Final = "database.dump.age"
DIGESTS: Final = "digests.json.age"
MEDIA: Final = "media.tar.age"
FORMAT: Final = 1
_CHUNK: Final = 1 << 20


@dataclass(frozen=True)
class Part:
    """A file of a backup as it was written: its bytes, encrypted, and their SHA-256."""

    name: str
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What a backup is, readable without a key."""

    format: int
    made_at: str
    postgresql: int
    migrations: dict[str, str]
    """Per Django app: the last migration."""
    parts: list[Part]

    def write(self, folder: Path) -> None:
        """Write it, last of all: a folder without it is not taken for a backup."""
        text = json.dumps(asdict(self), indent=2, sort_keys=True)
        with (folder / MANIFEST).open("x", encoding="utf-8") as file:
            file.write(f"{text}\n")
            file.flush()
            os.fsync(file.fileno())

    @staticmethod
    def read(folder: Path) -> Manifest:
        """Raises RecoveryError when the folder holds no backup, or one of another format."""
        try:
            read = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
            if read["format"] != FORMAT:
                raise RecoveryError(
                    f"The backup has format {read['format']}; this software reads format {FORMAT}."
                )
            return Manifest(**{**read, "parts": [Part(**each) for each in read["parts"]]})
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise RecoveryError(f"{folder} holds no whole backup: {MANIFEST} cannot be read.") from error


def encrypt(source: IO[bytes], *, to: Path, recipients: Sequence[x25519.Recipient]) -> Part:
    """Encrypt a stream into a new file, which is on the disk when this returns."""
    with to.open("xb") as file:
        pyrage.encrypt_io(source, file, recipients)
        file.flush()
        os.fsync(file.fileno())
    return measure(to)


def measure(path: Path) -> Part:
    """A file of a backup as it is now."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Part(name=path.name, bytes=path.stat().st_size, sha256=digest)


@contextmanager
def decrypted(path: Path, *, identities: Sequence[x25519.Identity]) -> Iterator[IO[bytes]]:
    """The content of an encrypted file as a stream, while the block runs.

    Raises RecoveryError at the end of the block when no key opens it or a byte of it was changed.
    """
    reader, writer = os.pipe()
    failures: list[Exception] = []

    def pour() -> None:
        with os.fdopen(writer, "wb") as sink, path.open("rb") as source:
            try:
                pyrage.decrypt_io(source, sink, identities)
            except (pyrage.DecryptError, OSError) as error:
                if not isinstance(error, BrokenPipeError):  # whoever reads has given up, and says why
                    failures.append(error)

    thread = Thread(target=pour, name=f"decrypt {path.name}")
    thread.start()
    try:
        with os.fdopen(reader, "rb") as stream:
            yield stream
    except RecoveryError:
        # Whoever read it stumbled over what could not be decrypted.
        thread.join()
        if not failures:
            raise
    thread.join()
    if failures:
        raise RecoveryError(
            f"{path.name} cannot be decrypted: it is damaged, or encrypted to another key ({failures[0]})."
        )


@contextmanager
def packed(folder: Path) -> Iterator[IO[bytes]]:
    """The files below a folder as a stream in tar's format, while the block runs.

    Raises RecoveryError at the end of the block when one could not be read.
    """
    reader, writer = os.pipe()
    failures: list[Exception] = []

    def pour() -> None:
        with os.fdopen(writer, "wb", buffering=_CHUNK) as sink:
            try:
                with tarfile.open(fileobj=sink, mode="w|", format=tarfile.PAX_FORMAT) as tar:
                    for path in sorted(folder.rglob("*")):
                        _add(tar, path, name=str(path.relative_to(folder)))
            except OSError as error:
                failures.append(error)

    thread = Thread(target=pour, name="pack files")
    thread.start()
    try:
        with os.fdopen(reader, "rb") as stream:
            yield stream
    finally:
        thread.join()
    if failures:
        raise RecoveryError(f"The attached files could not be read: {failures[0]}")


def _add(tar: tarfile.TarFile, path: Path, *, name: str) -> None:
    # Links lead out of the folder, and nothing of ours makes one.
    if path.is_symlink() or not (path.is_file() or path.is_dir()):
        return
    try:
        tar.add(path, arcname=name, recursive=False)
    except FileNotFoundError:
        return  # a draft that was removed or renamed meanwhile; what rows refer to stays


def unpack(stream: IO[bytes], *, to: Path) -> int:
    """Unpack into a folder and return the number of files. Raises RecoveryError for what leads out of it."""
    files = 0
    try:
        with tarfile.open(fileobj=stream, mode="r|") as tar:
            for member in tar:
                tar.extract(member, to, filter="data")
                files += member.isfile()
        while stream.read(_CHUNK):
            pass  # the padding: what decrypts must be read to its end to be found whole
    except tarfile.TarError as error:
        raise RecoveryError(f"The attached files cannot be unpacked: {error}") from error
    return files


def read_json(path: Path, *, identities: Sequence[x25519.Identity]) -> Any:
    """An encrypted file of JSON. Raises RecoveryError as `decrypted` does."""
    with decrypted(path, identities=identities) as stream:
        content = stream.read()
    return json.loads(content)
